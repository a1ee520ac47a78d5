//! Verbs that change two domains in one unit of work, and whoever keeps what was promised.
//!
//! **Invariant:** a flow decides nothing that one of its domains could decide; it hands ids from one to the other.

mod book;
mod client;
pub mod hearing;
pub mod promises;
mod provider;
pub mod tell;

pub use book::{Refusal, accept_offer, book, book_series, named, start_walk_in};
pub use client::{create_client, update_client};
pub use provider::{create_provider, update_provider};
