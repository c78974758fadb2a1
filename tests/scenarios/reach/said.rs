//! What a run reaches by what the product says and does.

use evsim::backend::ActError;
use evsim::harness::Said;
use evsim::model::{Fact, NodeName, NodeState};
use evsim::product::console::Console;
use evsim::product::memory::Outcome;
use evsim::product::reason::Reason;
use evsim::product::request::Request;

use super::{Reached, variant};

impl Reached<'_> {
    pub(super) fn said(&mut self, node: &NodeName, said: &Said) {
        match said {
            Said::Asked(request) => {
                self.add(format!("request {}", variant(request)));
                if !matches!(request, Request::RunJob { .. }) {
                    self.requests.insert(node.clone(), variant(request));
                }
            }
            Said::Refused(request, refusal) => {
                let kind = refusal.kind().map_or("Busy", |kind| kind.word());
                self.add(format!("refusal {kind}"));
                self.add(format!("refusal {kind} of {}", variant(request)));
            }
            Said::Unanswered(request) => self.add(format!("unanswered {}", variant(request))),
            Said::Did(reason) => self.did(node, reason),
            Said::LetsGo(reason) => self.add(format!("is past {}", variant(reason))),
            Said::Missed(reason, error) => {
                let why = match error {
                    ActError::Unmet(condition) => format!("not {}", variant(condition)),
                    ActError::Doubtful(condition, code) => format!("{} {code}", variant(condition)),
                    other => variant(other),
                };
                self.add(format!("missed {} {why}", variant(reason)));
            }
            Said::Holds(reason) => {
                self.add(format!("holds {}", variant(reason)));
                if let Reason::Waits(_, standing) = reason {
                    self.add(
                        format!("waits {standing:?}")
                            .split(['"', '{'])
                            .next()
                            .unwrap_or_default()
                            .to_owned(),
                    );
                }
                if let Reason::LeaseStays { dismounted, .. } = reason {
                    let (left, version) = (dismounted.len(), self.scenario.cluster.exchange);
                    self.add(format!("a lease stays with {left} dismounted in {version}"));
                }
                if let Reason::Copy(reason) = reason {
                    self.add(format!("holds copy {}", variant(reason)));
                }
                if let Reason::Unusable { temporary, .. } = reason {
                    self.add(format!("unusable {temporary}"));
                }
            }
            Said::Job { outcome, .. } => self.job(node, *outcome),
            Said::Console(console) => self.console(node, console),
            Said::Shown(console) => self.add(format!("shown {}", console.standing.kind())),
            Said::Admitted(_) => {}
        }
    }

    fn did(&mut self, node: &NodeName, reason: &Reason) {
        let step = match reason {
            Reason::JobNotifies { notice, .. } => format!("notify {notice}"),
            Reason::JobRuns { tool, again: Some(_), .. } => format!("run {tool} again"),
            Reason::JobRuns { tool, .. } => format!("run {tool}"),
            Reason::JobRepairs { tool, .. } => format!("repair {tool}"),
            Reason::JobEndsTool { tool, .. } => format!("end {tool}"),
            Reason::JobDismounts { .. } => {
                let stores = self.scripts.get_mut(node).map(|(_, stores)| stores);
                stores.into_iter().for_each(|stores| *stores += 1);
                "dismount".to_owned()
            }
            Reason::JobMounts { .. } => "mount".to_owned(),
            Reason::JobStarts { script, .. } => {
                self.scripts.insert(node.clone(), (script.word(), 0));
                format!("start {}", script.word())
            }
            Reason::Recovers { node: of, stop, left, .. } => {
                self.add(format!("recovery leaves {} dismounted", left.len()));
                let whose = if of == node { "its own" } else { "another's" };
                if let Some(step) = self.steps.get(of).cloned() {
                    self.add(format!("recover {whose} job, {stop} at {step}"));
                }
                format!("recover {whose} job, {stop}")
            }
            Reason::Recovered { own, whole, .. } => format!("recovered own {own} whole {whole}"),
            Reason::JobLost { stop, .. } => {
                self.strikes(node, &format!("lost to {stop}"));
                format!("lost {stop}")
            }
            Reason::JobStops { stop, .. } => {
                self.stopping.insert(node.clone(), *stop);
                return self.strikes(node, &format!("stop {stop}"));
            }
            Reason::JobCancelled { begun, .. } => format!("cancelled begun {begun}"),
            Reason::Designates { before, by, .. } => {
                let again = if before.is_some() { "again" } else { "first" };
                format!("designated {again} {}", variant(by))
            }
            Reason::Licensed { designated, choices, .. } => {
                format!("licensed designated {} choices {}", designated.is_some(), choices.len())
            }
            Reason::Installed(choices) => format!("installed choices {}", choices.len()),
            // What is only written down is no step; whether a job ended is told by itself.
            Reason::TakesLease { .. }
            | Reason::Journals { .. }
            | Reason::ReleasesLease { .. }
            | Reason::JobEnded { .. } => return,
            Reason::JobSkipped { shut, .. } => {
                self.add(format!("skip {} for {}", shut.skip(), variant(shut)));
                return;
            }
            Reason::Announces { notice, .. } => {
                // How the node stood when it had something to tell by itself.
                let state = self.states.get(node).copied().unwrap_or(NodeState::Down);
                let work = if self.at_work.contains(node) { " under a job" } else { "" };
                self.add(format!("announce {notice}"));
                format!("announce {notice} {state}{work}")
            }
            Reason::Copy(reason) => format!("copy {}", variant(reason)),
            other => variant(other),
        };
        self.add(step.clone());
        // A repair ends by itself, or is left.
        if let Some(before) = self.steps.get(node).filter(|before| before.ends_with("again")) {
            self.add(format!("{step} after {before}"));
        }
        if let Reason::JobNotifies { .. }
        | Reason::JobDismounts { .. }
        | Reason::JobRuns { .. }
        | Reason::JobRepairs { .. }
        | Reason::JobLeavesErrors { .. }
        | Reason::JobMounts { .. } = reason
        {
            self.steps.insert(node.clone(), step);
        }
    }

    /// What ends a job, with the step that it was at.
    fn strikes(&mut self, node: &NodeName, what: &str) {
        if let Some(step) = self.steps.get(node).cloned() {
            self.after_disturbance(&format!("{what} strikes at {step}"));
            self.add(format!("{what} strikes at {step}"));
            let version = self.scenario.cluster.exchange;
            self.add(format!("{what} strikes at {step} in {version}"));
            if let Some(change) = self.node_changes.get(node) {
                self.add(format!("{what} strikes at {step}, {change}"));
            }
        }
    }

    /// A job's outcome, by itself, with its script and stores, with the choices meanwhile, and after
    /// what an administrator asked, what changed hands and how the job before it ended.
    fn job(&mut self, node: &NodeName, outcome: Outcome) {
        let word = match outcome {
            Outcome::Skipped(skip) => format!("skip {skip}"),
            Outcome::Stopped(stop) => format!("stop {stop}"),
            Outcome::Running | Outcome::Completed => format!("job {}", variant(&outcome)),
        };
        let cluster = &self.scenario.cluster;
        let replicated = cluster.groups.iter().any(|group| group.replicated.is_some());
        self.add(format!("{word} in {}, replicated {replicated}", cluster.exchange));
        if let Some((script, stores)) = self.scripts.get(node).copied() {
            self.add(format!("{word} of {script}"));
            self.add(format!("{word} of {script} over {stores} stores"));
            self.add(format!("{word} of {script} in {}", self.scenario.cluster.exchange));
        }
        if let Some(request) = self.requests.get(node) {
            self.add(format!("{word} after {request}"));
        }
        let console = self.consoles.get(node);
        let choices = console.and_then(|it| it.choices.known()).map_or(0, Vec::len);
        self.add(format!("{word} with {choices} choices"));
        if let Some(change) = self.changes.get(node).cloned() {
            self.add(format!("{word} after {change}"));
            self.add(format!("{word} with {choices} choices after {change}"));
        }
        if let Some(before) = self.outcomes.get(node) {
            self.add(format!("{before}, then {word}"));
        }
        match outcome {
            Outcome::Running => {
                self.at_work.insert(node.clone());
            }
            _ => {
                self.at_work.remove(node);
                self.stopping.remove(node);
                self.outcomes.insert(node.clone(), word.clone());
            }
        }
        self.after_disturbance(&format!("{word} with {choices} choices"));
        let others = self.at_work.iter().filter(|other| *other != node).count();
        if others > 0 {
            self.add(format!("{word} while {others} other works"));
        }
        self.add(word);
    }

    fn console(&mut self, node: &NodeName, console: &Console) {
        let standing = console.standing.kind();
        self.add(format!("standing {standing}"));
        if let Fact::Known(choices) = &console.choices {
            self.add(format!("choices {}", choices.len()));
            self.add(format!("standing {standing} choices {}", choices.len()));
        }
        self.add(format!("standing {standing} ignores {}", console.ignores.len()));
        let license = console.license.map_or_else(
            || "none".to_owned(),
            |license| {
                let mailboxes = if license.mailboxes.is_some() { " of mailboxes" } else { "" };
                format!("{}{mailboxes}", license.run_limit)
            },
        );
        self.add(format!("license {license} standing {standing}"));
        let before = self.consoles.insert(node.clone(), console.clone());
        if let (Some(before), Some(change)) = (before, self.changes.get(node).cloned()) {
            let (was, is) = (before.ignores.len(), console.ignores.len());
            let (stood, stands) = (before.standing.kind(), standing);
            if was != is {
                let work = if self.at_work.contains(node) { " under a job" } else { "" };
                self.after_disturbance(&format!("ignores {was} then {is}"));
                self.add(format!("ignores {was} then {is}{work} after {change}"));
            } else if stood != stands {
                self.add(format!("standing {stood} then {stands} after {change}"));
            }
        }
        if let Some(evs) = &console.designated {
            let same = |other: &&Console| other.designated.as_ref() == Some(evs);
            let both: Vec<&Console> = self.consoles.values().filter(same).collect();
            let licensed = both.iter().filter(|console| console.license.is_some()).count();
            let word = format!("one server designated on {}, {licensed} licensed", both.len());
            self.add(word);
        }
    }
}
