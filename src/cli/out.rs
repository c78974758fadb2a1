//! stdout, which carries the result.
//!
//! A reader that has gone, such as a pager, has read enough: nothing more is printed, and the exit
//! code stays what it is. Any other failure to write ends evsim, for the result is lost.

use std::fmt::Display;
use std::io::{ErrorKind, Write as _};
use std::process;

use super::files::Failure;

pub(super) fn line(text: impl Display) {
    self::text(format_args!("{text}\n"));
}

pub(super) fn text(text: impl Display) {
    match write!(anstream::stdout(), "{text}") {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => {
            Failure::Io { action: "write", path: "stdout".into(), cause }.print();
            process::exit(2);
        }
        _ => {}
    }
}
