//! Routing forms: questions that find out where somebody is to go.

mod change;
mod rules;
mod submission;

use async_graphql::{Context, Object, Result};
use db::paging::Page;
use kernel::Right;
use kernel::id::RoutingFormId;
use scheduling::routing::{RoutingForms, RoutingSubmissions};

use self::rules::{RoutingRule, RoutingTarget};
use self::submission::{RoutingSubmissionConnection, answered};
use super::service::ServiceQuestion;
use crate::caller::Caller;
use crate::errors::{broken, on_top};
use crate::list::{Count, connection, page};
use crate::reads::Reads;
use crate::scalars::Instant;

pub(crate) use self::change::RoutingMutation;

/// One form.
#[derive(Debug, Clone)]
pub(crate) struct RoutingForm(pub(crate) scheduling::routing::RoutingForm);

/// Questions that find out where somebody is to go. What leads where is for those who may read the catalogue.
#[Object]
impl RoutingForm {
    /// The form's global id.
    pub(crate) async fn id(&self) -> RoutingFormId {
        self.0.id
    }

    /// Its part of a public address.
    async fn slug(&self) -> &str {
        self.0.slug.as_str()
    }

    /// What it is called.
    async fn title(&self) -> &str {
        self.0.title.as_str()
    }

    /// What it asks.
    async fn fields(&self) -> Vec<ServiceQuestion> {
        let fields = self.0.fields.as_slice().iter();
        fields.cloned().map(ServiceQuestion).collect()
    }

    /// Which answers lead where: the first rule that matches does. Null unless you may read the catalogue.
    async fn rules(&self, ctx: &Context<'_>) -> Option<Vec<RoutingRule>> {
        let rules = self.private(ctx)?.rules.as_slice().iter();
        Some(rules.cloned().map(RoutingRule).collect())
    }

    /// Where everybody else goes. Null unless you may read the catalogue.
    async fn fallback(&self, ctx: &Context<'_>) -> Option<RoutingTarget> {
        self.private(ctx).map(|it| RoutingTarget(it.fallback.clone()))
    }

    /// Counts the changes; hand it back as `expectedVersion`. Null unless you may read the catalogue.
    async fn version(&self, ctx: &Context<'_>) -> Option<i64> {
        self.private(ctx).map(|it| it.version)
    }

    /// Since when it is put away. Null unless you may read the catalogue.
    async fn archived_at(&self, ctx: &Context<'_>) -> Option<Instant> {
        self.private(ctx)?.archived_at.map(Instant)
    }
}

impl RoutingForm {
    /// What only members see who may read the catalogue.
    fn private(&self, ctx: &Context<'_>) -> Option<&scheduling::routing::RoutingForm> {
        Caller::of(ctx).may(Right::CatalogueRead).then_some(&self.0)
    }
}

connection! {
    /// Routing forms of an organization.
    RoutingFormConnection, RoutingFormEdge of RoutingForm
}

/// Routing forms.
#[derive(Debug, Default)]
pub(crate) struct RoutingQuery;

/// Routing forms.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl RoutingQuery {
    /// The form at a public address; null if there is none. Public.
    async fn routing_form(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its part of a public address.")] slug: String,
    ) -> Option<Result<RoutingForm>> {
        named(ctx, &slug).await.transpose()
    }

    /// The forms of the organization, by title. Public: without the right `catalogue:read` those that can be filled in.
    async fn routing_forms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(
            default_with = "Some(false)",
            desc = "Whether those that were put away are listed too."
        )]
        with_archived: Option<bool>,
    ) -> Option<Result<RoutingFormConnection>> {
        let page = page::<RoutingForms>(first, after, last, before);
        Some(list(ctx, page, with_archived.unwrap_or_default()).await)
    }

    /// What was answered to a form, by when. Needs the right `clients:read`.
    async fn routing_submissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which form.")] routing_form_id: RoutingFormId,
    ) -> Option<Result<RoutingSubmissionConnection>> {
        let page = page::<RoutingSubmissions>(first, after, last, before);
        Some(answered(ctx, routing_form_id, page).await)
    }
}

async fn named(ctx: &Context<'_>, slug: &str) -> Result<Option<RoutingForm>> {
    let Ok(slug) = slug.parse() else {
        return Ok(None);
    };
    let reading = Reads::of(ctx).public().await?;
    let found = scheduling::routing::form_named(&reading, &slug)
        .await
        .map_err(broken)?;
    Ok(found.map(RoutingForm))
}

async fn list(ctx: &Context<'_>, page: Result<Page>, with_archived: bool) -> Result<RoutingFormConnection> {
    let reading = Reads::of(ctx).public().await?;
    let slice = scheduling::routing::forms(&reading, with_archived, &page?)
        .await
        .map_err(on_top)?
        .map(RoutingForm);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move {
            let counted = scheduling::routing::count_forms(&reading, with_archived).await;
            counted.map_err(on_top)
        })
    });
    Ok(RoutingFormConnection { slice, count })
}
