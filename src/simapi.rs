//! The simulated Cluster API: a simulated cluster behind the functions that `clusapi.dll` has, with
//! their conventions of handles, names, buffers and errors. In the same process it fills the table
//! of the live backend; [`exported`] has the functions that a library would export.
//!
//! The functions have no context. They find their cluster in a thread-local, and the node that is
//! asked through the handle: whoever opens the cluster by a node's name sees what that node sees,
//! and acts as it; whoever opens it by its own name acts as an administrator.
//!
//! Absent on purpose: any rule of the cluster, and any pointer: `boundary.rs` alone has those.

mod boundary;
mod control;
mod functions;
mod host;
mod object;
mod port;
mod settings;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::backend::clusapi::functions::Table;
use crate::model::{ErrorCode, Span};
use crate::sim::SharedCluster;

pub use boundary::exported;
use object::Object;

/// What the functions are about: a cluster, and how its time goes on.
pub trait World {
    /// The cluster.
    fn cluster(&self) -> SharedCluster;

    /// Somebody waits for a change: time goes on, for so long at most, or to the next event.
    fn wait(&self, at_most: Span);

    /// The name of the computer that the caller is on.
    fn computer(&self) -> Option<String> {
        None
    }
}

/// A cluster whose time somebody else moves on.
struct Still(SharedCluster);

impl World for Still {
    fn cluster(&self) -> SharedCluster {
        SharedCluster::clone(&self.0)
    }

    fn wait(&self, _: Span) {}
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is answered.
    Answered,
    /// It fails with this error, and does nothing.
    Fails(ErrorCode),
    /// It is carried out, and its reply is lost: the caller sees this error.
    Lost(ErrorCode),
    /// Every buffer is too short for it, whatever its size.
    Short,
}

type Hook = Rc<RefCell<dyn FnMut(&'static str, u64, &SharedCluster) -> Fate>>;

/// Everything that one thread's functions share.
#[derive(Default)]
struct Desk {
    world: Option<Rc<dyn World>>,
    /// What each handle stands for.
    objects: BTreeMap<isize, Object>,
    /// The latest handle. None is used twice: a closed one stays invalid.
    handed_out: isize,
    hook: Option<Hook>,
    calls: u64,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
    static LAST_ERROR: Cell<u32> = const { Cell::new(0) };
    static SHORT: Cell<bool> = const { Cell::new(false) };
}

/// The cluster that this thread's functions are about from now on; its time is moved on elsewhere.
pub fn attach(cluster: &SharedCluster) {
    provide(Still(SharedCluster::clone(cluster)));
}

/// What this thread's functions are about from now on.
pub fn provide(world: impl World + 'static) {
    DESK.with_borrow_mut(|desk| desk.world = Some(Rc::new(world)));
}

/// Decides from now on what becomes of each call: it is given the function's name, the number of
/// the call and the cluster, which may go on meanwhile.
pub fn before_each_call(hook: impl FnMut(&'static str, u64, &SharedCluster) -> Fate + 'static) {
    DESK.with_borrow_mut(|desk| {
        desk.hook = Some(Rc::new(RefCell::new(hook)));
        desk.calls = 0;
    });
}

/// How many calls there were, and how many handles are open.
pub fn count() -> (u64, usize) {
    DESK.with_borrow(|desk| (desk.calls, desk.objects.len()))
}

/// Forgets the cluster and the hook; says how many calls there were and how many handles were still
/// open.
pub fn detach() -> (u64, usize) {
    let counts = count();
    DESK.take();
    counts
}

/// The table that the live backend uses in the same process.
pub fn table() -> Table {
    boundary::table()
}

/// Before the function does anything: the hook may let the cluster go on, or the call fail.
fn called(function: &'static str) -> Fate {
    let (hook, number) = DESK.with_borrow_mut(|desk| {
        desk.calls += 1;
        (desk.hook.clone(), desk.calls)
    });
    let Some(hook) = hook else { return Fate::Answered };
    // What it calls itself is answered.
    let Ok(mut hook) = hook.try_borrow_mut() else { return Fate::Answered };
    let fate = cluster().map_or(Fate::Answered, |cluster| hook(function, number, &cluster));
    SHORT.set(fate == Fate::Short);
    fate
}

/// The cluster, if there is one.
///
/// # Errors
/// `RPC_S_SERVER_UNAVAILABLE`.
fn cluster() -> Result<SharedCluster, ErrorCode> {
    let found = DESK.with_borrow(|desk| desk.world.as_ref().map(|world| world.cluster()));
    found.ok_or(ErrorCode::RPC_S_SERVER_UNAVAILABLE)
}

/// Lets time go on. What happens meanwhile may call these functions.
fn wait(at_most: Span) {
    let world = DESK.with_borrow(|desk| desk.world.clone());
    if let Some(world) = world {
        world.wait(at_most);
    }
}

fn computer() -> Option<String> {
    DESK.with_borrow(|desk| desk.world.as_ref().and_then(|world| world.computer()))
}
