//! What cancelling costs: tiers of hours before the start and the fee from there on, frozen on each booking.

use chrono::{DateTime, TimeDelta, Utc};
use db::paging::{Page, Slice};
use db::{Fault, Reading, Tenant, Work, lock};
use kernel::id::CancellationPolicyId;
use kernel::{EventType, Invalid, Money, Name, Right};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::patch::{Shelf, expect_version, named, set, write_down};
use crate::store;
use crate::store::cancellation_policy::Entity;

pub use store::cancellation_policy::{Entity as CancellationPolicies, Model as CancellationPolicy};

/// Cancellation policies that are not put away, in one organization.
pub const POLICIES_MAX: u64 = 100;

/// Cancelling at least so many hours before the start costs so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tier {
    /// Hours before the start, 0 to [`Tiers::HOURS_MAX`].
    pub hours_before: u32,
    /// Percent of the price, 0 to 100.
    pub fee_percent: u32,
}

/// The tiers of a policy, the earliest first. Later is never cheaper.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Tiers(Vec<Tier>);

impl Tiers {
    /// The most tiers of one policy.
    pub const MAX: usize = 10;

    /// The earliest tier: a year before.
    pub const HOURS_MAX: u32 = 8_760;

    /// Takes these tiers.
    ///
    /// # Errors
    /// If there is none or too many, two are of one hour, a number is out of range, or a later one is cheaper.
    pub fn new(mut tiers: Vec<Tier>) -> Result<Self, Refusal> {
        let wrong = |wanted: &str, got: &dyn std::fmt::Display| {
            Err(Refusal::invalid("tiers", Invalid::new(wanted, &got.to_string())))
        };
        tiers.sort_unstable_by_key(|it| std::cmp::Reverse(it.hours_before));
        if tiers.is_empty() || tiers.len() > Self::MAX {
            return wrong("1 to 10 tiers", &tiers.len());
        }
        for it in &tiers {
            if it.hours_before > Self::HOURS_MAX {
                return wrong("0 to 8,760 hours", &it.hours_before);
            }
            if it.fee_percent > 100 {
                return wrong("0 to 100 percent", &it.fee_percent);
            }
        }
        for pair in tiers.windows(2) {
            if pair[0].hours_before == pair[1].hours_before {
                return wrong("each hour once", &pair[0].hours_before);
            }
            if pair[0].fee_percent > pair[1].fee_percent {
                return wrong("fees that do not fall toward the start", &pair[1].fee_percent);
            }
        }
        Ok(Self(tiers))
    }

    /// The tiers, the earliest first.
    #[must_use]
    pub fn as_slice(&self) -> &[Tier] {
        &self.0
    }

