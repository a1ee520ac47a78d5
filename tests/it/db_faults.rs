//! Every way in which a database says no, provoked, and the one word that both have for it.

use std::time::Duration;

use db::{Account, Asker, Fault, Reading, Scope, Tenant, Work};
use kernel::id::{OrganizationId, UserId};
use kernel::{Id as _, Kind, SystemKind};
use sea_orm::{ConnectOptions, ConnectionTrait as _};

use crate::world::{Database, World, number, open, run, stories};

stories! {
    both: [
        a_check_is_told_by_name,
        a_database_that_is_not_there_is_gone,
        a_foreign_key_is_told,
        a_guard_that_keeps_two_rows_apart_is_told_by_name,
        a_primary_key_is_told_by_name,
        a_second_row_is_told_by_the_name_of_the_index,
    ],
    sqlite: [a_file_that_somebody_else_writes_is_busy, a_snapshot_that_is_too_old_to_write_is_busy],
    postgres: [
        a_connection_that_was_cut_is_gone,
        a_connection_that_idled_away_is_gone,
        a_deadlock_is_busy,
        a_lock_that_is_not_given_in_time_is_busy,
        a_serialization_failure_is_busy,
        a_statement_that_takes_too_long_is_busy,
    ],
}

fn operator() -> Asker {
    Asker::system(SystemKind::Operator)
}

async fn account(world: &World) -> Work<Account> {
    world.store.write(Account, &operator()).await.unwrap()
}

/// Renames an organization, or does so again: what two writers fight over.
async fn touch<S: Scope>(reading: &Reading<S>, id: OrganizationId) -> Result<u64, Fault> {
    run(
        reading,
        "UPDATE organizations SET version = version + 1 WHERE id = $1",
        [id.uuid().into()],
    )
    .await
}

async fn a_second_row_is_told_by_the_name_of_the_index(world: World) {
    let ours = world.organization("aurora").await;
    let [ana, bia] = [
        world.person("ana@example.com").await,
        world.person("bia@example.com").await,
    ];
    let work = account(&world).await;
    let same = "UPDATE users SET email = 'ana@example.com' WHERE id = $1";
    let twice = run(&work, same, [bia.uuid().into()]).await;
    assert!(
        matches!(&twice, Err(Fault::Unique(name)) if name == "users_email_unique"),
        "{twice:?}"
    );
    work.undo().await.unwrap();

    // The organization is part of every key of a tenant's table, and of no name.
    let work = world.store.write(Tenant(ours), &operator()).await.unwrap();
    let member = |id: UserId| {
        let row = "INSERT INTO memberships (organization_id, id, user_id, role, version, created_at, updated_at) \
                   VALUES ($1, $2, $3, 'OWNER', 1, $4, $4)";
        let work = &work;
        async move {
            run(
                work,
                row,
                [
                    ours.uuid().into(),
                    id.uuid().into(),
                    ana.uuid().into(),
                    work.now().into(),
                ],
            )
            .await
        }
    };
    member(ana).await.unwrap();
    let twice = member(bia).await;
    assert!(
        matches!(&twice, Err(Fault::Unique(name)) if name == "memberships_user_id_unique"),
        "{twice:?}"
    );
    assert_eq!(
        twice.unwrap_err().kind(),
        Kind::Internal,
        "a table that expects it says more"
    );
}

async fn a_primary_key_is_told_by_name(world: World) {
    let ours = world.organization("aurora").await;
    let work = account(&world).await;
    let copy = "INSERT INTO organizations (id, slug, name, timezone, locale, currency, branding, settings, version, \
                created_at, updated_at) SELECT id, 'copy', name, timezone, locale, currency, branding, settings, \
                version, created_at, updated_at FROM organizations WHERE id = $1";
    let twice = run(&work, copy, [ours.uuid().into()]).await;
    assert_eq!(twice.unwrap_err().constraint(), Some("organizations_pkey"));
}

