//! The engine against expected answers, against a naive oracle, and against itself.

#[path = "../../examples/solve/slots.rs"]
mod solve;

mod against_oracle;
mod cases;
mod dice;
mod naive_rule;
mod oracle;
mod properties;
mod stories;
mod world;
