//! What adds up, and is multiplied by the lengths of lists. Sums saturate.

/// What is multiplied by page sizes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Objects: a point each.
    pub(super) objects: u64,
    /// Points that prices add.
    pub(super) extra: u64,
    /// Field values.
    pub(super) values: u64,
}

impl Tally {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            objects: self.objects.saturating_add(other.objects),
            extra: self.extra.saturating_add(other.extra),
            values: self.values.saturating_add(other.values),
        }
    }

    pub(super) fn times(self, count: u64) -> Self {
        Self {
            objects: self.objects.saturating_mul(count),
            extra: self.extra.saturating_mul(count),
            values: self.values.saturating_mul(count),
        }
    }

    pub(super) fn cost(self) -> u64 {
        self.objects.saturating_add(self.extra)
    }
}
