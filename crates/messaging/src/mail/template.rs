//! Templates: an organization's own words, with the facts of a booking in them.
//!
//! The language is small on purpose: `{{ client.name }}` for a fact, and `{% if link %} … {% elif … %} … {% else %} … {% endif %}`
//! around what is said only where there is one. Nothing else is taken, so nothing can loop, grow or be included; the
//! engine's fuel stands behind that. Facts are put in once, as they are, and never read as a template again: a client who
//! calls themselves `{{ link }}` stays that. The text is plain, so nothing is escaped in it.

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use serde::Serialize;

/// Instructions that one text may take.
const FUEL: u64 = 10_000;

/// How deeply conditions may stand in each other.
const DEPTH_MAX: usize = 20;

/// Characters of a rendered subject.
pub const SUBJECT_MAX: usize = 200;

/// What can stand in a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Who writes.
    pub organization: Writer,
    /// To whom.
    pub client: Reader,
    /// What is booked.
    pub service: Booked,
    /// When and where.
    pub booking: Appointment,
    /// Where the booking can be moved and called off, if there is such a page.
    pub link: Option<String>,
}

/// Who writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Writer {
    /// What the organization is called.
    pub name: String,
}

/// To whom it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reader {
    /// What they called themselves when they booked.
    pub name: String,
}

/// What is booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Booked {
    /// What it is called.
    pub title: String,
}

/// When and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Appointment {
    /// On which date, in the reader's language.
    pub date: String,
    /// From when on the wall clock.
    pub time: String,
    /// Until when on the wall clock.
    pub until: String,
    /// Whose wall clock that is.
    pub zone: String,
    /// Where, if that is said.
    pub location: Option<String>,
    /// Why it was rejected or called off, if that is said.
    pub reason: Option<String>,
}

/// The names that can stand in a template.
pub const NAMES: [&str; 10] = [
    "organization.name",
    "client.name",
    "service.title",
    "booking.date",
    "booking.time",
    "booking.until",
    "booking.zone",
    "booking.location",
    "booking.reason",
    "link",
];

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Something between the braces that is not of the language.
    #[error(
        "`{0}` cannot stand there: write {{{{ name }}}} for a fact, or {{% if name %}}, {{% elif name %}}, {{% else %}}, {{% endif %}}"
    )]
    Foreign(String),
    /// A name that stands for nothing.
    #[error("there is no `{name}`; known are {known}", name = .0, known = NAMES.join(", "))]
    Unknown(String),
    /// Braces or conditions that are not closed.
    #[error("something is opened and not closed, or closed and not opened")]
    Unclosed,
    /// Conditions within conditions.
    #[error("conditions stand more than {DEPTH_MAX} deep in each other")]
    Deep,
}

/// Whether a text is a template.
///
/// # Errors
/// What in it is not, the first of it.
pub fn check(text: &str) -> Result<(), Wrong> {
    let mut rest = text;
    // One for each condition that is open: whether its `else` has come.
    let mut open = Vec::new();
    while let Some(at) = rest.find('{') {
        let after = &rest[at + 1..];
        rest = match after.chars().next() {
            Some('{') => fact(&after[1..])?,
            Some('%') => condition(&after[1..], &mut open)?,
            Some('#') => return Err(Wrong::Foreign("{#".to_owned())),
            Some(_) | None => after,
        };
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(Wrong::Unclosed)
    }
}

/// Reads up to the end of a fact, and gives what follows.
fn fact(text: &str) -> Result<&str, Wrong> {
    let (inside, rest) = text.split_once("}}").ok_or(Wrong::Unclosed)?;
    known(inside)?;
    Ok(rest)
}

