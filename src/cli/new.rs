//! `evsim new`: a commented scenario of the asked shape, which passes as it is, to start from.
//!
//! What is possible is the reader's to say: what was written is read before it is shown.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedI64ValueParser;

use super::files::Failure;
use super::{Ended, out};
use crate::scenario;

/// Write a commented scenario of the asked shape, to start from
///
/// The first server's node crashes, and it is expected to be online elsewhere ten minutes later.
/// Change what happens, and what you expect.
#[derive(Args)]
#[command(after_help = "Example: evsim new --nodes 4 --evs 3 --exchange 2003 --spare 1 FILE.yaml")]
pub(super) struct New {
    /// The file to write, which must not be there yet; none: print it
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// How many nodes the cluster has
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = number(2..=8))]
    nodes: u8,

    /// How many Exchange Virtual Servers it has [default: one on every node that is not spare]
    #[arg(long, value_name = "N", value_parser = number(1..=8))]
    evs: Option<u8>,

    /// How many nodes have none at the start [default: the others, one at least]
    #[arg(long, value_name = "N", value_parser = number(0..=7))]
    spare: Option<u8>,

    /// The version of Exchange
    #[arg(long, default_value = "2003", value_name = "VERSION")]
    #[arg(value_parser = ["2000", "2003", "2007"])]
    exchange: String,

    /// The version of Windows [default: 2000 with Exchange 2000, else 2003]
    #[arg(long, value_name = "VERSION", value_parser = ["2000", "2003"])]
    windows: Option<String>,
}

fn number(range: RangeInclusive<i64>) -> RangedI64ValueParser<u8> {
    clap::value_parser!(u8).range(range)
}

impl New {
    pub(super) fn perform(&self) -> Result<Ended, Failure> {
        let servers = self.servers()?;
        let text = self.text(servers);
        let read = scenario::read(text.as_bytes(), "the new scenario");
        read.map_err(|wrong| Failure::Scenario(Box::new(wrong)))?;
        let Some(path) = &self.file else {
            out::text(text);
            return Ok(Ended::Well);
        };
        let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|cause| Failure::Io { action: "write", path: path.clone(), cause })?;
        Ok(Ended::Well)
    }

    /// How many servers there are, or why there cannot be so many.
    fn servers(&self) -> Result<u8, Failure> {
        let spare = self.spare.unwrap_or(1).min(self.nodes);
        let servers = self.evs.unwrap_or(self.nodes - spare);
        let asked = servers + self.spare.unwrap_or(0);
        if servers == 0 {
            return Err(Failure::Shape("no node is left for a server".to_owned()));
        }
        if asked > self.nodes {
            let told = format!(
                "{servers} servers and {} spare nodes take {asked} nodes, and there are {}",
                self.spare.unwrap_or(0),
                self.nodes
            );
            return Err(Failure::Shape(told));
        }
        if self.nodes > 2 && servers == self.nodes {
            let told = "with more than two nodes Exchange runs one server on a node: without a \
                        spare node a server whose node fails starts nowhere";
            return Err(Failure::Shape(told.to_owned()));
        }
        Ok(servers)
    }

    fn text(&self, servers: u8) -> String {
        let windows = self.windows.as_deref().unwrap_or(match self.exchange.as_str() {
            "2000" => "2000",
            _ => "2003",
        });
        let nodes: Vec<String> = (1..=self.nodes).map(|node| format!("NODE{node}")).collect();
        // The first server goes to the first spare node, or between two servers to the other node.
        let spare = nodes.get(usize::from(servers));
        let target = spare.unwrap_or(&nodes[1]);
        let mut text = format!(
            "# evsim check FILE says what is wrong with this file, evsim run FILE what happens.\n\
             # scenarios/README.md explains every key and verb.\n\
             about: >\n  NODE1 fails, and EVS1 fails over to {target}.\n\
             cluster:\n  name: MAILCLUSTER\n  windows: {windows}\n  exchange: {}\n  \
             nodes: [{}]\n  \
             # Each becomes the group that Exchange makes: address, name, disk, services.\n  \
             evs:\n",
            self.exchange,
            nodes.join(", ")
        );
        for server in 1..=servers {
            let owner = &nodes[usize::from(server) - 1];
            let next = spare.unwrap_or(&nodes[usize::from(server) % nodes.len()]);
            let _ = writeln!(
                text,
                "    EVS{server}:\n      owner: {owner}\n      \
                 # Where it goes when its node fails: the next of these that is up.\n      \
                 preferred: [{owner}, {next}]\n      \
                 stores: {{ SG1/Mailbox: {{ size: 2GB, mailboxes: 300 }} }}"
            );
        }
        text.push_str(
            "# Where the product was installed before, and what it was told to manage.\n",
        );
        text.push_str("product:\n");
        for (node, number) in nodes.iter().zip(1..) {
            let _ = match number <= servers {
                true => {
                    writeln!(text, "  {node}: {{ license: unlimited, designate: EVS{number} }}")
                }
                false => writeln!(text, "  {node}: {{ license: unlimited }}"),
            };
        }
        let _ = write!(
            text,
            "# What happens, in the order of time.\nsteps:\n  - {{ at: 10m, crash: NODE1 }}\n\
             until: 30m\n\
             # What must be true, after all else that happens at that moment.\nexpect:\n  \
             - {{ at: 9m, evs: EVS1, online_on: NODE1 }}\n  \
             - {{ at: 20m, evs: EVS1, online_on: {target} }}\n"
        );
        text.push_str(&match spare {
            Some(_) => format!(
                "  # It can be chosen there, and nothing manages it until somebody does.\n  \
                 - {{ at: 20m, node: {target}, choices: [EVS1], standing: Undesignated }}\n"
            ),
            None => format!(
                "  # It was designated on NODE1 only: there it is left alone.\n  \
                 - {{ at: 20m, node: {target}, manages: EVS2, ignores: [EVS1] }}\n"
            ),
        });
        text
    }
}
