//! Pages of a long list: none twice, none lost, and the last as cheap as the first.

use std::collections::BTreeSet;
use std::sync::Mutex;

use chrono::TimeDelta;
use db::audit::{self, Deed, Entity};
use db::paging::{self, Asked, BadPage, COUNT_MAX, PAGE_MAX, Slice};
use db::{Asker, Reading, Tenant};
use kernel::id::{AuditId, OrganizationId};
use kernel::{EventType, Id as _, SystemKind};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, ExecResult, QueryFilter as _,
    QueryResult, Statement,
};
use serde_json::json;

use crate::world::{Database, World, stories};

stories! {
    both: [
        a_cursor_of_elsewhere_is_refused,
        a_forged_moment_is_refused_before_the_database_sees_it,
        counting_stops_at_the_most_that_is_counted,
        every_page_is_found_through_the_index,
        every_row_is_met_once_forwards_and_backwards,
    ],
}

const ROWS: usize = 1_000;

fn operator() -> Asker {
    Asker::system(SystemKind::Operator)
}

/// Lines of two organizations in turns, ten to a moment.
async fn write_lines(world: &World, rows: usize) -> OrganizationId {
    let [ours, neighbour] = [
        world.organization("aurora").await,
        world.organization("boreal").await,
    ];
    for ten in 0..rows / 10 {
        for organization in [ours, neighbour] {
            let work = world
                .store
                .write(Tenant(organization), &operator())
                .await
                .unwrap();
            for line in 0..10 {
                let deed = Deed {
                    what: EventType::ServiceUpdated,
                    thing: format!("{ten}.{line}"),
                    version: 1,
                    diff: json!({}),
                };
                work.audit(deed).await.unwrap();
            }
            work.commit().await.unwrap();
        }
        world.clock.advance(TimeDelta::microseconds(1));
    }
    ours
}

fn first(size: i64, after: Option<String>) -> Asked {
    Asked {
        first: Some(size),
        after,
        ..Asked::default()
    }
}

fn last(size: i64, before: Option<String>) -> Asked {
    Asked {
        last: Some(size),
        before,
        ..Asked::default()
    }
}

async fn page(reading: &Reading<Tenant>, asked: &Asked) -> Slice<audit::Line> {
    audit::page(reading, &asked.page::<Entity>().unwrap())
        .await
        .unwrap()
}

/// Every page from one end to the other; each must say truly whether there is more.
async fn walk(reading: &Reading<Tenant>, size: i64, forwards: bool) -> Vec<AuditId> {
    let mut asked = if forwards {
        first(size, None)
    } else {
        last(size, None)
    };
    let mut met = Vec::new();
    loop {
        let slice = page(reading, &asked).await;
        let begun = !met.is_empty();
        let mut ids: Vec<AuditId> = slice.rows.iter().map(|(_, line)| line.id).collect();
        if forwards {
            assert_eq!(slice.has_previous, begun);
            met.append(&mut ids);
            asked.after = slice.rows.last().map(|(cursor, _)| cursor.to_string());
        } else {
            assert_eq!(slice.has_next, begun);
            met.extend(ids.into_iter().rev());
            asked.before = slice.rows.first().map(|(cursor, _)| cursor.to_string());
        }
        let more = if forwards {
            slice.has_next
        } else {
            slice.has_previous
        };
        if !more {
            return met;
        }
        assert_eq!(
            slice.rows.len(),
            usize::try_from(size).unwrap(),
            "a page with more behind it is full"
        );
    }
}

async fn every_row_is_met_once_forwards_and_backwards(world: World) {
    let ours = write_lines(&world, ROWS).await;
    let reading = world.store.read(Tenant(ours), &operator()).await.unwrap();
    // One, an odd one, one that divides the rows, one that does not, one less than the most, and the most.
    for size in [1, 7, 50, 64, i64::from(PAGE_MAX) - 1, i64::from(PAGE_MAX)] {
        let forwards = walk(&reading, size, true).await;
        assert_eq!(forwards.len(), ROWS, "pages of {size}");
        assert_eq!(
            forwards.iter().collect::<BTreeSet<_>>().len(),
            ROWS,
            "pages of {size}"
        );
        let mut backwards = walk(&reading, size, false).await;
        backwards.reverse();
        assert_eq!(forwards, backwards, "pages of {size}");
    }
    assert_eq!(audit::count(&reading).await.unwrap(), 1_000);
}

