//! What statements a request runs: the server's own log says so, with every value.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

use crate::Outcome;

/// How long a snapshot may take to be closed after its answer was sent.
const AFTERWARDS: Duration = Duration::from_millis(150);

/// What every line of the log begins with here: which connection wrote it.
const PREFIX: &str = "bench:";

/// Tables of those who keep promises.
const KEPT: [&str; 3] = ["\"journal_marks\"", "\"deliveries\"", "\"webhook_deliveries\""];

/// One statement with the values that it was run with, as literals; `None` is NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) sql: String,
    pub(crate) values: Vec<Option<String>>,
}

/// Somebody who listens at a PostgreSQL that was started for this run.
pub(crate) struct Listener<'a, C> {
    db: &'a C,
}

impl<'a, C: ConnectionTrait> Listener<'a, C> {
    /// Begins to listen: until [`Listener::end`], every statement is in the log.
    pub(crate) async fn begin(db: &'a C) -> Outcome<Self> {
        db.execute_unprepared(&format!("ALTER SYSTEM SET log_line_prefix = '{PREFIX}%p:'"))
            .await?;
        db.execute_unprepared("ALTER SYSTEM SET log_statement = 'all'")
            .await?;
        reload(db).await?;
        Ok(Self { db })
    }

    /// Where the log ends now.
    pub(crate) async fn mark(&self) -> Outcome<i64> {
        let sql = "SELECT size FROM pg_stat_file('server.log')";
        let row = self.db.query_one_raw(statement(sql)).await?;
        Ok(row.ok_or("a log without a size")?.try_get_by_index(0)?)
    }

    /// The statements about one organization since then, in order, without those that begin and end transactions.
    pub(crate) async fn since(&self, mark: i64, organization: &str) -> Outcome<Vec<Heard>> {
        tokio::time::sleep(AFTERWARDS).await;
        let sql = format!("SELECT pg_read_file('server.log', {mark}, 100000000)");
        let row = self.db.query_one_raw(statement(&sql)).await?;
        let text: String = row.ok_or("no log")?.try_get_by_index(0)?;
        Ok(read(&text, organization))
    }

    /// Ends it.
    pub(crate) async fn end(self) -> Outcome<()> {
        self.db
            .execute_unprepared("ALTER SYSTEM RESET log_statement")
            .await?;
        reload(self.db).await
    }
}

async fn reload(db: &impl ConnectionTrait) -> Outcome<()> {
    db.execute_unprepared("SELECT pg_reload_conf()").await?;
    // Every connection reads it before its next statement, if it has been told by then.
    tokio::time::sleep(Duration::from_millis(300)).await;
    Ok(())
}

fn statement(sql: &str) -> Statement {
    Statement::from_string(DatabaseBackend::Postgres, sql)
}

/// Transactions of several connections, told apart; those of other organizations are left out, and what follows from a request
/// after its answer.
fn read(log: &str, organization: &str) -> Vec<Heard> {
    let mut open: BTreeMap<&str, Vec<(usize, Heard)>> = BTreeMap::new();
    let mut kept: Vec<(usize, Heard)> = Vec::new();
    let mut close = |of: Vec<(usize, Heard)>| {
        if of
            .iter()
            .any(|(_, it)| it.is_announcement() && it.mentions(organization))
            && !of.iter().any(|(_, it)| it.is_of_a_keeper())
        {
            kept.extend(of.into_iter().filter(|(_, it)| !it.is_announcement()));
        }
    };
    for (at, (connection, line)) in lines(log).enumerate() {
        if let Some(values) = line.strip_prefix("DETAIL:  parameters: ") {
            if let Some((_, last)) = open.get_mut(connection).and_then(|it| it.last_mut()) {
                last.values = parameters(values);
            }
            continue;
        }
        let Some(sql) = sql(line) else { continue };
        let said = open.entry(connection).or_default();
        let word = sql.split([' ', ';']).next();
        if matches!(word, Some("BEGIN" | "COMMIT" | "ROLLBACK")) {
            close(std::mem::take(said));
        }
        // For whom a transaction is stands in the message that begins it.
        if !matches!(word, Some("COMMIT" | "ROLLBACK")) {
            let heard = Heard {
                sql: sql.to_owned(),
                values: Vec::new(),
            };
            said.push((at, heard));
        }
    }
    for (_, rest) in open {
        close(rest);
    }
    kept.sort_by_key(|(at, _)| *at);
    kept.into_iter().map(|(_, it)| it).collect()
}

impl Heard {
    /// Whether it only says for whom a transaction is, and of which kind it is.
    fn is_announcement(&self) -> bool {
        self.sql.starts_with("BEGIN") || self.sql.starts_with("SET ")
    }

    /// Whether whoever follows the journal or carries a letter asks: no request does.
    fn is_of_a_keeper(&self) -> bool {
        KEPT.iter().any(|it| self.sql.contains(it))
    }

    fn mentions(&self, what: &str) -> bool {
        self.sql.contains(what) || self.values.iter().flatten().any(|it| it == what)
    }
}

/// The connection and the text of every line; a text may itself have several.
fn lines(log: &str) -> impl Iterator<Item = (&str, &str)> {
    let entries = log.split(PREFIX).filter_map(|it| it.split_once(':'));
    entries.map(|(connection, text)| (connection, text.trim_end()))
}

fn sql(line: &str) -> Option<&str> {
    let said = line.strip_prefix("LOG:  ")?;
    if let Some(sql) = said.strip_prefix("statement: ") {
        return Some(sql);
    }
    said.strip_prefix("execute ")?
        .split_once(": ")
        .map(|(_, sql)| sql)
}

/// `$1 = 'text', $2 = NULL`, with quotes in the text doubled.
fn parameters(mut text: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    while let Some((_, rest)) = text.split_once(" = ") {
        let Some(quoted) = rest.strip_prefix('\'') else {
            values.push(None);
            text = rest.strip_prefix("NULL").unwrap_or_default();
            continue;
        };
        let mut value = String::new();
        let mut left = quoted;
        while let Some((before, after)) = left.split_once('\'') {
            value.push_str(before);
            left = after;
            match after.strip_prefix('\'') {
                Some(more) => {
                    value.push('\'');
                    left = more;
                }
                None => break,
            }
        }
        values.push(Some(value));
        text = left;
    }
    values
}
