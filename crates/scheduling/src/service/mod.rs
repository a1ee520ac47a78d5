//! What can be booked, and all the terms of it.
//!
//! **Invariant:** whoever changes a service holds its row and then the rows of everybody who gives it, in the order of their
//! ids, as a booking does.

mod answer;
mod edit;
mod hosts;
mod list;
mod question;
mod terms;

use std::num::NonZeroU16;

use availability::{Policy, Tag};
use db::{Fault, Tenant, Work, lock};
use kernel::id::ServiceId;
use kernel::{EventType, Money, Right};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::metadata::Metadata;
use crate::patch::{Shelf, expect_version, write_down};
use crate::store;
use crate::store::service::Entity;

pub use answer::{Answer, Answers};
pub use edit::{ServiceDraft, ServiceEdit};
pub use hosts::{HOSTS_MAX, NEEDS_MAX, ServiceHost, ServicePart, Who, hosts_of_services, set_service_hosts};
pub use list::{ServiceFilter, count_services, find_services, service_named, services};
pub use question::{Question, QuestionKind, Questions};
pub use store::service::{Entity as Services, Model as Service};
pub use terms::{
    Ahead, Confirmation, HorizonKind, Limit, LimitPer, LimitScope, LimitUnit, Limits, LocationKind, Part,
    PaymentKind, PaymentTerms, PriceMode, Reminders, ZoneIntent,
};

/// Services that are not put away, in one organization.
pub const SERVICES_MAX: u64 = 2_000;

impl Service {
    /// How far ahead it is booked.
    #[must_use]
    pub fn ahead(&self) -> Ahead {
        Ahead::of(self.horizon, self.horizon_days)
    }

    /// What it costs, unless a host says otherwise.
    #[must_use]
    pub fn price(&self) -> Money {
        Money::new(self.price_minor, self.currency.clone())
    }

    /// What is paid when it is booked.
    #[must_use]
    pub fn payment(&self) -> PaymentTerms {
        PaymentTerms::of(self.payment_terms, self.payment_percent, self.deposit_minor)
    }

    /// Whether it costs nothing: its price is 0, and nothing else decides that.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.price_mode == PriceMode::Fixed && self.price_minor == 0
    }

    /// Whether it can be booked.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_active && self.archived_at.is_none()
    }

    /// What an hourly rate makes of its duration: half a minor unit is rounded up.
    #[must_use]
    pub fn price_at_rate(&self, rate: &Money) -> Money {
        let exact = i128::from(rate.amount_minor()) * i128::from(self.duration_minutes) + 30;
        let amount = i64::try_from(exact.div_euclid(60)).unwrap_or(i64::MAX);
        Money::new(amount, rate.currency().clone())
    }

    /// As the engine has it, without what counts toward its limits.
    pub(crate) fn policy(&self) -> Result<Policy, Fault> {
        let corrupt = || Fault::Corrupt(self.id.to_string());
        let minutes = |it: i64| u16::try_from(it).map_err(|_| corrupt());
        let some = |it: i64| minutes(it).and_then(|it| NonZeroU16::new(it).ok_or_else(corrupt));
        let tag = Tag::of(self.id);
        let mut policy = Policy::new(tag, some(self.duration_minutes)?, some(self.interval_minutes)?);
        policy.active = self.is_open();
        policy.buffer_before = minutes(self.buffer_before_minutes)?;
        policy.buffer_after = minutes(self.buffer_after_minutes)?;
        policy.notice = u32::try_from(self.notice_minutes).map_err(|_| corrupt())?;
        policy.horizon = self.ahead().horizon();
        policy.limits = self
            .limits
            .as_slice()
            .iter()
            .map(|it| it.for_engine(tag))
            .collect();
        Ok(policy)
    }
}

/// A service was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceChanged {
    /// Which.
    pub service: ServiceId,
}

