//! Rows by the thousand, written past the API: the same words for both databases where they have the same.

use sea_orm::{ConnectionTrait, DatabaseBackend};

/// How a database says what many rows are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(pub(super) DatabaseBackend);

impl Words {
    /// Those of a database.
    pub(super) fn of(db: &impl ConnectionTrait) -> Self {
        Self(db.get_database_backend())
    }

    /// The numbers from 0 until before `count`, as a table `s` with a column `i`.
    pub(super) fn series(self, count: i64) -> String {
        if self.0 == DatabaseBackend::Postgres {
            format!("(SELECT generate_series(0, {count} - 1)::bigint AS i) s")
        } else {
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count}) SELECT i FROM n) s"
            )
        }
    }

    /// An id that a number stands for, among those of one kind.
    pub(super) fn id(self, kind: u8, number: &str) -> String {
        if self.0 == DatabaseBackend::Postgres {
            format!("('{kind:08x}' || lpad(to_hex(({number})::bigint), 24, '0'))::uuid")
        } else {
            format!("unhex(printf('%08x%024x', {kind}, {number}))")
        }
    }

    /// An instant so many seconds after 1970, without fractions.
    pub(super) fn instant(self, seconds: &str) -> String {
        if self.0 == DatabaseBackend::Postgres {
            format!("to_timestamp({seconds})")
        } else {
            format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', {seconds}, 'unixepoch')")
        }
    }

    /// The same on the wall in UTC.
    pub(super) fn local(self, seconds: &str) -> String {
        if self.0 == DatabaseBackend::Postgres {
            format!("to_timestamp({seconds})::timestamp")
        } else {
            format!("strftime('%Y-%m-%d %H:%M:%S', {seconds}, 'unixepoch')")
        }
    }
}
