//! The router as an embedder drives it: script engines here are a queue of turns and a few lines of
//! Rust, and everything in between is what a real embedder does too.
//!
//! A user script in a page asks the extension's background, which sleeps, to greet somebody. The
//! background is woken, answers, and hangs up. Run it with `cargo run -p worldport --example
//! relay`.

use std::collections::VecDeque;
use std::error::Error;

use worldport::{
    Completion, Content, ContextId, Dispatched, DocumentSpec, EventSource, ExtensionId,
    ExtensionSpec, Limits, ListenerId, ListenerTarget, Occurrence, Output, PortId, Realm, Router,
    Rules, RuntimeEvent, TabId, WorldChange, WorldId,
};

/// The embedder numbers the functions of each context as it likes.
const ON_USER_SCRIPT_CONNECT: ListenerId = ListenerId(1);
const ON_MESSAGE: ListenerId = ListenerId(2);
const ON_DISCONNECT: ListenerId = ListenerId(3);

/// An embedder with one thread: all its event loops are one queue of turns.
struct Embedder {
    router: Router<String>,
    turns: VecDeque<(ContextId, EventSource)>,
}

impl Embedder {
    /// Drains what the router has to say. To be done after each call.
    fn drain(&mut self) -> Result<(), Box<dyn Error>> {
        while let Some(output) = self.router.poll() {
            match output {
                Output::ContextEnded { context } => println!("{context} ended"),
                Output::Ready { context, source } => self.turns.push_back((context, source)),
                Output::Woken { extension, context } => {
                    println!("{extension} is woken in {context}");
                    self.run_background_script(context)?;
                }
            }
        }
        Ok(())
    }

    /// What the top level of the background's script does.
    fn run_background_script(&mut self, context: ContextId) -> Result<(), Box<dyn Error>> {
        let target = ListenerTarget::Runtime(RuntimeEvent::OnUserScriptConnect);
        self.router.add_listener(context, target, ON_USER_SCRIPT_CONNECT)?;
        self.router.background_started(context)?;
        Ok(())
    }

    /// Gives each context with an event its turn, until none has one.
    fn run(&mut self) -> Result<(), Box<dyn Error>> {
        self.drain()?;
        while let Some((context, source)) = self.turns.pop_front() {
            match self.router.dispatch(context, source) {
                Ok(dispatched) => self.turn(context, dispatched)?,
                // The event went away while it waited for its turn.
                Err(refusal) => println!("{context}: {refusal}"),
            }
            self.drain()?;
        }
        Ok(())
    }

    /// Calls the listeners of one event, one after the other.
    fn turn(
        &mut self,
        context: ContextId,
        dispatched: Dispatched<String>,
    ) -> Result<(), Box<dyn Error>> {
        let Dispatched::Called { listener, occurrence } = dispatched else {
            println!("{context}: {dispatched:?}");
            return Ok(());
        };
        let mut called = Some(listener);
        while let Some(listener) = called {
            self.call(context, listener, &occurrence)?;
            called = self.router.next(context, Completion::Returned)?;
        }
        Ok(())
    }

    /// What the functions of the two scripts do.
    fn call(
        &mut self,
        context: ContextId,
        listener: ListenerId,
        occurrence: &Occurrence<String>,
    ) -> Result<(), Box<dyn Error>> {
        match (listener, occurrence) {
            (ON_USER_SCRIPT_CONNECT, Occurrence::Connect { port, sender, name }) => {
                println!("{context} accepts {name:?} from {}", sender.url);
                self.listen(context, *port)?;
            }
            (ON_MESSAGE, Occurrence::Message { port, payload }) => {
                println!("{context} gets {payload:?}");
                if let Some(name) = payload.strip_prefix("greet ") {
                    self.router.post(context, *port, format!("hello, {name}"))?;
                    self.router.disconnect(context, *port)?;
                    self.router
                        .post(context, *port, "too late".to_owned())
                        .unwrap_or_else(|refusal| println!("{context}: {refusal}"));
                }
            }
            (ON_DISCONNECT, Occurrence::Disconnect { port, error }) => {
                println!("{context} is told that {port} is closed ({error:?})");
            }
            (listener, occurrence) => println!("{context}: {listener:?} {occurrence:?}"),
        }
        Ok(())
    }

    fn listen(&mut self, context: ContextId, port: PortId) -> Result<(), Box<dyn Error>> {
        self.router.add_listener(context, ListenerTarget::PortMessage(port), ON_MESSAGE)?;
        self.router.add_listener(context, ListenerTarget::PortDisconnect(port), ON_DISCONNECT)?;
        Ok(())
    }
}

/// Loads the extension and lets it configure its world once, as it would when it is installed.
fn install(embedder: &mut Embedder) -> Result<ExtensionId, Box<dyn Error>> {
    let router = &mut embedder.router;
    let extension = router.load_extension(ExtensionSpec {
        id: "greeter@example".into(),
        origin: "moz-extension://greeter".into(),
        background: Some("moz-extension://greeter/background.html".into()),
    })?;
    let background = router.start_background(extension)?;
    let change = WorldChange { messaging: Some(true), csp: None };
    router.configure_world(background, WorldId::DEFAULT, change)?;
    router.stop_background(extension)?;
    Ok(extension)
}

fn main() -> Result<(), Box<dyn Error>> {
    let router = Router::new(Rules::STANDARD, Limits::DEFAULT);
    let mut embedder = Embedder { router, turns: VecDeque::new() };
    let extension = install(&mut embedder)?;
    embedder.drain()?;

    // A page loads, and the engine is about to run a user script in it.
    let content = Content::new("https://example.com/", "https://example.com");
    let document = embedder.router.create_document(DocumentSpec::in_tab(TabId(1), content))?;
    let realm = Realm::UserScript(WorldId::DEFAULT);
    let world = embedder.router.inject(extension, document, realm)?;

    // The user script runs.
    let port = embedder.router.connect(world, "greetings")?;
    embedder.listen(world, port)?;
    embedder.router.post(world, port, "greet Ada".to_owned())?;
    embedder.run()?;

    // The tab is closed.
    embedder.router.destroy_document(document)?;
    embedder.run()
}
