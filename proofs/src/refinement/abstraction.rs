//! The abstraction function: a snapshot of the router as a state of the model.

use std::collections::{BTreeMap, VecDeque};

use worldport::{
    ChannelSnapshot, ContextKind, ContextSnapshot, DispatchEvent, EndPhase, EndSnapshot,
    ExtensionState, OpenerSnapshot, PortError, ReceiverPhase, RequestOutcome, RequestSnapshot,
    Snapshot,
};
use worldport_model as model;
use worldport_model::State;

use super::{Ids, Token};

/// What the router has handed to the host and keeps no copy of: the events being dispatched and the
/// messages of requests.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// By the context that is calling listeners.
    pub dispatching: BTreeMap<worldport::ContextId, model::Occurrence>,
    /// By request.
    pub asked: BTreeMap<worldport::RequestId, model::Message>,
}

/// The state of the model that a router's snapshot stands for.
#[must_use]
pub fn abs_state<P>(
    snapshot: &Snapshot<P>,
    token: Token<P>,
    ids: &Ids,
    memory: &Memory,
    rules: &model::Rules,
) -> State {
    let abstraction = Abstraction { ids, memory, rules, token };
    State {
        extensions: snapshot
            .extensions
            .iter()
            .map(|it| (ids.extension_ever(it.id), abstraction.extension(&it.state)))
            .collect(),
        documents: snapshot
            .documents
            .iter()
            .map(|it| (ids.document_ever(it.id), abstraction.document(it)))
            .collect(),
        contexts: snapshot
            .contexts
            .iter()
            .map(|it| (ids.context_ever(it.id), abstraction.context(it)))
            .collect(),
        channels: snapshot
            .channels
            .iter()
            .map(|it| (ids.channel_ever(it.id), abstraction.channel(it)))
            .collect(),
        requests: snapshot
            .requests
            .iter()
            .map(|it| (ids.request_ever(it.id), abstraction.request(it)))
            .collect(),
    }
}

struct Abstraction<'a, P> {
    token: Token<P>,
    ids: &'a Ids,
    memory: &'a Memory,
    rules: &'a model::Rules,
}

