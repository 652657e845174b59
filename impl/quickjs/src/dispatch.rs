//! The event loop: what the router announces, handed to the scripts it is for, one event at a time.

use std::sync::Arc;

use worldport::{
    Call, Completion, ContextId, Dispatched, EventSource, Gate, ListenerId, NothingCalled,
    Occurrence, Output, PortError, PortId, Reply, RequestId, RequestOutcome, RuntimeEvent, Sender,
};

use crate::clock::Due;
use crate::display::value_text;
use crate::events::{HostEvent, Settlement};
use crate::host::{Host, HostError};
use crate::label::ContextLabel;
use crate::payload::{Payload, Role};
use crate::realm::Realm;
use crate::sender::sender_json;

impl Host {
    /// Lets everything happen that can: events in the router's order, and when there are none, the
    /// next timer.
    ///
    /// # Errors
    /// [`HostError::Diverged`] if the observer stops the run, [`HostError::NotIdle`] if it never
    /// ends.
    pub fn run_until_idle(&mut self) -> Result<(), HostError> {
        let until = self.now().saturating_add(self.options.horizon);
        for _ in 0..self.options.steps {
            if self.step(until)? {
                continue;
            }
            let pending = self.core.borrow().clock.pending();
            if pending > 0 {
                let seconds = self.options.horizon / 1000;
                self.note(
                    None,
                    format!("timers are still set after {seconds} seconds of virtual time"),
                );
            }
            return self.check();
        }
        Err(HostError::NotIdle(self.options.steps))
    }

    /// Lets everything happen that can within this many milliseconds of virtual time, which then
    /// have passed.
    ///
    /// # Errors
    /// As for [`run_until_idle`](Self::run_until_idle).
    pub fn run_for(&mut self, milliseconds: u64) -> Result<(), HostError> {
        let until = self.now().saturating_add(milliseconds);
        for _ in 0..self.options.steps {
            if !self.step(until)? {
                self.core.borrow_mut().clock.pass(until);
                return self.check();
            }
        }
        Err(HostError::NotIdle(self.options.steps))
    }

    /// One event, or else one timer that is due by then. Whether there was any.
    ///
    /// What is due when an event has been handled comes before the next event: a message takes longer
    /// from one process to another than a timer without a delay (g3, g4).
    fn step(&mut self, until: u64) -> Result<bool, HostError> {
        self.check()?;
        self.obey()?;
        let overdue = self.core.borrow_mut().clock.overdue(self.timers_until);
        if let Some(due) = overdue {
            self.fire(due);
            return Ok(true);
        }
        if let Some(output) = self.next_output() {
            let handled = self.handle(output);
            self.timers_until = self.core.borrow().clock.mark();
            return handled.map(|()| true);
        }
        self.left.clear();
        let next = self.core.borrow().clock.next();
        if let Some((extension, at)) = self.next_idle().filter(|&(_, at)| at <= until)
            && next.is_none_or(|due| at < due)
        {
            self.core.borrow_mut().clock.pass(at);
            return self.stop_background(extension).map(|()| true);
        }
        let due = self.core.borrow_mut().clock.advance(until);
        let Some(due) = due else { return Ok(false) };
        self.fire(due);
        Ok(true)
    }

    /// Lets all events happen that can, without any time going by.
    pub(crate) fn deliver(&mut self) -> Result<(), HostError> {
        for _ in 0..self.options.steps {
            let Some(output) = self.next_output() else { return self.check() };
            self.handle(output)?;
        }
        Err(HostError::NotIdle(self.options.steps))
    }

    fn fire(&self, due: Due) {
        if let Some(realm) = self.realms.get(&due.context) {
            realm.call::<()>("fireTimer", (due.timer,));
            realm.drain();
        }
    }

    fn handle(&mut self, output: Output) -> Result<(), HostError> {
        match output {
            Output::ContextEnded { context } => {
                self.realms.remove(&context);
                for document in self.documents.values_mut() {
                    document.worlds.retain(|&world| world != context);
                }
                let label = self.core.borrow_mut().leave_context(context);
                if let Some(context) = label {
                    self.event(&HostEvent::ContextEnded { context });
                }
                Ok(())
            }
            Output::Ready { context, source } => self.dispatch(context, source),
            Output::Woken { extension, context } => {
                self.event(&HostEvent::BackgroundWoken { context: ContextLabel::Background });
                self.run_background(extension, context)
            }
        }
    }

