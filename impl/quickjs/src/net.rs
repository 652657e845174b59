//! The world outside of the documents: sockets and beacons of scripts, with the driver at the other
//! end. There is no network; what scripts send is kept until the driver takes it.

use std::collections::BTreeMap;
use std::fmt;

use worldport::ContextId;

/// A socket that a script opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(u32);

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "socket#{}", self.0)
    }
}

/// Something that scripts did towards the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetEvent {
    /// `navigator.sendBeacon`.
    Beacon {
        /// The address.
        url: String,
        /// What was sent.
        text: String,
    },
    /// A socket is closed: by its script, or because its context is gone.
    SocketClosed {
        /// Which.
        socket: SocketId,
    },
    /// `new WebSocket`.
    SocketOpened {
        /// Which.
        socket: SocketId,
        /// Its address.
        url: String,
    },
    /// A script sent a text.
    SocketText {
        /// Where.
        socket: SocketId,
        /// The text.
        text: String,
    },
}

/// The open sockets, and what the driver has not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Net {
    events: Vec<NetEvent>,
    sockets: BTreeMap<SocketId, ContextId>,
    /// Sockets that are closed because their document is about to be left: it still counts as one with
    /// open sockets.
    cut: BTreeMap<SocketId, ContextId>,
    last: u32,
}

impl Net {
    pub(crate) fn open(&mut self, context: ContextId, url: String) -> u32 {
        self.last += 1;
        let socket = SocketId(self.last);
        self.sockets.insert(socket, context);
        self.events.push(NetEvent::SocketOpened { socket, url });
        self.last
    }

    pub(crate) fn send(&mut self, socket: u32, text: String) {
        let socket = SocketId(socket);
        if self.sockets.contains_key(&socket) {
            self.events.push(NetEvent::SocketText { socket, text });
        }
    }

    pub(crate) fn close(&mut self, socket: u32) {
        let socket = SocketId(socket);
        if self.sockets.remove(&socket).is_some() {
            self.events.push(NetEvent::SocketClosed { socket });
        }
    }

    /// Closes a socket of a document that is about to be left.
    pub(crate) fn cut(&mut self, socket: u32) {
        let socket = SocketId(socket);
        if let Some(owner) = self.sockets.remove(&socket) {
            self.cut.insert(socket, owner);
            self.events.push(NetEvent::SocketClosed { socket });
        }
    }

    pub(crate) fn beacon(&mut self, url: String, text: String) {
        self.events.push(NetEvent::Beacon { url, text });
    }

    /// The context is gone, and with it its sockets.
    pub(crate) fn leave(&mut self, context: ContextId) {
        for socket in self.of(context) {
            self.close(socket.0);
        }
        self.cut.retain(|_, &mut owner| owner != context);
    }

    pub(crate) fn has_sockets(&self, context: ContextId) -> bool {
        self.sockets.values().chain(self.cut.values()).any(|&owner| owner == context)
    }

    pub(crate) fn owner(&self, socket: SocketId) -> Option<(ContextId, u32)> {
        self.sockets.get(&socket).map(|&context| (context, socket.0))
    }

    pub(crate) fn take(&mut self) -> Vec<NetEvent> {
        std::mem::take(&mut self.events)
    }

    fn of(&self, context: ContextId) -> Vec<SocketId> {
        let own = self.sockets.iter().filter(|&(_, &owner)| owner == context);
        own.map(|(&socket, _)| socket).collect()
    }
}
