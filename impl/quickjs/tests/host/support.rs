//! What every test of the host needs: a small extension from a few lines, a run, and what could be seen.

use std::cell::RefCell;
use std::rc::Rc;

use worldport::{Call, DocumentId, ExtensionId, Outcome, Router};
use worldport_quickjs::{
    Extension, Host, HostEvent, HostOptions, Observer, Payload, Profile, RealmLimits, ScriptError,
};

/// The address that the tests open.
pub(crate) const PAGE: &str = "https://example.com/";
/// What takes the seed's example to work.
pub(crate) const SETUP: &str = r#"
browser.userScripts.configureWorld({ messaging: true });
browser.userScripts.register([{ id: "us", matches: ["*://example.com/*"], js: [{ file: "us.js" }] }]);
"#;
const MANIFEST: &str = r#"{
  "manifest_version": 3, "name": "test", "version": "1",
  "permissions": ["userScripts"], "host_permissions": ["<all_urls>"],
  "background": { "scripts": ["setup.js", "bg.js"] }
}"#;

/// Keeps every event and counts every call; the router must be consistent after each.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<HostEvent>,
    pub(crate) calls: usize,
}

impl Observer for Log {
    fn routed(
        &mut self,
        call: &Call<Payload>,
        outcome: &Outcome<Payload>,
        router: &Router<Payload>,
    ) -> Result<(), String> {
        self.calls += 1;
        if router.is_consistent() { Ok(()) } else { Err(format!("{call:?} {outcome:?}")) }
    }

    fn event(&mut self, event: &HostEvent) {
        self.events.push(event.clone());
    }
}

/// A run of an extension made of a background script and a user script.
pub(crate) struct Run {
    pub(crate) host: Host,
    pub(crate) log: Rc<RefCell<Log>>,
    pub(crate) extension: ExtensionId,
}

impl Run {
    /// Installs the extension with messaging on and the user script registered.
    pub(crate) fn new(background: &str, user_script: &str) -> Self {
        Self::with_setup(SETUP, background, user_script)
    }

    pub(crate) fn with_setup(setup: &str, background: &str, user_script: &str) -> Self {
        Self::with_profile(Profile::STANDARD, setup, background, user_script)
    }

    pub(crate) fn with_profile(
        profile: Profile,
        setup: &str,
        background: &str,
        user_script: &str,
    ) -> Self {
        let files = [
            ("manifest.json", MANIFEST),
            ("setup.js", setup),
            ("bg.js", background),
            ("us.js", user_script),
        ];
        let extension = Extension::from_files(files).expect("the extension loads");
        let log = Rc::new(RefCell::new(Log::default()));
        let options = HostOptions {
            realm: RealmLimits { steps: Some(200), ..RealmLimits::default() },
            ..HostOptions::default()
        };
        let mut host = Host::new(profile, options, Rc::clone(&log));
        let extension = host.install(extension).expect("the extension starts");
        host.run_until_idle().expect("the run comes to rest");
        Self { host, log, extension }
    }

    /// Opens the page and lets everything happen.
    pub(crate) fn open(&mut self) -> DocumentId {
        let document = self.host.open_document(PAGE).expect("the page opens");
        self.idle();
        document
    }

    pub(crate) fn idle(&mut self) {
        self.host.run_until_idle().expect("the run comes to rest");
    }

    /// Console lines as `context: text`, with `us` for the user script's world.
    pub(crate) fn console(&self) -> Vec<String> {
        let log = self.log.borrow();
        let lines = log.events.iter().filter_map(|event| match event {
            HostEvent::Console { context, text, .. } => {
                let context = context.to_string();
                let short = if context == "background" { "bg" } else { "us" };
                Some(format!("{short}: {text}"))
            }
            _ => None,
        });
        lines.collect()
    }

    pub(crate) fn uncaught(&self) -> Vec<ScriptError> {
        let log = self.log.borrow();
        let errors = log.events.iter().filter_map(|event| match event {
            HostEvent::Uncaught { error, .. } => Some(error.clone()),
            _ => None,
        });
        errors.collect()
    }

    pub(crate) fn count(&self, wanted: impl Fn(&HostEvent) -> bool) -> usize {
        self.log.borrow().events.iter().filter(|event| wanted(event)).count()
    }

    pub(crate) fn delivered(&self) -> usize {
        self.count(|event| matches!(event, HostEvent::MessageDelivered { .. }))
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let log = self.log.borrow();
        let notes = log.events.iter().filter_map(|event| match event {
            HostEvent::Note { text, .. } => Some(text.clone()),
            _ => None,
        });
        notes.collect()
    }
}

/// Runs both scripts, opens the page, and returns what was logged; nothing may be uncaught.
pub(crate) fn logged(background: &str, user_script: &str) -> Vec<String> {
    let mut run = Run::new(background, user_script);
    run.open();
    assert_eq!(run.uncaught(), []);
    run.console()
}
