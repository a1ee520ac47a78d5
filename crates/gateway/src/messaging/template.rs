//! The words that letters are written in.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use kernel::Right;
use messaging::mail::date::Language;
use messaging::mail::own::{self, TemplateChanged, WordsEdit};
use messaging::mail::{Key, Words};

use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, asked, on_top};
use crate::reads::Reads;
use crate::scalars::Locale;
use crate::scheduling::act;

/// A language that letters are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Language")]
pub(crate) enum TemplateLanguage {
    /// For everybody whose language is not among these.
    English,
    /// Of Brazil.
    Portuguese,
}

/// The words of one letter in one language.
pub(crate) struct MessageTemplate(own::Template);

/// The words of one letter in one language. `{{ client.name }}` stands for a fact; `{% if link %} … {% endif %}` is said
/// only where there is one.
#[Object]
impl MessageTemplate {
    /// Of which letter.
    async fn key(&self) -> Key {
        self.0.key
    }

    /// In which language.
    async fn language(&self) -> TemplateLanguage {
        self.0.language.into()
    }

    /// The same as a locale.
    async fn locale(&self) -> Locale {
        Locale(self.0.language.tag().to_owned())
    }

    /// The subject.
    async fn subject(&self) -> &str {
        &self.0.words.subject
    }

    /// The text.
    async fn body(&self) -> &str {
        &self.0.words.body
    }

    /// Whether they are the words that Horarium brings.
    async fn is_default(&self) -> bool {
        self.0.version.is_none()
    }

    /// Counts the changes; 0 while they are the words that Horarium brings. Hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version.unwrap_or(0)
    }
}

/// What a letter would say.
#[derive(Debug, SimpleObject)]
pub(crate) struct TemplatePreview {
    /// The subject.
    subject: String,
    /// The text.
    body: String,
}

impl From<Words> for TemplatePreview {
    fn from(words: Words) -> Self {
        Self {
            subject: words.subject,
            body: words.body,
        }
    }
}

/// Words of letters.
#[derive(Debug, Default)]
pub(crate) struct TemplateQuery;

/// Words of letters.
#[expect(clippy::too_many_arguments, reason = "each is a field of what is asked for")]
#[Object]
impl TemplateQuery {
    /// The words of every letter in one language. Needs the right `messages:read`.
    async fn message_templates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which language.")] language: TemplateLanguage,
    ) -> Option<Result<Vec<MessageTemplate>>> {
        Some(list(ctx, language.into()).await)
    }

    /// What a letter would say to somebody invented. Needs the right `messages:read`.
    async fn message_template_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which letter.")] key: Key,
        #[graphql(desc = "In which language.")] language: TemplateLanguage,
        #[graphql(desc = "Another subject than it has.")] subject: Option<String>,
        #[graphql(desc = "Another text than it has.")] body: Option<String>,
    ) -> Option<Result<TemplatePreview>> {
        let edit = (subject, body);
        Some(preview(ctx, (key, language.into()), edit).await)
    }
}

async fn list(ctx: &Context<'_>, language: Language) -> Result<Vec<MessageTemplate>> {
    Caller::of(ctx).need(Right::MessagesRead)?;
    let reading = Reads::of(ctx).tenant().await?;
    let found = own::templates(&reading, language).await.map_err(on_top)?;
    Ok(found.into_iter().map(MessageTemplate).collect())
}

async fn preview(
    ctx: &Context<'_>,
    which: (Key, Language),
    (subject, body): (Option<String>, Option<String>),
) -> Result<TemplatePreview> {
    Caller::of(ctx).need(Right::MessagesRead)?;
    let edit = WordsEdit {
        subject: subject.map(|it| asked("subject", &it)).transpose()?,
        body: body.map(|it| asked("body", &it)).transpose()?,
    };
    let reading = Reads::of(ctx).tenant().await?;
    let words = own::preview(&reading, which, edit).await.map_err(on_top)?;
    Ok(words.into())
}

/// New words for a letter in one language. What is absent stays as it is.
#[derive(InputObject)]
pub(crate) struct MessageTemplateUpdateInput {
    /// Of which letter.
    key: Key,
    /// In which language.
    language: TemplateLanguage,
    /// The subject, one line of 1 to 200 characters.
    subject: Option<String>,
    /// The text, 1 to 4,000 characters.
    body: Option<String>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Whose words are taken back.
#[derive(InputObject)]
pub(crate) struct MessageTemplateResetInput {
    /// Of which letter.
    key: Key,
    /// In which language.
    language: TemplateLanguage,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

macro_rules! template_payload {
    ($(#[doc = $doc:literal] $name:ident,)*) => {$(
        payload! {
            #[doc = $doc]
            $name(TemplateChanged) {
                /// The words as they are now.
                async fn message_template(&self, ctx: &Context<'_>) -> Option<Result<MessageTemplate>> {
                    let done = *self.0.done()?;
                    let found = list(ctx, done.language()).await;
                    found.map(|all| all.into_iter().find(|it| it.0.key == done.key)).transpose()
                }
            }
        }
    )*};
}

template_payload! {
    /// A letter has other words.
    MessageTemplateUpdatePayload,
    /// A letter says again what Horarium brings.
    MessageTemplateResetPayload,
}

/// Changing the words of letters.
#[derive(Debug, Default)]
pub(crate) struct TemplateMutation;

/// Changing the words of letters.
#[Object]
impl TemplateMutation {
    /// Changes the words of a letter in one language. Needs the right `messages:write`.
    async fn message_template_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "New words for a letter in one language. What is absent stays as it is.")]
        input: MessageTemplateUpdateInput,
    ) -> Option<Result<MessageTemplateUpdatePayload>> {
        Some(update(ctx, input).await.map(MessageTemplateUpdatePayload))
    }

    /// Takes an organization's own words back. Needs the right `messages:write`.
    async fn message_template_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose words are taken back.")] input: MessageTemplateResetInput,
    ) -> Option<Result<MessageTemplateResetPayload>> {
        Some(reset(ctx, input).await.map(MessageTemplateResetPayload))
    }
}

async fn update(ctx: &Context<'_>, input: MessageTemplateUpdateInput) -> Result<Outcome<TemplateChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let subject = form.parse_if("subject", input.subject.as_deref());
    let body = form.parse_if("body", input.body.as_deref());
    let edit = (|| {
        Some(WordsEdit {
            subject: subject?,
            body: body?,
        })
    })();
    let edit = match form.done(edit) {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let (which, expected) = ((input.key, input.language.into()), input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(own::update_template(work, which, edit, expected))
        })
        .await
}

async fn reset(ctx: &Context<'_>, input: MessageTemplateResetInput) -> Result<Outcome<TemplateChanged>> {
    let which = (input.key, input.language.into());
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| Box::pin(own::reset_template(work, which)))
        .await
}
