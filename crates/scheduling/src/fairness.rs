//! Whose turn it is, when any of several hosts could have a booking.
//!
//! Every booking that several could have had is one unit, shared among the candidates by weight: each is *owed* its share,
//! and the one that gets it has *had* a whole unit. A host's balance is what it is owed less what it has had, so balances
//! of a pool always add up to nothing. Who was away, full or not in the pool yet is no candidate and is owed nothing:
//! holidays are not made up for, and whoever joins starts even with everybody.
//!
//! The next unit goes to the candidate that would be overdue first, among those that are due at all. With candidates that
//! do not change, nobody is then ever a whole unit away from their share, whatever the weights (Tijdeman, *The chairman
//! assignment problem*, 1980); always taking the largest balance, or the fewest bookings for the weight, does not keep that
//! promise when weights differ much.
//!
//! A booking that is cancelled, rejected or expires gives its unit back, as if it had never been; one that is missed by
//! the client does not, because the host's time was spent. A booking that is given to somebody else moves its unit.
//!
//! **Invariant:** pure. Whole billionths, no floats; the sums are exact.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use kernel::id::ResourceId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::word::words;

/// One booking, in billionths.
pub const UNIT: i64 = 1_000_000_000;

/// The most a host may weigh.
pub const WEIGHT_MAX: i64 = 1_000;

/// A host that is free for the booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// Who.
    pub resource: ResourceId,
    /// The lowest comes first; the share counts among equals only.
    pub priority: i64,
    /// The part of the bookings that it is meant to have; 0 for one who only steps in when nobody else is free.
    pub weight: i64,
    /// What it is owed, in billionths of a booking; negative for one who has had more than its share.
    pub balance: i64,
}

words! {
    /// Why a candidate got a booking, or did not.
    #[cfg_attr(feature = "graphql", graphql(name = "AssignmentReason"))]
    pub enum Reason {
        /// It was its turn.
        Turn = "TURN",
        /// Nobody else was free.
        OnlyOne = "ONLY_ONE",
        /// Somebody with a lower number of priority was free.
        Priority = "PRIORITY",
        /// It has no weight, and somebody who has one was free.
        NoWeight = "NO_WEIGHT",
        /// It has had its share already.
        NotDue = "NOT_DUE",
        /// It was due, and somebody else was due sooner.
        LaterDue = "LATER_DUE",
        /// Staff, the client or the first choice of the booking said who.
        Chosen = "CHOSEN",
        /// Somebody else was chosen by name.
        NotChosen = "NOT_CHOSEN",
    }
}

/// What a booking meant for one candidate: kept, so that the ledger can be replayed and explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Who.
    pub resource: ResourceId,
    /// Its priority then.
    pub priority: i64,
    /// Its weight then.
    pub weight: i64,
    /// Its balance before.
    pub balance: i64,
    /// What the booking changed in it.
    pub change: i64,
    /// Why it got the booking, or did not.
    pub reason: Reason,
}

impl Entry {
    /// Who it was then.
    pub(crate) fn candidate(&self) -> Candidate {
        Candidate {
            resource: self.resource,
            priority: self.priority,
            weight: self.weight,
            balance: self.balance,
        }
    }

    /// Whether this is the one who got it.
    #[must_use]
    pub fn is_winner(&self) -> bool {
        matches!(self.reason, Reason::Turn | Reason::OnlyOne | Reason::Chosen)
    }
}

/// Decides whose turn it is. The order of the candidates never matters; equal ones are told apart by their ids.
///
/// Returns nothing for nobody.
#[must_use]
pub fn assign(candidates: &[Candidate]) -> Option<Vec<Entry>> {
    let sharing = sharing(candidates);
    let due = Due::among(&sharing);
    let winner = sharing.iter().min_by(|a, b| due.order(a, b))?.resource;
    let how = if candidates.len() == 1 {
        Reason::OnlyOne
    } else {
        Reason::Turn
    };
    Some(award(candidates, winner, how))
}

/// Gives a booking to one of the candidates because it was decided before, or somebody said so. Whoever is given it without
/// being among those whose turn it could have been, is given it beside the share: nothing moves.
#[must_use]
pub fn award(candidates: &[Candidate], winner: ResourceId, how: Reason) -> Vec<Entry> {
    let sharing = sharing(candidates);
    let (due, changes) = (Due::among(&sharing), changes(&sharing, winner));
    let first = candidates.iter().map(|it| it.priority).min();
    let shares = |it: &Candidate| sharing.iter().any(|other| other.resource == it.resource);
    let reason = |it: &Candidate| match () {
        () if it.resource == winner => how,
        () if how == Reason::Chosen => Reason::NotChosen,
        () if first.is_some_and(|first| it.priority > first) => Reason::Priority,
        () if !shares(it) => Reason::NoWeight,
        () if due.is_due(it) => Reason::LaterDue,
        () => Reason::NotDue,
    };
    let entries = candidates.iter().map(|it| {
        let change = changes.iter().find(|(resource, _)| *resource == it.resource);
        entry(it, change.map_or(0, |(_, change)| *change), reason(it))
    });
    entries.collect()
}

