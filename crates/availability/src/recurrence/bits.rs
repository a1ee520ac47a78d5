//! Sets of small numbers. Every part of a rule is one, and so is every interval's choice of days.

/// A set of numbers below 64 · `N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Bits<const N: usize>([u64; N]);

/// Numbers counted from the start (1, 2, …) and from the end (−1, −2, …) of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Signed<const N: usize> {
    pub(crate) from_start: Bits<N>,
    pub(crate) from_end: Bits<N>,
}

/// Bits 0, 7, 14, … 63.
const EVERY_SEVENTH: u64 = 0x8102_0408_1020_4081;

impl<const N: usize> Bits<N> {
    pub(crate) const EMPTY: Self = Self([0; N]);

    /// The numbers `0..length`.
    pub(crate) fn below(length: usize) -> Self {
        let mut set = Self::EMPTY;
        for (index, word) in set.0.iter_mut().enumerate() {
            *word = low(length.saturating_sub(64 * index));
        }
        set
    }

    /// The numbers that leave the remainder `first` when divided by seven.
    pub(crate) fn weekly(first: usize) -> Self {
        let mut set = Self::EMPTY;
        for (index, word) in set.0.iter_mut().enumerate() {
            // 64 leaves 1 when divided by seven, so the pattern moves down by one from word to word.
            *word = EVERY_SEVENTH << ((first + 6 * index) % 7);
        }
        set
    }

    pub(crate) fn insert(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    pub(crate) fn contains(&self, number: usize) -> bool {
        self.0
            .get(number / 64)
            .is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0 == [0; N]
    }

    pub(crate) fn len(&self) -> usize {
        self.0
            .iter()
            .filter(|word| **word != 0)
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// How many members are smaller than `number`.
    pub(crate) fn rank(&self, number: usize) -> usize {
        self.intersect(Self::below(number)).len()
    }

    /// The member that has `rank` smaller ones beside it.
    pub(crate) fn nth(&self, rank: usize) -> Option<usize> {
        let mut rank = rank;
        for (index, word) in self.0.iter().enumerate() {
            let here = word.count_ones() as usize;
            if rank < here {
                let rest = (0..rank).fold(*word, |word, _| word & (word - 1));
                return Some(64 * index + rest.trailing_zeros() as usize);
            }
            rank -= here;
        }
        None
    }

    /// The smallest member that is at least `number`.
    pub(crate) fn first_from(&self, number: usize) -> Option<usize> {
        let mut rest = *self;
        rest.remove_below(number);
        rest.pop_first()
    }

    /// The largest member that is at most `number`.
    pub(crate) fn last_to(&self, number: usize) -> Option<usize> {
        let rest = self.intersect(Self::below(number + 1));
        let index = rest.0.iter().rposition(|word| *word != 0)?;
        Some(64 * index + 63 - rest.0[index].leading_zeros() as usize)
    }

    pub(crate) fn pop_first(&mut self) -> Option<usize> {
        for (index, word) in self.0.iter_mut().enumerate() {
            if *word != 0 {
                let bit = word.trailing_zeros() as usize;
                *word &= *word - 1;
                return Some(64 * index + bit);
            }
        }
        None
    }

    pub(crate) fn remove_below(&mut self, number: usize) {
        for (index, word) in self.0.iter_mut().enumerate() {
            *word &= !low(number.saturating_sub(64 * index));
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = self;
        std::iter::from_fn(move || rest.pop_first())
    }

    #[must_use]
    pub(crate) fn intersect(self, other: Self) -> Self {
        Self(std::array::from_fn(|index| self.0[index] & other.0[index]))
    }

    #[must_use]
    pub(crate) fn union(self, other: Self) -> Self {
        Self(std::array::from_fn(|index| self.0[index] | other.0[index]))
    }

    /// Adds what `few` holds, every number raised by `offset`.
    pub(crate) fn insert_shifted(&mut self, few: Bits<1>, offset: usize) {
        let (index, shift) = (offset / 64, offset % 64);
        self.0[index] |= few.0[0] << shift;
        if shift > 0 && index + 1 < N {
            self.0[index + 1] |= few.0[0] >> (64 - shift);
        }
    }
}

impl Bits<1> {
    pub(crate) fn widen<const N: usize>(self) -> Bits<N> {
        let mut wide = Bits::EMPTY;
        wide.0[0] = self.0[0];
        wide
    }
}

impl<const N: usize> Signed<N> {
    pub(crate) const EMPTY: Self = Self {
        from_start: Bits::EMPTY,
        from_end: Bits::EMPTY,
    };

    pub(crate) fn is_empty(&self) -> bool {
        self.from_start.is_empty() && self.from_end.is_empty()
    }

    /// Takes up 1, 2, … or −1, −2, …
    pub(crate) fn insert(&mut self, number: i32) {
        let set = if number > 0 {
            &mut self.from_start
        } else {
            &mut self.from_end
        };
        set.insert(number.unsigned_abs() as usize);
    }

    /// Whether the item with this index, of `length` items, is meant.
    pub(crate) fn selects(&self, index: usize, length: usize) -> bool {
        self.from_start.contains(index + 1) || self.from_end.contains(length - index)
    }

    /// The indexes that are meant, of `length` items.
    pub(crate) fn indexes(&self, length: usize) -> Bits<N> {
        let mut set = Bits::EMPTY;
        for number in self.from_start.iter().take_while(|it| *it <= length) {
            set.insert(number - 1);
        }
        for number in self.from_end.iter().take_while(|it| *it <= length) {
            set.insert(length - number);
        }
        set
    }

    /// The smallest index from `index` on that is meant, of `length` items.
    pub(crate) fn next_index(&self, index: usize, length: usize) -> Option<usize> {
        if index >= length {
            return None;
        }
        let ahead = self
            .from_start
            .first_from(index + 1)
            .filter(|it| *it <= length)
            .map(|it| it - 1);
        let back = self
            .from_end
            .last_to(length - index)
            .filter(|it| *it > 0)
            .map(|it| length - it);
        ahead.into_iter().chain(back).min()
    }

    /// All members, ascending: the positive ones, then the negative ones from −1 down.
    pub(crate) fn iter(self) -> impl Iterator<Item = i32> {
        self.from_start
            .iter()
            .map(|it| it as i32)
            .chain(self.from_end.iter().map(|it| -(it as i32)))
    }
}

/// The lowest `count` bits.
fn low(count: usize) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}
