//! The pairs of tokens that sessions have had.

use db::{Account, Digest, Fault, Reading, Scope, Work};
use kernel::id::{GenerationId, SessionId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait as _, Query, SimpleExpr};

use crate::store::session;
use crate::sweep::REUSE_KNOWN_FOR;

/// One pair of a session's tokens; refreshing makes the next. Both are said again from the id; only hashes are stored.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session_generations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GenerationId,
    pub session_id: SessionId,
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub access_digest: Digest,
    pub access_expires_at: DateTimeUtc,
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub refresh_digest: Digest,
    pub rotated_at: Option<DateTimeUtc>,
    pub successor_id: Option<GenerationId>,
    pub created_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::session::Entity",
        from = "Column::SessionId",
        to = "super::session::Column::Id"
    )]
    Session,
}

impl Related<super::session::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Session.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

/// A generation with its session.
pub(crate) type Pair = (Model, session::Model);

pub(crate) async fn by_access<S: Scope>(reading: &Reading<S>, digest: Digest) -> Result<Option<Pair>, Fault> {
    pair(reading, Column::AccessDigest.eq(digest)).await
}

pub(crate) async fn by_refresh<S: Scope>(
    reading: &Reading<S>,
    digest: Digest,
) -> Result<Option<Pair>, Fault> {
    pair(reading, Column::RefreshDigest.eq(digest)).await
}

pub(crate) async fn find<S: Scope>(reading: &Reading<S>, id: GenerationId) -> Result<Option<Pair>, Fault> {
    pair(reading, Column::Id.eq(id)).await
}

async fn pair<S: Scope>(reading: &Reading<S>, which: SimpleExpr) -> Result<Option<Pair>, Fault> {
    let found = Entity::find()
        .filter(which)
        .find_also_related(session::Entity)
        .one(reading.db())
        .await?;
    Ok(found.and_then(|(generation, session)| Some((generation, session?))))
}

/// Forgets some whose session has expired, or that were replaced so long ago that their re-use means nothing.
pub(crate) async fn forget(work: &Work<Account>, most: u64) -> Result<u64, Fault> {
    let expired = Query::select()
        .column(session::Column::Id)
        .from(session::Entity)
        .and_where(session::Column::ExpiresAt.lte(work.now()))
        .to_owned();
    let of_old = Column::SessionId.in_subquery(expired);
    let replaced = Column::RotatedAt.lte(work.now() - REUSE_KNOWN_FOR);
    let old = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(of_old.or(replaced))
        .limit(most)
        .to_owned();
    let gone = Entity::delete_many()
        .filter(Column::Id.in_subquery(old))
        .exec(work.db())
        .await?;
    Ok(gone.rows_affected)
}
