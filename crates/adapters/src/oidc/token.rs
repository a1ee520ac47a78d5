//! A token in the three stages of belief: read, signed by its issuer, good for us now.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::issuer::Issuer;
use super::keys::{Key, algorithm};
use super::refusal::Refusal;
use tenancy::Verified;

/// The most bytes of a token.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// The most bytes of a subject, as OpenID Connect has it.
pub const MAX_SUBJECT_BYTES: usize = 255;
/// How far the issuer's clock may be from ours.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(60);

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// What a token says. The last four are taken as they come: a strange name is no reason to turn somebody away.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: Option<String>,
    aud: Option<Audience>,
    azp: Option<String>,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    email: Option<Value>,
    email_verified: Option<Value>,
    name: Option<Value>,
    user_metadata: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// A token of which nothing is believed yet. Not `Debug`, nor is what comes of it: whoever reads it in a log
/// could use it.
pub(super) struct Token<'a> {
    message: &'a str,
    signature: &'a str,
    algorithm: Algorithm,
    key_id: String,
    claims: Claims,
}

/// A token that its issuer has signed.
pub(super) struct Believed(Claims);

impl<'a> Token<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Refusal> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(Refusal::TooLong);
        }
        let (message, signature) = text.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(Refusal::Malformed)?;
        let header: Header = part(header)?;
        let algorithm = algorithm(&header.alg).ok_or(Refusal::Algorithm)?;
        let is_for_us = |typ: &str| typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("at+jwt");
        if !header.typ.as_deref().is_none_or(is_for_us) {
            return Err(Refusal::Type);
        }
        if header.crit.is_some() {
            return Err(Refusal::Critical);
        }
        let key_id = header.kid.ok_or(Refusal::NoKeyId)?;
        Ok(Self {
            message,
            signature,
            algorithm,
            key_id,
            claims: part(claims)?,
        })
    }

    /// Who claims to have made it.
    pub(super) fn issuer(&self) -> &str {
        &self.claims.iss
    }

    pub(super) fn key_id(&self) -> &str {
        &self.key_id
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn believe(self, key: &Key) -> Result<Believed, Refusal> {
        let fits = key.has_signed(self.message, self.signature);
        fits.then_some(Believed(self.claims)).ok_or(Refusal::Signature)
    }
}

impl Believed {
    /// What it tells us, if it was made for us and holds at `now`.
    pub(super) fn hold(self, issuer: &Issuer, now: DateTime<Utc>) -> Result<Verified, Refusal> {
        let claims = self.0;
        claims.is_for(issuer)?;
        claims.holds_at(now)?;
        // An address or a name that is none here is as if the issuer had not told one.
        let email = claims
            .email
            .as_ref()
            .and_then(text)
            .and_then(|it| it.parse().ok());
        let subject = claims
            .sub
            .filter(|sub| (1..=MAX_SUBJECT_BYTES).contains(&sub.len()));
        let told = |name: &str| {
            claims
                .user_metadata
                .as_ref()
                .and_then(|about| about.get(name))
                .and_then(text)
        };
        Ok(Verified {
            issuer: claims.iss,
            subject: subject.ok_or(Refusal::Subject)?,
            // Only at the top level does the issuer speak: `user_metadata` is what people write about themselves.
            is_email_verified: email.is_some() && claims.email_verified.as_ref().is_some_and(is_yes),
            email,
            name: claims
                .name
                .as_ref()
                .and_then(text)
                .or_else(|| told("full_name"))
                .or_else(|| told("name"))
                .and_then(|it| it.parse().ok()),
        })
    }
}

impl Claims {
    fn is_for(&self, issuer: &Issuer) -> Result<(), Refusal> {
        let audiences = match &self.aud {
            None => &[],
            Some(Audience::One(audience)) => std::slice::from_ref(audience),
            Some(Audience::Many(audiences)) => audiences.as_slice(),
        };
        let ours = issuer.audiences();
        if !ours.is_empty() && !audiences.iter().any(|audience| ours.contains(audience)) {
            return Err(Refusal::Audience);
        }
        let parties = issuer.authorized_parties();
        if !parties.is_empty() && !self.azp.as_ref().is_some_and(|azp| parties.contains(azp)) {
            return Err(Refusal::AuthorizedParty);
        }
        Ok(())
    }

    fn holds_at(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let seconds = |moment: DateTime<Utc>| moment.timestamp_micros() as f64 / 1e6;
        let (earliest, latest) = (seconds(now - LEEWAY), seconds(now + LEEWAY));
        if self.exp < earliest {
            return Err(Refusal::Expired);
        }
        if self.nbf.is_some_and(|nbf| nbf > latest) {
            return Err(Refusal::NotYetValid);
        }
        if self.iat.is_some_and(|iat| iat > latest) {
            return Err(Refusal::IssuedLater);
        }
        Ok(())
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Refusal::Malformed)
}

/// A text with something in it.
fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// Templates of claims write booleans as text now and then.
fn is_yes(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}
