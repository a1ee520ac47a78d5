//! Whether an answer can be meant, and its one form. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::{Email, Invalid, Line, Phone};
use serde::{Deserialize, Serialize};

use super::question::{Question, QuestionKind, Questions};
use crate::error::Refusal;

/// One answer as it came: text, or the chosen options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// Of every kind but MULTI_SELECT.
    One(String),
    /// Of MULTI_SELECT.
    Some(Vec<String>),
}

/// Answers by their questions' keys, each in its one form.
pub type Answers = BTreeMap<String, Answer>;

impl Questions {
    /// Reads answers: each in its one form, empty ones left out.
    ///
    /// # Errors
    /// If a required answer is missing, one cannot be meant, or one answers nothing that was asked.
    pub fn read(&self, mut answers: Answers) -> Result<Answers, Refusal> {
        let mut read = Answers::new();
        for question in self.as_slice() {
            let refused = |wrong| Refusal::Answer {
                key: question.key.clone(),
                wrong,
            };
            let answer = match answers.remove(&question.key) {
                Some(answer) => question.read(answer).map_err(refused)?,
                None => None,
            };
            match answer {
                Some(answer) => drop(read.insert(question.key.clone(), answer)),
                None if question.is_required => return Err(refused(Invalid::new("an answer", ""))),
                None => {}
            }
        }
        match answers.into_keys().next() {
            Some(unasked) => Err(Refusal::Answer {
                wrong: Invalid::new("the key of a question that is asked", &unasked),
                key: unasked.chars().take(Self::KEY_LENGTH_MAX).collect(),
            }),
            None => Ok(read),
        }
    }
}

impl Question {
    /// Reads an answer; an empty one is none.
    fn read(&self, answer: Answer) -> Result<Option<Answer>, Invalid> {
        let text = match (self.kind, answer) {
            (QuestionKind::MultiSelect, Answer::Some(chosen)) => return self.choose(&chosen),
            (QuestionKind::MultiSelect, Answer::One(_)) => {
                return Err(Invalid::new("a list of options", "one text"));
            }
            (_, Answer::Some(_)) => return Err(Invalid::new("one answer", "a list")),
            (_, Answer::One(text)) => text.trim().to_owned(),
        };
        if text.is_empty() {
            return Ok(None);
        }
        let read = match self.kind {
            QuestionKind::Text => self.sized(parsed::<Line>(&text)?)?,
            QuestionKind::LongText => self.sized(parsed::<kernel::Prose>(&text)?)?,
            QuestionKind::Number => self.number(&text)?,
            QuestionKind::Boolean => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" => "true".to_owned(),
                "false" | "no" => "false".to_owned(),
                _ => return Err(Invalid::new("true or false", &text)),
            },
            QuestionKind::Select | QuestionKind::MultiSelect => self.option(&text)?,
            QuestionKind::Email => parsed::<Email>(&text)?,
            QuestionKind::Phone => parsed::<Phone>(&text)?,
            QuestionKind::Date => text
                .parse::<NaiveDate>()
                .map_err(|_| Invalid::new("a date such as 2026-03-02", &text))?
                .to_string(),
        };
        Ok(Some(Answer::One(read)))
    }

    /// Reads one value that an answer may be, or have among the chosen options.
    pub(crate) fn read_value(&self, text: &str) -> Result<String, Invalid> {
        if self.kind == QuestionKind::MultiSelect {
            return self.option(text.trim());
        }
        match self.read(Answer::One(text.to_owned()))? {
            Some(Answer::One(read)) => Ok(read),
            Some(Answer::Some(_)) | None => Err(Invalid::new("a value to compare with", text)),
        }
    }

    fn option(&self, text: &str) -> Result<String, Invalid> {
        if self.options.iter().any(|it| it.as_str() == text) {
            return Ok(text.to_owned());
        }
        let options: Vec<&str> = self.options.iter().map(Line::as_str).collect();
        Err(Invalid::new(&format!("one of {}", options.join(", ")), text))
    }

    /// The chosen options, each once, in the order in which they are offered.
    fn choose(&self, chosen: &[String]) -> Result<Option<Answer>, Invalid> {
        let chosen: BTreeSet<String> = chosen
            .iter()
            .map(|it| self.option(it.trim()))
            .collect::<Result<_, _>>()?;
        if chosen.is_empty() {
            return Ok(None);
        }
        self.within(chosen.len() as i64, "options")?;
        let offered = self.options.iter().map(Line::as_str);
        let in_order = offered.filter(|it| chosen.contains(*it)).map(str::to_owned);
        Ok(Some(Answer::Some(in_order.collect())))
    }

    fn sized(&self, text: String) -> Result<String, Invalid> {
        self.within(text.chars().count() as i64, "characters")?;
        Ok(text)
    }

    fn within(&self, count: i64, unit: &str) -> Result<(), Invalid> {
        let (min, max) = (self.min.unwrap_or(0), self.max.unwrap_or(i64::MAX));
        if (min..=max).contains(&count) {
            return Ok(());
        }
        let wanted = match (self.min, self.max) {
            (Some(min), Some(max)) => format!("{min} to {max} {unit}"),
            (Some(min), None) => format!("at least {min} {unit}"),
            (None, _) => format!("at most {max} {unit}"),
        };
        Err(Invalid::new(&wanted, &count.to_string()))
    }

    /// A decimal number in its shortest form.
    fn number(&self, text: &str) -> Result<String, Invalid> {
        let wrong = || Invalid::new("a number of at most 12 digits and 6 decimals", text);
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(decimals) || whole.len() > 12 || decimals.len() > 6 {
            return Err(wrong());
        }
        let micros: i64 = format!("{sign}{whole}{decimals:0<6}")
            .parse()
            .map_err(|_| wrong())?;
        let bound = |it: Option<i64>| it.map(|it| it.saturating_mul(1_000_000));
        if bound(self.min).is_some_and(|min| micros < min) || bound(self.max).is_some_and(|max| micros > max)
        {
            let end = |it: Option<i64>| it.map_or_else(|| "any".to_owned(), |it| it.to_string());
            return Err(Invalid::new(
                &format!("a number from {} to {}", end(self.min), end(self.max)),
                text,
            ));
        }
        let (whole, decimals) = (
            micros.unsigned_abs() / 1_000_000,
            micros.unsigned_abs() % 1_000_000,
        );
        let sign = if micros < 0 { "-" } else { "" };
        let shortest = format!("{sign}{whole}.{decimals:06}");
        Ok(shortest.trim_end_matches('0').trim_end_matches('.').to_owned())
    }
}

