//! What an organization tells others: webhooks, mail, notices.
//!
//! **Invariant:** nothing here talks to anybody. What is to be told is a row; flows reads it, closes its snapshot, has an
//! adapter carry it, and writes down what came of it.

pub mod error;
pub mod keeping;
pub mod mail;
pub mod notification;
mod store;
pub mod webhook;

pub use error::Refusal;
