//! Why a command could not do its work on a live cluster: what was tried, the cause, what to do.

use std::fmt;
use std::path::PathBuf;

use crate::backend::ActError;
use crate::backend::clusapi::LoadError;
use crate::backend::clusapi::machine::Unusable;
use crate::model::{ErrorCode, NodeName};
use crate::product::plan::Refusal;

/// Why a command could not do its work.
#[derive(Debug)]
pub enum Trouble {
    /// The Cluster API is not there.
    Library(LoadError),
    /// The settings cannot be read or understood: the file, and why.
    Settings(PathBuf, String),
    /// Nobody has said whose part is played.
    NoNode,
    /// The node's stores, tools and records cannot be reached.
    NoHost(NodeName, ErrorCode),
    /// The machine that is configured cannot be used.
    Machine(Unusable),
    /// The cluster does not answer.
    Cluster(NodeName, ErrorCode),
    /// What was asked for changes something, and nobody has allowed that.
    NotAllowed(&'static str),
    /// The product refuses the request; nothing was changed.
    Refused(Refusal),
    /// The request was granted, and what it takes was not done.
    NotDone(ActError),
    /// The node's record was to be written, and nobody sees that it is.
    NotWritten(NodeName),
    /// Nobody would hear of a signal to stop.
    Signals(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Library(error) => write!(f, "{error}"),
            Trouble::Settings(path, why) => {
                write!(f, "cannot use the settings in {}: {why}", path.display())
            }
            Trouble::NoNode => f.write_str(
                "no node is named; say whose part is played with --node, or with `node` in the \
                 settings",
            ),
            Trouble::NoHost(node, ErrorCode::ERROR_CALL_NOT_IMPLEMENTED) => write!(
                f,
                "nobody has said where the records of {node} lie and by which commands Exchange is \
                 reached; describe its `machine` in the settings"
            ),
            Trouble::NoHost(node, code) => write!(
                f,
                "stores and records of {node} cannot be reached: {code}; is it a node of this \
                 cluster?"
            ),
            Trouble::Machine(unusable) => write!(f, "the machine cannot be used: {unusable}"),
            Trouble::Cluster(node, code) => {
                write!(f, "the cluster cannot be asked through {node}: {code}")?;
                advice(*code).map_or(Ok(()), |advice| write!(f, "; {advice}"))
            }
            Trouble::NotAllowed(verb) => write!(
                f,
                "`live {verb}` changes something: look at `live plan` first, then add \
                 --allow-changes"
            ),
            Trouble::Refused(refusal) => write!(f, "refused, nothing was changed: {refusal}"),
            Trouble::NotDone(error) => write!(f, "the request was granted and {error}; ask again"),
            Trouble::NotWritten(node) => {
                write!(f, "the record of {node} is still being written; look at `live status`")
            }
            Trouble::Signals(why) => write!(f, "a signal to stop cannot be heard: {why}"),
        }
    }
}

impl std::error::Error for Trouble {}

/// What somebody can do about it.
pub(super) const fn advice(code: ErrorCode) -> Option<&'static str> {
    Some(match code {
        ErrorCode::ERROR_ACCESS_DENIED => {
            "run it as an account that has full control of the cluster"
        }
        ErrorCode::RPC_S_SERVER_UNAVAILABLE => {
            "is the node up, does its cluster service run, and does no firewall stand between?"
        }
        ErrorCode::ERROR_RETRY => "the cluster changed during every look; ask again",
        ErrorCode::ERROR_CALL_NOT_IMPLEMENTED => "the library lacks a function that this needs",
        _ => return None,
    })
}
