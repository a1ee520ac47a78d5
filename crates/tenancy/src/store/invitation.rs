//! Invitations.

use db::paging::{self, Keyed, Page, Slice};
use db::{Digest, Fault, Reading, Tenant, Work};
use kernel::Email;
use kernel::id::{InvitationId, OrganizationId, UserId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{PaginatorTrait, Select};

use crate::error::Refusal;
use crate::role::Role;

/// One invitation to join an organization.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    /// To which organization.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// For whom.
    pub email: Email,
    /// As what.
    pub role: Role,
    /// What is stored of its secret.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub digest: Digest,
    /// By whom, unless a key invited.
    pub invited_by: Option<UserId>,
    /// When it ends.
    pub expires_at: DateTimeUtc,
    /// When somebody accepted it.
    pub accepted_at: Option<DateTimeUtc>,
    /// Who accepted it.
    pub accepted_by: Option<UserId>,
    /// When it was taken back.
    pub revoked_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Keyed for Entity {
    const LIST: &'static str = "invitations";
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

/// Those that were neither accepted nor taken back; some may have expired.
fn unanswered(reading: &Reading<Tenant>) -> Select<Entity> {
    mine(reading)
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
}

pub(crate) async fn page(reading: &Reading<Tenant>, page: &Page) -> Result<Slice<Model>, Fault> {
    paging::slice(reading.db(), mine(reading), page).await
}

pub(crate) async fn count(reading: &Reading<Tenant>) -> Result<u64, Fault> {
    paging::count(reading.db(), mine(reading)).await
}

pub(crate) async fn insert(work: &Work<Tenant>, invitation: Model) -> Result<(), Refusal> {
    super::insert(work, invitation)
        .await
        .map_err(|fault| match fault.constraint() {
            Some("invitations_email_unique") => Refusal::AlreadyInvited,
            _ => Refusal::Fault(fault),
        })
}

pub(crate) async fn find(reading: &Reading<Tenant>, ids: &[InvitationId]) -> Result<Vec<Model>, Fault> {
    Ok(mine(reading)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(reading.db())
        .await?)
}

pub(crate) async fn by_digest(reading: &Reading<Tenant>, digest: Digest) -> Result<Option<Model>, Fault> {
    Ok(mine(reading)
        .filter(Column::Digest.eq(digest))
        .one(reading.db())
        .await?)
}

/// How many are open.
pub(crate) async fn open_count(work: &Work<Tenant>) -> Result<u64, Fault> {
    Ok(unanswered(work)
        .filter(Column::ExpiresAt.gt(work.now()))
        .count(work.db())
        .await?)
}

/// Those for one address that nobody has answered.
pub(crate) async fn unanswered_for(work: &Work<Tenant>, email: &Email) -> Result<Vec<Model>, Fault> {
    Ok(unanswered(work)
        .filter(Column::Email.eq(email.clone()))
        .all(work.db())
        .await?)
}

/// Those by one person that nobody has answered.
pub(crate) async fn unanswered_by(work: &Work<Tenant>, user: UserId) -> Result<Vec<Model>, Fault> {
    Ok(unanswered(work)
        .filter(Column::InvitedBy.eq(user))
        .all(work.db())
        .await?)
}

/// Takes back some that nobody has answered.
pub(crate) async fn revoke(work: &Work<Tenant>, ids: &[InvitationId]) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(work.now()))
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Takes back every one that nobody has answered; says how many.
pub(crate) async fn revoke_all(work: &Work<Tenant>) -> Result<u64, Fault> {
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(work.now()))
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .exec(work.db())
        .await?;
    Ok(revoked.rows_affected)
}
