//! Organizations.

use db::{Account, Fault, Reading, Scope, Tenant, Work, lock};
use kernel::id::OrganizationId;
use kernel::{CountryCode, CurrencyCode, Locale, Name, Slug, Zone};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Select};

use crate::error::Refusal;
use crate::organization::{Branding, Settings};

/// One organization: the boundary that no query may cross.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganizationId,
    /// Its part of a public address.
    pub slug: Slug,
    /// What it is called.
    pub name: Name,
    /// The zone of its local times, unless something says otherwise.
    pub timezone: Zone,
    /// The language that it writes in, unless something says otherwise.
    pub locale: Locale,
    /// The currency of its prices, unless something says otherwise.
    pub currency: CurrencyCode,
    /// Where it is.
    pub country: Option<CountryCode>,
    /// How it looks.
    #[sea_orm(column_type = "JsonBinary")]
    pub branding: Branding,
    /// How it works.
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Settings,
    /// Counts the changes.
    pub version: i64,
    /// When somebody asked last for it to be deleted.
    pub deletion_requested_at: Option<DateTimeUtc>,
    /// When it was deleted.
    pub deleted_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What refers to it is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Counts a change.
    pub(crate) fn touch(&mut self, now: DateTimeUtc) {
        self.version += 1;
        self.updated_at = now;
    }
}

/// The constraint that keeps two organizations from one slug.
fn slug_taken(fault: Fault) -> Refusal {
    match fault.constraint() {
        Some("organizations_slug_unique") => Refusal::SlugTaken,
        _ => Refusal::Fault(fault),
    }
}

pub(crate) async fn insert(work: &Work<Tenant>, organization: Model) -> Result<(), Refusal> {
    super::insert(work, organization).await.map_err(slug_taken)
}

pub(crate) async fn save(work: &Work<Tenant>, organization: Model) -> Result<(), Refusal> {
    super::save(work, organization).await.map_err(slug_taken)
}

/// Those that have not been deleted.
fn standing() -> Select<Entity> {
    Entity::find().filter(Column::DeletedAt.is_null())
}

pub(crate) async fn by_slug<S: Scope>(reading: &Reading<S>, slug: &Slug) -> Result<Option<Model>, Fault> {
    Ok(standing()
        .filter(Column::Slug.eq(slug.clone()))
        .one(reading.db())
        .await?)
}

pub(crate) async fn find<S: Scope>(
    reading: &Reading<S>,
    ids: &[OrganizationId],
) -> Result<Vec<Model>, Fault> {
    Ok(standing()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(reading.db())
        .await?)
}

/// Holds the organization of this work; whatever changes who belongs to it holds it first.
pub(crate) async fn hold(work: &Work<Tenant>) -> Result<Model, Refusal> {
    lock::hold(standing().filter(Column::Id.eq(work.organization())))
        .one(work.db())
        .await
        .map_err(Fault::from)?
        .ok_or(Refusal::NotFound("organization"))
}

/// Ids of all organizations in order, deleted ones too, a batch at a time.
pub(crate) async fn ids_after(
    reading: &Reading<Account>,
    last: Option<OrganizationId>,
    most: u64,
) -> Result<Vec<OrganizationId>, Fault> {
    let mut query = Entity::find().select_only().column(Column::Id);
    if let Some(last) = last {
        query = query.filter(Column::Id.gt(last));
    }
    Ok(query
        .order_by_asc(Column::Id)
        .limit(most)
        .into_tuple()
        .all(reading.db())
        .await?)
}

/// The ids of all that are not deleted, in order.
pub(crate) async fn every(reading: &Reading<Account>) -> Result<Vec<OrganizationId>, Fault> {
    Ok(Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::DeletedAt.is_null())
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(reading.db())
        .await?)
}
