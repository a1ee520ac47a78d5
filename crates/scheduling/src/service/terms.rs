//! The words of a service's terms.

use availability::{Horizon, Most, Per, Scope};
use kernel::{Invalid, Money};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::word::words;

words! {
    /// How the days that one may book ahead are counted.
    pub enum HorizonKind {
        /// As 24 hours from now.
        Rolling = "ROLLING",
        /// As dates of the host's calendar; the last of them can be booked to its end.
        Calendar = "CALENDAR",
        /// Not at all.
        None = "NONE",
    }
}

words! {
    /// Whether somebody has to confirm a booking.
    pub enum Confirmation {
        /// It stands as soon as it is made.
        Auto = "AUTO",
        /// Somebody confirms or rejects it.
        Manual = "MANUAL",
    }
}

words! {
    /// Where a booking takes place.
    pub enum LocationKind {
        /// Somewhere to go to.
        InPerson = "IN_PERSON",
        /// On a screen.
        Video = "VIDEO",
        /// On the telephone.
        Phone = "PHONE",
        /// As the detail says.
        Custom = "CUSTOM",
    }
}

words! {
    /// Where a price comes from.
    pub enum PriceMode {
        /// The service says it, or one of its hosts does.
        Fixed = "FIXED",
        /// The host's hourly rate, for as long as the service takes.
        HostRate = "HOST_RATE",
    }
}

words! {
    /// What is paid when a booking is made.
    pub enum PaymentKind {
        /// Nothing.
        None = "NONE",
        /// All of it.
        Full = "FULL",
        /// Some percent of it.
        Percent = "PERCENT",
        /// A sum on account.
        Deposit = "DEPOSIT",
    }
}

words! {
    /// What stays when a zone changes its rules after a booking was made.
    pub enum ZoneIntent {
        /// The time on the host's wall clock.
        WallClock = "WALL_CLOCK",
        /// The instant.
        Instant = "INSTANT",
    }
}

words! {
    /// Which part of a booking somebody or something gives.
    pub enum Part {
        /// Their time.
        Host = "HOST",
        /// The place.
        Room = "ROOM",
        /// The means.
        Equipment = "EQUIPMENT",
    }
}

words! {
    /// Whose bookings a limit counts.
    pub enum LimitScope {
        /// All bookings of the host, whatever the service.
        Resource = "RESOURCE",
        /// The host's bookings of this service.
        ServiceOnResource = "SERVICE_ON_RESOURCE",
        /// This service's bookings, whoever the host.
        Service = "SERVICE",
    }
}

words! {
    /// What a limit counts over, on the host's calendar.
    pub enum LimitPer {
        /// A date.
        Day = "DAY",
        /// Monday to Sunday.
        Week = "WEEK",
    }
}

words! {
    /// What a limit counts.
    pub enum LimitUnit {
        /// Bookings.
        Bookings = "BOOKINGS",
        /// Booked minutes.
        Minutes = "MINUTES",
    }
}

/// How far ahead one may book, as a service says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// As far as one likes.
    Any,
    /// So many times 24 hours from now.
    Rolling(i64),
    /// So many dates after today's.
    Calendar(i64),
}

impl Ahead {
    /// The most days.
    pub const DAYS_MAX: i64 = 1_830;

    pub(crate) fn parts(self) -> (HorizonKind, Option<i64>) {
        match self {
            Self::Any => (HorizonKind::None, None),
            Self::Rolling(days) => (HorizonKind::Rolling, Some(days)),
            Self::Calendar(days) => (HorizonKind::Calendar, Some(days)),
        }
    }

    pub(crate) fn of(kind: HorizonKind, days: Option<i64>) -> Self {
        match (kind, days) {
            (HorizonKind::Rolling, Some(days)) => Self::Rolling(days),
            (HorizonKind::Calendar, Some(days)) => Self::Calendar(days),
            (HorizonKind::None, _) | (HorizonKind::Rolling | HorizonKind::Calendar, None) => Self::Any,
        }
    }