/// Makes a service that nobody gives yet.
///
/// # Errors
/// If the right is missing, the slug is taken, the cancellation policy is not there, a value is out of range, or there are
/// as many as there may be.
pub async fn create_service(work: &Work<Tenant>, draft: ServiceDraft) -> Result<ServiceChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    room_for_one_more(work).await?;
    let (kind, days) = Ahead::Calendar(60).parts();
    let (payment_terms, payment_percent, deposit_minor) = PaymentTerms::None.parts();
    let mut service = Service {
        organization_id: work.organization(),
        id: work.mint(),
        slug: draft.slug,
        title: draft.title,
        description: None,
        duration_minutes: draft.duration_minutes,
        interval_minutes: draft.duration_minutes,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        notice_minutes: 0,
        horizon: kind,
        horizon_days: days,
        limits: Limits::default(),
        seats: 1,
        shows_attendees: false,
        confirmation: Confirmation::Auto,
        confirmation_timeout_minutes: Service::DAY,
        pending_occupies: true,
        location: LocationKind::InPerson,
        location_detail: None,
        price_mode: PriceMode::Fixed,
        price_minor: draft.price.amount_minor(),
        currency: draft.price.currency().clone(),
        payment_terms,
        payment_percent,
        deposit_minor,
        cancellation_policy_id: None,
        reminders: Reminders::default(),
        questions: Questions::default(),
        strategy: None,
        hosts_required: None,
        zone_intent: ZoneIntent::WallClock,
        is_active: true,
        metadata: Metadata::default(),
        search: String::new(),
        version: 1,
        archived_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    };
    draft.details.apply(&mut service)?;
    policy_is_there(work, &service).await?;
    let id = service.id;
    store::service::insert(work, service).await?;
    write_down(work, EventType::ServiceCreated, (id, 1), json!({})).await?;
    Ok(ServiceChanged { service: id })
}

/// Changes a service. A change that changes nothing counts as none.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, a value is out of range or taken, or the
/// cancellation policy is not there.
pub async fn update_service(
    work: &Work<Tenant>,
    id: ServiceId,
    edit: ServiceEdit,
    expected_version: Option<i64>,
) -> Result<ServiceChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    let mut service = hold_for_change(work, id, expected_version).await?;
    let changed = edit.apply(&mut service)?;
    if changed.is_empty() {
        return Ok(ServiceChanged { service: id });
    }
    if changed.contains(&"cancellationPolicy") {
        policy_is_there(work, &service).await?;
    }
    let version = service.touch(work.now());
    store::service::save(work, service).await?;
    write_down(
        work,
        EventType::ServiceUpdated,
        (id, version),
        json!({ "changed": changed }),
    )
    .await?;
    Ok(ServiceChanged { service: id })
}

/// Puts a service away: it can no longer be booked, and its slug is free again.
///
/// # Errors
/// If the right is missing, it is not there, or has another version than expected.
pub async fn archive_service(
    work: &Work<Tenant>,
    id: ServiceId,
    expected_version: Option<i64>,
) -> Result<ServiceChanged, Refusal> {
    put_service(work, id, Shelf::Away, expected_version).await
}

/// Takes a service out again.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, somebody took its slug meanwhile, its
/// cancellation policy was put away, or there are as many as there may be.
pub async fn restore_service(
    work: &Work<Tenant>,
    id: ServiceId,
    expected_version: Option<i64>,
) -> Result<ServiceChanged, Refusal> {
    put_service(work, id, Shelf::Back, expected_version).await
}

async fn put_service(
    work: &Work<Tenant>,
    id: ServiceId,
    shelf: Shelf,
    expected_version: Option<i64>,
) -> Result<ServiceChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    if shelf == Shelf::Back {
        room_for_one_more(work).await?;
    }
    let mut service = hold_for_change(work, id, expected_version).await?;
    if !shelf.put(&mut service.archived_at, work.now()) {
        return Ok(ServiceChanged { service: id });
    }
    if shelf == Shelf::Back {
        policy_is_there(work, &service).await?;
        hosts::teams_are_there(work, id).await?;
    }
    let version = service.touch(work.now());
    store::service::save(work, service).await?;
    write_down(
        work,
        shelf.word([EventType::ServiceArchived, EventType::ServiceRestored]),
        (id, version),
        json!({}),
    )
    .await?;
    Ok(ServiceChanged { service: id })
}

