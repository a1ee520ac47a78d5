//! Recurrence against known answers, against naive definitions and against another implementation.

mod cases;
mod zones;