async fn a_foreign_key_is_told(world: World) {
    let [ours, nobodys] = [7, 8].map(sea_orm::prelude::Uuid::from_u128);
    let work = account(&world).await;
    let orphan =
        "INSERT INTO credentials (digest, kind, organization_id, subject_id) VALUES ('d', 'API_KEY', $1, $2)";
    let orphan = run(&work, orphan, [nobodys.into(), ours.into()])
        .await
        .unwrap_err();
    assert!(matches!(orphan, Fault::ForeignKey(_)), "{orphan:?}");
    let name = match world.database {
        Database::Postgres => Some("credentials_organization_fkey"),
        Database::Sqlite => None,
    };
    assert_eq!(orphan.constraint(), name);
}

async fn a_check_is_told_by_name(world: World) {
    let ours = world.organization("aurora").await;
    let work = account(&world).await;
    let odd =
        "INSERT INTO credentials (digest, kind, organization_id, subject_id) VALUES ('d', 'ODD', $1, $1)";
    let odd = run(&work, odd, [ours.uuid().into()]).await;
    assert!(
        matches!(&odd, Err(Fault::Check(name)) if name == "credentials_kind_check"),
        "{odd:?}"
    );
}

/// What keeps two people out of one chair: an exclusion on one database, a trigger on the other.
async fn a_guard_that_keeps_two_rows_apart_is_told_by_name(world: World) {
    let made: &[&str] = match world.database {
        Database::Postgres => &[
            "CREATE TABLE chairs (during int4range, CONSTRAINT chairs_excludes EXCLUDE USING gist (during WITH &&))",
            "GRANT INSERT ON chairs TO horarium_app",
        ],
        Database::Sqlite => &[
            "CREATE TABLE chairs (during text)",
            "CREATE TRIGGER chairs_excludes BEFORE INSERT ON chairs WHEN EXISTS (SELECT 1 FROM chairs) \
             BEGIN SELECT RAISE(ABORT, 'chairs_excludes'); END",
        ],
    };
    for sql in made {
        world.admin_sql(sql).await;
    }
    let work = account(&world).await;
    run(&work, "INSERT INTO chairs VALUES ('[1,3)')", [])
        .await
        .unwrap();
    let taken = run(&work, "INSERT INTO chairs VALUES ('[2,4)')", []).await;
    assert!(
        matches!(&taken, Err(Fault::Guard(name)) if name == "chairs_excludes"),
        "{taken:?}"
    );
}

async fn a_database_that_is_not_there_is_gone(world: World) {
    let nowhere = match world.database {
        Database::Postgres => "postgres://horarium@%2Fnowhere%2Fat%2Fall/horarium",
        Database::Sqlite => "sqlite:///nowhere/at/all/horarium.sqlite",
    };
    let gone = open(nowhere, &world.clock, (8, 1)).await.map(drop).unwrap_err();
    assert!(matches!(gone, Fault::Gone(_)), "{gone:?}");
    assert_eq!(gone.kind(), Kind::Unavailable);
}

/// A connection that waits for nobody, as another program might open.
async fn stranger(world: &World) -> impl sea_orm::TransactionTrait + sea_orm::ConnectionTrait {
    let mut options = ConnectOptions::new(world.url());
    options
        .max_connections(1)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|it| it.busy_timeout(Duration::ZERO));
    sea_orm::Database::connect(options).await.unwrap()
}

async fn a_file_that_somebody_else_writes_is_busy(world: World) {
    let ours = world.organization("aurora").await;
    let stranger = stranger(&world).await;
    let work = account(&world).await;
    touch(&work, ours).await.unwrap();
    let refused = stranger
        .execute_unprepared("UPDATE organizations SET version = 1")
        .await;
    let refused = Fault::from(refused.map(drop).unwrap_err());
    assert!(matches!(refused, Fault::Busy(_)), "{refused:?}");
    assert_eq!(refused.kind(), Kind::Unavailable);
    work.commit().await.unwrap();
    stranger
        .execute_unprepared("UPDATE organizations SET version = 1")
        .await
        .unwrap();
}

