//! The other side of the comparison for whatever ends in the database: `pgbench`, running the statements that a request
//! was seen to run.

mod listen;
mod run;
mod script;

pub(crate) use listen::{Heard, Listener};
pub(crate) use run::Pgbench;
pub(crate) use script::{Fresh, Script};
