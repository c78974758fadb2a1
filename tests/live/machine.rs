//! The host of a real machine: records as files, and Exchange reached through small scripts.
#![cfg(unix)]

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use evsim::backend::clusapi::LiveBackend;
use evsim::backend::clusapi::host::Host;
use evsim::backend::clusapi::machine::{Machine, MachineSettings};
use evsim::backend::observe;
use evsim::model::{
    Act, ErrorCode, Fact, GroupName, GroupView, MountState, NodeName, Place, Revision, StorageView,
    StoreName, Ticket, Tool, ToolPhase, ToolState,
};
use evsim::product::agent;
use evsim::product::memory::Outcome;
use evsim::product::policy::{License, Policy};
use evsim::product::request::{Request, Script};
use evsim::scenario;
use evsim::sim::{Cluster, SharedCluster};
use evsim::simapi;
use serde_json::{Value, json};

const CLUSTER: &str = "\
about: One server.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
until: 1h
";

/// What the command `disk` prints while the store is mounted.
const DISK: &str = r#"{ "free": 9000000000, "temporary_on_group_disk": true, "stores": {
    "SG1/Mailbox": { "mounted": MOUNTED, "clean": true, "size": 1000000, "mailboxes": 3,
    "damaged": false, "temporary": "absent", "locked": false } } }"#;

/// A folder with the records of a node and of a group, and with scripts.
struct Folder {
    root: PathBuf,
}

impl Folder {
    fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("machine").join(name);
        if root.exists() {
            fs::remove_dir_all(&root).expect("the folder of an earlier run can be removed");
        }
        for folder in ["own", "evs1"] {
            fs::create_dir_all(root.join(folder)).expect("a folder can be made");
        }
        Self { root }
    }

    fn script(&self, name: &str, body: &str) -> String {
        let path = self.root.join(name);
        let root = self.root.display();
        fs::write(&path, format!("#!/bin/sh\ncd '{root}'\n{body}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it may be run");
        path.to_string_lossy().into_owned()
    }

    fn settings(&self, commands: Value) -> MachineSettings {
        let settings = json!({
            "records": self.root.join("own"),
            "exchange": "2003",
            "groups": { "EVS1": self.root.join("evs1") },
            "commands": commands,
        });
        serde_json::from_value(settings).expect("settings")
    }

    fn machine(&self, commands: Value) -> Machine {
        let machine = Machine::new(self.settings(commands), &NodeName::from("NODE1"));
        machine.unwrap_or_else(|unusable| panic!("{unusable}"))
    }

    fn said(&self, name: &str) -> String {
        fs::read_to_string(self.root.join(name)).unwrap_or_default()
    }
}

fn cluster() -> SharedCluster {
    let scenario = scenario::read(CLUSTER.as_bytes(), "machine.yaml");
    let scenario = scenario.unwrap_or_else(|wrong| panic!("{wrong}"));
    Rc::new(RefCell::new(Cluster::new(&scenario.cluster, 0)))
}

/// The group as the cluster shows it.
fn group() -> GroupView {
    let cluster = cluster();
    let view = cluster.borrow().view().expect("it runs");
    view.groups[&GroupName::from("EVS1")].as_ref().clone()
}

fn on_disk(machine: &Machine) -> Result<StorageView, ErrorCode> {
    machine.storage(&Place::Disk("EVS1".into()), Some(&group()))
}

fn store() -> StoreName {
    "SG1/Mailbox".into()
}

/// Looks until it is so; a test that waits longer than that has failed.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end {
        if let Some(found) = look() {
            return found;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("{what}: it never came to that");
}

const TICKET: Ticket = Ticket { job: 1, act: 2 };

fn tool(tool: Tool) -> Act {
    Act::StartTool { group: "EVS1".into(), store: store(), tool, ticket: TICKET }
}

fn write(place: Place, replaces: Option<Revision>, text: &str) -> Act {
    Act::Write { place, replaces, text: text.into() }
}

