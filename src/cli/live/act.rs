//! What changes something on a live cluster: `designate` and `run`.
//!
//! Absent on purpose: any decision. Requests go through the product's admission and what is done by
//! itself through its plan, as in the simulator.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::{Session, Trouble};
use crate::backend::Backend;
use crate::backend::clusapi::LiveBackend;
use crate::harness::console_text;
use crate::model::{EvsName, Span, Time};
use crate::product::agent::{self, Woken};
use crate::product::console::console;
use crate::product::picture::Picture;
use crate::product::policy::License;
use crate::product::reason::Reason;
use crate::product::request::Request;

/// How long one wait is at most: a signal is heard, and a tool that has ended is seen, as late as
/// that.
const WAIT: Span = Span::from_secs(1);
/// How often a write is waited for.
const WAITS: u32 = 30;
/// What an agent has begun itself shows a moment later.
const MOMENT: Span = Span::from_ms(1);

/// Waits for a change, or where nobody tells of one.
fn wait(backend: &LiveBackend, at_most: Span) {
    if backend.wait(at_most).is_err() {
        thread::sleep(Duration::from_millis(at_most.ms()));
    }
}

impl Session {
    /// Names the server that the node is to look after from now on; with `install` the product is
    /// set up on the node with this licence, which is refused where it is there already.
    ///
    /// # Errors
    /// [`Trouble::Refused`], [`Trouble::NotDone`], [`Trouble::NoHost`].
    pub fn designate(
        &self,
        evs: &EvsName,
        install: Option<Option<License>>,
    ) -> Result<String, Trouble> {
        let mut backend = self.backend()?;
        let request = match install {
            None => Request::Designate { evs: evs.clone() },
            Some(license) => {
                Request::Install { license, designate: Some(evs.clone()), unattended: false }
            }
        };
        let woken = agent::ask(&mut backend, &self.policy, &request, None);
        let woken = woken.map_err(Trouble::Refused)?;
        if let Some(error) = woken.refused {
            return Err(Trouble::NotDone(error));
        }
        let picture = self.written(&backend)?;
        let mut text = String::new();
        for planned in &woken.plan.actions {
            text.push_str(&format!("  {} {}\n", self.node, planned.reason));
        }
        if let Ok(memory) = &picture.memory {
            text.push_str(&console_text(&console(&picture, memory)));
        }
        Ok(text)
    }

    /// What the node sees once its record is written.
    fn written(&self, backend: &LiveBackend) -> Result<Picture, Trouble> {
        for _ in 0..WAITS {
            let (picture, _) = agent::look(backend, None);
            if picture.view.own.known().is_some_and(|own| !own.writing) {
                return Ok(picture);
            }
            wait(backend, WAIT);
        }
        Err(Trouble::NotWritten(self.node.clone()))
    }

    /// The agent's loop: what the product does by itself, until it is told to stop or so much time
    /// has passed by the node's clock. Each line that it has to say is given to `say`.
    ///
    /// # Errors
    /// [`Trouble::NoHost`]. What the cluster refuses is said, and decided about anew.
    pub fn run(
        &self,
        stop: &AtomicBool,
        at_most: Option<Span>,
        say: &mut dyn FnMut(&str),
    ) -> Result<(), Trouble> {
        let mut backend = self.backend()?;
        let until = at_most.map_or(Time::NEVER, |span| backend.local().now + span);
        let (mut picture, mut held) = (None, Vec::new());
        while !stop.load(Ordering::Relaxed) {
            let seen = backend.local().changes;
            let woken = agent::wake(&mut backend, &self.policy, picture.as_ref());
            self.tell(&woken, &held, say);
            if woken.now >= until {
                break;
            }
            let due = [woken.wake_at(), woken.plan.due_at].into_iter().flatten().min();
            picture = Some(woken.picture);
            held = woken.plan.holds;
            rest(&backend, seen, due.unwrap_or(Time::NEVER).min(until), stop);
        }
        Ok(())
    }

    fn tell(&self, woken: &Woken, held: &[Reason], say: &mut dyn FnMut(&str)) {
        let mut line =
            |text: String| say(&format!("{}  {} {text}", self.shown(woken.now), self.node));
        for hold in woken.plan.holds.iter().filter(|hold| !held.contains(hold)) {
            line(hold.to_string());
        }
        for planned in &woken.plan.actions[..woken.done] {
            line(planned.reason.to_string());
        }
        if let (Some(error), Some(planned)) = (&woken.refused, woken.plan.actions.get(woken.done)) {
            line(format!("{}: {error}", planned.reason));
        }
    }
}

/// Until something has changed, or it is time. What has changed already is looked at after a moment
/// all the same: whatever cannot be heard of counts as a change each time it is asked.
fn rest(backend: &LiveBackend, seen: u64, due: Time, stop: &AtomicBool) {
    if backend.local().changes != seen {
        wait(backend, MOMENT);
        return;
    }
    loop {
        let left = due.since(backend.local().now);
        if left == Span::ZERO || stop.load(Ordering::Relaxed) {
            return;
        }
        wait(backend, left.min(WAIT));
        if backend.local().changes != seen {
            return;
        }
    }
}
