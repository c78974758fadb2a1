//! What the product, or a check on it, once got wrong.

use crate::{failed, run, run_whole};

#[test]
fn a_request_dies_with_its_node_and_is_not_done_after_the_next_boot() {
    let report = run(
        "
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 10m, crash: NODE1 }
  - { at: 10m, run_job: NODE1 }
  - { at: 20m, boot: NODE1 }
until: 1h
",
        0,
    );
    let text = report.text("inline", false);
    assert!(text.contains("NODE1 run preventative-maintenance: the machine is off"), "{text}");
    assert!(!text.contains("job 1"), "{text}");
}

#[test]
fn what_stands_first_in_the_file_comes_first_at_the_same_moment() {
    let report = run(
        "
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 10m, run_job: NODE1 }
  - { at: 10m, crash: NODE1 }
until: 1h
",
        0,
    );
    let text = report.text("inline", false);
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    assert!(place("NODE1 run preventative-maintenance") < place("NODE1 crashes"), "{text}");
}

/// A write that a crash cuts short leaves the old record or the new one. Whichever it is, what the
/// product does then is right, and the checks say so.
#[test]
fn a_designation_cut_short_by_a_crash_is_the_old_or_the_new_one() {
    let mut designated = Vec::new();
    for seed in 0..12 {
        let report = run(
            "
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 5m, move: { evs: EVS2, to: NODE1 } }
  - { at: 10m, designate: { node: NODE1, evs: EVS2 } }
  - { at: 10m, crash: NODE1 }
  - { at: 20m, boot: NODE1 }
  - { at: 25m, move: { evs: EVS1, to: NODE1 } }
  - { at: 25m, move: { evs: EVS2, to: NODE1 } }
  - { at: 30m, run_job: NODE1 }
until: 3h
",
            seed,
        );
        assert!(failed(&report).is_empty(), "seed {seed}: {:#?}", failed(&report));
        designated.push(report.after.consoles[0].designated.clone().map(|evs| evs.to_string()));
    }
    for evs in ["EVS1", "EVS2"] {
        assert!(designated.contains(&Some(evs.to_owned())), "{designated:?}");
    }
}

#[test]
fn a_first_designation_at_the_very_start_is_no_change_of_its_own_accord() {
    let report = run(
        "
product: { NODE1: { license: unlimited } }
steps: [{ at: 0s, designate: { node: NODE1, evs: EVS1 } }]
until: 1m
",
        0,
    );
    assert!(failed(&report).is_empty(), "{:#?}", failed(&report));
}

#[test]
fn a_tool_that_lost_its_disk_is_no_longer_at_work() {
    let report = run(
        "
product:
  NODE1: { license: unlimited, designate: EVS1 }
  NODE2: { license: unlimited, designate: EVS1 }
steps:
  - { at: 10m, run_job: NODE1 }
  - { at: 20m, move: { evs: EVS1, to: NODE2 } }
  - { at: 40m, run_job: NODE2 }
until: 3h
",
        0,
    );
    assert!(failed(&report).is_empty(), "{:#?}", failed(&report));
    assert!(report.text("inline", false).contains("NODE2 job 1 completed on EVS1"));
}

/// The single shot was entered while a job ran that had begun under another licence.
#[test]
fn a_single_shot_is_not_used_up_by_a_job_that_began_before_it() {
    let report = run(
        "
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 1m, run_job: NODE1 }
  - { at: 10m, license: { node: NODE1, run_limit: single_shot } }
  - { at: 3h, run_job: NODE1 }
  - { at: 6h, run_job: NODE1 }
until: 9h
expect:
  - { at: 2h, job: { node: NODE1, outcome: completed } }
  - { at: 5h, job: { node: NODE1, outcome: completed } }
  - { at: 9h, job: { node: NODE1, outcome: skipped, reason: Unlicensed } }
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", false));
}

#[test]
fn a_job_that_waits_for_an_information_store_says_so() {
    let report = run(
        "
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 1m, run_job: NODE1 }
  - { at: 10m, offline: { resource: Exchange Information Store Instance - (EVS1) } }
until: 1h
",
        0,
    );
    let text = report.text("inline", false);
    let said = "waits to mount what job 1 dismounted: bring EVS1 online";
    assert!(text.contains(said), "{text}");
    assert!(failed(&report).is_empty(), "{:#?}", failed(&report));
}

/// It does not come back by itself after the crash: the check asked only whether the job still had
/// it dismounted.
#[test]
fn a_store_that_a_job_found_mounted_is_mounted_after_a_crash() {
    let report = run_whole(
        "
about: the first store is done, and its node crashes while the job works on the second
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1]
  evs:
    EVS1:
      owner: NODE1
      stores: { SG1/Archive: { size: 1MB, mounted: false }, SG1/Mailbox: 1GB }
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 1m, mount: { evs: EVS1, store: SG1/Archive } }
  - { at: 2m, run_job: { node: NODE1, script: store-error-correction } }
  - { at: 10m, crash: NODE1 }
  - { at: 20m, boot: NODE1 }
