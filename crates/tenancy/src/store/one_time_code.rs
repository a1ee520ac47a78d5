//! Codes that prove an e-mail address.

use chrono::TimeDelta;
use db::{Account, Digest, Fault, Reading, Scope, Work};
use kernel::id::{OneTimeCodeId, UserId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{QueryOrder, QuerySelect, Select};

use crate::code::{Purpose, WINDOW};

/// One code. Its digits are said again from the id; only a keyed hash is stored.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_codes")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OneTimeCodeId,
    pub user_id: UserId,
    pub purpose: Purpose,
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub digest: Digest,
    pub attempts: i64,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn of(user: UserId, purpose: Purpose) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(user))
        .filter(Column::Purpose.eq(purpose))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
}

/// The newest code: an older one is no good any more.
pub(crate) async fn newest<S: Scope>(
    reading: &Reading<S>,
    user: UserId,
    purpose: Purpose,
) -> Result<Option<Model>, Fault> {
    Ok(of(user, purpose).one(reading.db()).await?)
}

/// The codes made within `window`, newest first, no more than `most`.
pub(crate) async fn recent<S: Scope>(
    reading: &Reading<S>,
    (user, purpose): (UserId, Purpose),
    window: TimeDelta,
    most: u64,
) -> Result<Vec<Model>, Fault> {
    Ok(of(user, purpose)
        .filter(Column::CreatedAt.gt(reading.now() - window))
        .limit(most)
        .all(reading.db())
        .await?)
}

pub(crate) async fn find<S: Scope>(reading: &Reading<S>, id: OneTimeCodeId) -> Result<Option<Model>, Fault> {
    Ok(Entity::find_by_id(id).one(reading.db()).await?)
}

/// Forgets some that have expired and count for no limit any more.
pub(crate) async fn forget(work: &Work<Account>, most: u64) -> Result<u64, Fault> {
    let old = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::ExpiresAt.lte(work.now() - WINDOW))
        .limit(most)
        .to_owned();
    let gone = Entity::delete_many()
        .filter(Column::Id.in_subquery(old))
        .exec(work.db())
        .await?;
    Ok(gone.rows_affected)
}
