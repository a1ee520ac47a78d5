//! Making, changing and filling in routing forms.

use async_graphql::{Context, InputObject, Object, Result};
use db::{Tenant, Work};
use futures::future::BoxFuture;
use kernel::id::RoutingFormId;
use scheduling::Refusal;
use scheduling::routing::{FormChanged, FormDraft, FormEdit, Submitted};

use super::RoutingForm;
use super::rules::{RoutingRuleInput, RoutingTarget, RoutingTargetInput, rules};
use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, UserError, found};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scheduling::booking::create::{BookingAnswerInput, answers};
use crate::scheduling::service::{ServiceQuestionInput, questions};
use crate::scheduling::wanted::{budget, honest};
use crate::scheduling::{act, shelf_inputs};

/// What a form asks, and which answers lead where.
#[derive(InputObject)]
pub(crate) struct RoutingFormCreateInput {
    /// Its part of a public address.
    slug: String,
    /// What it is called, 1 to 200 characters.
    title: String,
    /// What it asks, 30 fields at most.
    fields: Vec<ServiceQuestionInput>,
    /// Which answers lead where, in order, 50 rules at most.
    rules: Vec<RoutingRuleInput>,
    /// Where everybody else goes.
    fallback: RoutingTargetInput,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// A change of a form: what is absent stays.
#[derive(InputObject)]
pub(crate) struct RoutingFormUpdateInput {
    /// Which form.
    routing_form_id: RoutingFormId,
    /// Its part of a public address.
    slug: Option<String>,
    /// What it is called, 1 to 200 characters.
    title: Option<String>,
    /// What it asks, 30 fields at most; they replace those that were there, and the rules must still make sense.
    fields: Option<Vec<ServiceQuestionInput>>,
    /// Which answers lead where, in order, 50 rules at most; they replace those that were there.
    rules: Option<Vec<RoutingRuleInput>>,
    /// Where everybody else goes.
    fallback: Option<RoutingTargetInput>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    routing_form_id: RoutingFormId,
    /// Which form is put away.
    RoutingFormArchiveInput,
    /// Which form is taken out again.
    RoutingFormRestoreInput,
}

/// What somebody answers to a form.
#[derive(InputObject)]
pub(crate) struct RoutingSubmitInput {
    /// The form's part of a public address.
    slug: String,
    /// Answers to its fields, each field once; a field is a question here.
    answers: Vec<BookingAnswerInput>,
    /// Leave it out. It is for a field that people do not see and machines fill in: whoever does submits nothing.
    website: Option<String>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Makes the payloads of changes that show the form.
macro_rules! changes {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {
        $(payload! {
            $(#[doc = $doc])*
            $name(FormChanged) {
                /// The form as it is now.
                async fn routing_form(&self, ctx: &Context<'_>) -> Option<Result<RoutingForm>> {
                    load::<RoutingFormId, RoutingForm>(ctx, self.0.done()?.form).await.transpose()
                }
            }
        })*
    };
}

changes! {
    /// The form can be filled in.
    RoutingFormCreatePayload;
    /// The form is changed.
    RoutingFormUpdatePayload;
    /// The form is put away.
    RoutingFormArchivePayload;
    /// The form is taken out again.
    RoutingFormRestorePayload;
}

payload! {
    /// The form is filled in.
    RoutingSubmitPayload(Submitted) {
        /// Where to go.
        async fn target(&self, ctx: &Context<'_>) -> Option<Result<RoutingTarget>> {
            whither(ctx, *self.0.done()?).await.transpose()
        }
    }
}

async fn whither(ctx: &Context<'_>, done: Submitted) -> Result<Option<RoutingTarget>> {
    let reading = Reads::of(ctx).public().await?;
    let target = found(scheduling::routing::routed(&reading, done.submission).await)?;
    Ok(target.map(RoutingTarget))
}

/// Making, changing and filling in routing forms.
#[derive(Debug, Default)]
pub(crate) struct RoutingMutation;

/// Making, changing and filling in routing forms.
#[Object]
impl RoutingMutation {
    /// Makes a form. Needs the right `catalogue:write`.
    async fn routing_form_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What a form asks, and which answers lead where.")] input: RoutingFormCreateInput,
    ) -> Option<Result<RoutingFormCreatePayload>> {
        Some(create(ctx, input).await.map(RoutingFormCreatePayload))
    }

    /// Changes a form; what was answered before stays as it was. Needs the right `catalogue:write`.
    async fn routing_form_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A change of a form: what is absent stays.")] input: RoutingFormUpdateInput,
    ) -> Option<Result<RoutingFormUpdatePayload>> {
        Some(update(ctx, input).await.map(RoutingFormUpdatePayload))
    }

