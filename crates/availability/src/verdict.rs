//! What can be said about one start of one resource: the same bars as in the list, asked for their reasons.

use chrono::NaiveDate;
use kernel::Span;

use crate::bars::{Asked, Cause, Judge, Role};
use crate::blocker::{Blocker, Source};
use crate::facts::{Change, Occupancy, Session};
use crate::free::{Grid, aligned};
use crate::offsets::Offsets;
use crate::seconds::{MINUTE, ceil, floor, instant, minutes};
use crate::tally::Tally;
use crate::windows::{Piece, Window};

/// What a resource says about one start.
#[derive(Debug, Default)]
pub(crate) struct Verdict<'a> {
    /// The grids of the windows that hold it; empty if the resource cannot give its time.
    pub(crate) grids: Vec<Grid>,
    /// The session that it could join.
    pub(crate) seat: Option<&'a Session>,
    /// All that can be said against it, its place on the grid apart.
    pub(crate) blockers: Vec<Blocker>,
    /// That it is off the grid of its windows; a team asks for another grid.
    pub(crate) off_grid: Option<Blocker>,
}

impl<'a> Judge<'a> {
    /// What can be said about one start. A session that starts then answers in the place of the grid.
    pub(crate) fn verdict(&self, role: Role, at: i64) -> Verdict<'a> {
        if role == Role::Host
            && let Some(verdict) = self.seat(at)
        {
            return verdict;
        }
        let offsets = Offsets::around(self.calendar.facts.zone, at, at + 1 + self.duration);
        let asked = self.asked(role, &offsets, at..at + 1);
        let mut verdict = Verdict {
            blockers: self.said_against(role, &asked),
            ..Verdict::default()
        };
        let windows = self.windows(role, &asked);
        let holding: Vec<Window> = windows.into_iter().filter(|it| self.grid(*it).fits(at)).collect();
        let on_grid = |it: &Window| aligned(at, it.from, self.interval());
        if holding.is_empty() {
            self.outside(&asked, &mut verdict.blockers);
        } else if role == Role::Host && !holding.iter().any(on_grid) {
            verdict.off_grid = self.off_grid(holding[0], &asked);
        }
        if verdict.blockers.is_empty() {
            verdict.grids = holding.iter().map(|it| self.grid(*it)).collect();
        }
        verdict
    }

    /// What can be said about joining a session that starts then, if there is one (S16). Of several, the first with a
    /// seat answers.
    pub(crate) fn seat(&self, at: i64) -> Option<Verdict<'a>> {
        let mut first = None;
        for session in self.sessions_starting(at, at + 1) {
            let verdict = self.join(session, at);
            if verdict.seat.is_some() {
                return Some(verdict);
            }
            first = first.or(Some(verdict));
        }
        first
    }

    fn join(&self, session: &'a Session, at: i64) -> Verdict<'a> {
        // The session is as long as it was made, whatever the service is today.
        let duration = ceil(session.span.end()) - at;
        let Judge {
            calendar,
            policy,
            now,
            everywhere,
            ..
        } = *self;
        let on_resource = Tally::default();
        let judge = Judge {
            calendar,
            policy,
            now,
            everywhere,
            duration,
            on_resource,
        };
        let offsets = Offsets::around(calendar.facts.zone, at, at + 1 + duration);
        let asked = judge.asked(Role::Seat, &offsets, at..at + 1);
        let mut blockers = judge.said_against(Role::Seat, &asked);
        closed_by(&asked, offsets.date(at), &mut blockers);
        if session.left() == 0 {
            let (seats, taken) = (session.seats, session.taken);
            blockers.push(Blocker::SeatsFull {
                by: session.booking,
                seats,
                taken,
            });
        }
        let seat = blockers.is_empty().then_some(session);
        Verdict {
            seat,
            blockers,
            ..Verdict::default()
        }
    }

    /// Every bar that holds the one start that is asked about.
    fn said_against(&self, role: Role, asked: &Asked<'a, '_>) -> Vec<Blocker> {
        let at = asked.from;
        let mut blockers = Vec::new();
        self.bars(role, asked, |it| {
            if it.from <= at && at < it.until {
                self.tell(it.cause, at, &mut blockers);
            }
        });
        blockers
    }

    fn tell(&self, cause: Cause<'a>, at: i64, blockers: &mut Vec<Blocker>) {
        blockers.push(match cause {
            Cause::Inactive(by) => Blocker::Inactive { by },
            Cause::Stale(it) => Blocker::CalendarStale {
                by: it.connection,
                synced_at: it.synced_at,
            },
            Cause::Notice => {
                let left = instant(at) - self.now;
                Blocker::Notice {
                    needs: self.policy.notice,
                    left: left.num_seconds().div_euclid(MINUTE),
                }
            }
            Cause::Horizon { horizon, last } => Blocker::Horizon { horizon, last },
            Cause::Away(it) => Blocker::OutOfOffice {
                by: it.tag,
                span: it.span,
            },
            Cause::CutOut(it, piece) => match span(piece.from, piece.until) {
                Some(span) => Blocker::CutOut { by: it.tag, span },
                None => return,
            },
            Cause::Occupied(it) => self.taken_by(it, at),
            Cause::LanesFull => {
                let lanes = self.calendar.facts.lanes.get();
                let taken = self.taken(at, at + 1).filter(|it| it.0 <= at && at < it.1);
                let of_a_lane = taken.filter(|it| it.2.lane.is_some_and(|lane| lane < lanes));
                blockers.extend(of_a_lane.map(|it| self.taken_by(it.2, at)));
                return;
            }
            Cause::Limit { limit, used, from } => {
                let crate::Limit {
                    tag: by,
                    scope,
                    per,
                    most,
                } = *limit;
                Blocker::Limit {
                    by,
                    scope,
                    per,
                    most,
                    used,
                    from,
                }
            }
            Cause::Session => return,
        });
    }

    fn taken_by(&self, it: &Occupancy, at: i64) -> Blocker {
        let (by, kind, span) = (it.owner, it.kind, it.span);
        let (from, until, end) = (floor(span.start()), ceil(span.end()), at + self.duration);
        if from < end && at < until {
            return Blocker::Occupied { by, kind, span };
        }
        let (needs, room) = if until <= at {
            (self.policy.buffer_before, at - until)
        } else {
            (self.policy.buffer_after, from - end)
        };
        // Less than a minute, or an instant within a second, may be missing: what there is, is rounded down.
        let has = u16::try_from(room / MINUTE).unwrap_or(u16::MAX);
        Blocker::Buffer {
            by,
            kind,
            span,
            needs,
            has,
        }
    }

    /// No window holds the start: its date is closed, or it lies outside the hours there are.
    fn outside(&self, asked: &Asked<'a, '_>, blockers: &mut Vec<Blocker>) {
        let (at, said) = (asked.from, blockers.len());
        let all = asked.dates.windows();
        let shut = all.iter().filter(|it| !it.open && it.from <= at && at < it.until);
        let mut dates: Vec<NaiveDate> = shut.map(|it| it.date).collect();
        dates.push(asked.offsets.date(at));
        dates.sort_unstable();
        dates.dedup();
        dates
            .into_iter()
            .for_each(|date| closed_by(asked, date, blockers));
        if blockers.len() > said {
            return;
        }
        let distance = |it: &Window| (it.from - at).max(at - it.until).max(0);
        let today = asked.offsets.date(at);
        let near = |it: &&Window| it.open && (distance(it) == 0 || it.date == today);
        let nearest = all.iter().filter(near).min_by_key(|it| (distance(it), it.from));
        blockers.push(Blocker::OutsideHours {
            window: nearest.and_then(|it| span(it.from, it.until)),
            by: nearest.map(|it| sources(asked, it)).unwrap_or_default(),
        });
    }

    /// Some window holds the start, but none has it on its grid.
    fn off_grid(&self, window: Window, asked: &Asked<'a, '_>) -> Option<Blocker> {
        let whole = span(window.from, window.until)?;
        Some(self.off(asked.from, self.grid(window), (whole, sources(asked, &window))))
    }

    /// A start between the grid's own.
    pub(crate) fn off(&self, at: i64, grid: Grid, (window, by): (Span, Vec<Source>)) -> Blocker {
        let interval = minutes(self.policy.interval.get());
        let previous = at - (at - grid.anchor).rem_euclid(interval);
        let next = previous + interval;
        Blocker::OffGrid {
            window,
            by,
            interval: self.policy.interval.get(),
            previous: instant(previous),
            next: (next <= grid.last).then(|| instant(next)),
        }
    }
}

/// Every override that closes a date.
fn closed_by(asked: &Asked<'_, '_>, date: NaiveDate, blockers: &mut Vec<Blocker>) {
    let closes = asked.dates.on(date).filter(|it| it.change == Change::Close);
    blockers.extend(closes.map(|it| Blocker::DateClosed { by: it.tag, date }));
}

/// The rules and overrides whose hours make a window.
pub(crate) fn sources(asked: &Asked<'_, '_>, window: &Window) -> Vec<Source> {
    let inside = |it: &Piece| it.date == window.date && window.from <= it.from && it.until <= window.until;
    let pieces = asked.dates.pieces();
    let mut sources: Vec<Source> = pieces
        .iter()
        .filter(|it| inside(it))
        .map(|it| it.source)
        .collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

pub(crate) fn span(from: i64, until: i64) -> Option<Span> {
    Span::new(instant(from), instant(until)).ok()
}
