//! What is promised for later, and kept whatever dies in between.
//!
//! A verb promises in its transaction. Whoever claims a due promise has it for [`LEASE`] under a token of its own, and must
//! show the token to say that it is kept: whoever was paused for longer than that, and comes back, has lost it. A claim
//! counts as an attempt before anything is done, so whatever kills the process is counted too.
//!
//! **Invariant:** a promise's row is the last that a transaction locks, so nobody who keeps one waits in a circle.
//! **Invariant:** what is promised decides nothing. Whoever keeps it looks at the rows: a late promise changes nothing.

mod claim;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::{OrganizationId, TimerId};
use sea_orm::ActiveValue::Set;
use sea_orm::QueryTrait as _;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{InsertStatement, OnConflict};
use serde_json::Value;

use crate::fault::Fault;
use crate::paging::{self, Keyed, Page, Slice};
use crate::work::{Reading, Tenant, Work};

pub use claim::{Backlog, Claim, Lost, backlog, claim, dead_everywhere, next_due};

/// How long a claim is good for, unless it is renewed. What a dead node claimed is to be taken over within a minute, and nodes
/// look every second.
pub const LEASE: TimeDelta = TimeDelta::seconds(58);

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
    /// Whether it is still to be kept.
    pub state: State,
    /// When it was promised.
    pub created_at: DateTimeUtc,
}

/// It stands alone: what it names may be gone.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// One promise, as the gateway speaks of it.
pub type Timer = Model;

/// Whether a promise is still to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum State {
    /// It is, when it is due.
    #[sea_orm(string_value = "WAITING")]
    Waiting,
    /// It was given up, and is kept to be looked at.
    #[sea_orm(string_value = "DEAD")]
    Dead,
}

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

/// How long to wait after so many attempts: 5 seconds, doubled each time, an hour at most.
#[must_use]
pub fn pause(attempts: i64) -> TimeDelta {
    let doubled = u32::try_from(attempts.clamp(1, 21) - 1).unwrap_or(0);
    TimeDelta::seconds(5_i64 << doubled).min(PAUSE_MAX)
}

impl Work<Tenant> {
    /// Promises something for later. What was promised of this kind about this subject is moved there, even from under
    /// whoever works on it, and even if it was given up.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn promise(&self, promise: Promise) -> Result<(), Fault> {
        self.db().execute(&self.promising(promise)).await?;
        Ok(())
    }

    /// The row of a promise, for whoever writes it together with others.
    pub fn promising(&self, promise: Promise) -> InsertStatement {
        self.will_wake(promise.due_at);
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
            state: Set(State::Waiting),
            created_at: Set(self.now()),
        };
        let moved = OnConflict::columns([Column::OrganizationId, Column::Kind, Column::SubjectId])
            .update_columns([
                Column::Payload,
                Column::DueAt,
                Column::Attempts,
                Column::Lease,
                Column::LeasedUntil,
                Column::LastError,
                Column::State,
            ])
            .to_owned();
        Entity::insert(timer).on_conflict(moved).into_query()
    }

    /// Takes back what was promised of this kind about this subject, even from whoever works on it.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn take_back(&self, kind: &str, subject: &str) -> Result<(), Fault> {
        Entity::delete_many()
            .filter(Column::OrganizationId.eq(self.organization()))
            .filter(Column::Kind.eq(kind))
            .filter(Column::SubjectId.eq(subject))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// Puts a promise that was given up back to work, from now and with all its attempts. Says whether there was one.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn rearm(&self, id: TimerId) -> Result<bool, Fault> {
        self.will_wake(self.now());
        let armed = Entity::update_many()
            .col_expr(Column::State, State::Waiting.into())
            .col_expr(Column::Attempts, 0_i64.into())
            .col_expr(Column::DueAt, self.now().into())
            .filter(Column::OrganizationId.eq(self.organization()))
            .filter(Column::Id.eq(id))
            .filter(Column::State.eq(State::Dead))
            .exec(self.db())
            .await?;
        Ok(armed.rows_affected == 1)
    }
}

impl Keyed for Entity {
    const LIST: &'static str = "timers";
    fn order() -> Vec<Column> {
        vec![Column::DueAt, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.due_at.into(), row.id.into()]
    }
}

/// A page of the promises in one state, earliest first; the caller has checked the right.
///
/// # Errors
/// If the database refuses.
pub async fn page(reading: &Reading<Tenant>, state: State, page: &Page) -> Result<Slice<Timer>, Fault> {
    paging::slice(reading.db(), mine(reading, state), page).await
}

/// How many promises are in one state, counting no further than the cap.
///
/// # Errors
/// If the database refuses.
pub async fn count(reading: &Reading<Tenant>, state: State) -> Result<u64, Fault> {
    paging::count(reading.db(), mine(reading, state)).await
}

/// Some promises by their ids.
///
/// # Errors
/// If the database refuses.
pub async fn find(reading: &Reading<Tenant>, ids: &[TimerId]) -> Result<Vec<Timer>, Fault> {
    Ok(Entity::find()
        .filter(Column::OrganizationId.eq(reading.organization()))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(reading.db())
        .await?)
}

fn mine(reading: &Reading<Tenant>, state: State) -> Select<Entity> {
    Entity::find()
        .filter(Column::OrganizationId.eq(reading.organization()))
        .filter(Column::State.eq(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_from_five_seconds_to_an_hour() {
        let seconds = |attempts| pause(attempts).num_seconds();
        assert_eq!([1, 2, 3, 10].map(seconds), [5, 10, 20, 2_560]);
        assert_eq!([11, 25, i64::MAX].map(seconds), [3_600; 3]);
        assert_eq!(
            [0, -1].map(seconds),
            [5, 5],
            "there is no attempt before the first"
        );
    }
}
