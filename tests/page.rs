//! The page of a run: complete in one file, the same every time, true to the report, and safe
//! whatever a scenario calls its things.
#![cfg(feature = "sim")]

use std::fs;
use std::path::{Path, PathBuf};

use evsim::harness::{self, Detail};
use evsim::scenario::{self, Scenario};

fn scenarios() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let folders = fs::read_dir(root).expect("the scenarios are there").flatten();
    let files = folders.filter_map(|folder| fs::read_dir(folder.path()).ok());
    let paths = files.flat_map(|files| files.flatten().map(|file| file.path()));
    let mut found: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|it| it == "yaml")).collect();
    found.sort();
    assert!(found.len() > 100, "the shipped scenarios are found");
    found
}

fn read(path: &Path) -> Scenario {
    parse(&fs::read_to_string(path).expect("a readable file"))
}

fn parse(text: &str) -> Scenario {
    scenario::read(text.as_bytes(), "test.yaml").unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn page_of(scenario: &Scenario) -> String {
    harness::follow(scenario, 0).page("test/scenario")
}

/// Every page of a shipped scenario is small, stands alone, and is of the same run as the report.
#[test]
fn every_page_is_small_complete_and_of_the_same_run() {
    for path in scenarios() {
        let scenario = read(&path);
        let shown = path.display();
        let course = harness::follow(&scenario, 0);
        let page = course.page("test/scenario");
        assert!(page.len() < 500_000, "{shown}: {} bytes", page.len());
        for outside in ["http:", "https:", "src=", "@import", "url(//"] {
            assert!(!page.contains(outside), "{shown}: the page asks for {outside}");
        }
        let run = harness::run(&scenario, 0);
        assert_eq!(
            course.report.text("x", Detail::Changes),
            run.text("x", Detail::Changes),
            "{shown}"
        );
    }
}

/// Who looks on sees the same, every time.
#[test]
fn the_same_run_gives_the_same_page() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/active-active");
    let scenario = read(&path.join("node-failure.yaml"));
    assert_eq!(page_of(&scenario), page_of(&scenario));
}

/// The cluster whose every name is an attempt to leave the place where it stands.
const HOSTILE: &str = r#"
about: </p><script>alert("about")</script> & 'quotes' "more" <!--
cluster:
  name: <b>"&'
  windows: 2003
  exchange: 2003
  nodes: ["N1", "N2"]
  groups:
    "<img src=x onerror=alert(1)>":
      owner: N1
      resources:
        "</script><script>alert('resource')</script>": { type: Generic Application }
steps:
  - { at: 1m, fail_resource: "</script><script>alert('resource')</script>" }
until: 5m
"#;

#[test]
fn whatever_things_are_called_stays_text() {
    let page = page_of(&parse(HOSTILE));
    let scripts = page.matches("<script").count();
    assert_eq!(scripts, 2, "the page's data and its script, and no other");
    assert_eq!(page.matches("</script").count(), 2);
    for inert in ["<img", "<b>&", "<!--", "alert(\"about\")"] {
        assert!(!page.contains(inert), "{inert} is left as it was");
    }
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;"), "the group is shown by its name");
    assert!(page.contains("&lt;script&gt;alert(&quot;about&quot;)"), "and so is what it is about");
}

/// What failed stands above the picture, and nothing stands there when all is well.
#[test]
fn what_failed_is_told_first() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/active-active");
    let text = fs::read_to_string(path.join("node-failure.yaml")).expect("it is shipped");
    let well = page_of(&parse(&text));
    assert!(!well.contains("<ul class=\"failures\">"));
    let wrong = text.replace("online_on: NODE1", "online_on: NODE2");
    assert_ne!(wrong, text);
    let page = page_of(&parse(&wrong));
    let (above, _) = page.split_once("<main>").expect("the page has a main part");
    let failed = above.split_once("<ul class=\"failures\">").expect("it failed").1;
    assert!(failed.contains("<a href=\"#00:15:00.000\">00:15:00.000</a>: "), "{failed}");
}
