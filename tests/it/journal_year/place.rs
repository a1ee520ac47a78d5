//! Ten places of the world, and when their clocks are put forward and back: written down here, so that what the product
//! believes is held against something else.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

/// A place, and how many minutes its clocks are ahead of UTC from when on.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) zone: &'static str,
    clocks: &'static [(&'static str, i64)],
}

/// Both halves of the world; one place that never changes, two that are no full hour from UTC, and one whose clocks are
/// changed by half an hour.
pub(super) const PLACES: [Place; 10] = [
    Place {
        zone: "Europe/Lisbon",
        clocks: &[
            ("2026-02-01T00:00:00Z", 0),
            ("2026-03-29T01:00:00Z", 60),
            ("2026-10-25T01:00:00Z", 0),
            ("2027-03-28T01:00:00Z", 60),
        ],
    },
    Place {
        zone: "America/New_York",
        clocks: &[
            ("2026-02-01T00:00:00Z", -300),
            ("2026-03-08T07:00:00Z", -240),
            ("2026-11-01T06:00:00Z", -300),
            ("2027-03-14T07:00:00Z", -240),
        ],
    },
    Place {
        zone: "America/St_Johns",
        clocks: &[
            ("2026-02-01T00:00:00Z", -210),
            ("2026-03-08T05:30:00Z", -150),
            ("2026-11-01T04:30:00Z", -210),
            ("2027-03-14T05:30:00Z", -150),
        ],
    },
    Place {
        zone: "America/Santiago",
        clocks: &[
            ("2026-02-01T00:00:00Z", -180),
            ("2026-04-05T03:00:00Z", -240),
            ("2026-09-06T04:00:00Z", -180),
            ("2027-04-04T03:00:00Z", -240),
        ],
    },
    Place {
        zone: "Africa/Cairo",
        clocks: &[
            ("2026-02-01T00:00:00Z", 120),
            ("2026-04-23T22:00:00Z", 180),
            ("2026-10-29T21:00:00Z", 120),
            ("2027-04-29T22:00:00Z", 180),
        ],
    },
    Place {
        zone: "Asia/Jerusalem",
        clocks: &[
            ("2026-02-01T00:00:00Z", 120),
            ("2026-03-27T00:00:00Z", 180),
            ("2026-10-24T23:00:00Z", 120),
            ("2027-03-26T00:00:00Z", 180),
        ],
    },
    Place {
        zone: "Asia/Kathmandu",
        clocks: &[("2026-02-01T00:00:00Z", 345)],
    },
    Place {
        zone: "Australia/Lord_Howe",
        clocks: &[
            ("2026-02-01T00:00:00Z", 660),
            ("2026-04-04T15:00:00Z", 630),
            ("2026-10-03T15:30:00Z", 660),
            ("2027-04-03T15:00:00Z", 630),
        ],
    },
    Place {
        zone: "Pacific/Chatham",
        clocks: &[
            ("2026-02-01T00:00:00Z", 825),
            ("2026-04-04T14:00:00Z", 765),
            ("2026-09-26T14:00:00Z", 825),
            ("2027-04-03T14:00:00Z", 765),
        ],
    },
    Place {
        zone: "Pacific/Auckland",
        clocks: &[
            ("2026-02-01T00:00:00Z", 780),
            ("2026-04-04T14:00:00Z", 720),
            ("2026-09-26T14:00:00Z", 780),
            ("2027-04-03T14:00:00Z", 720),
        ],
    },
];

impl Place {
    /// When the clocks are changed.
    pub(super) fn changes(&self) -> Vec<DateTime<Utc>> {
        self.stretches().skip(1).map(|(from, _)| from).collect()
    }

    /// What the clock on the wall shows.
    pub(super) fn wall(&self, at: DateTime<Utc>) -> NaiveDateTime {
        let now = self.stretches().take_while(|(from, _)| *from <= at).last();
        at.naive_utc() + now.expect("it is after the first").1
    }

    /// When the clock on the wall shows this; nothing if it never does, or twice.
    pub(super) fn instant(&self, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
        let guesses = self.stretches().map(|(_, ahead)| (wall - ahead).and_utc());
        let mut shows: Vec<_> = guesses.filter(|it| self.wall(*it) == wall).collect();
        shows.sort();
        shows.dedup();
        match shows.as_slice() {
            [once] => Some(*once),
            _ => None,
        }
    }

    fn stretches(&self) -> impl Iterator<Item = (DateTime<Utc>, TimeDelta)> {
        self.clocks
            .iter()
            .map(|(from, ahead)| (from.parse().unwrap(), TimeDelta::minutes(*ahead)))
    }
}
