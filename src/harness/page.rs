//! A run as one page for a browser: the timeline as a picture, and how things stood at any moment
//! of it.
//!
//! It is made of the report and the frames of the run, and says nothing that these do not. It holds
//! all that it needs: it asks no network for anything, and may not.
//!
//! Absent on purpose: a library of scripts, and words of its own for what the report has words for.

mod lanes;
mod legend;
mod markup;
mod panel;
mod picture;
mod scale;
mod value;
mod work;

use std::fmt::Write as _;

use super::course::Course;
use super::report::Detail;
use super::report::timeline::{self, Entry};
use crate::model::Time;
use crate::sim::Windows;
use markup::{Escaped, embedded};
use panel::Panel;
use picture::Picture;
use scale::Scale;

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

impl Course<'_> {
    /// The run as a page, complete in itself. The same course gives the same bytes.
    pub fn page(&self, name: &str) -> String {
        let entries =
            timeline::entries(&self.report.story, &self.scenario.cluster, Detail::Reasons);
        let rows = lanes::rows(self, &entries);
        let panel = panel::panel(self);
        let scale = self.scale(&entries, &rows, &panel);
        let picture = picture::draw(&rows, &scale);
        let mut data = value::json(&panel.values, &scale);
        data["starts"] = self.scenario.cluster.starts.to_string().into();
        let mut page = String::new();
        self.head(&mut page, name);
        self.title(&mut page, name);
        figure(&mut page, &picture, &legend::legend(&rows));
        story(&mut page, &entries, &scale);
        state(&mut page, &panel, self.scenario.until);
        let _ = write!(
            page,
            "</main>\n<script type=\"application/json\" id=\"run\">{}</script>\n\
             <script>\n{SCRIPT}</script>\n</body>\n</html>\n",
            embedded(&data)
        );
        page
    }

    /// Every moment at which something is shown that was not so before.
    fn scale(&self, entries: &[Entry<'_>], rows: &[lanes::Row], panel: &Panel) -> Scale {
        let told = entries.iter().filter(|entry| entry.story).map(|entry| entry.time);
        let drawn = rows.iter().flat_map(lanes::Row::times);
        let shown = panel.values.iter().flat_map(value::Value::times);
        let ends = [Time::START, self.scenario.until];
        Scale::new(told.chain(drawn).chain(shown).chain(ends).collect())
    }

    fn head(&self, page: &mut String, name: &str) {
        let _ = write!(
            page,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <link rel=\"icon\" href=\"data:,\">\n<title>{} \u{b7} evsim</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n",
            Escaped(name)
        );
    }

    fn title(&self, page: &mut String, name: &str) {
        let cluster = &self.scenario.cluster;
        let (class, verdict) = match self.report.passed() {
            true => ("pass", "PASS"),
            false => ("fail", "FAIL"),
        };
        let windows = match cluster.windows {
            Windows::W2000 => "2000",
            Windows::W2003 => "2003",
        };
        let facts = [
            ("Seed", self.report.seed.to_string()),
            ("Cluster", cluster.name.clone()),
            ("Runs", format!("Windows {windows}, {}", cluster.exchange)),
            ("Starts", cluster.starts.to_string().replace('T', " ")),
            ("Lasts", self.scenario.until.since(Time::START).to_string()),
        ];
        let _ = write!(
            page,
            "<header>\n<h1>{} <strong class=\"verdict {class}\">{verdict}</strong></h1>\n\
             <p class=\"about\">{}</p>\n<dl class=\"facts\">",
            Escaped(name),
            Escaped(self.scenario.about.trim())
        );
        for (label, fact) in facts {
            let _ = write!(page, "<div><dt>{label}</dt><dd>{}</dd></div>", Escaped(fact));
        }
        page.push_str("</dl>\n");
        self.failures(page);
        page.push_str("</header>\n<main>\n");
    }

    /// What failed, where it is seen first.
    fn failures(&self, page: &mut String) {
        if self.report.passed() {
            return;
        }
        page.push_str("<ul class=\"failures\">\n");
        for check in &self.report.checks {
            for what in &check.failures {
                let _ = writeln!(page, "<li>{}: {}</li>", Escaped(check.claim), Escaped(what));
            }
        }
        for met in &self.report.met {
            for what in &met.differs {
                let (at, line) = (met.at, met.line);
                let _ = writeln!(
                    page,
                    "<li>line {line} at <a href=\"#{at}\">{at}</a>: {}</li>",
                    Escaped(what)
                );
            }
        }
        page.push_str("</ul>\n");
    }
}

