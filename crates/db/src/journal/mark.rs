//! How far each has come in a journal.

use std::collections::BTreeMap;

use kernel::id::OrganizationId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryTrait as _};
use sha2::{Digest as _, Sha256};

use crate::fault::Fault;

/// The last position that was given.
pub(super) const NUMBERED: &str = "numbered";

/// The last position that is no longer there.
pub(super) const FORGOTTEN: &str = "forgotten";

/// One mark.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal_marks")]
pub struct Model {
    /// Whose journal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `numbered`, `forgotten`, or a reader.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The position that it has come to.
    pub position: i64,
}

/// It stands alone.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A mark's id says its name: it is the same in every journal.
fn id(name: &str) -> Uuid {
    let hash: [u8; 32] = Sha256::digest(name).into();
    let (id, _) = hash.split_at(16);
    Uuid::from_slice(id).unwrap_or_default()
}

fn row(organization: OrganizationId, name: &str, position: i64) -> ActiveModel {
    ActiveModel {
        organization_id: Set(organization),
        id: Set(id(name)),
        name: Set(name.to_owned()),
        position: Set(position),
    }
}

/// Moves the marks of some organizations forward by so much each, and says where they are then.
pub(super) async fn advance(
    db: &impl ConnectionTrait,
    name: &str,
    by: &BTreeMap<OrganizationId, i64>,
) -> Result<BTreeMap<OrganizationId, i64>, Fault> {
    let further = Expr::col((Entity, Column::Position)).add(Expr::col(("excluded", Column::Position)));
    let moved = OnConflict::columns([Column::OrganizationId, Column::Name])
        .value(Column::Position, further)
        .to_owned();
    let rows = by.iter().map(|(organization, by)| row(*organization, name, *by));
    let marks = Entity::insert_many(rows)
        .on_conflict(moved)
        .exec_with_returning(db)
        .await?;
    Ok(marks
        .into_iter()
        .map(|it| (it.organization_id, it.position))
        .collect())
}

/// Makes a mark at the beginning, if there is none. One that is there is not touched, so nobody waits for whoever holds it.
pub(super) async fn begin(
    db: &impl ConnectionTrait,
    (organization, name): (OrganizationId, &str),
) -> Result<(), Fault> {
    let there = OnConflict::columns([Column::OrganizationId, Column::Name])
        .do_nothing()
        .to_owned();
    let insert = Entity::insert(row(organization, name, 0)).on_conflict(there);
    db.execute(&insert.into_query()).await?;
    Ok(())
}

/// Sets a mark, which never goes back.
pub(super) async fn put(
    db: &impl ConnectionTrait,
    (organization, name): (OrganizationId, &str),
    position: i64,
) -> Result<(), Fault> {
    let moved = OnConflict::columns([Column::OrganizationId, Column::Name])
        .update_column(Column::Position)
        .action_and_where(Expr::col((Entity, Column::Position)).lt(Expr::col(("excluded", Column::Position))))
        .to_owned();
    Entity::insert(row(organization, name, position))
        .on_conflict(moved)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
