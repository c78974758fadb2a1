//! A program in C that walks the vectors of the Cluster API through the library.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::library;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The C compiler of this machine, if there is one. CI has one: there its absence is a failure.
fn compiler() -> Option<&'static str> {
    let runs = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    let found = ["cc", "gcc", "clang"].into_iter().find(runs);
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "CI has a C compiler");
        eprintln!("skipped: this machine has no C compiler, neither cc nor gcc nor clang");
    }
    found
}

/// The program of this name, built against the header in tests/clusapi and the library.
fn build(compiler: &str, name: &str) -> PathBuf {
    let library = library();
    let folder = library.parent().expect("it is in a folder").to_string_lossy();
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let built = Command::new(compiler)
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-g", "-I"])
        .arg(root().join("tests/clusapi"))
        .arg(root().join("tests/clusapi/vectors.c"))
        .arg(format!("-L{folder}"))
        .arg("-lclusapi")
        .arg(format!("-Wl,-rpath,{folder}"))
        .arg("-o")
        .arg(&program)
        .output()
        .expect("it runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    program
}

fn walk(mut command: Command) -> Output {
    let walked = command
        .arg(root().join("fixtures/clusapi/network-name.hex"))
        .env("EVSIM_SCENARIO", root().join("fixtures/clusapi/cluster.yaml"))
        .env("EVSIM_AT", "5m")
        .output();
    walked.expect("it runs")
}

/// Bytes, lengths, codes, the order of lists, handles that are none: in C as in Rust. Under
/// valgrind, where there is one, no byte is read or written that is not to be.
#[test]
fn a_program_in_c_walks_the_vectors() {
    let Some(compiler) = compiler() else { return };
    let program = build(compiler, "vectors");
    let walked = walk(Command::new(&program));
    let said = String::from_utf8_lossy(&walked.stdout);
    assert!(walked.status.success(), "{said}{}", String::from_utf8_lossy(&walked.stderr));
    let count = said.split(' ').next().and_then(|count| count.parse::<u32>().ok());
    assert!(count.is_some_and(|count| count > 380), "not all are walked: {said}");
    assert!(said.ends_with(" vectors, 0 do not hold\n"), "{said}");

    let mut valgrind = Command::new("valgrind");
    if valgrind.arg("--version").output().is_err() {
        eprintln!("skipped: this machine has no valgrind");
        return;
    }
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--error-exitcode=99"]).arg(&program);
    let walked = walk(valgrind);
    let said = String::from_utf8_lossy(&walked.stderr);
    assert!(walked.status.success(), "valgrind: {said}");
    assert_eq!(said, "", "valgrind found something");
}

/// A library without a cluster is one without a network, and says why.
#[test]
fn a_scenario_that_is_not_there_is_no_cluster() {
    let Some(compiler) = compiler() else { return };
    let mut command = Command::new(build(compiler, "vectors-without-cluster"));
    command.arg("x").env("EVSIM_SCENARIO", "no-such.yaml").env("EVSIM_AT", "5m");
    let refused = command.output().expect("it runs");
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("has no cluster: no-such.yaml: "), "{said}");
}

/// The numbers in the header of ours are those of the public one.
#[test]
fn the_header_has_the_numbers_of_the_vectors() {
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).expect("digits"),
        None => text.parse().expect("digits"),
    };
    let vectors = fs::read_to_string(root().join("fixtures/clusapi/constants.txt"));
    let vectors = vectors.expect("it is there");
    let pair = |line: &str| {
        let (name, value) = line.split_once(' ').expect("a name and a value");
        (name.to_owned(), number(value))
    };
    let vectors: BTreeMap<String, u32> =
        vectors.lines().filter(|line| !line.starts_with('#')).map(pair).collect();
    let header = fs::read_to_string(root().join("tests/clusapi/clusapi.h"));
    let header = header.expect("it is there");
    let defined = header.lines().filter_map(|line| line.strip_prefix("#define "));
    let defined =
        defined.filter(|line| line.starts_with(['C', 'E', 'R']) || line.contains("TIMEOUT"));
    let mut compared = 0;
    for (name, value) in defined.filter(|line| !line.starts_with("EVSIM")).map(pair) {
        assert_eq!(vectors.get(&name), Some(&value), "{name}");
        compared += 1;
    }
    assert!(compared > 30, "only {compared} numbers were compared");
}
