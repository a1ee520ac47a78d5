//! Recurrence against known answers, against naive definitions and against another implementation.

mod cases;
mod naive;
mod other;
mod properties;
mod refusals;
mod rules;
mod words;
mod zones;
