//! The documents keep their word: the tutorial's edits fit, and every command that a document shows
//! prints what stands below it.
#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;

use snapbox::cmd::{Command, cargo_bin};

/// A fenced block: what it is, and its lines.
struct Block<'a> {
    kind: &'a str,
    text: &'a str,
}

fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let fenced = text.split("\n```").skip(1).step_by(2);
    fenced.map(|block| {
        let (kind, text) = block.split_once('\n').expect("a block has lines");
        Block { kind, text }
    })
}

/// The lines of a difference as they were, and as they are to be.
fn sides(difference: &str) -> (String, String) {
    let (mut old, mut new) = (String::new(), String::new());
    for line in difference.lines() {
        let (sign, line) = line.split_at(1);
        if sign != "+" {
            old += &format!("{line}\n");
        }
        if sign != "-" {
            new += &format!("{line}\n");
        }
    }
    (old, new)
}

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(path).expect("the document is there").replace("\r\n", "\n")
}

fn edit(file: &Path, difference: &str) {
    let text = fs::read_to_string(file).expect("the scenario was written");
    let (old, new) = sides(difference);
    assert_eq!(text.matches(&old).count(), 1, "the place of the edit:\n{difference}");
    fs::write(file, text.replace(&old, &new)).expect("the scenario can be written");
}

/// Each command of a block with what it prints.
fn commands(console: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = console.strip_prefix("$ ").expect("a command").split("\n$ ");
    parts.map(|part| part.split_once('\n').unwrap_or((part, "")))
}

fn run(folder: &Path, command: &str, shown: &str) {
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("evsim"), "{command}");
    let shown = match shown.is_empty() || shown.ends_with('\n') {
        true => shown.to_owned(),
        false => format!("{shown}\n"),
    };
    let fails = shown.contains("FAIL") || shown.contains("1 failed");
    let evsim = Command::new(cargo_bin!("evsim")).current_dir(folder).args(words);
    let ended = evsim.env_remove("CLICOLOR_FORCE").assert().code(i32::from(fails));
    ended.stdout_eq(shown).stderr_eq("");
}

#[test]
fn whoever_follows_it_sees_what_it_shows() {
    let text = document("docs/TUTORIAL.md");
    let lab = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lab");
    if lab.exists() {
        fs::remove_dir_all(&lab).expect("the folder of an earlier run can be removed");
    }
    fs::create_dir_all(&lab).expect("a folder can be made");
    let mut followed = 0;
    for block in blocks(&text) {
        match block.kind {
            "sh" => assert_eq!(block.text, "cargo install --locked --path .\nmkdir lab\ncd lab"),
            "diff" => edit(&lab.join("mail.yaml"), block.text),
            "console" => {
                for (command, shown) in commands(block.text) {
                    run(&lab, command, shown);
                    followed += 1;
                }
            }
            kind => panic!("a block of {kind}"),
        }
    }
    assert_eq!(followed, 11);
    // What it names in passing.
    for command in text.split('`').filter(|it| it.starts_with("evsim ") && !it.contains('\n')) {
        if !command.contains("--watch") {
            let words: Vec<&str> = command.split(' ').skip(1).collect();
            Command::new(cargo_bin!("evsim")).current_dir(&lab).args(words).assert().success();
        }
    }
}

#[test]
fn every_command_that_a_document_shows_prints_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, shown) in [("docs/REPORT.md", 1), ("scenarios/README.md", 4)] {
        let text = document(name);
        let consoles = blocks(&text).filter(|block| block.kind == "console");
        let all: Vec<(&str, &str)> = consoles.flat_map(|block| commands(block.text)).collect();
        assert_eq!(all.len(), shown, "{name}");
        all.iter().for_each(|(command, shown)| run(root, command, shown));
    }
}
