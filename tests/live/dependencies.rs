//! What ships inside a product depends on what its page lists, and on nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn what_ships_depends_on_what_the_page_lists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tree = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["tree", "--offline", "--locked", "--no-default-features", "--features", "windows"])
        .args(["--edges", "normal", "--target", "all", "--prefix", "none", "--format", "{p}"])
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).expect("UTF-8");
    let name = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let found: BTreeSet<String> = tree.lines().map(name).filter(|name| name != "evsim").collect();
    let page = fs::read_to_string(root.join("docs/LIVE.md")).expect("the page");
    let section = page.split("## What ships").nth(1).expect("the section");
    let section = section.split("\n\n").nth(2).expect("the list");
    let listed: BTreeSet<String> =
        section.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert_eq!(found, listed);
}
