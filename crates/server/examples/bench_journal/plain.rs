//! The rows of one event as plain inserts: what a journal would be if a position could be counted by whoever writes.

use db::{Tenant, Work};
use kernel::Id as _;
use kernel::id::{AuditId, EventId};
use sea_orm::{ConnectionTrait as _, DatabaseBackend, Statement, Value};

use crate::Outcome;
use crate::pgbench::Script;

/// Rows of one caller in one round at most: the next round counts on from there.
pub(crate) const ROUND_MAX: i64 = 1_000_000;

/// What one event says that another does not.
pub(crate) struct Row {
    pub(crate) thing: String,
    pub(crate) version: i64,
    pub(crate) diff: serde_json::Value,
    pub(crate) position: i64,
}

/// What stands in the places of the values.
struct Places<'a> {
    organization: &'a str,
    line: &'a str,
    event: &'a str,
    thing: &'a str,
    version: &'a str,
    diff: &'a str,
    at: &'a str,
    position: &'a str,
}

/// Parameters, in the order of [`values`].
const BOUND: Places<'static> = Places {
    organization: "$1",
    line: "$2",
    event: "$3",
    thing: "$4",
    version: "$5",
    diff: "$6",
    at: "$7",
    position: "$8",
};

impl Places<'_> {
    fn line(&self) -> String {
        let Self {
            organization,
            line,
            thing,
            diff,
            at,
            ..
        } = self;
        format!(
            "INSERT INTO audit_log (organization_id, id, actor_kind, actor_id, action, entity, entity_id, diff, ip, at) \
             VALUES ({organization}, {line}, 'SYSTEM', 'operator', 'resource.updated', 'resource', {thing}, {diff}, NULL, {at})"
        )
    }

    fn event(&self) -> String {
        let Self {
            organization,
            event,
            thing,
            version,
            diff,
            at,
            position,
            ..
        } = self;
        format!(
            "INSERT INTO events (organization_id, id, position, type, aggregate_id, aggregate_version, payload, actor_kind, \
             actor_id, occurred_at) VALUES ({organization}, {event}, {position}, 'resource.updated', {thing}, {version}, \
             {diff}, 'SYSTEM', 'operator', {at})"
        )
    }

    /// Both in one statement, as the product sends them to PostgreSQL.
    fn together(&self) -> String {
        format!("WITH line AS ({}) {}", self.line(), self.event())
    }
}

fn values(work: &Work<Tenant>, row: Row) -> [Value; 8] {
    [
        work.organization().uuid().into(),
        work.mint::<AuditId>().uuid().into(),
        work.mint::<EventId>().uuid().into(),
        row.thing.into(),
        row.version.into(),
        row.diff.into(),
        work.now().into(),
        row.position.into(),
    ]
}

/// Inserts them: PostgreSQL in one statement, SQLite in two, as the product does.
pub(crate) async fn insert(work: &Work<Tenant>, row: Row) -> Outcome<()> {
    let backend = work.db().get_database_backend();
    let values = values(work, row);
    let texts = if backend == DatabaseBackend::Postgres {
        vec![BOUND.together()]
    } else {
        vec![BOUND.line(), BOUND.event()]
    };
    for text in texts {
        let statement = Statement::from_sql_and_values(backend, text, values.clone());
        work.db().execute_raw(statement).await?;
    }
    Ok(())
}

/// The same transaction for `pgbench`, by the number of the client and of the transaction.
pub(crate) fn script(tenant: Tenant, clients: u32) -> Script {
    let id =
        |which: u32| format!("lpad(to_hex(:n::bigint * 16384 + :client_id * 256 + {which}), 32, '0')::uuid");
    let organization = tenant.0.uuid();
    let places = Places {
        organization: &format!("'{organization}'::uuid"),
        line: &id(1),
        event: &id(2),
        thing: "'res_' || lpad(:client_id::text, 26, '0')",
        version: ":n",
        diff: r#"'{"changed" : ["name"]}'::jsonb"#,
        at: "now()",
        position: &format!("(:n::bigint * {clients} + :client_id)"),
    };
    let text = format!(
        "\\set n :n + 1\nBEGIN;\nSET LOCAL \"app\".\"organization\" = '{organization}';\n{};\nCOMMIT;\n",
        places.together()
    );
    Script { text, statements: 1 }
}
