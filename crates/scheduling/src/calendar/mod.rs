//! When a service can be had: the facts about everybody who could give it, ready for the evaluator.
//!
//! **Invariant:** the list of slots, its explanation, a hold, a booking and a move all load a [`Board`] and ask it.
//! **Invariant:** loading takes a constant number of statements, whatever the number of candidates.

mod board;
mod cast;
mod day;
mod load;

pub use board::Board;
pub(crate) use day::of_one;

pub use cast::{CANDIDATES_MAX, Candidates, Cast, Giver};
