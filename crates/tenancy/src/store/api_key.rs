//! Keys that integrators call with.

use chrono::TimeDelta;
use db::paging::{self, Keyed, Page, Slice};
use db::{Digest, Fault, Reading, Tenant, Work, lock};
use kernel::Name;
use kernel::id::{ApiKeyId, OrganizationId, UserId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{PaginatorTrait, Select};

use crate::api_key::Scopes;
use crate::error::Refusal;

/// One key; its secret is said again from its id, once, to whoever made it.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    /// Of which organization.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiKeyId,
    /// What it is for, in its maker's words.
    pub name: Name,
    /// How its secret begins: enough to tell two keys apart.
    #[sea_orm(column_type = "Text")]
    pub prefix: String,
    /// What is stored of its secret.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub digest: Digest,
    /// What it may do.
    #[sea_orm(column_type = "JsonBinary")]
    pub scopes: Scopes,
    /// Requests a minute; the house's default if none, and nothing passes at 0.
    pub rate_per_minute: Option<i64>,
    /// When it ends, if ever.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
    /// Who made it, unless another key did.
    pub created_by: Option<UserId>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Keyed for Entity {
    const LIST: &'static str = "api_keys";
    fn order() -> Vec<Column> {
        vec![Column::CreatedAt, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.created_at.into(), row.id.into()]
    }
}

/// This organization's.
fn mine(reading: &Reading<Tenant>) -> Select<Entity> {
    Entity::find().filter(Column::OrganizationId.eq(reading.organization()))
}

pub(crate) async fn page(reading: &Reading<Tenant>, page: &Page) -> Result<Slice<Model>, Fault> {
    paging::slice(reading.db(), mine(reading), page).await
}

pub(crate) async fn count(reading: &Reading<Tenant>) -> Result<u64, Fault> {
    paging::count(reading.db(), mine(reading)).await
}

pub(crate) async fn find(reading: &Reading<Tenant>, ids: &[ApiKeyId]) -> Result<Vec<Model>, Fault> {
    Ok(mine(reading)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(reading.db())
        .await?)
}

pub(crate) async fn hold(work: &Work<Tenant>, id: ApiKeyId) -> Result<Model, Refusal> {
    lock::hold(mine(work).filter(Column::Id.eq(id)))
        .one(work.db())
        .await
        .map_err(Fault::from)?
        .ok_or(Refusal::NotFound("API key"))
}

/// How many are good for something.
pub(crate) async fn living_count(work: &Work<Tenant>) -> Result<u64, Fault> {
    let goes_on = Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(work.now()));
    Ok(mine(work)
        .filter(Column::RevokedAt.is_null())
        .filter(goes_on)
        .count(work.db())
        .await?)
}

/// Revokes every key; says how many.
pub(crate) async fn revoke_all(work: &Work<Tenant>) -> Result<u64, Fault> {
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(work.now()))
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::RevokedAt.is_null())
        .exec(work.db())
        .await?;
    Ok(revoked.rows_affected)
}

/// Notes that a key was used, unless that was noted within `every`; says whether it did.
pub(crate) async fn note_used(work: &Work<Tenant>, id: ApiKeyId, every: TimeDelta) -> Result<bool, Fault> {
    let is_due = Column::LastUsedAt
        .is_null()
        .or(Column::LastUsedAt.lte(work.now() - every));
    let noted = Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(work.now()))
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::Id.eq(id))
        .filter(is_due)
        .exec(work.db())
        .await?;
    Ok(noted.rows_affected == 1)
}