async fn a_snapshot_that_is_too_old_to_write_is_busy(world: World) {
    let ours = world.organization("aurora").await;
    let stranger = stranger(&world).await;
    stranger.execute_unprepared("BEGIN").await.unwrap();
    stranger
        .query_all_raw(statement("SELECT count(*) FROM organizations"))
        .await
        .unwrap();
    let work = account(&world).await;
    touch(&work, ours).await.unwrap();
    work.commit().await.unwrap();
    let refused = stranger
        .execute_unprepared("UPDATE organizations SET version = 1")
        .await;
    let refused = Fault::from(refused.map(drop).unwrap_err());
    assert!(matches!(refused, Fault::Busy(_)), "{refused:?}");
}

fn statement(sql: &str) -> sea_orm::Statement {
    sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, sql)
}

async fn a_lock_that_is_not_given_in_time_is_busy(world: World) {
    let ours = world.organization("aurora").await;
    let [first, second] = [account(&world).await, account(&world).await];
    touch(&first, ours).await.unwrap();
    run(&second, "SET LOCAL lock_timeout = '50ms'", []).await.unwrap();
    let late = touch(&second, ours).await;
    assert!(matches!(late, Err(Fault::Busy(_))), "{late:?}");
}

async fn a_statement_that_takes_too_long_is_busy(world: World) {
    let work = account(&world).await;
    run(&work, "SET LOCAL statement_timeout = '50ms'", [])
        .await
        .unwrap();
    let late = run(&work, "SELECT 1 FROM pg_sleep(5)", []).await;
    assert!(matches!(late, Err(Fault::Busy(_))), "{late:?}");
}

async fn a_serialization_failure_is_busy(world: World) {
    let ours = world.organization("aurora").await;
    let [first, second] = [account(&world).await, account(&world).await];
    run(&second, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", [])
        .await
        .unwrap();
    number(&second, "SELECT count(*) FROM organizations", [])
        .await
        .unwrap();
    touch(&first, ours).await.unwrap();
    first.commit().await.unwrap();
    let late = touch(&second, ours).await;
    assert!(matches!(late, Err(Fault::Busy(_))), "{late:?}");
}

async fn a_deadlock_is_busy(world: World) {
    let [aurora, boreal] = [
        world.organization("aurora").await,
        world.organization("boreal").await,
    ];
    let [first, second] = [account(&world).await, account(&world).await];
    touch(&first, aurora).await.unwrap();
    touch(&second, boreal).await.unwrap();
    let (one, other) = tokio::join!(crosses(first, boreal), crosses(second, aurora));
    let victims: Vec<Fault> = [one, other].into_iter().filter_map(Result::err).collect();
    assert!(
        matches!(victims.as_slice(), [Fault::Busy(_)]),
        "one goes on, one gives way: {victims:?}"
    );
}

async fn crosses(work: Work<Account>, id: OrganizationId) -> Result<(), Fault> {
    touch(&work, id).await?;
    work.commit().await
}

async fn a_connection_that_was_cut_is_gone(world: World) {
    let ours = world.organization("aurora").await;
    let work = account(&world).await;
    touch(&work, ours).await.unwrap();
    let backend = number(&work, "SELECT pg_backend_pid()::bigint", [])
        .await
        .unwrap();
    world
        .admin_sql(&format!("SELECT pg_terminate_backend({backend})::text"))
        .await;
    let cut = touch(&work, ours).await;
    assert!(matches!(cut, Err(Fault::Gone(_))), "{cut:?}");
    let again = work.commit().await;
    assert!(matches!(again, Err(Fault::Gone(_))), "{again:?}");
    // The pool has others, and makes more.
    let work = account(&world).await;
    assert_eq!(
        number(&work, "SELECT version FROM organizations", [])
            .await
            .unwrap(),
        1
    );
}

async fn a_connection_that_idled_away_is_gone(world: World) {
    let ours = world.organization("aurora").await;
    let work = account(&world).await;
    run(
        &work,
        "SET LOCAL idle_in_transaction_session_timeout = '20ms'",
        [],
    )
    .await
    .unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let cut = touch(&work, ours).await;
    assert!(matches!(cut, Err(Fault::Gone(_))), "{cut:?}");
}
