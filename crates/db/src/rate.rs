//! Cluster-wide rate limits: a budget per (scope, subject, window), spent through leases.
//!
//! Never inside a verb's transaction: a refused request must count too, and counting must not hold locks. A node leases a
//! part of the shared budget and spends it in memory, so a reader costs the database one write in many.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use self::row::{ActiveModel, Column, Entity};
use crate::fault::Fault;
use crate::store::Store;
use crate::work::{Account, Asker};

/// So much per so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Limit {
    /// Units in a window.
    pub max: u32,
    /// Seconds that a window lasts.
    pub seconds: u32,
}

impl Limit {
    /// `max` units in every `seconds`.
    #[must_use]
    pub const fn new(max: u32, seconds: u32) -> Self {
        Self { max, seconds }
    }

    /// When the window that holds `now` began.
    fn began(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let length = i64::from(self.seconds.max(1));
        let since = now.timestamp().rem_euclid(length);
        DateTime::from_timestamp(now.timestamp() - since, 0).unwrap_or(now)
    }
}

/// What is left after spending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Whether it was allowed.
    pub allowed: bool,
    /// Units in a window.
    pub limit: u32,
    /// Units left, as far as this node knows.
    pub remaining: u32,
    /// When the next window begins.
    pub resets_at: DateTime<Utc>,
}

mod row {
    use sea_orm::entity::prelude::*;
    use sea_orm::sea_query::{Expr, ExprTrait as _, SelectStatement, SimpleExpr};

    /// One budget of one window.
    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "rate_buckets")]
    pub(super) struct Model {
        /// What is limited: `register`.
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub scope: String,
        /// Hash of whom it is limited for.
        #[sea_orm(
            primary_key,
            auto_increment = false,
            column_type = "VarBinary(StringLen::None)"
        )]
        pub subject: Vec<u8>,
        /// When the window began.
        #[sea_orm(primary_key, auto_increment = false)]
        pub began_at: DateTimeUtc,
        /// When the row may go.
        pub expires_at: DateTimeUtc,
        /// Units leased to nodes.
        pub used: i64,
    }

    /// It stands alone.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    pub(super) const KEY: [Column; 3] = [Column::Scope, Column::Subject, Column::BeganAt];

    pub(super) fn among(keys: SelectStatement) -> SimpleExpr {
        Expr::tuple(KEY.map(Expr::col)).in_subquery(keys)
    }

    pub(super) fn plus(units: u32) -> SimpleExpr {
        Expr::col((Entity, Column::Used)).add(i64::from(units))
    }
}

type Key = (&'static str, String, DateTime<Utc>);

/// What this node has leased and not spent, and who is known to have nothing left.
#[derive(Debug, Clone)]
pub struct Budgets {
    store: Store,
    leases: moka::sync::Cache<Key, std::sync::Arc<tokio::sync::Mutex<Lease>>>,
}

#[derive(Debug, Default)]
struct Lease {
    /// Units in hand.
    left: u32,
    /// Units that the cluster has used, as last heard.
    used: u64,
}

/// How long a window that nobody spends from is remembered.
const IDLE: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Windows remembered per node; those used longest ago are forgotten, which costs their leases.
const SUBJECTS: u64 = 50_000;

impl Budgets {
    /// With nothing leased yet.
    #[must_use]
    pub fn new(store: Store) -> Self {
        // The oldest goes first; by frequency the newest would be refused, and lose its lease with every request.
        let leases = moka::sync::Cache::builder()
            .max_capacity(SUBJECTS)
            .eviction_policy(moka::policy::EvictionPolicy::lru())
            .time_to_idle(IDLE)
            .build();
        Self { store, leases }
    }

    /// Spends one unit of `limit` for `subject`.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn spend(
        &self,
        scope: &'static str,
        subject: impl Into<String>,
        limit: Limit,
    ) -> Result<Balance, Fault> {
        self.spend_several(scope, subject, (limit, 1)).await
    }

    /// Spends several units of a limit at once, or none if there are not so many left.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn spend_several(
        &self,
        scope: &'static str,
        subject: impl Into<String>,
        (limit, units): (Limit, u32),
    ) -> Result<Balance, Fault> {
        let now = self.store.now();
        let began = limit.began(now);
        let resets_at = began + TimeDelta::seconds(i64::from(limit.seconds.max(1)));
        let key = (scope, subject.into(), began);
        let lease = self.leases.get_with_by_ref(&key, Default::default);
        // Held across the database on purpose: a burst for one subject leases once, not once per request.
        let mut lease = lease.lock().await;
        let max = u64::from(limit.max);
        if lease.left < units && lease.used < max {
            // Small limits are exact; large ones go in tenths.
            let want = (limit.max / 10).max(units - lease.left);
            let bucket = Bucket {
                scope,
                // The database knows nobody's address.
                subject: self.store.key().fingerprint("rate.subject", &[key.1.as_bytes()]),
                began,
                expires: resets_at,
            };
            // Boxed: it is seldom asked, and every request would carry room for it.
            let used = Box::pin(self.lease(bucket, want)).await?;
            let before = used.saturating_sub(u64::from(want));
            let granted = u32::try_from(max.saturating_sub(before)).unwrap_or(u32::MAX);
            lease.left += granted.min(want);
            lease.used = used;
        }
        let allowed = lease.left >= units;
        if allowed {
            lease.left -= units;
        }
        let unleased = u32::try_from(max.saturating_sub(lease.used)).unwrap_or(u32::MAX);
        Ok(Balance {
            allowed,
            limit: limit.max,
            remaining: unleased.saturating_add(lease.left),
            resets_at,
        })
    }

    async fn lease(&self, bucket: Bucket, want: u32) -> Result<u64, Fault> {
        let work = self.store.write(Account, &Asker::anonymous()).await?;
        let row = ActiveModel {
            scope: Set(bucket.scope.to_owned()),
            subject: Set(bucket.subject),
            began_at: Set(bucket.began),
            expires_at: Set(bucket.expires),
            used: Set(i64::from(want)),
        };
        let add = OnConflict::columns([Column::Scope, Column::Subject, Column::BeganAt])
            .value(Column::Used, row::plus(want))
            .to_owned();
        let row = Entity::insert(row)
            .on_conflict(add)
            .exec_with_returning(work.db())
            .await?;
        work.commit().await?;
        Ok(row.used.unsigned_abs())
    }
}

struct Bucket {
    scope: &'static str,
    subject: Vec<u8>,
    began: DateTime<Utc>,
    expires: DateTime<Utc>,
}

/// Windows that one transaction forgets at most: whoever wants to write waits no longer than that takes.
const BATCH: u64 = 1_000;

/// Forgets windows that have passed, a batch at a time; the worker calls it.
///
/// # Errors
/// If the database refuses; what was forgotten until then stays forgotten.
pub async fn sweep(store: &Store) -> Result<u64, Fault> {
    let mut total = 0;
    loop {
        let work = store
            .write(Account, &Asker::system(kernel::SystemKind::Worker))
            .await?;
        let passed = Query::select()
            .columns(row::KEY)
            .from(Entity)
            .and_where(Column::ExpiresAt.lt(work.now()))
            .limit(BATCH)
            .to_owned();
        let swept = Entity::delete_many()
            .filter(row::among(passed))
            .exec(work.db())
            .await?;
        work.commit().await?;
        total += swept.rows_affected;
        if swept.rows_affected < BATCH {
            return Ok(total);
        }
    }
}
