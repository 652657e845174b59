//! The search for a path of the model that explains a recording: depth first over everything that may
//! happen next, with the places visited kept, until the trace is explained to its end or nothing is left.

use std::collections::HashSet;

use worldport_model::{Action, Departure};

use super::config::{Config, Pending, Task};
use super::coverage::Coverage;
use super::scene::{Scene, Search};
use super::seen::{RECORDER, Seen};
use super::show::Miss;
use super::turns::{SOON, Turn, turns};

/// What became of a recording.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// A path of the model explains all of it.
    Accepted(Path),
    /// None does; this is as far as any gets.
    Rejected(Miss),
    /// The search was given up after so many places.
    Undecided(usize),
}

/// A path that explains a recording.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// How freely it had to be sought.
    pub search: Search,
    /// Its steps of the model.
    pub actions: usize,
    /// Observations that it explains.
    pub explained: usize,
    /// The kinds of transition that it uses.
    pub coverage: Coverage,
    /// Places that the search visited.
    pub visited: usize,
}

/// Seeks a path, and gives up after so many places.
#[must_use]
pub fn seek(scene: &Scene<'_>, limit: usize) -> Verdict {
    let mut stack = Vec::new();
    match Config::start(scene) {
        Ok(config) => stack.push(config),
        Err(miss) => return Verdict::Rejected(miss),
    }
    let mut visited: HashSet<Config> = HashSet::new();
    let mut count = 0;
    while let Some(config) = stack.pop() {
        count += 1;
        if count > limit {
            return Verdict::Undecided(limit);
        }
        let trail = config.trail.clone();
        let (mut next, is_end) = successors(scene, config);
        if is_end {
            return Verdict::Accepted(Path {
                search: scene.search,
                actions: trail.actions,
                explained: trail.explained,
                coverage: trail.coverage,
                visited: count,
            });
        }
        // Where there is no choice there is nothing to come back to.
        if next.len() > 1 || !stack.is_empty() {
            next.retain(|config| !visited.contains(config));
            visited.extend(next.iter().cloned());
        }
        stack.extend(next.into_iter().rev());
    }
    let furthest = scene.furthest.borrow_mut().take();
    Verdict::Rejected(
        furthest
            .unwrap_or_else(|| Config::default().miss(("".into(), 0), "nothing".to_owned(), None)),
    )
}

/// The places that follow, and whether this one is the end of a path that explains everything.
fn successors(scene: &Scene<'_>, config: Config) -> (Vec<Config>, bool) {
    let turns = turns(scene, &config);
    // A long timer and an idle background may wait for a later step.
    let settled = turns.iter().all(|turn| match turn {
        Turn::Idle => true,
        Turn::Timer(place) => config.timers[*place].ms > SOON,
        _ => false,
    });
    let mut next = Vec::new();
    let late = scene.search == Search::Late;
    let left_alone = config.step > 0 && scene.script.steps[config.step - 1].1.is_none();
    let is_last = config.step == scene.script.steps.len();
    let may_wait =
        !is_last && config.step > 0 && config.orders.is_empty() && config.tasks.is_empty();
    let mut left = None;
    if settled || ((late || left_alone) && may_wait) {
        let mut after = config.clone();
        match leave(scene, &mut after) {
            Err(miss) => note(scene, miss),
            Ok(()) if is_last => return (Vec::new(), true),
            Ok(()) => left = Some(after),
        }
    }
    if let Some((last, others)) = turns.split_last() {
        for turn in others {
            take(scene, config.clone(), turn, &mut next);
        }
        take(scene, config, last, &mut next);
    }
    if let Some(after) = left {
        take(scene, after, &Turn::Leave, &mut next);
    }
    (next, false)
}

/// Remembers the furthest place at which paths leave the trace, and what several of them do there instead.
fn note(scene: &Scene<'_>, miss: Miss) {
    let furthest = &mut *scene.furthest.borrow_mut();
    let place = |miss: &Miss| (miss.step, miss.explained);
    match furthest {
        Some(known) if place(known) > place(&miss) => {}
        Some(known) if place(known) == place(&miss) => {
            let is_same = known.life == miss.life && known.recorded == miss.recorded;
            if is_same && !known.does.contains(&miss.does) && known.does.len() < 1_000 {
                known.does = format!("{}, or {}", known.does, miss.does);
            }
        }
        _ => *furthest = Some(miss),
    }
}

