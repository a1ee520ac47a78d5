//! People who share their bookings.

use db::paging::Keyed;
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{OrganizationId, TeamId};
use kernel::{Name, Right, Slug};
use sea_orm::Select;
use sea_orm::entity::prelude::*;

use super::{Shown as _, mine};
use crate::error::Refusal;
use crate::team::{Locks, Strategy, TeamFilter};

super::word_columns!(Strategy);

/// People who share their bookings.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "teams")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TeamId,
    /// What it is called.
    pub name: Name,
    /// Its part of a public address.
    pub slug: Slug,
    /// How it shares.
    pub strategy: Strategy,
    /// Of a MANAGED team, what its members may not change of their services.
    #[sea_orm(column_type = "JsonBinary")]
    pub locks: Locks,
    /// Counts the changes.
    pub version: i64,
    /// Since when it is put away.
    pub archived_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(TeamId, "team");
super::touched!();

impl Keyed for Entity {
    const LIST: &'static str = "teams";
    fn order() -> Vec<Column> {
        vec![Column::Name, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.name.clone().into(), row.id.into()]
    }
}

fn slug_taken(fault: Fault) -> Refusal {
    match fault.constraint() {
        Some("teams_slug_unique") => Refusal::Taken {
            what: "team",
            field: "slug",
        },
        _ => Refusal::Fault(fault),
    }
}

pub(crate) async fn insert(work: &Work<Tenant>, team: Model) -> Result<(), Refusal> {
    super::insert(work, team).await.map_err(slug_taken)
}

pub(crate) async fn save(work: &Work<Tenant>, team: Model) -> Result<(), Refusal> {
    super::save(work, team).await.map_err(slug_taken)
}

impl super::Shown for Entity {
    /// What whoever asks may see: all of them, or those that are not put away.
    fn visible(reading: &Reading<Tenant>) -> Select<Self> {
        let all = mine::<Entity>(reading);
        if reading.asker().rights.has(Right::CatalogueRead) {
            all
        } else {
            all.filter(Column::ArchivedAt.is_null())
        }
    }
}

/// How many there are that are not put away.
pub(crate) async fn live(reading: &Reading<Tenant>) -> Result<u64, Fault> {
    use sea_orm::PaginatorTrait as _;
    Ok(mine::<Entity>(reading)
        .filter(Column::ArchivedAt.is_null())
        .count(reading.db())
        .await?)
}

/// The list that a filter means.
pub(crate) fn select(reading: &Reading<Tenant>, filter: TeamFilter) -> Select<Entity> {
    let list = Entity::visible(reading);
    if filter.with_archived {
        list
    } else {
        list.filter(Column::ArchivedAt.is_null())
    }
}

/// The one at a public address.
pub(crate) async fn named(reading: &Reading<Tenant>, slug: &Slug) -> Result<Option<Model>, Fault> {
    Ok(Entity::visible(reading)
        .filter(Column::Slug.eq(slug.clone()))
        .filter(Column::ArchivedAt.is_null())
        .one(reading.db())
        .await?)
}
