//! The integrator's own words on a row.

use std::collections::BTreeMap;

use kernel::Invalid;
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::error::Refusal;

/// Words that an integrator keeps on a row; nothing of ours reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// The most keys.
    pub const KEYS_MAX: usize = 50;

    /// The longest key, in characters.
    pub const KEY_LENGTH_MAX: usize = 40;

    /// The longest value, in characters.
    pub const VALUE_LENGTH_MAX: usize = 500;

    /// Takes these words.
    ///
    /// # Errors
    /// If there are too many, or one is too long.
    pub fn new(words: BTreeMap<String, String>) -> Result<Self, Refusal> {
        let refused = |wanted: &str, got: &str| Err(Refusal::invalid("metadata", Invalid::new(wanted, got)));
        if words.len() > Self::KEYS_MAX {
            return refused("at most 50 keys", &words.len().to_string());
        }
        for (key, value) in &words {
            if key.is_empty()
                || key.chars().count() > Self::KEY_LENGTH_MAX
                || key.chars().any(char::is_control)
            {
                return refused("keys of 1 to 40 characters without control characters", key);
            }
            let length = value.chars().count();
            if length > Self::VALUE_LENGTH_MAX {
                return refused(
                    "values of at most 500 characters",
                    &format!("{length} under {key}"),
                );
            }
        }
        Ok(Self(words))
    }

    /// The words, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(count: usize, key: usize, value: usize) -> BTreeMap<String, String> {
        (0..count)
            .map(|at| (format!("{at:0>key$}"), "é".repeat(value)))
            .collect()
    }

    #[test]
    fn the_most_passes_and_one_more_does_not() {
        assert!(Metadata::new(words(50, 40, 500)).is_ok());
        for (count, key, value) in [(51, 40, 500), (1, 41, 500), (1, 40, 501)] {
            let refused = Metadata::new(words(count, key, value));
            assert!(refused.is_err(), "{count} keys of {key} with {value}");
        }
        assert!(Metadata::new(words(1, 0, 1)).is_ok(), "a key of one character");
        assert!(Metadata::new([(String::new(), String::new())].into()).is_err());
    }
}
