//! What a service is made from, what of it changes, and whether the whole then makes sense.

use kernel::id::{CancellationPolicyId, TeamId};
use kernel::{Line, Money, Name, Prose, Slug};

use super::terms::{
    Ahead, Confirmation, Limits, LocationKind, PaymentTerms, PriceMode, Reminders, ZoneIntent,
};
use super::{Questions, Service};
use crate::error::Refusal;
use crate::folded::folded;
use crate::metadata::Metadata;
use crate::patch::{named, set};
use crate::team::Strategy;

/// What a service is made from.
#[derive(Debug, Clone)]
pub struct ServiceDraft {
    /// Its part of a public address.
    pub slug: Slug,
    /// What it is called.
    pub title: Name,
    /// How long it takes, 1 to 1,440 minutes.
    pub duration_minutes: i64,
    /// What it costs; a free one costs 0.
    pub price: Money,
    /// Of a template, the MANAGED team whose members each get a copy.
    pub managed_by: Option<TeamId>,
    /// Everything else; what is left out has its default.
    pub details: ServiceEdit,
}

/// A change of a service: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct ServiceEdit {
    /// Its part of a public address.
    pub slug: Option<Slug>,
    /// What it is called.
    pub title: Option<Name>,
    /// What there is to know about it.
    pub description: Option<Option<Prose>>,
    /// How long it takes, 1 to 1,440 minutes.
    pub duration_minutes: Option<i64>,
    /// From one start to the next, 1 to 1,440 minutes; as long as it takes unless said.
    pub interval_minutes: Option<i64>,
    /// What must be free before it, 0 to 1,440 minutes; nothing unless said.
    pub buffer_before_minutes: Option<i64>,
    /// What must be free after it, 0 to 1,440 minutes; nothing unless said.
    pub buffer_after_minutes: Option<i64>,
    /// How long before its start it is booked at the latest, 0 to 527,040 minutes; nothing unless said.
    pub notice_minutes: Option<i64>,
    /// How far ahead it is booked; 60 dates unless said.
    pub ahead: Option<Ahead>,
    /// How much of it there may be.
    pub limits: Option<Limits>,
    /// How many can take part, 1 to 500; 1 unless said.
    pub seats: Option<i64>,
    /// Whether those who take part see each other's names; they do not unless said.
    pub shows_attendees: Option<bool>,
    /// Whether somebody has to confirm it; nobody has unless said.
    pub confirmation: Option<Confirmation>,
    /// How long somebody has to confirm it, 15 to 43,200 minutes; a day unless said.
    pub confirmation_timeout_minutes: Option<i64>,
    /// Whether it takes its time before it is confirmed; it does unless said.
    pub pending_occupies: Option<bool>,
    /// Where it takes place; somewhere to go to unless said.
    pub location: Option<LocationKind>,
    /// Which address, number or room that is.
    pub location_detail: Option<Option<Line>>,
    /// Where its price comes from; the service says it unless said.
    pub price_mode: Option<PriceMode>,
    /// What it costs.
    pub price: Option<Money>,
    /// What is paid when it is booked; nothing unless said.
    pub payment: Option<PaymentTerms>,
    /// What cancelling costs; nothing unless said.
    pub cancellation_policy: Option<Option<CancellationPolicyId>>,
    /// When whoever booked is reminded.
    pub reminders: Option<Reminders>,
    /// What whoever books is asked.
    pub questions: Option<Questions>,
    /// How its hosts share; as their team does, or round robin, unless said.
    pub strategy: Option<Option<Strategy>>,
    /// How many hosts it takes, 1 to 20; as the strategy says unless said.
    pub hosts_required: Option<Option<i64>>,
    /// What stays when a zone changes its rules; the time on the wall clock unless said.
    pub zone_intent: Option<ZoneIntent>,
    /// Whether it can be booked; it can unless said.
    pub is_active: Option<bool>,
    /// The integrator's own words.
    pub metadata: Option<Metadata>,
}

