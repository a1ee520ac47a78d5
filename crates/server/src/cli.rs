//! The command line.

use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand};

/// A booking backend: one GraphQL API over SQLite or PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "horarium", version, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do; `serve` when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Migrate where it may, serve the API and do the background work, in one process
    Serve(Listen),
    /// Do the background work alone; answers /healthz, /readyz and /metrics
    Worker(Listen),
    /// Bring the database to this program's version
    Migrate,
    /// Print the GraphQL schema
    Schema,
    /// Look over a live system and say what is wrong with it
    Doctor,
    /// Create a demo organization, and serve
    Demo(Demo),
    /// List every setting, what it is for and what holds now
    Config,
}

/// Where to listen.
#[derive(Debug, Default, Args)]
pub struct Listen {
    /// Address and port, in place of `HORARIUM_LISTEN`
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
}

/// How the demo introduces itself.
#[derive(Debug, Args)]
pub struct Demo {
    /// Where to listen.
    #[command(flatten)]
    pub listen: Listen,
    /// Print one line of JSON once it serves, for scripts
    #[arg(long)]
    pub json: bool,
}

impl Cli {
    /// The command, `serve` when none was named.
    #[must_use]
    pub fn command(self) -> Command {
        self.command.unwrap_or(Command::Serve(Listen::default()))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        <Cli as CommandFactory>::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_serves() {
        assert!(matches!(
            Cli::parse_from(["horarium"]).command(),
            Command::Serve(_)
        ));
    }

    #[test]
    fn an_address_on_the_command_line_is_checked_there() {
        let cli = Cli::parse_from(["horarium", "demo", "--json", "--listen", "127.0.0.1:0"]);
        let Command::Demo(demo) = cli.command() else {
            panic!("not a demo")
        };
        assert!(demo.json && demo.listen.listen.is_some_and(|at| at.port() == 0));
        assert!(Cli::try_parse_from(["horarium", "serve", "--listen", "4000"]).is_err());
    }
}
