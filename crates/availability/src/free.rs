//! Free time: where the starts of one resource can lie.

use std::ops::Range;

use crate::bars::{Asked, Judge, Role};
use crate::offsets::Offsets;
use crate::windows::{Dates, Window};

/// Starts from `first` to `last`, both inclusive, against which nothing can be said, on the grid of one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Free {
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// Where the window's grid is anchored.
    pub(crate) anchor: i64,
}

/// The starts of a window at which a booking fits into it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    pub(crate) anchor: i64,
    pub(crate) last: i64,
}

impl Grid {
    /// Whether a booking from here fits into the window, on the grid or off it.
    pub(crate) fn fits(self, at: i64) -> bool {
        self.anchor <= at && at <= self.last
    }
}

/// Whether a start is on the grid with this anchor (S7).
pub(crate) fn aligned(at: i64, anchor: i64, interval: i64) -> bool {
    (at - anchor).rem_euclid(interval) == 0
}

impl<'a> Judge<'a> {
    /// Where starts in `[from, until)` can lie: windows minus bars, in order of the window and then of time.
    pub(crate) fn free(&self, role: Role, starts: Range<i64>, into: &mut impl FnMut(Free)) {
        let Range {
            start: from,
            end: until,
        } = starts;
        let offsets = Offsets::around(self.calendar.facts.zone, from, until + self.duration);
        let asked = self.asked(role, &offsets, starts);
        let windows = self.windows(role, &asked);
        if windows.is_empty() {
            return;
        }
        let shut = self.shut(role, &asked);
        let mut skip = 0;
        for window in windows {
            let grid = self.grid(window);
            let (mut first, last) = (grid.anchor.max(from), grid.last.min(until - 1));
            // Windows come in order of their beginning: what is over by then is over for all that follow.
            while shut.get(skip).is_some_and(|it| it.1 <= first) {
                skip += 1;
            }
            for (closed, opens) in shut.iter().skip(skip).take_while(|it| it.0 <= last) {
                if first < *closed {
                    into(Free {
                        first,
                        last: closed - 1,
                        anchor: grid.anchor,
                    });
                }
                first = first.max(*opens);
            }
            if first <= last {
                into(Free {
                    first,
                    last,
                    anchor: grid.anchor,
                });
            }
        }
    }

    /// All that bars starts, as disjoint stretches in order.
    fn shut(&self, role: Role, asked: &Asked<'a, '_>) -> Vec<(i64, i64)> {
        let mut bars = Vec::new();
        self.bars(role, asked, |it| bars.push((it.from, it.until)));
        bars.sort();
        bars.dedup_by(|next, last| {
            let touches = next.0 <= last.1;
            last.1 = if touches { last.1.max(next.1) } else { last.1 };
            touches
        });
        bars
    }

    /// The asked stretch with its local time.
    pub(crate) fn asked<'o>(&self, role: Role, offsets: &'o Offsets, starts: Range<i64>) -> Asked<'a, 'o> {
        let Range {
            start: from,
            end: until,
        } = starts;
        let dates = Dates::around(self.calendar, offsets, from, until + self.duration);
        let dates = if role == Role::Part {
            dates.open_without_rules()
        } else {
            dates
        };
        Asked {
            from,
            until,
            offsets,
            dates,
        }
    }

    /// Open windows in order of their beginning. Of a part, windows of different dates merge too: it has no grid.
    pub(crate) fn windows(&self, role: Role, asked: &Asked<'a, '_>) -> Vec<Window> {
        let mut windows = asked.dates.windows();
        windows.retain(|it| it.open);
        if role == Role::Part {
            windows.dedup_by(|next, last| {
                let touches = next.from <= last.until;
                last.until = if touches {
                    last.until.max(next.until)
                } else {
                    last.until
                };
                touches
            });
        }
        windows
    }

    pub(crate) fn grid(&self, window: Window) -> Grid {
        Grid {
            anchor: window.from,
            last: window.until - self.duration,
        }
    }
}
