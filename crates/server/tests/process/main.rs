//! The real binary, from its command line to its end: as an operator, a script and a power cut meet it.
//!
//! **Invariant:** nothing here reaches into the process. It is started, asked over its socket, told by signals, and its
//! files are looked at when it is gone.

#![expect(clippy::unwrap_used, reason = "a story that is surprised has failed")]

#[path = "../../../../tests/it/harness/cluster.rs"]
mod cluster;
mod commands;
mod ends;
mod horarium;
mod kills;
mod logins;
mod readme;
