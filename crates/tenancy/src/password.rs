//! Passwords: what may be one, how it is hashed, and how somebody proves to know theirs.
//!
//! **Invariant:** hashing happens on a blocking thread, never while a transaction is open, and never more at once than the
//! machine was given threads for: a flood of sign-ins waits for itself and for nobody else.

use std::fmt;
use std::sync::{Arc, LazyLock};

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use db::{Account, Asker, Store};
use kernel::id::UserId;
use kernel::{Email, IdSource, SystemKind};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::error::Refusal;
use crate::store;

/// The shortest password, in characters.
pub const MIN: usize = 10;

/// The longest password, in characters.
pub const MAX: usize = 200;

/// Passwords that may wait to be hashed; whoever comes later hears "try again in a moment".
pub const QUEUE_MAX: usize = 512;

/// OWASP's first recommendation for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The passwords of ten letters and more that people choose most, one a line.
const COMMON: &str = include_str!("common_passwords.txt");

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Too short or too long.
    #[error("expected a password of {MIN} to {MAX} characters")]
    Length,
    /// Among the first that anybody tries.
    #[error("this password is among the first that anybody tries; choose another")]
    Common,
    /// The address it protects.
    #[error("a password must differ from the e-mail address")]
    IsEmail,
}

/// A password that somebody may choose.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    /// Judges a password for the account of `email`.
    ///
    /// # Errors
    /// If it is too short, too long or too easy to guess.
    pub fn new(text: &str, email: &Email) -> Result<Self, Weakness> {
        if !(MIN..=MAX).contains(&text.chars().count()) {
            return Err(Weakness::Length);
        }
        let folded = text.to_lowercase();
        let mut letters = folded.chars();
        let first = letters.next();
        if COMMON.lines().any(|it| it == folded) || letters.all(|it| Some(it) == first) {
            return Err(Weakness::Common);
        }
        let mailbox = email.as_str().split('@').next();
        if folded == email.as_str() || Some(folded.as_str()) == mailbox {
            return Err(Weakness::IsEmail);
        }
        Ok(Self(text.into()))
    }
}

/// What is stored of a password, as a PHC string.
#[derive(Clone, PartialEq, Eq, sea_orm::DeriveValueType)]
pub struct PasswordHash(String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// A hash that no password has, of the same cost: checking against it takes as long as against a real one.
static NOBODYS: LazyLock<PasswordHash> = LazyLock::new(|| {
    let (salt, output) = ("A".repeat(22), "A".repeat(43));
    PasswordHash(format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${output}"
    ))
});

/// Hashes and checks passwords, a few at a time.
#[derive(Debug, Clone)]
pub struct Hasher {
    threads: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Hasher {
    /// With so many hashes at once, at least one: the number of cores is a good choice.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        let threads = threads.max(1);
        Self {
            threads: Arc::new(Semaphore::new(threads)),
            queue: Arc::new(Semaphore::new(threads + QUEUE_MAX)),
        }
    }

    /// Hashes a password with a fresh salt.
    ///
    /// # Errors
    /// If too many are waiting.
    pub async fn hash(&self, password: &Password, ids: &IdSource) -> Result<PasswordHash, Refusal> {
        let salt: [u8; 16] = ids.secret();
        let text = password.0.clone();
        let hashed: Option<phc::PasswordHash> = self
            .run(move || {
                argon()?
                    .hash_password_with_salt(text.expose_secret().as_bytes(), &salt)
                    .ok()
            })
            .await?;
        hashed
            .map(|it| PasswordHash(it.to_string()))
            .ok_or(Refusal::Broken("a password could not be hashed"))
    }