/// Reads up to the end of a condition, and gives what follows.
fn condition<'a>(text: &'a str, open: &mut Vec<bool>) -> Result<&'a str, Wrong> {
    let (inside, rest) = text.split_once("%}").ok_or(Wrong::Unclosed)?;
    let words: Vec<&str> = bare(inside).split_whitespace().collect();
    match (words.as_slice(), open.last_mut()) {
        (["if", name] | ["if", "not", name], _) => {
            known(name)?;
            open.push(false);
        }
        (["elif", name] | ["elif", "not", name], Some(false)) => known(name)?,
        (["else"], Some(has_else @ false)) => *has_else = true,
        (["endif"], Some(_)) => drop(open.pop()),
        (["elif", ..] | ["else"] | ["endif"], _) => return Err(Wrong::Unclosed),
        _ => return Err(Wrong::Foreign(shown(inside))),
    }
    if open.len() > DEPTH_MAX {
        return Err(Wrong::Deep);
    }
    Ok(rest)
}

fn known(text: &str) -> Result<(), Wrong> {
    let name = bare(text).trim();
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
    if !is_name {
        return Err(Wrong::Foreign(shown(text)));
    }
    if NAMES.contains(&name) {
        Ok(())
    } else {
        Err(Wrong::Unknown(shown(name)))
    }
}

/// Without the signs that take away the blanks around it.
fn bare(inside: &str) -> &str {
    let begun = inside.strip_prefix('-').unwrap_or(inside);
    begun.strip_suffix('-').unwrap_or(begun)
}

fn shown(text: &str) -> String {
    text.trim().chars().take(40).collect()
}

/// Puts the facts into a template that was checked.
///
/// # Errors
/// What of the template cannot be meant: one that was checked before something was forbidden.
pub fn render(text: &str, facts: &Facts) -> Result<String, Wrong> {
    check(text)?;
    let mut engine = Environment::empty();
    engine.set_fuel(Some(FUEL));
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    engine.set_formatter(|out, state, value| {
        if value.is_none() {
            return Ok(());
        }
        minijinja::escape_formatter(out, state, value)
    });
    let facts = minijinja::Value::from(minijinja::value::Serde(facts));
    engine.render_str(text, facts).map_err(|why| wrong(&why))
}

fn wrong(why: &Error) -> Wrong {
    if why.kind() == ErrorKind::SyntaxError {
        Wrong::Unclosed
    } else {
        Wrong::Foreign(why.kind().to_string())
    }
}

