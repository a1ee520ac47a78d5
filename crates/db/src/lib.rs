//! The only way to the database.
//!
//! A [`Store`] opens a [`Reading`] (a snapshot) or a [`Work`] (a transaction that may write). Either carries its scope
//! ([`Tenant`] or [`Account`]), who is asking, and one `now`. Verbs take `&Work`, never commit; whoever opened it commits.
//!
//! **Invariant:** `sea_orm`'s connection types do not leave this crate; domains see a [`Reading::db`] to run queries on.
//! **Invariant:** what differs between SQLite and PostgreSQL is in [`dialect`] or in `migration`.

pub mod account;
pub mod audit;
pub mod dialect;
pub mod fault;
pub mod idempotency;
pub mod journal;
pub mod lock;
pub mod paging;
pub mod rate;
mod rows;
pub mod secret;
pub mod store;
pub mod timer;
pub mod wake;
pub mod work;

pub use fault::Fault;
pub use rows::rows;
pub use secret::{Digest, ServerKey, Token};
pub use store::{Settings, Store, Synchronous};
pub use work::{Account, Asker, Reading, Scope, Tenant, Work};
