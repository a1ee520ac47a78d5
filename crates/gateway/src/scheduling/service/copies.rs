//! What a template has to do with its copies: looking at it.

use async_graphql::{Context, Result};
use db::paging::Page;
use kernel::id::{ServiceId, TeamId};
use scheduling::team::Lock;

use super::{Service, ServiceConnection};
use crate::errors::on_top;
use crate::list::Count;
use crate::loaders::load;
use crate::reads::Reads;
use crate::scheduling::team::Team;

/// The copies of a template, by title.
pub(super) async fn list(
    ctx: &Context<'_>,
    template: ServiceId,
    page: Result<Page>,
) -> Result<ServiceConnection> {
    let page = page?;
    let reading = Reads::of(ctx).public().await?;
    let slice = scheduling::service::copies_of_service(&reading, template, &page)
        .await
        .map_err(on_top)?
        .map(Service);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move {
            scheduling::service::count_copies(&reading, template)
                .await
                .map_err(on_top)
        })
    });
    Ok(ServiceConnection { slice, count })
}

/// What a copy cannot change, which is what a template's copies cannot: its team says so.
pub(super) async fn locked(
    ctx: &Context<'_>,
    service: &scheduling::service::Service,
) -> Result<Option<Vec<Lock>>> {
    let team = match (service.managed_by, service.template_id) {
        (Some(team), _) => Some(team),
        (None, Some(template)) => load::<ServiceId, Service>(ctx, template)
            .await?
            .and_then(|it| it.0.managed_by),
        (None, None) => return Ok(Some(Vec::new())),
    };
    let Some(team) = team else { return Ok(None) };
    let team = load::<TeamId, Team>(ctx, team).await?;
    Ok(team.map(|it| it.0.locks.0.iter().copied().collect()))
}
