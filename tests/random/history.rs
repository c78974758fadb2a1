//! A history as the lines of a scenario's file. What runs is what the file says, so that a history
//! that fails can be kept as it stands, and any of its lines can be left out to see whether it
//! still fails.

use std::fmt::Write as _;

/// Where a line of a history stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    /// A node.
    Nodes,
    /// An Exchange Virtual Server in its short form.
    Evs,
    /// A group in its long form.
    Groups,
    /// The product on a node before the start.
    Product,
    /// What the product keeps to on every node.
    Policy,
    /// A value that the simulator assumes.
    Switches,
    /// Something that happens.
    Steps,
}

/// Every section, with what stands above its lines and before each of them.
const SECTIONS: &[(Section, &str, &str)] = &[
    (Section::Nodes, "  nodes:\n", "    "),
    (Section::Evs, "  evs:\n", "    "),
    (Section::Groups, "  groups:\n", "    "),
    (Section::Switches, "switches:\n", "  "),
    (Section::Product, "product:\n", "  "),
    (Section::Policy, "policy:\n", "  "),
    (Section::Steps, "steps:\n", "  - "),
];

/// A cluster and what happens to it.
#[derive(Clone, Debug)]
pub(crate) struct History {
    /// Which history this is.
    pub(crate) number: u64,
    /// The line of the cluster that says its versions.
    pub(crate) versions: String,
    /// Everything that can be left out, in the order of the file.
    pub(crate) lines: Vec<(Section, String)>,
    /// The end of the run, in milliseconds.
    pub(crate) until_ms: u64,
}

impl History {
    /// The scenario's file.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("about: random history {}\ncluster:\n", self.number);
        let _ = writeln!(text, "  name: MAILCLUSTER\n  {}", self.versions);
        for (section, head, before) in SECTIONS {
            let lines = self.lines.iter().filter(|(of, _)| of == section);
            for (number, (_, line)) in lines.enumerate() {
                if number == 0 {
                    text.push_str(head);
                }
                let _ = writeln!(text, "{before}{line}");
            }
        }
        let _ = writeln!(text, "until: {}", span(self.until_ms));
        text
    }

    /// The same with these lines only.
    fn with(&self, kept: &[usize]) -> History {
        let lines = kept.iter().map(|at| self.lines[*at].clone()).collect();
        History { lines, ..self.clone() }
    }
}

/// A time as a scenario writes it.
pub(crate) fn span(ms: u64) -> String {
    let (minutes, rest) = (ms / 60_000, ms % 60_000);
    match (minutes, rest) {
        (0, 0) => "0s".to_owned(),
        (0, rest) => seconds(rest),
        (minutes, 0) => format!("{minutes}m"),
        (minutes, rest) => format!("{minutes}m{}", seconds(rest)),
    }
}

fn seconds(ms: u64) -> String {
    match ms % 1_000 {
        0 => format!("{}s", ms / 1_000),
        part => format!("{}.{part:03}s", ms / 1_000),
    }
}

/// Leaves lines out as long as what is left still fails in the same way: first halves, then ever
/// smaller pieces, and again from the start while a single line can go.
pub(crate) fn shrink(history: &History, fails: impl Fn(&History) -> bool) -> History {
    let mut kept: Vec<usize> = (0..history.lines.len()).collect();
    let mut piece = kept.len().div_ceil(2).max(1);
    loop {
        let mut shorter = false;
        let mut at = 0;
        while at < kept.len() {
            let end = (at + piece).min(kept.len());
            let rest = [&kept[..at], &kept[end..]].concat();
            if fails(&history.with(&rest)) {
                (kept, shorter) = (rest, true);
            } else {
                at = end;
            }
        }
        match (piece, shorter) {
            (1, false) => return history.with(&kept),
            (1, true) => {}
            _ => piece = piece.div_ceil(2),
        }
    }
}
