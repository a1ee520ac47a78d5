//! Sign-ins.

use db::{Account, Fault, Reading, Scope, Work};
use kernel::id::{SessionId, UserId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{QueryOrder, Select};

/// One sign-in of one person on one device; refreshing keeps it.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// The program that uses it, as it called itself last.
    #[sea_orm(column_type = "Text", nullable)]
    pub user_agent: Option<String>,
    /// The address it was signed in or refreshed from last.
    #[sea_orm(column_type = "Text", nullable)]
    pub ip: Option<String>,
    /// When it began.
    pub signed_in_at: DateTimeUtc,
    /// When its tokens were made last.
    pub refreshed_at: DateTimeUtc,
    /// When it ends unless it is refreshed.
    pub expires_at: DateTimeUtc,
    /// When it was ended.
    pub revoked_at: Option<DateTimeUtc>,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The pairs of tokens that it has had.
    #[sea_orm(has_many = "super::generation::Entity")]
    Generation,
}

impl Related<super::generation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Generation.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether it goes on.
    pub(crate) fn is_alive(&self, now: DateTimeUtc) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

fn alive<S: Scope>(reading: &Reading<S>, user: UserId) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(user))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(reading.now()))
}

/// The person's living sessions, latest used first.
pub(crate) async fn living<S: Scope>(reading: &Reading<S>, user: UserId) -> Result<Vec<Model>, Fault> {
    Ok(alive(reading, user)
        .order_by_desc(Column::RefreshedAt)
        .order_by_desc(Column::Id)
        .all(reading.db())
        .await?)
}

pub(crate) async fn find<S: Scope>(reading: &Reading<S>, id: SessionId) -> Result<Option<Model>, Fault> {
    Ok(Entity::find_by_id(id).one(reading.db()).await?)
}

/// Ends these sessions of an account that is held.
pub(crate) async fn revoke<S: Scope>(work: &Work<S>, ids: &[SessionId]) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(work.now()))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(Column::RevokedAt.is_null())
        .exec(work.db())
        .await?;
    Ok(())
}

/// Forgets some that have expired and whose generations are forgotten.
pub(crate) async fn forget(work: &Work<Account>, most: u64) -> Result<u64, Fault> {
    let old = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::ExpiresAt.lte(work.now()))
        .limit(most)
        .to_owned();
    let gone = Entity::delete_many()
        .filter(Column::Id.in_subquery(old))
        .exec(work.db())
        .await?;
    Ok(gone.rows_affected)
}
