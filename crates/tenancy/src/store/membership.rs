//! Who belongs to which organization.

use db::paging::{self, Keyed, Page, Slice};
use db::{Fault, Reading, Scope, Tenant, Work, lock};
use kernel::id::{MembershipId, OrganizationId, UserId};
use sea_orm::entity::prelude::*;
use sea_orm::{PaginatorTrait, QueryOrder, QuerySelect, Select};

use crate::error::Refusal;
use crate::role::Role;

/// One person's place in one organization.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "memberships")]
pub struct Model {
    /// In which organization.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MembershipId,
    /// Who.
    pub user_id: UserId,
    /// As what.
    pub role: Role,
    /// Counts the changes.
    pub version: i64,
    /// Since when.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Keyed for Entity {
    const LIST: &'static str = "memberships";
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

pub(crate) async fn insert(work: &Work<Tenant>, membership: Model) -> Result<(), Refusal> {
    super::insert(work, membership)
        .await
        .map_err(|fault| match fault.constraint() {
            Some("memberships_user_id_unique") => Refusal::AlreadyMember,
            _ => Refusal::Fault(fault),
        })
}

pub(crate) async fn find(reading: &Reading<Tenant>, ids: &[MembershipId]) -> Result<Vec<Model>, Fault> {
    Ok(mine(reading)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(reading.db())
        .await?)
}

/// Those of these people.
pub(crate) async fn of_users(reading: &Reading<Tenant>, users: &[UserId]) -> Result<Vec<Model>, Fault> {
    Ok(mine(reading)
        .filter(Column::UserId.is_in(users.iter().copied()))
        .all(reading.db())
        .await?)
}

/// One person's place in one organization, seen from either scope.
pub(crate) async fn at<S: Scope>(
    reading: &Reading<S>,
    user: UserId,
    organization: OrganizationId,
) -> Result<Option<Model>, Fault> {
    Ok(Entity::find()
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::UserId.eq(user))
        .one(reading.db())
        .await?)
}

/// Every place of one person. In PostgreSQL only that person's own transaction sees them.
pub(crate) async fn of_user<S: Scope>(
    reading: &Reading<S>,
    user: UserId,
    most: u64,
) -> Result<Vec<Model>, Fault> {
    Ok(Entity::find()
        .filter(Column::UserId.eq(user))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(most)
        .all(reading.db())
        .await?)
}

/// Holds one membership of an organization that is held.
pub(crate) async fn hold(work: &Work<Tenant>, id: MembershipId) -> Result<Model, Refusal> {
    lock::hold(mine(work).filter(Column::Id.eq(id)))
        .one(work.db())
        .await
        .map_err(Fault::from)?
        .ok_or(Refusal::NotFound("member"))
}

/// Holds the membership of one person.
pub(crate) async fn hold_of(work: &Work<Tenant>, user: UserId) -> Result<Model, Refusal> {
    lock::hold(mine(work).filter(Column::UserId.eq(user)))
        .one(work.db())
        .await
        .map_err(Fault::from)?
        .ok_or(Refusal::NotFound("member"))
}

pub(crate) async fn owners(work: &Work<Tenant>) -> Result<u64, Fault> {
    Ok(mine(work)
        .filter(Column::Role.eq(Role::Owner))
        .count(work.db())
        .await?)
}

pub(crate) async fn delete(work: &Work<Tenant>, id: MembershipId) -> Result<(), Fault> {
    Entity::delete_by_id((work.organization(), id))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Everybody goes; says how many went.
pub(crate) async fn delete_all(work: &Work<Tenant>) -> Result<u64, Fault> {
    let gone = Entity::delete_many()
        .filter(Column::OrganizationId.eq(work.organization()))
        .exec(work.db())
        .await?;
    Ok(gone.rows_affected)
}
