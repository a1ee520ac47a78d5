//! What the databases themselves say of the schema: keys that can be sharded, rows that are sealed, names that are ours.

use std::collections::BTreeSet;

use crate::world::{Database, World, stories};

stories! {
    both: [every_foreign_key_has_an_index, every_name_is_ours, every_table_is_known],
    sqlite: [both_databases_have_the_same_names],
    postgres: [
        a_tenants_keys_contain_the_organization,
        a_tenants_references_stay_in_the_organization,
        every_tenants_table_is_sealed,
        the_roles_may_work_with_rows_and_never_with_tables,
    ],
}

/// The tables that belong to no organization, and why. Every other table is a tenant's.
const GLOBAL: &[(&str, &str)] = &[
    ("organizations", "the organizations themselves"),
    ("users", "one person, many organizations"),
    ("identities", "a person's sign-in elsewhere"),
    ("sessions", "a person signs in before choosing an organization"),
    ("session_generations", "the tokens that a session had"),
    (
        "account_events",
        "what happens to an account outside any organization",
    ),
    ("one_time_codes", "sent to a person"),
    ("rate_buckets", "counted before anybody is known"),
    (
        "credentials",
        "how a credential finds its organization before that is known",
    ),
    ("seaql_migrations", "the migrator's own"),
];

fn global(table: &str) -> bool {
    GLOBAL.iter().any(|(it, _)| *it == table)
}

/// An index, a key, or a reference: whose it is, what it is called, over which columns.
#[derive(Debug)]
struct Named {
    table: String,
    name: String,
    columns: Vec<String>,
}

impl Named {
    fn from(row: Vec<Option<String>>) -> Self {
        let [table, name, columns] = row.try_into().expect("three columns");
        let columns = columns
            .expect("columns")
            .split(',')
            .map(ToOwned::to_owned)
            .collect();
        Self {
            table: table.expect("a table"),
            name: name.unwrap_or_default(),
            columns,
        }
    }
}

async fn named(world: &World, sqlite: &str, postgres: &str) -> Vec<Named> {
    let sql = match world.database {
        Database::Sqlite => sqlite,
        Database::Postgres => postgres,
    };
    world.admin_sql(sql).await.into_iter().map(Named::from).collect()
}

/// Every table with its columns in order.
async fn tables(world: &World) -> Vec<Named> {
    let sqlite = "SELECT t.name, NULL, group_concat(c.name, ',') FROM sqlite_schema t, pragma_table_info(t.name) c \
                  WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' GROUP BY t.name";
    let postgres = "SELECT table_name::text, NULL::text, string_agg(column_name, ',' ORDER BY ordinal_position) \
                    FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name";
    named(world, sqlite, postgres).await
}

/// Every index that covers all rows of its table, or, for `unique` ones, also those that cover some.
async fn indexes(world: &World, unique: bool) -> Vec<Named> {
    let (sqlite, postgres) = if unique {
        (
            "i.\"unique\" AND i.origin <> 'pk'",
            "(indisunique OR indisexclusion) AND NOT indisprimary",
        )
    } else {
        ("NOT i.partial", "indpred IS NULL")
    };
    let sqlite = format!(
        "SELECT t.name, i.name, (SELECT group_concat(coalesce(name, '?'), ',') FROM \
         (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) \
         FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table' AND {sqlite}"
    );
    let postgres = format!(
        "SELECT indrelid::regclass::text, indexrelid::regclass::text, (SELECT string_agg(coalesce(attname, '?'), ',' \
         ORDER BY nth) FROM unnest(indkey) WITH ORDINALITY keys (attnum, nth) LEFT JOIN pg_attribute a \
         ON a.attrelid = indrelid AND a.attnum = keys.attnum) FROM pg_index \
         JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace = 'public'::regnamespace AND {postgres}"
    );
    named(world, &sqlite, &postgres).await
}

/// Every foreign key: the name is the table that it points to.
async fn references(world: &World) -> Vec<Named> {
    let sqlite = "SELECT t.name, f.\"table\", group_concat(f.\"from\", ',') \
                  FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' GROUP BY t.name, f.id";
    let postgres = "SELECT conrelid::regclass::text, confrelid::regclass::text, (SELECT string_agg(attname, ',' \
                    ORDER BY nth) FROM unnest(conkey) WITH ORDINALITY keys (attnum, nth) JOIN pg_attribute a \
                    ON a.attrelid = conrelid AND a.attnum = keys.attnum) FROM pg_constraint WHERE contype = 'f'";
    named(world, sqlite, postgres).await
}

