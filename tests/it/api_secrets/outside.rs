//! What lies outside and has accidents.

use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use tenancy::{Courier, IdentityProvider, IdentityRefusal, Letter, Matter, Undelivered, Verified};

/// A courier who loses his head over one person's letters and has an accident with another's.
#[derive(Debug, Default)]
pub(super) struct Clumsy(Mutex<Vec<Letter>>);

pub(super) const ACCIDENT: &str = "canary of the courier 8f21";

#[async_trait]
impl Courier for Clumsy {
    async fn deliver(&self, letter: Letter) -> Result<(), Undelivered> {
        let to = letter.to.as_str().to_owned();
        let mut letters = self.0.lock().unwrap();
        // A replay hands the same letter over again, in case the first was lost with its process.
        if letters.iter().all(|it| it.id != letter.id) {
            letters.push(letter);
        }
        drop(letters);
        assert!(!to.starts_with("headless"), "{ACCIDENT}, panicking");
        if to.starts_with("lost") {
            return Err(Undelivered(ACCIDENT.into()));
        }
        Ok(())
    }
}

impl Clumsy {
    /// The digits, or the token, of the so-manieth letter to somebody.
    pub(super) async fn secret_in(&self, nth: usize, email: &str) -> String {
        for _ in 0..10_000 {
            let found = self
                .0
                .lock()
                .unwrap()
                .iter()
                .filter(|it| it.to.as_str() == email)
                .nth(nth)
                .cloned();
            match found.map(|it| it.matter) {
                Some(Matter::PasswordReset { digits } | Matter::EmailVerification { digits }) => {
                    return digits.expose_secret().to_owned();
                }
                Some(Matter::Invitation { token, .. }) => return token.reveal().to_owned(),
                None => tokio::time::sleep(std::time::Duration::from_millis(1)).await,
            }
        }
        panic!("no letter came");
    }
}

/// An identity provider that falls over.
#[derive(Debug)]
pub(super) struct Falling;

pub(super) const FALL: &str = "canary of the provider 3c07";

#[async_trait]
impl IdentityProvider for Falling {
    async fn verify(&self, token: &str, _: DateTime<Utc>) -> Result<Verified, IdentityRefusal> {
        assert!(token.is_empty(), "{FALL}, panicking");
        Err(IdentityRefusal::Unreachable(FALL.into()))
    }
}
