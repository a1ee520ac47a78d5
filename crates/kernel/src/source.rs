//! Where ids and secrets come from.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::Id;

/// Mints ids and random bytes: from the system, or, in tests, from a seed.
///
/// Each kind of id has its own stream, so that minting one more audit line does not rename every booking
/// in a snapshot. Ids of one kind from one source always grow, also within a millisecond.
#[derive(Debug)]
pub struct IdSource {
    seed: Option<u64>,
    streams: Mutex<HashMap<&'static str, Stream>>,
}

/// How far one kind has come.
#[derive(Debug, Default)]
struct Stream {
    /// Milliseconds and a 12-bit count within them, as the first 60 changing bits of a UUIDv7.
    last: u64,
    /// Numbers drawn from the seed so far.
    drawn: u64,
    /// Numbers drawn from the system for the next ids.
    ahead: Vec<u64>,
}

/// How many numbers for ids are asked of the system at once.
const AHEAD: usize = 32;

impl IdSource {
    /// Unpredictable, from the operating system.
    #[must_use]
    pub fn system() -> Self {
        Self {
            seed: None,
            streams: Mutex::default(),
        }
    }

    /// The same ids and secrets, run after run.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            seed: Some(seed),
            streams: Mutex::default(),
        }
    }

    /// The next id of its kind.
    pub fn mint<I: Id>(&self, now: DateTime<Utc>) -> I {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = streams.entry(I::PREFIX).or_default();
        stream.last = (stream.last + 1).max(millis << 12);
        let moment = u128::from(stream.last);
        let random = match self.seed {
            Some(seed) => seeded(seed, I::PREFIX, stream),
            None => ahead(&mut stream.ahead),
        };
        let random = u128::from(random);
        let bits = (moment >> 12 << 80)          // 48 bits of milliseconds
            | (7 << 76)                          // version 7
            | ((moment & 0xfff) << 64)           // the count within the millisecond
            | (0b10 << 62)                       // the variant
            | (random & 0x3fff_ffff_ffff_ffff);
        I::from_uuid(Uuid::from_u128(bits))
    }

    /// Fresh random bytes for something that must not be guessed: drawn now, and kept nowhere here.
    pub fn secret<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        let Some(seed) = self.seed else {
            system_random(&mut bytes);
            return bytes;
        };
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = streams.entry("secret").or_default();
        for chunk in bytes.chunks_mut(8) {
            let drawn = seeded(seed, "secret", stream).to_le_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
        bytes
    }
}

/// The next number of a kind from a seed.
fn seeded(seed: u64, kind: &str, stream: &mut Stream) -> u64 {
    stream.drawn += 1;
    let kind = kind.bytes().fold(seed, |sum, byte| mix(sum ^ u64::from(byte)));
    mix(kind ^ mix(stream.drawn))
}

/// The next number from the system, of those drawn ahead.
fn ahead(numbers: &mut Vec<u64>) -> u64 {
    if let Some(number) = numbers.pop() {
        return number;
    }
    let mut bytes = [[0; 8]; AHEAD];
    system_random(bytes.as_flattened_mut());
    let [first, others @ ..] = bytes.map(u64::from_le_bytes);
    numbers.extend(others);
    first
}

#[expect(clippy::disallowed_methods, reason = "this is where randomness comes in")]
#[expect(
    clippy::expect_used,
    reason = "a machine without randomness must not hand out secrets"
)]
fn system_random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

/// One step of `SplitMix64`: every bit of the answer depends on every bit of the question.
fn mix(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{SessionId, UserId};

    fn noon() -> DateTime<Utc> {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn ids_of_one_kind_grow_within_a_millisecond() {
        for source in [IdSource::system(), IdSource::seeded(7)] {
            let minted: Vec<UserId> = (0..5_000).map(|_| source.mint(noon())).collect();
            assert!(minted.is_sorted_by(|a, b| a < b));
            assert!(minted.iter().all(|id| id.uuid().get_version_num() == 7));
        }
    }

    #[test]
    fn no_two_ids_share_what_is_random_in_them() {
        for source in [IdSource::system(), IdSource::seeded(7)] {
            let minted = (0..10 * AHEAD).map(|_| source.mint::<UserId>(noon()));
            let random: std::collections::HashSet<u64> = minted.map(|it| it.uuid().as_u64_pair().1).collect();
            assert_eq!(random.len(), 10 * AHEAD);
        }
    }

    #[test]
    fn one_kind_does_not_disturb_another() {
        let [alone, beside] = [IdSource::seeded(7), IdSource::seeded(7)];
        let _: SessionId = beside.mint(noon());
        assert_eq!(alone.mint::<UserId>(noon()), beside.mint(noon()));
    }

    #[test]
    fn secrets_differ_and_repeat_only_from_the_same_seed() {
        let source = IdSource::seeded(7);
        let [first, second]: [[u8; 20]; 2] = [source.secret(), source.secret()];
        assert_ne!(first, second);
        assert_eq!(IdSource::seeded(7).secret(), first);
        assert_ne!(IdSource::seeded(8).secret::<20>(), first);
        assert_ne!(
            IdSource::system().secret::<20>(),
            IdSource::system().secret::<20>()
        );
    }
}
