//! What a unit of work promises.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use db::audit::{self, Deed};
use db::{Account, Asker, Fault, ServerKey, Settings, Store, Synchronous, Tenant, Work};
use kernel::id::UserId;
use kernel::{EventType, Id as _, IdSource, SystemKind};
use serde_json::json;

use crate::world::{Database, World, dying_after, number, run, stories};

stories! {
    both: [
        a_work_has_one_moment,
        a_reading_cannot_write,
        a_reading_is_a_snapshot,
        nobody_can_be_heard_before_the_commit,
        the_store_gives_a_sign_of_life,
        what_the_house_does_by_itself_lets_others_pass,
        work_abandoned_in_the_middle_of_a_statement_is_undone,
        work_that_is_committed_stays,
        work_that_is_not_committed_is_undone,
    ],
    sqlite: [
        thirty_two_writers_never_hear_that_sqlite_is_busy,
        what_sqlite_is_asked_to_keep,
    ],
    postgres: [
        what_may_lag_is_read_from_the_replica,
        whoever_gives_up_while_it_begins_leaves_nothing_behind,
    ],
}

const COUNT: &str = "SELECT count(*) FROM account_events";

fn operator() -> Asker {
    Asker::system(SystemKind::Operator)
}

async fn happen(work: &Work<Account>) {
    let user: UserId = work.mint();
    work.account_event(user, "session.created", json!({}))
        .await
        .unwrap();
}

async fn happened(store: &Store) -> i64 {
    let reading = store.read(Account, &operator()).await.unwrap();
    number(&reading, COUNT, []).await.unwrap()
}

async fn the_store_gives_a_sign_of_life(world: World) {
    world.store.ping().await.unwrap();
}

async fn what_the_house_does_by_itself_lets_others_pass(world: World) {
    let worker = Asker::system(SystemKind::Worker);
    let mut under_way = Vec::new();
    while let Ok(work) =
        tokio::time::timeout(Duration::from_millis(200), world.store.write(Account, &worker)).await
    {
        under_way.push(work.unwrap());
    }
    assert!(!under_way.is_empty());
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let comes = |asker: Asker, name: &'static str| {
        let (store, order) = (world.store.clone(), Arc::clone(&order));
        tokio::spawn(async move {
            let work = store.write(Account, &asker).await.unwrap();
            order.lock().unwrap().push(name);
            work.commit().await.unwrap();
        })
    };
    let house = comes(worker, "the house");
    tokio::time::sleep(Duration::from_millis(20)).await;
    let somebody = comes(Asker::anonymous(), "somebody");
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(under_way);
    house.await.unwrap();
    somebody.await.unwrap();
    assert_eq!(*order.lock().unwrap(), ["somebody", "the house"]);
}

async fn work_that_is_committed_stays(world: World) {
    let work = world.store.write(Account, &operator()).await.unwrap();
    happen(&work).await;
    assert_eq!(
        number(&work, COUNT, []).await.unwrap(),
        1,
        "a Work sees what it wrote"
    );
    assert_eq!(
        happened(&world.store).await,
        0,
        "nobody else does before the commit"
    );
    work.commit().await.unwrap();
    assert_eq!(happened(&world.store).await, 1);
}

async fn work_that_is_not_committed_is_undone(world: World) {
    let work = world.store.write(Account, &operator()).await.unwrap();
    happen(&work).await;
    drop(work);
    let work = world.store.write(Account, &operator()).await.unwrap();
    happen(&work).await;
    work.undo().await.unwrap();
    assert_eq!(happened(&world.store).await, 0);
}

