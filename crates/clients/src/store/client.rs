//! People whom an organization serves.

use db::paging::{self, Keyed, Page, Slice};
use db::{Fault, Reading, Tenant, Work, lock};
use kernel::folded::{anywhere, folded};
use kernel::id::{ClientId, OrganizationId, ProviderId, UserId};
use kernel::{CountryCode, Email, Line, Locale, Name, Phone, Zone};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait as _, LikeExpr, OnConflict};
use sea_orm::{IntoActiveModel, QueryOrder, Select};

use crate::client::{ClientFilter, ClientStatus};
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
    /// In which country they are.
    pub country: Option<CountryCode>,
    /// In which city.
    pub city: Option<Line>,
    /// Who serves them first of all.
    pub primary_provider_id: Option<ProviderId>,
    /// What they are found by, folded.
    #[sea_orm(column_type = "Text")]
    pub search: String,
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

impl Model {
    /// Notes what they are found by.
    pub(crate) fn index(&mut self) {
        let words = [
            Some(self.name.as_str()),
            self.email.as_ref().map(Email::as_str),
            self.phone.as_ref().map(Phone::as_str),
        ];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        self.search = folded(&words.join(" "));
    }
}

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

/// The constraints that keep two people from one address or account, and one from a provider who is not there.
fn taken(fault: Fault) -> Refusal {
    match fault.constraint() {
        Some("clients_email_unique") => Refusal::Taken("email"),
        Some("clients_user_id_unique") => Refusal::Taken("userId"),
        Some("clients_primary_provider_fkey") => Refusal::NotFound("provider"),
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
        .ok_or(Refusal::NotFound("client"))
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

pub(crate) async fn page(
    reading: &Reading<Tenant>,
    filter: &ClientFilter,
    page: &Page,
) -> Result<Slice<Model>, Fault> {
    paging::slice(reading.db(), select(reading, filter), page).await
}

pub(crate) async fn count(reading: &Reading<Tenant>, filter: &ClientFilter) -> Result<u64, Fault> {
    paging::count(reading.db(), select(reading, filter)).await
}

/// The list that a filter means.
fn select(reading: &Reading<Tenant>, filter: &ClientFilter) -> Select<Entity> {
    let pattern = |text: &Line| LikeExpr::new(anywhere(text.as_str())).escape('\\');
    let narrow = [
        filter.status.map(|it| match it {
            ClientStatus::Active => Column::ArchivedAt.is_null(),
            ClientStatus::Archived => Column::ArchivedAt.is_not_null(),
        }),
        filter.primary_provider.map(|it| Column::PrimaryProviderId.eq(it)),
        filter
            .text
            .as_ref()
            .map(|it| Column::Search.into_expr().like(pattern(it))),
    ];
    let narrow = narrow.into_iter().flatten();
    narrow.fold(mine(reading), Select::filter)
}
