//! What an operator has given: the text of every setting, and where it stands.

use std::collections::BTreeMap;
use std::fmt;

use super::problem::Problem;
use super::{Key, keys};

/// Names with this beginning are ours: an unknown one is a mistake.
const OURS: &str = "HORARIUM_";
/// Except that the test suite keeps its own settings beside the program's.
const OF_THE_TESTS: &str = "HORARIUM_TEST_";

/// Where a setting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Environment,
    File,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "environment",
            Self::File => "file",
        })
    }
}

/// The text of one setting. Not `Debug`: it may be a secret.
pub(super) struct Given {
    pub(super) text: String,
    pub(super) place: Place,
}

/// Every setting that was given, by the name of its environment variable. The environment wins over the file.
pub(super) type Settings = BTreeMap<&'static str, Given>;

/// Reads both places. A variable that is empty counts as not set.
pub(super) fn collect(env: &BTreeMap<String, String>, file: Option<&str>) -> (Settings, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut settings = Settings::new();
    for (name, value) in file.map(|text| table(text, &mut problems)).unwrap_or_default() {
        match keys().find(|key| key.file == Some(name.as_str())) {
            Some(key) => {
                _ = settings.insert(
                    key.env,
                    Given {
                        text: text(value),
                        place: Place::File,
                    },
                )
            }
            None => problems.push(Problem::unknown(&name, Place::File)),
        }
    }
    for (name, value) in env {
        match keys().find(|key| key.env == name) {
            Some(key) if !value.trim().is_empty() => {
                let text = value.trim().to_owned();
                settings.insert(
                    key.env,
                    Given {
                        text,
                        place: Place::Environment,
                    },
                );
            }
            Some(_) => {}
            None if name.starts_with(OURS) && !name.starts_with(OF_THE_TESTS) => {
                problems.push(Problem::unknown(name, Place::Environment));
            }
            None => {}
        }
    }
    settings.retain(|_, given| !given.text.is_empty());
    (settings, problems)
}

/// The file's top level. A message about its syntax must not quote the line: it may hold a secret.
fn table(text: &str, problems: &mut Vec<Problem>) -> toml::Table {
    text.parse().unwrap_or_else(|why: toml::de::Error| {
        let at = why.span().map_or(0, |span| span.start);
        let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        problems.push(Problem::Syntax {
            line,
            message: why.message().to_owned(),
        });
        toml::Table::new()
    })
}

/// A value of the file as the same text that the environment would hold.
fn text(value: toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.trim().to_owned(),
        toml::Value::Array(parts) if parts.iter().all(|part| !part.is_table() && !part.is_array()) => {
            parts.into_iter().map(text).collect::<Vec<_>>().join(",")
        }
        toml::Value::Array(_) | toml::Value::Table(_) => {
            serde_json::to_string(&value).unwrap_or_else(|_| value.type_str().to_owned())
        }
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(is_on) => is_on.to_string(),
        toml::Value::Datetime(moment) => moment.to_string(),
    }
}

/// The name that was probably meant.
pub(super) fn nearest(name: &str, place: Place) -> Option<&'static str> {
    let bare = |name: &str| name.to_lowercase().trim_start_matches("horarium_").to_owned();
    let told = |key: &'static Key| match place {
        Place::Environment => Some(key.env),
        Place::File => key.file,
    };
    keys()
        .filter_map(|key| {
            Some((
                strsim::damerau_levenshtein(&bare(name), &bare(key.env)),
                told(key)?,
            ))
        })
        .filter(|(distance, _)| *distance <= 1 + bare(name).len() / 3)
        .min()
        .map(|(_, name)| name)
}