fn figure(page: &mut String, picture: &Picture, legend: &str) {
    let Picture { labels, plot, width, height } = picture;
    let _ = write!(
        page,
        "<section id=\"picture\" aria-label=\"Picture of the run\">\n{CONTROLS}\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Lanes\">\
         <div class=\"labels\" style=\"height:{height}px\">{labels}</div>\
         <svg id=\"plot\" role=\"group\" aria-label=\"Timeline\" width=\"{width}\" \
         height=\"{height}\">{PATTERNS}{plot}<svg id=\"cursor\" overflow=\"visible\">\
         <path d=\"M0 18V{height}\"/><rect x=\"-38\" width=\"76\" height=\"18\" rx=\"3\"/>\
         <text y=\"13\"></text></svg></svg></div>\n{legend}\n\
         <div id=\"bubble\" role=\"tooltip\" hidden></div>\n</section>\n"
    );
}

/// What moves the cursor and changes the scale. Without the script they do nothing, and are hidden.
const CONTROLS: &str = "\
<div class=\"controls\">
<button type=\"button\" id=\"back\" aria-label=\"Moment before\">\u{25c2}</button>
<button type=\"button\" id=\"on\" aria-label=\"Next moment\">\u{25b8}</button>
<input id=\"time\" type=\"range\" min=\"0\" step=\"1\" aria-label=\"Moment\">
<output id=\"now\" for=\"time\"></output>
<label class=\"check\"><input id=\"to-scale\" type=\"checkbox\"> to scale</label>
<button type=\"button\" id=\"out\" aria-label=\"Zoom out\">\u{2212}</button>
<button type=\"button\" id=\"in\" aria-label=\"Zoom in\">+</button>
</div>";

/// Hatchings, so that states differ in more than colour.
const PATTERNS: &str = "\
<defs>\
<pattern id=\"hatch-pending\" class=\"pending\" width=\"6\" height=\"6\" \
patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\"/>\
<path d=\"M1 0V6\"/></pattern>\
<pattern id=\"hatch-partial\" class=\"partial\" width=\"6\" height=\"6\" \
patternUnits=\"userSpaceOnUse\"><rect width=\"6\" height=\"6\"/><path d=\"M0 1H6\"/></pattern>\
<pattern id=\"hatch-failed\" class=\"failed\" width=\"7\" height=\"7\" \
patternUnits=\"userSpaceOnUse\"><rect width=\"7\" height=\"7\"/><path d=\"M0 0L7 7M7 0L0 7\"/>\
</pattern>\
<pattern id=\"hatch-planned\" class=\"planned\" width=\"5\" height=\"5\" \
patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(-45)\"><rect width=\"5\" height=\"5\"/>\
<path d=\"M1 0V5\"/></pattern>\
<pattern id=\"hatch-down\" class=\"down\" width=\"5\" height=\"5\" \
patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"5\" height=\"5\"/>\
<path d=\"M1 0V5\"/></pattern>\
</defs>";

fn story(page: &mut String, entries: &[Entry<'_>], scale: &Scale) {
    page.push_str(
        "<section id=\"story\">\n<h2>What happened</h2>\n<label class=\"check\"><input \
         id=\"detail\" type=\"checkbox\"> every change of state</label>\n<ol>\n",
    );
    for Entry { time, source, text, times, story, .. } in entries {
        let detail = if *story { "" } else { " detail" };
        let _ = write!(
            page,
            "<li class=\"{source}{detail}\" data-a=\"{}\"><a href=\"#{time}\">{time}</a> \
             <b>{source}</b> <span>{}</span>",
            scale.number(*time),
            Escaped(text)
        );
        if *times > 1 {
            let _ = write!(page, " <i>\u{d7}{times}</i>");
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ol>\n</section>\n");
}

fn state(page: &mut String, panel: &Panel, until: Time) {
    let Panel { cluster, consoles, checks, .. } = panel;
    let _ = write!(
        page,
        "<section id=\"state\">\n<h2>At <span id=\"at\">{until}</span></h2>\n\
         <h3>Cluster</h3>\n{cluster}\n<h3>Consoles</h3>\n<div id=\"consoles\">{consoles}</div>\n\
         <h3>Checks and expectations</h3>\n<div id=\"checks\">{checks}</div>\n</section>\n"
    );
}
