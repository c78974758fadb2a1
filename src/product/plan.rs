//! The two entrances to the product's decisions: what it does by itself, and what becomes of a
//! request. Both are functions from values to a value; nothing is left to choose while a plan is
//! carried out.
//!
//! Absent on purpose: failure. A plan that cannot go on says what it waits for.

use super::admission;
use super::designation::{Standing, ignored};
use super::draft::Draft;
use super::gate::{self, Situation};
use super::licensing;
use super::management::{self, Next};
use super::memory::Unreadable;
use super::picture::Picture;
use super::policy::Policy;
use super::reason::Reason;
use super::replica;
use super::request::Request;
use super::schedule;
use crate::model::{Act, Action, ErrorCode, Fact, Span, Time, in_force};

pub use super::refusal::Refusal;

/// An action and why it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The action.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// What it writes, where it writes a record.
    pub draft: Option<Draft>,
}

/// What a node does now, and what it holds back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// To be carried out in order, up to the first that is refused.
    pub actions: Vec<Planned>,
    /// Decisions to wait or not to act.
    pub holds: Vec<Reason>,
    /// When to decide again at the latest; none: at the next change.
    pub wake_at: Option<Time>,
    /// When a schedule asks for something next. Nothing that was begun waits for that: a node whose
    /// schedules alone are to come is at rest.
    pub due_at: Option<Time>,
}

impl Plan {
    /// Whether it either writes one record or acts, or does neither. A plan that did both would act
    /// before what it is about to do is safely written down.
    pub fn is_well_formed(&self) -> bool {
        let writes = |planned: &&Planned| matches!(planned.action.act, Act::Write { .. });
        match self.actions.iter().filter(writes).count() {
            0 => true,
            1 => self.actions.len() == 1,
            _ => false,
        }
    }
}

/// How long after a torn observation a node looks again, should nothing else wake it: what tore it
/// may have been the last change for hours.
const LOOK_AGAIN: Span = Span::from_secs(1);

/// What the product does by itself.
pub fn plan(policy: &Policy, picture: &Picture, now: Time) -> Plan {
    let memory = match &picture.memory {
        Ok(memory) => memory,
        Err(unreadable) => {
            let holds = vec![Reason::WaitsForRecord(unreadable.clone())];
            return Plan { holds, ..Plan::default() };
        }
    };
    let Some(node) = &memory.node else { return Plan::default() };
    let situation = Situation::new(policy, picture, memory, node, now);
    let torn = matches!(picture.view.cluster, Fact::Unknown(ErrorCode::ERROR_RETRY));
    let again = torn.then(|| now + LOOK_AGAIN);
    let wake_at = [again, management::limit(&situation)].into_iter().flatten().min();
    let due_at = schedule::due_at(&situation);
    let mut plan = Plan { holds: holds(&situation), wake_at, due_at, ..Plan::default() };
    if is_writing(&situation) && in_force("nothing-is-decided-during-a-write") {
        return plan;
    }
    if let Some(planned) = schedule::next(&situation) {
        plan.actions.push(planned);
        return plan;
    }
    match management::next(&situation) {
        Next::Idle => {}
        Next::Wait(reason) => plan.holds.push(reason),
        Next::Do(planned) => plan.actions.push(planned),
    }
    debug_assert!(plan.is_well_formed());
    plan
}

/// What becomes of a request.
///
/// # Errors
/// Why it is refused; then nothing is to be done. [`Refusal::Busy`] passes by itself.
pub fn admit(
    policy: &Policy,
    picture: &Picture,
    now: Time,
    request: &Request,
) -> Result<Plan, Refusal> {
    let memory = picture.memory.as_ref().map_err(|unreadable| match unreadable {
        // A disk that cannot be read at this moment says nothing about what the record says.
        Unreadable::Unknown(_) => Refusal::Busy,
        Unreadable::Undecodable { .. } => Refusal::RecordUnreadable(unreadable.clone()),
    })?;
    if picture.view.own.known().is_none_or(|own| own.writing) {
        return Err(Refusal::Busy);
    }
    let planned = admission::admit(policy, picture, memory, now, request)?;
    let situation = |node| Situation::new(policy, picture, memory, node, now);
    let holds = memory.node.as_ref().map(|node| holds(&situation(node))).unwrap_or_default();
    let plan = Plan { actions: vec![planned], holds, ..Plan::default() };
    debug_assert!(plan.is_well_formed());
    Ok(plan)
}

/// What is held back whatever is done: every server that is ignored, and why the designated one
/// cannot be looked after now.
fn holds(situation: &Situation) -> Vec<Reason> {
    let designation = situation.node.designation.as_ref();
    let mut holds: Vec<Reason> =
        ignored(situation.picture, designation).into_iter().map(Reason::Ignores).collect();
    let waits = match (situation.standing(), &situation.view.cluster) {
        (Standing::Here, _) | (Standing::Undesignated, Fact::Known(_)) => None,
        (Standing::Undesignated | Standing::Unknown(_), Fact::Unknown(code)) => {
            Some(Reason::WaitsForCluster(*code))
        }
        (standing, _) => situation.designated().map(|evs| Reason::Waits(evs, standing)),
    };
    holds.extend(waits);
    holds.extend(unusable(situation));
    holds.extend(replica::left(situation));
    holds.extend(schedule::waits(situation));
    holds
}

/// Every store that is damaged and that no job of this node is going to put right.
fn unusable(situation: &Situation) -> Vec<Reason> {
    let lease = situation.memory.disk.as_ref().and_then(|disk| disk.lease.as_ref());
    let in_hand = lease.is_some_and(|lease| {
        lease.node == situation.view.node || licensing::is_entitled(situation.node)
    });
    let Some(evs) = situation.designated().filter(|_| !in_hand) else { return Vec::new() };
    let damaged = gate::damaged(situation).into_iter();
    damaged
        .map(|(store, temporary)| {
            let copied = situation.disk().is_some_and(|it| replica::copy(it, &store).is_some());
            Reason::Unusable { evs: evs.clone(), store, temporary, copied }
        })
        .collect()
}

/// Whether a write of one of this node's records is under way: which of two records holds then is
/// not known, and nothing is decided.
fn is_writing(situation: &Situation) -> bool {
    let own = situation.view.own.known().is_none_or(|own| own.writing);
    let disk = situation.memory.designated_disk(situation.view);
    own || disk.is_some_and(|disk| disk.writing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Place;

    #[test]
    fn a_plan_writes_one_record_or_acts_or_does_neither() {
        let planned = |act| {
            let action = Action { act, requires: Vec::new() };
            Planned { action, reason: Reason::Revoked, draft: None }
        };
        let write = || planned(Act::Write { place: Place::Node, replaces: None, text: "".into() });
        let acts = || planned(Act::Mount { group: "EVS1".into(), store: "SG1/Mailbox".into() });
        let is_well_formed = |actions| Plan { actions, ..Plan::default() }.is_well_formed();
        assert!(is_well_formed(Vec::new()));
        assert!(is_well_formed(vec![write()]));
        assert!(is_well_formed(vec![acts(), acts()]));
        assert!(!is_well_formed(vec![write(), write()]));
        assert!(!is_well_formed(vec![write(), acts()]));
    }
}
