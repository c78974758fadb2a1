//! The tables of docs/MODEL.md as data.

use std::fs;
use std::path::PathBuf;

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// One row of a table, each cell under the heading of its column.
pub(crate) struct Row {
    pub(crate) line: usize,
    cells: Vec<(String, String)>,
}

impl Row {
    pub(crate) fn cell(&self, heading: &str) -> Option<&str> {
        let found = self.cells.iter().find(|(name, _)| name == heading);
        found.map(|(_, text)| text.as_str())
    }

    /// What stands between backticks in a cell.
    pub(crate) fn quoted(&self, heading: &str) -> impl Iterator<Item = &str> + '_ {
        self.cell(heading).unwrap_or_default().split('`').skip(1).step_by(2)
    }
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// The rows of every table whose last column is `test`.
pub(crate) fn rows() -> Vec<Row> {
    let page = fs::read_to_string(root().join("docs/MODEL.md")).expect("the page is there");
    let mut rows = Vec::new();
    let mut headings: Vec<String> = Vec::new();
    for (number, line) in page.lines().enumerate() {
        if !line.starts_with('|') {
            headings.clear();
        } else if headings.is_empty() {
            headings = cells(line);
        } else if headings.last().is_some_and(|last| last == "test") && !line.starts_with("|-") {
            let found = cells(line);
            assert_eq!(found.len(), headings.len(), "cells in line {}", number + 1);
            let cells = headings.iter().cloned().zip(found).collect();
            rows.push(Row { line: number + 1, cells });
        }
    }
    assert!(rows.len() > 100, "the page's tables are found");
    rows
}
