//! Exploring a machine to the end: quickly, in little memory, and exactly.
//!
//! States are packed without loss and compared whole. Of the steps nothing is kept but their number and what
//! the invariants say of them. The search goes level by level, so that depth is that of shortest paths
//! whatever the number of threads; within a level threads take turns at the shards, and what is counted does
//! not depend on who was first. There is no limit: the search ends when there is nothing new.
//!
//! [`graph`](crate::graph) keeps the steps too and is for smaller machines. stateright, in
//! [`check`](crate::check), shares nothing with either but the machine.

mod shard;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use worldport_model::Action;

use crate::check::Progress;
use crate::machine::{Breach, Judged, Machine, MachineState, ROWS, candidates};
use crate::packing::{Common, Places, read, read_number, write};
use crate::symmetry::audit::Form;
use shard::Shard;

/// States are spread over so many shards: enough that two threads seldom want the same.
const SHARDS: usize = 64;

/// Bytes of states that a thread collects for a shard before it asks for it.
const BATCH: usize = 4096;

/// What exploring a machine to the end has shown.
#[derive(Clone, Debug)]
pub struct Explored {
    /// Different states, all of them.
    pub states: usize,
    /// Steps that lead somewhere.
    pub edges: usize,
    /// Actions that were refused, over all states.
    pub refused: usize,
    /// The longest of the shortest paths, counted in states.
    pub depth: usize,
    /// How many steps witness each invariant.
    pub witnessed: [u64; ROWS],
    /// What steps break.
    pub broken: BTreeSet<Breach>,
    /// Bytes of all packed states and of the table that finds them, without the records that they share.
    pub bytes: usize,
    /// The records that states share.
    pub records: usize,
    /// How long it took.
    pub elapsed: Duration,
}

/// What threads share.
struct Space<'a> {
    machine: &'a Machine,
    form: Option<Form>,
    common: Common,
    shards: Vec<Mutex<Shard>>,
    states: AtomicUsize,
    edges: AtomicUsize,
}

impl Space<'_> {
    fn shard(&self, number: usize) -> MutexGuard<'_, Shard> {
        self.shards[number].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Explores a machine to the end, on so many threads, and calls `progress` now and then.
#[must_use]
pub fn explore(machine: &Machine, threads: usize, progress: &mut dyn FnMut(Progress)) -> Explored {
    explore_forms(machine, None, threads, progress)
}

/// The same with one state for all that have the same form, if a form is given. What is counted is then
/// counted once for all of them. Whether a form may do that is for [an audit](crate::symmetry::audit) to say.
#[must_use]
pub fn explore_forms(
    machine: &Machine,
    form: Option<Form>,
    threads: usize,
    progress: &mut dyn FnMut(Progress),
) -> Explored {
    let started = Instant::now();
    let space = Space {
        machine,
        form,
        common: Common::default(),
        shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        states: AtomicUsize::new(0),
        edges: AtomicUsize::new(0),
    };
    let mut workers: Vec<Worker> = (0..threads.max(1)).map(|_| Worker::default()).collect();
    workers[0].begin(&space);
    let mut depth = 0;
    loop {
        let level: Vec<(u32, u32)> = (0..SHARDS).map(|it| space.shard(it).turn()).collect();
        if level.iter().all(|(from, to)| from == to) {
            break;
        }
        depth += 1;
        let turn = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let (running, all_done) = channel::<()>();
            for worker in &mut workers {
                let (running, space, level, turn) = (running.clone(), &space, &level, &turn);
                scope.spawn(move || {
                    worker.expand_level(space, level, turn);
                    drop(running);
                });
            }
            drop(running);
            while all_done.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout)
            {
                progress(Progress {
                    shape: machine.shape,
                    unique_states: space.states.load(Ordering::Relaxed),
                    steps: space.edges.load(Ordering::Relaxed),
                    depth,
                });
            }
        });
    }
    let sum = |of: fn(&Worker) -> usize| workers.iter().map(of).sum();
    Explored {
        states: (0..SHARDS).map(|it| space.shard(it).len()).sum(),
        edges: sum(|worker| worker.edges),
        refused: sum(|worker| worker.refused),
        depth,
        witnessed: std::array::from_fn(|row| workers.iter().map(|it| it.witnessed[row]).sum()),
        broken: workers.iter().flat_map(|it| &it.broken).copied().collect(),
        bytes: (0..SHARDS).map(|it| space.shard(it).bytes()).sum(),
        records: workers.iter().map(|it| it.places.records()).max().unwrap_or(0),
        elapsed: started.elapsed(),
    }
}

