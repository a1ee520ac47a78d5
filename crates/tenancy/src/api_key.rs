//! API keys: how an integrator's program calls, bound to one organization and to what its scopes say.
//!
//! A key outlives the person who made it: it is the organization's. Whoever lets somebody go looks at the keys they made.

use chrono::{DateTime, TimeDelta, Utc};
use db::audit::Deed;
use db::paging::{Page, Slice};
use db::{Account, Asker, Fault, Reading, ServerKey, Store, Tenant, Token, Work};
use kernel::id::{ApiKeyId, OrganizationId};
use kernel::{EventType, Id as _, Invalid, Name, Right, Rights, SystemKind};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Refusal;
use crate::reach;
use crate::role::within_reach;
use crate::store;
use crate::store::credential::{self, Kind};

pub use store::api_key::{Entity as ApiKeys, Model as ApiKey};

/// How a key's secret begins.
pub const KIND: &str = "hor_live_";

/// Letters of the secret that stay readable, to tell keys apart: 20 of its 160 bits.
const SHOWN_LETTERS: usize = 4;

/// Keys that an organization can have in force at once.
pub const LIVING_MAX: u64 = 50;

/// The latest that a key may end, from now.
pub const EXPIRY_MAX: TimeDelta = TimeDelta::days(730);

/// The highest rate that a key may have, in requests a minute.
pub const RATE_MAX: u32 = 100_000;

/// How often the use of a key is noted.
pub const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What a key may do, stored as the words of its rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Scopes(pub Rights);

impl From<Scopes> for Vec<String> {
    fn from(it: Scopes) -> Self {
        it.0.iter().map(|right| right.word().to_owned()).collect()
    }
}

impl TryFrom<Vec<String>> for Scopes {
    type Error = kernel::right::UnknownRight;
    fn try_from(words: Vec<String>) -> Result<Self, Self::Error> {
        let rights: Result<Rights, _> = words.iter().map(|word| word.parse::<Right>()).collect();
        rights.map(Self)
    }
}

/// What a key is made from.
#[derive(Debug, Clone)]
pub struct KeyWanted {
    /// What it is for.
    pub name: Name,
    /// What it may do: nothing unless it is said.
    pub scopes: Rights,
    /// Requests a minute; the house's default if none, and nothing passes at 0.
    pub rate_per_minute: Option<u32>,
    /// When it ends, if ever.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A change of a key: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct KeyEdit {
    /// What it is for.
    pub name: Option<Name>,
    /// What it may do.
    pub scopes: Option<Rights>,
    /// Requests a minute.
    pub rate_per_minute: Option<Option<u32>>,
    /// When it ends.
    pub expires_at: Option<Option<DateTime<Utc>>>,
}

/// A key was made, changed or revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChanged {
    /// Which.
    pub api_key: ApiKeyId,
}

/// Makes a key. Its secret is said by [`api_key_secret`], to its maker, once.
///
/// # Errors
/// If the right is missing, the scopes are beyond one's own rights, rate or expiry are out of range, or there are too many.
pub async fn create_api_key(work: &Work<Tenant>, it: KeyWanted) -> Result<KeyChanged, Refusal> {
    let own = reach::hold(work, Right::ApiKeysWrite).await?.rights;
    within_reach(own, it.scopes)?;
    let rate_per_minute = rate(it.rate_per_minute)?;
    let expires_at = expiry(it.expires_at, work.now())?;
    room_for_one_more(work).await?;
    let id: ApiKeyId = work.mint();
    let secret = api_key_secret(work.key(), id);
    let key = ApiKey {
        organization_id: work.organization(),
        id,
        name: it.name,
        prefix: secret.reveal().chars().take(KIND.len() + SHOWN_LETTERS).collect(),
        digest: secret.digest(),
        scopes: Scopes(it.scopes),
        rate_per_minute,
        expires_at,
        last_used_at: None,
        revoked_at: None,
        created_by: work.actor().user(),
        version: 1,
        created_at: work.now(),
        updated_at: work.now(),
    };
    store::insert(work, key).await?;
    credential::insert(work, Kind::ApiKey, secret.digest(), id.uuid()).await?;
    let facts =
        json!({ "scopes": Scopes(it.scopes), "ratePerMinute": it.rate_per_minute, "expiresAt": expires_at });
    audit(work, EventType::ApiKeyCreated, (id, 1), facts).await?;
    Ok(KeyChanged { api_key: id })
}

/// The organization is held, so nobody else is making one.
async fn room_for_one_more(work: &Work<Tenant>) -> Result<(), Refusal> {
    if store::api_key::living_count(work).await? >= LIVING_MAX {
        return Err(Refusal::LimitReached {
            what: "API keys in force",
            max: LIVING_MAX,
        });
    }
    Ok(())
}

