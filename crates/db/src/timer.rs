//! What is promised for later, and kept whatever dies in between.
//!
//! A verb promises in its transaction. Whoever claims a due promise has it for [`LEASE`] under a token of its own, and must
//! show the token to say that it is kept: whoever was paused for longer than that, and comes back, has lost it. A claim
//! counts as an attempt before anything is done, so whatever kills the process is counted too.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Id as _;
use kernel::id::{OrganizationId, TimerId};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, OnConflict};
use sea_orm::{Condition, QueryOrder as _, QuerySelect as _};
use serde_json::Value;

use crate::dialect;
use crate::fault::Fault;
use crate::store::Store;
use crate::work::{Reading, Tenant, Work};

/// How long a claim is good for, unless it is renewed.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);

/// How often whoever works on a claim renews it.
pub const HEARTBEAT: TimeDelta = TimeDelta::seconds(15);

/// How often something is attempted before it is given up.
pub const ATTEMPTS_MAX: i64 = 25;

/// The longest pause between two attempts.
pub const PAUSE_MAX: TimeDelta = TimeDelta::hours(1);

/// How much of an error is kept, in characters.
pub const ERROR_MAX: usize = 500;

/// One promise.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "timers")]
pub struct Model {
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TimerId,
    /// What is to be done: `hold.expiry`.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// The global id of what it is about.
    #[sea_orm(column_type = "Text")]
    pub subject_id: String,
    /// What whoever does it must know besides.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Value,
    /// When.
    pub due_at: DateTimeUtc,
    /// How often it was claimed.
    pub attempts: i64,
    /// The token of whoever works on it.
    pub lease: Option<Uuid>,
    /// Until when that is good.
    pub leased_until: Option<DateTimeUtc>,
    /// What went wrong last.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
    /// WAITING, DONE, CANCELLED or DEAD.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// When it left WAITING.
    pub ended_at: Option<DateTimeUtc>,
    /// When it was promised.
    pub created_at: DateTimeUtc,
}

/// It stands alone: what it names may be gone.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

const WAITING: &str = "WAITING";
const DONE: &str = "DONE";
const CANCELLED: &str = "CANCELLED";
const DEAD: &str = "DEAD";

/// What is to be done, about what, when.
#[derive(Debug, Clone, PartialEq)]
pub struct Promise {
    /// What is to be done: `hold.expiry`. One promise of a kind stands about one subject.
    pub kind: &'static str,
    /// The global id of what it is about.
    pub subject: String,
    /// What whoever does it must know besides.
    pub payload: Value,
    /// When.
    pub due_at: DateTime<Utc>,
}

/// A due promise that is ours to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Where.
    pub organization: OrganizationId,
    /// Which.
    pub id: TimerId,
    /// What is to be done.
    pub kind: String,
    /// The global id of what it is about.
    pub subject: String,
    /// What must be known besides.
    pub payload: Value,
    /// When it was due.
    pub due_at: DateTime<Utc>,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    lease: Uuid,
}

/// Somebody else works on it by now, or it was moved or cancelled: whatever was done for it must be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost;

/// How long to wait after so many attempts: 5 seconds, doubled each time, an hour at most.
#[must_use]
pub fn pause(attempts: i64) -> TimeDelta {
    let doubled = u32::try_from(attempts.clamp(1, 30) - 1).unwrap_or(0);
    TimeDelta::seconds(5_i64 << doubled.min(20)).min(PAUSE_MAX)
}

