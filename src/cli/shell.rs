//! `evsim completions` and `evsim man`: what a shell and the manual need to know of the commands.

use clap::{Args, Command};
use clap_complete::Shell;

use super::files::{self, Failure};
use super::{Ended, out};

/// Print what a shell needs to complete evsim's commands
#[derive(Args)]
#[command(after_help = "\
Example: evsim completions bash > ~/.local/share/bash-completion/completions/evsim")]
pub(super) struct Completions {
    /// For which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Print a page of the manual
#[derive(Args)]
#[command(after_help = "Example: evsim man run | man -l -")]
pub(super) struct Manual {
    /// Of which command; none: of evsim
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

impl Completions {
    pub(super) fn perform(&self, mut evsim: Command) -> Result<Ended, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut evsim, "evsim", &mut script);
        out::text(String::from_utf8_lossy(&script));
        Ok(Ended::Well)
    }
}

impl Manual {
    pub(super) fn perform(&self, mut evsim: Command) -> Result<Ended, Failure> {
        // Building gives each command its whole name, as `evsim-run`.
        evsim.build();
        let page = match &self.command {
            None => evsim,
            Some(name) => match evsim.find_subcommand(name) {
                Some(command) => command.clone().version(env!("CARGO_PKG_VERSION")),
                None => {
                    let known = evsim.get_subcommands().map(Command::get_name);
                    return Err(files::unknown("command", name, known));
                }
            },
        };
        let mut roff = Vec::new();
        let failure =
            |cause| Failure::Io { action: "make the page", path: "evsim.1".into(), cause };
        clap_mangen::Man::new(page).render(&mut roff).map_err(failure)?;
        out::text(String::from_utf8_lossy(&roff));
        Ok(Ended::Well)
    }
}
