//! Whose fact it is: ids pass through the engine unread, so that an explanation can name the row that says no.

use std::fmt;

use kernel::Id;

/// The id of a caller's row: a rule, an override, a booking, a resource.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Tag(pub u128);

impl Tag {
    /// Forgets which kind of id it is.
    #[must_use]
    pub fn of(id: impl Id) -> Self {
        Self(id.uuid().as_u128())
    }

    /// The id again; the caller knows which kind it handed in.
    #[must_use]
    pub fn id<I: Id>(self) -> I {
        I::from_uuid(uuid::Uuid::from_u128(self.0))
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({:#x})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::ResourceId;

    #[test]
    fn an_id_comes_back_as_it_went_in() {
        let id = ResourceId::from_uuid(uuid::Uuid::from_u128(u128::MAX - 7));
        assert_eq!(Tag::of(id).id::<ResourceId>(), id);
    }
}