/// Holds a service and everybody who gives it: whoever books it meanwhile waits, and then sees what has changed.
async fn hold_for_change(
    work: &Work<Tenant>,
    id: ServiceId,
    expected_version: Option<i64>,
) -> Result<Service, Refusal> {
    let service = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, service.version)?;
    let rows = store::service_host::of(work, &[id]).await?;
    hosts::hold_givers(work, &rows).await?;
    Ok(service)
}

/// The policy is held, so that it is not put away meanwhile.
async fn policy_is_there(work: &Work<Tenant>, service: &Service) -> Result<(), Refusal> {
    let Some(id) = service.cancellation_policy_id else {
        return Ok(());
    };
    let policy = store::hold::<store::cancellation_policy::Entity>(work, id).await?;
    match policy.archived_at {
        None => Ok(()),
        Some(_) => Err(Refusal::NotFound("cancellation policy")),
    }
}

async fn room_for_one_more(work: &Work<Tenant>) -> Result<(), Refusal> {
    lock::organization(work).await?;
    if store::service::live(work).await? < SERVICES_MAX {
        return Ok(());
    }
    Err(Refusal::LimitReached {
        what: "services",
        max: SERVICES_MAX,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use kernel::Id as _;

    /// An hour for EUR 50, without anything else.
    pub(crate) fn service() -> Service {
        let (payment_terms, payment_percent, deposit_minor) = PaymentTerms::None.parts();
        let now = "2026-03-02T09:00:00Z".parse().unwrap();
        Service {
            organization_id: kernel::id::OrganizationId::from_uuid(uuid::Uuid::from_u128(1)),
            id: ServiceId::from_uuid(uuid::Uuid::from_u128(2)),
            slug: "an-hour".parse().unwrap(),
            title: "An hour".parse().unwrap(),
            description: None,
            duration_minutes: 60,
            interval_minutes: 30,
            buffer_before_minutes: 5,
            buffer_after_minutes: 10,
            notice_minutes: 120,
            horizon: HorizonKind::Calendar,
            horizon_days: Some(60),
            limits: Limits::default(),
            seats: 1,
            shows_attendees: false,
            confirmation: Confirmation::Auto,
            confirmation_timeout_minutes: 1_440,
            pending_occupies: true,
            location: LocationKind::InPerson,
            location_detail: None,
            price_mode: PriceMode::Fixed,
            price_minor: 5_000,
            currency: "EUR".parse().unwrap(),
            payment_terms,
            payment_percent,
            deposit_minor,
            cancellation_policy_id: None,
            reminders: Reminders::default(),
            questions: Questions::default(),
            strategy: None,
            hosts_required: None,
            zone_intent: ZoneIntent::WallClock,
            is_active: true,
            metadata: Metadata::default(),
            search: String::new(),
            version: 1,
            archived_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn the_engine_is_told_the_terms() {
        let mut service = service();
        let policy = service.policy().unwrap();
        assert_eq!((policy.duration.get(), policy.interval.get()), (60, 30));
        assert_eq!(
            (policy.buffer_before, policy.buffer_after, policy.notice),
            (5, 10, 120)
        );
        assert_eq!(policy.horizon, Some(availability::Horizon::Calendar { days: 60 }));
        assert!(policy.active);
        service.archived_at = Some(service.created_at);
        assert!(!service.policy().unwrap().active);
        service.duration_minutes = 0;
        assert!(
            service.policy().is_err(),
            "a stored service of no length is corrupt"
        );
    }

    #[test]
    fn only_a_price_of_nothing_is_free() {
        let mut service = service();
        assert!(!service.is_free());
        service.price_minor = 0;
        assert!(service.is_free());
        service.price_mode = PriceMode::HostRate;
        assert!(!service.is_free());
    }

    #[test]
    fn an_hourly_rate_is_paid_by_the_minute_and_rounded_half_up() {
        let mut service = service();
        let rate = Money::new(101, "EUR".parse().unwrap());
        let price = |service: &Service| service.price_at_rate(&rate).amount_minor();
        assert_eq!(price(&service), 101);
        service.duration_minutes = 30;
        assert_eq!(price(&service), 51);
        service.duration_minutes = 50;
        assert_eq!(price(&service), 84);
    }
}
