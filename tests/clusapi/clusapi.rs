//! The simulated Cluster API as a library: `libclusapi.so`, and `clusapi.dll` for the real Windows
//! executable. Its functions are those of the namesake, and one more, `EvsimHost`, for stores,
//! tools, records and the clock.
//!
//! The environment says what cluster there is: `EVSIM_SCENARIO` names a scenario's file, `EVSIM_AT`
//! a moment of it (`15m`), the start where it is absent. The scenario has been run to there, with
//! the product on its nodes, and everything of that moment has happened. Time goes on only while
//! somebody waits in `GetClusterNotify`. `EVSIM_COMPUTER` names the node that the caller is on, for
//! calls without a name; where it is absent that is the scenario's first.
//!
//! Each thread has a cluster of its own, with its own handles and its own time: it reads the
//! environment at its first call. A program that opens the cluster in one thread and uses the
//! handle in another finds it invalid.
//!
//! Absent on purpose: any function's work, which is `simapi`'s, and any state beside the cluster.
#![allow(unsafe_code, reason = "C functions are exported, and take pointers")]
#![allow(non_snake_case, reason = "the functions bear the names of the Cluster API")]

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::panic::catch_unwind;
use std::{env, fs};

use evsim::backend::clusapi::functions::{CLUSTERVERSIONINFO, clusapi_functions};
use evsim::harness::{self, Run};
use evsim::model::{Span, Time};
use evsim::scenario;
use evsim::sim::SharedCluster;
use evsim::simapi::{self, World, exported};

/// A scenario that has come to some moment.
struct Staged {
    run: RefCell<Run<'static>>,
    cluster: SharedCluster,
    computer: Option<String>,
}

impl World for Staged {
    fn cluster(&self) -> SharedCluster {
        SharedCluster::clone(&self.cluster)
    }

    fn wait(&self, at_most: Span) {
        let mut run = self.run.borrow_mut();
        let end = self.cluster.borrow().now() + at_most;
        let next = run.next().map_or(end, |next| next.min(end));
        run.advance(next);
    }

    fn computer(&self) -> Option<String> {
        self.computer.clone()
    }
}

/// What the environment names.
fn staged() -> Result<Staged, String> {
    let path = env::var("EVSIM_SCENARIO").map_err(|why| format!("EVSIM_SCENARIO: {why}"))?;
    let text = fs::read(&path).map_err(|why| format!("{path}: {why}"))?;
    let scenario = scenario::read(&text, &path).map_err(|wrong| wrong.to_string())?;
    let at = match env::var("EVSIM_AT") {
        Ok(at) => at.parse::<Span>().map_err(|why| format!("EVSIM_AT={at}: {why}"))?,
        Err(_) => Span::ZERO,
    };
    // The thread's cluster lives as long as the thread, and nothing tells when that ends.
    let mut run = harness::start(Box::leak(Box::new(scenario)), 0, &harness::connect_directly);
    run.advance(Time::START + at);
    let cluster = SharedCluster::clone(run.cluster());
    Ok(Staged { run: RefCell::new(run), cluster, computer: env::var("EVSIM_COMPUTER").ok() })
}

thread_local! {
    static STAGED: Cell<bool> = const { Cell::new(false) };
}

/// At a thread's first call, the cluster. Where there is none the functions say that nobody
/// answers, as they would without a network; why is for whoever reads the error output.
fn stage() {
    if STAGED.replace(true) {
        return;
    }
    match catch_unwind(staged) {
        Ok(Ok(staged)) => simapi::provide(staged),
        Ok(Err(why)) => eprintln!("the simulated Cluster API has no cluster: {why}"),
        // The panic has said itself.
        Err(_) => {}
    }
}

macro_rules! export {
    ($($need:ident $name:ident($($arg:ident: $type:ty),* $(,)?) -> $ret:ty;)+) => {$(
        #[doc = concat!("`", stringify!($name), "`")]
        ///
        /// # Safety
        /// Pointers are as the documentation of the function asks.
        // SAFETY: nothing else in this library has the name.
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn $name($($arg: $type),*) -> $ret {
            stage();
            // SAFETY: the caller's promise is handed on.
            unsafe { exported::$name($($arg),*) }
        }
    )+};
}

clusapi_functions!(export);

/// What there is beyond the Cluster API; see [`exported::EvsimHost`].
///
/// # Safety
/// The name ends with NUL, and the buffers are of the sizes that are told.
// SAFETY: nothing else in this library has the name.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn EvsimHost(
    node: *const u16,
    question: *const u8,
    question_size: u32,
    answer: *mut u8,
    answer_size: *mut u32,
) -> u32 {
    stage();
    // SAFETY: the caller's promise is handed on.
    unsafe { exported::EvsimHost(node, question, question_size, answer, answer_size) }
}

/// Why the latest function of this thread failed; on Windows that is the system's to tell.
///
/// # Safety
/// There is nothing to promise.
// SAFETY: nothing else in this library has the name.
#[cfg(not(windows))]
#[unsafe(no_mangle)]
pub unsafe extern "system" fn GetLastError() -> u32 {
    // SAFETY: there is nothing to promise.
    unsafe { exported::GetLastError() }
}
