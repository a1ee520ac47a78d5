//! Where answers lead. Pure.
//!
//! Rules are asked in their order, and the first that matches leads; nobody is left without a place to go. Whatever was not
//! answered matches nothing, not even that it is something else. Text is compared without case and accents.

use kernel::id::{ResourceId, ServiceId, TeamId};
use kernel::{Invalid, Prose, WebAddress};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::folded::folded;
use crate::service::{Answer, Answers, Question, QuestionKind, Questions};
use crate::word::words;

words! {
    /// How an answer is compared.
    #[cfg_attr(feature = "graphql", graphql(name = "RoutingOperator"))]
    pub enum Operator {
        /// It is this; of several options, this one alone.
        Equals = "EQUALS",
        /// It is something else.
        NotEquals = "NOT_EQUALS",
        /// A text has this in it; of several options, this is one.
        Contains = "CONTAINS",
        /// It is one of these; of several options, one of them is.
        In = "IN",
    }
}

words! {
    /// How the conditions of a rule go together.
    #[cfg_attr(feature = "graphql", graphql(name = "RoutingMatch"))]
    pub enum Joined {
        /// All of them must hold.
        All = "ALL",
        /// One of them must.
        Any = "ANY",
    }
}

/// What must hold of one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The field's key.
    pub field: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what; one value for every operator but IN.
    pub values: Vec<String>,
}

/// Where somebody is to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(tag = "kind", content = "to", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Target {
    /// To book this.
    Service(ServiceId),
    /// To somebody of this team.
    Team(TeamId),
    /// To this one.
    Resource(ResourceId),
    /// Elsewhere on the web.
    Url(WebAddress),
    /// Nowhere: this is what there is to say.
    Message(Prose),
}

/// Which answers lead where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// How the conditions go together.
    pub joined: Joined,
    /// What must hold; without any the rule never matches.
    pub conditions: Vec<Condition>,
    /// Where it leads.
    pub target: Target,
}

/// The rules of a form, in the order in which they are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Rules(Vec<Rule>);

/// Where answers led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routed {
    /// Which rule matched, counted from 1; none, if it was the fallback.
    pub rule_no: Option<i64>,
    /// Where to.
    pub target: Target,
}

impl Rules {
    /// The most rules of one form.
    pub const MAX: usize = 50;

    /// The most conditions of one rule.
    pub const CONDITIONS_MAX: usize = 10;

    /// The most values of one condition.
    pub const VALUES_MAX: usize = 50;

    /// Takes these rules for a form that asks these questions. Values are kept in the form in which answers are.
    ///
    /// # Errors
    /// If there are too many rules, conditions or values, a rule has no condition, a field is not asked, or a value could
    /// never be an answer to it.
    pub fn new(mut rules: Vec<Rule>, fields: &Questions) -> Result<Self, Refusal> {
        let counted = |what: &str, count: usize, range: std::ops::RangeInclusive<usize>| {
            if range.contains(&count) {
                return Ok(());
            }
            let wanted = format!("{} to {} {what}", range.start(), range.end());
            Err(Refusal::wanted("rules", &wanted, count))
        };
        counted("rules", rules.len(), 0..=Self::MAX)?;
        for rule in &mut rules {
            counted("conditions", rule.conditions.len(), 1..=Self::CONDITIONS_MAX)?;
            for condition in &mut rule.conditions {
                let most = if condition.operator == Operator::In {
                    Self::VALUES_MAX
                } else {
                    1
                };
                counted("values", condition.values.len(), 1..=most)?;
                let asked = fields.as_slice().iter().find(|it| it.key == condition.field);
                let asked =
                    asked.ok_or_else(|| Refusal::wanted("rules", "the key of a field", &condition.field))?;
                condition
                    .read(asked)
                    .map_err(|wrong| Refusal::invalid("rules", wrong))?;
            }
        }
        Ok(Self(rules))
    }

    /// The rules.
    #[must_use]
    pub fn as_slice(&self) -> &[Rule] {
        &self.0
    }

    /// Where answers lead: the target of the first rule that matches, else the fallback.
    #[must_use]
    pub fn route(&self, fallback: &Target, answers: &Answers) -> Routed {
        let first = self.0.iter().zip(1..).find(|(rule, _)| rule.matches(answers));
        match first {
            Some((rule, at)) => Routed {
                rule_no: Some(at),
                target: rule.target.clone(),
            },
            None => Routed {
                rule_no: None,
                target: fallback.clone(),
            },
        }
    }
}

impl Rule {
    /// Whether answers lead here.
    #[must_use]
    pub fn matches(&self, answers: &Answers) -> bool {
        let mut held = self.conditions.iter().map(|it| it.holds(answers));
        match self.joined {
            Joined::All => !self.conditions.is_empty() && held.all(|it| it),
            Joined::Any => held.any(|it| it),
        }
    }
}

impl Condition {
    /// Whether it holds of what was answered.
    #[must_use]
    pub fn holds(&self, answers: &Answers) -> bool {
        let Some(answer) = answers.get(&self.field) else {
            return false;
        };
        match self.operator {
            Operator::Equals => self.is_exactly(answer),
            Operator::NotEquals => !self.is_exactly(answer),
            Operator::Contains => self.values.iter().any(|it| has(answer, it)),
            Operator::In => self.values.iter().any(|it| is_or_has(answer, it)),
        }
    }

    fn is_exactly(&self, answer: &Answer) -> bool {
        let alone = |it: &String| match answer {
            Answer::One(text) => same(text, it),
            Answer::Some(chosen) => matches!(chosen.as_slice(), [one] if same(one, it)),
        };
        self.values.iter().any(alone)
    }

    /// Brings its values into the form of answers to this question.
    fn read(&mut self, asked: &Question) -> Result<(), Invalid> {
        let has_parts = match asked.kind {
            QuestionKind::Text
            | QuestionKind::LongText
            | QuestionKind::Email
            | QuestionKind::Phone
            | QuestionKind::MultiSelect => true,
            QuestionKind::Number | QuestionKind::Boolean | QuestionKind::Select | QuestionKind::Date => false,
        };
        if self.operator == Operator::Contains && !has_parts {
            return Err(Invalid::new(
                "a text or several options, which can contain",
                &asked.key,
            ));
        }
        let is_part = self.operator == Operator::Contains && asked.kind != QuestionKind::MultiSelect;
        for value in &mut self.values {
            if is_part {
                let part: kernel::Line = value.parse()?;
                *value = part.to_string();
            } else {
                *value = asked.read_value(value)?;
            }
        }
        Ok(())
    }
}

fn same(one: &str, other: &str) -> bool {
    one == other || folded(one) == folded(other)
}

fn has(answer: &Answer, part: &str) -> bool {
    match answer {
        Answer::One(text) => folded(text).contains(&folded(part)),
        Answer::Some(chosen) => chosen.iter().any(|it| same(it, part)),
    }
}

fn is_or_has(answer: &Answer, value: &str) -> bool {
    match answer {
        Answer::One(text) => same(text, value),
        Answer::Some(chosen) => chosen.iter().any(|it| same(it, value)),
    }
}

#[cfg(test)]
mod tests;
