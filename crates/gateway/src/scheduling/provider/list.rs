//! Providers as they are listed and found.

use async_graphql::{Context, InputObject, Object, Result};
use db::paging::Page;
use kernel::Code;
use scheduling::provider::{ProviderFilter, Providers, ReviewState};

use super::Provider;
use super::tag::{ProviderTagInput, tags};
use crate::errors::{asked, broken, coded, on_top};
use crate::list::{Count, connection, page};
use crate::reads::Reads;

/// Which providers are meant; what is absent does not matter.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct ProviderFilterInput {
    /// Only those with all of these words, 10 at most.
    tags: Option<Vec<ProviderTagInput>>,
    /// Only those whose name, profession or words have this in them, whatever the case and accents.
    text: Option<String>,
    /// Only those whose resource's location has this in it, whatever the case and accents.
    location: Option<String>,
    /// Only those whose admission is here. The public sees only those who are ACTIVE, whatever is said.
    review_state: Option<ReviewState>,
    /// Only those who take people without a booking, or only those who do not.
    is_accepting_walk_ins: Option<bool>,
    /// Whether those that were put away are meant too; they are not if absent.
    with_archived: Option<bool>,
}

impl ProviderFilterInput {
    /// Reads it, for a query.
    ///
    /// # Errors
    /// If one of its words cannot be meant.
    pub(crate) fn read(self) -> Result<ProviderFilter> {
        let wrong = |wrong| coded(Code::InvalidInput, &format!("`tags`: {wrong}"));
        Ok(ProviderFilter {
            tags: tags(self.tags.unwrap_or_default()).map_err(wrong)?,
            text: self.text.map(|it| asked("text", &it)).transpose()?,
            location: self.location.map(|it| asked("location", &it)).transpose()?,
            review_state: self.review_state,
            accepts_walk_ins: self.is_accepting_walk_ins,
            with_archived: self.with_archived.unwrap_or(false),
        })
    }
}

connection! {
    /// Providers of an organization.
    ProviderConnection, ProviderEdge of Provider
}

/// Providers.
#[derive(Debug, Default)]
pub(crate) struct ProviderQuery;

/// Providers.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl ProviderQuery {
    /// The providers of the organization, by name. Public: without the right `catalogue:read` those who are admitted and can
    /// be booked.
    async fn providers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all if absent.")] filter: Option<ProviderFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ProviderConnection>> {
        let filter = filter.unwrap_or_default().read();
        Some(list(ctx, page::<Providers>(first, after, last, before), filter).await)
    }

    /// The profile at a public address; null if there is none that you may see. Public.
    async fn provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The slug of the person as a resource.")] slug: String,
    ) -> Option<Result<Provider>> {
        named(ctx, &slug).await.transpose()
    }
}

async fn list(
    ctx: &Context<'_>,
    page: Result<Page>,
    filter: Result<ProviderFilter>,
) -> Result<ProviderConnection> {
    let (page, filter) = (page?, filter?);
    let reading = Reads::of(ctx).public().await?;
    let slice = scheduling::provider::providers(&reading, &filter, &page)
        .await
        .map_err(on_top)?
        .map(Provider);
    let count: Count = Box::new(move |reading| {
        let filter = filter.clone();
        Box::pin(async move {
            let counted = scheduling::provider::count_providers(&reading, &filter).await;
            counted.map_err(on_top)
        })
    });
    Ok(ProviderConnection { slice, count })
}

async fn named(ctx: &Context<'_>, slug: &str) -> Result<Option<Provider>> {
    let Ok(slug) = slug.parse() else {
        return Ok(None);
    };
    let reading = Reads::of(ctx).public().await?;
    let found = scheduling::provider::provider_named(&reading, &slug)
        .await
        .map_err(broken)?;
    Ok(found.map(Provider))
}
