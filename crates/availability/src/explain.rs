//! The answer to "why not?": all that can be said against a start, by whom, for whom.

use chrono::{DateTime, Utc};
use kernel::Span;

use crate::ask::Ask;
use crate::bars::{Judge, Role};
use crate::blocker::{Blocker, BlockerCode, PublicBlocker};
use crate::free::Grid;
use crate::offer::Seat;
use crate::seconds::{floor, instant};
use crate::team::{Presence, together};
use crate::verdict::{Verdict, span};
use crate::{Tag, facts::Session};

/// What a team says about one start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    at: DateTime<Utc>,
    offered: bool,
    hosts: Vec<Answer>,
    parts: Vec<Vec<Answer>>,
    shared: Option<Blocker>,
}

/// What one resource says about one start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which resource.
    pub resource: Tag,
    /// Whether it is among those that can give the start. A host without blockers cannot if the others are missing.
    pub listed: bool,
    /// The seat it offers, if the start is that of a session.
    pub seat: Option<Seat>,
    /// All that can be said against it.
    pub blockers: Vec<Blocker>,
}

impl Explanation {
    /// Which start it is about.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Whether the start can be booked: exactly then it is in the list.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        self.offered
    }

    /// Each host's answer, in the order of the team.
    #[must_use]
    pub fn hosts(&self) -> &[Answer] {
        &self.hosts
    }

    /// Each part's answers, one of each of its resources.
    #[must_use]
    pub fn parts(&self) -> &[Vec<Answer>] {
        &self.parts
    }

    /// That the hosts are free but the start is not on the grid they share, or that no start ever can be given.
    #[must_use]
    pub fn shared(&self) -> Option<&Blocker> {
        self.shared.as_ref()
    }

    /// All blockers of a start that cannot be booked, whoever they belong to; none of one that can.
    pub fn blockers(&self) -> impl Iterator<Item = &Blocker> {
        let answers = self.hosts.iter().chain(self.parts.iter().flatten());
        let all = answers.flat_map(|it| &it.blockers).chain(&self.shared);
        all.filter(|_| !self.offered)
    }

    /// What the public may know: each reason once, without owners and names.
    #[must_use]
    pub fn redacted(&self) -> Vec<PublicBlocker> {
        let mut public: Vec<PublicBlocker> = self.blockers().map(Blocker::redacted).collect();
        public.sort_by_key(|it| it.code);
        public.dedup_by_key(|it| it.code);
        public
    }

    pub(crate) fn of(ask: &Ask<'_>, at: DateTime<Utc>) -> Self {
        let second = floor(at);
        let judges: Vec<Judge<'_>> = ask.judges().collect();
        let verdicts: Vec<Verdict<'_>> = judges.iter().map(|it| it.verdict(Role::Host, second)).collect();
        let parts: Vec<Vec<Answer>> = ask
            .parts()
            .map(|part| part.map(|it| part_answer(&it.1, second)).collect())
            .collect();
        let room = parts.iter().all(|part| part.iter().any(|it| it.listed));
        let any = ask.team().is_any();
        let present = presences(&verdicts);
        let free = if any {
            Vec::new()
        } else {
            together(ask.team(), &present, second, ask.interval())
        };
        let mut hosts = Vec::with_capacity(verdicts.len());
        for (index, (judge, verdict)) in judges.iter().zip(&verdicts).enumerate() {
            let seat = verdict
                .seat
                .filter(|it| any || all_can(ask, &verdicts, it, second));
            let alone = any && !verdict.grids.is_empty() && verdict.off_grid.is_none();
            let gives = room && (alone || free.contains(&index));
            let mut blockers = verdict.blockers.clone();
            blockers.extend(verdict.off_grid.clone().filter(|_| any));
            blockers.sort_by_key(|it| (it.code(), it.by()));
            let resource = judge.calendar.resource();
            hosts.push(Answer {
                resource,
                listed: gives || seat.is_some(),
                seat: seat.map(Seat::of),
                blockers,
            });
        }
        let shared = match (impossible(ask), any || !free.is_empty()) {
            (Some(never), _) => Some(never),
            (None, true) => None,
            (None, false) => shared(ask, &judges, &verdicts, second),
        };
        let offered = hosts.iter().any(|it| it.listed);
        let mut explanation = Self {
            at,
            offered,
            hosts,
            parts,
            shared,
        };
        if instant(second) != at {
            explanation.refuse_fraction(ask, second);
        }
        explanation
    }

    /// A start between two seconds is on no grid.
    fn refuse_fraction(&mut self, ask: &Ask<'_>, second: i64) {
        self.offered = false;
        let interval = ask.policy().interval.get();
        let end = instant(second + ask.interval());
        let Ok(window) = Span::new(instant(second), end) else {
            return;
        };
        for host in &mut self.hosts {
            (host.listed, host.seat) = (false, None);
            let off = |it: &Blocker| it.code() == BlockerCode::OffGrid;
            if !host.blockers.iter().any(off) {
                let (by, previous) = (Vec::new(), instant(second));
                host.blockers.push(Blocker::OffGrid {
                    window,
                    by,
                    interval,
                    previous,
                    next: None,
                });
            }
        }
    }
}

