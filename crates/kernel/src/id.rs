//! Typed ids. Inside, a UUIDv7; outside, a TypeID: `prefix_` and 26 letters of Crockford's base32 (`bkg_01j…`).
//!
//! A `ClientId` handed to a verb that wants a `BookingId` does not compile, and an id pasted into the
//! wrong field is refused by name. To add one, add it to the list at the end of this file, in order.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// Crockford's alphabet, lower case: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Letters that 128 bits take: 26 × 5 = 130, so the first letter is at most `7`.
const LETTERS: usize = 26;

/// What every typed id can do.
pub trait Id: Copy + Eq + Ord + fmt::Display + FromStr<Err = WrongId> + Send + Sync + 'static {
    /// The word before the underscore.
    const PREFIX: &'static str;

    /// Dresses a raw UUID.
    fn from_uuid(uuid: Uuid) -> Self;

    /// The raw UUID.
    fn uuid(self) -> Uuid;
}

/// Text that is not the id that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongId {
    expected: &'static str,
    got: String,
}

impl fmt::Display for WrongId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}_…, got {}", self.expected, self.got)
    }
}

impl std::error::Error for WrongId {}

/// Splits `bkg_01j…` into its prefix and UUID, whatever the prefix says.
#[must_use]
pub fn split(text: &str) -> Option<(&str, Uuid)> {
    let (prefix, letters) = text.split_once('_')?;
    decode(letters).map(|uuid| (prefix, uuid))
}

/// Writes a UUID as 26 letters.
fn encode(uuid: Uuid) -> [u8; LETTERS] {
    let bits = uuid.as_u128();
    std::array::from_fn(|at| {
        let shift = 5 * (LETTERS - 1 - at);
        ALPHABET[((bits >> shift) & 31) as usize]
    })
}

/// Reads what [`encode`] wrote, and nothing else: one id has one spelling.
fn decode(letters: &str) -> Option<Uuid> {
    let letters = letters.as_bytes();
    if letters.len() != LETTERS || letters[0] > b'7' {
        return None;
    }
    let mut bits = 0_u128;
    for letter in letters {
        let value = ALPHABET.iter().position(|it| it == letter)?;
        bits = (bits << 5) | value as u128;
    }
    Some(Uuid::from_u128(bits))
}

fn show(prefix: &str, uuid: Uuid, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(prefix)?;
    f.write_str("_")?;
    // The alphabet is ASCII.
    f.write_str(std::str::from_utf8(&encode(uuid)).unwrap_or_default())
}

fn read(expected: &'static str, text: &str) -> Result<Uuid, WrongId> {
    match split(text) {
        Some((prefix, uuid)) if prefix == expected => Ok(uuid),
        Some((prefix, _)) => Err(WrongId {
            expected,
            got: format!("{prefix}_…"),
        }),
        // What was sent may be a secret pasted into the wrong field: say nothing of it but its length.
        None => Err(WrongId {
            expected,
            got: format!("{} characters that are no id", text.chars().count()),
        }),
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal,)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            #[cfg_attr(feature = "sea-orm", derive(sea_orm::DeriveValueType))]
            pub struct $name(Uuid);

            impl Id for $name {
                const PREFIX: &'static str = $prefix;
                fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
                fn uuid(self) -> Uuid { self.0 }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { show($prefix, self.0, f) }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { show($prefix, self.0, f) }
            }

            impl FromStr for $name {
                type Err = WrongId;
                fn from_str(text: &str) -> Result<Self, WrongId> { read($prefix, text).map(Self) }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> { to.collect_str(self) }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                    text.parse().map_err(serde::de::Error::custom)
                }
            }

            // A UUID is never counted up by the database, but SeaORM wants to hear that from every primary key.
            #[cfg(feature = "sea-orm")]
            impl sea_orm::TryFromU64 for $name {
                fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                    Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
                }
            }

            #[cfg(feature = "graphql")]
            crate::graphql::id_scalar!($name);
        )*

        /// Every prefix in use.
        pub const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

