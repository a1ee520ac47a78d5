//! Where the databases of the stories come from.
//!
//! Both kinds work alike: a template is migrated once per schema, named by the hash of everything that shapes it, and
//! cloned for every story, so a story never meets another's rows and pays some 50 ms instead of a migration.
//! [`cluster`] finds or starts a PostgreSQL, [`postgres`] and [`sqlite`] keep the templates.

pub(crate) mod cluster;
pub(crate) mod postgres;
pub(crate) mod sqlite;

use sha2::{Digest as _, Sha256};

/// Sixteen hexadecimal digits that stand for a text.
pub(crate) fn short_hash(text: &str) -> String {
    Sha256::digest(text.as_bytes())[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What the templates are named by: equal schemas share one.
pub(crate) fn schema_hash() -> String {
    short_hash(&migration::source())
}
