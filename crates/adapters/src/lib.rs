//! The outside world, behind traits that the domains declare.
//!
//! An adapter speaks somebody else's protocol and decides nothing about Horarium. To add one: a folder here,
//! a trait in the domain that needs it, a line in the server's wiring.

pub mod letters;
pub mod mail;
pub mod oidc;
pub mod outbound;