/// One thread: what it knows, has counted, and has found for each shard.
struct Worker {
    places: Places,
    edges: usize,
    refused: usize,
    witnessed: [u64; ROWS],
    broken: BTreeSet<Breach>,
    found: Vec<Vec<u8>>,
    words: Vec<u32>,
    bytes: Vec<u8>,
    menu: Vec<Action>,
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            places: Places::default(),
            edges: 0,
            refused: 0,
            witnessed: [0; ROWS],
            broken: BTreeSet::new(),
            found: vec![Vec::new(); SHARDS],
            words: Vec::new(),
            bytes: Vec::new(),
            menu: Vec::new(),
        }
    }
}

impl Worker {
    fn begin(&mut self, space: &Space<'_>) {
        let start = space.machine.replay(space.machine.shape.setup);
        let start = space.form.map_or_else(|| start.clone(), |form| form(&start).1);
        self.words.clear();
        self.places.pack_alone(&space.common, &start, &mut self.words);
        self.post(space);
        (0..SHARDS).for_each(|shard| self.deliver(space, shard));
    }

    /// Takes shards until all of the level have been taken.
    fn expand_level(&mut self, space: &Space<'_>, level: &[(u32, u32)], turn: &AtomicUsize) {
        let (mut states, mut words) = (Vec::new(), Vec::new());
        while let Some((shard, &part)) = {
            let shard = turn.fetch_add(1, Ordering::Relaxed);
            level.get(shard).map(|part| (shard, part))
        } {
            states.clear();
            space.shard(shard).copy(part, &mut states);
            let mut rest = states.as_slice();
            while !rest.is_empty() {
                let length = read_number(&mut rest) as usize;
                let (state, behind) = rest.split_at(length);
                rest = behind;
                words.clear();
                read(state, &mut words);
                self.expand(space, &words);
            }
        }
        (0..SHARDS).for_each(|shard| self.deliver(space, shard));
    }

    fn expand(&mut self, space: &Space<'_>, words: &[u32]) {
        self.places.know(&space.common, words);
        let from = self.places.unpack(words);
        if from.broken.is_some() {
            return;
        }
        let mut menu = std::mem::take(&mut self.menu);
        candidates(space.machine.shape, &from, &mut menu);
        let edges = self.edges;
        for action in &menu {
            let judged = space.machine.assess(&from, action);
            self.count(&judged);
            let Some(to) = judged.to else {
                self.refused += 1;
                continue;
            };
            self.edges += 1;
            self.found(space, &to, &from, words);
        }
        space.edges.fetch_add(self.edges - edges, Ordering::Relaxed);
        menu.clear();
        self.menu = menu;
    }

    fn count(&mut self, judged: &Judged) {
        let mut rows = judged.witnessed;
        while rows != 0 {
            self.witnessed[rows.trailing_zeros() as usize] += 1;
            rows &= rows - 1;
        }
        self.broken.extend(&judged.breaches);
    }

    fn found(&mut self, space: &Space<'_>, to: &MachineState, from: &MachineState, words: &[u32]) {
        self.words.clear();
        let stands = space.form.map(|form| form(to).1);
        let to = stands.as_ref().unwrap_or(to);
        self.places.pack(&space.common, to, from, words, &mut self.words);
        self.post(space);
    }

    /// Puts the packed state with the others for its shard.
    fn post(&mut self, space: &Space<'_>) {
        self.bytes.clear();
        write(&self.words, &mut self.bytes);
        let hash = shard::hash(&self.bytes);
        // The table of the shard goes by the other bits.
        let number = (hash >> 40) as usize % SHARDS;
        let found = &mut self.found[number];
        found.extend_from_slice(&hash.to_le_bytes());
        found.extend_from_slice(&(self.bytes.len() as u32).to_le_bytes());
        found.extend_from_slice(&self.bytes);
        if found.len() >= BATCH {
            self.deliver(space, number);
        }
    }

    /// Hands a shard what was found for it.
    fn deliver(&mut self, space: &Space<'_>, number: usize) {
        let found = &mut self.found[number];
        if found.is_empty() {
            return;
        }
        let (mut rest, mut new) = (found.as_slice(), 0);
        let mut shard = space.shard(number);
        while let Some((hash, behind)) = rest.split_first_chunk() {
            let Some((length, behind)) = behind.split_first_chunk() else { break };
            let (state, behind) = behind.split_at(u32::from_le_bytes(*length) as usize);
            new += usize::from(shard.insert(u64::from_le_bytes(*hash), state));
            rest = behind;
        }
        drop(shard);
        space.states.fetch_add(new, Ordering::Relaxed);
        found.clear();
    }
}
