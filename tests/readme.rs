//! The README keeps its word: its commands are the two that a newcomer needs, and the output that
//! it shows is the real one.
#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;

use evsim::harness;
use evsim::scenario;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn blocks(readme: &str, kind: &str) -> Vec<String> {
    let open = format!("```{kind}\n");
    let parts = readme.split(&open).skip(1);
    parts.map(|part| part.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_first_output_is_the_real_one() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README is there");
    let readme = readme.replace("\r\n", "\n");
    let commands = blocks(&readme, "sh");
    let prefix = "cargo run --release -- run ";
    let file = commands[0].trim().strip_prefix(prefix).expect("the first command runs a scenario");
    let text = fs::read(root().join(file)).expect("the scenario that the README names");
    let scenario = scenario::read(&text, file).unwrap_or_else(|wrong| panic!("{wrong}"));
    let found = harness::run(&scenario, 0).text("active-active/node-failure", false);
    let shown = &blocks(&readme, "text")[0];
    assert_eq!(*shown, found, "copy the new output into the README once you have read it");
}

#[test]
fn the_second_command_runs_the_tests() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README is there");
    assert_eq!(blocks(&readme, "sh")[1].trim(), "cargo test");
}

#[test]
fn every_file_that_a_document_links_is_there() {
    let docs = fs::read_dir(root().join("docs")).expect("the folder of the documents");
    let mut files: Vec<_> = docs.map(|entry| entry.expect("a document").path()).collect();
    files.extend([root().join("README.md"), root().join("scenarios/README.md")]);
    for file in files {
        let text = fs::read_to_string(&file).expect("a document is text");
        let folder = file.parent().expect("a file is in a folder");
        let links = text.split("](").skip(1).filter_map(|part| part.split([')', '#']).next());
        for target in links.filter(|it| !it.is_empty() && !it.contains("://")) {
            assert!(folder.join(target).exists(), "{} links {target}", file.display());
        }
    }
}
