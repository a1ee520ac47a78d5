//! The ordered list of starts: free time of all hosts, swept once from left to right.
//!
//! Hosts whose grids have the same next start wait together in one *cohort*, so a start costs as much as there are
//! hosts to name, whatever the size of the team. The range is read in pieces that double in length: who stops after
//! the first starts has not paid for the rest.

use std::collections::BinaryHeap;
use std::iter::Peekable;
use std::vec;

use crate::ask::{Ask, StartRange};
use crate::bars::Role;
use crate::offer::{Member, Offer};
use crate::seconds::{DAY, floor, instant};
use crate::team::{Presence, together};

/// Host-days of the first piece: a single host is read a year at once, a thousand hosts a day.
const FIRST_PIECE: i64 = 512;

/// Hosts with the same next start. The heap has the earliest on top.
struct Cohort<'a> {
    next: i64,
    members: Vec<Member<'a>>,
}

impl PartialEq for Cohort<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.next == other.next
    }
}

impl Eq for Cohort<'_> {}

impl PartialOrd for Cohort<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Cohort<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.next.cmp(&self.next)
    }
}

/// Starts of one cohort, one after the other, between which nothing happens.
struct Run<'a> {
    cohort: Cohort<'a>,
    until: i64,
}

/// Free time of a host that the sweep has not reached.
#[derive(Clone, Copy)]
struct Ahead<'a> {
    first: i64,
    member: Member<'a>,
}

/// A room or piece of equipment, with its free time in the piece that is being swept.
struct Line {
    resource: usize,
    free: Vec<(i64, i64)>,
    passed: usize,
}

impl Line {
    fn is_free(&mut self, at: i64) -> bool {
        while self.free.get(self.passed).is_some_and(|it| it.1 < at) {
            self.passed += 1;
        }
        self.free.get(self.passed).is_some_and(|it| it.0 <= at)
    }
}

/// The starts of a range in order, found as they are asked for; made by [`Ask::offers`].
///
/// [`Offers::advance`] lends one [`Offer`] after the other; [`Ask::starts`] is the iterator of their instants alone.
pub struct Offers<'a> {
    ask: &'a Ask<'a>,
    interval: i64,
    /// Whether any one host is enough and nothing else is needed: then the hosts of a start are its cohort's members.
    is_plain: bool,
    run: Option<Run<'a>>,
    /// What has not been read yet, and how much of it is read next.
    unread: (i64, i64),
    piece: i64,
    ahead: Peekable<vec::IntoIter<Ahead<'a>>>,
    cohorts: BinaryHeap<Cohort<'a>>,
    /// Of hosts that give their time together: all free time that the sweep is in, by host and window.
    present: Vec<Member<'a>>,
    lines: Vec<Vec<Line>>,
    /// Emptied cohorts, for use again.
    spare: Vec<Vec<Member<'a>>>,
    /// The offer that was found last.
    hosts: Vec<Member<'a>>,
    parts: Vec<Vec<usize>>,
}

impl<'a> Offers<'a> {
    pub(crate) fn new(ask: &'a Ask<'a>, range: StartRange) -> Self {
        let hosts = ask.team().hosts().len().max(1);
        Self {
            ask,
            interval: ask.interval(),
            is_plain: ask.team().is_any() && ask.team().parts().is_empty(),
            run: None,
            unread: (range.first(), range.end()),
            piece: (FIRST_PIECE / hosts as i64).max(1) * DAY,
            ahead: Vec::new().into_iter().peekable(),
            cohorts: BinaryHeap::new(),
            present: Vec::new(),
            lines: Vec::new(),
            spare: Vec::new(),
            hosts: Vec::new(),
            parts: vec![Vec::new(); ask.team().parts().len()],
        }
    }

