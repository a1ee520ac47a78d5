//! What a slot says about itself, signed: which service and start, with whom, on which terms.
//!
//! A token promises nothing: whoever books is judged anew. It lets the answer say what has changed since, and it keeps
//! people from asking for what was never shown to them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use db::{Reading, ServerKey, Tenant};
use kernel::Id as _;
use kernel::id::{OrganizationId, ResourceId, ServiceId};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::error::Refusal;
use crate::service::Service;

/// The word before every token of a slot.
const KIND: &str = "slot_";

/// The version of the form. Others are refused, never misread.
const VERSION: u8 = 1;

/// Bytes of the signature: 128 bits.
const SIGNATURE: usize = 16;

/// Bytes that tell one set of terms from another.
const TERMS: usize = 8;

/// Bytes before the resources: version, service, start in microseconds, terms.
const HEAD: usize = 1 + 16 + 8 + TERMS;

/// What a slot said about itself when it was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotToken {
    /// Whose: it is good in one organization only.
    pub organization: OrganizationId,
    /// Of which service.
    pub service: ServiceId,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// With whom: with one or some of these, or, if there are none, with whoever the service names.
    pub resources: Vec<ResourceId>,
    terms: [u8; TERMS],
}

impl SlotToken {
    /// The most resources that a token names.
    pub const RESOURCES_MAX: usize = 10;

    /// A token for a start of a service, with some of these resources.
    #[must_use]
    pub fn new(service: &Service, starts_at: DateTime<Utc>, mut resources: Vec<ResourceId>) -> Self {
        resources.truncate(Self::RESOURCES_MAX);
        Self {
            organization: service.organization_id,
            service: service.id,
            starts_at,
            resources,
            terms: terms(service),
        }
    }

    /// The same for another start, with some of these resources.
    pub(super) fn at(&self, starts_at: DateTime<Utc>, mut resources: Vec<ResourceId>) -> Self {
        resources.truncate(Self::RESOURCES_MAX);
        Self {
            starts_at,
            resources,
            ..*self
        }
    }

    /// Whether the service still has the terms that it had when the slot was shown.
    #[must_use]
    pub fn is_current(&self, service: &Service) -> bool {
        self.service == service.id && self.terms == terms(service)
    }

    /// The text that clients carry.
    #[must_use]
    pub fn sign(&self, key: &ServerKey) -> String {
        let mut bytes = Vec::with_capacity(HEAD + 16 * self.resources.len() + SIGNATURE);
        bytes.push(VERSION);
        bytes.extend_from_slice(self.service.uuid().as_bytes());
        bytes.extend_from_slice(&self.starts_at.timestamp_micros().to_be_bytes());
        bytes.extend_from_slice(&self.terms);
        for resource in &self.resources {
            bytes.extend_from_slice(resource.uuid().as_bytes());
        }
        let signature = sign(key, self.organization, &bytes);
        bytes.extend_from_slice(&signature);
        let mut text = String::with_capacity(KIND.len() + bytes.len().div_ceil(3) * 4);
        text.push_str(KIND);
        URL_SAFE_NO_PAD.encode_string(&bytes, &mut text);
        text
    }

    /// Reads what [`SlotToken::sign`] wrote; nothing else is a token.
    #[must_use]
    pub fn read(key: &ServerKey, organization: OrganizationId, text: &str) -> Option<Self> {
        let longest = HEAD + 16 * Self::RESOURCES_MAX + SIGNATURE;
        let letters = text.strip_prefix(KIND).filter(|it| it.len() <= longest * 2)?;
        let bytes = URL_SAFE_NO_PAD.decode(letters).ok()?;
        let (said, signature) = bytes.split_at_checked(bytes.len().checked_sub(SIGNATURE)?)?;
        if !bool::from(sign(key, organization, said).ct_eq(signature)) {
            return None;
        }
        let (head, resources) = said.split_at_checked(HEAD)?;
        if head[0] != VERSION || resources.len() % 16 != 0 {
            return None;
        }
        let uuid = |bytes: &[u8]| Uuid::from_slice(bytes).ok();
        let micros = i64::from_be_bytes(head[17..25].try_into().ok()?);
        let resources = resources
            .chunks_exact(16)
            .map(|it| uuid(it).map(ResourceId::from_uuid));
        Some(Self {
            organization,
            service: ServiceId::from_uuid(uuid(&head[1..17])?),
            starts_at: DateTime::from_timestamp_micros(micros)?,
            resources: resources.collect::<Option<_>>()?,
            terms: head[25..].try_into().ok()?,
        })
    }
}