/// A cursor's text, as somebody who has read the source would write it.
fn forge(json: &str) -> String {
    json.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// What a reader of the source might send instead of a cursor, and what is wrong with it.
fn forgeries(genuine: &str) -> Vec<(&'static str, String)> {
    let plain = |version: u8, list: &str, key: &str| forge(&format!(r#"[{version},"{list}",[{key}]]"#));
    let (at, id) = (
        r#"{"t":"2026-03-02T09:00:00Z"}"#,
        r#"{"u":"01890a5d-ac96-774b-bcce-b302099a8057"}"#,
    );
    let key = format!("{at},{id}");
    let well_formed = first(50, Some(plain(1, "audit_log", &key)));
    assert!(
        well_formed.page::<Entity>().is_ok(),
        "each forgery differs from this in one thing"
    );
    vec![
        ("of another list", plain(1, "members", &key)),
        ("of an older version", plain(0, "audit_log", &key)),
        ("of a newer version", plain(2, "audit_log", &key)),
        ("with a part too few", plain(1, "audit_log", at)),
        (
            "with a part too many",
            plain(1, "audit_log", &format!("{key},{id}")),
        ),
        (
            "with its parts exchanged",
            plain(1, "audit_log", &format!("{id},{at}")),
        ),
        (
            "with a part of another type",
            plain(1, "audit_log", &format!(r#"{{"s":"x"}},{id}"#)),
        ),
        ("cut", genuine[..genuine.len() - 1].to_owned()),
        ("cut by a byte", genuine[..genuine.len() - 2].to_owned()),
        ("with something behind it", format!("{genuine}00")),
        ("that is no text at all", "ÿ".repeat(40)),
        ("of nothing", String::new()),
        ("beyond any length", "20".repeat(100_000)),
        ("with deep brackets", forge(&"[".repeat(1_000))),
    ]
}

async fn a_cursor_of_elsewhere_is_refused(world: World) {
    let ours = write_lines(&world, 10).await;
    let reading = world.store.read(Tenant(ours), &operator()).await.unwrap();
    let genuine = page(&reading, &Asked::default()).await.rows[4].0.to_string();
    for (what, cursor) in forgeries(&genuine) {
        let after = first(50, Some(cursor.clone())).page::<Entity>();
        assert_eq!(after, Err(BadPage::Cursor("after")), "a cursor {what}");
        let before = last(50, Some(cursor)).page::<Entity>();
        assert_eq!(before, Err(BadPage::Cursor("before")), "a cursor {what}");
    }
}

async fn a_forged_moment_is_refused_before_the_database_sees_it(world: World) {
    let ours = write_lines(&world, 10).await;
    let reading = world.store.read(Tenant(ours), &operator()).await.unwrap();
    let id = r#"{"u":"01890a5d-ac96-774b-bcce-b302099a8057"}"#;
    for moment in [
        "-262143-01-01T00:00:00Z",
        "+262142-12-31T23:59:59Z",
        "-0001-01-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
    ] {
        let cursor = forge(&format!(r#"[1,"audit_log",[{{"t":"{moment}"}},{id}]]"#));
        let asked = first(50, Some(cursor));
        assert_eq!(asked.page::<Entity>(), Err(BadPage::Cursor("after")), "{moment}");
    }
    for (moment, met) in [("0000-01-01T00:00:00Z", 10), ("9999-12-31T23:59:59.999999Z", 0)] {
        let cursor = forge(&format!(r#"[1,"audit_log",[{{"t":"{moment}"}},{id}]]"#));
        let asked = first(50, Some(cursor));
        assert_eq!(page(&reading, &asked).await.rows.len(), met, "{moment}");
    }
}

/// Lines enough that a planner would rather use an index, written by the owner at once.
async fn write_many(world: &World, rows: u64) -> OrganizationId {
    let ours = world.organization("aurora").await;
    let uuid = ours.uuid().simple();
    let columns = "organization_id, id, actor_kind, action, entity, entity_id, diff, at";
    let rest = "'SYSTEM', 'line.written', 'line', '1', '{}'";
    let sql = match world.database {
        Database::Postgres => format!(
            "INSERT INTO audit_log ({columns}) SELECT '{uuid}'::uuid, gen_random_uuid(), {rest}, \
             '2026-01-01T00:00:00Z'::timestamptz + i / 10 * interval '1 second' FROM generate_series(1, {rows}) i"
        ),
        Database::Sqlite => format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
             INSERT INTO audit_log ({columns}) SELECT x'{uuid}', randomblob(16), {rest}, \
             strftime('%Y-%m-%dT%H:%M:%S+00:00', 1767225600 + i / 10, 'unixepoch') FROM n"
        ),
    };
    world.admin_sql(&sql).await;
    world.admin_sql("ANALYZE").await;
    ours
}

async fn counting_stops_at_the_most_that_is_counted(world: World) {
    let ours = write_many(&world, COUNT_MAX + 1).await;
    let reading = world.store.read(Tenant(ours), &operator()).await.unwrap();
    assert_eq!(audit::count(&reading).await.unwrap(), COUNT_MAX);
}

/// Passes queries on, and remembers them.
struct Eavesdropper<'a, C> {
    db: &'a C,
    heard: Mutex<Vec<Statement>>,
}

#[async_trait::async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Eavesdropper<'_, C> {
    fn get_database_backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.db.execute_raw(statement).await
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.execute_unprepared(sql).await
    }
    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.heard.lock().unwrap().push(statement.clone());
        self.db.query_one_raw(statement).await
    }
    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.heard.lock().unwrap().push(statement.clone());
        self.db.query_all_raw(statement).await
    }
}

/// How the database means to find a page, as the application asks for it.
async fn plan(world: &World, reading: &Reading<Tenant>, asked: &Asked) -> String {
    let eavesdropper = Eavesdropper {
        db: reading.db(),
        heard: Mutex::default(),
    };
    let mine = Entity::find().filter(audit::Column::OrganizationId.eq(reading.organization()));
    paging::slice(&eavesdropper, mine, &asked.page::<Entity>().unwrap())
        .await
        .unwrap();
    let mut asked = eavesdropper.heard.into_inner().unwrap().remove(0);
    let (explain, column) = match world.database {
        Database::Postgres => ("EXPLAIN", "QUERY PLAN"),
        Database::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
    };
    asked.sql = format!("{explain} {}", asked.sql);
    let rows = reading.db().query_all_raw(asked).await.unwrap();
    let lines = rows.iter().map(|row| row.try_get::<String>("", column).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

async fn every_page_is_found_through_the_index(world: World) {
    let ours = write_many(&world, 20_000).await;
    let reading = world.store.read(Tenant(ours), &operator()).await.unwrap();
    let near = page(&reading, &first(100, None)).await.rows[99].0.to_string();
    let far = page(&reading, &last(2, None)).await.rows[0].0.to_string();
    for asked in [
        first(50, None),
        first(50, Some(near.clone())),
        first(50, Some(far.clone())),
        last(50, None),
        last(50, Some(far)),
        last(50, Some(near)),
    ] {
        let plan = plan(&world, &reading, &asked).await;
        let (found, sorted) = match world.database {
            Database::Postgres => ("audit_log_list_index", "Sort"),
            Database::Sqlite => (
                "USING INDEX audit_log_list_index (organization_id=?",
                "TEMP B-TREE",
            ),
        };
        assert!(
            plan.contains(found) && !plan.contains(sorted),
            "{asked:?}\n{plan}"
        );
        // The place is looked up, too: reading past everything before it would cost more with every page.
        let placed = asked.after.is_some() || asked.before.is_some();
        let sought = match world.database {
            Database::Postgres => plan
                .lines()
                .any(|it| it.contains("Index Cond") && it.contains("ROW(")),
            Database::Sqlite => plan.contains("(at,id)"),
        };
        assert_eq!(sought, placed, "{asked:?}\n{plan}");
    }
}
