//! Resources as they are listed and found.

use async_graphql::{Context, Object, Result};
use db::paging::Page;
use scheduling::resource::{ResourceFilter, ResourceKind, Resources};

use super::Resource;
use crate::errors::{asked, broken, on_top};
use crate::list::{Count, connection, page};
use crate::reads::Reads;

connection! {
    /// Resources of an organization.
    ResourceConnection, ResourceEdge of Resource
}

/// Resources.
#[derive(Debug, Default)]
pub(crate) struct ResourceQuery;

/// Resources.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl ResourceQuery {
    /// The resources of the organization, by name. Public: without the right `catalogue:read` those that can be booked.
    async fn resources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these kinds; all if absent.")] kinds: Option<Vec<ResourceKind>>,
        #[graphql(desc = "Only those whose name has this in it, whatever the case and accents.")]
        text: Option<String>,
        #[graphql(
            default_with = "Some(false)",
            desc = "Whether those that were put away are listed too."
        )]
        with_archived: Option<bool>,
    ) -> Option<Result<ResourceConnection>> {
        let filter = text
            .map(|it| asked("text", &it))
            .transpose()
            .map(|text| ResourceFilter {
                kinds: kinds.unwrap_or_default(),
                text,
                with_archived: with_archived.unwrap_or_default(),
            });
        Some(list(ctx, page::<Resources>(first, after, last, before), filter).await)
    }

    /// The resource at a public address; null if there is none that you may see.
    async fn resource(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its part of a public address.")] slug: String,
    ) -> Option<Result<Resource>> {
        named(ctx, &slug).await.transpose()
    }
}

async fn list(
    ctx: &Context<'_>,
    page: Result<Page>,
    filter: Result<ResourceFilter>,
) -> Result<ResourceConnection> {
    let (page, filter) = (page?, filter?);
    let reading = Reads::of(ctx).public().await?;
    let slice = scheduling::resource::resources(&reading, &filter, &page)
        .await
        .map_err(on_top)?
        .map(Resource);
    let count: Count = Box::new(move |reading| {
        let filter = filter.clone();
        Box::pin(async move {
            let counted = scheduling::resource::count_resources(&reading, &filter).await;
            counted.map_err(on_top)
        })
    });
    Ok(ResourceConnection { slice, count })
}

async fn named(ctx: &Context<'_>, slug: &str) -> Result<Option<Resource>> {
    let Ok(slug) = slug.parse() else {
        return Ok(None);
    };
    let reading = Reads::of(ctx).public().await?;
    let found = scheduling::resource::resource_named(&reading, &slug)
        .await
        .map_err(broken)?;
    Ok(found.map(Resource))
}
