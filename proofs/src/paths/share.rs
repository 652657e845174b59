//! How much of a scenario is the model's, counted by steps.

use super::script::{Call, Drive, Op, Outside, Script, Step};

/// How much of a step is the model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Share {
    /// Its calls are steps of the model.
    Whole,
    /// They are, where the browser takes their arguments or contents at all; that is not the model's.
    Part(Outside),
    /// It is none of the model's.
    None(Outside),
}

impl Script {
    /// How much of a step is the model's.
    #[must_use]
    pub(super) fn share(&self, step: &Step) -> Share {
        match step {
            Step::Nothing | Step::Drive(Drive::Nothing | Drive::Quiet { .. }) => {
                Share::None(Outside::Bookkeeping)
            }
            Step::Wait => Share::None(Outside::Time),
            Step::Drive(_) => Share::Whole,
            Step::Calls(orders) => {
                let shares = orders.iter().flat_map(|(agent, body, _)| {
                    let is_page = agent.ends_with("@main");
                    self.bodies[*body].iter().map(move |op| match is_page {
                        true => Share::None(Outside::PageWorld),
                        false => op.share(),
                    })
                });
                // A task counts by the call that is most the model's.
                shares.min().unwrap_or(Share::None(Outside::Bookkeeping))
            }
        }
    }
}

impl Op {
    fn share(&self) -> Share {
        match &self.call {
            Call::Outside(reason) => Share::None(*reason),
            Call::ConnectIntoTab { .. } => Share::None(Outside::IntoTab),
            Call::Configure { is_plain: false, .. }
            | Call::Connect { is_plain: false, .. }
            | Call::Disconnect { is_plain: false, .. }
            | Call::Reset { is_plain: false, .. } => Share::Part(Outside::Arguments),
            Call::Post { is_plain: false, .. } | Call::Send { is_plain: false, .. } => {
                Share::Part(Outside::Payload)
            }
            _ => Share::Whole,
        }
    }
}