until: 1h
expect: [{ at: 1h, job: { node: NODE1, outcome: stopped, reason: NodeLost } }]
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", false));
}

/// The check took the store for one that had been dismounted before the job.
#[test]
fn a_store_that_is_dismounted_by_hand_under_a_job_comes_back_with_it() {
    let report = run_whole(
        "
about: the second store is dismounted while the job works on the first
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Archive: 1GB, SG1/Mailbox: 1MB } }
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 1m, run_job: NODE1 }
  - { at: 5m, dismount: { evs: EVS1, store: SG1/Mailbox } }
until: 2h
expect: [{ at: 2h, job: { node: NODE1, outcome: completed } }]
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", false));
}

/// The check looked for the server by the name that was asked for, and it had another one by the
/// time that the product had written.
#[test]
fn a_server_that_is_renamed_while_its_designation_is_written_is_the_same_one() {
    let report = run(
        "
product: { NODE1: { license: unlimited } }
steps:
  - { at: 10m, designate: { node: NODE1, evs: EVS1 } }
  - { at: 10m, rename_evs: { evs: EVS1, to: MAIL1 } }
until: 20m
expect: [{ at: 20m, node: NODE1, standing: Stale, ignores: [] }]
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", false));
}

/// The mailboxes were counted before a job only: a smaller licence let it go on.
#[test]
fn a_licence_for_fewer_mailboxes_stops_the_job_that_runs() {
    let report = run_whole(
        "
about: the licence is replaced by a smaller one while a job runs
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: { size: 1GB, mailboxes: 300 } } }
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 1m, run_job: NODE1 }
  - { at: 5m, license: { node: NODE1, mailboxes: 299 } }
until: 2h
expect: [{ at: 2h, job: { node: NODE1, outcome: stopped, reason: LicenceLost } }]
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", false));
}

/// The check took a store that the job had mounted again, and a fault dismounted after that, for one
/// that no job had: the job found it mounted, and leaves it so.
#[test]
fn a_job_that_stops_mounts_what_a_fault_dismounted_behind_it() {
    let report = run_whole(
        "
about: the store process ends while a job works on its second store
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/A: { size: 100MB, mounted: false }, SG1/B: 3GB } }
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 1m, mount: { evs: EVS1, store: SG1/A } }
  - { at: 5m, run_job: { node: NODE1, script: store-error-correction } }
  - { at: 20m, fail_store_process: NODE1 }
until: 2h
expect: [{ at: 2h, job: { node: NODE1, outcome: stopped, reason: ToolFailed } }]
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", false));
}

/// Each job is ended by its limit when the next cycle is due, so that there is always one at work.
#[test]
fn a_schedule_without_a_pause_keeps_nothing_from_coming_to_rest() {
    let report = run(
        "
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 10m, schedule_job: { node: NODE1, first: 11m, every: 1m, limit: 55s } }
until: 2h
",
        0,
    );
    assert!(failed(&report).is_empty(), "{:#?}", failed(&report));
}

/// Addresses fail with their network, whatever works on the stores meanwhile.
#[test]
fn an_address_that_fails_with_its_network_is_no_jobs_doing() {
    let report = run(
        "
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 1m, run_job: NODE1 }
  - { at: 10m, cut: { network: Public, node: NODE1 } }
until: 1h
",
        0,
    );
    assert!(failed(&report).is_empty(), "{:#?}", failed(&report));
}

/// Nobody noticed it, then or later: the disk stayed online with nothing on it, and the job waited.
#[test]
fn a_disk_that_dies_while_its_node_hangs_fails_when_the_node_goes_on() {
    let report = run_whole(
        "
about: the only node hangs for three minutes, and the disk of its server dies meanwhile
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 1m, run_job: NODE1 }
  - { at: 2m, hang: { node: NODE1, for: 3m } }
  - { at: 3m, fail_disk: EVS1 }
until: 10m
expect: [{ at: 10m, resource: EVS1 Disk, state: failed }]
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", false));
}

/// The schedule was still being written when the look beyond the end began.
#[test]
fn a_schedule_that_is_just_being_written_keeps_nothing_from_coming_to_rest() {
    let report = run(
        "
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 10m, schedule_check: { node: NODE1, first: 11m, every: 1m } }
until: 10m0.001s
",
        0,
    );
    assert!(failed(&report).is_empty(), "{:#?}", failed(&report));
}