fn take(scene: &Scene<'_>, mut after: Config, turn: &Turn, next: &mut Vec<Config>) {
    match happen(scene, &mut after, turn) {
        Ok(other) => {
            next.push(after);
            next.extend(other);
        }
        Err(miss) => {
            note(scene, miss);
        }
    }
}

fn happen(scene: &Scene<'_>, config: &mut Config, turn: &Turn) -> Result<Option<Config>, Miss> {
    match *turn {
        Turn::Begin(context) => {
            config.waking = None;
            config.begin_background(scene, context)?;
        }
        Turn::Dispatch(context, source) => {
            let _ = config.act(scene, Action::Dispatch { context, source })?;
        }
        Turn::Idle => {
            if let Some(extension) = config.extension {
                let _ = config.act(scene, Action::StopBackground { extension })?;
            }
        }
        Turn::Leave => config.enter(scene)?,
        Turn::Order(place) => config.begin_order(scene, place)?,
        Turn::Pending(departure) => return embed(scene, config, departure),
        Turn::Started(context) => {
            let other = config.restore_configurations(scene, context)?;
            let action = Action::BackgroundStarted { context };
            let _ = config.act(scene, action)?;
            if let Some(mut other) = other {
                let _ = other.act(scene, action)?;
                return Ok(Some(other));
            }
        }
        Turn::Task(place) => return config.perform(scene, place),
        Turn::Timer(place) => {
            let timer = config.timers.remove(place);
            config.tasks.push(Task { hand: timer.hand, ..Task::new(timer.agent, timer.body) });
        }
    }
    Ok(None)
}

/// What the browser was about to do is done.
fn embed(
    scene: &Scene<'_>,
    config: &mut Config,
    departure: Departure,
) -> Result<Option<Config>, Miss> {
    let mut other = None;
    match config.pending.remove(0) {
        Pending::Depart { document, going, told: true } => {
            config.go(scene, document, &going, departure)?;
        }
        Pending::Depart { document, going, told: false } => {
            config.pending.insert(0, Pending::Depart { document, going, told: true });
            config.tell(scene, document)?;
        }
        Pending::Load { document, mut scripts } => {
            let by_id = config.by_id();
            if by_id.len() == scripts.len() && by_id != scripts {
                let mut reordered = config.clone();
                reordered.load_next(scene, document, by_id)?;
                other = Some(reordered);
            }
            if let Err(miss) = config.load_next(scene, document, std::mem::take(&mut scripts)) {
                note(scene, miss);
                if let Some(reordered) = other.take() {
                    *config = reordered;
                }
            }
        }
        Pending::ReloadExtension => config.reload_extension(scene)?,
        Pending::ReloadPage { tab } => config.reload_page(scene, &tab)?,
    }
    Ok(other)
}

impl Config {
    fn load_next(
        &mut self,
        scene: &Scene<'_>,
        document: worldport_model::DocumentId,
        mut scripts: Vec<super::config::Injection>,
    ) -> Result<(), Miss> {
        let injection = scripts.remove(0);
        if !scripts.is_empty() {
            self.pending.insert(0, Pending::Load { document, scripts });
        }
        self.inject(scene, document, &injection)
    }
}

/// A step is over: all that was recorded in it must be explained.
fn leave(scene: &Scene<'_>, config: &mut Config) -> Result<(), Miss> {
    if config.step == 0 {
        return Ok(());
    }
    let names: Vec<_> = config.agents.keys().cloned().collect();
    for name in names {
        let _ = config.expected(scene, &name);
    }
    for (life, events) in &scene.trace.events {
        let cursor = config.cursors.get(life).copied().unwrap_or(0);
        if let Some(event) = events.get(cursor).filter(|event| event.step <= config.step) {
            // A context that has gone cannot say that it has carried out its order.
            let of = life.0.strip_prefix(RECORDER).and_then(|of| of.strip_prefix(" of "));
            if event.seen == Seen::Unreachable
                && of.is_some_and(|of| !config.is_reachable(&of.into()))
            {
                config.cursors.insert(life.clone(), cursor + 1);
                config.trail.explained += 1;
                continue;
            }
            let recorded = Some(format!("{:?}", event.seen));
            return Err(config.miss(
                life.clone(),
                "nothing more in this step".to_owned(),
                recorded,
            ));
        }
    }
    for (key, settlement) in &scene.trace.settlements {
        if settlement.step <= config.step && !config.settled.contains(key) {
            let recorded = Some(format!("call {} settles: {:?}", key.1, settlement.outcome));
            return Err(config.miss(key.0.clone(), "it does not settle".to_owned(), recorded));
        }
    }
    Ok(())
}
