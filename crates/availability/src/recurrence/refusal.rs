//! Why a text is not a rule.

use std::borrow::Cow;
use std::fmt;

/// A text that was refused: which part of it, what is wrong with it and what would be right.
///
/// ```
/// use availability::recurrence::Rule;
///
/// let refusal = Rule::parse("FREQ=MONTHLY;BYDAY=8FR").unwrap_err();
/// assert_eq!(refusal.part(), "BYDAY");
/// assert_eq!(
///     refusal.to_string(),
///     "BYDAY=8FR: ordinal 8 is more weekdays than a month has; write -5 to -1 or 1 to 5 before the weekday"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    part: Cow<'static, str>,
    value: String,
    problem: Cow<'static, str>,
    remedy: Cow<'static, str>,
}

/// The longest piece of refused text that is repeated, in characters.
const QUOTED_MAX: usize = 40;

impl Refusal {
    pub(super) fn new(
        (part, value): (&'static str, &str),
        problem: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            part: Cow::Borrowed(part),
            value: quote(value),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// The same for a part whose name is not one of ours.
    pub(super) fn unknown_part(name: &str, remedy: &'static str) -> Self {
        Self {
            part: Cow::Owned(quote(name)),
            value: String::new(),
            problem: Cow::Borrowed("there is no such part in a rule"),
            remedy: Cow::Borrowed(remedy),
        }
    }

    /// The name of the part, such as `BYDAY`; `RRULE` if it is the text as a whole.
    pub fn part(&self) -> &str {
        &self.part
    }

    /// What is wrong.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// What would be right.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

/// Repeats a piece of somebody's text without its control characters.
fn quote(text: &str) -> String {
    let shown = text
        .chars()
        .take(QUOTED_MAX)
        .map(|it| if it.is_control() { '\u{fffd}' } else { it });
    let cut = text.chars().nth(QUOTED_MAX).map(|_| '…');
    shown.chain(cut).collect()
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.part)?;
        if !self.value.is_empty() {
            write!(f, "={}", self.value)?;
        }
        write!(f, ": {}; {}", self.problem, self.remedy)
    }
}

impl std::error::Error for Refusal {}
