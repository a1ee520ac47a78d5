//! One start of the list, lent by the sweep that found it.

use chrono::{DateTime, Utc};

use crate::Tag;
use crate::ask::Ask;
use crate::facts::Session;

/// A host whose starts lie on one grid until `last`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) host: usize,
    pub(crate) anchor: i64,
    pub(crate) last: i64,
    /// The session that it leads then, if the start is that of one.
    pub(crate) session: Option<&'a Session>,
}

/// One start, and who can give it.
pub struct Offer<'o> {
    pub(crate) at: DateTime<Utc>,
    pub(crate) ask: &'o Ask<'o>,
    pub(crate) members: &'o [Member<'o>],
    pub(crate) parts: &'o [Vec<usize>],
}

/// A seat in a session that takes place anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The session's booking.
    pub session: Tag,
    /// How many seats are left.
    pub left: u16,
}

impl Seat {
    pub(crate) fn of(session: &Session) -> Self {
        Self {
            session: session.booking,
            left: session.left(),
        }
    }
}

impl Offer<'_> {
    /// When it starts.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The hosts that are free, in the order of the team; those of a session come with its seats.
    pub fn hosts(&self) -> impl Iterator<Item = (Tag, Option<Seat>)> {
        self.members.iter().map(|it| {
            (
                self.ask.team().hosts()[it.host].calendar.resource(),
                it.session.map(Seat::of),
            )
        })
    }

    /// Of a session, how many seats are left; of several, the most.
    #[must_use]
    pub fn seats_left(&self) -> Option<u16> {
        self.members
            .iter()
            .filter_map(|it| it.session.map(Session::left))
            .max()
    }

    /// Of each part, the resources that are free. They are for new bookings: a session has its own.
    pub fn parts(&self) -> impl Iterator<Item = impl Iterator<Item = Tag>> {
        let parts = self.ask.team().parts().iter().zip(self.parts);
        parts.map(|(resources, free)| free.iter().map(|it| resources[*it].resource()))
    }
}
