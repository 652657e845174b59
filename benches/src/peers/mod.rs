//! Peers: what an embedder would wire up from parts off the shelf, in place of a router.
//!
//! Each peer makes the same whole route as the router: the sender's port is looked up by its id and
//! checked, the message goes into the queue of the receiving port, the receiving port is announced,
//! looked up and checked in its turn, and the receiver takes the message and verifies its number.
//!
//! | | router | roofline | channels | actors |
//! |---|---|---|---|---|
//! | a stale or forged port is refused | generation | generation | the map has no such id | the map has no such id |
//! | a port of another context is refused | yes | yes | yes | yes |
//! | a closed port is refused | yes | yes | yes | yes |
//! | the acting context exists, is not suspended, its gate is open | yes | yes | no | no |
//! | the queue of the receiver has a limit | yes | no | no | no |
//! | the receiving port is announced, looked up and checked | yes | yes | yes | by the actor |
//! | a context handles one event at a time | yes | no | no | a port does |
//! | listeners, several to a port | yes | whether there is one | no | no |
//! | the number of the message is verified | yes | yes | yes | yes |
//!
//! What a peer leaves out is in its favour. Nothing is left out of the router.
//!
//! Channels are unbounded, because a port's queue is; so none blocks, and sender and receiver can be
//! on one thread, as they are in a router's process. Hash maps are those of `rustc-hash`.

mod actors;
mod channels;
mod queue;

pub use actors::Actors;
pub use channels::Channels;
pub use queue::{Crossbeam, Flume, Kanal, Queue, Std, Tokio};

/// The id of a port of a peer. They are handed out one after the other and never used again.
type Port = u64;

/// What the sender of a channel knows.
#[derive(Clone, Debug)]
struct SendingEnd {
    world: u32,
    port: Port,
    sent: u64,
}

/// The sending ends of this many channels, in the spread of the fixture. The ports of a channel are
/// beside each other, that of the opener first.
fn senders(channels: usize) -> Vec<SendingEnd> {
    let worlds = crate::WORLDS as u32;
    let ports = (0..).step_by(2);
    let ends = (0..).zip(ports).take(channels);
    ends.map(|(channel, port)| SendingEnd { world: channel % worlds, port, sent: 0 }).collect()
}
