//! The agent on one node: observe, decode, decide, carry out.
//!
//! Absent on purpose: any state of its own. What has to be remembered is in the records, so that an
//! agent that starts anew between any two wakes decides the same; the picture of the wake before
//! only saves the work of drawing again what has not changed.

use super::picture::Picture;
use super::plan::{Plan, admit, plan};
use super::policy::Policy;
use super::refusal::Refusal;
use super::request::Request;
use crate::backend::{ActError, Backend, observe};
use crate::model::{ServiceState, Span, Time};

/// What came of one wake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Woken {
    /// The node's clock at the end of the observation.
    pub now: Time,
    /// What the node saw and remembered.
    pub picture: Picture,
    /// What it decided.
    pub plan: Plan,
    /// How many of the plan's actions were started.
    pub done: usize,
    /// Why the first that was not started was refused.
    pub refused: Option<ActError>,
}

/// How soon it is looked again at what could not be learnt or was not started: nobody tells when
/// that has passed.
const LOOK_AGAIN: Span = Span::from_secs(10);

impl Woken {
    /// When to wake the agent next, if nothing changes before: when its plan asks for it, and soon
    /// where it is in doubt.
    pub fn wake_at(&self) -> Option<Time> {
        let view = &self.picture.view;
        let blind = view.service == ServiceState::Running && view.cluster.known().is_none();
        let again = (blind || self.refused.is_some()).then(|| self.now + LOOK_AGAIN);
        [self.plan.wake_at, again].into_iter().flatten().min()
    }
}

/// What the node sees and remembers, and its clock. What it saw earlier only saves work.
pub fn look(backend: &dyn Backend, earlier: Option<&Picture>) -> (Picture, Time) {
    let (view, now) = observe(backend);
    (Picture::of(view, earlier), now)
}

/// One wake: what the product does by itself now.
pub fn wake(backend: &mut dyn Backend, policy: &Policy, earlier: Option<&Picture>) -> Woken {
    let (picture, now) = look(backend, earlier);
    let plan = plan(policy, &picture, now);
    follow(backend, Woken { now, picture, plan, done: 0, refused: None })
}

/// An administrator's request on this node.
///
/// # Errors
/// Why it is refused; then nothing was done.
pub fn ask(
    backend: &mut dyn Backend,
    policy: &Policy,
    request: &Request,
    earlier: Option<&Picture>,
) -> Result<Woken, Refusal> {
    let (picture, now) = look(backend, earlier);
    let plan = admit(policy, &picture, now, request)?;
    Ok(follow(backend, Woken { now, picture, plan, done: 0, refused: None }))
}

fn follow(backend: &mut dyn Backend, mut woken: Woken) -> Woken {
    for planned in &woken.plan.actions {
        match backend.start(&planned.action) {
            Ok(()) => {
                woken.done += 1;
                if let Some(draft) = &planned.draft {
                    woken.picture.draft = Some(draft.clone());
                }
            }
            Err(error) => {
                woken.refused = Some(error);
                break;
            }
        }
    }
    woken
}
