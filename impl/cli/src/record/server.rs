//! What the recorder knows of the agents, as `recorder/server.py` does: who is connected, what they
//! reported, which orders they have carried out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use worldport_proofs::agree::read_trace;
use worldport_quickjs::{NetEvent, SocketId};

/// One event of a trace.
pub(crate) type Record = Map<String, Value>;

/// An agent that is connected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agent {
    pub(crate) socket: SocketId,
    pub(crate) life: usize,
}

/// The agents and their records.
#[derive(Debug, Default)]
pub(crate) struct Server {
    pub(crate) records: Vec<Record>,
    pub(crate) agents: BTreeMap<String, Agent>,
    /// The scenario step under way.
    pub(crate) phase: usize,
    /// When the last record came.
    pub(crate) last_activity: u64,
    acknowledged: BTreeSet<u64>,
    /// The lives of each context, in the order in which they were heard of.
    lives: BTreeMap<String, Vec<String>>,
    names: BTreeMap<SocketId, (String, usize)>,
}

impl Server {
    /// Takes in what happened on the agents' side, at this time.
    pub(crate) fn receive(&mut self, event: NetEvent, now: f64) {
        let at = now as u64;
        match event {
            NetEvent::SocketOpened { socket, url } => {
                let context = decoded(parameter(&url, "ctx"));
                let life = self.life(&context, parameter(&url, "inst"));
                self.agents.insert(context.clone(), Agent { socket, life });
                self.names.insert(socket, (context, life));
                self.last_activity = self.last_activity.max(at);
            }
            NetEvent::SocketText { socket, text } => {
                let Some((_, life)) = self.names.get(&socket).cloned() else { return };
                let Some(message) = parsed(&text) else { return };
                self.add_all(message.get("records"), |_, _| life, at);
                if let Some(order) = message.get("ack").and_then(Value::as_u64) {
                    self.acknowledged.insert(order);
                }
            }
            NetEvent::SocketClosed { socket } => {
                let Some((context, life)) = self.names.remove(&socket) else { return };
                if self.agents.get(&context).is_some_and(|agent| agent.socket == socket) {
                    self.agents.remove(&context);
                }
                self.log("agent-gone", json!({ "of": context, "gen": life }), now);
            }
            NetEvent::Beacon { text, .. } => {
                let Some(message) = parsed(&text) else { return };
                let instance = message.get("inst").and_then(Value::as_str).unwrap_or_default();
                let instance = instance.to_owned();
                self.add_all(
                    message.get("records"),
                    |server, context| server.life(context, &instance),
                    at,
                );
            }
        }
    }

    fn add_all(
        &mut self,
        records: Option<&Value>,
        life: impl Fn(&mut Self, &str) -> usize,
        at: u64,
    ) {
        for record in records.and_then(Value::as_array).into_iter().flatten() {
            let Some(record) = record.as_object() else { continue };
            let context = record.get("ctx").and_then(Value::as_str).unwrap_or_default().to_owned();
            let life = life(self, &context);
            let mut record = record.clone();
            record.insert("phase".to_owned(), json!(self.phase));
            record.insert("gen".to_owned(), json!(life));
            self.records.push(record);
            self.last_activity = self.last_activity.max(at);
        }
    }

    /// A record of the recorder itself.
    pub(crate) fn log(&mut self, kind: &str, data: Value, now: f64) {
        let mut record = Record::new();
        record.insert("ctx".to_owned(), json!("recorder"));
        record.insert("t".to_owned(), json!(now));
        record.insert("ev".to_owned(), json!(kind));
        if let Value::Object(data) = data {
            record.extend(data);
        }
        record.insert("phase".to_owned(), json!(self.phase));
        self.records.push(record);
        self.last_activity = self.last_activity.max(now as u64);
    }

    pub(crate) fn is_acknowledged(&self, order: u64) -> bool {
        self.acknowledged.contains(&order)
    }

    fn life(&mut self, context: &str, instance: &str) -> usize {
        let known = self.lives.entry(context.to_owned()).or_default();
        if let Some(place) = known.iter().position(|known| known == instance) {
            return place + 1;
        }
        known.push(instance.to_owned());
        known.len()
    }
}

/// Half surrogate pairs are legal in what scripts write: the reader of traces knows them.
fn parsed(text: &str) -> Option<Record> {
    read_trace(format!("{{}}\n{text}").as_bytes()).ok()?.into_iter().next()
}

fn parameter<'a>(url: &'a str, name: &str) -> &'a str {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map_or("", |(_, value)| value)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|_| first == b'%');
        let byte = digits.and_then(|d| std::str::from_utf8(d).ok());
        match byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_named_by_their_sockets() {
        let url = "ws://h/ws?ctx=t1%40%C5%BE&inst=abc";
        assert_eq!(decoded(parameter(url, "ctx")), "t1@ž");
        assert_eq!(parameter(url, "inst"), "abc");
        assert_eq!(decoded("a%4"), "a%4");
    }
}