impl Work<Tenant> {
    /// Promises something for later. What was promised of this kind about this subject is moved there, even from under
    /// whoever works on it.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn promise(&self, promise: Promise) -> Result<(), Fault> {
        let timer = ActiveModel {
            organization_id: Set(self.organization()),
            id: Set(self.mint()),
            kind: Set(promise.kind.to_owned()),
            subject_id: Set(promise.subject),
            payload: Set(promise.payload),
            due_at: Set(promise.due_at),
            attempts: Set(0),
            lease: Set(None),
            leased_until: Set(None),
            last_error: Set(None),
            state: Set(WAITING.to_owned()),
            ended_at: Set(None),
            created_at: Set(self.now()),
        };
        let moved = OnConflict::columns([Column::OrganizationId, Column::Kind, Column::SubjectId])
            .target_and_where(Column::State.eq(WAITING))
            .update_columns([
                Column::Payload,
                Column::DueAt,
                Column::Attempts,
                Column::Lease,
                Column::LeasedUntil,
                Column::LastError,
            ])
            .to_owned();
        Entity::insert(timer)
            .on_conflict(moved)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    /// Takes back what was promised of this kind about this subject, even from whoever works on it.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn take_back(&self, kind: &str, subject: &str) -> Result<(), Fault> {
        Entity::update_many()
            .col_expr(Column::State, CANCELLED.into())
            .col_expr(Column::EndedAt, self.now().into())
            .col_expr(Column::Lease, Expr::val(None::<Uuid>))
            .col_expr(Column::LeasedUntil, Expr::val(None::<DateTime<Utc>>))
            .filter(Column::OrganizationId.eq(self.organization()))
            .filter(Column::Kind.eq(kind))
            .filter(Column::SubjectId.eq(subject))
            .filter(Column::State.eq(WAITING))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// Says, in the transaction of what was done for it, that a promise is kept.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn keep(&self, claim: &Claim) -> Result<Result<(), Lost>, Fault> {
        let kept = Entity::update_many()
            .col_expr(Column::State, DONE.into())
            .col_expr(Column::EndedAt, self.now().into())
            .col_expr(Column::Lease, Expr::val(None::<Uuid>))
            .col_expr(Column::LeasedUntil, Expr::val(None::<DateTime<Utc>>))
            .filter(ours(claim))
            .exec(self.db())
            .await?;
        Ok(if kept.rows_affected == 1 { Ok(()) } else { Err(Lost) })
    }

    /// Says that an attempt has failed: it is tried again after a pause, or given up and kept to be looked at.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn fail(&self, claim: &Claim, error: &str) -> Result<Result<(), Lost>, Fault> {
        let error: String = error.chars().take(ERROR_MAX).collect();
        let is_last = claim.attempt >= ATTEMPTS_MAX;
        let (state, ended_at) = if is_last {
            (DEAD, Some(self.now()))
        } else {
            (WAITING, None)
        };
        let failed = Entity::update_many()
            .col_expr(Column::State, state.into())
            .col_expr(Column::EndedAt, Expr::val(ended_at))
            .col_expr(Column::LastError, error.into())
            .col_expr(Column::DueAt, (self.now() + pause(claim.attempt)).into())
            .col_expr(Column::Lease, Expr::val(None::<Uuid>))
            .col_expr(Column::LeasedUntil, Expr::val(None::<DateTime<Utc>>))
            .filter(ours(claim))
            .exec(self.db())
            .await?;
        Ok(if failed.rows_affected == 1 { Ok(()) } else { Err(Lost) })
    }

    /// Renews a claim.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn renew(&self, claim: &Claim) -> Result<Result<(), Lost>, Fault> {
        let renewed = Entity::update_many()
            .col_expr(Column::LeasedUntil, (self.now() + LEASE).into())
            .filter(ours(claim))
            .exec(self.db())
            .await?;
        Ok(if renewed.rows_affected == 1 { Ok(()) } else { Err(Lost) })
    }

    /// Puts a promise that was given up back to work, from now and with all its attempts. Says whether there was one.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn rearm(&self, id: TimerId) -> Result<bool, Fault> {
        let armed = Entity::update_many()
            .col_expr(Column::State, WAITING.into())
            .col_expr(Column::EndedAt, Expr::val(None::<DateTime<Utc>>))
            .col_expr(Column::Attempts, 0_i64.into())
            .col_expr(Column::DueAt, self.now().into())
            .filter(Column::OrganizationId.eq(self.organization()))
            .filter(Column::Id.eq(id))
            .filter(Column::State.eq(DEAD))
            .exec(self.db())
            .await?;
        Ok(armed.rows_affected == 1)
    }
}

