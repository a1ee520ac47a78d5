//! Secrets that can be handed out twice although only their hashes are stored.
//!
//! A token is `HMAC(server key, purpose ‖ row id)`: whoever holds the key and the row can say it again, which is what a
//! replayed idempotent answer needs; whoever steals the database cannot.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// 160 bits of secret: beyond guessing, and 32 letters exactly.
const SECRET_BYTES: usize = 20;

/// Letters of the secret.
const SECRET_LETTERS: usize = 32;

/// Letters of the checksum, 30 bits: a mistyped or truncated token is told apart without asking the database.
const CHECK_LETTERS: usize = 6;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What is stored of a secret.
pub type Digest = Vec<u8>;

/// The server's own secret, at least 32 bytes. Changing it ends every token handed out.
pub struct ServerKey(SecretBox<[u8; 32]>);

impl ServerKey {
    /// Takes any length of key material.
    #[must_use]
    pub fn new(material: &[u8]) -> Self {
        Self(SecretBox::new(Box::new(Sha256::digest(material).into())))
    }

    /// A keyed hash: of requests (which may hold passwords) and of addresses.
    #[must_use]
    pub fn fingerprint(&self, purpose: &str, parts: &[&[u8]]) -> Digest {
        self.mac(purpose, parts).to_vec()
    }

    /// The token that belongs to a row.
    #[must_use]
    pub fn token(&self, kind: &'static str, row: Uuid) -> Token {
        let mac = self.mac(kind, &[row.as_bytes()]);
        let mut secret = [0; SECRET_BYTES];
        secret.copy_from_slice(&mac[..SECRET_BYTES]);
        Token::write(kind, &secret)
    }

    /// Digits to be typed from an e-mail; they too are derived from their row.
    #[must_use]
    pub fn digits(&self, purpose: &str, row: Uuid) -> String {
        let mac = self.mac(purpose, &[row.as_bytes()]);
        let number = u64::from_be_bytes([mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], mac[6], mac[7]]);
        format!("{:08}", number % 100_000_000)
    }

    fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("any length");
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey(…)")
    }
}

/// A secret in the form people carry it: a kind, 32 letters, 6 letters of checksum: `hor_live_…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    fn write(kind: &str, secret: &[u8; SECRET_BYTES]) -> Self {
        let mut text = String::with_capacity(kind.len() + SECRET_LETTERS + CHECK_LETTERS);
        text.push_str(kind);
        for group in secret.chunks_exact(5) {
            let bits = group
                .iter()
                .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            letters(&mut text, bits, 8);
        }
        let check = checksum(&text);
        letters(&mut text, check, CHECK_LETTERS);
        Self(text)
    }

    /// Reads a token of this kind; a wrong length, letter or checksum is no token.
    #[must_use]
    pub fn read(kind: &str, text: &str) -> Option<Self> {
        let letters_of = text.strip_prefix(kind)?;
        if letters_of.len() != SECRET_LETTERS + CHECK_LETTERS
            || !letters_of.bytes().all(|it| ALPHABET.contains(&it))
        {
            return None;
        }
        let (body, check) = text.split_at(kind.len() + SECRET_LETTERS);
        let mut right = String::with_capacity(CHECK_LETTERS);
        letters(&mut right, checksum(body), CHECK_LETTERS);
        (right == check).then(|| Self(text.to_owned()))
    }

    /// The secret itself: for its owner's eyes, once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored. The token has 160 random bits, so a plain hash cannot be searched backwards.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

fn checksum(text: &str) -> u64 {
    let hash = Sha256::digest(text.as_bytes());
    u64::from(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) >> 2)
}

fn letters(to: &mut String, bits: u64, count: usize) {
    for at in (0..count).rev() {
        to.push(char::from(ALPHABET[((bits >> (5 * at)) & 31) as usize]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_can_be_said_again_by_who_holds_the_key_and_the_row() {
        let (key, row) = (ServerKey::new(b"one"), Uuid::from_u128(7));
        assert_eq!(
            key.token("hor_live_", row),
            ServerKey::new(b"one").token("hor_live_", row)
        );
        assert_ne!(
            key.token("hor_live_", row),
            ServerKey::new(b"two").token("hor_live_", row)
        );
        assert_ne!(
            key.token("hor_live_", row),
            key.token("hor_live_", Uuid::from_u128(8))
        );
        assert_ne!(
            key.token("a_", row).reveal()[2..34],
            key.token("b_", row).reveal()[2..34]
        );
    }

    #[test]
    fn a_mistyped_token_is_told_by_its_checksum() {
        let token = ServerKey::new(b"one").token("hor_live_", Uuid::from_u128(7));
        let text = token.reveal();
        assert_eq!(text.len(), "hor_live_".len() + 38);
        assert_eq!(Token::read("hor_live_", text), Some(token.clone()));
        assert_eq!(Token::read("hor_test_", text), None);
        for at in "hor_live_".len()..text.len() {
            let mut wrong = text.to_owned();
            let other = if &text[at..=at] == "0" { "1" } else { "0" };
            wrong.replace_range(at..=at, other);
            assert_eq!(Token::read("hor_live_", &wrong), None, "letter {at}");
        }
        assert_eq!(Token::read("hor_live_", &text[..text.len() - 1]), None);
        assert_eq!(Token::read("hor_live_", &format!("{text}0")), None);
    }

    #[test]
    fn secrets_do_not_print() {
        let key = ServerKey::new(b"one");
        let token = key.token("hor_live_", Uuid::from_u128(7));
        assert_eq!(format!("{key:?} {token:?}"), "ServerKey(…) Token(…)");
    }
}
