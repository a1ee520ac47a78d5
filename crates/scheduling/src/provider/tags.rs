//! The words by which providers are found: subjects, specializations, languages.

use db::{Reading, Tenant, Work};
use kernel::id::ProviderId;
use kernel::{EventType, Line};
use serde_json::json;

use super::{ProviderChanged, hold_for_change};
use crate::error::Refusal;
use crate::folded::folded;
use crate::patch::{expect_version, write_down};
use crate::store;
use crate::word::words;

pub use store::provider_tag::Model as ProviderTag;

/// The most tags of one provider.
pub const TAGS_MAX: usize = 50;

words! {
    /// What sort of word a tag is.
    pub enum TagKind {
        /// What they teach or do.
        Subject = "SUBJECT",
        /// What they know best.
        Specialization = "SPECIALIZATION",
        /// Which language they speak.
        Language = "LANGUAGE",
    }
}

/// One word of one kind, whatever its case and accents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagFilter {
    /// What sort of word.
    pub kind: TagKind,
    /// The word.
    pub word: Line,
}

/// Puts other tags in the place of a provider's. Two that differ in case or accents only are one.
///
/// # Errors
/// If the right is missing, the provider is not there, has another version than expected, or there are too many.
pub async fn set_provider_tags(
    work: &Work<Tenant>,
    id: ProviderId,
    tags: Vec<TagFilter>,
    expected_version: Option<i64>,
) -> Result<ProviderChanged, Refusal> {
    let mut provider = hold_for_change(work, id, false).await?;
    expect_version(expected_version, provider.version)?;
    if tags.len() > TAGS_MAX {
        return Err(Refusal::LimitReached {
            what: "tags of one provider",
            max: TAGS_MAX as u64,
        });
    }
    let changed = ProviderChanged {
        provider: id,
        resource: provider.resource_id,
    };
    let mut rows: Vec<ProviderTag> = tags.into_iter().map(|it| row(work, id, it)).collect();
    rows.sort_by(|a, b| (a.kind, &a.tag).cmp(&(b.kind, &b.tag)));
    rows.dedup_by(|a, b| (a.kind, &a.tag) == (b.kind, &b.tag));
    provider.index(&rows);
    let count = rows.len();
    store::provider_tag::replace(work, id, rows).await?;
    let version = provider.touch(work.now());
    store::provider::save(work, provider).await?;
    write_down(
        work,
        EventType::ProviderTagged,
        (id, version),
        json!({ "tags": count }),
    )
    .await?;
    Ok(changed)
}

fn row(work: &Work<Tenant>, provider: ProviderId, it: TagFilter) -> ProviderTag {
    ProviderTag {
        organization_id: work.organization(),
        id: work.mint(),
        provider_id: provider,
        kind: it.kind,
        tag: folded(it.word.as_str()),
        label: it.word,
    }
}

/// The tags of some providers, by provider, kind and word. The caller found the providers, so they may be seen.
///
/// # Errors
/// If the database refuses.
pub async fn tags_of_providers(
    reading: &Reading<Tenant>,
    providers: &[ProviderId],
) -> Result<Vec<ProviderTag>, Refusal> {
    Ok(store::provider_tag::of(reading, providers).await?)
}