fn parsed<T: std::str::FromStr<Err = Invalid> + std::fmt::Display>(text: &str) -> Result<String, Invalid> {
    text.parse::<T>().map(|it| it.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::question::tests::question;
    use super::*;

    fn reads(question: &Question, answer: Answer) -> Result<Answers, String> {
        let asked = Questions::new(vec![question.clone()]).map_err(|it| it.to_string())?;
        asked
            .read([("q".to_owned(), answer)].into())
            .map_err(|it| it.to_string())
    }

    fn reads_as(kind: QuestionKind, text: &str) -> Option<String> {
        match reads(&question(kind), Answer::One(text.to_owned()))
            .ok()?
            .remove("q")
        {
            Some(Answer::One(read)) => Some(read),
            Some(Answer::Some(_)) | None => None,
        }
    }

    #[test]
    fn an_answer_is_kept_in_its_one_form() {
        let read = [
            (QuestionKind::Text, " hello ", Some("hello")),
            (QuestionKind::Text, "two\nlines", None),
            (QuestionKind::LongText, "two\r\nlines", Some("two\nlines")),
            (QuestionKind::Number, "-007.50", Some("-7.5")),
            (QuestionKind::Number, "-0.0", Some("0")),
            (QuestionKind::Number, "1e3", None),
            (QuestionKind::Number, "+1", None),
            (QuestionKind::Number, "--1", None),
            (
                QuestionKind::Number,
                "999999999999.999999",
                Some("999999999999.999999"),
            ),
            (QuestionKind::Number, "1000000000000", None),
            (QuestionKind::Number, "0.1234567", None),
            (QuestionKind::Boolean, "Yes", Some("true")),
            (QuestionKind::Boolean, "maybe", None),
            (QuestionKind::Select, "Green", Some("Green")),
            (QuestionKind::Select, "green", None),
            (QuestionKind::Email, "Ana@Example.com", Some("ana@example.com")),
            (QuestionKind::Email, "ana", None),
            (QuestionKind::Phone, "+5511987654321", Some("+5511987654321")),
            (QuestionKind::Phone, "12", None),
            (QuestionKind::Date, "2026-02-28", Some("2026-02-28")),
            (QuestionKind::Date, "2026-02-30", None),
        ];
        for (kind, text, wanted) in read {
            assert_eq!(reads_as(kind, text).as_deref(), wanted, "{kind:?} {text}");
        }
    }

    #[test]
    fn several_are_chosen_once_each_in_the_order_offered() {
        let several = |of: &[&str]| Answer::Some(of.iter().map(|it| (*it).to_owned()).collect());
        let mut asked = question(QuestionKind::MultiSelect);
        assert_eq!(
            reads(&asked, several(&["Blue", "Red", "Blue"])),
            Ok([("q".to_owned(), several(&["Red", "Blue"]))].into())
        );
        asked.max = Some(1);
        assert!(reads(&asked, several(&["Red", "Blue"])).is_err_and(|it| it.contains("at most 1 options")));
        assert!(reads(&asked, several(&["Pink"])).is_err_and(|it| it.contains("one of Red, Green, Blue")));
        assert!(reads(&asked, Answer::One("Red".to_owned())).is_err());
        assert!(reads(&question(QuestionKind::Text), several(&["Red"])).is_err());
    }

    #[test]
    fn an_answer_that_is_missing_empty_or_unasked_is_named() {
        let required = Questions::new(vec![question(QuestionKind::Text)]).unwrap();
        for answers in [
            Answers::new(),
            [("q".to_owned(), Answer::One("  ".to_owned()))].into(),
        ] {
            let refused = required.read(answers).unwrap_err();
            assert!(matches!(refused, Refusal::Answer { key, .. } if key == "q"));
        }
        let unasked = [("colour".to_owned(), Answer::One("red".to_owned()))];
        let refused = Questions::default().read(unasked.into()).unwrap_err();
        assert!(matches!(refused, Refusal::Answer { key, .. } if key == "colour"));
        let mut optional = question(QuestionKind::Text);
        optional.is_required = false;
        assert_eq!(reads(&optional, Answer::One(String::new())), Ok(Answers::new()));
    }

    #[test]
    fn bounds_hold_to_the_last_character() {
        let mut text = question(QuestionKind::Text);
        (text.min, text.max) = (Some(2), Some(3));
        let fits = |text: &Question, answer: &str| reads(text, Answer::One(answer.to_owned())).is_ok();
        assert_eq!(
            ["é", "éé", "ééé", "éééé"].map(|it| fits(&text, it)),
            [false, true, true, false]
        );
        let mut number = question(QuestionKind::Number);
        (number.min, number.max) = (Some(-1), Some(1));
        assert_eq!(
            ["-1.000001", "-1", "1", "1.000001"].map(|it| fits(&number, it)),
            [false, true, true, false]
        );
    }
}
