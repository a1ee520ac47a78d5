//! See Cargo.toml.

pub mod recurrence;
