//! What a service asks of a start: how long, how often, how far apart, how soon, how late, how many.

use std::num::NonZeroU16;

use crate::{Counted, Tag};

/// The rules of one service. All lengths are elapsed minutes, never wall-clock minutes.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Which service.
    pub service: Tag,
    /// Whether it can be booked at all.
    pub active: bool,
    /// How long a booking takes, in minutes.
    pub duration: NonZeroU16,
    /// How many minutes lie between two starts of one window (S7).
    pub interval: NonZeroU16,
    /// Minutes that must be free before a booking (S9).
    pub buffer_before: u16,
    /// Minutes that must be free after a booking (S9).
    pub buffer_after: u16,
    /// Minutes between now and the first start (S10).
    pub notice: u32,
    /// How far ahead one may book (S11); none is for ever.
    pub horizon: Option<Horizon>,
    /// How much may be booked on a date or in a week (S13).
    pub limits: Vec<Limit>,
    /// This service's bookings on any resource, for limits of [`Scope::Service`].
    pub counted: Vec<Counted>,
}

impl Policy {
    /// An active service without buffers, notice, horizon or limits.
    #[must_use]
    pub fn new(service: Tag, duration: NonZeroU16, interval: NonZeroU16) -> Self {
        Self {
            service,
            active: true,
            duration,
            interval,
            buffer_before: 0,
            buffer_after: 0,
            notice: 0,
            horizon: None,
            limits: Vec::new(),
            counted: Vec::new(),
        }
    }

    /// The same rules as if this booking or hold had never counted toward a limit. See [`crate::Facts::without`].
    #[must_use]
    pub fn without(mut self, owner: Tag) -> Self {
        self.counted.retain(|it| it.owner != owner);
        self
    }
}

/// How far ahead one may book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Horizon {
    /// Up to the instant this many times 24 hours from now, inclusive.
    Rolling {
        /// How many.
        days: u16,
    },
    /// Up to the end of the local date this many dates after today's.
    Calendar {
        /// How many.
        days: u16,
    },
}

/// How much may be booked on one local date or in one local week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Which limit.
    pub tag: Tag,
    /// Whose bookings count.
    pub scope: Scope,
    /// On a date or in a week.
    pub per: Per,
    /// How much.
    pub most: Most,
}

/// Whose bookings a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All bookings of the resource.
    Resource,
    /// The resource's bookings of this service.
    ServiceOnResource,
    /// This service's bookings on whatever resource ([`Policy::counted`]).
    Service,
}

/// What a limit counts over, in the resource's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// A date.
    Day,
    /// Monday to Sunday.
    Week,
}

/// What a limit counts. A start is refused if booking it would go beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Most {
    /// As many bookings.
    Bookings(u32),
    /// As many booked minutes.
    Minutes(u32),
}