impl<P> Abstraction<'_, P> {
    fn extension(&self, state: &ExtensionState) -> model::Extension {
        match state {
            ExtensionState::Unloaded => model::Extension::Unloaded,
            ExtensionState::Loaded { background, permission, configs } => {
                model::Extension::Loaded(model::Loaded {
                    background: match *background {
                        worldport::Background::Absent => model::Background::Absent,
                        worldport::Background::Running(it) => {
                            model::Background::Running(self.ids.context_ever(it))
                        }
                        worldport::Background::Starting(it) => {
                            model::Background::Starting(self.ids.context_ever(it))
                        }
                        worldport::Background::Stopped => model::Background::Stopped,
                    },
                    permission: match permission {
                        worldport::Permission::Granted => model::Permission::Granted,
                        worldport::Permission::Revoked => model::Permission::Revoked,
                    },
                    configs: configs
                        .iter()
                        .map(|(world, config)| {
                            let csp = match config.csp {
                                Some(_) => model::Csp::Given,
                                None => model::Csp::Absent,
                            };
                            let config = model::WorldConfig { messaging: config.messaging, csp };
                            (self.ids.world(world), config)
                        })
                        .collect(),
                })
            }
        }
    }

    fn document(&self, document: &worldport::DocumentSnapshot) -> model::Document {
        model::Document {
            frame: self.ids.frame_ever(document.frame),
            parent: document.parent.map(|it| self.ids.document_ever(it)),
            phase: match document.state {
                worldport::DocumentState::Active => model::DocumentPhase::Active,
                worldport::DocumentState::Cached => model::DocumentPhase::Cached,
            },
        }
    }

    fn context(&self, context: &ContextSnapshot) -> model::Context {
        let [on_connect, on_message, on_user_script_connect, on_user_script_message] =
            context.listeners.each_ref().map(|set| listeners(set));
        let runtime = model::RuntimeListeners {
            on_connect,
            on_message,
            on_user_script_connect,
            on_user_script_message,
        };
        let kind = match &context.kind {
            ContextKind::Background => model::Kind::Background(runtime),
            ContextKind::ContentScript { document } => {
                model::Kind::ContentScript { document: self.ids.document_ever(*document) }
            }
            ContextKind::Page => model::Kind::Page(runtime),
            ContextKind::World { document, world, gate } => model::Kind::World {
                document: self.ids.document_ever(*document),
                world: self.ids.world(world),
                gate: abs_gate(*gate),
            },
        };
        model::Context {
            extension: self.ids.extension_ever(context.extension),
            kind,
            dispatch: context.dispatch.as_ref().and_then(|it| self.dispatch(context.id, it)),
        }
    }

    fn dispatch(
        &self,
        context: worldport::ContextId,
        dispatch: &worldport::DispatchSnapshot,
    ) -> Option<model::Dispatch> {
        let occurrence = self.memory.dispatching.get(&context).copied()?;
        let heard = match dispatch.event {
            DispatchEvent::Request { threw: true, .. }
                if self.rules.listener_throw == model::ListenerThrow::Rejects =>
            {
                model::Heard::Threw
            }
            DispatchEvent::Request { will_respond: true, .. } => model::Heard::WillRespond,
            _ => model::Heard::Silence,
        };
        Some(model::Dispatch {
            occurrence,
            current: model::ListenerId(dispatch.listener.0),
            rest: dispatch.remaining.iter().map(|it| model::ListenerId(it.0)).collect(),
            heard,
        })
    }

    fn channel(&self, channel: &ChannelSnapshot<P>) -> model::Channel {
        let event = match channel.event {
            worldport::RuntimeEvent::OnUserScriptConnect => {
                model::ChannelEvent::OnUserScriptConnect
            }
            worldport::RuntimeEvent::OnConnect
            | worldport::RuntimeEvent::OnMessage
            | worldport::RuntimeEvent::OnUserScriptMessage => model::ChannelEvent::OnConnect,
        };
        let waiting = channel.holding.as_ref().and_then(|it| match it.until {
            worldport::HoldUntil::Started { opener_left } => Some(model::Waiting { opener_left }),
            worldport::HoldUntil::Answered => None,
        });
        let held = channel.holding.iter().flat_map(|it| &it.messages);
        model::Channel {
            event,
            sender: self.ids.sender(&channel.sender),
            accepted: channel.accepted,
            waiting,
            held: held.map(|it| self.message(it)).collect(),
            opener: match &channel.opener {
                OpenerSnapshot::Dead => model::Opener::Dead,
                OpenerSnapshot::Held(end) => model::Opener::Held {
                    context: self.ids.context_ever(end.context),
                    end: self.end(end),
                },
                OpenerSnapshot::Released(context) => {
                    model::Opener::Released(self.ids.context_ever(*context))
                }
            },
            receivers: channel
                .receivers
                .iter()
                .map(|end| (self.ids.context_ever(end.context), self.end(end)))
                .collect(),
        }
    }

    fn request(&self, request: &RequestSnapshot<P>) -> model::Request {
        let phase = match &request.phase {
            worldport::RequestPhase::Answered(outcome) => {
                model::RequestPhase::Answered(abs_outcome(outcome, self.token))
            }
            worldport::RequestPhase::Asked => model::RequestPhase::Asked,
            worldport::RequestPhase::Settled => model::RequestPhase::Settled,
            worldport::RequestPhase::Waiting => model::RequestPhase::Waiting,
        };
        // What led to an outcome is forgotten once there is one.
        let undecided = phase == model::RequestPhase::Asked;
        let asked = self.memory.asked.get(&request.id).copied();
        let message = request.message.as_ref().map(|it| self.message(it));
        model::Request {
            event: abs_event(request.event),
            message: message.or(asked).unwrap_or(model::Message(u32::MAX)),
            sender: self.ids.sender(&request.sender),
            origin: request.origin.map(|it| self.ids.context_ever(it)),
            phase,
            received: undecided && request.received,
            lost: undecided && request.lost,
            receivers: request
                .receivers
                .iter()
                .map(|&(context, phase)| {
                    let responder = match phase {
                        ReceiverPhase::Listening => model::Responder::Listening,
                        ReceiverPhase::Offered => model::Responder::Offered,
                        ReceiverPhase::Pending => model::Responder::Pending,
                    };
                    (self.ids.context_ever(context), responder)
                })
                .collect(),
        }
    }

    fn message(&self, payload: &P) -> model::Message {
        model::Message((self.token)(payload))
    }

    fn end(&self, end: &EndSnapshot<P>) -> model::End {
        let messages = end.messages.iter().map(|it| model::Item::Message(self.message(it)));
        let disconnect =
            end.disconnect.map(|error| model::Item::Disconnect(error.map(abs_port_error)));
        let inbox: VecDeque<model::Item> = messages.chain(disconnect).collect();
        model::End {
            phase: match end.phase {
                EndPhase::Closed => model::Phase::Closed,
                EndPhase::Offered => model::Phase::Offered,
                EndPhase::Open => model::Phase::Open,
                EndPhase::Unanswered => model::Phase::Unanswered,
            },
            link: match (end.phase, end.link) {
                // A closed end hears of nobody in any case; the model forgets why.
                (EndPhase::Closed | EndPhase::Unanswered, _) | (_, worldport::Link::Live) => {
                    model::Link::Live
                }
                (_, worldport::Link::Severed) => model::Link::Severed,
            },
            inbox,
            on_message: listeners(&end.on_message),
            on_disconnect: listeners(&end.on_disconnect),
        }
    }
}