async fn every_table_is_known(world: World) {
    let tables = tables(&world).await;
    for (name, _) in GLOBAL {
        assert!(
            tables.iter().any(|it| it.table == *name),
            "{name} is global and is not there"
        );
    }
    for tenant in tables.iter().filter(|it| !global(&it.table)) {
        assert_eq!(
            tenant.columns[..2],
            ["organization_id", "id"],
            "{}: a tenant's key comes first",
            tenant.table
        );
    }
    let keys = "SELECT t.name || ' ' || (SELECT group_concat(name, ',') FROM \
                (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk)) \
                FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
    if world.database == Database::Sqlite {
        for key in world.admin_sql(keys).await {
            let key = key[0].clone().expect("a key");
            let (table, columns) = key.split_once(' ').expect("a table and its key");
            assert!(
                global(table) || columns == "organization_id,id",
                "{table}: the key is ({columns})"
            );
        }
    }
}

async fn a_tenants_keys_contain_the_organization(world: World) {
    let keys = "SELECT indrelid::regclass::text, indexrelid::regclass::text, (SELECT string_agg(attname, ',' \
                ORDER BY nth) FROM unnest(indkey) WITH ORDINALITY keys (attnum, nth) JOIN pg_attribute a \
                ON a.attrelid = indrelid AND a.attnum = keys.attnum) FROM pg_index \
                JOIN pg_class c ON c.oid = indrelid \
                WHERE c.relnamespace = 'public'::regnamespace AND (indisunique OR indisexclusion)";
    let keys = named(&world, "", keys).await;
    let tenants: Vec<&Named> = keys.iter().filter(|it| !global(&it.table)).collect();
    assert!(tenants.len() >= 5, "{tenants:?}");
    for key in tenants {
        assert!(key.columns.contains(&"organization_id".to_owned()), "{key:?}");
    }
}

async fn a_tenants_references_stay_in_the_organization(world: World) {
    for reference in references(&world).await.iter().filter(|it| !global(&it.table)) {
        let scoped = reference
            .columns
            .first()
            .is_some_and(|it| it == "organization_id");
        let free = global(&reference.name) && reference.name != "organizations";
        assert!(scoped || free, "{reference:?}");
    }
}

async fn every_foreign_key_has_an_index(world: World) {
    let indexes = indexes(&world, false).await;
    let references = references(&world).await;
    assert!(references.len() >= 10, "{references:?}");
    for reference in references {
        let wanted: BTreeSet<&String> = reference.columns.iter().collect();
        let found = indexes.iter().any(|it| {
            it.table == reference.table
                && it.columns.iter().take(wanted.len()).collect::<BTreeSet<_>>() == wanted
        });
        assert!(
            found,
            "no index of {} begins with {:?}",
            reference.table, reference.columns
        );
    }
}

/// The fault classifier knows a unique index by its columns on SQLite and by its name on PostgreSQL: they are one.
async fn every_name_is_ours(world: World) {
    for unique in indexes(&world, true).await {
        let telling: Vec<&str> = unique
            .columns
            .iter()
            .map(String::as_str)
            .filter(|it| *it != "organization_id")
            .collect();
        let name = format!("{}_{}_unique", unique.table, telling.join("_"));
        assert!(
            unique.name == name || unique.name.ends_with("_excludes") || unique.table == "seaql_migrations",
            "{} must be called {name}",
            unique.name
        );
    }
    for index in indexes(&world, false).await {
        let automatic = index.name.starts_with("sqlite_autoindex_") || index.table == "seaql_migrations";
        let kinds = ["_index", "_unique", "_pkey", "_excludes"];
        let ours = index.name.starts_with(&index.table) && kinds.iter().any(|it| index.name.ends_with(it));
        assert!(ours || automatic, "{index:?}");
    }
    let constraints = names_of_constraints(&world).await;
    assert!(constraints.len() >= 20, "{constraints:?}");
    let source = migration::source()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for name in constraints {
        let ours = source.contains(&format!("CONSTRAINT {name} "));
        let kinds = ["_pkey", "_fkey", "_check", "_excludes"];
        assert!(
            ours && kinds.iter().any(|it| name.ends_with(it)),
            "{name} is not a name of ours"
        );
    }
}

/// Keys, references, checks and exclusions. A constraint of SQLite that has no name is told by its text.
async fn names_of_constraints(world: &World) -> BTreeSet<String> {
    if world.database == Database::Postgres {
        let sql = "SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
                   AND contype IN ('p', 'u', 'f', 'c', 'x') AND conrelid <> 'seaql_migrations'::regclass";
        return world
            .admin_sql(sql)
            .await
            .into_iter()
            .flatten()
            .flatten()
            .collect();
    }
    let mut names = guards(world).await;
    let sql = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name <> 'seaql_migrations'";
    for text in world.admin_sql(sql).await.into_iter().flatten().flatten() {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for kind in ["PRIMARY KEY", "FOREIGN KEY", "CHECK (", "UNIQUE"] {
            for (at, _) in text.match_indices(kind) {
                let mut before = text[..at].rsplit(' ').skip(1);
                let (name, said) = (before.next(), before.next());
                let name = name.filter(|_| said == Some("CONSTRAINT")).unwrap_or(&text[at..]);
                names.insert(name.to_owned());
            }
        }
    }
    names
}

