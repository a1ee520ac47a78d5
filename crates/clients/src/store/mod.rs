//! Rows: one file per table. Nothing else in the crate speaks SQL.

pub(crate) mod client;
