//! Signatures of Standard Webhooks: by them a receiver knows that an event is ours, and new.
//!
//! A secret is `HMAC(server key, endpoint ‖ generation)`: it is said when it is made, can be said again to the same request,
//! and is stored nowhere. Rotating makes the next generation; for a while both sign.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use db::ServerKey;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Id as _;
use kernel::id::WebhookEndpointId;
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

/// How a secret begins.
pub const KIND: &str = "whsec_";

/// How long the secret before the newest signs too.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// What an endpoint's events are signed with.
#[derive(Clone)]
pub struct SigningSecret(SecretSlice<u8>);

impl SigningSecret {
    /// The secret of one generation of an endpoint.
    #[must_use]
    pub fn of(key: &ServerKey, endpoint: WebhookEndpointId, generation: i64) -> Self {
        let (endpoint, generation) = (endpoint.uuid(), generation.to_be_bytes());
        Self(
            key.fingerprint("webhook secret", &[endpoint.as_bytes(), &generation])
                .into(),
        )
    }

    /// The secret as receivers know it: for its owner's eyes, once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{KIND}{}", STANDARD.encode(self.0.expose_secret()))
    }

    /// `v1,` and the signature of a message.
    #[must_use]
    pub fn signature(&self, id: &str, at: DateTime<Utc>, body: &str) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("any length");
        mac.update(format!("{id}.{}.{body}", at.timestamp()).as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// The three headers by which a receiver verifies a message.
#[must_use]
pub fn headers(
    secrets: &[SigningSecret],
    (id, at): (&str, DateTime<Utc>),
    body: &str,
) -> [(&'static str, String); 3] {
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| secret.signature(id, at, body))
        .collect();
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", at.timestamp().to_string()),
        ("webhook-signature", signatures.join(" ")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> WebhookEndpointId {
        "whe_01kjp00000000000000000000a".parse().unwrap()
    }

    #[test]
    fn a_message_is_signed_as_the_specification_says() {
        // The example of the specification and of its libraries.
        let secret = SigningSecret(
            STANDARD
                .decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
                .unwrap()
                .into(),
        );
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let signature = secret.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", at, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn while_a_secret_is_being_replaced_both_sign() {
        let key = ServerKey::new(b"one");
        let [old, new] = [1, 2].map(|generation| SigningSecret::of(&key, endpoint(), generation));
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let [id, timestamp, signatures] = headers(&[new.clone(), old.clone()], ("evt_1", at), "{}");
        assert_eq!(id, ("webhook-id", "evt_1".to_owned()));
        assert_eq!(timestamp, ("webhook-timestamp", "1614265330".to_owned()));
        let both = [new.signature("evt_1", at, "{}"), old.signature("evt_1", at, "{}")].join(" ");
        assert_eq!(signatures, ("webhook-signature", both));
        assert_ne!(old.reveal(), new.reveal());
    }

    #[test]
    fn a_secret_is_said_again_by_who_holds_the_key_and_does_not_print() {
        let secret = |key: &[u8]| SigningSecret::of(&ServerKey::new(key), endpoint(), 1);
        assert_eq!(secret(b"one").reveal(), secret(b"one").reveal());
        assert_ne!(secret(b"one").reveal(), secret(b"two").reveal());
        let bytes = secret(b"one").reveal();
        let bytes = STANDARD.decode(bytes.strip_prefix(KIND).unwrap()).unwrap();
        assert_eq!(bytes.len(), 32, "the specification asks for 24 to 64");
        assert_eq!(format!("{:?}", secret(b"one")), "SigningSecret(…)");
    }
}
