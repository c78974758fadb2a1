//! The picture, drawn: rows as SVG, and their labels beside it.
//!
//! Whatever stands at a moment carries the moment's number, so that the page's script can draw the
//! same picture to another scale by moving it.

use std::fmt::Write as _;

use super::lanes::{Bar, Mark, Row};
use super::markup::Escaped;
use super::scale::{FOLDED_FROM, Scale};
use crate::model::{Span, Time};

/// Room for the times, above the rows.
pub(super) const HEAD: u64 = 44;
/// Between two lanes.
const GAP: u64 = 12;
/// How wide a letter of the picture is, at most in the mean.
const LETTER: u64 = 6;

/// A picture, ready to be put into a page.
pub(super) struct Picture {
    pub(super) labels: String,
    pub(super) plot: String,
    pub(super) width: u64,
    pub(super) height: u64,
}

pub(super) fn draw(rows: &[Row], scale: &Scale) -> Picture {
    let mut pen = Pen { scale, labels: String::new(), back: String::new(), front: String::new() };
    pen.axis();
    let mut y = HEAD;
    let mut before = "outside";
    for row in rows {
        let begins = row.kind == "node" || (row.kind != before && row.kind == "clients");
        y += if begins { GAP } else { 0 };
        pen.row(row, y);
        y += row.height;
        before = row.kind;
    }
    let height = y + 6;
    let guides = pen.guides(rows, height);
    let Pen { labels, back, front, .. } = pen;
    let plot = format!("{guides}{back}{front}");
    Picture { labels, plot, width: scale.width(), height }
}

struct Pen<'a> {
    scale: &'a Scale,
    labels: String,
    back: String,
    front: String,
}

