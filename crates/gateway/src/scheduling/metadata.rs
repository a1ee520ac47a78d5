//! The integrator's own words on a row.

use std::collections::BTreeMap;

use async_graphql::{InputObject, SimpleObject};
use scheduling::{Metadata, Refusal};

/// One of the integrator's own words.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct MetadataEntry {
    /// Under which key.
    key: String,
    /// What it says.
    value: String,
}

/// One of the integrator's own words.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct MetadataEntryInput {
    /// Under which key, 1 to 40 characters.
    key: String,
    /// What it says, 500 characters at most.
    value: String,
}

/// The words of a row.
pub(super) fn entries(metadata: &Metadata) -> Vec<MetadataEntry> {
    let entry = |(key, value): (&str, &str)| MetadataEntry {
        key: key.to_owned(),
        value: value.to_owned(),
    };
    metadata.iter().map(entry).collect()
}

/// Words for a row, if there are any; of two under one key the last counts.
pub(super) fn metadata(words: Option<Vec<MetadataEntryInput>>) -> Result<Option<Metadata>, Refusal> {
    let map = |words: Vec<MetadataEntryInput>| -> BTreeMap<String, String> {
        words.into_iter().map(|it| (it.key, it.value)).collect()
    };
    words.map(map).map(Metadata::new).transpose()
}