/// Puts the facts into a template of one line: whatever would break it is a blank.
///
/// # Errors
/// As [`render`].
pub fn render_line(text: &str, facts: &Facts) -> Result<String, Wrong> {
    let said = render(text, facts)?;
    let blank = |it: char| if it.is_control() { ' ' } else { it };
    Ok(said.trim().chars().map(blank).take(SUBJECT_MAX).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn facts() -> Facts {
        Facts {
            organization: Writer {
                name: "Clínica Aurora".to_owned(),
            },
            client: Reader {
                name: "Ana".to_owned(),
            },
            service: Booked {
                title: "Lesson".to_owned(),
            },
            booking: Appointment {
                date: "Tuesday, 3 March 2026".to_owned(),
                time: "10:00".to_owned(),
                until: "11:00".to_owned(),
                zone: "America/Sao_Paulo".to_owned(),
                location: None,
                reason: None,
            },
            link: None,
        }
    }

    fn called(name: &str) -> Facts {
        let client = Reader {
            name: name.to_owned(),
        };
        Facts { client, ..facts() }
    }

    #[test]
    fn facts_stand_where_they_are_named() {
        let said = render(
            "Hello {{ client.name }},\n{{booking.time}}–{{ booking.until }}.",
            &facts(),
        );
        assert_eq!(said.unwrap(), "Hello Ana,\n10:00–11:00.");
        let told = Facts {
            link: Some("https://example.com/?a=1&b=2".to_owned()),
            ..facts()
        };
        let text = "{% if link %}Change it: {{ link }}{% else %}Call us.{% endif %}";
        assert_eq!(
            render(text, &told).unwrap(),
            "Change it: https://example.com/?a=1&b=2"
        );
        assert_eq!(render(text, &facts()).unwrap(), "Call us.");
        assert_eq!(render("[{{ link }}]", &facts()).unwrap(), "[]");
    }

    #[test]
    fn what_somebody_calls_themselves_is_never_read_as_a_template() {
        for name in [
            "{{ link }}",
            "{% if link %}",
            "{# x #}",
            "{x}",
            "<b>&amp;",
            "{{{{client.name}}}}",
        ] {
            let said = render("Hello {{ client.name }}!", &called(name)).unwrap();
            assert_eq!(said, format!("Hello {name}!"));
        }
    }

    #[test]
    fn whatever_is_not_of_the_language_is_refused() {
        for text in [
            "{% include 'x' %}",
            "{% extends 'x' %}",
            "{% import 'x' as y %}",
            "{% for a in b %}{% endfor %}",
            "{% set a = 1 %}",
            "{% macro a() %}{% endmacro %}",
            "{% raw %}{% endraw %}",
            "{# a note #}",
            "{{ 'x' * 1000000 }}",
            "{{ client.name ~ client.name }}",
            "{{ client.name|upper }}",
            "{{ range(10) }}",
            "{{ client['name'] }}",
            "{{ }}",
            "{% if client.name == 'x' %}{% endif %}",
        ] {
            assert!(
                matches!(check(text), Err(Wrong::Foreign(_))),
                "{text}: {:?}",
                check(text)
            );
        }
        for text in ["{{ client.nam }}", "{{ secret }}", "{% if password %}{% endif %}"] {
            assert!(matches!(check(text), Err(Wrong::Unknown(_))), "{text}");
        }
        for text in [
            "{{ link",
            "{% if link",
            "{% if link %}",
            "{% endif %}",
            "{% else %}",
            "{% elif link %}",
            "{% if link %}{% else %}{% else %}{% endif %}",
        ] {
            assert_eq!(check(text), Err(Wrong::Unclosed), "{text}");
        }
        let said = check("{{ client.nam }}").unwrap_err().to_string();
        assert!(
            said.contains("`client.nam`") && said.contains("client.name"),
            "{said}"
        );
    }

    #[test]
    fn conditions_stand_so_deep_and_no_deeper() {
        let nested = |depth: usize| {
            format!(
                "{}x{}",
                "{% if link %}".repeat(depth),
                "{% endif %}".repeat(depth)
            )
        };
        assert!(render(&nested(DEPTH_MAX), &facts()).is_ok());
        assert_eq!(check(&nested(DEPTH_MAX + 1)), Err(Wrong::Deep));
    }

    #[test]
    fn a_subject_is_one_line_of_so_many_characters() {
        let said = render_line("To {{ client.name }}", &called("A\r\nBcc: x")).unwrap();
        assert_eq!(said, "To A  Bcc: x");
        let said = render_line("{{ client.name }}", &called(&"é".repeat(SUBJECT_MAX + 1))).unwrap();
        assert_eq!(said.chars().count(), SUBJECT_MAX);
    }

    #[test]
    fn every_name_stands_for_something() {
        for name in NAMES {
            assert!(render(&format!("{{{{ {name} }}}}"), &facts()).is_ok(), "{name}");
        }
    }

    proptest! {
        /// What the check lets through, the engine takes: no text is refused only when a letter is to be sent.
        #[test]
        fn what_is_checked_can_be_rendered(parts in proptest::collection::vec(
            prop_oneof!["[a-z{}%# ]{0,6}", Just("{{ link }}".to_owned()), Just("{% if link %}".to_owned()),
                Just("{%- else -%}".to_owned()), Just("{% endif %}".to_owned()), Just("{{-client.name-}}".to_owned())], 0..12)) {
            let text = parts.concat();
            if check(&text).is_ok() {
                let rendered = render(&text, &facts());
                prop_assert!(rendered.is_ok(), "{:?}: {:?}", text, rendered);
            }
        }
    }
}
