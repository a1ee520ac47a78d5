//! In which order committed events get their positions. Pure.

use std::collections::BTreeMap;

/// What decides an event's place: when it was told, which its id says, and, among those of one aggregate, its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting<I> {
    pub(super) id: I,
    pub(super) aggregate: String,
    pub(super) version: i64,
}

/// Orders by id, which begins with the moment of the telling, except that the events of one aggregate share their places
/// among themselves by version: the moment is read when a transaction begins, and whoever began first may have waited for
/// the row.
pub(super) fn ordered<I: Ord + Copy>(mut waiting: Vec<Waiting<I>>) -> Vec<Waiting<I>> {
    waiting.sort_by_key(|it| it.id);
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, event) in waiting.iter().enumerate() {
        places.entry(&event.aggregate).or_default().push(place);
    }
    let mut from: Vec<usize> = (0..waiting.len()).collect();
    for places in places.values() {
        let mut by_version = places.clone();
        by_version.sort_by_key(|place| (waiting[*place].version, waiting[*place].id));
        for (place, source) in places.iter().zip(by_version) {
            from[*place] = source;
        }
    }
    from.into_iter().map(|source| waiting[source].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(events: &[(u32, &str, i64)]) -> Vec<Waiting<u32>> {
        let waiting = |(id, aggregate, version): &(u32, &str, i64)| Waiting {
            id: *id,
            aggregate: (*aggregate).to_owned(),
            version: *version,
        };
        events.iter().map(waiting).collect()
    }

    fn ids(events: &[(u32, &str, i64)]) -> Vec<u32> {
        ordered(of(events)).iter().map(|it| it.id).collect()
    }

    #[test]
    fn events_stand_in_the_order_of_their_telling() {
        assert_eq!(ids(&[(3, "c", 1), (1, "a", 1), (2, "b", 1)]), [1, 2, 3]);
    }

    #[test]
    fn those_of_one_aggregate_stand_by_version_in_the_places_that_they_have() {
        // The second change of `a` began before the first and waited for it.
        assert_eq!(ids(&[(1, "a", 3), (2, "b", 1), (4, "a", 2)]), [4, 2, 1]);
        // Two events of one version keep the order of their telling.
        assert_eq!(ids(&[(2, "a", 1), (1, "a", 1), (3, "a", 1)]), [1, 2, 3]);
    }
}