    /// Whether `candidate` is the password behind `hash`; with no hash the answer is no, after the same time.
    ///
    /// # Errors
    /// If too many are waiting.
    pub async fn verify(
        &self,
        candidate: &SecretString,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, Refusal> {
        let hash = hash.cloned();
        let candidate = candidate.clone();
        self.run(move || {
            let against = hash.as_ref().unwrap_or(&NOBODYS);
            let same = matches(candidate.expose_secret(), against);
            same && hash.is_some()
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let place = Arc::clone(&self.queue)
            .try_acquire_owned()
            .map_err(|_| Refusal::Crowded)?;
        let gone = Refusal::Broken("the hashing threads are gone");
        let Ok(thread) = Arc::clone(&self.threads).acquire_owned().await else {
            return Err(gone);
        };
        // The permits travel with the job: whoever hangs up does not make room while the thread still works.
        let done = tokio::task::spawn_blocking(move || {
            let done = job();
            drop((thread, place));
            done
        });
        done.await.map_err(|_| gone)
    }
}

fn argon() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn matches(candidate: &str, hash: &PasswordHash) -> bool {
    // What is longer than any password is none; it is cut so that checking it costs no more than checking the longest.
    let is_possible = candidate.chars().count() <= MAX;
    let cut: String = candidate.chars().take(MAX).collect();
    let (Some(argon), Ok(hash)) = (argon(), phc::PasswordHash::new(&hash.0)) else {
        return false;
    };
    argon.verify_password(cut.as_bytes(), &hash).is_ok() && is_possible
}

/// That somebody knew the password of an account a moment ago. Whoever uses it checks, under lock, that it still is.
#[derive(Debug, Clone)]
pub struct Proof {
    user: UserId,
    hash: PasswordHash,
}

impl Proof {
    /// Whose password it is.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Whether it is still the account's password, and the account still open.
    pub(crate) fn holds_for(&self, user: &store::user::Model) -> bool {
        user.id == self.user && user.disabled_at.is_none() && user.password_hash.as_ref() == Some(&self.hash)
    }
}

/// Checks an e-mail address and a password, outside any transaction. The same answer after the same time for an unknown
/// address, an account without a password, a disabled account and a wrong password.
///
/// # Errors
/// If they do not match, or too many are waiting.
pub async fn prove(
    store: &Store,
    hasher: &Hasher,
    email: &str,
    password: &SecretString,
) -> Result<Proof, Refusal> {
    let known = match email.parse::<Email>() {
        Ok(email) => {
            let reading = store.read(Account, &Asker::system(SystemKind::Door)).await?;
            store::user::by_email(&reading, &email).await?
        }
        Err(_) => None,
    };
    let proof = known.filter(|user| user.disabled_at.is_none()).and_then(|user| {
        let hash = user.password_hash?;
        Some(Proof { user: user.id, hash })
    });
    let is_right = hasher.verify(password, proof.as_ref().map(|it| &it.hash)).await?;
    proof.filter(|_| is_right).ok_or(Refusal::InvalidCredentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email() -> Email {
        "ana.monteiro@example.com".parse().unwrap()
    }

    fn judged(text: &str) -> Option<Weakness> {
        Password::new(text, &email()).err()
    }

    fn secret(text: &str) -> SecretString {
        text.into()
    }

    #[test]
    fn the_shortest_and_longest_pass_and_one_less_or_more_does_not() {
        let long = |length: usize| {
            format!("{}Z", "aé".repeat(length))
                .chars()
                .rev()
                .take(length)
                .collect::<String>()
        };
        for length in [MIN, MAX] {
            assert_eq!(judged(&long(length)), None, "{length}");
        }
        for length in [0, MIN - 1, MAX + 1] {
            assert_eq!(judged(&long(length)), Some(Weakness::Length), "{length}");
        }
    }

    #[test]
    fn what_anybody_tries_first_is_refused() {
        for text in ["Password123", "1234567890", "aaaaaaaaaaaa", "ÉÉÉÉÉÉÉÉÉÉ"] {
            assert_eq!(judged(text), Some(Weakness::Common), "{text}");
        }
        for text in ["Ana.Monteiro@Example.com", "ANA.MONTEIRO"] {
            assert_eq!(judged(text), Some(Weakness::IsEmail), "{text}");
        }
        assert_eq!(judged("ana.monteiro goes sailing"), None);
        for text in COMMON.lines() {
            assert_eq!(
                judged(text),
                Some(Weakness::Common),
                "{text} is refused as common, not for its length"
            );
        }
    }

    #[tokio::test]
    async fn only_the_password_itself_matches_its_hash() {
        let (hasher, ids) = (Hasher::new(2), IdSource::seeded(7));
        let password = Password::new("correct horse", &email()).unwrap();
        let hash = hasher.hash(&password, &ids).await.unwrap();
        assert!(
            hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "OWASP's parameters"
        );
        assert_ne!(
            hasher.hash(&password, &ids).await.unwrap(),
            hash,
            "a fresh salt each time"
        );
        assert!(
            hasher
                .verify(&secret("correct horse"), Some(&hash))
                .await
                .unwrap()
        );
        for wrong in ["", "correct horsf", "Correct horse", "correct horse "] {
            assert!(
                !hasher.verify(&secret(wrong), Some(&hash)).await.unwrap(),
                "{wrong}"
            );
        }
        assert!(!hasher.verify(&secret("correct horse"), None).await.unwrap());
    }

    #[tokio::test]
    async fn the_longest_password_is_checked_to_its_end() {
        let (hasher, ids) = (Hasher::new(1), IdSource::seeded(7));
        let text = "0123456789".repeat(MAX / 10);
        let hash = hasher
            .hash(&Password::new(&text, &email()).unwrap(), &ids)
            .await
            .unwrap();
        assert!(hasher.verify(&secret(&text), Some(&hash)).await.unwrap());
        assert!(
            !hasher
                .verify(&secret(&format!("{text}x")), Some(&hash))
                .await
                .unwrap()
        );
    }

    #[test]
    fn nobodys_hash_costs_what_a_real_one_does() {
        let parsed = phc::PasswordHash::new(&NOBODYS.0).unwrap();
        let params = Params::try_from(&parsed).unwrap();
        assert_eq!(
            (params.m_cost(), params.t_cost(), params.p_cost()),
            (MEMORY_KIB, PASSES, LANES)
        );
        assert!(parsed.salt.is_some() && parsed.hash.is_some());
    }

    #[tokio::test]
    async fn whoever_finds_the_queue_full_is_told_at_once() {
        let hasher = Hasher::new(1);
        let places: Vec<_> = (0..=QUEUE_MAX)
            .map(|_| Arc::clone(&hasher.queue).try_acquire_owned().unwrap())
            .collect();
        let refused = hasher.verify(&secret("whatever"), None).await;
        assert!(matches!(refused, Err(Refusal::Crowded)));
        drop(places);
        assert!(!hasher.verify(&secret("whatever"), None).await.unwrap());
    }

    #[test]
    fn neither_password_nor_hash_prints() {
        let password = Password::new("correct horse", &email()).unwrap();
        let shown = format!("{password:?} {:?}", *NOBODYS);
        assert!(!shown.contains("horse") && !shown.contains("argon"), "{shown}");
    }
}