    /// What percent of the price cancelling costs now. Below the lowest tier the highest fee applies, also after the
    /// start.
    #[must_use]
    pub fn fee_percent(&self, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> u32 {
        let left = starts_at - now;
        let reached = self
            .0
            .iter()
            .find(|it| left >= TimeDelta::hours(i64::from(it.hours_before)));
        let highest = self.0.iter().map(|it| it.fee_percent).max().unwrap_or(0);
        reached.map_or(highest, |it| it.fee_percent)
    }

    /// What cancelling costs now, of this price: half a minor unit is rounded up, never beyond the price.
    #[must_use]
    pub fn quote(&self, price: &Money, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Money {
        let percent = i64::from(self.fee_percent(starts_at, now));
        Money::new(
            percent_of(price.amount_minor(), percent),
            price.currency().clone(),
        )
    }
}

/// Some percent of an amount; half a minor unit is rounded up.
pub(crate) fn percent_of(amount: i64, percent: i64) -> i64 {
    let exact = i128::from(amount) * i128::from(percent) + 50;
    i64::try_from(exact.div_euclid(100)).unwrap_or(amount)
}

/// What a policy is made from.
#[derive(Debug, Clone)]
pub struct CancellationPolicyDraft {
    /// What it is called.
    pub name: Name,
    /// The fees.
    pub tiers: Tiers,
}

/// A change of a policy: what is left out stays. Bookings keep the fees they were made with.
#[derive(Debug, Clone, Default)]
pub struct CancellationPolicyEdit {
    /// What it is called.
    pub name: Option<Name>,
    /// The fees.
    pub tiers: Option<Tiers>,
}

/// A policy was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationPolicyChanged {
    /// Which.
    pub cancellation_policy: CancellationPolicyId,
}

/// Makes a policy.
///
/// # Errors
/// If the right is missing, the name is taken, or there are as many as there may be.
pub async fn create_cancellation_policy(
    work: &Work<Tenant>,
    draft: CancellationPolicyDraft,
) -> Result<CancellationPolicyChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    room_for_one_more(work).await?;
    let policy = CancellationPolicy {
        organization_id: work.organization(),
        id: work.mint(),
        name: draft.name,
        tiers: draft.tiers,
        version: 1,
        archived_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    };
    let id = policy.id;
    let diff = json!({ "tiers": policy.tiers });
    store::cancellation_policy::insert(work, policy).await?;
    write_down(work, EventType::CancellationPolicyCreated, (id, 1), diff).await?;
    Ok(CancellationPolicyChanged {
        cancellation_policy: id,
    })
}

/// Changes a policy. A change that changes nothing counts as none.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, or its new name is taken.
pub async fn update_cancellation_policy(
    work: &Work<Tenant>,
    id: CancellationPolicyId,
    edit: CancellationPolicyEdit,
    expected_version: Option<i64>,
) -> Result<CancellationPolicyChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    let mut policy = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, policy.version)?;
    let before = policy.tiers.clone();
    let changed = named(&[
        ("name", set(&mut policy.name, edit.name)),
        ("tiers", set(&mut policy.tiers, edit.tiers)),
    ]);
    if !changed.is_empty() {
        let diff = json!({ "changed": changed, "tiers": [before, policy.tiers] });
        let version = policy.touch(work.now());
        store::cancellation_policy::save(work, policy).await?;
        write_down(work, EventType::CancellationPolicyUpdated, (id, version), diff).await?;
    }
    Ok(CancellationPolicyChanged {
        cancellation_policy: id,
    })
}

/// Puts a policy away.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, or a service needs it.
pub async fn archive_cancellation_policy(
    work: &Work<Tenant>,
    id: CancellationPolicyId,
    expected_version: Option<i64>,
) -> Result<CancellationPolicyChanged, Refusal> {
    put_policy(work, id, Shelf::Away, expected_version).await
}

/// Takes a policy out again.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, somebody took its name meanwhile, or there
/// are as many as there may be.
pub async fn restore_cancellation_policy(
    work: &Work<Tenant>,
    id: CancellationPolicyId,
    expected_version: Option<i64>,
) -> Result<CancellationPolicyChanged, Refusal> {
    put_policy(work, id, Shelf::Back, expected_version).await
}

async fn put_policy(
    work: &Work<Tenant>,
    id: CancellationPolicyId,
    shelf: Shelf,
    expected_version: Option<i64>,
) -> Result<CancellationPolicyChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    if shelf == Shelf::Back {
        room_for_one_more(work).await?;
    }
    let mut policy = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, policy.version)?;
    let done = CancellationPolicyChanged {
        cancellation_policy: id,
    };
    if !shelf.put(&mut policy.archived_at, work.now()) {
        return Ok(done);
    }
    if shelf == Shelf::Away && store::service::is_policy_needed(work, id).await? {
        return Err(Refusal::InUse("a service"));
    }
    let version = policy.touch(work.now());
    store::cancellation_policy::save(work, policy).await?;
    let action = shelf.word([
        EventType::CancellationPolicyArchived,
        EventType::CancellationPolicyRestored,
    ]);
    write_down(work, action, (id, version), json!({})).await?;
    Ok(done)
}

