//! How a database comes to this version.

use db::{Account, Asker};
use kernel::SystemKind;
use url::Url;

use crate::world::{Database, World, number, stories};

stories! {
    both: [
        four_migrations_at_once_are_one,
        migrating_again_changes_nothing,
        what_is_pending_is_told_before_and_not_after,
    ],
    postgres: [an_owner_who_may_make_no_roles_migrates_where_they_are],
}

/// Everything that the database knows by a name.
async fn schema(world: &World) -> Vec<Vec<Option<String>>> {
    let sql = match world.database {
        Database::Postgres => {
            "SELECT relname::text, relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
        }
        Database::Sqlite => "SELECT name, sql FROM sqlite_schema ORDER BY 1",
    };
    world.admin_sql(sql).await
}

async fn migrating_again_changes_nothing(world: World) {
    let before = schema(&world).await;
    assert!(before.len() > 20, "{before:?}");
    migration::migrate(&world.owner_url(), &[]).await.unwrap();
    assert_eq!(schema(&world).await, before);
}

async fn what_is_pending_is_told_before_and_not_after(world: World) {
    let blank = world.blank().await;
    let pending = migration::pending(&blank.owner_url()).await.unwrap();
    assert_eq!(pending.first().map(String::as_str), Some("0001_tenancy"));
    migration::migrate(&blank.owner_url(), &[]).await.unwrap();
    assert_eq!(
        migration::pending(&blank.owner_url()).await.unwrap(),
        [] as [String; 0]
    );
    assert_eq!(schema(&blank).await, schema(&world).await);
}

/// Nodes that start together.
async fn four_migrations_at_once_are_one(world: World) {
    let blank = world.blank().await;
    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let url = blank.owner_url();
            tokio::spawn(async move { migration::migrate(&url, &[]).await })
        })
        .collect();
    for node in nodes {
        node.await.unwrap().unwrap();
    }
    assert_eq!(schema(&blank).await, schema(&world).await);
}

/// Where somebody else keeps the roles, the owner of a database needs no more than to own it.
async fn an_owner_who_may_make_no_roles_migrates_where_they_are(world: World) {
    let blank = world.blank().await;
    let make = "DO $$ BEGIN CREATE ROLE horarium_test_owner LOGIN PASSWORD 'owner'; \
                EXCEPTION WHEN duplicate_object THEN NULL; END $$";
    blank.admin_sql(make).await;
    let mut url = Url::parse(&blank.owner_url()).unwrap();
    let database = url.path().trim_start_matches('/').to_owned();
    blank
        .admin_sql(&format!("ALTER DATABASE {database} OWNER TO horarium_test_owner"))
        .await;
    url.set_username("horarium_test_owner").unwrap();
    url.set_password(Some("owner")).unwrap();
    for _ in 0..2 {
        migration::migrate(url.as_str(), &["horarium_test"])
            .await
            .unwrap();
    }
    let reading = blank
        .store
        .read(Account, &Asker::system(SystemKind::Operator))
        .await
        .unwrap();
    assert_eq!(
        number(&reading, "SELECT count(*) FROM users", []).await.unwrap(),
        0
    );
    assert_eq!(schema(&blank).await, schema(&world).await);
}
