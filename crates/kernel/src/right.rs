//! What somebody may do. Which role has which rights is tenancy's table; here are only the words.

use std::fmt;
use std::str::FromStr;

macro_rules! rights {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal,)*) => {
        /// One thing that somebody may do in an organization. An API key's scopes are the same words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "graphql", derive(async_graphql::Enum))]
        #[repr(u8)]
        pub enum Right {
            $($(#[doc = $doc])* $name,)*
        }

        impl Right {
            /// Every right, in order.
            pub const ALL: &[Right] = &[$(Right::$name),*];

            /// The word in a key's scopes.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Right::$name => $word,)* }
            }
        }

        impl FromStr for Right {
            type Err = UnknownRight;
            fn from_str(word: &str) -> Result<Self, UnknownRight> {
                match word { $($word => Ok(Right::$name),)* _ => Err(UnknownRight(word.chars().take(40).collect())) }
            }
        }
    };
}

rights! {
    /// Read the organization's settings, beyond what the public sees.
    OrganizationRead = "organization:read",
    /// Change the organization's name, branding and settings.
    OrganizationWrite = "organization:write",
    /// Close the organization for good.
    OrganizationDelete = "organization:delete",
    /// See who belongs to the organization.
    MembersRead = "members:read",
    /// Invite people, change their roles, let them go.
    MembersWrite = "members:write",
    /// See the organization's API keys (never their secrets).
    ApiKeysRead = "api_keys:read",
    /// Make and revoke API keys.
    ApiKeysWrite = "api_keys:write",
    /// Read the audit log.
    AuditRead = "audit:read",
    /// Overrule notice, limits and hours when booking.
    BookingsOverride = "bookings:override",
    /// See the whole catalogue: what is switched off or archived, too.
    CatalogueRead = "catalogue:read",
    /// Change resources, providers, services, teams and cancellation policies.
    CatalogueWrite = "catalogue:write",
    /// See everybody's hours and absences, and who or what takes which time.
    CalendarsRead = "calendars:read",
    /// Change everybody's hours and absences.
    CalendarsWrite = "calendars:write",
    /// See the organization's clients.
    ClientsRead = "clients:read",
    /// Change the organization's clients.
    ClientsWrite = "clients:write",
    /// See everybody's bookings.
    DiaryRead = "diary:read",
    /// Make and change everybody's bookings.
    DiaryWrite = "diary:write",
    /// See the organization's webhook endpoints, and what was sent to them.
    WebhooksRead = "webhooks:read",
    /// Make, change, test and replay the organization's webhook endpoints.
    WebhooksWrite = "webhooks:write",
    /// See the letters that were sent to clients, and the words they are written in.
    MessagesRead = "messages:read",
    /// Change the words that letters are written in.
    MessagesWrite = "messages:write",
    /// See and change one's own hours and absences, and one's own profile.
    OwnCalendarWrite = "own_calendar:write",
    /// See and change the bookings that one gives oneself.
    OwnDiaryWrite = "own_diary:write",
}

/// A word that names no right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRight(String);

impl fmt::Display for UnknownRight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = Right::ALL.iter().map(|right| right.word()).collect();
        write!(f, "`{}` is no right; known are {}", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownRight {}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A set of rights.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Rights(u64);

impl Rights {
    /// May do nothing.
    pub const NONE: Self = Self(0);

    /// May do everything.
    pub const EVERY: Self = Self(u64::MAX);

    /// Exactly these.
    #[must_use]
    pub const fn of(rights: &[Right]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < rights.len() {
            bits |= 1 << rights[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    /// Whether `right` is among them.
    #[must_use]
    pub const fn has(self, right: Right) -> bool {
        self.0 & (1 << right as u8) != 0
    }

    /// Only what both have.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether everything here is also there.
    #[must_use]
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The rights, in order.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.has(*right))
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<T: IntoIterator<Item = Right>>(rights: T) -> Self {
        Self(rights.into_iter().fold(0, |bits, right| bits | 1 << right as u8))
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Right::word)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_reads_back_and_a_wrong_one_names_the_right_ones() {
        for right in Right::ALL {
            assert_eq!(right.word().parse(), Ok(*right));
        }
        let refused = "members:fire".parse::<Right>().map_err(|it| it.to_string());
        assert!(refused.is_err_and(|text| text.contains("`members:fire`") && text.contains("members:write")));
    }

    #[test]
    fn sets_hold_what_was_put_in() {
        let some = Rights::of(&[Right::MembersRead, Right::AuditRead]);
        assert!(some.has(Right::AuditRead) && !some.has(Right::MembersWrite));
        assert!(some.within(Rights::EVERY) && !Rights::EVERY.within(some));
        assert_eq!(some.iter().collect::<Rights>(), some);
        assert!(Right::ALL.len() <= 64, "a set is 64 bits");
    }
}
