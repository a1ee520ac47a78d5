//! An organization's own words, where it has written any.

use db::audit::Deed;
use db::{Fault, Reading, Tenant, Work};
use kernel::id::TemplateId;
use kernel::{EventType, Line, Prose, Right};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::date::Language;
use super::delivery::Channel;
use super::template::{self, Appointment, Booked, Facts, Reader, Writer};
use super::{Key, Words};
use crate::error::{Refusal, expect_version};
use crate::store;

pub use store::template::Model as OwnWords;

/// The words of one letter in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Of which letter.
    pub key: Key,
    /// In which language.
    pub language: Language,
    /// The words.
    pub words: Words,
    /// How often the organization has changed them; nothing while they are the ones that Horarium brings.
    pub version: Option<i64>,
}

/// Words were changed or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateChanged {
    /// Of which letter.
    pub key: Key,
    /// Whether in Portuguese.
    pub is_portuguese: bool,
}

impl TemplateChanged {
    fn of(key: Key, language: Language) -> Self {
        Self {
            key,
            is_portuguese: language == Language::Portuguese,
        }
    }

    /// In which language.
    #[must_use]
    pub fn language(self) -> Language {
        if self.is_portuguese {
            Language::Portuguese
        } else {
            Language::English
        }
    }
}

/// New words; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct WordsEdit {
    /// One line.
    pub subject: Option<Line>,
    /// Plain text.
    pub body: Option<Prose>,
}

/// The words of every letter in one language.
///
/// # Errors
/// If the right is missing.
pub async fn templates(reading: &Reading<Tenant>, language: Language) -> Result<Vec<Template>, Refusal> {
    reading.need(Right::MessagesRead)?;
    Ok(all(reading, language).await?)
}

async fn all(reading: &Reading<Tenant>, language: Language) -> Result<Vec<Template>, Fault> {
    let own = store::template::of(reading, language.tag()).await?;
    let shown = |key: Key| {
        let own = own.iter().find(|it| it.key == key);
        Template {
            key,
            language,
            words: own.map_or_else(|| key.default_words(language), OwnWords::words),
            version: own.map(|it| it.version),
        }
    };
    Ok(Key::ALL.map(shown).to_vec())
}

/// The words that a letter is written in. Part of a flow, so it asks for no right.
///
/// # Errors
/// If the database refuses.
pub async fn words(reading: &Reading<Tenant>, key: Key, language: Language) -> Result<Words, Fault> {
    let found = all(reading, language).await?.into_iter().find(|it| it.key == key);
    Ok(found.map_or_else(|| key.default_words(language), |it| it.words))
}

impl OwnWords {
    fn words(&self) -> Words {
        Words {
            subject: self.subject.clone(),
            body: self.body.clone(),
        }
    }
}

/// Changes the words of a letter in one language.
///
/// # Errors
/// If the right is missing, the words are no template, or they have another version.
pub async fn update_template(
    work: &Work<Tenant>,
    (key, language): (Key, Language),
    edit: WordsEdit,
    expected_version: Option<i64>,
) -> Result<TemplateChanged, Refusal> {
    work.need(Right::MessagesWrite)?;
    // Whoever writes the first words of their own does so alone.
    db::lock::organization(work).await?;
    let own = store::template::hold(work, key, language.tag()).await?;
    expect_version(expected_version, own.as_ref().map_or(0, |it| it.version))?;
    let before = own
        .as_ref()
        .map_or_else(|| key.default_words(language), OwnWords::words);
    let words = Words {
        subject: edit
            .subject
            .map_or_else(|| before.subject.clone(), |it| it.to_string()),
        body: edit.body.map_or_else(|| before.body.clone(), |it| it.to_string()),
    };
    for (field, text) in [("subject", &words.subject), ("body", &words.body)] {
        template::check(text).map_err(|wrong| Refusal::Template { field, wrong })?;
    }
    if words == before {
        return Ok(TemplateChanged::of(key, language));
    }
    let own = match own {
        Some(mut row) => {
            (row.subject, row.body) = (words.subject, words.body);
            row.version += 1;
            row.updated_at = work.now();
            store::save(work, row.clone()).await?;
            row
        }
        None => {
            let row = fresh(work, (key, language), words);
            store::insert(work, row.clone()).await?;
            row
        }
    };
    told(
        work,
        EventType::TemplateUpdated,
        (own.id, own.version),
        (key, language),
    )
    .await?;
    Ok(TemplateChanged::of(key, language))
}

fn fresh(work: &Work<Tenant>, (key, language): (Key, Language), words: Words) -> OwnWords {
    OwnWords {
        organization_id: work.organization(),
        id: work.mint(),
        key,
        channel: Channel::Email,
        locale: language.tag().to_owned(),
        subject: words.subject,
        body: words.body,
        version: 1,
        created_at: work.now(),
        updated_at: work.now(),
    }
}

/// Takes an organization's own words back: the letter says again what Horarium brings.
///
/// # Errors
/// If the right is missing.
pub async fn reset_template(
    work: &Work<Tenant>,
    (key, language): (Key, Language),
) -> Result<TemplateChanged, Refusal> {
    work.need(Right::MessagesWrite)?;
    if let Some(own) = store::template::hold(work, key, language.tag()).await? {
        store::template::delete(work, own.id).await?;
        let gone = (own.id, own.version + 1);
        told(work, EventType::TemplateReset, gone, (key, language)).await?;
    }
    Ok(TemplateChanged::of(key, language))
}

async fn told(
    work: &Work<Tenant>,
    what: EventType,
    (id, version): (TemplateId, i64),
    (key, language): (Key, Language),
) -> Result<(), Fault> {
    let diff = json!({ "key": key, "locale": language.tag() });
    work.audit(Deed {
        what,
        thing: id.to_string(),
        version,
        diff,
    })
    .await
}

/// What a letter would say to somebody invented: the words given, else those it has.
///
/// # Errors
/// If the right is missing or the words are no template.
pub async fn preview(
    reading: &Reading<Tenant>,
    (key, language): (Key, Language),
    edit: WordsEdit,
) -> Result<Words, Refusal> {
    reading.need(Right::MessagesRead)?;
    let has = words(reading, key, language).await?;
    let subject = edit.subject.map_or(has.subject, |it| it.to_string());
    let body = edit.body.map_or(has.body, |it| it.to_string());
    let facts = sample(language);
    let wrong = |field| move |wrong| Refusal::Template { field, wrong };
    Ok(Words {
        subject: template::render_line(&subject, &facts).map_err(wrong("subject"))?,
        body: template::render(&body, &facts).map_err(wrong("body"))?,
    })
}

/// Somebody invented, at an organization and a time that are invented too.
fn sample(language: Language) -> Facts {
    let at = chrono::NaiveDate::from_ymd_opt(2026, 3, 3).and_then(|it| it.and_hms_opt(10, 0, 0));
    let at = at.unwrap_or_default();
    Facts {
        organization: Writer {
            name: "Clínica Aurora".to_owned(),
        },
        client: Reader {
            name: "Ana Souza".to_owned(),
        },
        service: Booked {
            title: match language {
                Language::English => "First lesson".to_owned(),
                Language::Portuguese => "Primeira aula".to_owned(),
            },
        },
        booking: Appointment {
            date: language.date(at),
            time: language.time(at),
            until: language.time(at + chrono::TimeDelta::minutes(50)),
            zone: "America/Sao_Paulo".to_owned(),
            location: Some("Rua das Flores 7".to_owned()),
            reason: None,
        },
        link: Some("https://example.com/booking".to_owned()),
    }
}
