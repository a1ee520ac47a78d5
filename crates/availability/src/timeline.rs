//! Spans in order of their beginning, from which those that meet a stretch are found without walking over the rest.

/// A span and what it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Entry<T> {
    pub(crate) from: i64,
    pub(crate) until: i64,
    /// The latest end of this entry and all before it.
    reach: i64,
    pub(crate) of: T,
}

/// Spans that may overlap, sorted by when they begin.
#[derive(Clone, Debug)]
pub(crate) struct Timeline<T>(Vec<Entry<T>>);

impl<T> Timeline<T> {
    /// Puts spans `(from, until, whose)` in order.
    pub(crate) fn new(spans: impl IntoIterator<Item = (i64, i64, T)>) -> Self {
        let mut entries: Vec<Entry<T>> = spans
            .into_iter()
            .map(|(from, until, of)| Entry {
                from,
                until,
                reach: until,
                of,
            })
            .collect();
        entries.sort_by_key(|it| it.from);
        let mut reach = i64::MIN;
        for entry in &mut entries {
            reach = reach.max(entry.until);
            entry.reach = reach;
        }
        Self(entries)
    }

    /// Those that meet `[from, until)`, in order.
    pub(crate) fn meeting(&self, from: i64, until: i64) -> impl Iterator<Item = &Entry<T>> {
        let first = self.0.partition_point(|it| it.reach <= from);
        let last = self.0.partition_point(|it| it.from < until);
        self.0
            .get(first..last)
            .unwrap_or_default()
            .iter()
            .filter(move |it| from < it.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_meets_is_found_and_nothing_else(
            spans in prop::collection::vec((0_i64..50, 1_i64..20), 0..30), from in 0_i64..60, length in 1_i64..20,
        ) {
            let until = from + length;
            let line = Timeline::new(spans.iter().map(|(at, long)| (*at, at + long, ())));
            let mut expected: Vec<_> =
                spans.iter().map(|(at, long)| (*at, at + long)).filter(|it| it.0 < until && from < it.1).collect();
            let mut found: Vec<_> = line.meeting(from, until).map(|it| (it.from, it.until)).collect();
            expected.sort_unstable();
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
