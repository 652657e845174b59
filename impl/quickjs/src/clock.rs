//! Virtual time. It stands still while anything else can happen, and then jumps to the next timer:
//! a run is the same on every machine and never waits.

use std::collections::{BTreeMap, HashMap};

use worldport::ContextId;

/// A delay longer than this counts as this, about 24.8 days (as in browsers).
const LONGEST_DELAY: f64 = 2_147_483_647.0;
/// A repeating timer cannot be due again at once.
const SHORTEST_INTERVAL: u64 = 1;

/// How long it takes to read the clock, in thousandths of a millisecond.
const READING: u64 = 1;

/// A timer that waits for its document, and its interval if it repeats.
type Frozen = (Due, Option<u64>);

/// A timer that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) context: ContextId,
    pub(crate) timer: u32,
}

/// Timers in the order in which they are due, and for equal times in the order in which they were
/// set.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    now: u64,
    /// Thousandths of a millisecond, which only reading the clock uses up.
    micros: u64,
    /// Timers of contexts that are suspended.
    frozen: HashMap<ContextId, Vec<Frozen>>,
    sequence: u64,
    queue: BTreeMap<(u64, u64), (Due, Option<u64>)>,
}

impl Clock {
    /// Milliseconds since the host was made.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// The same, with the time that reading the clock takes: a script that waits in a loop gets
    /// there.
    pub(crate) fn read(&mut self) -> f64 {
        self.micros += READING;
        if self.micros >= 1000 {
            self.now += self.micros / 1000;
            self.micros %= 1000;
        }
        self.time()
    }

    /// The same to a thousandth of a millisecond, for those outside.
    pub(crate) fn time(&self) -> f64 {
        self.now as f64 + self.micros as f64 / 1000.0
    }

    /// Lets time pass, if it has not passed already.
    pub(crate) fn pass(&mut self, until: u64) {
        if until > self.now {
            self.now = until;
            self.micros = 0;
        }
    }

    /// Stops the timers of a context whose document is in the back/forward cache.
    pub(crate) fn freeze(&mut self, context: ContextId) {
        let own: Vec<(u64, u64)> = self
            .queue
            .iter()
            .filter(|(_, (due, _))| due.context == context)
            .map(|e| *e.0)
            .collect();
        let taken: Vec<Frozen> = own.iter().filter_map(|key| self.queue.remove(key)).collect();
        self.frozen.entry(context).or_default().extend(taken);
    }

    /// The document is back: timers that were set are due.
    pub(crate) fn thaw(&mut self, context: ContextId) {
        for (due, repeat) in self.frozen.remove(&context).unwrap_or_default() {
            self.insert(due, self.now, repeat);
        }
    }

    pub(crate) fn set(&mut self, due: Due, delay: f64, repeat: bool) {
        let delay = delay.clamp(0.0, LONGEST_DELAY) as u64;
        let repeat = repeat.then_some(delay.max(SHORTEST_INTERVAL));
        if let Some(frozen) = self.frozen.get_mut(&due.context) {
            frozen.push((due, repeat));
            return;
        }
        self.insert(due, self.now + delay, repeat);
    }

    fn insert(&mut self, due: Due, at: u64, repeat: Option<u64>) {
        self.sequence += 1;
        self.queue.insert((at, self.sequence), (due, repeat));
    }

    pub(crate) fn clear(&mut self, cleared: Due) {
        self.queue.retain(|_, (due, _)| *due != cleared);
    }

    /// Forgets the timers of a context that is gone.
    pub(crate) fn forget(&mut self, context: ContextId) {
        self.queue.retain(|_, (due, _)| due.context != context);
        self.frozen.remove(&context);
    }

    /// The last timer that was set: a mark for [`overdue`](Self::overdue).
    pub(crate) fn mark(&self) -> u64 {
        self.sequence
    }

    /// Takes the next timer that is due now and was set no later than the mark was taken.
    pub(crate) fn overdue(&mut self, mark: u64) -> Option<Due> {
        let &(at, set) = self.queue.keys().next()?;
        if at <= self.now && set <= mark { self.advance(at) } else { None }
    }

    /// When the next timer is due.
    pub(crate) fn next(&self) -> Option<u64> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// Moves to the next timer that is due no later than `until`, and takes it.
    pub(crate) fn advance(&mut self, until: u64) -> Option<Due> {
        let (&key, _) = self.queue.first_key_value().filter(|((at, _), _)| *at <= until)?;
        let (due, repeat) = self.queue.remove(&key)?;
        self.pass(key.0);
        if let Some(interval) = repeat {
            self.insert(due, self.now + interval, repeat);
        }
        Some(due)
    }

    /// How many timers are set.
    pub(crate) fn pending(&self) -> usize {
        self.queue.len()
    }
}
