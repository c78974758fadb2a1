//! The scenarios that bugs are planted in, as small as they can be.

/// EVS2 fails over to NODE1, which then runs a job on EVS1.
pub(crate) const FAILOVER: &str = "
about: NODE2 fails and EVS2 fails over to NODE1, which runs a job on EVS1.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
    EVS2: { owner: NODE2, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
  NODE2: { license: unlimited, designate: EVS2 }
steps:
  - { at: 10m, crash: NODE2 }
  - { at: 20m, run_job: { node: NODE1, script: preventative-maintenance } }
until: 2h
";

/// The same, and it ends while EVS2 is still on its way.
pub(crate) const FAILOVER_BEGUN: &str = "
about: NODE2 fails and EVS2 begins to fail over to NODE1.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
    EVS2: { owner: NODE2, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
steps:
  - { at: 10m, crash: NODE2 }
until: 10m20s
";

/// Both nodes look after the one server; the one that owns it runs a job.
pub(crate) const BOTH_DESIGNATED: &str = "
about: Both nodes are designated for EVS1, and NODE1 owns it.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
  NODE2: { license: unlimited, designate: EVS1 }
steps:
  - { at: 10m, run_job: { node: NODE1, script: preventative-maintenance } }
until: 2h
";

/// One job on two stores, then the server is moved.
pub(crate) const TWO_STORES: &str = "
about: A job on two stores of EVS1, which is moved afterwards.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB, SG1/Public: 1GB } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
steps:
  - { at: 10m, run_job: { node: NODE1, script: preventative-maintenance } }
  - { at: 3h, move: { evs: EVS1, to: NODE2 } }
until: 4h
";

/// One of the two stores is not mounted, and is not to be.
pub(crate) const ONE_STORE_MOUNTED: &str = "
about: A job on two stores of EVS1, one of which is not mounted.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB, SG1/Public: { size: 1GB, mounted: false } } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
steps:
  - { at: 10m, run_job: { node: NODE1, script: preventative-maintenance } }
until: 4h
";

/// A job, the licence is given back, and the next job is skipped.
pub(crate) const REVOKED: &str = "
about: NODE1 runs a job and gives its licence back; its next job is skipped.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
steps:
  - { at: 10m, run_job: { node: NODE1, script: preventative-maintenance } }
  - { at: 1h, revoke: NODE1 }
  - { at: 2h, run_job: { node: NODE1, script: preventative-maintenance } }
until: 3h
";

/// A licence for one run, and two jobs.
pub(crate) const SINGLE_SHOT: &str = "
about: The licence of NODE1 pays for one job; the second is skipped.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { license: single_shot, designate: EVS1 }
steps:
  - { at: 10m, run_job: { node: NODE1, script: preventative-maintenance } }
  - { at: 2h, run_job: { node: NODE1, script: preventative-maintenance } }
until: 3h
";

/// More mailboxes than are licensed, until the licence is upgraded.
pub(crate) const OVER_COUNT: &str = "
about: The licence of NODE1 is for fewer mailboxes than EVS1 holds until it is upgraded.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: { size: 1GB, mailboxes: 150 } } }
product:
  NODE1: { license: { run_limit: unlimited, mailboxes: 100 }, designate: EVS1 }
steps:
  - { at: 10m, run_job: { node: NODE1, script: preventative-maintenance } }
  - { at: 1h, license: { node: NODE1, mailboxes: 200 } }
  - { at: 2h, run_job: { node: NODE1, script: preventative-maintenance } }
until: 3h
";

/// The administrator designates the server before the job.
pub(crate) const DESIGNATED_LATE: &str = "
about: The administrator designates EVS1 on NODE1, and runs a job there.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { license: unlimited }
steps:
  - { at: 5m, designate: { node: NODE1, evs: EVS1 } }
  - { at: 10m, run_job: { node: NODE1, script: preventative-maintenance } }
until: 2h
";

/// 1 GB: the defragmentation begins at 23:27.072, and copies back from 29:03.072 on.
pub(crate) const TOOL_FAILS: &str = "
about: A defragmentation ends with an error while it copies its temporary file back.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
steps:
  - { at: 10m, run_job: { node: NODE1, script: preventative-maintenance } }
  - { at: 30m, fail_tool: { evs: EVS1, store: SG1/Mailbox } }
until: 2h
";

/// Five storage groups meet on NODE1, and the Information Store of EVS2 fails there.
pub(crate) const TOO_MANY_STORAGE_GROUPS: &str = "
about: NODE2 fails, and NODE1 cannot carry the storage groups of both servers.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/A: 1GB, SG2/A: 1GB, SG3/A: 1GB } }
    EVS2: { owner: NODE2, stores: { SG1/A: 1GB, SG2/A: 1GB } }
steps:
  - { at: 10m, crash: NODE2 }
until: 12m
";

/// EVS2 is moved to a node that has a server, and fails there, then to one of another version.
pub(crate) const NOT_ALLOWED: &str = "
about: EVS1 is moved to where EVS2 runs, and to a node of another version; it runs on neither.
cluster:
  name: MAILCLUSTER
  windows: 2000
  exchange: 2000
  nodes: { NODE1: {}, NODE2: {}, NODE3: { exchange: 2003 } }
  evs:
    EVS1: { owner: NODE1, preferred: [NODE1, NODE2, NODE3] }
    EVS2: { owner: NODE2, preferred: [NODE2] }
steps:
  - { at: 10m, move: { evs: EVS1, to: NODE2 } }
until: 20m
";
