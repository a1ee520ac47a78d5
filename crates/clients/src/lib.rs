//! Whom an organization serves.
//!
//! **Invariant:** a stranger's booking never changes a client who is there already: what was typed stays with the booking.
//! **Invariant:** an e-mail address is one person's; a telephone number may be a family's.

pub mod client;
pub mod error;
mod store;

pub use client::{
    Client, ClientChanged, ClientDraft, ClientEdit, ClientFilter, ClientStatus, Clients, Contact, Recognised,
    archive_client, clients, count_clients, create_client, find_clients, recognise, restore_client,
    update_client,
};
pub use error::Refusal;