fn part_answer(judge: &Judge<'_>, at: i64) -> Answer {
    let mut blockers = judge.verdict(Role::Part, at).blockers;
    blockers.sort_by_key(|it| (it.code(), it.by()));
    Answer {
        resource: judge.calendar.resource(),
        listed: blockers.is_empty(),
        seat: None,
        blockers,
    }
}

fn presences(verdicts: &[Verdict<'_>]) -> Vec<Presence> {
    let each = verdicts.iter().enumerate();
    let of = |(host, it): (usize, &Verdict<'_>)| -> Vec<Presence> {
        it.grids
            .iter()
            .map(|it| Presence {
                host,
                anchor: it.anchor,
            })
            .collect()
    };
    let mut present: Vec<Presence> = each.flat_map(of).collect();
    present.sort_unstable();
    present.dedup();
    present
}

/// Whether all hosts of the team that lead a session can take one more.
fn all_can(ask: &Ask<'_>, verdicts: &[Verdict<'_>], session: &Session, at: i64) -> bool {
    let can = |it: &&Verdict<'_>| it.seat.is_some_and(|it| it.booking == session.booking);
    verdicts.iter().filter(can).count() == ask.leaders(session, at)
}

/// A team that is smaller than it must be, or a part that nothing can be: the service is as good as switched off.
fn impossible(ask: &Ask<'_>) -> Option<Blocker> {
    let team = ask.team();
    let never = team.hosts().len() < team.needed() || team.parts().iter().any(Vec::is_empty);
    never.then(|| Blocker::Inactive {
        by: ask.policy().service,
    })
}

/// Enough hosts are free for the start, but the grid that they share does not have it.
fn shared(ask: &Ask<'_>, judges: &[Judge<'_>], verdicts: &[Verdict<'_>], at: i64) -> Option<Blocker> {
    let mut free: Vec<(bool, Grid)> = Vec::new();
    for (host, verdict) in ask.team().hosts().iter().zip(verdicts) {
        match verdict.grids.iter().min_by_key(|it| it.anchor) {
            Some(grid) => free.push((host.required, *grid)),
            None if host.required => return None,
            None => {}
        }
    }
    free.sort_by_key(|(required, grid)| (!required, grid.anchor));
    let meeting = free.get(..ask.team().needed())?;
    let anchor = meeting.iter().map(|it| it.1.anchor).max()?;
    let last = meeting.iter().map(|it| it.1.last).min()?;
    let judge = judges.first()?;
    let window = span(anchor, last + judge.duration)?;
    Some(judge.off(at, Grid { anchor, last }, (window, Vec::new())))
}
