//! One effect per key, and the same answer every time.
//!
//! The key is claimed in the same transaction as the effect. On PostgreSQL a second claim waits for the first transaction
//! to end; on SQLite there is only one writer. A refusal rolls the claim back, so it may be tried again.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::{IdempotencyId, OrganizationId};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{OnConflict, Query, SelectStatement};
use serde_json::Value;

use crate::fault::Fault;
use crate::work::{Reading, Scope, Work};

/// How long an answer can be had again. R5 promises 24 h at least.
pub const KEPT_FOR: TimeDelta = TimeDelta::hours(48);

/// The longest key, in characters.
pub const KEY_MAX: usize = 255;

mod row {
    use super::{IdempotencyId, OrganizationId, Value};
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency_keys")]
    pub(super) struct Model {
        /// The nil organization where the effect is outside any.
        #[sea_orm(primary_key, auto_increment = false)]
        pub organization_id: OrganizationId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: IdempotencyId,
        /// Hash of actor, mutation and key.
        #[sea_orm(column_type = "VarBinary(StringLen::None)")]
        pub scope: Vec<u8>,
        #[sea_orm(column_type = "VarBinary(StringLen::None)")]
        pub request: Vec<u8>,
        #[sea_orm(column_type = "JsonBinary", nullable)]
        pub answer: Option<Value>,
        pub expires_at: DateTimeUtc,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Who sends what, under which key.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The actor's id, or the hash of an anonymous client's secret.
    pub actor: &'a str,
    /// The root field.
    pub mutation: &'a str,
    /// The client's key.
    pub key: &'a str,
    /// The input, as bytes that are equal for equal inputs.
    pub request: &'a [u8],
}

/// What became of a claim.
#[derive(Debug)]
pub enum Claim {
    /// The first: do it, then [`keep`] the answer.
    Fresh(IdempotencyId),
    /// Done before, with this answer.
    Replay(Value),
    /// The same key came with another request.
    Reused,
}

/// Claims a key for this transaction, under its own scope or under [`Account`](crate::Account): whatever founds an
/// organization would otherwise look for its key in a new place every time.
///
/// # Errors
/// If the database refuses.
pub async fn claim<W: Scope, S: Scope>(work: &Work<W>, scope: S, ask: &Ask<'_>) -> Result<Claim, Fault> {
    let organization = scope.organization().unwrap_or(nobody());
    let parts = [ask.actor.as_bytes(), ask.mutation.as_bytes(), ask.key.as_bytes()];
    let scope = work.key().fingerprint("idempotency.scope", &parts);
    let request = work.key().fingerprint("idempotency.request", &[ask.request]);
    let id: IdempotencyId = work.mint();
    row::Entity::delete_many()
        .filter(row::Column::OrganizationId.eq(organization))
        .filter(row::Column::Scope.eq(scope.clone()))
        .filter(row::Column::ExpiresAt.lte(work.now()))
        .exec(work.db())
        .await?;
    let claimed = row::ActiveModel {
        organization_id: Set(organization),
        id: Set(id),
        scope: Set(scope.clone()),
        request: Set(request.clone()),
        answer: Set(None),
        expires_at: Set(work.now() + KEPT_FOR),
    };
    let arbiter = OnConflict::columns([row::Column::OrganizationId, row::Column::Scope])
        .do_nothing()
        .to_owned();
    let inserted = row::Entity::insert(claimed)
        .on_conflict(arbiter)
        .exec_without_returning(work.db())
        .await?;
    if inserted == 1 {
        return Ok(Claim::Fresh(id));
    }
    match stored(work, organization, &scope).await? {
        Some(before) => told(before, &request),
        // It expired between the two statements: as good as never claimed, and the next try will find it so.
        None => Err(Fault::Corrupt(id.to_string())),
    }
}

/// What a key has been answered before, without claiming it: for whatever must be found out before a work is opened and
/// may have changed since, such as a proof of the old password.
///
/// # Errors
/// If the database refuses.
pub async fn known<W: Scope, S: Scope>(
    reading: &Reading<W>,
    scope: S,
    ask: &Ask<'_>,
) -> Result<Option<Claim>, Fault> {
    let organization = scope.organization().unwrap_or(nobody());
    let parts = [ask.actor.as_bytes(), ask.mutation.as_bytes(), ask.key.as_bytes()];
    let scope = reading.key().fingerprint("idempotency.scope", &parts);
    let request = reading.key().fingerprint("idempotency.request", &[ask.request]);
    let before = stored(reading, organization, &scope).await?;
    before
        .filter(|it| it.expires_at > reading.now())
        .map(|it| told(it, &request))
        .transpose()
}

async fn stored<W: Scope>(
    reading: &Reading<W>,
    organization: OrganizationId,
    scope: &[u8],
) -> Result<Option<row::Model>, Fault> {
    Ok(row::Entity::find()
        .filter(row::Column::OrganizationId.eq(organization))
        .filter(row::Column::Scope.eq(scope.to_vec()))
        .one(reading.db())
        .await?)
}

fn told(before: row::Model, request: &[u8]) -> Result<Claim, Fault> {
    if before.request != request {
        return Ok(Claim::Reused);
    }
    let answer = before
        .answer
        .ok_or_else(|| Fault::Corrupt(before.id.to_string()))?;
    Ok(Claim::Replay(answer))
}

/// Keeps the answer beside its effect.
///
/// # Errors
/// If the database refuses.
pub async fn keep<W: Scope, S: Scope>(
    work: &Work<W>,
    scope: S,
    id: IdempotencyId,
    answer: Value,
) -> Result<(), Fault> {
    let organization = scope.organization().unwrap_or(nobody());
    row::Entity::update_many()
        .col_expr(row::Column::Answer, sea_orm::sea_query::Expr::value(answer))
        .filter(row::Column::OrganizationId.eq(organization))
        .filter(row::Column::Id.eq(id))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Gives a claim back: the verb refused, but what it wrote is kept.
///
/// # Errors
/// If the database refuses.
pub async fn release<W: Scope, S: Scope>(work: &Work<W>, scope: S, id: IdempotencyId) -> Result<(), Fault> {
    let organization = scope.organization().unwrap_or(nobody());
    row::Entity::delete_by_id((organization, id))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Whether one scope has answers that nobody may ask for any more.
///
/// # Errors
/// If the database refuses.
pub async fn has_expired<S: Scope>(reading: &Reading<S>, scope: S) -> Result<bool, Fault> {
    let found = reading.db().query_one(&expired(scope, reading.now(), 1)).await?;
    Ok(found.is_some())
}

/// Forgets so many of the answers of one scope that nobody may ask for any more; the worker goes through all of them.
///
/// # Errors
/// If the database refuses.
pub async fn sweep<S: Scope>(work: &Work<S>, scope: S, most: u64) -> Result<u64, Fault> {
    let owner = scope.organization().unwrap_or(nobody());
    let swept = row::Entity::delete_many()
        .filter(row::Column::OrganizationId.eq(owner))
        .filter(row::Column::Id.in_subquery(expired(scope, work.now(), most)))
        .exec(work.db())
        .await?;
    Ok(swept.rows_affected)
}

fn expired<S: Scope>(scope: S, now: DateTime<Utc>, most: u64) -> SelectStatement {
    Query::select()
        .column(row::Column::Id)
        .from(row::Entity)
        .and_where(row::Column::OrganizationId.eq(scope.organization().unwrap_or(nobody())))
        .and_where(row::Column::ExpiresAt.lte(now))
        .limit(most)
        .to_owned()
}

/// Effects outside any organization stand under the nil id, which no organization has.
fn nobody() -> OrganizationId {
    kernel::Id::from_uuid(Uuid::nil())
}
