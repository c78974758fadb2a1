//! `evsim new`, `evsim completions`, `evsim man`.

use std::fs;
use std::process::Command;

use evsim::{harness, scenario};

use super::{evsim, folder, stdout, write};

/// Every shape that can be asked for passes as it is.
#[test]
fn a_new_scenario_passes_whatever_its_shape() {
    let here = folder("new-shapes");
    let mut passed = 0;
    for (exchange, most) in [("2000", 4), ("2003", 8), ("2007", 8)] {
        for nodes in 2..=most {
            for servers in 1..=nodes {
                if servers == nodes && (nodes > 2 || exchange == "2007") {
                    continue;
                }
                let (nodes, servers) = (nodes.to_string(), servers.to_string());
                let shape = ["--nodes", &nodes, "--evs", &servers, "--exchange", exchange];
                let text = stdout(&evsim(&here, &[&["new"][..], &shape].concat()).success());
                let read = scenario::read(text.as_bytes(), "new.yaml");
                let report = harness::run(&read.unwrap_or_else(|wrong| panic!("{wrong}")), 0);
                assert!(report.passed(), "{text}\n{}", report.text("new", false));
                assert_eq!(report.met.len(), 3);
                passed += 1;
            }
        }
    }
    assert_eq!(passed, 7 + 29 + 28);
}

#[test]
fn a_new_scenario_is_written_once() {
    let here = folder("new-file");
    let asked = ["new", "--nodes", "4", "--evs", "3", "--exchange", "2003", "--spare", "1"];
    let asked = [&asked[..], &["mail.yaml"]].concat();
    evsim(&here, &asked).success().stdout_eq("").stderr_eq("");
    let text = fs::read_to_string(here.join("mail.yaml")).expect("it is written");
    assert!(text.contains("nodes: [NODE1, NODE2, NODE3, NODE4]"), "{text}");
    assert!(text.contains("EVS3") && !text.contains("EVS4"), "{text}");
    evsim(&here, &["check", "mail.yaml"]).success();
    write(&here, "mail.yaml", "mine");
    let again = evsim(&here, &asked).code(2).stdout_eq("");
    again.stderr_eq("evsim: cannot write mail.yaml: [..]; name another file, or remove this one\n");
    assert_eq!(fs::read_to_string(here.join("mail.yaml")).expect("it stays"), "mine");
}

#[test]
fn a_shape_that_cannot_be_is_explained() {
    let here = folder("new-impossible");
    let told = |arguments: &[&str], why: &str| {
        let arguments = [&["new"], arguments].concat();
        evsim(&here, &arguments).code(2).stdout_eq("").stderr_eq(why.to_owned());
    };
    told(
        &["--nodes", "3", "--evs", "3", "--spare", "1"],
        "evsim: 3 servers and 1 spare nodes take 4 nodes, and there are 3\n",
    );
    told(&["--nodes", "3", "--spare", "0"], "evsim: with more than two nodes Exchange runs [..]\n");
    told(&["--spare", "2"], "evsim: no node is left for a server\n");
    // These are the reader's own rules.
    told(
        &["--nodes", "5", "--exchange", "2000"],
        "error: a cluster of Windows 2000 Datacenter Server has at most 4 nodes, not 5\n...\n",
    );
    told(
        &["--evs", "2", "--exchange", "2007"],
        "error: 2 nodes of Exchange 2007 cannot have 2 servers\n...\n",
    );
    told(
        &["--exchange", "2007", "--windows", "2000"],
        "error: Exchange 2007 does not run on Windows 2000\n...\n",
    );
}

#[test]
fn every_shell_gets_its_completions() {
    let here = folder("completions");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&evsim(&here, &["completions", shell]).success().stderr_eq(""));
        for word in ["schema", "accept", "seed", "junit"] {
            assert!(script.contains(word), "{shell} does not complete {word}");
        }
        if shell == "bash" {
            write(&here, "evsim.bash", &script);
            // Where there is no bash, nobody needs its completions.
            if let Ok(parsed) = Command::new("bash").arg("-n").arg(here.join("evsim.bash")).status()
            {
                assert!(parsed.success());
            }
        }
    }
}

#[test]
fn every_command_has_a_page_of_the_manual() {
    let here = folder("manual");
    let page = stdout(&evsim(&here, &["man"]).success().stderr_eq(""));
    assert!(page.contains(".TH evsim 1") && page.contains("Exit codes"), "{page}");
    for command in ["run", "test", "why", "check", "schema", "new", "completions", "man"] {
        let page = stdout(&evsim(&here, &["man", command]).success().stderr_eq(""));
        assert!(page.contains(&format!(".TH evsim-{command} 1")), "{page}");
        assert!(page.contains("Example: evsim"), "{page}");
    }
    let unknown = evsim(&here, &["man", "frobnicate"]).code(2).stdout_eq("");
    unknown.stderr_eq("evsim: there is no command `frobnicate`: there is run, test, why, [..]\n");
}
