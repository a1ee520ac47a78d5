//! What keeps the rows right by its name: constraints, unique indexes, triggers, sealed tables. The list is read from the
//! steps themselves, so it cannot lag behind them; whoever looks over a live database asks what of it is not there.

use std::collections::BTreeSet;

use sea_orm_migration::sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement};

use crate::{STEPS, connect};

/// Every guard that PostgreSQL has and enforces.
const OF_POSTGRES: &str = "SELECT conname::text FROM pg_constraint WHERE convalidated \
    UNION SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
        WHERE i.indisunique AND i.indisvalid \
    UNION SELECT tgname::text FROM pg_trigger WHERE tgenabled <> 'D' AND NOT tgisinternal \
    UNION SELECT 'seal of ' || relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity";

/// What SQLite has written down about itself.
const OF_SQLITE: &str = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL";

/// The guards that the steps make on a database of this kind.
fn wanted(postgres: bool) -> BTreeSet<String> {
    let texts = STEPS
        .iter()
        .flat_map(|step| [step.both, if postgres { step.postgres } else { step.sqlite }]);
    texts.flat_map(named).collect()
}

/// The guards that a text of SQL makes.
fn named(sql: &str) -> BTreeSet<String> {
    let code = sql.lines().filter(|line| !line.trim_start().starts_with("--"));
    let code: Vec<&str> = code.collect();
    let code = code.join(" ");
    let words: Vec<&str> = code.split_whitespace().collect();
    let mut names = BTreeSet::new();
    for at in 0..words.len() {
        let rest = &words[at..];
        match rest {
            ["CONSTRAINT", name, ..]
            | ["CREATE", "UNIQUE", "INDEX", name, ..]
            | ["CREATE", "TRIGGER", name, ..] => names.extend(plain(name)),
            ["ALTER", "TABLE", table, "FORCE", ..] => {
                names.extend(plain(table).map(|it| format!("seal of {it}")))
            }
            ["DROP", "CONSTRAINT" | "INDEX" | "TRIGGER", name, ..] => {
                names.remove(name.trim_end_matches(';'));
            }
            _ => {}
        }
        if let Some(sealed) = words[at]
            .strip_prefix("horarium_seal('")
            .and_then(|it| it.strip_suffix("');"))
        {
            names.insert(format!("seal of {sealed}"));
        }
    }
    names
}

/// A name that is written out, and not one that a function puts together.
fn plain(word: &str) -> Option<String> {
    let letters = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    (word.len() > 1 && word.chars().all(letters)).then(|| word.to_owned())
}

/// The guards that the database at `url` lacks, and how many it should have. It is at this version.
///
/// # Errors
/// If the database cannot be reached.
pub async fn missing(url: &str) -> Result<(Vec<String>, usize), DbErr> {
    let db = connect(url).await?;
    let backend = db.get_database_backend();
    let postgres = backend == DbBackend::Postgres;
    let asked = if postgres { OF_POSTGRES } else { OF_SQLITE };
    let rows = db.query_all_raw(Statement::from_string(backend, asked)).await?;
    let texts: Vec<String> = rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()?;
    db.close().await?;
    let there: BTreeSet<String> = if postgres {
        texts.into_iter().collect()
    } else {
        texts.iter().flat_map(|text| named(text)).collect()
    };
    let wanted = wanted(postgres);
    let count = wanted.len();
    Ok((
        wanted.into_iter().filter(|it| !there.contains(it)).collect(),
        count,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_two_out_of_one_chair_is_on_the_list() {
        assert!(wanted(true).contains("occupancies_overlap_excludes"));
        assert!(wanted(true).contains("seal of occupancies"));
        for of_sqlite in ["occupancies_overlap_insert", "occupancies_overlap_update"] {
            assert!(wanted(false).contains(of_sqlite));
        }
        for of_both in [
            "attendees_booking_id_seat_no_unique",
            "attendees_seat_check",
            "bookings_pkey",
        ] {
            assert!(
                wanted(true).contains(of_both) && wanted(false).contains(of_both),
                "{of_both}"
            );
        }
    }

    #[test]
    fn what_a_function_puts_together_or_a_comment_says_is_no_name() {
        let sql = "-- CONSTRAINT remark\nRAISE USING CONSTRAINT = TG_TABLE_NAME || '_x';\nALTER TABLE %I FORCE ROW LEVEL SECURITY";
        assert_eq!(named(sql), BTreeSet::new());
        assert_eq!(
            named("CREATE TRIGGER a_b BEFORE UPDATE"),
            BTreeSet::from(["a_b".to_owned()])
        );
    }
}
