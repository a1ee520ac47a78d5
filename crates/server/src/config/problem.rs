//! What is wrong with a configuration, said so that the next try is right.

use std::fmt;

use super::Key;
use super::given::{Given, Place, nearest};

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The value cannot be used.
    #[error("{name} = {value}: expected {right}")]
    Wrong {
        /// The setting, as it is called where it stands.
        name: String,
        /// What it says, or that it is not shown.
        value: String,
        /// What would be right.
        right: String,
    },
    /// No setting has this name.
    #[error("{name}: no setting has this name{hint}")]
    Unknown {
        /// The name as it was written, and where.
        name: String,
        /// The name that was probably meant.
        hint: String,
    },
    /// A setting that others make necessary.
    #[error("{name} is missing: {why}")]
    Missing {
        /// The setting.
        name: &'static str,
        /// Why it is needed and what would be right.
        why: String,
    },
    /// The file cannot be read as TOML.
    #[error("the configuration file, line {line}: {message}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// What the parser says; never the line itself.
        message: String,
    },
}

impl Problem {
    pub(super) fn wrong(key: &Key, given: &Given, right: String) -> Self {
        let name = match (given.place, key.file) {
            (Place::File, Some(name)) => format!("{name} (in the file)"),
            (Place::File, None) | (Place::Environment, _) => key.env.to_owned(),
        };
        let value = if key.secret {
            "(not shown)".to_owned()
        } else {
            format!("{:?}", given.text)
        };
        Self::Wrong { name, value, right }
    }

    pub(super) fn unknown(name: &str, place: Place) -> Self {
        let hint = match nearest(name, place) {
            Some(nearest) => format!("; did you mean {nearest}?"),
            None => "; `horarium config` lists them all".to_owned(),
        };
        let place = match place {
            Place::File => " (in the file)",
            Place::Environment => "",
        };
        Self::Unknown {
            name: format!("{name}{place}"),
            hint,
        }
    }
}

/// Everything that is wrong with a configuration, at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}