/// A client that hangs up drops the request's future wherever it stands.
async fn work_abandoned_in_the_middle_of_a_statement_is_undone(world: World) {
    let slow = match world.database {
        Database::Postgres => "SELECT 1 FROM pg_sleep(0.3)",
        Database::Sqlite => {
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT max(i) FROM n"
        }
    };
    let work = world.store.write(Account, &operator()).await.unwrap();
    happen(&work).await;
    let abandoned = tokio::time::timeout(Duration::from_millis(20), run(&work, slow, [])).await;
    assert!(abandoned.is_err(), "it was to be abandoned in the middle");
    drop(work);
    assert_eq!(happened(&world.store).await, 0);
    let work = world.store.write(Account, &operator()).await.unwrap();
    happen(&work).await;
    work.commit().await.unwrap();
    assert_eq!(happened(&world.store).await, 1);
}

async fn a_reading_is_a_snapshot(world: World) {
    let reading = world.store.read(Account, &operator()).await.unwrap();
    assert_eq!(number(&reading, COUNT, []).await.unwrap(), 0);
    let work = world.store.write(Account, &operator()).await.unwrap();
    happen(&work).await;
    work.commit().await.unwrap();
    assert_eq!(number(&reading, COUNT, []).await.unwrap(), 0);
    assert_eq!(happened(&world.store).await, 1);
}

/// The replica of this story never catches up, so it is told apart.
async fn what_may_lag_is_read_from_the_replica(world: World) {
    let replica = World::new(Database::Postgres)
        .await
        .expect("there is one already");
    let settings = Settings {
        url: world.url().into(),
        replica_url: Some(replica.url().into()),
        connections: 2,
        replica_connections: 1,
        synchronous: Synchronous::Normal,
    };
    let (ids, key) = (
        Arc::new(IdSource::seeded(8)),
        ServerKey::new(b"the key of every story"),
    );
    let store = Store::connect(&settings, world.clock.clone(), ids, key)
        .await
        .unwrap();
    let work = store.write(Account, &operator()).await.unwrap();
    happen(&work).await;
    assert_eq!(
        number(&work, COUNT, []).await.unwrap(),
        1,
        "who writes reads what is true now"
    );
    work.commit().await.unwrap();
    assert_eq!(happened(&store).await, 1, "and so does who reads");
    let lagging = store.read_lagging(Account, &operator()).await.unwrap();
    assert_eq!(number(&lagging, COUNT, []).await.unwrap(), 0);
}

async fn a_reading_cannot_write(world: World) {
    let user = world.person("ana@example.com").await;
    let reading = world.store.read(Account, &operator()).await.unwrap();
    let written = run(
        &reading,
        "UPDATE users SET name = 'Eve' WHERE id = $1",
        [user.uuid().into()],
    )
    .await;
    assert!(matches!(written, Err(Fault::Other(_))), "{written:?}");
    drop(reading);
    // Readers are used again: none of them may have kept the right to write, or lost the right to read.
    for _ in 0..20 {
        let reading = world.store.read(Account, &operator()).await.unwrap();
        let eves = number(&reading, "SELECT count(*) FROM users WHERE name = 'Eve'", []).await;
        assert_eq!(eves.unwrap(), 0);
    }
}

async fn a_work_has_one_moment(world: World) {
    let work = world.store.write(Account, &operator()).await.unwrap();
    let before = work.now();
    let after = world.clock.advance(TimeDelta::hours(1));
    assert_eq!(work.now(), before);
    drop(work);
    let reading = world.store.read(Account, &operator()).await.unwrap();
    assert_eq!(reading.now(), after);
}

async fn nobody_can_be_heard_before_the_commit(world: World) {
    let ours = world.organization("aurora").await;
    let neighbour = world.organization("boreal").await;
    let listener = || {
        let mut listener = world.store.wake().listen();
        async move {
            tokio::time::timeout(Duration::from_millis(50), listener.heard(ours))
                .await
                .is_ok()
        }
    };
    let [too_early, not_ours, undone, heard] = [listener(), listener(), listener(), listener()];

    let work = world.store.write(Tenant(ours), &operator()).await.unwrap();
    deed(&work).await;
    assert!(!too_early.await, "nothing is true before the commit");
    work.undo().await.unwrap();
    assert!(!undone.await, "what is undone is not announced");

    let work = world.store.write(Tenant(neighbour), &operator()).await.unwrap();
    deed(&work).await;
    work.commit().await.unwrap();
    assert!(!not_ours.await, "the neighbour's news are not ours");

    let work = world.store.write(Tenant(ours), &operator()).await.unwrap();
    deed(&work).await;
    work.commit().await.unwrap();
    assert!(heard.await);
    let reading = world.store.read(Tenant(ours), &operator()).await.unwrap();
    assert_eq!(audit::count(&reading).await.unwrap(), 1);
}

