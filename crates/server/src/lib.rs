//! The server's parts, for the binary `horarium` and for the tests.
//!
//! **Invariant:** the process's environment, its signals and its standard streams are met here and nowhere else.
//! To add a setting, see [`config`]; to add something that a process is made of, see [`wiring`].

pub mod background;
pub mod cli;
pub mod config;
pub mod demo;
pub mod http;
pub mod metrics;
pub mod page;
pub mod secret;
mod serve;
pub mod start;
pub mod telemetry;
pub mod wiring;

/// A request is many small pieces of memory that live as briefly as it does, and that is what this allocator is best at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