impl Pen<'_> {
    fn place(&self, time: Time) -> (usize, u64) {
        let number = self.scale.number(time);
        (number, self.scale.places()[number])
    }

    /// The times, as far as there is room, and how long it is between them.
    fn axis(&mut self) {
        let moments = self.scale.moments();
        let mut free = 0;
        for time in moments {
            let (number, x) = self.place(*time);
            let text = short(*time);
            let need = text.len() as u64 * LETTER + 8;
            let shown = x >= free;
            free = if shown { x + need } else { free };
            let _ = write!(
                self.back,
                "<svg class=\"tick{}\" data-a=\"{number}\" data-need=\"{need}\" x=\"{x}\" \
                 overflow=\"visible\"><path d=\"M0 22v6\"/><text x=\"-1\" y=\"16\">{text}</text>\
                 </svg>",
                if shown { "" } else { " out" }
            );
        }
        for pair in moments.windows(2) {
            let span = pair[1].since(pair[0]);
            let fold = if span >= FOLDED_FROM { " fold" } else { "" };
            let label = if span >= Span::from_secs(60) { short_span(span) } else { String::new() };
            let inner =
                format!("<path d=\"M0 28.5h4000\"/><text x=\"50%\" y=\"38\">{label}</text>");
            let need = label.len() as u64 * LETTER;
            self.span(pair[0], pair[1], 0, HEAD, &format!("gap{fold}"), need, &inner);
        }
    }

    fn row(&mut self, row: &Row, y: u64) {
        let _ = write!(
            self.labels,
            "<span class=\"{}\" style=\"top:{y}px;height:{}px\">{}</span>",
            row.kind,
            row.height,
            Escaped(&row.label)
        );
        row.bars.iter().for_each(|bar| self.bar(bar, row, y));
        row.marks.iter().for_each(|mark| self.mark(mark, row, y));
    }

    fn bar(&mut self, bar: &Bar, row: &Row, y: u64) {
        let (y, height) = match (row.kind, bar.kind.as_str()) {
            (_, "quorum") => (y + 15, 3),
            ("node", _) => (y + 3, 12),
            ("jobs", "job") => (y + 2, 14),
            ("jobs", _) => (y + 16, 15),
            ("clients", _) => (y + 2, 12),
            _ => (y + 2, row.height - 4),
        };
        let label = Escaped(&bar.label);
        let text = match bar.label.is_empty() {
            true => String::new(),
            false => format!("<text x=\"5\" y=\"{}\">{label}</text>", height / 2 + 4),
        };
        let told = Escaped(&bar.told);
        let inner = format!("<title>{told}</title><rect width=\"100%\" height=\"100%\"/>{text}");
        let need = match row.kind {
            // A title has all the room up to the next one, and is cut off there.
            "jobs" if bar.kind == "job" => 0,
            _ => bar.label.chars().count() as u64 * LETTER + 8,
        };
        let class = format!("bar {}", bar.kind.replace(' ', "-"));
        self.span(bar.from, bar.to, y, height, &class, need, &inner);
    }

    #[expect(clippy::too_many_arguments, reason = "a rectangle and what is in it")]
    fn span(
        &mut self,
        from: Time,
        to: Time,
        y: u64,
        height: u64,
        class: &str,
        need: u64,
        inner: &str,
    ) {
        let ((a, left), (b, right)) = (self.place(from), self.place(to));
        let width = right.saturating_sub(left);
        let narrow = if width < need { " narrow" } else { "" };
        let _ = write!(
            self.back,
            "<svg class=\"{class}{narrow}\" data-a=\"{a}\" data-b=\"{b}\" data-need=\"{need}\" \
             x=\"{left}\" y=\"{y}\" width=\"{width}\" height=\"{height}\">{inner}</svg>"
        );
    }

    fn mark(&mut self, mark: &Mark, row: &Row, y: u64) {
        let (number, x) = self.place(mark.at);
        let y = if row.kind == "jobs" { y + 23 } else { y + row.height / 2 };
        let told = Escaped(mark.told.join("\n"));
        let _ = write!(
            self.front,
            "<a class=\"mark {}\" href=\"#{}\"><title>{told}</title><svg data-a=\"{number}\" \
             x=\"{x}\" y=\"{y}\" overflow=\"visible\"><rect class=\"reach\" x=\"-7\" y=\"-9\" \
             width=\"14\" height=\"18\"/><path d=\"{}\"/></svg></a>",
            mark.kind,
            mark.at,
            shape(mark.kind)
        );
    }

    /// Thin lines from what came from outside, through all lanes.
    fn guides(&self, rows: &[Row], height: u64) -> String {
        let mut guides = String::new();
        for mark in rows.iter().flat_map(|row| &row.marks) {
            if !matches!(mark.kind, "fault" | "admin") {
                continue;
            }
            let (number, x) = self.place(mark.at);
            let _ = write!(
                guides,
                "<svg class=\"guide {}\" data-a=\"{number}\" x=\"{x}\" overflow=\"visible\">\
                 <path d=\"M0 {HEAD}V{height}\"/></svg>",
                mark.kind
            );
        }
        guides
    }
}

/// The form of a mark, about its middle: each kind differs in form, not in colour alone.
pub(super) fn shape(kind: &str) -> &'static str {
    match kind {
        "fault" => "M-6-5H6L0 6Z",
        "admin" => "M-5-5H5V5H-5Z",
        "cluster" => "M0-5L5 5H-5Z",
        "did" => "M0-6L6 0L0 6L-6 0Z",
        "holds" => "M0-4.5A4.5 4.5 0 1 1 0 4.5A4.5 4.5 0 1 1 0-4.5Z",
        "refused" | "lost" | "unmet" => "M-4.5-4.5L4.5 4.5M4.5-4.5L-4.5 4.5",
        "met" | "completed" => "M-5 0L-1.5 4L5-4.5",
        _ => "M-4-4H4V4H-4Z",
    }
}

/// Without milliseconds that are none.
fn short(time: Time) -> String {
    time.to_string().trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// To the second: it is a label.
fn short_span(span: Span) -> String {
    Span::from_secs(span.ms() / 1_000).to_string()
}
