//! The server's parts, for the binary `horarium` and for the tests.

pub mod config;
