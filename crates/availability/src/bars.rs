//! The filters (S8 to S13). Each fact *bars* a stretch of starts; nothing else decides.
//!
//! The list subtracts the bars from the windows, an explanation asks which bars hold a start. Both read them from
//! [`Judge::bars`], so a start is listed exactly if nothing can be said against it.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::calendar::Calendar;
use crate::facts::{Absence, Occupancy, Override, StaleCalendar};
use crate::offsets::Offsets;
use crate::policy::{Horizon, Limit, Most, Per, Policy, Scope};
use crate::seconds::{DAY, ceil, days_after, days_before, floor, instant, minutes};
use crate::tally::{Tally, Used};
use crate::windows::{Dates, Piece};
use crate::{Session, Tag, lanes};

/// Starts in `[from, until)` cannot be booked.
pub(crate) struct Bar<'a> {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) cause: Cause<'a>,
}

/// What bars them.
#[derive(Clone, Copy)]
pub(crate) enum Cause<'a> {
    Inactive(Tag),
    Stale(&'a StaleCalendar),
    Notice,
    Horizon {
        horizon: Horizon,
        last: NaiveDate,
    },
    Away(&'a Absence),
    CutOut(&'a Override, Piece),
    Occupied(&'a Occupancy),
    /// Every lane is taken by one or another.
    LanesFull,
    Limit {
        limit: &'a Limit,
        used: u64,
        from: NaiveDate,
    },
    /// A session starts here: it answers for this start itself.
    Session,
}

/// What is asked of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// To give its time to a new booking.
    Host,
    /// To let one more into a session that it leads anyway.
    Seat,
    /// To have a lane free; the booking is somebody else's.
    Part,
    /// To be open and free for a moment, whoever asks.
    Moment,
}

/// One resource asked in one role on behalf of one service at one moment.
pub(crate) struct Judge<'a> {
    pub(crate) calendar: &'a Calendar,
    pub(crate) policy: &'a Policy,
    pub(crate) now: DateTime<Utc>,
    /// This service's bookings on any resource.
    pub(crate) everywhere: &'a Tally,
    /// How long a booking is, in seconds.
    pub(crate) duration: i64,
    /// This service's bookings on this resource.
    pub(crate) on_resource: Tally,
}

/// Starts that are asked about, and the local time around them.
pub(crate) struct Asked<'c, 'o> {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) offsets: &'o Offsets,
    pub(crate) dates: Dates<'c, 'o>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(
        calendar: &'a Calendar,
        policy: &'a Policy,
        now: DateTime<Utc>,
        everywhere: &'a Tally,
    ) -> Self {
        let needed = policy
            .limits
            .iter()
            .any(|it| it.scope == Scope::ServiceOnResource);
        let counted = calendar.facts.counted.iter();
        let on_resource = Tally::new(counted.filter(|it| needed && it.service == policy.service));
        let duration = minutes(policy.duration.get());
        Self {
            calendar,
            policy,
            now,
            everywhere,
            duration,
            on_resource,
        }
    }

    /// From one start of a grid to the next, in seconds.
    pub(crate) fn interval(&self) -> i64 {
        minutes(self.policy.interval.get())
    }

    /// Everything that bars a start in the asked stretch. A bar may reach beyond it.
    pub(crate) fn bars(&self, role: Role, asked: &Asked<'a, '_>, mut bar: impl FnMut(Bar<'a>)) {
        self.inactive(role, &mut bar);
        self.away(asked, &mut bar);
        self.cut_out(asked, &mut bar);
        if role != Role::Seat {
            self.stale(&mut bar);
            self.occupied(asked, &mut bar);
        }
        if matches!(role, Role::Host | Role::Seat) {
            self.notice(&mut bar);
            self.horizon(asked.offsets, &mut bar);
        }
        if role == Role::Host {
            self.limits(asked, &mut bar);
            self.sessions(asked, &mut bar);
        }
    }

    fn inactive(&self, role: Role, bar: &mut impl FnMut(Bar<'a>)) {
        let facts = &self.calendar.facts;
        if !facts.active {
            bar(always(Cause::Inactive(facts.resource)));
        }
        if !self.policy.active && matches!(role, Role::Host | Role::Seat) {
            bar(always(Cause::Inactive(self.policy.service)));
        }
    }

    fn stale(&self, bar: &mut impl FnMut(Bar<'a>)) {
        self.calendar
            .facts
            .stale
            .iter()
            .for_each(|it| bar(always(Cause::Stale(it))));
    }

    /// S10.
    fn notice(&self, bar: &mut impl FnMut(Bar<'a>)) {
        let first = ceil(self.now) + minutes(self.policy.notice);
        bar(Bar {
            from: i64::MIN,
            until: first,
            cause: Cause::Notice,
        });
    }

    /// S11.
    fn horizon(&self, offsets: &Offsets, bar: &mut impl FnMut(Bar<'a>)) {
        let Some(horizon) = self.policy.horizon else {
            return;
        };
        match horizon {
            Horizon::Rolling { days } => {
                let last = floor(self.now) + i64::from(days) * DAY;
                let cause = Cause::Horizon {
                    horizon,
                    last: self.calendar.facts.zone.local(instant(last)).date(),
                };
                bar(Bar {
                    from: last + 1,
                    until: i64::MAX,
                    cause,
                });
            }
            Horizon::Calendar { days } => {
                let today = self.calendar.facts.zone.local(self.now).date();
                let last = days_after(today, u64::from(days));
                let Some(closed) = last.succ_opt() else { return };
                for (from, until) in offsets.spans(closed, NaiveDate::MAX) {
                    bar(Bar {
                        from,
                        until,
                        cause: Cause::Horizon { horizon, last },
                    });
                }
            }
        }
    }

    /// S8.
    fn away(&self, asked: &Asked<'a, '_>, bar: &mut impl FnMut(Bar<'a>)) {
        let duration = self.duration;
        for it in self.calendar.away.meeting(asked.from, asked.until + duration) {
            let cause = Cause::Away(&self.calendar.facts.absences[it.of as usize]);
            bar(Bar {
                from: it.from - duration + 1,
                until: it.until,
                cause,
            });
        }
    }

    /// BLOCK with hours (S6).
    fn cut_out(&self, asked: &Asked<'a, '_>, bar: &mut impl FnMut(Bar<'a>)) {
        for (piece, it) in asked.dates.blocks() {
            let from = piece.from - self.duration + 1;
            bar(Bar {
                from,
                until: piece.until,
                cause: Cause::CutOut(it, piece),
            });
        }
    }

    /// S9.
    fn occupied(&self, asked: &Asked<'a, '_>, bar: &mut impl FnMut(Bar<'a>)) {
        let lanes = self.calendar.facts.lanes.get();
        let mut full = lanes::Full::new(lanes);
        for (from, until, it) in self.taken(asked.from, asked.until) {
            match it.lane {
                Some(lane) if lane >= lanes => {}
                Some(lane) if lanes > 1 => full.take(lane, from, until),
                _ => bar(Bar {
                    from,
                    until,
                    cause: Cause::Occupied(it),
                }),
            }
        }
        full.each(|from, until| {
            bar(Bar {
                from,
                until,
                cause: Cause::LanesFull,
            })
        });
    }

    /// The starts in `[from, until)` and beyond that each occupancy takes, in whichever lane.
    pub(crate) fn taken(&self, from: i64, until: i64) -> impl Iterator<Item = (i64, i64, &'a Occupancy)> {
        let before = minutes(self.policy.buffer_before);
        let after = self.duration + minutes(self.policy.buffer_after);
        let all = &self.calendar.facts.occupancies;
        self.calendar
            .occupied
            .meeting(from - before, until + after)
            .map(move |it| (it.from - after + 1, it.until + before, &all[it.of as usize]))
    }

    /// S13.
    fn limits(&self, asked: &Asked<'a, '_>, bar: &mut impl FnMut(Bar<'a>)) {
        for limit in &self.policy.limits {
            let tally = match limit.scope {
                Scope::Resource => &self.calendar.tally,
                Scope::ServiceOnResource => &self.on_resource,
                Scope::Service => self.everywhere,
            };
            each_period(limit.per, asked, |from, last| {
                let used = offsets_used(tally, asked.offsets, from, last);
                if let Some(used) = self.exhausted(limit, used) {
                    for (begins, ends) in asked.offsets.spans(from, last) {
                        bar(Bar {
                            from: begins,
                            until: ends,
                            cause: Cause::Limit { limit, used, from },
                        });
                    }
                }
            });
        }
    }

    /// What is used of a limit that has no room for one more booking.
    fn exhausted(&self, limit: &Limit, used: Used) -> Option<u64> {
        let (used, more, most) = match limit.most {
            Most::Bookings(most) => (used.bookings, 1, most),
            Most::Minutes(most) => (used.minutes, u64::from(self.policy.duration.get()), most),
        };
        (used + more > u64::from(most)).then_some(used)
    }

    /// S16.
    fn sessions(&self, asked: &Asked<'a, '_>, bar: &mut impl FnMut(Bar<'a>)) {
        for session in self.sessions_starting(asked.from, asked.until) {
            let at = floor(session.span.start());
            bar(Bar {
                from: at,
                until: at + 1,
                cause: Cause::Session,
            });
        }
    }

    /// This service's sessions that start in `[from, until)`, in order.
    pub(crate) fn sessions_starting(&self, from: i64, until: i64) -> impl Iterator<Item = &'a Session> {
        let service = self.policy.service;
        let all = &self.calendar.facts.sessions;
        let near = self
            .calendar
            .sessions
            .meeting(from, until)
            .filter(move |it| from <= it.from);
        near.map(|it| &all[it.of as usize])
            .filter(move |it| it.service == service)
    }
}

fn always(cause: Cause<'_>) -> Bar<'_> {
    Bar {
        from: i64::MIN,
        until: i64::MAX,
        cause,
    }
}

/// The dates, or Mondays and Sundays, that an asked start can fall on.
fn each_period(per: Per, asked: &Asked<'_, '_>, mut period: impl FnMut(NaiveDate, NaiveDate)) {
    // A clock that goes back across midnight shows a date again: one date of margin on each side.
    let mut from = days_before(asked.offsets.date(asked.from), 1);
    let end = days_after(asked.offsets.date(asked.until), 1);
    let days = match per {
        Per::Day => 1,
        Per::Week => {
            from = days_before(from, u64::from(from.weekday().num_days_from_monday()));
            7
        }
    };
    while from <= end {
        let last = days_after(from, days - 1);
        period(from, last);
        let Some(next) = last.succ_opt() else { break };
        from = next;
    }
}

/// What starts on these local dates.
fn offsets_used(tally: &Tally, offsets: &Offsets, from: NaiveDate, last: NaiveDate) -> Used {
    offsets
        .spans(from, last)
        .fold(Used::default(), |sum, (begins, ends)| {
            let more = tally.used(begins, ends);
            Used {
                bookings: sum.bookings + more.bookings,
                minutes: sum.minutes + more.minutes,
            }
        })
}