/// Those whose turn it can be: the lowest priority, and of these whoever has weight, if anybody has.
fn sharing(candidates: &[Candidate]) -> Vec<Candidate> {
    let first = candidates.iter().map(|it| it.priority).min();
    let preferred = candidates.iter().filter(|it| Some(it.priority) == first);
    let heavy = preferred.clone().any(|it| it.weight > 0);
    preferred.filter(|it| it.weight > 0 || !heavy).copied().collect()
}

/// What decisions change in balances, collected so that it is written last and in one order: two writers that move the same
/// balances never wait for each other in a circle.
#[derive(Debug, Default)]
pub(crate) struct Shifts(BTreeMap<(Uuid, ResourceId), i64>);

impl Shifts {
    /// A decision counts (`1`) or is taken back (`-1`).
    pub(crate) fn add(&mut self, pool: Uuid, entries: &[Entry], sign: i64) {
        for entry in entries {
            *self.0.entry((pool, entry.resource)).or_default() += entry.change * sign;
        }
    }

    /// These too.
    pub(crate) fn join(&mut self, others: Self) {
        for (key, change) in others.0 {
            *self.0.entry(key).or_default() += change;
        }
    }

    /// What changes in the end, in order.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (Uuid, ResourceId, i64)> {
        let changed = self.0.iter().filter(|(_, change)| **change != 0);
        changed.map(|((pool, resource), change)| (*pool, *resource, *change))
    }
}

fn entry(it: &Candidate, change: i64, reason: Reason) -> Entry {
    Entry {
        resource: it.resource,
        priority: it.priority,
        weight: it.weight,
        balance: it.balance,
        change,
        reason,
    }
}

/// What one unit changes: everybody is owed their share of it, and the winner has had the whole. The shares are rounded
/// down and the winner bears the rest, so that the sum is nothing, exactly.
fn changes(sharing: &[Candidate], winner: ResourceId) -> Vec<(ResourceId, i64)> {
    if !sharing.iter().any(|it| it.resource == winner) {
        return Vec::new();
    }
    let weights: i64 = sharing.iter().map(share_of).sum();
    let owed = |it: &Candidate| UNIT * share_of(it) / weights.max(1);
    let others: i64 = sharing.iter().filter(|it| it.resource != winner).map(owed).sum();
    let change = |it: &Candidate| if it.resource == winner { -others } else { owed(it) };
    sharing.iter().map(|it| (it.resource, change(it))).collect()
}

/// Without any weight among them, all weigh the same.
fn share_of(it: &Candidate) -> i64 {
    it.weight.max(1)
}

/// Who is due, and who first.
struct Due {
    weights: i64,
    /// Being owed so little is not being due: 1 / (2k − 2) of a unit, for k hosts.
    least: i128,
    /// What makes the fractions of this comparison whole.
    scale: i128,
}

impl Due {
    fn among(sharing: &[Candidate]) -> Self {
        let others = 2 * (sharing.len().max(2) as i128 - 1);
        let weights: i64 = sharing.iter().map(share_of).sum();
        Self {
            weights,
            least: i128::from(UNIT) * i128::from(weights),
            scale: others,
        }
    }

    /// What a candidate is owed with this booking, times the weights and the scale.
    fn owed(&self, it: &Candidate) -> i128 {
        let weights = i128::from(self.weights);
        (i128::from(it.balance) * weights + i128::from(UNIT * share_of(it))) * self.scale
    }

    fn is_due(&self, it: &Candidate) -> bool {
        self.owed(it) >= self.least
    }

    /// Due before not due; then whoever would be a whole unit behind first; then by id.
    fn order(&self, a: &Candidate, b: &Candidate) -> Ordering {
        let whole = i128::from(UNIT) * i128::from(self.weights) * self.scale - self.least;
        // (whole − owed) ÷ weight, compared crosswise.
        let left = |it: &Candidate, other: &Candidate| (whole - self.owed(it)) * i128::from(share_of(other));
        self.is_due(b)
            .cmp(&self.is_due(a))
            .then_with(|| left(a, b).cmp(&left(b, a)))
            .then_with(|| a.resource.cmp(&b.resource))
    }
}

#[cfg(test)]
mod tests {
    use kernel::Id as _;
    use proptest::prelude::*;

    use super::*;

    fn host(number: u128, weight: i64) -> Candidate {
        Candidate {
            resource: ResourceId::from_uuid(Uuid::from_u128(number)),
            priority: 0,
            weight,
            balance: 0,
        }
    }