/// The job on EVS2 lost its store with the disk; the next job of the node, on EVS1, was said to
/// begin before that one had ended.
#[test]
fn a_job_on_another_server_begins_after_one_whose_disk_died() {
    let report = run(
        "
product: { NODE1: { license: unlimited, designate: EVS2 } }
steps:
  - { at: 1m, move: { evs: EVS2, to: NODE1 } }
  - { at: 10m, run_job: { node: NODE1, script: store-error-correction } }
  - { at: 20m, fail_disk: EVS2 }
  - { at: 30m, designate: { node: NODE1, evs: EVS1 } }
  - { at: 40m, run_job: { node: NODE1, script: store-error-correction } }
until: 2h
expect: [{ at: 41m, node: NODE1, manages: EVS1 }, { at: 41m, job: { node: NODE1, outcome: running } }]
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", false));
}

/// The write of the lease never came to its end, and the job waited for it.
#[test]
fn a_write_ends_while_the_cluster_service_hangs() {
    let report = run(
        "
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 10m, run_job: { node: NODE1, script: offline-diagnostic-report } }
  - { at: 10m0.017s, hang_service: { node: NODE1, for: 10s } }
until: 2h
expect: [{ at: 2h, job: { node: NODE1, outcome: stopped, reason: ClusterUnknown } }]
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", false));
}

/// The check looked for the copy by the name that the server had got since.
#[test]
fn a_copy_that_was_reported_stays_so_when_its_server_is_renamed() {
    let report = run_whole(
        "
about: a job loses the other node, and its server is renamed later
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2007
  quorum: majority_with_witness
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, copies: replicated, stores: { SG1/Mailbox: 1GB, SG2/Archive: 1GB } }
product: { NODE1: { license: unlimited, designate: EVS1 } }
policy: { replication: suspend_and_reseed }
steps:
  - { at: 1m, run_job: NODE1 }
  - { at: 5m, crash: NODE2 }
  - { at: 2h, rename_evs: { evs: EVS1, to: MAIL1 } }
until: 3h
expect: [{ at: 3h, job: { node: NODE1, outcome: stopped, reason: ReplicaChanged } }]
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", false));
}

/// Its next owner mounted a store that the job had given back before the failover, though the
/// server does not mount that one by itself.
#[test]
fn a_store_that_was_given_back_before_the_failover_is_the_servers_matter() {
    let report = run_whole(
        "
about: a job has given one store back and works on the next when its node is lost
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: { size: 1MB, mounted: false }, SG1/Store0: 1GB } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
  NODE2: { license: unlimited, designate: EVS1 }
steps:
  - { at: 1m, mount: { evs: EVS1, store: SG1/Mailbox } }
  - { at: 10m, run_job: { node: NODE1, script: store-error-correction } }
  - { at: 11m, crash: NODE1 }
until: 1h
",
        0,
    );
    let text = report.text("inline", true);
    assert!(report.passed(), "{text}");
    assert!(text.contains("SG1/Mailbox mounted on NODE1"), "{text}");
    assert!(text.contains("NODE2 restored EVS1 after job 1 of NODE1"), "{text}");
    assert!(!text.contains("SG1/Mailbox mounted on NODE2"), "{text}");
}

/// A group whose store process had ended counted as mended when another resource came back, before
/// the Information Store was missed; its failure was then the job's.
#[test]
fn a_store_process_that_ended_is_no_failure_of_the_job() {
    let report = run(
        "
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 10m, run_job: NODE1 }
  - { at: 15m39.294s, fail_store_process: NODE1 }
  - { at: 15m39.308s, initiate_failure: Exchange SMTP Virtual Server Instance - (EVS1) }
until: 3h
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", true));
}

/// An agent that somebody took offline while the job wrote its lease was one that no job took.
#[test]
fn an_agent_comes_back_that_was_online_when_the_job_began() {
    let report = run_whole(
        "
about: somebody takes the agent offline when the job has just begun
cluster:
  name: MAILCLUSTER
  windows: 2000
  exchange: 2000
  nodes: [NODE1, NODE2]
  evs: { EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } } }
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 10m, run_job: { node: NODE1, script: mta-error-correction } }
  - { at: 10m0.015s, offline: { resource: Exchange Message Transfer Agent Instance - (EVS1) } }
until: 1h
expect: [{ at: 1h, job: { node: NODE1, outcome: completed } }]
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", true));
}

/// A service that goes on while its machine shuts down was one that could be asked.
#[test]
fn a_machine_that_shuts_down_shows_no_groups_when_its_service_goes_on() {
    let report = run(
        "
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 10m, hang_service: { node: NODE1, for: 5m } }
  - { at: 10m50s, shut_down: NODE1 }
  - { at: 10m50s, heal: {} }
until: 1h
",
        0,
    );
    assert!(report.passed(), "{}", report.text("inline", true));
}

/// A store of Exchange 2007 that hung counted as mended when the job had mounted another one.
#[test]
fn a_store_that_hangs_is_no_failure_of_the_job() {
    let report = run_whole(
        "
about: a store hangs while the job works on another, and fails when its turn comes
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2007
  nodes: [NODE1, NODE2]
  evs: { EVS1: { owner: NODE1, stores: { SG1/Mailbox: 3GB, SG1/Store0: 1MB } } }
product: { NODE1: { license: unlimited, designate: EVS1 } }
steps:
  - { at: 1m, run_job: { node: NODE1, script: offline-diagnostic-report } }
  - { at: 40m, hang_resource: { resource: SG1/Store0 (EVS1), for: 12m } }
until: 3h
",
        0,
    );
    let text = report.text("inline", true);
    assert!(text.contains("SG1/Store0 (EVS1) failed"), "{text}");
    assert!(report.passed(), "{text}");
}
