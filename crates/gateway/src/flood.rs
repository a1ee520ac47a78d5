//! The cheapest guard: so many requests an address and a second, counted in memory, before anything else is done for them.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Counts knocks.
pub(crate) struct Flood {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    per_second: NonZeroU32,
    clock: DefaultClock,
}

impl Flood {
    /// Lets an address send so many requests in one second, and as many at once.
    pub(crate) fn new(per_second: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Quota::per_second(per_second));
        Self {
            limiter,
            per_second,
            clock: DefaultClock::default(),
        }
    }

    /// What it lets through.
    pub(crate) fn per_second(&self) -> u32 {
        self.per_second.get()
    }

    /// Counts one knock; says how long to wait if it was one too many.
    pub(crate) fn knock(&self, peer: IpAddr) -> Result<(), Duration> {
        self.limiter
            .check_key(&peer)
            .map_err(|early| early.wait_time_from(self.clock.now()))
    }

    /// Forgets addresses that have been quiet.
    pub(crate) fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}
