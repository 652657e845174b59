//! The model, following a run call by call.

use std::cell::RefCell;
use std::rc::Rc;

use worldport::{Call, Outcome, Router};
use worldport_model::Profile;
use worldport_model::invariant::TABLE;
use worldport_proofs::refinement::Lockstep;
use worldport_quickjs::{Observer, Payload};

use crate::run::Verdict;

/// The model beside the router of a run.
#[derive(Debug)]
pub(crate) struct Follower {
    profile: Profile,
    state: Rc<RefCell<State>>,
}

#[derive(Debug)]
pub(crate) struct State {
    lockstep: Lockstep<Payload>,
    parted: Option<String>,
}

impl Follower {
    pub(crate) fn new(profile: Profile) -> Self {
        let lockstep = Lockstep::new(profile.rules(), Payload::serial);
        Self { profile, state: Rc::new(RefCell::new(State { lockstep, parted: None })) }
    }

    /// What watches the run.
    pub(crate) fn share(&self) -> impl Observer + 'static + use<> {
        Rc::clone(&self.state)
    }

    /// Compares the states at the end of a run.
    pub(crate) fn finish(&self, router: &Router<Payload>) {
        let mut state = self.state.borrow_mut();
        if state.parted.is_none()
            && let Err(difference) = state.lockstep.compare(router)
        {
            state.parted =
                Some(format!("router and model part at the end of the run\n{difference}"));
        }
    }

    /// What has been found, once the run is over and [finished](Self::finish).
    pub(crate) fn verdict(&self) -> Verdict {
        let state = self.state.borrow();
        let verdict = state.lockstep.verdict();
        let judgement = if state.lockstep.is_judged() {
            format!("; {} invariants held at every step", TABLE.len())
        } else {
            String::new()
        };
        match &state.parted {
            Some(parted) => Verdict { holds: false, text: parted.clone() },
            None => Verdict {
                holds: true,
                text: format!(
                    "the model of profile {} followed {} calls of the router: {} accepted with equal \
                     effects and states, {} refused alike{}",
                    self.profile.name(),
                    verdict.calls(),
                    verdict.accepted,
                    verdict.refused + verdict.limited,
                    judgement,
                ),
            },
        }
    }
}

impl Observer for State {
    fn routed(
        &mut self,
        call: &Call<Payload>,
        outcome: &Outcome<Payload>,
        router: &Router<Payload>,
    ) -> Result<(), String> {
        self.lockstep.follow_traffic(call, outcome, router).map_err(|divergence| {
            let text = divergence.to_string();
            self.parted = Some(text.clone());
            text
        })
    }
}
