//! The agent on one node: observe, decode, decide, carry out.
//!
//! Absent on purpose: any state of its own. What has to be remembered is in the records, so that an
//! agent that starts anew between any two wakes decides the same.

use super::memory::{Memory, Unreadable};
use super::plan::{Plan, admit, plan};
use super::policy::Policy;
use super::reason::Reason;
use super::refusal::Refusal;
use super::request::Request;
use crate::backend::{ActError, Backend, observe};
use crate::model::{Time, View};

/// What came of one wake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Woken {
    /// The node's clock at the end of the observation.
    pub now: Time,
    /// What the node saw.
    pub view: View,
    /// What it remembered.
    pub memory: Result<Memory, Unreadable>,
    /// What it decided.
    pub plan: Plan,
    /// How many of the plan's actions were started.
    pub done: usize,
    /// Why the first that was not started was refused.
    pub refused: Option<ActError>,
}

/// One wake: what the product does by itself now.
pub fn wake(backend: &mut dyn Backend, policy: &Policy) -> Woken {
    let (view, now) = observe(backend);
    let memory = Memory::decode(&view);
    let plan = match &memory {
        Ok(memory) => plan(policy, &view, memory, now),
        Err(unreadable) => {
            let holds = vec![Reason::WaitsForRecord(unreadable.clone())];
            Plan { holds, ..Plan::default() }
        }
    };
    follow(backend, Woken { now, view, memory, plan, done: 0, refused: None })
}

/// An administrator's request on this node.
///
/// # Errors
/// Why it is refused; then nothing was done.
pub fn ask(
    backend: &mut dyn Backend,
    policy: &Policy,
    request: &Request,
) -> Result<Woken, Refusal> {
    let (view, now) = observe(backend);
    let memory = Memory::decode(&view).map_err(|unreadable| match unreadable {
        // A disk that cannot be read at this moment says nothing about what the record says.
        Unreadable::Unknown(_) => Refusal::Busy,
        Unreadable::Undecodable { .. } => Refusal::RecordUnreadable(unreadable),
    })?;
    let plan = admit(policy, &view, &memory, now, request)?;
    let memory = Ok(memory);
    Ok(follow(backend, Woken { now, view, memory, plan, done: 0, refused: None }))
}

fn follow(backend: &mut dyn Backend, mut woken: Woken) -> Woken {
    for planned in &woken.plan.actions {
        match backend.start(&planned.action) {
            Ok(()) => woken.done += 1,
            Err(error) => {
                woken.refused = Some(error);
                break;
            }
        }
    }
    woken
}
