//! The binary `horarium`: the only place that reads the process's environment.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser;
use server::cli::Cli;

fn main() -> ExitCode {
    let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
    let env: BTreeMap<_, _> = std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .collect();
    server::start::run(Cli::parse(), &env)
}
