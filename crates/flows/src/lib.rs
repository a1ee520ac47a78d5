//! Verbs that change two domains in one unit of work.
//!
//! **Invariant:** a flow decides nothing that one of its domains could decide; it hands ids from one to the other.

mod book;

pub use book::{Refusal, book, book_series};
