//! Entities equal migrations, on both databases: every column, its type, whether it may be missing, and every key.

use std::collections::BTreeSet;

use sea_orm::{ConnectOptions, ConnectionTrait, DbBackend, EntityRegistry, Schema, Statement};
// Entities are found wherever they are linked.
use {clients as _, db as _, messaging as _, scheduling as _, tenancy as _};

use crate::world::{Database, World, stories};

stories! { both: [a_column_that_only_one_side_changed_is_found, entities_equal_migrations] }

/// The crates with entities.
const CRATES: &[&str] = &["clients", "db", "messaging", "scheduling", "tenancy"];

/// The migrator's own table has no entity.
const UNCLAIMED: &str = "seaql_migrations";

async fn entities_equal_migrations(world: World) {
    let (migrated, believed) = both(&world).await;
    assert_eq!(drift(&migrated, &believed), [] as [String; 0]);
    let claimed = tables(&believed);
    let unclaimed: Vec<&str> = tables(&migrated).difference(&claimed).copied().collect();
    assert_eq!(unclaimed, [UNCLAIMED], "every table has an entity");
}

async fn a_column_that_only_one_side_changed_is_found(world: World) {
    for change in [
        "ALTER TABLE audit_log RENAME COLUMN ip TO address",
        "ALTER TABLE rate_buckets DROP COLUMN used",
        "ALTER TABLE rate_buckets ADD COLUMN used text",
    ] {
        world.admin_sql(change).await;
    }
    let (migrated, believed) = both(&world).await;
    let found = drift(&migrated, &believed);
    let expected = [
        "entities: audit_log.ip text NULL",
        "entities: rate_buckets.used number",
        "migrations: audit_log.address text NULL",
        "migrations: rate_buckets.used text NULL",
    ];
    let number = match world.database {
        Database::Postgres => "bigint",
        Database::Sqlite => "integer",
    };
    assert_eq!(found, expected.map(|it| it.replace("number", number)));
}

/// What the migrations made, and what the entities would make.
async fn both(world: &World) -> (BTreeSet<String>, BTreeSet<String>) {
    let owner_url = world.owner_url();
    let migrated = facts(&connect(&owner_url).await).await;
    let believing = match world.database {
        Database::Postgres => connect(&owner_url).await,
        Database::Sqlite => connect("sqlite::memory:").await,
    };
    if world.database == Database::Postgres {
        believing
            .execute_unprepared("CREATE SCHEMA believed")
            .await
            .unwrap();
        believing
            .execute_unprepared("SET search_path = believed")
            .await
            .unwrap();
    }
    for krate in CRATES {
        let schema = Schema::new(believing.get_database_backend());
        EntityRegistry::build_schema(schema, krate)
            .apply(&believing)
            .await
            .unwrap();
    }
    (migrated, facts(&believing).await)
}

/// What only one side says of the tables that both have.
fn drift(migrated: &BTreeSet<String>, believed: &BTreeSet<String>) -> Vec<String> {
    let (here, there) = (tables(migrated), tables(believed));
    let shared = |fact: &&String| here.contains(table(fact)) && there.contains(table(fact));
    let only_believed = believed
        .difference(migrated)
        .filter(shared)
        .map(|it| format!("entities: {it}"));
    let only_migrated = migrated
        .difference(believed)
        .filter(shared)
        .map(|it| format!("migrations: {it}"));
    only_believed.chain(only_migrated).collect()
}

fn table(fact: &str) -> &str {
    fact.split(['.', ' ']).next().unwrap_or(fact)
}

fn tables(facts: &BTreeSet<String>) -> BTreeSet<&str> {
    facts.iter().map(|it| table(it)).collect()
}

async fn connect(url: &str) -> impl ConnectionTrait + use<> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await.unwrap()
}

/// `table.column type NULL`, and `table key (columns)`, of the schema that a connection looks at. A number of SQLite has no
/// width, whatever its column says.
async fn facts(db: &impl ConnectionTrait) -> BTreeSet<String> {
    const SQLITE: &str = "
        SELECT t.name || '.' || c.name || ' ' || replace(lower(c.type), 'bigint', 'integer') || CASE c.\"notnull\" WHEN 1 THEN '' ELSE ' NULL' END
        FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
        UNION ALL
        SELECT t.name || ' key (' || (SELECT group_concat(name, ', ') FROM
            (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk)) || ')'
        FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
    const POSTGRES: &str = "
        SELECT table_name || '.' || column_name || ' ' || data_type
            || CASE is_nullable WHEN 'YES' THEN ' NULL' ELSE '' END
        FROM information_schema.columns WHERE table_schema = current_schema()
        UNION ALL
        SELECT conrelid::regclass || ' key (' || (SELECT string_agg(attname, ', ' ORDER BY nth)
            FROM unnest(conkey) WITH ORDINALITY keys (attnum, nth)
            JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = keys.attnum) || ')'
        FROM pg_constraint WHERE contype = 'p' AND connamespace = current_schema()::regnamespace";
    let backend = db.get_database_backend();
    let sql = if backend == DbBackend::Postgres {
        POSTGRES
    } else {
        SQLITE
    };
    let rows = db
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}