    /// The next start that is offered.
    pub fn advance(&mut self) -> Option<Offer<'_>> {
        let at = self.next_start()?;
        Some(Offer {
            at: instant(at),
            ask: self.ask,
            members: &self.hosts,
            parts: &self.parts,
        })
    }

    /// The next start; its hosts and parts are left in `self`.
    pub(crate) fn next_start(&mut self) -> Option<i64> {
        if let Some(run) = &mut self.run {
            let at = run.cohort.next;
            if at < run.until {
                run.cohort.next += self.interval;
                return Some(at);
            }
        }
        loop {
            let over = self.run.take().map(|it| it.cohort);
            over.into_iter().for_each(|it| self.keep(it));
            self.meet();
            let Some(mut cohort) = self.cohorts.pop() else {
                if self.read() {
                    continue;
                }
                return None;
            };
            let at = cohort.next;
            self.gather(&mut cohort);
            let offered = self.offered(at, &cohort.members);
            cohort.next += self.interval;
            if self.is_plain && offered {
                let until = self.change_after(&cohort);
                self.run = Some(Run { cohort, until });
            } else {
                self.keep(cohort);
            }
            if offered {
                return Some(at);
            }
        }
    }

    /// Puts a cohort back, without the members that have nothing left.
    fn keep(&mut self, mut cohort: Cohort<'a>) {
        cohort.members.retain(|it| cohort.next <= it.last);
        if cohort.members.is_empty() {
            self.spare.push(cohort.members);
        } else {
            self.cohorts.push(cohort);
        }
    }

    /// Until when a cohort's members stay the same and nobody else has a start.
    fn change_after(&mut self, cohort: &Cohort<'a>) -> i64 {
        let leaves = cohort.members.iter().map(|it| it.last + 1).min();
        let others = self.cohorts.peek().map(|it| it.next);
        let begins = self.ahead.peek().map(|it| it.first);
        [leaves, others, begins]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(i64::MIN)
    }

    /// Takes in all free time that begins before or at the next start.
    fn meet(&mut self) {
        while let Some(it) = self.ahead.peek() {
            let (first, member) = (it.first, it.member);
            if self.cohorts.peek().is_some_and(|next| next.next < first) {
                return;
            }
            self.ahead.next();
            if !self.ask.team().is_any() && member.session.is_none() {
                let key = |it: &Member<'_>| (it.host, it.anchor);
                let at = self.present.partition_point(|it| key(it) <= key(&member));
                self.present.insert(at, member);
            }
            let next = first + (member.anchor - first).rem_euclid(self.interval);
            if next <= member.last {
                let mut members = self.spare.pop().unwrap_or_default();
                members.push(member);
                self.cohorts.push(Cohort { next, members });
            }
        }
    }

    /// Joins the cohorts that have the same next start.
    fn gather(&mut self, cohort: &mut Cohort<'a>) {
        let mut joined = false;
        while self.cohorts.peek().is_some_and(|it| it.next == cohort.next) {
            let Some(mut other) = self.cohorts.pop() else {
                break;
            };
            cohort.members.append(&mut other.members);
            self.spare.push(other.members);
            joined = true;
        }
        if joined {
            cohort.members.sort_by_key(|it| (it.host, it.anchor));
        }
    }

    /// Whether a start is offered, and by whom.
    fn offered(&mut self, at: i64, aligned: &[Member<'a>]) -> bool {
        self.hosts.clear();
        if self.ask.team().is_any() {
            self.hosts.extend_from_slice(aligned);
            self.hosts.dedup_by_key(|it| it.host);
        } else {
            self.offered_together(at, aligned);
        }
        if !self.lines.is_empty() && !self.parts_free(at) {
            // Whoever joins a session takes no room: the session has it.
            self.hosts.retain(|it| it.session.is_some());
        }
        !self.hosts.is_empty()
    }

    fn offered_together(&mut self, at: i64, aligned: &[Member<'a>]) {
        self.present.retain(|it| at <= it.last);
        let present = self.present.iter().map(|it| Presence {
            host: it.host,
            anchor: it.anchor,
        });
        let mut present: Vec<Presence> = present.collect();
        present.dedup();
        if present.len() >= self.ask.team().needed() {
            let hosts = together(self.ask.team(), &present, at, self.interval);
            self.hosts.extend(hosts.into_iter().map(|host| Member {
                host,
                anchor: at,
                last: at,
                session: None,
            }));
        }
        let joinable = aligned.iter().filter(|it| {
            let leads =
                |other: &&Member<'_>| other.session.map(|it| it.booking) == it.session.map(|it| it.booking);
            it.session
                .is_some_and(|session| aligned.iter().filter(leads).count() == self.ask.leaders(session, at))
        });
        self.hosts.extend(joinable);
        self.hosts.sort_by_key(|it| it.host);
    }

    fn parts_free(&mut self, at: i64) -> bool {
        let mut all = true;
        for (lines, free) in self.lines.iter_mut().zip(&mut self.parts) {
            free.clear();
            free.extend(
                lines
                    .iter_mut()
                    .filter_map(|it| it.is_free(at).then_some(it.resource)),
            );
            all &= !free.is_empty();
        }
        all
    }

    /// Reads the next piece of the range; false at its end.
    fn read(&mut self) -> bool {
        let (from, end) = self.unread;
        if from >= end {
            return false;
        }
        let until = end.min(from.saturating_add(self.piece));
        self.unread.0 = until;
        self.piece = self.piece.saturating_mul(2);
        let mut ahead: Vec<Ahead<'a>> = Vec::new();
        for (host, judge) in self.ask.judges().enumerate() {
            judge.free(Role::Host, from..until, &mut |it| {
                let member = Member {
                    host,
                    anchor: it.anchor,
                    last: it.last,
                    session: None,
                };
                ahead.push(Ahead {
                    first: it.first,
                    member,
                });
            });
            let mut starts: Vec<i64> = judge
                .sessions_starting(from, until)
                .map(|it| floor(it.span.start()))
                .collect();
            starts.dedup();
            for at in starts {
                let session = judge.seat(at).and_then(|it| it.seat);
                let member = Member {
                    host,
                    anchor: at,
                    last: at,
                    session,
                };
                ahead.extend(session.map(|_| Ahead { first: at, member }));
            }
        }
        ahead.sort_by_key(|it| it.first);
        self.ahead = ahead.into_iter().peekable();
        self.present.clear();
        self.lines = self
            .ask
            .parts()
            .map(|part| {
                part.map(|(resource, judge)| {
                    let mut free = Vec::new();
                    judge.free(Role::Part, from..until, &mut |it| free.push((it.first, it.last)));
                    Line {
                        resource,
                        free,
                        passed: 0,
                    }
                })
                .collect()
            })
            .collect();
        true
    }
}
