//! People whom an organization serves.

use db::paging::{self, Keyed, Page, Slice};
use db::{Fault, Reading, Tenant, Work, lock};
use kernel::id::{ClientId, OrganizationId, UserId};
use kernel::{Email, Locale, Name, Phone, Zone};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{IntoActiveModel, QueryOrder, Select};

use crate::error::Refusal;

/// One person whom an organization serves.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "clients")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Their id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClientId,
    /// What they are called.
    pub name: Name,
    /// Where they are written to; nobody else's.
    pub email: Option<Email>,
    /// Where they are called; perhaps a family's.
    pub phone: Option<Phone>,
    /// The account that they sign in with.
    pub user_id: Option<UserId>,
    /// The zone of their clock.
    pub timezone: Option<Zone>,
    /// The language that they read.
    pub locale: Option<Locale>,
    /// Counts the changes.
    pub version: i64,
    /// Since when they are put away.
    pub archived_at: Option<DateTimeUtc>,
    /// When they were made.
    pub created_at: DateTimeUtc,
    /// When they were changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Keyed for Entity {
    const LIST: &'static str = "clients";
    fn order() -> Vec<Column> {
        vec![Column::Name, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.name.clone().into(), row.id.into()]
    }
}

fn mine(reading: &Reading<Tenant>) -> Select<Entity> {
    Entity::find().filter(Column::OrganizationId.eq(reading.organization()))
}

/// The constraint that keeps two people from one address.
fn taken(fault: Fault) -> Refusal {
    match fault.constraint() {
        Some("clients_email_unique") => Refusal::EmailTaken,
        _ => Refusal::Fault(fault),
    }
}

pub(crate) async fn insert(work: &Work<Tenant>, row: Model) -> Result<(), Refusal> {
    let inserted = Entity::insert(row.into_active_model())
        .exec_without_returning(work.db())
        .await;
    inserted.map(drop).map_err(|err| taken(err.into()))
}

/// Makes a client unless the address is somebody's; says whether it did. Waits for whoever is making the same.
pub(crate) async fn insert_unless_known(work: &Work<Tenant>, row: Model) -> Result<bool, Fault> {
    let arbiter = OnConflict::columns([Column::OrganizationId, Column::Email])
        .do_nothing()
        .to_owned();
    let made = Entity::insert(row.into_active_model())
        .on_conflict(arbiter)
        .exec_without_returning(work.db())
        .await?;
    Ok(made == 1)
}

pub(crate) async fn save(work: &Work<Tenant>, row: Model) -> Result<(), Refusal> {
    let saved = row.into_active_model().reset_all().update(work.db()).await;
    saved.map(drop).map_err(|err| taken(err.into()))
}

pub(crate) async fn hold(work: &Work<Tenant>, id: ClientId) -> Result<Model, Refusal> {
    lock::hold(mine(work).filter(Column::Id.eq(id)))
        .one(work.db())
        .await
        .map_err(Fault::from)?
        .ok_or(Refusal::NotFound)
}

pub(crate) async fn by_email(reading: &Reading<Tenant>, email: &Email) -> Result<Option<Model>, Fault> {
    Ok(mine(reading)
        .filter(Column::Email.eq(email.clone()))
        .one(reading.db())
        .await?)
}

/// Of those with a number, the one who was there first.
pub(crate) async fn by_phone(reading: &Reading<Tenant>, phone: &Phone) -> Result<Option<Model>, Fault> {
    Ok(mine(reading)
        .filter(Column::Phone.eq(phone.clone()))
        .filter(Column::ArchivedAt.is_null())
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .one(reading.db())
        .await?)
}

pub(crate) async fn find(reading: &Reading<Tenant>, ids: &[ClientId]) -> Result<Vec<Model>, Fault> {
    Ok(mine(reading)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(Column::Id)
        .all(reading.db())
        .await?)
}

pub(crate) async fn page(reading: &Reading<Tenant>, page: &Page) -> Result<Slice<Model>, Fault> {
    paging::slice(reading.db(), mine(reading), page).await
}

pub(crate) async fn count(reading: &Reading<Tenant>) -> Result<u64, Fault> {
    paging::count(reading.db(), mine(reading)).await
}
