//! Questions that find out where somebody is to go.

use db::paging::Keyed;
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{OrganizationId, RoutingFormId};
use kernel::{Line, Right, Slug};
use sea_orm::Select;
use sea_orm::entity::prelude::*;

use super::mine;
use crate::error::Refusal;
use crate::routing::{Rules, Target};
use crate::service::Questions;

/// One form.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "routing_forms")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoutingFormId,
    /// Its part of a public address.
    pub slug: Slug,
    /// What it is called.
    pub title: Line,
    /// What it asks.
    #[sea_orm(column_type = "JsonBinary")]
    pub fields: Questions,
    /// Which answers lead where; the first that matches does.
    #[sea_orm(column_type = "JsonBinary")]
    pub rules: Rules,
    /// Where everybody else goes.
    #[sea_orm(column_type = "JsonBinary")]
    pub fallback: Target,
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

super::table!(RoutingFormId, "routing form");
super::touched!();

impl Keyed for Entity {
    const LIST: &'static str = "routing_forms";
    fn order() -> Vec<Column> {
        vec![Column::Title, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.title.clone().into(), row.id.into()]
    }
}

fn slug_taken(fault: Fault) -> Refusal {
    match fault.constraint() {
        Some("routing_forms_slug_unique") => Refusal::Taken {
            what: "routing form",
            field: "slug",
        },
        _ => Refusal::Fault(fault),
    }
}

pub(crate) async fn insert(work: &Work<Tenant>, form: Model) -> Result<(), Refusal> {
    super::insert(work, form).await.map_err(slug_taken)
}

pub(crate) async fn save(work: &Work<Tenant>, form: Model) -> Result<(), Refusal> {
    super::save(work, form).await.map_err(slug_taken)
}

/// Those that are not put away.
pub(crate) fn standing(reading: &Reading<Tenant>) -> Select<Entity> {
    mine::<Entity>(reading).filter(Column::ArchivedAt.is_null())
}

/// Those that are not put away, or all of them that whoever asks may see.
pub(crate) fn list(reading: &Reading<Tenant>, with_archived: bool) -> Select<Entity> {
    if with_archived {
        <Entity as super::Shown>::visible(reading)
    } else {
        standing(reading)
    }
}

impl super::Shown for Entity {
    /// What whoever asks may see: all of them, or those that can be filled in.
    fn visible(reading: &Reading<Tenant>) -> Select<Self> {
        if reading.asker().rights.has(Right::CatalogueRead) {
            mine::<Self>(reading)
        } else {
            standing(reading)
        }
    }
}

/// The one at a public address.
pub(crate) async fn named(reading: &Reading<Tenant>, slug: &Slug) -> Result<Option<Model>, Fault> {
    Ok(standing(reading)
        .filter(Column::Slug.eq(slug.clone()))
        .one(reading.db())
        .await?)
}

/// How many there are that are not put away.
pub(crate) async fn live(reading: &Reading<Tenant>) -> Result<u64, Fault> {
    use sea_orm::PaginatorTrait as _;
    Ok(standing(reading).count(reading.db()).await?)
}
