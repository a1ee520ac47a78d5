//! Who gives the time: one resource or several, and which rooms and equipment must be free beside them (S15).

use crate::calendar::Calendar;
use crate::free::aligned;

/// How a team shares its bookings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// Any free host will do; who gets it is decided when it is booked.
    RoundRobin,
    /// As round robin, on behalf of whoever manages the hosts.
    Managed,
    /// All hosts together.
    Collective,
    /// The fixed hosts together, and more if the service asks for more than there are.
    Fixed,
}

/// One who can give time.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// Whose calendar.
    pub calendar: &'a Calendar,
    /// Whether nothing can be booked without them.
    pub required: bool,
}

/// What one booking needs.
#[derive(Clone, Debug)]
pub struct Team<'a> {
    hosts: Vec<Host<'a>>,
    needed: usize,
    parts: Vec<Vec<&'a Calendar>>,
}

impl<'a> Team<'a> {
    /// A single host.
    #[must_use]
    pub fn one(calendar: &'a Calendar) -> Self {
        Self::any([calendar])
    }

    /// Any one of these hosts.
    #[must_use]
    pub fn any(calendars: impl IntoIterator<Item = &'a Calendar>) -> Self {
        Self::at_least(
            1,
            calendars.into_iter().map(|calendar| Host {
                calendar,
                required: false,
            }),
        )
    }

    /// All of these hosts together.
    #[must_use]
    pub fn all(calendars: impl IntoIterator<Item = &'a Calendar>) -> Self {
        Self::at_least(
            1,
            calendars.into_iter().map(|calendar| Host {
                calendar,
                required: true,
            }),
        )
    }

    /// So many of these hosts, and all that are required; at least one.
    #[must_use]
    pub fn at_least(needed: usize, hosts: impl IntoIterator<Item = Host<'a>>) -> Self {
        let hosts: Vec<Host<'a>> = hosts.into_iter().collect();
        let required = hosts.iter().filter(|it| it.required).count();
        Self {
            needed: needed.max(required).max(1),
            hosts,
            parts: Vec::new(),
        }
    }

    /// The hosts of a team with a strategy. `hosts_required`, if the service says so, is how many must be free.
    #[must_use]
    pub fn new(
        strategy: Strategy,
        hosts_required: Option<usize>,
        hosts: impl IntoIterator<Item = Host<'a>>,
    ) -> Self {
        let all = strategy == Strategy::Collective && hosts_required.is_none();
        let fixed = strategy == Strategy::Fixed;
        let hosts = hosts.into_iter().map(|it| Host {
            required: all || (fixed && it.required),
            ..it
        });
        Self::at_least(hosts_required.unwrap_or(1), hosts)
    }

    /// And one of these rooms or pieces of equipment.
    #[must_use]
    pub fn with_part(mut self, any_of: impl IntoIterator<Item = &'a Calendar>) -> Self {
        self.parts.push(any_of.into_iter().collect());
        self
    }

    /// The hosts, in the order in which they were given.
    #[must_use]
    pub fn hosts(&self) -> &[Host<'a>] {
        &self.hosts
    }

    /// How many hosts must be free.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.needed
    }

    /// The parts, each any one of some resources.
    #[must_use]
    pub fn parts(&self) -> &[Vec<&'a Calendar>] {
        &self.parts
    }

    /// Whether one free host is enough, whoever it is.
    pub(crate) fn is_any(&self) -> bool {
        self.needed == 1 && !self.hosts.iter().any(|it| it.required)
    }
}

/// A host that is free for a start, within a window that is anchored here. A host can be present in two windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Presence {
    pub(crate) host: usize,
    pub(crate) anchor: i64,
}