    /// As the engine has it.
    pub(crate) fn horizon(self) -> Option<Horizon> {
        let short = |days: i64| u16::try_from(days).unwrap_or(u16::MAX);
        match self {
            Self::Any => None,
            Self::Rolling(days) => Some(Horizon::Rolling { days: short(days) }),
            Self::Calendar(days) => Some(Horizon::Calendar { days: short(days) }),
        }
    }
}

/// What is paid when a booking is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentTerms {
    /// Nothing.
    None,
    /// All of it.
    Full,
    /// So much percent of the price, 1 to 100.
    Percent(i64),
    /// So many minor units of the service's currency.
    Deposit(i64),
}

impl PaymentTerms {
    pub(crate) fn parts(self) -> (PaymentKind, Option<i64>, Option<i64>) {
        match self {
            Self::None => (PaymentKind::None, None, None),
            Self::Full => (PaymentKind::Full, None, None),
            Self::Percent(percent) => (PaymentKind::Percent, Some(percent), None),
            Self::Deposit(amount) => (PaymentKind::Deposit, None, Some(amount)),
        }
    }

    pub(crate) fn of(kind: PaymentKind, percent: Option<i64>, deposit: Option<i64>) -> Self {
        match (kind, percent, deposit) {
            (PaymentKind::Full, ..) => Self::Full,
            (PaymentKind::Percent, Some(percent), _) => Self::Percent(percent),
            (PaymentKind::Deposit, _, Some(amount)) => Self::Deposit(amount),
            (PaymentKind::None | PaymentKind::Percent | PaymentKind::Deposit, ..) => Self::None,
        }
    }

    /// What is due at once of a price: never more than the price, and half a minor unit is rounded up.
    #[must_use]
    pub fn due(self, price: &Money) -> Money {
        let whole = price.amount_minor();
        let due = match self {
            Self::None => 0,
            Self::Full => whole,
            Self::Percent(percent) => crate::cancellation::percent_of(whole, percent),
            Self::Deposit(amount) => amount.min(whole),
        };
        Money::new(due, price.currency().clone())
    }
}

/// How much there may be on a date or in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Limit {
    /// Whose bookings it counts.
    pub scope: LimitScope,
    /// Over what.
    pub per: LimitPer,
    /// In which unit.
    pub unit: LimitUnit,
    /// How many, 1 to [`Limits::MOST`].
    pub most: u32,
}

/// The limits of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Limits(Vec<Limit>);

impl Limits {
    /// The most limits of one service: one of each kind.
    pub const MAX: usize = 12;

    /// The most that a limit can allow.
    pub const MOST: u32 = 100_000;

    /// Takes these limits.
    ///
    /// # Errors
    /// If two are of one kind, or one allows nothing or too much.
    pub fn new(mut limits: Vec<Limit>) -> Result<Self, Refusal> {
        let wrong = |wanted: &str, got: &str| Err(Refusal::invalid("limits", Invalid::new(wanted, got)));
        limits.sort_unstable();
        if let Some(twice) = limits
            .windows(2)
            .find(|it| (it[0].scope, it[0].per, it[0].unit) == (it[1].scope, it[1].per, it[1].unit))
        {
            return wrong("one limit of each kind", &format!("two of {:?}", twice[0]));
        }
        if let Some(odd) = limits.iter().find(|it| !(1..=Self::MOST).contains(&it.most)) {
            return wrong("1 to 100,000", &odd.most.to_string());
        }
        Ok(Self(limits))
    }

    /// The limits.
    #[must_use]
    pub fn as_slice(&self) -> &[Limit] {
        &self.0
    }
}

impl Limit {
    /// As the engine has it, on behalf of a service.
    pub(crate) fn for_engine(self, service: availability::Tag) -> availability::Limit {
        availability::Limit {
            tag: service,
            scope: match self.scope {
                LimitScope::Resource => Scope::Resource,
                LimitScope::ServiceOnResource => Scope::ServiceOnResource,
                LimitScope::Service => Scope::Service,
            },
            per: match self.per {
                LimitPer::Day => Per::Day,
                LimitPer::Week => Per::Week,
            },
            most: match self.unit {
                LimitUnit::Bookings => Most::Bookings(self.most),
                LimitUnit::Minutes => Most::Minutes(self.most),
            },
        }
    }
}

