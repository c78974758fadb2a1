//! Stores, tools, records and the clock of a node: what the Cluster API does not offer, served by
//! the same cluster.

use super::boundary::{Output, Words};
use super::cluster;
use crate::backend::clusapi::host::{Answer, Question, Reading};
use crate::backend::{ActError, Backend};
use crate::model::{Action, ErrorCode, NodeName};
use crate::sim::SimBackend;

pub(super) fn answer(node: Words, question: &[u8], reply: Output) -> Result<u32, ErrorCode> {
    let node = node.read().ok_or(ErrorCode::ERROR_INVALID_PARAMETER)?;
    let node = NodeName::from(node.as_str());
    let question: Question =
        serde_json::from_slice(question).map_err(|_| ErrorCode::ERROR_INVALID_DATA)?;
    let mut backend = SimBackend::new(&cluster()?, &node)?;
    let answer = match question {
        Question::Local => {
            let local = backend.local();
            Answer::Local(Reading { now: local.now, changes: local.changes })
        }
        Question::Storage(place) => Answer::Storage(Box::new(backend.storage(&place)?)),
        // The code is the whole answer: one that did not fit would be asked for again.
        Question::Start(act) => {
            let action = Action { act: *act, requires: Vec::new() };
            return match backend.start(&action) {
                Ok(()) => Ok(0),
                Err(ActError::Failed(code)) => Err(code),
                // Nothing was required.
                Err(ActError::Unmet(_) | ActError::Doubtful(..)) => {
                    Err(ErrorCode::ERROR_INTERNAL_ERROR)
                }
            };
        }
    };
    let answer = serde_json::to_vec(&answer).map_err(|_| ErrorCode::ERROR_INTERNAL_ERROR)?;
    reply.put(&answer)?;
    Ok(0)
}