async fn deed(work: &Work<Tenant>) {
    let deed = Deed {
        what: EventType::OrganizationUpdated,
        thing: work.organization().to_string(),
        version: 1,
        diff: json!({}),
    };
    work.audit(deed).await.unwrap();
}

async fn thirty_two_writers_never_hear_that_sqlite_is_busy(world: World) {
    const WRITERS: usize = 32;
    const EACH: usize = 50;
    // A second store on the same file is what a second process would be.
    let other: Arc<Store> = Arc::new(world.another_node(8, 4).await);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = if writer % 2 == 0 {
                world.store.clone()
            } else {
                Store::clone(&other)
            };
            tokio::spawn(async move {
                for _ in 0..EACH {
                    let work = store.write(Account, &operator()).await?;
                    // Reading first is what makes a deferred transaction fail.
                    number(&work, COUNT, []).await?;
                    let user: UserId = work.mint();
                    work.account_event(user, "session.created", json!({})).await?;
                    work.commit().await?;
                }
                Ok::<(), Fault>(())
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(
        happened(&world.store).await,
        i64::try_from(WRITERS * EACH).unwrap()
    );
}

async fn what_sqlite_is_asked_to_keep(world: World) {
    let work = world.store.write(Account, &operator()).await.unwrap();
    for (pragma, kept) in [("foreign_keys", 1), ("recursive_triggers", 1), ("query_only", 0)] {
        let found = number(&work, &format!("SELECT {pragma} FROM pragma_{pragma}"), []).await;
        assert_eq!(found.unwrap(), kept, "{pragma} of the writer");
    }
    let reading = world.store.read(Account, &operator()).await.unwrap();
    assert_eq!(
        number(&reading, "SELECT query_only FROM pragma_query_only", [])
            .await
            .unwrap(),
        1
    );
    let wal = number(
        &reading,
        "SELECT journal_mode = 'wal' FROM pragma_journal_mode",
        [],
    )
    .await;
    assert_eq!(wal.unwrap(), 1);
}

/// After how many waits at most whoever begins gives up: for a connection, for the server, and then some.
const WAITS: usize = 8;

/// Whoever is not who they are by default, or sees somebody's rows before anybody was named.
const LEFT_BEHIND: &str = "SELECT count(*) FROM (SELECT current_user AS role, coalesce(current_setting('app.user', true), '') AS somebody) it \
                           WHERE role <> 'horarium_app' OR somebody <> ''";

async fn whoever_gives_up_while_it_begins_leaves_nothing_behind(world: World) {
    let store = &world.store;
    let user = Asker {
        actor: kernel::Actor::User(store.ids().mint(store.now())),
        ..Asker::anonymous()
    };
    let mut given_up = 0;
    for waits in (0..WAITS).cycle().take(5 * WAITS) {
        given_up += usize::from(dying_after(waits, store.read(Account, &user)).await.is_none());
        given_up += usize::from(dying_after(waits, store.write(Account, &user)).await.is_none());
        given_up += usize::from(dying_after(waits, db::timer::claim(store, 1)).await.is_none());
        let one = store.read(Account, &Asker::anonymous()).await.unwrap();
        let other = store.write(Account, &Asker::anonymous()).await.unwrap();
        assert_eq!(number(&one, LEFT_BEHIND, []).await.unwrap(), 0, "{waits}");
        assert_eq!(number(&other, LEFT_BEHIND, []).await.unwrap(), 0, "{waits}");
    }
    assert!(given_up > 0, "nobody gave up");
}
