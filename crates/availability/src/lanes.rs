//! A resource that carries several bookings at once is taken when all its lanes are.

/// Finds the stretches in which every lane is taken.
pub(crate) struct Full {
    lanes: u16,
    taken: Vec<(u16, i64, i64)>,
}

impl Full {
    /// Of so many lanes, none is taken yet.
    pub(crate) fn new(lanes: u16) -> Self {
        Self {
            lanes,
            taken: Vec::new(),
        }
    }

    /// One lane is taken in `[from, until)`.
    pub(crate) fn take(&mut self, lane: u16, from: i64, until: i64) {
        self.taken.push((lane, from, until));
    }

    /// Every stretch in which all are taken, in order.
    pub(crate) fn each(mut self, mut full: impl FnMut(i64, i64)) {
        self.taken.sort_unstable();
        // (when, one lane more or one fewer); at one instant, what ends comes first.
        let mut changes: Vec<(i64, i32)> = Vec::with_capacity(2 * self.taken.len());
        let mut open: Option<(u16, i64)> = None;
        for (lane, from, until) in self.taken {
            match open {
                Some((same, end)) if same == lane && from <= end => open = Some((lane, end.max(until))),
                _ => {
                    changes.extend(open.map(|(_, end)| (end, -1)));
                    changes.push((from, 1));
                    open = Some((lane, until));
                }
            }
        }
        changes.extend(open.map(|(_, end)| (end, -1)));
        changes.sort_unstable();
        let (mut taken, mut since) = (0, 0);
        for (at, change) in changes {
            let was = taken == i32::from(self.lanes);
            taken += change;
            let is = taken == i32::from(self.lanes);
            if is && !was {
                since = at;
            } else if was && !is {
                full(since, at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_lanes_are_taken_exactly_where_each_one_is(
            taken in prop::collection::vec((0_u16..3, 0_i64..30, 1_i64..10), 0..20), lanes in 1_u16..4,
        ) {
            let mut full = Full::new(lanes);
            let known: Vec<_> = taken.into_iter().filter(|it| it.0 < lanes).collect();
            known.iter().for_each(|(lane, from, long)| full.take(*lane, *from, from + long));
            let mut found = [false; 50];
            full.each(|from, until| (from..until).for_each(|at| found[at as usize] = true));
            for (at, found) in (0_i64..).zip(found) {
                let takes = |lane| known.iter().any(|it| it.0 == lane && it.1 <= at && at < it.1 + it.2);
                prop_assert_eq!(found, (0..lanes).all(takes), "at {}", at);
            }
        }
    }
}