impl ServiceEdit {
    /// Applies itself and names what has changed. The whole makes sense afterwards, or it is refused.
    pub(super) fn apply(self, to: &mut Service) -> Result<Vec<&'static str>, Refusal> {
        let ahead = set_ahead(to, self.ahead);
        let price = set_price(to, self.price);
        let payment = set_payment(to, self.payment);
        let changed = named(&[
            ("slug", set(&mut to.slug, self.slug)),
            ("title", set(&mut to.title, self.title)),
            ("description", set(&mut to.description, self.description)),
            ("duration", set(&mut to.duration_minutes, self.duration_minutes)),
            ("interval", set(&mut to.interval_minutes, self.interval_minutes)),
            (
                "bufferBefore",
                set(&mut to.buffer_before_minutes, self.buffer_before_minutes),
            ),
            (
                "bufferAfter",
                set(&mut to.buffer_after_minutes, self.buffer_after_minutes),
            ),
            ("notice", set(&mut to.notice_minutes, self.notice_minutes)),
            ("horizon", ahead),
            ("limits", set(&mut to.limits, self.limits)),
            ("seats", set(&mut to.seats, self.seats)),
            (
                "showsAttendees",
                set(&mut to.shows_attendees, self.shows_attendees),
            ),
            ("confirmation", set(&mut to.confirmation, self.confirmation)),
            (
                "confirmationTimeout",
                set(
                    &mut to.confirmation_timeout_minutes,
                    self.confirmation_timeout_minutes,
                ),
            ),
            (
                "pendingOccupies",
                set(&mut to.pending_occupies, self.pending_occupies),
            ),
            ("location", set(&mut to.location, self.location)),
            (
                "locationDetail",
                set(&mut to.location_detail, self.location_detail),
            ),
            ("priceMode", set(&mut to.price_mode, self.price_mode)),
            ("price", price),
            ("payment", payment),
            (
                "cancellationPolicy",
                set(&mut to.cancellation_policy_id, self.cancellation_policy),
            ),
            ("reminders", set(&mut to.reminders, self.reminders)),
            ("questions", set(&mut to.questions, self.questions)),
            ("strategy", set(&mut to.strategy, self.strategy)),
            ("hostsRequired", set(&mut to.hosts_required, self.hosts_required)),
            ("zoneIntent", set(&mut to.zone_intent, self.zone_intent)),
            ("isActive", set(&mut to.is_active, self.is_active)),
            ("metadata", set(&mut to.metadata, self.metadata)),
        ]);
        to.check()?;
        to.find_by_its_words();
        Ok(changed)
    }
}

fn set_ahead(to: &mut Service, ahead: Option<Ahead>) -> bool {
    let (horizon, days) = ahead.map(Ahead::parts).unzip();
    let kind = set(&mut to.horizon, horizon);
    set(&mut to.horizon_days, days) || kind
}

fn set_price(to: &mut Service, price: Option<Money>) -> bool {
    let parts = price.map(|it| (it.amount_minor(), it.currency().clone()));
    let (amount, currency) = parts.unzip();
    let amount = set(&mut to.price_minor, amount);
    set(&mut to.currency, currency) || amount
}

fn set_payment(to: &mut Service, payment: Option<PaymentTerms>) -> bool {
    payment.is_some_and(|it| {
        let before = to.payment();
        (to.payment_terms, to.payment_percent, to.deposit_minor) = it.parts();
        before != it
    })
}

impl Service {
    /// A day, in minutes: the longest duration, interval and buffer.
    pub const DAY: i64 = 1_440;

    /// The most seats.
    pub const SEATS_MAX: i64 = 500;

    /// The most hosts that one booking can take.
    pub const HOSTS_REQUIRED_MAX: i64 = 20;

    /// The most notice: 366 days.
    pub const NOTICE_MAX: i64 = 527_040;

    /// The shortest and the longest time to confirm, in minutes.
    pub const CONFIRMATION_TIMEOUT: std::ops::RangeInclusive<i64> = 15..=43_200;

    /// The highest price, in minor units.
    pub const PRICE_MAX: i64 = 1_000_000_000_000;

    /// Says anew what it is found by.
    pub(super) fn find_by_its_words(&mut self) {
        self.search = folded(&format!("{} {}", self.title, self.slug));
    }