#[test]
fn records_are_files_that_name_what_they_replace() {
    let place = Folder::new("records");
    let mut machine = place.machine(json!({}));
    let before = machine.read().changes;
    let own = |machine: &Machine| machine.storage(&Place::Node, None).map(|it| it.record);
    assert_eq!(own(&machine), Ok(None));
    assert_eq!(machine.start(&write(Place::Node, None, "one"), None), Ok(()));
    let stale = machine.start(&write(Place::Node, None, "other"), None);
    assert_eq!(stale, Err(ErrorCode::ERROR_REVISION_MISMATCH));
    let again = place.machine(json!({}));
    let record = own(&again).expect("readable").expect("written");
    assert_eq!((record.revision, &*record.text), (Revision(1), "one"));
    assert!(machine.read().changes > before);
    // Another process writes: whoever keeps the machine hears of it.
    let heard = machine.read().changes;
    assert_eq!(machine.read().changes, heard, "nothing has changed");
    let mut again = again;
    assert_eq!(again.start(&write(Place::Node, Some(Revision(1)), "two"), None), Ok(()));
    assert!(machine.read().changes > heard);
    // A folder that is not there is a disk that is not there.
    fs::remove_dir_all(place.root.join("own")).expect("it can be removed");
    assert_eq!(own(&machine), Err(ErrorCode::ERROR_NOT_READY));
}

#[test]
fn commands_that_fail_hang_or_are_missing_are_errors_and_no_facts() {
    let place = Folder::new("failures");
    let disk = |arguments: Value| {
        let machine = place.machine(json!({ "disk": arguments }));
        on_disk(&machine).map(|storage| storage.disk.is_some())
    };
    let good =
        place.script("good", &format!("cat <<'END'\n{}\nEND", DISK.replace("MOUNTED", "true")));
    assert_eq!(disk(json!({ "arguments": [good] })), Ok(true));
    let failing = place.script("failing", &format!("{good}; exit 3"));
    assert_eq!(disk(json!({ "arguments": [failing] })), Err(ErrorCode::ERROR_GEN_FAILURE));
    assert_eq!(disk(json!({ "arguments": [failing], "done": [0, 3] })), Ok(true));
    let missing = place.root.join("none").to_string_lossy().into_owned();
    assert_eq!(disk(json!({ "arguments": [missing] })), Err(ErrorCode::ERROR_FILE_NOT_FOUND));
    let silent = place.script("silent", "exit 0");
    assert_eq!(disk(json!({ "arguments": [silent] })), Err(ErrorCode::ERROR_INVALID_DATA));
    let hanging = place.script("hanging", "exec sleep 60");
    let begun = Instant::now();
    let hangs = disk(json!({ "arguments": [hanging], "timeout_s": 1 }));
    assert_eq!(hangs, Err(ErrorCode::ERROR_SERVICE_REQUEST_TIMEOUT));
    assert!(begun.elapsed() < Duration::from_secs(30), "it was ended");
    // More than a pipe holds, and more than is kept.
    let huge = place.script("huge", "head -c 30000000 /dev/zero");
    assert_eq!(disk(json!({ "arguments": [huge] })), Err(ErrorCode::ERROR_INVALID_DATA));
    let machine = place.machine(json!({}));
    assert_eq!(on_disk(&machine).map(|_| ()), Err(ErrorCode::ERROR_NOT_SUPPORTED));
}

