//! What can be booked, when it is free, and who is booked with whom.
//!
//! One file or folder per aggregate; the verbs in them take a [`db::Work`] and leave committing to whoever opened it.
//! A verb that writes answers with ids only, so that an idempotent replay can be answered from what was stored.
//!
//! **Invariant:** one evaluator decides what is free. The list of slots, its explanation, a hold, a booking and a move
//! all load a [`calendar::Board`] and ask it.
//! **Invariant:** locks are taken in one order: service, team, resources by id, booking, attendees, whoever waits. Whoever
//! changes hours, capacity, teams or services holds the same rows as whoever books them.

pub mod absence;
pub mod agenda;
pub mod answer;
pub mod attendee;
pub mod block;
pub mod booking;
pub mod calendar;
pub mod cancellation;
pub mod contact;
pub mod cover;
mod diary;
pub mod error;
pub mod fairness;
pub mod hold;
pub mod metadata;
mod needs;
pub mod occupancy;
pub mod overrides;
pub(crate) mod patch;
mod pick;
mod plan;
pub mod proof;
pub mod provider;
pub mod request;
pub mod resource;
pub mod routing;
pub mod rule;
pub mod series;
pub mod service;
pub mod slots;
mod store;
pub mod team;
pub mod token;
pub mod waitlist;
pub mod walk_in;
mod word;

pub use error::Refusal;
pub(crate) use kernel::folded;
pub use metadata::Metadata;
