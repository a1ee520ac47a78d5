//! What time can be booked with.

use db::paging::Keyed;
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{OrganizationId, ResourceId};
use kernel::{Line, Name, Prose, Right, Slug, Zone};
use sea_orm::Select;
use sea_orm::entity::prelude::*;

use super::{Shown as _, mine};
use crate::error::Refusal;
use crate::metadata::Metadata;
use crate::resource::{ResourceFilter, ResourceKind};

super::word_columns!(ResourceKind);

/// A person, a room or a piece of equipment: everything bookable is a resource.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "resources")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResourceId,
    /// What it is.
    pub kind: ResourceKind,
    /// What it is called.
    pub name: Name,
    /// Its part of a public address.
    pub slug: Slug,
    /// What there is to know about it.
    pub description: Option<Prose>,
    /// The zone that its dates and hours are counted in.
    pub timezone: Zone,
    /// How many bookings it can carry at once.
    pub capacity: i64,
    /// Where it is.
    pub location: Option<Line>,
    /// Whether it can be booked.
    pub is_active: bool,
    /// The integrator's own words.
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Metadata,
    /// What it is found by, folded.
    #[sea_orm(column_type = "Text")]
    pub search: String,
    /// What its location is found by, folded.
    #[sea_orm(column_type = "Text", nullable)]
    pub location_search: Option<String>,
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

super::table!(ResourceId, "resource");
super::touched!();

impl Keyed for Entity {
    const LIST: &'static str = "resources";
    fn order() -> Vec<Column> {
        vec![Column::Name, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.name.clone().into(), row.id.into()]
    }
}

fn slug_taken(fault: Fault) -> Refusal {
    match fault.constraint() {
        Some("resources_slug_unique") => Refusal::Taken {
            what: "resource",
            field: "slug",
        },
        _ => Refusal::Fault(fault),
    }
}

pub(crate) async fn insert(work: &Work<Tenant>, resource: Model) -> Result<(), Refusal> {
    super::insert(work, resource).await.map_err(slug_taken)
}

pub(crate) async fn save(work: &Work<Tenant>, resource: Model) -> Result<(), Refusal> {
    super::save(work, resource).await.map_err(slug_taken)
}

impl super::Shown for Entity {
    /// What whoever asks may see: all of it, or what is open to the public.
    fn visible(reading: &Reading<Tenant>) -> Select<Self> {
        let all = mine::<Entity>(reading);
        if reading.asker().rights.has(Right::CatalogueRead) {
            all
        } else {
            all.filter(Column::IsActive.eq(true))
                .filter(Column::ArchivedAt.is_null())
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
pub(crate) fn select(reading: &Reading<Tenant>, filter: &ResourceFilter) -> Select<Entity> {
    let mut list = Entity::visible(reading);
    if !filter.with_archived {
        list = list.filter(Column::ArchivedAt.is_null());
    }
    if !filter.kinds.is_empty() {
        list = list.filter(Column::Kind.is_in(filter.kinds.iter().copied()));
    }
    match &filter.text {
        Some(text) => list.filter(super::has_inside(Column::Search, text.as_str())),
        None => list,
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