async fn room_for_one_more(work: &Work<Tenant>) -> Result<(), Refusal> {
    lock::organization(work).await?;
    if store::cancellation_policy::live(work).await? < POLICIES_MAX {
        return Ok(());
    }
    Err(Refusal::LimitReached {
        what: "cancellation policies",
        max: POLICIES_MAX,
    })
}

/// A page of policies by name, without those that were put away. What cancelling costs is no secret.
///
/// # Errors
/// If the database refuses.
pub async fn cancellation_policies(
    reading: &Reading<Tenant>,
    page: &Page,
) -> Result<Slice<CancellationPolicy>, Refusal> {
    Ok(store::page(reading, store::cancellation_policy::standing(reading), page).await?)
}

/// How many policies there are, counting no further than the cap.
///
/// # Errors
/// If the database refuses.
pub async fn count_cancellation_policies(reading: &Reading<Tenant>) -> Result<u64, Refusal> {
    Ok(store::count(reading, store::cancellation_policy::standing(reading)).await?)
}

/// Policies by their ids, those that were put away too.
///
/// # Errors
/// If the database refuses.
pub async fn find_cancellation_policies(
    reading: &Reading<Tenant>,
    ids: &[CancellationPolicyId],
) -> Result<Vec<CancellationPolicy>, Fault> {
    store::find::<Entity>(reading, ids).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiers(of: &[(u32, u32)]) -> Result<Tiers, Refusal> {
        Tiers::new(
            of.iter()
                .map(|(hours_before, fee_percent)| Tier {
                    hours_before: *hours_before,
                    fee_percent: *fee_percent,
                })
                .collect(),
        )
    }

    #[test]
    fn below_the_lowest_tier_the_highest_fee_applies() {
        let policy = tiers(&[(24, 25), (48, 0)]).unwrap();
        let start: DateTime<Utc> = "2026-03-10T12:00:00Z".parse().unwrap();
        let price = Money::new(10_001, "EUR".parse().unwrap());
        let fee = |minutes: i64| {
            policy
                .quote(&price, start, start - TimeDelta::minutes(minutes))
                .amount_minor()
        };
        let quoted = [49 * 60, 48 * 60, 48 * 60 - 1, 24 * 60, 24 * 60 - 1, 60, 0, -60].map(fee);
        assert_eq!(quoted, [0, 0, 2_500, 2_500, 2_500, 2_500, 2_500, 2_500]);
        let strict = tiers(&[(24, 50), (0, 100), (72, 0)]).unwrap();
        assert_eq!(strict.fee_percent(start, start - TimeDelta::hours(1)), 100);
        assert_eq!(
            strict.fee_percent(start, start + TimeDelta::hours(1)),
            100,
            "after the start"
        );
    }

    #[test]
    fn tiers_that_make_no_sense_are_refused() {
        let most: Vec<(u32, u32)> = (0..10).map(|it| (it, 10)).collect();
        assert!(tiers(&most).is_ok() && tiers(&[(8_760, 100)]).is_ok());
        let more: Vec<(u32, u32)> = (0..11).map(|it| (it, 10)).collect();
        assert!(tiers(&more).is_err() && tiers(&[]).is_err());
        assert!(tiers(&[(8_761, 0)]).is_err() && tiers(&[(1, 101)]).is_err());
        assert!(tiers(&[(24, 0), (24, 10)]).is_err(), "an hour twice");
        assert!(tiers(&[(48, 50), (24, 10)]).is_err(), "later and cheaper");
    }

    #[test]
    fn percents_are_rounded_half_up_and_never_overflow() {
        assert_eq!(percent_of(1, 50), 1);
        assert_eq!(percent_of(1, 49), 0);
        assert_eq!(percent_of(i64::MAX, 100), i64::MAX);
    }
}