/// Nothing in an argument means anything to anybody but the program.
#[test]
fn arguments_are_handed_over_as_they_are() {
    let place = Folder::new("arguments");
    let print =
        place.script("print", r#"for argument in "$@"; do echo "[$argument]"; done > said"#);
    let mut settings = place.settings(json!({
        "notify": { "arguments": ["--text={text}", "{node}", "$(touch spoilt)", "a b"] },
    }));
    settings.prefix = vec![print];
    let mut machine = Machine::new(settings, &NodeName::from("NODE1")).expect("usable");
    let text = "; touch spoilt\n`touch spoilt` {node}".to_owned();
    let act = Act::Notify { notice: evsim::model::Notice::StorageOffline, text, ticket: TICKET };
    assert_eq!(machine.start(&act, None), Ok(()));
    let expected =
        "[--text=; touch spoilt\n`touch spoilt` {node}]\n[NODE1]\n[$(touch spoilt)]\n[a b]\n";
    assert_eq!(place.said("said"), expected);
    assert!(!place.root.join("spoilt").exists());
    let own = machine.storage(&Place::Node, None).expect("readable");
    assert_eq!(own.notified, Some(TICKET));
}

#[test]
fn a_tool_shows_until_it_has_ended_and_what_it_printed_stays() {
    let place = Folder::new("tools");
    let disk =
        place.script("disk", &format!("cat <<'END'\n{}\nEND", DISK.replace("MOUNTED", "false")));
    let fix = "while [ ! -e go ]; do sleep 0.02; done\n\
               echo 'Test 1 result: 0 error(s); 0 warning(s); 2 fix(es); 0 row(s)'\n\
               echo 'Test 2 result: 0 error(s); 0 warning(s); 11 fix(es); 0 row(s)'";
    let commands = json!({
        "disk": { "arguments": [disk] },
        "error_fix": { "arguments": [place.script("fix", fix)] },
        "consistency_check": { "arguments": [place.script("check", "exit 1")] },
        "defragment": { "arguments": [place.script("defragment", "exec sleep 60")] },
        "error_report": { "arguments": [place.script("report", "exec sleep 60")] },
    });
    let mut machine = place.machine(commands.clone());
    let shown =
        |machine: &Machine| on_disk(machine).map(|it| it.disk.map(|it| it.tools[&store()].clone()));
    let seen = |machine: &Machine| shown(machine).expect("readable").expect("a disk");
    assert_eq!(machine.start(&tool(Tool::ErrorFix), Some(&group())), Ok(()));
    let busy = machine.start(&tool(Tool::ErrorFix), Some(&group()));
    assert_eq!(busy, Err(ErrorCode::ERROR_BUSY));
    assert_eq!(seen(&machine).state, ToolState::Running);
    // Whoever starts anew does not know what became of it, and says so.
    assert_eq!(shown(&place.machine(commands.clone())), Err(ErrorCode::ERROR_BUSY));
    fs::write(place.root.join("go"), "").expect("a file");
    let heard = machine.read().changes;
    let run = until("the fix ends", || {
        let run = seen(&machine);
        (run.state != ToolState::Running).then_some(run)
    });
    assert_eq!((run.state, run.fixes, run.ticket), (ToolState::Succeeded, 13, TICKET));
    assert!(machine.read().changes > heard);
    assert!(place.said("own/evsim-job-1-act-2.txt").contains("11 fix(es)"));
    assert_eq!(seen(&place.machine(commands.clone())), run, "also after a restart");

    assert_eq!(machine.start(&tool(Tool::ConsistencyCheck), Some(&group())), Ok(()));
    let run = until("the check ends", || {
        let run = seen(&machine);
        (run.state != ToolState::Running).then_some(run)
    });
    assert_eq!(run.state, ToolState::Failed);

    // A defragmentation may be copying back: nobody ends it. A report can be ended.
    let stop = Act::StopTool { group: "EVS1".into(), store: store(), ticket: TICKET };
    assert_eq!(machine.start(&tool(Tool::ErrorReport), Some(&group())), Ok(()));
    assert_eq!(seen(&machine).phase, ToolPhase::Working);
    assert_eq!(machine.start(&stop, Some(&group())), Ok(()));
    until("the report is ended", || (seen(&machine).state == ToolState::Failed).then_some(()));
    assert_eq!(machine.start(&tool(Tool::Defragment), Some(&group())), Ok(()));
    assert_eq!(seen(&machine).phase, ToolPhase::CopyingBack);
    let kept = machine.start(&stop, Some(&group()));
    assert_eq!(kept, Err(ErrorCode::ERROR_INVALID_STATE));
    let missing = machine.start(&tool(Tool::DeleteTemporary), Some(&group()));
    assert_eq!(missing, Err(ErrorCode::ERROR_NOT_SUPPORTED));
}

/// The store is what the disk says once the command has ended, and nobody tries again at once.
#[test]
fn a_mount_that_fails_is_no_mount() {
    let place = Folder::new("mount");
    let disk =
        place.script("disk", &format!("cat <<'END'\n{}\nEND", DISK.replace("MOUNTED", "false")));
    let mount = "while [ ! -e go ]; do sleep 0.02; done; exit 1";
    let mut machine = place.machine(json!({
        "disk": { "arguments": [disk] },
        "mount": { "arguments": [place.script("mount", mount)] },
    }));
    let seen = |machine: &Machine| {
        let disk = on_disk(machine).expect("readable").disk.expect("a disk");
        disk.stores[&store()].mount
    };
    let act = Act::Mount { group: "EVS1".into(), store: store() };
    assert_eq!(machine.start(&act, Some(&group())), Ok(()));
    assert_eq!(seen(&machine), MountState::Mounting);
    assert_eq!(machine.start(&act, Some(&group())), Err(ErrorCode::ERROR_BUSY));
    let heard = machine.read().changes;
    fs::write(place.root.join("go"), "").expect("a file");
    until("the mount ends", || (seen(&machine) == MountState::Dismounted).then_some(()));
    assert_eq!(machine.read().changes, heard);
}

#[test]
fn what_may_not_be_ended_has_no_time_out() {
    let place = Folder::new("settings");
    let refused = |commands: Value| {
        let machine = Machine::new(place.settings(commands), &NodeName::from("NODE1"));
        machine.err().map(|unusable| unusable.to_string()).unwrap_or_default()
    };
    let limited = json!({ "defragment": { "arguments": ["eseutil"], "timeout_s": 60 } });
    assert!(refused(limited).contains("take it out"));
    assert!(refused(json!({ "mount": { "arguments": [] } })).contains("names no program"));
    assert_eq!(refused(json!({ "error_fix": { "arguments": ["isinteg"], "timeout_s": 60 } })), "");
}

/// The product, the live backend over the functions, and scripts that play Exchange: a whole job.
#[test]
fn a_job_goes_through_its_scripts_and_leaves_the_store_mounted() {
    let place = Folder::new("job");
    fs::write(place.root.join("mounted"), "true").expect("a file");
    let disk = format!("sed \"s/MOUNTED/$(cat mounted)/\" <<'END'\n{DISK}\nEND");
    let noted = |name: &str, rest: &str| json!({ "arguments": [place.script(name, &format!("echo {name} >> log; {rest}")), "{store}"] });
    let mut commands = json!({
        "disk": { "arguments": [place.script("disk", &disk)] },
        "mount": noted("mount", "echo true > mounted"),
        "dismount": noted("dismount", "echo false > mounted"),
        "notify": { "arguments": ["true"] },
    });
    for name in ["consistency_check", "error_fix", "defragment"] {
        commands[name] = noted(name, "exit 0");
    }
    let node = NodeName::from("NODE1");
    let cluster = cluster();
    simapi::attach(&cluster);
    let machine = place.machine(commands);
    let mut backend = LiveBackend::new(&simapi::table(), &node, Box::new(machine));
    let policy = Policy::default();
    let install = Request::Install {
        license: Some(License::UNLIMITED),
        designate: Some("EVS1".into()),
        unattended: false,
    };
    let job = Request::RunJob { script: Script::PreventativeMaintenance, stores: Vec::new() };
    for request in [install, job] {
        let woken = agent::ask(&mut backend, &policy, &request, None);
        let woken = woken.unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(woken.refused, None);
    }
    let outcome = until("the job ends", || {
        let woken = agent::wake(&mut backend, &policy, None);
        assert_eq!(woken.refused, None, "{:?}", woken.plan);
        let memory = woken.picture.memory.ok()?;
        memory.latest_job().map(|(_, outcome)| outcome).filter(|it| *it != Outcome::Running)
    });
    assert_eq!(outcome, Outcome::Completed);
    let log: Vec<String> = place.said("log").lines().map(str::to_owned).collect();
    let expected =
        ["dismount", "consistency_check", "error_fix", "defragment", "error_fix", "mount"];
    assert_eq!(log, expected);
    let (view, _) = observe(&backend);
    let Fact::Known(storage) = &view.disks[&GroupName::from("EVS1")] else { panic!("{view:?}") };
    let disk = storage.disk.as_ref().expect("a disk");
    assert_eq!(disk.stores[&store()].mount, MountState::Mounted);
    drop(backend);
    assert_eq!(simapi::detach().1, 0);
}
