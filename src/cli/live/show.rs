//! What is shown of a live cluster, and changes nothing: `status`, `choices`, `plan`.

use std::fmt::Write as _;

use super::trouble::advice;
use super::{Session, Trouble};
use crate::harness::{Situation, console_text, situation_text};
use crate::model::{Fact, NodeName, ResourceName, Time};
use crate::product::agent;
use crate::product::console::console;
use crate::product::designation::choices;
use crate::product::plan::{Plan, plan};
use crate::product::reason::Listed;

impl Session {
    /// How nodes and groups stand as the node sees them, and what its console shows.
    ///
    /// # Errors
    /// [`Trouble::NoHost`]. A cluster that cannot be asked is part of what is shown.
    pub fn status(&self) -> Result<String, Trouble> {
        let backend = self.backend()?;
        let (picture, _) = agent::look(&backend, None);
        let mut text = match &picture.view.cluster {
            Fact::Known(view) => {
                // Where nobody says which resource it is, no group is left out.
                let quorum = backend.quorum().unwrap_or_else(|_| ResourceName::from(""));
                situation_text(&Situation::seen(view, &quorum))
            }
            Fact::Unknown(code) => match advice(*code) {
                Some(advice) => format!("  cluster unknown: {code}; {advice}\n"),
                None => format!("  cluster unknown: {code}\n"),
            },
        };
        match &picture.memory {
            Ok(memory) => {
                let console = console(&picture, memory);
                text.push_str(&console_text(&console));
                if !console.installed {
                    let _ = writeln!(text, "  the product is not on {}", self.node);
                }
            }
            Err(unreadable) => {
                let _ = writeln!(text, "  console {}   {unreadable}", self.node);
            }
        }
        Ok(text)
    }

    /// What an administrator may designate on the node now.
    ///
    /// # Errors
    /// [`Trouble::NoHost`]; [`Trouble::Cluster`]: there is nothing to choose among.
    pub fn choices(&self) -> Result<String, Trouble> {
        let backend = self.backend()?;
        let (picture, _) = agent::look(&backend, None);
        match choices(&picture) {
            Fact::Known(choices) => Ok(format!("{}   choices {}\n", self.node, Listed(&choices))),
            Fact::Unknown(code) => Err(Trouble::Cluster(self.node.clone(), code)),
        }
    }

    /// What the product would do on the node now, and why.
    ///
    /// # Errors
    /// [`Trouble::NoHost`].
    pub fn plan(&self) -> Result<String, Trouble> {
        let backend = self.backend()?;
        let (picture, now) = agent::look(&backend, None);
        let plan = plan(&self.policy, &picture, now);
        Ok(plan_text(&self.node, now, &plan, &|at| self.shown(at)))
    }
}

/// A plan, with what each of its actions needs; moments are shown as `shown` has them.
pub fn plan_text(
    node: &NodeName,
    now: Time,
    plan: &Plan,
    shown: &dyn Fn(Time) -> String,
) -> String {
    let mut text = format!("{node} at {}\n", shown(now));
    for planned in &plan.actions {
        let _ = writeln!(text, "  does    {}", planned.reason);
        for condition in &planned.action.requires {
            let _ = writeln!(text, "          only if {condition}");
        }
    }
    if plan.actions.is_empty() {
        text.push_str("  does    nothing\n");
    }
    for reason in &plan.holds {
        let _ = writeln!(text, "  holds   {reason}");
    }
    for (word, at) in [("looks", plan.wake_at), ("is due", plan.due_at)] {
        if let Some(at) = at {
            let _ = writeln!(text, "  {word:<6}  again at {}", shown(at));
        }
    }
    text
}
