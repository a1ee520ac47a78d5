//! The keys an issuer publishes (JWKS): those that can be used here, each for its one algorithm.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::issuer::MAX_NAME_BYTES;
use super::refusal::Refusal;

/// How a token may be signed: with a private key, so that whoever can check it cannot make it.
pub const ALGORITHMS: [&str; 3] = ["RS256", "ES256", "EdDSA"];
/// The most keys that are kept of one issuer.
pub const MAX_KEYS: usize = 64;
/// The size of an RSA key: shorter ones can be broken, longer ones cost too much to check.
pub const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// The accepted algorithm of this name.
pub(super) fn algorithm(name: &str) -> Option<Algorithm> {
    match name {
        "RS256" => Some(Algorithm::RS256),
        "ES256" => Some(Algorithm::ES256),
        "EdDSA" => Some(Algorithm::EdDSA),
        _ => None,
    }
}

/// A published key, as far as it matters here (RFC 7517).
#[derive(Debug, Deserialize)]
struct Jwk {
    kid: String,
    kty: String,
    crv: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// What an issuer publishes. A key of a kind nobody here knows does not spoil the others.
#[derive(Debug, Deserialize)]
pub(super) struct Jwks {
    keys: Vec<serde_json::Value>,
}

/// A key that can be used, and what for.
#[derive(Debug, Clone)]
pub(super) struct Key {
    id: String,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Key {
    /// Whether `signature` is this key's under `message`.
    pub(super) fn has_signed(&self, message: &str, signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &self.key, self.algorithm)
            .unwrap_or(false)
    }
}

/// The usable keys of one issuer.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys(Vec<Key>);

impl From<Jwks> for Keys {
    fn from(published: Jwks) -> Self {
        let known = published
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value(key).ok());
        Self(known.filter_map(|key: Jwk| key.usable()).take(MAX_KEYS).collect())
    }
}

impl Keys {
    /// The key of this id, if it is for this algorithm.
    pub(super) fn find(&self, id: &str, algorithm: Algorithm) -> Result<Key, Refusal> {
        let mut named = self.0.iter().filter(|key| key.id == id).peekable();
        named.peek().ok_or(Refusal::UnknownKey)?;
        named
            .find(|key| key.algorithm == algorithm)
            .cloned()
            .ok_or(Refusal::KeyMismatch)
    }
}

impl Jwk {
    fn usable(self) -> Option<Key> {
        let is_for_signing = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self
                .key_ops
                .as_ref()
                .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        let name = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", None) => "RS256",
            ("EC", Some("P-256")) => "ES256",
            ("OKP", Some("Ed25519")) => "EdDSA",
            _ => return None,
        };
        let is_named_so = self.alg.as_deref().is_none_or(|alg| alg == name);
        let has_id = (1..=MAX_NAME_BYTES).contains(&self.kid.len());
        let algorithm = algorithm(name).filter(|_| is_for_signing && is_named_so && has_id)?;
        let key = match name {
            "RS256" => rsa(&self.n?, &self.e?)?,
            "ES256" => DecodingKey::from_ec_components(&self.x?, &self.y?).ok()?,
            _ => DecodingKey::from_ed_components(&self.x?).ok()?,
        };
        Some(Key {
            id: self.kid,
            algorithm,
            key,
        })
    }
}

fn rsa(n: &str, e: &str) -> Option<DecodingKey> {
    let modulus = URL_SAFE_NO_PAD.decode(n).ok()?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let bits = (modulus.len() - zeros) * 8 - modulus.get(zeros)?.leading_zeros() as usize;
    RSA_BITS
        .contains(&bits)
        .then(|| DecodingKey::from_rsa_components(n, e).ok())?
}