fn abs_gate(gate: worldport::Gate) -> model::Gate {
    match gate {
        worldport::Gate::Absent => model::Gate::Absent,
        worldport::Gate::CallsRefused => model::Gate::CallsRefused,
        worldport::Gate::Granted => model::Gate::Granted,
        worldport::Gate::Withdrawn => model::Gate::Withdrawn,
    }
}

fn listeners(set: &[worldport::ListenerId]) -> model::ListenerSet {
    set.iter().map(|it| model::ListenerId(it.0)).collect()
}

pub(super) fn abs_port_error(error: PortError) -> model::DisconnectError {
    match error {
        PortError::NoReceiver => model::DisconnectError::NoReceiver,
        PortError::PageCached => model::DisconnectError::PageCached,
    }
}

pub(super) fn abs_outcome<P>(outcome: &RequestOutcome<P>, token: Token<P>) -> model::Outcome {
    match outcome {
        RequestOutcome::ListenerThrew => model::Outcome::ListenerThrew,
        RequestOutcome::NoReceiver => model::Outcome::NoReceiver,
        RequestOutcome::Reply(it) => model::Outcome::Reply(model::Message(token(it))),
        RequestOutcome::Unanswered => model::Outcome::Unanswered,
        RequestOutcome::Undefined => model::Outcome::Undefined,
    }
}

pub(super) fn abs_event(event: worldport::RuntimeEvent) -> model::RuntimeEvent {
    match event {
        worldport::RuntimeEvent::OnConnect => model::RuntimeEvent::OnConnect,
        worldport::RuntimeEvent::OnMessage => model::RuntimeEvent::OnMessage,
        worldport::RuntimeEvent::OnUserScriptConnect => model::RuntimeEvent::OnUserScriptConnect,
        worldport::RuntimeEvent::OnUserScriptMessage => model::RuntimeEvent::OnUserScriptMessage,
    }
}
