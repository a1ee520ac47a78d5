//! What the database says when it says no, in words that mean the same on both.
//!
//! SeaORM's own `sql_err()` knows unique and foreign-key violations only, so the classification is ours.

use kernel::{Code, Kind, Refuse};
use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::DatabaseError;

/// A failed statement. A named constraint is mapped to a refusal by the table that it guards; everything else is a fault.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A unique index refused. On both databases it is called `<table>_<columns without organization_id>_unique`.
    #[error("unique {0}")]
    Unique(String),
    /// A foreign key refused; SQLite does not say which.
    #[error("foreign key {}", .0.as_deref().unwrap_or("(SQLite does not say which)"))]
    ForeignKey(Option<String>),
    /// A CHECK refused.
    #[error("check {0}")]
    Check(String),
    /// An exclusion (PostgreSQL) or a guarding trigger (either) refused, by name.
    #[error("guard {0}")]
    Guard(String),
    /// Somebody else was faster and the database gave up on us: serialization, deadlock, lock or pool time-out.
    #[error("the database is busy")]
    Busy(#[source] DbErr),
    /// The database cannot be reached.
    #[error("the database is gone")]
    Gone(#[source] DbErr),
    /// A stored row is not what it should be.
    #[error("a stored row is corrupt: {0}")]
    Corrupt(String),
    /// Anything else.
    #[error(transparent)]
    Other(DbErr),
}

impl Fault {
    /// The name of the constraint that refused, if one did.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Unique(name) | Self::Check(name) | Self::Guard(name) => Some(name),
            Self::ForeignKey(name) => name.as_deref(),
            Self::Busy(_) | Self::Gone(_) | Self::Corrupt(_) | Self::Other(_) => None,
        }
    }

    /// Whether the same request may succeed in a moment.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Busy(_) | Self::Gone(_) => Kind::Unavailable,
            Self::Unique(_)
            | Self::ForeignKey(_)
            | Self::Check(_)
            | Self::Guard(_)
            | Self::Corrupt(_)
            | Self::Other(_) => Kind::Internal,
        }
    }
}

impl Refuse for Fault {
    fn kind(&self) -> Kind {
        Self::kind(self)
    }

    fn code(&self) -> Code {
        if Self::kind(self) == Kind::Unavailable {
            Code::Unavailable
        } else {
            Code::Internal
        }
    }
}

impl From<DbErr> for Fault {
    fn from(err: DbErr) -> Self {
        match classify(&err) {
            Some(fault) => fault(err),
            None => Self::Other(err),
        }
    }
}

type Classified = Box<dyn FnOnce(DbErr) -> Fault>;

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "SQLx has twenty kinds of error and reserves more; what is none of these is Other"
)]
fn classify(err: &DbErr) -> Option<Classified> {
    if matches!(err, DbErr::ConnectionAcquire(_)) {
        return Some(Box::new(Fault::Busy));
    }
    let (DbErr::Exec(inner) | DbErr::Query(inner) | DbErr::Conn(inner)) = err else {
        return None;
    };
    let RuntimeErr::SqlxError(inner) = inner else {
        return None;
    };
    match inner.as_ref() {
        sqlx::Error::Database(said) => by_code(said.as_ref()),
        sqlx::Error::PoolTimedOut => Some(Box::new(Fault::Busy)),
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) => {
            Some(Box::new(Fault::Gone))
        }
        _ => None,
    }
}

fn by_code(said: &dyn DatabaseError) -> Option<Classified> {
    let code = said.code()?.into_owned();
    let name = said.constraint().map(ToOwned::to_owned);
    let message = said.message().to_owned();
    if said
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .is_some()
    {
        postgres(&code, name)
    } else {
        sqlite(&code, &message)
    }
}

/// SQLSTATE codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn postgres(code: &str, name: Option<String>) -> Option<Classified> {
    let named = || name.clone().unwrap_or_default();
    match code {
        "23505" => Some(fixed(Fault::Unique(named()))),
        "23503" => Some(fixed(Fault::ForeignKey(name))),
        "23514" => Some(fixed(Fault::Check(named()))),
        "23P01" => Some(fixed(Fault::Guard(named()))),
        // A trigger of ours raises P0001 and puts the guard's name where a constraint's would be.
        "P0001" if name.is_some() => Some(fixed(Fault::Guard(named()))),
        // serialization failure, deadlock, lock not available, statement time-out, too many connections
        "40001" | "40P01" | "55P03" | "57014" | "53300" => Some(Box::new(Fault::Busy)),
        // admin shutdown, crash shutdown, cannot connect now, database dropped, idled away, connection failures
        "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25P03" | "08000" | "08003" | "08006" => {
            Some(Box::new(Fault::Gone))
        }
        _ => None,
    }
}

/// Extended result codes: <https://www.sqlite.org/rescode.html>.
fn sqlite(code: &str, message: &str) -> Option<Classified> {
    let after = |prefix: &str| message.split_once(prefix).map(|(_, rest)| rest.to_owned());
    match code {
        "2067" => Some(fixed(Fault::Unique(unique_name(
            &after("constraint failed: ").unwrap_or_default(),
        )))),
        // PRIMARY KEY (1555), ROWID (2579)
        "1555" | "2579" => Some(fixed(Fault::Unique(primary_name(
            &after("constraint failed: ").unwrap_or_default(),
        )))),
        "787" => Some(fixed(Fault::ForeignKey(None))),
        "275" => Some(fixed(Fault::Check(
            after("constraint failed: ").unwrap_or_default(),
        ))),
        // RAISE(ABORT, 'the guard's name') in a trigger
        "1811" => Some(fixed(Fault::Guard(message.to_owned()))),
        // BUSY (5), LOCKED (6), BUSY_RECOVERY (261), BUSY_SNAPSHOT (517), BUSY_TIMEOUT (773)
        "5" | "6" | "261" | "517" | "773" => Some(Box::new(Fault::Busy)),
        // CANTOPEN: the file or its folder is not there
        "14" => Some(Box::new(Fault::Gone)),
        _ => None,
    }
}

/// Turns SQLite's `memberships.organization_id, memberships.user_id` into `memberships_user_id_unique`,
/// which is what the index is called on PostgreSQL.
fn unique_name(columns: &str) -> String {
    let columns: Vec<(&str, &str)> = columns.split(", ").filter_map(|it| it.split_once('.')).collect();
    let Some((table, _)) = columns.first() else {
        return String::new();
    };
    let telling: Vec<&str> = columns
        .iter()
        .map(|(_, column)| *column)
        .filter(|column| *column != "organization_id")
        .collect();
    format!("{table}_{}_unique", telling.join("_"))
}

/// Turns SQLite's `memberships.organization_id, memberships.id` into `memberships_pkey`.
fn primary_name(columns: &str) -> String {
    let table = columns.split_once('.').map_or(columns, |(table, _)| table);
    format!("{table}_pkey")
}

fn fixed(fault: Fault) -> Classified {
    Box::new(|_| fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_columns_become_the_name_postgres_says() {
        let told = [
            ("users.email", "users_email_unique"),
            (
                "memberships.organization_id, memberships.user_id",
                "memberships_user_id_unique",
            ),
        ];
        for (columns, name) in told {
            assert_eq!(unique_name(columns), name);
        }
        assert_eq!(
            primary_name("memberships.organization_id, memberships.id"),
            "memberships_pkey"
        );
    }
}
