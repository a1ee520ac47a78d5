//! The words by which providers are found.

use async_graphql::{InputObject, SimpleObject};
use kernel::Invalid;
use kernel::id::ProviderId;
use scheduling::provider::{TagFilter, TagKind};

/// Loads the words of a provider that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TagsOf(pub(crate) ProviderId);

/// A word by which a provider is found.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ProviderTag {
    /// What sort of word.
    kind: TagKind,
    /// The word, as it was written.
    word: String,
}

impl From<scheduling::provider::ProviderTag> for ProviderTag {
    fn from(it: scheduling::provider::ProviderTag) -> Self {
        Self {
            kind: it.kind,
            word: it.label.to_string(),
        }
    }
}

/// A word by which a provider is found, whatever its case and accents.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ProviderTagInput {
    /// What sort of word.
    kind: TagKind,
    /// The word, 1 to 200 characters.
    word: String,
}

/// Words, as the domain wants them.
pub(super) fn tags(given: Vec<ProviderTagInput>) -> Result<Vec<TagFilter>, Invalid> {
    let tag = |it: ProviderTagInput| {
        Ok(TagFilter {
            kind: it.kind,
            word: it.word.parse()?,
        })
    };
    given.into_iter().map(tag).collect()
}
