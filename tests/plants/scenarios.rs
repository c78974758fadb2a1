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

/// 1 GB: copying back begins at 29:03.072, and takes 144 s. The cancellation waits for it.
pub(crate) const CANCELLED_LATE: &str = "
about: A job is cancelled while its defragmentation copies its temporary file back, and another earlier.
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
  - { at: 10m, run_job: NODE1 }
  - { at: 30m, cancel_job: NODE1 }
  - { at: 40m, run_job: NODE1 }
  - { at: 50m, cancel_job: NODE1 }
until: 1h
";

/// NODE2 puts its own job back without a licence; NODE1 must not put back the one that NODE2 loses.
pub(crate) const UNLICENSED: &str = "
about: NODE2 loses its licence under a job, then itself under another; NODE1 has none.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE2, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { designate: EVS1 }
  NODE2: { license: unlimited, designate: EVS1 }
steps:
  - { at: 10m, run_job: NODE2 }
  - { at: 20m, revoke: NODE2 }
  - { at: 1h, license: NODE2 }
  - { at: 70m, run_job: NODE2 }
  - { at: 90m, crash: NODE2 }
until: 2h
";

/// One of two servers does not serve when it is named.
pub(crate) const NAMED_WHILE_DOWN: &str = "
about: The Information Store of EVS2 is offline when EVS2 is named; then EVS1 is.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
    EVS2: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { license: unlimited }
steps:
  - { at: 5m, offline: { resource: Exchange Information Store Instance - (EVS2) } }
  - { at: 10m, designate: { node: NODE1, evs: EVS2 } }
  - { at: 15m, designate: { node: NODE1, evs: EVS1 } }
until: 20m
";

/// A job of 34 minutes that has ten, once.
pub(crate) const SCHEDULED: &str = "
about: A scheduled job is ended at its runtime limit.
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
  - { at: 10m, schedule_job: { node: NODE1, first: 30m, limit: 10m } }
until: 2h
";

/// A database of Exchange 2007 stays dismounted, and NODE2 is lost; NODE1 has no product.
pub(crate) const LOST_WITH_A_DATABASE: &str = "
about: NODE2 fails under a job and does not come back, and the database that it took stays offline.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2007
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE2, stores: { SG1/Mailbox: 1GB } }
product:
  NODE2: { license: unlimited, designate: EVS1 }
steps:
  - { at: 10m, run_job: NODE2 }
  - { at: 15m, crash: NODE2 }
until: 30m
";

/// An administrator dismounts the store after the failover, before anybody may put it back.
pub(crate) const DISMOUNTED_SINCE: &str = "
about: NODE2 fails under a job, and an administrator dismounts the store on NODE1.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE2, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { designate: EVS1 }
  NODE2: { license: unlimited, designate: EVS1 }
steps:
  - { at: 10m, run_job: NODE2 }
  - { at: 15m, crash: NODE2 }
  - { at: 20m, dismount: { evs: EVS1, store: SG1/Mailbox } }
  - { at: 25m, license: NODE1 }
until: 30m
";

/// A job on a server that has two copies of its store.
pub(crate) const REPLICATED: &str = "
about: NODE1 runs a job on EVS1, whose store has a copy on NODE2.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2007
  nodes: [NODE1, NODE2]
  quorum: majority_with_witness
  evs:
    EVS1: { owner: NODE1, copies: replicated, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
policy: { replication: suspend_and_reseed }
steps:
  - { at: 10m, run_job: NODE1 }
until: 2h
";

/// A job checks the cluster's MTA.
pub(crate) const MTA: &str = "
about: A job checks the MTA of EVS1.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, preferred: [NODE1, NODE2], stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
steps:
  - { at: 10m, run_job: { node: NODE1, script: mta-error-correction } }
until: 20m
";
