//! A crate names only what the drawing in `ARCHITECTURE.md` allows, in its manifest and in its text.

use toml::{Table, Value};

use super::sources;

/// The domains: none names another, only ids cross.
const DOMAINS: &[&str] = &[
    "tenancy",
    "clients",
    "scheduling",
    "billing",
    "messaging",
    "assistant",
];

/// Whether the drawing has an arrow between two crates of ours. A crate that is not in the drawing may name nobody.
fn may(from: &str, to: &str) -> bool {
    let domain = |name: &str| DOMAINS.contains(&name);
    match from {
        "availability" | "db" | "door" => to == "kernel",
        "scheduling" => matches!(to, "kernel" | "db" | "availability"),
        "reports" => matches!(to, "kernel" | "db"),
        from if domain(from) => matches!(to, "kernel" | "db"),
        "flows" => matches!(to, "kernel" | "db") || domain(to),
        "adapters" => to == "kernel" || domain(to),
        "gateway" => matches!(to, "kernel" | "db" | "door" | "flows" | "reports") || domain(to),
        // The binary wires everything; the tests look at everything.
        "server" | "tests" => true,
        _ => false,
    }
}

/// What a library from outside is for. A feature that a crate only offers (`optional`) binds nobody.
fn may_use(krate: &str, library: &str, optional: bool) -> bool {
    let domain = DOMAINS.contains(&krate);
    match library {
        "sea-orm" => domain || matches!(krate, "db" | "reports") || (krate == "kernel" && optional),
        "sea-orm-migration" => krate == "migration",
        "sqlx" => krate == "db",
        "reqwest" => krate == "adapters",
        "axum" => matches!(krate, "door" | "gateway" | "server"),
        graphql if graphql.starts_with("async-graphql") => {
            matches!(krate, "door" | "gateway" | "server") || (optional && (domain || krate == "kernel"))
        }
        _ => true,
    }
}

/// What a manifest names, and whether only as an option. Development has other needs: benches, servers of a test.
fn named(manifest: &Table) -> impl Iterator<Item = (&str, bool)> {
    let tables = ["dependencies", "build-dependencies"];
    let named = tables
        .into_iter()
        .filter_map(|it| manifest.get(it)?.as_table())
        .flatten();
    named.map(|(name, how)| {
        (
            name.as_str(),
            how.get("optional").and_then(Value::as_bool).unwrap_or(false),
        )
    })
}

fn wrong_arrows(members: &[(String, Table)]) -> Vec<String> {
    let ours = |name: &str| members.iter().any(|(it, _)| it == name);
    let mut wrong = Vec::new();
    for (krate, manifest) in members.iter().filter(|(krate, _)| krate != "tests") {
        for (name, optional) in named(manifest) {
            let allowed = if ours(name) {
                may(krate, name)
            } else {
                may_use(krate, name, optional)
            };
            if !allowed {
                wrong.push(format!("{krate} -> {name}"));
            }
        }
    }
    wrong
}

#[test]
fn a_crate_names_only_what_the_drawing_allows() {
    assert_eq!(wrong_arrows(&sources::members()), [] as [String; 0]);
}

#[test]
fn an_arrow_that_is_not_drawn_is_found() {
    let mut members = sources::members();
    for (krate, wrong) in [
        ("tenancy", "gateway"),
        ("tenancy", "scheduling"),
        ("kernel", "db"),
        ("db", "tenancy"),
        ("gateway", "migration"),
        ("gateway", "sea-orm"),
        ("door", "tenancy"),
        ("migration", "kernel"),
        ("availability", "db"),
        ("tenancy", "axum"),
        ("kernel", "sqlx"),
    ] {
        if !members.iter().any(|(name, _)| name == "scheduling") {
            members.push(("scheduling".to_owned(), Table::new()));
        }
        let mut drawn = members.clone();
        let (_, manifest) = drawn.iter_mut().find(|(name, _)| name == krate).unwrap();
        let dependencies = manifest.entry("dependencies").or_insert(Table::new().into());
        dependencies
            .as_table_mut()
            .unwrap()
            .insert(wrong.to_owned(), Table::new().into());
        assert_eq!(wrong_arrows(&drawn), [format!("{krate} -> {wrong}")]);
    }
}

