//! The engine against expected answers, against a naive oracle, and against itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../../examples/solve/slots.rs"]
mod solve;

mod against_oracle;
mod cases;
mod dice;
mod naive_rule;
mod oracle;
mod properties;
mod stories;
mod team_stories;
mod wall_clock;
mod world;