fn ours(claim: &Claim) -> Condition {
    Condition::all()
        .add(Column::OrganizationId.eq(claim.organization))
        .add(Column::Id.eq(claim.id))
        .add(Column::Lease.eq(claim.lease))
}

/// Claims so many promises that are due, of whatever organizations, earliest first.
///
/// # Errors
/// If the database refuses; then nothing is claimed.
pub async fn claim(store: &Store, most: u64) -> Result<Vec<Claim>, Fault> {
    let now = store.now();
    let tx = dialect::begin_promises(store.writes()).await?;
    let free = Condition::any()
        .add(Column::LeasedUntil.is_null())
        .add(Column::LeasedUntil.lt(now));
    let due = Entity::find()
        .filter(Column::State.eq(WAITING))
        .filter(Column::DueAt.lte(now))
        .filter(free)
        .order_by_asc(Column::DueAt)
        .limit(most)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(&tx)
        .await?;
    let lease = store.ids().mint::<TimerId>(now).uuid();
    let mut claims = Vec::with_capacity(due.len());
    for timer in due {
        let mine = Condition::all()
            .add(Column::OrganizationId.eq(timer.organization_id))
            .add(Column::Id.eq(timer.id));
        if timer.attempts >= ATTEMPTS_MAX {
            // Its last attempt ended with whoever made it.
            Entity::update_many()
                .col_expr(Column::State, DEAD.into())
                .col_expr(Column::EndedAt, now.into())
                .col_expr(Column::Lease, Expr::val(None::<Uuid>))
                .col_expr(Column::LeasedUntil, Expr::val(None::<DateTime<Utc>>))
                .filter(mine)
                .exec(&tx)
                .await?;
            continue;
        }
        Entity::update_many()
            .col_expr(Column::Lease, lease.into())
            .col_expr(Column::LeasedUntil, (now + LEASE).into())
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .filter(mine)
            .exec(&tx)
            .await?;
        claims.push(Claim {
            organization: timer.organization_id,
            id: timer.id,
            kind: timer.kind,
            subject: timer.subject_id,
            payload: timer.payload,
            due_at: timer.due_at,
            attempt: timer.attempts + 1,
            lease,
        });
    }
    tx.commit().await?;
    Ok(claims)
}

/// When the next promise is due that nobody works on, of whatever organization.
///
/// # Errors
/// If the database refuses.
pub async fn next_due(store: &Store) -> Result<Option<DateTime<Utc>>, Fault> {
    let tx = dialect::begin_promises(store.writes()).await?;
    let next = Entity::find()
        .select_only()
        .column(Column::DueAt)
        .filter(Column::State.eq(WAITING))
        .filter(Column::Lease.is_null())
        .order_by_asc(Column::DueAt)
        .limit(1)
        .into_tuple()
        .one(&tx)
        .await?;
    tx.rollback().await?;
    Ok(next)
}

/// Promises that were given up, latest first; the caller has checked the right.
///
/// # Errors
/// If the database refuses.
pub async fn dead(reading: &Reading<Tenant>, most: u64) -> Result<Vec<Model>, Fault> {
    Ok(Entity::find()
        .filter(Column::OrganizationId.eq(reading.organization()))
        .filter(Column::State.eq(DEAD))
        .order_by_desc(Column::DueAt)
        .limit(most)
        .all(reading.db())
        .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_from_five_seconds_to_an_hour() {
        let seconds = |attempts| pause(attempts).num_seconds();
        assert_eq!([1, 2, 3, 10].map(seconds), [5, 10, 20, 2_560]);
        assert_eq!([11, 25, i64::MAX].map(seconds), [3_600; 3]);
        assert_eq!([0, -1].map(seconds), [5, 5], "there is no attempt before the first");
    }
}