/// Hosts that give their time together share the grid of the intersection of their windows, which is anchored where
/// the last of these windows begins. So a start is offered if, among the hosts that are free, there are enough whose
/// last window begins on a grid that has the start. Returns the hosts that can be among them.
///
/// `present` is sorted by host.
pub(crate) fn together(team: &Team<'_>, present: &[Presence], at: i64, interval: i64) -> Vec<usize> {
    let hosts: Vec<Candidate> = candidates(team, present, at, interval);
    let required: Vec<&Candidate> = hosts.iter().filter(|it| it.required).collect();
    let missing = team.hosts.iter().filter(|it| it.required).count() > required.len();
    let Some(best) = hosts.iter().filter_map(|it| it.aligned).max() else {
        return Vec::new();
    };
    let floor = required.iter().map(|it| it.earliest).max().unwrap_or(i64::MIN);
    let enough = |anchor: i64| hosts.iter().filter(|it| it.earliest <= anchor).count() >= team.needed;
    if missing || best < floor || !enough(best) {
        return Vec::new();
    }
    let latest_required = required.iter().filter_map(|it| it.aligned).max();
    let can_join = |host: &&Candidate| {
        let size = required.len() + usize::from(!host.required);
        // With room for one more, the host whose window begins last can be it; else the grid is one of their own.
        let anchor = if size < team.needed {
            Some(best)
        } else {
            host.aligned.max(latest_required)
        };
        size <= team.needed && anchor.is_some_and(|it| it >= floor.max(host.earliest) && enough(it))
    };
    hosts.iter().filter(can_join).map(|it| it.host).collect()
}

/// A free host with all its windows that hold the start.
struct Candidate {
    host: usize,
    required: bool,
    /// Where the earliest of its windows begins.
    earliest: i64,
    /// Where the latest of those begins whose own grid has the start.
    aligned: Option<i64>,
}

fn candidates(team: &Team<'_>, present: &[Presence], at: i64, interval: i64) -> Vec<Candidate> {
    let mut hosts: Vec<Candidate> = Vec::with_capacity(present.len());
    for it in present {
        let own = aligned(at, it.anchor, interval).then_some(it.anchor);
        match hosts.last_mut() {
            Some(last) if last.host == it.host => {
                last.earliest = last.earliest.min(it.anchor);
                last.aligned = last.aligned.max(own);
            }
            _ => {
                let required = team.hosts[it.host].required;
                hosts.push(Candidate {
                    host: it.host,
                    required,
                    earliest: it.anchor,
                    aligned: own,
                });
            }
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, Tag};
    use kernel::Zone;
    use proptest::prelude::*;

    /// By the definition: every choice of hosts and of one window each, on the grid of the last window to begin.
    fn by_definition(team: &Team<'_>, present: &[Presence], interval: i64) -> Vec<usize> {
        let mut found = vec![false; team.hosts.len()];
        for chosen in 0_u32..1 << present.len() {
            let choice: Vec<&Presence> = present
                .iter()
                .enumerate()
                .filter(|it| chosen >> it.0 & 1 == 1)
                .map(|it| it.1)
                .collect();
            let once = choice.windows(2).all(|it| it[0].host != it[1].host);
            let has = |host: usize| choice.iter().any(|it| it.host == host);
            let complete = team
                .hosts
                .iter()
                .enumerate()
                .all(|(host, it)| !it.required || has(host));
            let on_grid = choice
                .iter()
                .map(|it| it.anchor)
                .max()
                .is_some_and(|it| aligned(0, it, interval));
            if once && complete && on_grid && choice.len() == team.needed {
                choice.iter().for_each(|it| found[it.host] = true);
            }
        }
        (0..team.hosts.len()).filter(|host| found[*host]).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn whoever_can_be_among_enough_hosts_on_a_shared_grid_is_listed(
            windows in prop::collection::vec((0_usize..4, -12_i64..=0), 0..7),
            required in prop::collection::vec(prop::bool::weighted(0.25), 4), needed in 1_usize..5,
        ) {
            let calendar = Calendar::new(Facts::new(Tag(1), Zone::UTC));
            let hosts = required.iter().map(|required| Host { calendar: &calendar, required: *required });
            let team = Team::at_least(needed, hosts);
            let mut present: Vec<_> = windows.iter().map(|it| Presence { host: it.0, anchor: it.1 }).collect();
            present.sort_unstable();
            present.dedup();
            prop_assert_eq!(together(&team, &present, 0, 4), by_definition(&team, &present, 4));
        }
    }
}
