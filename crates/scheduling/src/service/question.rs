//! What a service asks whoever books it. Pure.

use std::collections::BTreeSet;

use kernel::{Invalid, Line};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::error::Refusal;

/// What kind of answer a question wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "graphql", derive(async_graphql::Enum))]
pub enum QuestionKind {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// A number, with at most six decimals.
    Number,
    /// Yes or no.
    Boolean,
    /// One of the options.
    Select,
    /// Some of the options.
    MultiSelect,
    /// An e-mail address.
    Email,
    /// A telephone number with its country.
    Phone,
    /// A date of the calendar.
    Date,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What its answer is kept under: 1 to 40 small letters, digits and `_`.
    pub key: String,
    /// What is asked.
    pub label: Line,
    /// What kind of answer it wants.
    pub kind: QuestionKind,
    /// Whether it must be answered.
    pub is_required: bool,
    /// Of SELECT and MULTI_SELECT, what there is to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Line>,
    /// The least: a number's value, a text's characters, how many options.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The most, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
}

/// The questions of a service, in the order in which they are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Questions(Vec<Question>);

impl Questions {
    /// The most questions of one service.
    pub const MAX: usize = 30;

    /// The most options of one question.
    pub const OPTIONS_MAX: usize = 50;

    /// The longest key, in characters.
    pub const KEY_LENGTH_MAX: usize = 40;

    /// The longest TEXT, in characters.
    pub const TEXT_MAX: usize = 200;

    /// The longest LONG_TEXT, in characters.
    pub const LONG_TEXT_MAX: usize = 4_000;

    /// Takes these questions.
    ///
    /// # Errors
    /// If there are too many, a key is odd or comes twice, options are missing or too many, or bounds make no sense.
    pub fn new(questions: Vec<Question>) -> Result<Self, Refusal> {
        let wrong = |wanted: &str, got: &str| Err(Refusal::invalid("questions", Invalid::new(wanted, got)));
        if questions.len() > Self::MAX {
            return wrong("at most 30 questions", &questions.len().to_string());
        }
        let mut keys = BTreeSet::new();
        for it in &questions {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            if it.key.is_empty() || it.key.len() > Self::KEY_LENGTH_MAX || !it.key.bytes().all(plain) {
                return wrong("a key of 1 to 40 small letters, digits and _", &it.key);
            }
            if !keys.insert(it.key.as_str()) {
                return wrong("each key once", &it.key);
            }
            it.check().map_err(|wrong| Refusal::invalid("questions", wrong))?;
        }
        Ok(Self(questions))
    }

    /// The questions.
    #[must_use]
    pub fn as_slice(&self) -> &[Question] {
        &self.0
    }
}

impl Question {
    fn has_options(&self) -> bool {
        matches!(self.kind, QuestionKind::Select | QuestionKind::MultiSelect)
    }

    /// Whether the question itself makes sense.
    fn check(&self) -> Result<(), Invalid> {
        let options = self.options.len();
        if self.has_options() != (options > 0) {
            return Err(Invalid::new(
                "options where one is to choose, and only there",
                &self.key,
            ));
        }
        if options > Questions::OPTIONS_MAX {
            return Err(Invalid::new("at most 50 options", &options.to_string()));
        }
        if self.options.iter().collect::<BTreeSet<_>>().len() < options {
            return Err(Invalid::new("each option once", &self.key));
        }
        if matches!((self.min, self.max), (Some(min), Some(max)) if min > max) {
            return Err(Invalid::new("a least that is not above the most", &self.key));
        }
        if self.min.is_none() && self.max.is_none() {
            return Ok(());
        }
        let longest = match self.kind {
            QuestionKind::Number => return Ok(()),
            QuestionKind::Text => Questions::TEXT_MAX,
            QuestionKind::LongText => Questions::LONG_TEXT_MAX,
            QuestionKind::MultiSelect => options,
            QuestionKind::Boolean
            | QuestionKind::Select
            | QuestionKind::Email
            | QuestionKind::Phone
            | QuestionKind::Date => {
                return Err(Invalid::new(
                    "no least and most for this kind of question",
                    &self.key,
                ));
            }
        };
        let counts = 0..=i64::try_from(longest).unwrap_or(i64::MAX);
        let bounds = [self.min, self.max];
        match bounds.into_iter().flatten().find(|it| !counts.contains(it)) {
            Some(odd) => Err(Invalid::new(&format!("0 to {longest}"), &odd.to_string())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::service) fn question(kind: QuestionKind) -> Question {
        let choice = matches!(kind, QuestionKind::Select | QuestionKind::MultiSelect);
        let options = if choice {
            vec!["Red", "Green", "Blue"]
        } else {
            Vec::new()
        };
        Question {
            key: "q".to_owned(),
            label: "What?".parse().unwrap(),
            kind,
            is_required: true,
            options: options.iter().map(|it| it.parse().unwrap()).collect(),
            min: None,
            max: None,
        }
    }

    #[test]
    fn questions_that_make_no_sense_are_refused() {
        let made = |change: fn(&mut Question)| {
            let mut it = question(QuestionKind::Select);
            change(&mut it);
            Questions::new(vec![it]).is_ok()
        };
        assert!(made(|_| ()));
        assert!(!made(|it| it.options.clear()));
        assert!(!made(|it| it.options.push("Red".parse().unwrap())));
        assert!(
            !made(|it| it.kind = QuestionKind::Text),
            "options without a choice"
        );
        assert!(!made(|it| it.min = Some(1)), "a least of one choice");
        assert!(!made(|it| it.key = "Q".to_owned()) && !made(|it| it.key = String::new()));
        assert!(made(|it| it.key = "k".repeat(40)) && !made(|it| it.key = "k".repeat(41)));
        let options = |count: usize| {
            let mut it = question(QuestionKind::Select);
            it.options = (0..count)
                .map(|at| format!("option {at}").parse().unwrap())
                .collect();
            Questions::new(vec![it]).is_ok()
        };
        assert!(options(50) && !options(51));
        let many = |count: usize| {
            let each = (0..count).map(|at| Question {
                key: format!("q{at}"),
                ..question(QuestionKind::Text)
            });
            Questions::new(each.collect()).is_ok()
        };
        assert!(many(30) && !many(31));
        let twice = vec![question(QuestionKind::Text), question(QuestionKind::Date)];
        assert!(Questions::new(twice).is_err());
    }

    #[test]
    fn what_is_stored_reads_back() {
        let asked = Questions::new(vec![question(QuestionKind::MultiSelect)]).unwrap();
        let text = serde_json::to_string(&asked).unwrap();
        assert_eq!(serde_json::from_str::<Questions>(&text).unwrap(), asked);
    }
}