    fn pool(weights: &[i64]) -> Vec<Candidate> {
        weights
            .iter()
            .zip(1..)
            .map(|(weight, number)| host(number, *weight))
            .collect()
    }

    /// Books once; tells who got it.
    fn book(pool: &mut [Candidate], free: impl Fn(usize) -> bool) -> Option<usize> {
        let free: Vec<Candidate> = pool
            .iter()
            .enumerate()
            .filter(|(at, _)| free(*at))
            .map(|(_, it)| *it)
            .collect();
        let entries = assign(&free)?;
        for entry in &entries {
            let it = pool.iter_mut().find(|it| it.resource == entry.resource)?;
            it.balance += entry.change;
        }
        let winner = entries.iter().find(|it| it.is_winner())?.resource;
        pool.iter().position(|it| it.resource == winner)
    }

    #[test]
    fn equals_take_turns() {
        let mut pool = pool(&[1, 1, 1]);
        let turns: Vec<usize> = (0..6).filter_map(|_| book(&mut pool, |_| true)).collect();
        assert_eq!(turns, [0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn a_great_weight_among_many_small_ones_is_neither_first_nor_last_for_long() {
        let mut weights = vec![1; 50];
        weights.push(50);
        let mut pool = pool(&weights);
        let mut had = 0;
        for booked in 1..=200_i64 {
            had += i64::from(book(&mut pool, |_| true) == Some(50));
            assert!((2 * had - booked).abs() < 2, "{had} of {booked}");
        }
    }

    #[test]
    fn whoever_was_away_or_joins_is_even_with_the_others() {
        let mut pool = pool(&[1, 1, 1]);
        for _ in 0..100 {
            book(&mut pool, |at| at != 2);
        }
        let turns: Vec<usize> = (0..6).filter_map(|_| book(&mut pool, |_| true)).collect();
        assert_eq!(turns.iter().filter(|it| **it == 2).count(), 2, "{turns:?}");
    }

    #[test]
    fn priority_comes_before_the_share_and_weightless_hosts_step_in() {
        let mut all = pool(&[1, 1, 0]);
        all[1].priority = 1;
        let entries = assign(&all).unwrap();
        let reasons: Vec<Reason> = entries.iter().map(|it| it.reason).collect();
        assert_eq!(reasons, [Reason::Turn, Reason::Priority, Reason::NoWeight]);
        assert_eq!(assign(&all[2..]).unwrap()[0].reason, Reason::OnlyOne);
        assert_eq!(assign(&[]), None);
    }

    proptest! {
        /// The promise: with candidates that do not change, nobody is ever a whole unit away from their share.
        #[test]
        fn nobody_is_a_whole_unit_away_from_their_share(
            weights in prop::collection::vec(1..=WEIGHT_MAX, 1..12), bookings in 1..400_i64,
        ) {
            let mut pool = pool(&weights);
            let all: i64 = weights.iter().sum();
            let mut had = vec![0_i64; weights.len()];
            for booked in 1..=bookings {
                had[book(&mut pool, |_| true).unwrap()] += 1;
                for (had, weight) in had.iter().zip(&weights) {
                    prop_assert!((had * all - booked * weight).abs() < all, "{had} of {booked}, {weight} of {all}");
                }
            }
        }

        /// Whoever is free when, nothing is made or lost, and nobody drifts away.
        #[test]
        fn balances_add_up_to_nothing_and_stay_small(
            weights in prop::collection::vec(1..=5_i64, 2..6), free in prop::collection::vec(any::<u8>(), 1..300),
        ) {
            let mut pool = pool(&weights);
            for free in free {
                book(&mut pool, |at| free >> at & 1 == 1);
                prop_assert_eq!(pool.iter().map(|it| it.balance).sum::<i64>(), 0);
                let most = UNIT * (weights.len() as i64 + 1);
                prop_assert!(pool.iter().all(|it| it.balance.abs() <= most), "{pool:?}");
            }
        }

        #[test]
        fn the_order_of_candidates_does_not_matter(
            hosts in prop::collection::vec((0..3_i64, 0..4_i64, -UNIT..UNIT), 1..8), turn in 0..8_usize,
        ) {
            let pool: Vec<Candidate> = hosts.iter().zip(1..)
                .map(|((priority, weight, balance), number)|
                    Candidate { priority: *priority, balance: *balance, ..host(number, *weight) })
                .collect();
            let mut turned = pool.clone();
            turned.rotate_left(turn % pool.len());
            let winner = |entries: Vec<Entry>| entries.into_iter().find(Entry::is_winner).map(|it| it.resource);
            prop_assert_eq!(winner(assign(&pool).unwrap()), winner(assign(&turned).unwrap()));
        }
    }
}