/// What somebody chose who hands a slot's token in, with the host whom they name beside it, if any.
///
/// # Errors
/// If it is no token of this organization, the service has other terms by now, or no host follows from it.
pub async fn redeem(
    reading: &Reading<Tenant>,
    text: &str,
    host: Option<ResourceId>,
) -> Result<(SlotToken, Option<ResourceId>), Refusal> {
    let read = SlotToken::read(reading.key(), reading.organization(), text);
    let wrong = || Refusal::wanted("slotToken", "a token as a slot gives it", "another text");
    let token = read.ok_or_else(wrong)?;
    if !token.is_current(&super::service(reading, token.service).await?) {
        return Err(Refusal::SlotStale);
    }
    let named = |it: ResourceId| token.resources.is_empty() || token.resources.contains(&it);
    let host = match (host, token.resources.as_slice()) {
        (Some(host), _) if named(host) => Some(host),
        (None, []) => None,
        (None, [only]) => Some(*only),
        (Some(_) | None, _) => {
            return Err(Refusal::wanted(
                "hostId",
                "one of the hosts that the slot names",
                host.map_or_else(|| "none".to_owned(), |it| it.to_string()),
            ));
        }
    };
    Ok((token, host))
}

fn sign(key: &ServerKey, organization: OrganizationId, bytes: &[u8]) -> [u8; SIGNATURE] {
    let mac = key.fingerprint("slot", &[organization.uuid().as_bytes(), bytes]);
    let mut signature = [0; SIGNATURE];
    signature.copy_from_slice(&mac[..SIGNATURE]);
    signature
}

/// What whoever books agrees to: how long, how much, when paid, how cancelled, how confirmed, where.
fn terms(service: &Service) -> [u8; TERMS] {
    use sha2::Digest as _;
    let said = format!(
        "{:?}",
        (
            (service.duration_minutes, service.seats, service.confirmation),
            (service.price_mode, service.price_minor, &service.currency),
            service.payment(),
            (
                service.cancellation_policy_id,
                service.location,
                &service.location_detail
            ),
        )
    );
    let hash = sha2::Sha256::digest(said.as_bytes());
    let mut terms = [0; TERMS];
    terms.copy_from_slice(&hash[..TERMS]);
    terms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::tests::service;
    use proptest::prelude::*;

    fn org(bits: u128) -> OrganizationId {
        OrganizationId::from_uuid(Uuid::from_u128(bits))
    }

    fn token(resources: usize) -> SlotToken {
        let who = (0..resources as u128).map(|it| ResourceId::from_uuid(Uuid::from_u128(it)));
        let service = Service {
            organization_id: org(1),
            ..service()
        };
        SlotToken::new(&service, "2026-03-10T09:30:00Z".parse().unwrap(), who.collect())
    }

    #[test]
    fn a_token_comes_back_as_it_was_given() {
        let key = ServerKey::new(b"one");
        for count in [0, 1, SlotToken::RESOURCES_MAX] {
            let given = token(count);
            assert_eq!(SlotToken::read(&key, org(1), &given.sign(&key)), Some(given));
        }
        assert_eq!(
            token(SlotToken::RESOURCES_MAX + 1),
            token(SlotToken::RESOURCES_MAX)
        );
    }

    #[test]
    fn a_token_is_good_with_one_key_in_one_organization() {
        let key = ServerKey::new(b"one");
        let text = token(1).sign(&key);
        assert_eq!(SlotToken::read(&ServerKey::new(b"two"), org(1), &text), None);
        assert_eq!(SlotToken::read(&key, org(2), &text), None);
    }

    #[test]
    fn a_token_is_current_until_its_terms_change() {
        let mut service = service();
        let given = token(0);
        service.description = "Another text".parse().ok();
        service.version += 1;
        assert!(given.is_current(&service));
        service.price_minor += 1;
        assert!(!given.is_current(&service));
    }

    proptest! {
        #[test]
        fn a_changed_letter_makes_it_no_token(at in 0_usize..80, letter in "[A-Za-z0-9_-]") {
            let key = ServerKey::new(b"one");
            let given = token(1);
            let text = given.sign(&key);
            let at = at % text.len();
            let mut changed = text.clone();
            changed.replace_range(at..=at, &letter);
            let read = SlotToken::read(&key, org(1), &changed);
            prop_assert_eq!(read, (changed == text).then_some(given));
        }

        #[test]
        fn any_text_is_judged_without_panic(text in ".{0,200}") {
            let _ = SlotToken::read(&ServerKey::new(b"one"), org(1), &text);
            let _ = SlotToken::read(&ServerKey::new(b"one"), org(1), &format!("slot_{text}"));
        }
    }
}
