//! The executable: a shim over [`evsim::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    evsim::cli::main()
}