/// What an exclusion is on SQLite: the name that a trigger refuses by.
async fn guards(world: &World) -> BTreeSet<String> {
    let sql = "SELECT sql FROM sqlite_schema WHERE type = 'trigger'";
    let texts = world.admin_sql(sql).await.into_iter().flatten().flatten();
    let names = texts.flat_map(|text| {
        let quoted: Vec<String> = text.split('\'').map(ToOwned::to_owned).collect();
        quoted.into_iter().filter(|it| it.ends_with("_excludes"))
    });
    names.collect()
}

async fn both_databases_have_the_same_names(sqlite: World) {
    let Some(postgres) = World::new(Database::Postgres).await else {
        return;
    };
    assert_eq!(
        names_of_constraints(&sqlite).await,
        names_of_constraints(&postgres).await
    );
    let shape = async |world: &World| -> BTreeSet<String> {
        let mut shape = BTreeSet::new();
        for table in tables(world).await {
            shape.insert(format!("{} {:?}", table.table, table.columns));
        }
        for index in indexes(world, false)
            .await
            .into_iter()
            .chain(indexes(world, true).await)
        {
            shape.insert(format!("{} {:?}", index.name, index.columns));
        }
        // A primary key has an index without a name on one and with one on the other.
        // An exclusion is an index on one and a trigger on the other.
        shape
            .retain(|it| !it.contains("_autoindex_") && !it.contains("_pkey ") && !it.contains("_excludes "));
        shape
    };
    assert_eq!(shape(&sqlite).await, shape(&postgres).await);
}

/// Policies beside each table's own, and why.
const MORE_POLICIES: &[(&str, &str)] = &[
    (
        "memberships.own",
        "a person reads their own before an organization is chosen",
    ),
    ("events.worker", "whoever numbers looks at all journals"),
    ("journal_marks.worker", "whoever numbers looks at all journals"),
    (
        "timers.worker",
        "whoever keeps promises looks for those of all organizations",
    ),
];

/// What the worker sees of all organizations: what happened and what is promised.
const WORKERS: [&str; 3] = ["events", "journal_marks", "timers"];

async fn every_tenants_table_is_sealed(world: World) {
    let sealed = "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                  AND relrowsecurity AND relforcerowsecurity";
    let sealed: BTreeSet<String> = world
        .admin_sql(sealed)
        .await
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    let policies = "SELECT tablename || '.' || policyname, cmd::text, qual::text FROM pg_policies";
    let policies = world.admin_sql(policies).await;
    for tenant in tables(&world).await.iter().filter(|it| !global(&it.table)) {
        let table = &tenant.table;
        assert!(sealed.contains(table), "{table} has no forced row-level security");
        let own = policies
            .iter()
            .find(|it| it[0].as_ref().is_some_and(|it| *it == format!("{table}.tenant")));
        let [_, Some(verbs), Some(rule)] = own.map(Vec::as_slice).unwrap_or_default() else {
            panic!("{table} has no policy `tenant`")
        };
        assert_eq!(verbs, "ALL", "{table}");
        assert!(
            rule.contains("(organization_id = ") && rule.contains("'app.organization'"),
            "{table}: {rule}"
        );
    }
    for policy in policies.iter().filter_map(|it| it[0].as_deref()) {
        let known = policy.ends_with(".tenant") || MORE_POLICIES.iter().any(|(it, _)| *it == policy);
        assert!(known, "policies add up: say why there is {policy}");
    }
}

async fn the_roles_may_work_with_rows_and_never_with_tables(world: World) {
    let granted = "SELECT grantee::text, table_name::text, string_agg(privilege_type, ',' ORDER BY privilege_type) \
                   FROM information_schema.role_table_grants \
                   WHERE grantee LIKE 'horarium\\_%' OR grantee = 'PUBLIC' AND table_schema = 'public' GROUP BY 1, 2";
    let granted = named(&world, "", granted).await;
    assert_eq!(
        granted.len(),
        tables(&world).await.len() + WORKERS.len(),
        "the application's role has all, the worker's has three: {granted:?}"
    );
    for grant in granted {
        let allowed = match grant.name.as_str() {
            "seaql_migrations" => "SELECT",
            _ => "DELETE,INSERT,SELECT,UPDATE",
        };
        let known = match grant.table.as_str() {
            "horarium_worker" => WORKERS.contains(&grant.name.as_str()),
            role => role == "horarium_app",
        };
        assert!(known, "{grant:?}");
        assert_eq!(grant.columns.join(","), allowed, "{}", grant.name);
    }
    let makes = "SELECT has_schema_privilege(role, 'public', 'CREATE')::text \
                 FROM unnest(ARRAY['horarium_app', 'horarium_worker', 'horarium_test']) role";
    assert!(
        world
            .admin_sql(makes)
            .await
            .into_iter()
            .flatten()
            .flatten()
            .all(|it| it == "false")
    );
}