/// How many minutes before its start somebody is reminded of a booking, the earliest reminder first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Reminders(Vec<u32>);

impl Reminders {
    /// The most reminders of one service.
    pub const MAX: usize = 10;

    /// The earliest: four weeks before.
    pub const EARLIEST: u32 = 28 * 24 * 60;

    /// The latest, in minutes before.
    pub const LATEST: u32 = 5;

    /// Takes these, each once.
    ///
    /// # Errors
    /// If there are too many, or one is too early or too late.
    pub fn new(mut minutes_before: Vec<u32>) -> Result<Self, Refusal> {
        minutes_before.sort_unstable_by(|a, b| b.cmp(a));
        minutes_before.dedup();
        let wrong = |wanted: &str, got: usize| {
            Err(Refusal::invalid(
                "reminders",
                Invalid::new(wanted, &got.to_string()),
            ))
        };
        if minutes_before.len() > Self::MAX {
            return wrong("at most 10 reminders", minutes_before.len());
        }
        let range = Self::LATEST..=Self::EARLIEST;
        match minutes_before.iter().find(|it| !range.contains(it)) {
            Some(odd) => wrong("5 to 40,320 minutes before", *odd as usize),
            None => Ok(Self(minutes_before)),
        }
    }

    /// Minutes before the start, the earliest reminder first.
    #[must_use]
    pub fn minutes_before(&self) -> &[u32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(most: u32) -> Limit {
        Limit {
            scope: LimitScope::Resource,
            per: LimitPer::Day,
            unit: LimitUnit::Bookings,
            most,
        }
    }

    #[test]
    fn a_limit_of_each_kind_passes_and_two_of_one_do_not() {
        assert!(Limits::new(vec![limit(1)]).is_ok() && Limits::new(vec![limit(100_000)]).is_ok());
        assert!(Limits::new(vec![limit(0)]).is_err() && Limits::new(vec![limit(100_001)]).is_err());
        assert!(Limits::new(vec![limit(1), limit(2)]).is_err());
        let scopes = [
            LimitScope::Resource,
            LimitScope::ServiceOnResource,
            LimitScope::Service,
        ];
        let each = scopes.iter().flat_map(|scope| {
            [LimitPer::Day, LimitPer::Week].into_iter().flat_map(move |per| {
                [LimitUnit::Bookings, LimitUnit::Minutes].map(|unit| Limit {
                    scope: *scope,
                    per,
                    unit,
                    most: 3,
                })
            })
        });
        assert_eq!(Limits::new(each.collect()).unwrap().as_slice().len(), Limits::MAX);
    }

    #[test]
    fn reminders_come_once_each_and_the_earliest_first() {
        assert_eq!(
            Reminders::new(vec![60, 1440, 60]).unwrap().minutes_before(),
            [1440, 60]
        );
        assert!(Reminders::new((5..15).collect()).is_ok() && Reminders::new((5..16).collect()).is_err());
        assert!(Reminders::new(vec![5, 40_320]).is_ok());
        assert!(Reminders::new(vec![4]).is_err() && Reminders::new(vec![40_321]).is_err());
    }

    #[test]
    fn what_is_due_is_never_more_than_the_price() {
        let price = Money::new(999, "BRL".parse().unwrap());
        let due = |terms: PaymentTerms| terms.due(&price).amount_minor();
        assert_eq!(due(PaymentTerms::None), 0);
        assert_eq!(due(PaymentTerms::Full), 999);
        assert_eq!(
            due(PaymentTerms::Percent(50)),
            500,
            "half a minor unit is rounded up"
        );
        assert_eq!(due(PaymentTerms::Percent(100)), 999);
        assert_eq!(due(PaymentTerms::Deposit(200)), 200);
        assert_eq!(due(PaymentTerms::Deposit(2_000)), 999);
    }
}