fn rate(wanted: Option<u32>) -> Result<Option<i64>, Refusal> {
    match wanted {
        Some(rate) if rate > RATE_MAX => {
            let wrong = Invalid::new("0 to 100000 requests a minute", &rate.to_string());
            Err(Refusal::invalid("ratePerMinute", wrong))
        }
        Some(_) | None => Ok(wanted.map(i64::from)),
    }
}

fn expiry(wanted: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Refusal> {
    match wanted {
        Some(at) if at <= now || at > now + EXPIRY_MAX => {
            let wrong = Invalid::new("an instant to come, within 730 days", &at.to_rfc3339());
            Err(Refusal::invalid("expiresAt", wrong))
        }
        // Both databases keep microseconds.
        Some(at) => Ok(Some(chrono::SubsecRound::trunc_subsecs(at, 6))),
        None => Ok(None),
    }
}

/// Changes a key.
///
/// # Errors
/// If the right is missing, the scopes it has or is to have are beyond one's own rights, it was revoked, it has another
/// version than expected, or a later end would make one too many that are in force.
pub async fn update_api_key(
    work: &Work<Tenant>,
    id: ApiKeyId,
    edit: KeyEdit,
    expected_version: Option<i64>,
) -> Result<KeyChanged, Refusal> {
    let own = reach::hold(work, Right::ApiKeysWrite).await?.rights;
    let mut key = store::api_key::hold(work, id).await?;
    if key.revoked_at.is_some() {
        return Err(Refusal::NotFound("API key that is not revoked"));
    }
    within_reach(own, key.scopes.0)?;
    crate::expect_version(expected_version, key.version)?;
    let was_in_force = key.is_in_force(work.now());
    let changed = edit.apply(work, own, &mut key)?;
    if !was_in_force && key.is_in_force(work.now()) {
        room_for_one_more(work).await?;
    }
    if !changed.is_empty() {
        key.version += 1;
        key.updated_at = work.now();
        let facts = json!({ "changed": changed, "scopes": key.scopes });
        let version = key.version;
        store::save(work, key).await?;
        audit(work, EventType::ApiKeyUpdated, (id, version), facts).await?;
    }
    Ok(KeyChanged { api_key: id })
}

impl KeyEdit {
    /// Applies itself and names what has changed.
    fn apply(self, work: &Work<Tenant>, own: Rights, key: &mut ApiKey) -> Result<Vec<&'static str>, Refusal> {
        if let Some(scopes) = self.scopes {
            within_reach(own, scopes)?;
        }
        let rate_per_minute = self.rate_per_minute.map(rate).transpose()?;
        let expires_at = self.expires_at.map(|at| expiry(at, work.now())).transpose()?;
        Ok(crate::named(&[
            ("name", crate::set(&mut key.name, self.name)),
            ("scopes", crate::set(&mut key.scopes, self.scopes.map(Scopes))),
            (
                "ratePerMinute",
                crate::set(&mut key.rate_per_minute, rate_per_minute),
            ),
            ("expiresAt", crate::set(&mut key.expires_at, expires_at)),
        ]))
    }
}

/// Revokes a key for good. Whoever may write keys may revoke any, also one that can do more than they can: a leaked key
/// should not wait for an owner.
///
/// # Errors
/// If the right is missing, or there is no such key. Revoking one that is revoked changes nothing.
pub async fn revoke_api_key(work: &Work<Tenant>, id: ApiKeyId) -> Result<KeyChanged, Refusal> {
    reach::hold(work, Right::ApiKeysWrite).await?;
    let mut key = store::api_key::hold(work, id).await?;
    if key.revoked_at.is_none() {
        key.revoked_at = Some(work.now());
        key.version += 1;
        key.updated_at = work.now();
        let version = key.version;
        store::save(work, key).await?;
        credential::delete(work, [id.uuid()]).await?;
        audit(work, EventType::ApiKeyRevoked, (id, version), json!({})).await?;
    }
    Ok(KeyChanged { api_key: id })
}

async fn audit(
    work: &Work<Tenant>,
    what: EventType,
    (id, version): (ApiKeyId, i64),
    diff: serde_json::Value,
) -> Result<(), Fault> {
    work.audit(Deed {
        what,
        thing: id.to_string(),
        version,
        diff,
    })
    .await
}

/// The secret of a key, for whoever has just made it.
#[must_use]
pub fn api_key_secret(key: &ServerKey, id: ApiKeyId) -> Token {
    key.token(KIND, id.uuid())
}

