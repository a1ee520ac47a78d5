//! Claiming what is due, and saying what became of it.

use chrono::{DateTime, Utc};
use kernel::Id as _;
use kernel::id::{OrganizationId, TimerId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType};
use sea_orm::{Condition, QueryOrder as _, QuerySelect as _, UpdateMany};
use serde_json::Value;

use super::{ATTEMPTS_MAX, Column, ERROR_MAX, Entity, LEASE, Model, State, pause};
use crate::dialect::{self, Transaction};
use crate::fault::Fault;
use crate::store::Store;
use crate::work::{Tenant, Work};

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

/// Somebody else works on it by now, or it was moved or taken back: whatever was done for it must be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost;

/// What is due and not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// How many promises.
    pub promises: u64,
    /// Since when the first of them is due.
    pub since: Option<DateTime<Utc>>,
    /// How many were given up.
    pub dead: u64,
}

impl Work<Tenant> {
    /// Says, in the transaction of what was done for it, that a promise is kept.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn keep(&self, claim: &Claim) -> Result<Result<(), Lost>, Fault> {
        let kept = Entity::delete_many().filter(ours(claim)).exec(self.db()).await?;
        Ok(one(kept.rows_affected))
    }

    /// Says, in the transaction of what was done for it, that a promise is kept until this moment, and what must be known
    /// then. It has all its attempts again.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn keep_until(
        &self,
        claim: &Claim,
        due_at: DateTime<Utc>,
        payload: Value,
    ) -> Result<Result<(), Lost>, Fault> {
        self.will_wake(due_at);
        let kept = let_go()
            .col_expr(Column::DueAt, due_at.into())
            .col_expr(Column::Payload, payload.into())
            .col_expr(Column::Attempts, 0_i64.into())
            .col_expr(Column::LastError, Expr::val(None::<String>))
            .filter(ours(claim))
            .exec(self.db())
            .await?;
        Ok(one(kept.rows_affected))
    }

    /// Says that an attempt has failed: it is tried again after a [`pause`], or given up and kept to be looked at.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn fail(&self, claim: &Claim, error: &str) -> Result<Result<(), Lost>, Fault> {
        self.put_off(claim, self.now() + pause(claim.attempt), error)
            .await
    }

    /// Says that an attempt has failed and when it is to be tried again, unless it was the last.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn put_off(
        &self,
        claim: &Claim,
        due_at: DateTime<Utc>,
        why: &str,
    ) -> Result<Result<(), Lost>, Fault> {
        self.will_wake(due_at);
        let why: String = why.chars().filter(|it| *it != '\0').take(ERROR_MAX).collect();
        let state = if claim.attempt < ATTEMPTS_MAX {
            State::Waiting
        } else {
            State::Dead
        };
        let failed = let_go()
            .col_expr(Column::State, state.into())
            .col_expr(Column::LastError, why.into())
            .col_expr(Column::DueAt, due_at.into())
            .filter(ours(claim))
            .exec(self.db())
            .await?;
        Ok(one(failed.rows_affected))
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
        Ok(one(renewed.rows_affected))
    }
}

fn one(rows: u64) -> Result<(), Lost> {
    if rows == 1 { Ok(()) } else { Err(Lost) }
}

/// Nobody works on it any more.
fn let_go() -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::Lease, Expr::val(None::<Uuid>))
        .col_expr(Column::LeasedUntil, Expr::val(None::<DateTime<Utc>>))
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
    let due = Entity::find()
        .filter(free(now))
        .filter(Column::DueAt.lte(now))
        .order_by_asc(Column::DueAt)
        .limit(most)
        .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        .all(&tx)
        .await?;
    let (spent, due): (Vec<Model>, Vec<Model>) = due.into_iter().partition(|it| it.attempts >= ATTEMPTS_MAX);
    // The last attempt of these ended with whoever made it.
    set(&tx, let_go().col_expr(Column::State, State::Dead.into()), &spent).await?;
    let lease = store.ids().mint::<TimerId>(now).uuid();
    let taken = Entity::update_many()
        .col_expr(Column::Lease, lease.into())
        .col_expr(Column::LeasedUntil, (now + LEASE).into())
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1));
    set(&tx, taken, &due).await?;
    tx.commit().await?;
    let claims = due.into_iter().map(|timer| Claim {
        organization: timer.organization_id,
        id: timer.id,
        kind: timer.kind,
        subject: timer.subject_id,
        payload: timer.payload,
        due_at: timer.due_at,
        attempt: timer.attempts + 1,
        lease,
    });
    Ok(claims.collect())
}

async fn set(tx: &Transaction, update: UpdateMany<Entity>, rows: &[Model]) -> Result<(), Fault> {
    if rows.is_empty() {
        return Ok(());
    }
    let these = rows.iter().fold(Condition::any(), |these, row| {
        these.add(
            Column::OrganizationId
                .eq(row.organization_id)
                .and(Column::Id.eq(row.id)),
        )
    });
    update.filter(these).exec(tx).await?;
    Ok(())
}

/// Waiting, and nobody works on it.
fn free(now: DateTime<Utc>) -> Condition {
    let free = Condition::any()
        .add(Column::LeasedUntil.is_null())
        .add(Column::LeasedUntil.lt(now));
    Condition::all().add(Column::State.eq(State::Waiting)).add(free)
}

/// When the next promise is due that nobody works on, of whatever organization.
///
/// # Errors
/// If the database refuses.
pub async fn next_due(store: &Store) -> Result<Option<DateTime<Utc>>, Fault> {
    let tx = dialect::begin_looking(store.reads()).await?;
    let next = Entity::find()
        .select_only()
        .column(Column::DueAt)
        .filter(free(store.now()))
        .order_by_asc(Column::DueAt)
        .limit(1)
        .into_tuple()
        .one(&tx)
        .await?;
    tx.rollback().await?;
    Ok(next)
}

/// What is due and not kept, of all organizations.
///
/// # Errors
/// If the database refuses.
pub async fn backlog(store: &Store) -> Result<Backlog, Fault> {
    let tx = dialect::begin_looking(store.reads()).await?;
    let due: Option<(i64, Option<DateTime<Utc>>)> = Entity::find()
        .select_only()
        .column_as(Column::Id.count(), "promises")
        .column_as(Column::DueAt.min(), "since")
        .filter(Column::State.eq(State::Waiting))
        .filter(Column::DueAt.lte(store.now()))
        .into_tuple()
        .one(&tx)
        .await?;
    let dead = Entity::find()
        .filter(Column::State.eq(State::Dead))
        .count(&tx)
        .await?;
    tx.rollback().await?;
    let (promises, since) = due.unwrap_or_default();
    Ok(Backlog {
        promises: promises.unsigned_abs(),
        since,
        dead,
    })
}

/// Promises that were given up, of all organizations, those that were due first before others.
///
/// # Errors
/// If the database refuses.
pub async fn dead_everywhere(store: &Store, most: u64) -> Result<Vec<Model>, Fault> {
    let tx = dialect::begin_looking(store.reads()).await?;
    let dead = Entity::find()
        .filter(Column::State.eq(State::Dead))
        .order_by_asc(Column::DueAt)
        .limit(most)
        .all(&tx)
        .await?;
    tx.rollback().await?;
    Ok(dead)
}