ids! {
    /// One stretch of time in which somebody is away.
    AbsenceId = "abs",
    /// One fact about an account, outside any organization.
    AccountEventId = "aev",
    /// One answer to a service's question.
    AnswerId = "ans",
    /// One key that an integrator calls with.
    ApiKeyId = "key",
    /// One decision about whose turn it was.
    AssignmentId = "asn",
    /// Somebody who takes part in a booking.
    AttendeeId = "att",
    /// One line of the audit log.
    AuditId = "aud",
    /// How far one host is from their share.
    BalanceId = "fbl",
    /// Time that staff have taken out of somebody's or something's calendar.
    BlockId = "blk",
    /// One appointment.
    BookingId = "bkg",
    /// One thing that happened to a booking.
    BookingEventId = "bev",
    /// One resource that a booking takes.
    BookingHostId = "bkh",
    /// One link that staff send, by which somebody books.
    BookingRequestId = "brq",
    /// One link that a client carries.
    BookingTokenId = "bkt",
    /// What cancelling costs, and until when.
    CancellationPolicyId = "cpo",
    /// One person whom an organization serves.
    ClientId = "cli",
    /// One letter to somebody outside.
    DeliveryId = "dlv",
    /// One error, by which the log finds it again.
    ErrorId = "err",
    /// One pair of a session's tokens; refreshing makes the next.
    GenerationId = "gen",
    /// One thing that happened in an organization, as its journal tells it.
    EventId = "evt",
    /// Time that is kept for somebody who is about to book it.
    HoldId = "hld",
    /// One answer that can be given again.
    IdempotencyId = "idm",
    /// One sign-in identity at somebody else's door.
    IdentityId = "idn",
    /// One invitation to join an organization.
    InvitationId = "inv",
    /// One person's place in one organization.
    MembershipId = "mem",
    /// One thing that somebody is told inside.
    NotificationId = "ntf",
    /// One stretch of time that is taken.
    OccupancyId = "occ",
    /// One code sent to prove an e-mail address.
    OneTimeCodeId = "otc",
    /// One organization: the boundary that no query may cross.
    OrganizationId = "org",
    /// Other hours on one date.
    OverrideId = "ovr",
    /// The profile of a person who can be booked.
    ProviderId = "prv",
    /// One word by which a provider is found.
    ProviderTagId = "ptg",
    /// Something that time can be booked with.
    ResourceId = "res",
    /// Questions that find out where somebody is to go.
    RoutingFormId = "rfm",
    /// What somebody answered to them.
    RoutingSubmissionId = "rsb",
    /// Hours that recur.
    RuleId = "rul",
    /// Bookings that recur.
    SeriesId = "ser",
    /// What became of one occurrence of a series.
    SeriesOccurrenceId = "sro",
    /// One thing that a service needs: a host, a room, a piece of equipment.
    ServiceHostId = "svh",
    /// Something that can be booked.
    ServiceId = "svc",
    /// One sign-in of one person on one device; refreshing keeps it.
    SessionId = "ses",
    /// People who share their bookings.
    TeamId = "tea",
    /// One place in a team.
    TeamMemberId = "tmb",
    /// An organization's own words for one letter.
    TemplateId = "tpl",
    /// One thing that is promised for later.
    TimerId = "tim",
    /// One person, in however many organizations.
    UserId = "usr",
    /// Somebody who waits for something to come free.
    WaitlistEntryId = "wle",
    /// What was offered to somebody who waits.
    WaitlistOfferId = "wlo",
    /// Somebody who came without an appointment.
    WalkInId = "wki",
    /// One event on its way to one endpoint.
    WebhookDeliveryId = "whd",
    /// Somebody else's server that wants events.
    WebhookEndpointId = "whe",
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_is_written_as_the_typeid_specification_says() {
        // The valid example of the specification, version 0.3.
        let id = UserId::from_uuid(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057));
        assert_eq!(id.to_string(), "usr_01h455vb4pex5vsknk084sn02q");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_is_refused_by_name() {
        let user = UserId::from_uuid(Uuid::from_u128(7)).to_string();
        let refused = user.parse::<OrganizationId>().map_err(|wrong| wrong.to_string());
        assert_eq!(refused, Err("expected org_…, got usr_…".to_owned()));
    }

    #[test]
    fn a_second_spelling_of_an_id_is_refused() {
        let good = UserId::from_uuid(Uuid::from_u128(7)).to_string();
        for bad in [
            good.to_uppercase(),
            good.replace("usr_0", "usr_8"),
            format!("{good}0"),
            good.replace('7', "u"),
        ] {
            assert!(bad.parse::<UserId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn no_two_kinds_share_a_prefix() {
        let unique: std::collections::BTreeSet<_> = PREFIXES.iter().collect();
        assert_eq!(unique.len(), PREFIXES.len(), "{PREFIXES:?}");
    }

    proptest! {
        #[test]
        fn every_uuid_survives(bits: u128) {
            let id = UserId::from_uuid(Uuid::from_u128(bits));
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn text_order_is_uuid_order(a: u128, b: u128) {
            let [x, y] = [a, b].map(|bits| UserId::from_uuid(Uuid::from_u128(bits)).to_string());
            prop_assert_eq!(a.cmp(&b), x.cmp(&y));
        }

        #[test]
        fn any_text_is_judged_without_panic(text in ".{0,60}") {
            let _: Result<UserId, WrongId> = text.parse();
        }
    }
}