/// What a value type may wear wherever it lives: it is written once, and its row holds it as it is.
const WORN: &[&str] = &[
    "DeriveActiveEnum",
    "DeriveValueType",
    "EnumIter",
    "FromJsonQueryResult",
];

/// A domain's rules know nothing of rows: queries stand in its `store` and nowhere else, and the store is private.
#[test]
fn a_domain_asks_the_database_in_its_store_only() {
    let mut wrong = Vec::new();
    for source in sources::rust() {
        let stored = source.path.contains("/src/store/") || source.path.ends_with("/src/store.rs");
        for (at, line) in source.code().filter(|_| DOMAINS.contains(&source.krate())) {
            let opened = line.trim_start().starts_with("pub mod store");
            let asked = !stored && (line.contains(".db()") || names_more_than_is_worn(line));
            if opened || asked {
                wrong.push(format!("{}:{at}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// `use sea_orm::{DeriveActiveEnum, EnumIter};` is worn, and so is the attribute `#[sea_orm(…)]`; a prelude is everything.
fn names_more_than_is_worn(line: &str) -> bool {
    line.match_indices("sea_orm::").any(|(at, path)| {
        let named = &line[at + path.len()..];
        let named = named
            .strip_prefix('{')
            .and_then(|it| it.split_once('}'))
            .map_or(named, |(group, _)| group);
        let mut words = named
            .split(", ")
            .map(|it| it.trim_end_matches(|last: char| !last.is_alphanumeric()));
        !words.all(|word| WORN.contains(&word.split([',', ')', ';']).next().unwrap_or(word)))
    })
}

#[test]
fn what_a_value_type_wears_is_told_from_a_query() {
    for worn in [
        "use sea_orm::{DeriveActiveEnum, EnumIter};",
        "use sea_orm::FromJsonQueryResult;",
        "#[derive(Clone, PartialEq, Eq, sea_orm::DeriveValueType)]",
        "#[sea_orm(string_value = \"OWNER\")]",
    ] {
        assert!(!names_more_than_is_worn(worn), "{worn}");
    }
    for more in [
        "use sea_orm::entity::prelude::*;",
        "use sea_orm::{EnumIter, QueryFilter};",
        "sea_orm::DbErr",
    ] {
        assert!(names_more_than_is_worn(more), "{more}");
    }
}

/// Two dialects, two crates that know them.
#[test]
fn only_db_and_migration_ask_which_database_it_is() {
    let asks = [
        "DbBackend",
        "DatabaseBackend",
        "get_database_backend",
        "is_postgres",
    ];
    let mut wrong = Vec::new();
    for source in sources::rust() {
        let knows = matches!(source.krate(), "db" | "migration" | "tests" | "server");
        for (at, line) in source.code().filter(|_| !knows) {
            if asks.iter().any(|it| line.contains(it)) {
                wrong.push(format!("{}:{at}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Where the time, randomness and connections come in; a line here is a decision.
const DOORS: &[&str] = &[
    "crates/db/src/dialect/transaction.rs",
    "crates/db/src/dialect.rs",
    "crates/kernel/src/clock.rs",
    "crates/kernel/src/source.rs",
    "migration/src/lib.rs",
];

#[test]
fn what_is_banned_is_expected_at_the_doors_and_nowhere_else() {
    let banned = ["disallowed_methods", "disallowed_types"].map(|it| format!("clippy::{it}"));
    let mut found: Vec<String> = Vec::new();
    for source in sources::rust() {
        let expects = source
            .code()
            .any(|(_, line)| banned.iter().any(|it| line.contains(it)));
        if expects && source.path != "tests/it/house/arrows.rs" {
            found.push(source.path);
        }
    }
    assert_eq!(found, DOORS);
}