    fn dispatch(&mut self, context: ContextId, source: EventSource) -> Result<(), HostError> {
        let dispatched = match self.apply(Call::Dispatch { context, source }) {
            Ok(Reply::Dispatched(dispatched)) => dispatched,
            Ok(_) | Err(HostError::Refused(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        match dispatched {
            Dispatched::Called { listener, occurrence } => {
                self.begin(context, &occurrence);
                self.call_listeners(context, listener, &occurrence)
            }
            Dispatched::Disconnected { port, error } => {
                self.disconnected(context, port, error, "closePort");
                Ok(())
            }
            Dispatched::Nothing(reason) => {
                self.nothing_called(context, source, reason);
                Ok(())
            }
            Dispatched::Settled { request, outcome } => {
                self.settled(context, request, outcome);
                Ok(())
            }
        }
    }

    /// Tells the realm what the listeners are to be called with, and the observer what happened.
    fn begin(&self, context: ContextId, occurrence: &Occurrence<Payload>) {
        let label = self.label(context);
        match occurrence {
            Occurrence::Connect { port, sender, name } => {
                let opened_in = sender.document;
                let handle = self.core.borrow_mut().port_handle(context, *port, name, opened_in);
                let from = self.label(sender.context);
                self.event(&HostEvent::PortAccepted {
                    context: label,
                    from,
                    port: handle,
                    name: name.to_string(),
                });
                let event = connect_event(sender);
                let sender = sender_json(&self.profile, sender, &self.tab_url(sender));
                self.call_realm(context, |realm| {
                    realm.call::<()>("beginConnect", (event, handle, name.to_string(), sender))
                });
            }
            Occurrence::Disconnect { port, error } => {
                self.disconnected(context, *port, *error, "beginDisconnect");
            }
            Occurrence::Message { port, payload } => {
                let Some((handle, name)) = self.core.borrow().known_port(context, *port) else {
                    return;
                };
                let value = payload.shown();
                self.event(&HostEvent::MessageDelivered {
                    context: label,
                    from: payload.from().clone(),
                    port: handle,
                    name: name.to_string(),
                    serial: payload.serial(),
                    text: value_text(&value),
                    value,
                });
                let text = payload.text().to_owned();
                self.call_realm(context, |realm| realm.call::<()>("beginMessage", (handle, text)));
            }
            Occurrence::Request { request, payload, sender } => {
                let handle = self.core.borrow_mut().request_handle(context, *request);
                let value = payload.shown();
                self.event(&HostEvent::RequestDelivered {
                    context: label,
                    from: payload.from().clone(),
                    serial: payload.serial(),
                    text: value_text(&value),
                    value,
                });
                let event = message_event(sender);
                let sender = sender_json(&self.profile, sender, &self.tab_url(sender));
                let text = payload.text().to_owned();
                self.call_realm(context, |realm| {
                    realm.call::<()>("beginRequest", (event, handle, text, sender))
                });
            }
        }
    }

    /// What the tab of a sender shows, or showed when the sender's document was left (i17).
    fn tab_url(&self, sender: &Sender) -> String {
        let left = sender.document.and_then(|document| self.left.get(&document)).cloned();
        let address =
            || self.documents.get(&self.top_of(sender.document?)).map(|it| it.address.clone());
        left.or_else(address).unwrap_or_else(|| sender.url.to_string())
    }

    fn call_listeners(
        &mut self,
        context: ContextId,
        first: ListenerId,
        occurrence: &Occurrence<Payload>,
    ) -> Result<(), HostError> {
        let mut next = Some(first);
        while let Some(listener) = next {
            let completion = self.call_listener(context, listener);
            self.check()?;
            next = match self.apply(Call::Next { context, completion }) {
                Ok(Reply::Next(next)) => next,
                // The context died while its listener ran.
                Ok(_) | Err(HostError::Refused(_)) => None,
                Err(error) => return Err(error),
            };
        }
        self.call_realm(context, |realm| {
            realm.call::<()>("endDispatch", ());
            realm.drain();
            Some(())
        });
        if let Occurrence::Request { request, .. } = occurrence {
            // The text is kept for the sender only as long as it can be rejected with it.
            let mut core = self.core.borrow_mut();
            let known = core.thrown.len();
            if known > 1024 {
                core.thrown.retain(|id, _| id == request);
            }
        }
        self.check()
    }

    fn call_listener(&self, context: ContextId, listener: ListenerId) -> Completion {
        let Some(realm) = self.realms.get(&context) else { return Completion::Returned };
        let completion = realm.call::<String>("callListener", (listener.0,));
        realm.drain();
        match completion.as_deref() {
            Some("will-respond") => Completion::WillRespond,
            Some("returned") => Completion::Returned,
            _ => Completion::Threw,
        }
    }

    fn call_realm<R>(
        &self,
        context: ContextId,
        call: impl FnOnce(&Realm) -> Option<R>,
    ) -> Option<R> {
        self.realms.get(&context).and_then(call)
    }

    /// An end was told that its channel is closed, with or without listeners for that.
    fn disconnected(
        &self,
        context: ContextId,
        port: PortId,
        error: Option<PortError>,
        entry: &str,
    ) {
        let Some((handle, name)) = self.core.borrow().known_port(context, port) else { return };
        let texts = self.profile.texts;
        let text = error.map(|error| match error {
            PortError::NoReceiver => texts.no_receiver.to_owned(),
            PortError::PageCached => texts.page_cached.to_owned(),
        });
        self.event(&HostEvent::PortDisconnected {
            context: self.label(context),
            port: handle,
            name: name.to_string(),
            error: text.clone(),
        });
        if error == Some(PortError::NoReceiver) {
            self.explain_no_receiver(context);
        }
        self.call_realm(context, |realm| {
            if entry == "closePort" {
                realm.call::<()>("closePort", (handle, text))
            } else {
                realm.call::<()>("beginDisconnect", (handle, text))
            }
        });
    }

    /// The commonest mistake: a listener on the event of content scripts.
    fn explain_no_receiver(&self, context: ContextId) {
        let extension = self.core.borrow().contexts.get(&context).map(|record| record.extension);
        let Some(extension) = extension else { return };
        let listens = |event| {
            let target = worldport::ListenerTarget::Runtime(event);
            self.contexts_of(extension).into_iter().any(|context| {
                self.with_router(|router| router.has_listeners(context, target) == Ok(true))
            })
        };
        let of_world = self.with_router(|router| router.gate(context)) == Some(Gate::Granted);
        if of_world
            && listens(RuntimeEvent::OnConnect)
            && !listens(RuntimeEvent::OnUserScriptConnect)
        {
            let label = self.label(context);
            let text = "a user script's connection goes to runtime.onUserScriptConnect, \
                not to runtime.onConnect";
            self.note(Some(label), text.to_owned());
        }
    }

    fn nothing_called(&self, context: ContextId, source: EventSource, reason: NothingCalled) {
        let (EventSource::Port(port), NothingCalled::NoListener) = (source, reason) else { return };
        let Some((port, name)) = self.core.borrow().known_port(context, port) else { return };
        let context = self.label(context);
        self.event(&HostEvent::MessageDropped { context, port, name: name.to_string() });
    }

    /// The answer to a request reached the script that asked.
    fn settled(&self, context: ContextId, request: RequestId, outcome: RequestOutcome<Payload>) {
        let texts = self.profile.texts;
        let thrown = self.core.borrow_mut().thrown.remove(&request);
        let resolves =
            matches!(outcome, RequestOutcome::Unanswered) && !self.profile.unanswered_rejects;
        let (answer, error) = match outcome {
            RequestOutcome::ListenerThrew => (None, Some(thrown.unwrap_or_default())),
            RequestOutcome::NoReceiver => (None, Some(texts.no_receiver.to_owned())),
            RequestOutcome::Reply(payload) if payload.role() == Role::Rejection => {
                let text = serde_json::from_str(payload.text());
                (None, Some(text.unwrap_or_else(|_| payload.text().to_owned())))
            }
            RequestOutcome::Reply(payload) => (Some(payload), None),
            RequestOutcome::Unanswered => (None, Some(texts.unanswered.to_owned())),
            RequestOutcome::Undefined => (None, None),
        };
        let settlement = match (&answer, &error) {
            (_, Some(error)) if !resolves => Settlement::Rejected { error: error.clone() },
            (Some(payload), _) => {
                let value = payload.shown();
                Settlement::Resolved { text: value_text(&value), value }
            }
            (None, _) => {
                let value = serde_json::json!({ "$undefined": true });
                Settlement::Resolved { text: value_text(&value), value }
            }
        };
        let handle = self.core.borrow_mut().request_handle(context, request);
        let label = self.label(context);
        self.event(&HostEvent::RequestSettled { context: label, settlement });
        self.core.borrow_mut().forget_request(context, handle);
        let answer = answer.map(|payload| payload.text().to_owned());
        self.call_realm(context, |realm| {
            let settled = realm.call::<()>("settle", (handle, answer, error, resolves));
            realm.drain();
            settled
        });
    }
}

fn connect_event(sender: &Arc<Sender>) -> &'static str {
    if sender.world.is_some() { "onUserScriptConnect" } else { "onConnect" }
}

fn message_event(sender: &Arc<Sender>) -> &'static str {
    if sender.world.is_some() { "onUserScriptMessage" } else { "onMessage" }
}