    /// Says what of it makes no sense, the first if several.
    fn check(&self) -> Result<(), Refusal> {
        let ranges = [
            ("duration", self.duration_minutes, 1..=Self::DAY, "minutes"),
            ("interval", self.interval_minutes, 1..=Self::DAY, "minutes"),
            (
                "bufferBefore",
                self.buffer_before_minutes,
                0..=Self::DAY,
                "minutes",
            ),
            ("bufferAfter", self.buffer_after_minutes, 0..=Self::DAY, "minutes"),
            ("notice", self.notice_minutes, 0..=Self::NOTICE_MAX, "minutes"),
            (
                "horizon",
                self.horizon_days.unwrap_or(1),
                1..=Ahead::DAYS_MAX,
                "days",
            ),
            ("seats", self.seats, 1..=Self::SEATS_MAX, "seats"),
            (
                "confirmationTimeout",
                self.confirmation_timeout_minutes,
                Self::CONFIRMATION_TIMEOUT,
                "minutes",
            ),
            ("price", self.price_minor, 0..=Self::PRICE_MAX, "minor units"),
            (
                "hostsRequired",
                self.hosts_required.unwrap_or(1),
                1..=Self::HOSTS_REQUIRED_MAX,
                "hosts",
            ),
            ("payment", self.payment_percent.unwrap_or(1), 1..=100, "percent"),
            (
                "payment",
                self.deposit_minor.unwrap_or(1),
                1..=Self::PRICE_MAX,
                "minor units",
            ),
        ];
        for (field, value, range, unit) in ranges {
            if !range.contains(&value) {
                let wanted = format!("{} to {} {unit}", range.start(), range.end());
                return Err(Refusal::wanted(field, &wanted, value));
            }
        }
        if self.payment() != PaymentTerms::None && self.is_free() {
            return Err(Refusal::wanted(
                "payment",
                "NONE for a service that is free",
                "other terms",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::tests::service;

    /// Whether a service with one number changed makes sense.
    fn fits(change: impl FnOnce(&mut ServiceEdit)) -> bool {
        let mut edit = ServiceEdit::default();
        change(&mut edit);
        edit.apply(&mut service()).is_ok()
    }

    #[test]
    fn the_least_and_the_most_time_pass_and_one_beyond_does_not() {
        for (value, wanted) in [(0, false), (1, true), (1_440, true), (1_441, false)] {
            assert_eq!(
                fits(|it| it.duration_minutes = Some(value)),
                wanted,
                "duration {value}"
            );
            assert_eq!(
                fits(|it| it.interval_minutes = Some(value)),
                wanted,
                "interval {value}"
            );
        }
        for (value, wanted) in [(-1, false), (0, true), (1_440, true), (1_441, false)] {
            assert_eq!(
                fits(|it| it.buffer_before_minutes = Some(value)),
                wanted,
                "before {value}"
            );
            assert_eq!(
                fits(|it| it.buffer_after_minutes = Some(value)),
                wanted,
                "after {value}"
            );
        }
        for (value, wanted) in [(-1, false), (0, true), (527_040, true), (527_041, false)] {
            assert_eq!(
                fits(|it| it.notice_minutes = Some(value)),
                wanted,
                "notice {value}"
            );
        }
        for (value, wanted) in [(0, false), (1, true), (1_830, true), (1_831, false)] {
            assert_eq!(
                fits(|it| it.ahead = Some(Ahead::Rolling(value))),
                wanted,
                "rolling {value}"
            );
            assert_eq!(
                fits(|it| it.ahead = Some(Ahead::Calendar(value))),
                wanted,
                "calendar {value}"
            );
        }
    }

    #[test]
    fn the_least_and_the_most_of_everything_else_pass_too() {
        for (value, wanted) in [(0, false), (1, true), (500, true), (501, false)] {
            assert_eq!(fits(|it| it.seats = Some(value)), wanted, "seats {value}");
        }
        for (value, wanted) in [(14, false), (15, true), (43_200, true), (43_201, false)] {
            assert_eq!(
                fits(|it| it.confirmation_timeout_minutes = Some(value)),
                wanted,
                "timeout {value}"
            );
        }
        for (value, wanted) in [(0, false), (1, true), (20, true), (21, false)] {
            assert_eq!(
                fits(|it| it.hosts_required = Some(Some(value))),
                wanted,
                "hosts {value}"
            );
        }
        for (value, wanted) in [(0, false), (1, true), (100, true), (101, false)] {
            assert_eq!(
                fits(|it| it.payment = Some(PaymentTerms::Percent(value))),
                wanted,
                "percent {value}"
            );
        }
        let euros = |amount| Money::new(amount, "EUR".parse().unwrap());
        for (value, wanted) in [
            (-1, false),
            (0, true),
            (1_000_000_000_000, true),
            (1_000_000_000_001, false),
        ] {
            assert_eq!(fits(|it| it.price = Some(euros(value))), wanted, "price {value}");
        }
    }

    #[test]
    fn what_is_free_asks_for_no_payment() {
        let free = Money::new(0, "EUR".parse().unwrap());
        assert!(!fits(
            |it| (it.price, it.payment) = (Some(free.clone()), Some(PaymentTerms::Full))
        ));
        assert!(fits(|it| it.payment = Some(PaymentTerms::Full)));
        assert!(fits(|it| {
            it.price_mode = Some(PriceMode::HostRate);
            (it.price, it.payment) = (Some(free), Some(PaymentTerms::Full));
        }));
    }

    #[test]
    fn a_change_names_only_what_differs() {
        let mut service = service();
        let edit = ServiceEdit {
            seats: Some(1),
            ahead: Some(Ahead::Any),
            payment: Some(PaymentTerms::Deposit(100)),
            ..ServiceEdit::default()
        };
        assert_eq!(edit.apply(&mut service).unwrap(), ["horizon", "payment"]);
        assert_eq!(
            (service.ahead(), service.payment()),
            (Ahead::Any, PaymentTerms::Deposit(100))
        );
    }
}