    /// Puts a form away: nobody can fill it in. Needs the right `catalogue:write`.
    async fn routing_form_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which form is put away.")] input: RoutingFormArchiveInput,
    ) -> Option<Result<RoutingFormArchivePayload>> {
        let (manner, of) = (
            (input.idempotency_key, input.validate_only),
            (input.routing_form_id, input.expected_version),
        );
        let verb: Verb = |work, id, expected| Box::pin(scheduling::routing::archive_form(work, id, expected));
        Some(
            shelve(ctx, manner, (of, verb))
                .await
                .map(RoutingFormArchivePayload),
        )
    }

    /// Takes a form out again. Needs the right `catalogue:write`.
    async fn routing_form_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which form is taken out again.")] input: RoutingFormRestoreInput,
    ) -> Option<Result<RoutingFormRestorePayload>> {
        let (manner, of) = (
            (input.idempotency_key, input.validate_only),
            (input.routing_form_id, input.expected_version),
        );
        let verb: Verb = |work, id, expected| Box::pin(scheduling::routing::restore_form(work, id, expected));
        Some(
            shelve(ctx, manner, (of, verb))
                .await
                .map(RoutingFormRestorePayload),
        )
    }

    /// Fills a form in, and says where to go. Public, counted by address.
    async fn routing_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What somebody answers to a form.")] input: RoutingSubmitInput,
    ) -> Option<Result<RoutingSubmitPayload>> {
        Some(submit(ctx, input).await.map(RoutingSubmitPayload))
    }
}

/// Putting a form away, or taking it out.
type Verb = for<'a> fn(
    &'a Work<Tenant>,
    RoutingFormId,
    Option<i64>,
) -> BoxFuture<'a, std::result::Result<FormChanged, Refusal>>;

async fn shelve(
    ctx: &Context<'_>,
    (key, validate_only): (Option<String>, Option<bool>),
    ((id, expected), verb): ((RoutingFormId, Option<i64>), Verb),
) -> Result<Outcome<FormChanged>> {
    act(ctx, key, validate_only)?
        .run(ctx, move |work| verb(work, id, expected))
        .await
}

impl RoutingFormCreateInput {
    fn draft(self) -> std::result::Result<FormDraft, Vec<UserError>> {
        let mut form = Form::default();
        let slug = form.parse("slug", &self.slug);
        let title = form.parse("title", &self.title);
        let fields = form.read("fields", questions(Some(self.fields)));
        let rules = form.read("rules", rules(self.rules));
        let fallback = form.read("fallback", self.fallback.read());
        let whole = || {
            Some(FormDraft {
                slug: slug?,
                title: title?,
                fields: fields?.unwrap_or_default(),
                rules: rules?,
                fallback: fallback?,
            })
        };
        let whole = whole();
        form.done(whole)
    }
}

impl RoutingFormUpdateInput {
    fn edit(self) -> std::result::Result<FormEdit, Vec<UserError>> {
        let mut form = Form::default();
        let slug = form.parse_if("slug", self.slug.as_deref());
        let title = form.parse_if("title", self.title.as_deref());
        let fields = form.read("fields", questions(self.fields));
        let rules = form.read("rules", self.rules.map(rules).transpose());
        let fallback = form.read(
            "fallback",
            self.fallback.map(RoutingTargetInput::read).transpose(),
        );
        let whole = || {
            Some(FormEdit {
                slug: slug?,
                title: title?,
                fields: fields?,
                rules: rules?,
                fallback: fallback?,
            })
        };
        let whole = whole();
        form.done(whole)
    }
}

async fn create(ctx: &Context<'_>, mut input: RoutingFormCreateInput) -> Result<Outcome<FormChanged>> {
    Caller::of(ctx).tenant()?;
    let act = act(ctx, input.idempotency_key.take(), input.validate_only)?;
    let draft = match input.draft() {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act.run(ctx, |work| {
        Box::pin(scheduling::routing::create_form(work, draft))
    })
    .await
}

async fn update(ctx: &Context<'_>, mut input: RoutingFormUpdateInput) -> Result<Outcome<FormChanged>> {
    Caller::of(ctx).tenant()?;
    let act = act(ctx, input.idempotency_key.take(), input.validate_only)?;
    let (id, expected) = (input.routing_form_id, input.expected_version);
    let edit = match input.edit() {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act.run(ctx, move |work| {
        Box::pin(scheduling::routing::update_form(work, id, edit, expected))
    })
    .await
}

async fn submit(ctx: &Context<'_>, input: RoutingSubmitInput) -> Result<Outcome<Submitted>> {
    let tenant = Caller::of(ctx).visited()?;
    budget(ctx, "routing").await?;
    let mut form = Form::default();
    honest(&mut form, input.website.as_deref());
    let slug = form.parse("slug", &input.slug);
    let answers = form.read("answers", answers(input.answers));
    let (slug, answers) = match form.done(slug.zip(answers)) {
        Ok(read) => read,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let manner = Manner::of(input.idempotency_key, input.validate_only);
    Act::new(ctx, tenant, manner)?
        .run(ctx, |work| {
            Box::pin(async move { scheduling::routing::submit(work, &slug, answers).await })
        })
        .await
}