/// Finds a key's organization; whether it is in force says [`key_in_force`], inside that organization.
///
/// # Errors
/// If the database refuses.
pub async fn recognise_key(
    reading: &Reading<Account>,
    secret: &Token,
) -> Result<Option<(OrganizationId, ApiKeyId)>, Fault> {
    let found = credential::find(reading, Kind::ApiKey, secret.digest()).await?;
    Ok(found.map(|(organization, id)| (organization, ApiKeyId::from_uuid(id))))
}

/// What a key may do, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce {
    /// What.
    pub rights: Rights,
    /// Requests a minute; the house's default if none.
    pub rate_per_minute: Option<u32>,
}

/// What a key may do at this moment; nothing at all if it was revoked or has expired.
///
/// # Errors
/// If the database refuses.
pub async fn key_in_force(reading: &Reading<Tenant>, id: ApiKeyId) -> Result<Option<InForce>, Fault> {
    let found = store::api_key::find(reading, &[id]).await?.pop();
    Ok(found
        .filter(|it| it.is_in_force(reading.now()))
        .map(|it| InForce {
            rights: it.scopes.0,
            rate_per_minute: it.rate_per_minute.map(|rate| u32::try_from(rate).unwrap_or(0)),
        }))
}

impl ApiKey {
    /// Whether it opens anything.
    #[must_use]
    pub fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
}

/// Notes that a key was used, at most once in [`NOTED_EVERY`]. It reads first, so that a busy key seldom writes.
///
/// # Errors
/// If the database refuses.
pub async fn note_key_used(store: &Store, organization: OrganizationId, id: ApiKeyId) -> Result<(), Fault> {
    let (scope, door) = (Tenant(organization), Asker::system(SystemKind::Door));
    let reading = store.read(scope, &door).await?;
    let known = store::api_key::find(&reading, &[id]).await?.pop();
    let is_due = known.is_some_and(|it| it.last_used_at.is_none_or(|at| reading.now() - at >= NOTED_EVERY));
    drop(reading);
    if is_due {
        let work = store.write(scope, &door).await?;
        store::api_key::note_used(&work, id, NOTED_EVERY).await?;
        work.commit().await?;
    }
    Ok(())
}

/// A page of the organization's keys, earliest first.
///
/// # Errors
/// If the right is missing.
pub async fn api_keys(reading: &Reading<Tenant>, page: &Page) -> Result<Slice<ApiKey>, Refusal> {
    reading.need(Right::ApiKeysRead)?;
    Ok(store::api_key::page(reading, page).await?)
}

/// How many keys there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_api_keys(reading: &Reading<Tenant>) -> Result<u64, Refusal> {
    reading.need(Right::ApiKeysRead)?;
    Ok(store::api_key::count(reading).await?)
}

/// Keys by their ids.
///
/// # Errors
/// If the right is missing.
pub async fn find_api_keys(reading: &Reading<Tenant>, ids: &[ApiKeyId]) -> Result<Vec<ApiKey>, Refusal> {
    reading.need(Right::ApiKeysRead)?;
    Ok(store::api_key::find(reading, ids).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_key_ends_after_now_and_within_two_years() {
        let last = noon() + EXPIRY_MAX;
        let microsecond = TimeDelta::microseconds(1);
        for at in [noon() + microsecond, last] {
            assert!(expiry(Some(at), noon()).is_ok_and(|it| it == Some(at)), "{at}");
        }
        for at in [noon(), last + microsecond] {
            assert!(
                matches!(
                    expiry(Some(at), noon()),
                    Err(Refusal::Invalid {
                        field: "expiresAt",
                        ..
                    })
                ),
                "{at}"
            );
        }
        assert!(expiry(None, noon()).is_ok_and(|it| it.is_none()));
    }

    #[test]
    fn a_rate_is_nothing_to_a_hundred_thousand() {
        for passing in [0, RATE_MAX] {
            assert!(rate(Some(passing)).is_ok_and(|it| it == Some(i64::from(passing))));
        }
        assert!(matches!(
            rate(Some(RATE_MAX + 1)),
            Err(Refusal::Invalid {
                field: "ratePerMinute",
                ..
            })
        ));
    }

    #[test]
    fn scopes_are_stored_as_words_and_an_unknown_word_is_no_scope() {
        let scopes = Scopes(Rights::of(&[Right::MembersRead, Right::AuditRead]));
        let stored = serde_json::to_string(&scopes).unwrap();
        assert_eq!(stored, r#"["members:read","audit:read"]"#);
        assert_eq!(serde_json::from_str::<Scopes>(&stored).unwrap(), scopes);
        assert!(serde_json::from_str::<Scopes>(r#"["everything"]"#).is_err());
        let everything = serde_json::to_value(Scopes(Rights::EVERY)).unwrap();
        assert_eq!(everything.as_array().map(Vec::len), Some(Right::ALL.len()));
    }
}
