//! What the picture's colours and forms mean: the kinds that this picture has, in one order.

use std::fmt::Write as _;

use super::lanes::Row;
use super::picture::shape;

/// Kinds of bars, as the style sheet names them, with their meaning.
const BARS: &[(&str, &str)] = &[
    ("online", "online"),
    ("pending", "pending"),
    ("partially-online", "partially online"),
    ("offline", "offline"),
    ("failed", "failed"),
    ("quorum", "owns the quorum"),
    ("paused", "node paused"),
    ("joining", "node joining"),
    ("down", "no member of the cluster"),
    ("off", "machine off or hung"),
    ("evicted", "node evicted"),
    ("served", "clients served"),
    ("planned", "cut off, planned"),
    ("unplanned", "cut off, unplanned"),
    ("notification", "notification"),
    ("dismount", "dismount"),
    ("consistency-check", "consistency check"),
    ("error-fix", "error fix"),
    ("defragmentation", "defragmentation"),
    ("mount", "mount"),
    ("MTA", "MTA"),
    ("copy", "passive copy"),
    ("repair", "repair"),
    ("stop", "stop"),
];

/// Kinds of marks.
const MARKS: &[(&str, &str)] = &[
    ("fault", "fault"),
    ("admin", "administrator\u{2019}s act"),
    ("cluster", "the cluster decides"),
    ("did", "the product acts"),
    ("holds", "it waits or leaves alone"),
    ("refused", "it refuses, or could not"),
    ("met", "expected, and so"),
    ("unmet", "expected, and not so"),
    ("completed", "job completed"),
    ("stopped", "job stopped"),
    ("lost", "job cut short"),
];

pub(super) fn legend(rows: &[Row]) -> String {
    let mut legend = String::from("<ul class=\"legend\" aria-label=\"Legend\">");
    let bars = |kind: &str| {
        rows.iter().flat_map(|row| &row.bars).any(|bar| bar.kind.replace(' ', "-") == kind)
    };
    for (kind, word) in BARS.iter().filter(|(kind, _)| bars(kind)) {
        let _ = write!(
            legend,
            "<li><svg class=\"key\" width=\"22\" height=\"12\" aria-hidden=\"true\">\
             <svg class=\"bar {kind}\" width=\"22\" height=\"12\">\
             <rect width=\"100%\" height=\"100%\"/></svg></svg>{word}</li>"
        );
    }
    let marks = |kind: &str| rows.iter().flat_map(|row| &row.marks).any(|mark| mark.kind == kind);
    for (kind, word) in MARKS.iter().filter(|(kind, _)| marks(kind)) {
        let _ = write!(
            legend,
            "<li><svg class=\"key mark {kind}\" width=\"16\" height=\"14\" \
             viewBox=\"-8 -7 16 14\" aria-hidden=\"true\"><path d=\"{}\"/></svg>{word}</li>",
            shape(kind)
        );
    }
    legend.push_str("</ul>");
    legend
}
