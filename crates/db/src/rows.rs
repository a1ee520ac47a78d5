//! Questions for whole rows.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use sea_orm::sea_query::{Expr, PostgresQueryBuilder, SqliteQueryBuilder};
use sea_orm::{EntityTrait, QuerySelect as _, QueryTrait as _, Select};

/// What was asked for, by its table.
static KNOWN: LazyLock<RwLock<HashMap<TypeId, Box<dyn Any + Send + Sync>>>> = LazyLock::new(RwLock::default);

/// All rows of a table, to be narrowed: `E::find()`, which puts its columns together for each table once and not for each
/// question.
#[must_use]
pub fn rows<E: EntityTrait>() -> Select<E> {
    let table = TypeId::of::<E>();
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(rows) = known.get(&table).and_then(|it| it.downcast_ref::<Select<E>>()) {
        return rows.clone();
    }
    drop(known);
    let rows = listed(E::find());
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.insert(table, Box::new(rows.clone()));
    rows
}

/// With the columns as one text, if both databases have the same words for them.
fn listed<E: EntityTrait>(rows: Select<E>) -> Select<E> {
    let query = rows.as_query();
    let (words, other) = (
        query.to_string(PostgresQueryBuilder),
        query.to_string(SqliteQueryBuilder),
    );
    let columns = words
        .strip_prefix("SELECT ")
        .and_then(|it| it.rsplit_once(" FROM "));
    match columns {
        Some((columns, _)) if words == other => {
            // As long-lived as the program: there are as many as tables.
            let columns: &'static str = Box::leak(columns.into());
            rows.select_only().expr(Expr::cust(columns))
        }
        Some(_) | None => rows,
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ColumnTrait as _, QueryFilter as _};

    use super::*;
    use crate::audit::{Column, Entity};

    #[test]
    fn the_words_are_those_of_the_library() {
        let whose = uuid::Uuid::nil();
        for _ in 0..2 {
            let told = rows::<Entity>()
                .filter(Column::OrganizationId.eq(whose))
                .into_query();
            let plain = Entity::find()
                .filter(Column::OrganizationId.eq(whose))
                .into_query();
            assert_ne!(told, plain, "it is one text");
            assert_eq!(
                told.build(PostgresQueryBuilder),
                plain.build(PostgresQueryBuilder)
            );
            assert_eq!(told.build(SqliteQueryBuilder), plain.build(SqliteQueryBuilder));
        }
    }
}
