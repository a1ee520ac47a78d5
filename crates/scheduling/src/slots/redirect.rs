//! Who is away, and who can be booked instead: offered to whoever looks for a time with somebody who is not there.

use std::collections::BTreeSet;

use db::{Reading, Tenant};
use kernel::Span;
use kernel::id::ResourceId;

use super::SlotsAsk;
use crate::absence::Absence;
use crate::calendar::Cast;
use crate::error::Refusal;
use crate::resource::find_resources;
use crate::store;

/// Redirects that one call returns, the earliest first.
pub const REDIRECTS_MAX: usize = 100;

/// Somebody is away, and somebody else can be booked instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redirect {
    /// Who is away.
    pub away: ResourceId,
    /// From when until when, as far as it was asked about.
    pub span: Span,
    /// Who can be booked instead.
    pub to: ResourceId,
}

/// Which of the hosts of a question are away in its range, and who can be booked instead. Why they are away is not told,
/// and whoever may not be seen is not named.
///
/// # Errors
/// If the service is not there, or the question is too long or about too many.
pub async fn redirects(reading: &Reading<Tenant>, ask: &SlotsAsk) -> Result<Vec<Redirect>, Refusal> {
    let span = ask.span()?;
    let service = super::service(reading, ask.service).await?;
    let cast = Cast::load(reading, &service, &ask.candidates).await?;
    let hosts: Vec<ResourceId> = cast.hosts.iter().map(|it| it.resource).collect();
    let mut away = store::absence::all_meeting(reading, &hosts, span).await?;
    away.retain(|it| it.redirect_to.is_some());
    away.sort_unstable_by_key(|it| (it.starts_at, it.id));
    let named: Vec<ResourceId> = away
        .iter()
        .flat_map(|it| [Some(it.resource_id), it.redirect_to])
        .flatten()
        .collect();
    let seen = find_resources(reading, &named).await?;
    let seen: BTreeSet<ResourceId> = seen.into_iter().map(|it| it.id).collect();
    let redirect = |it: &Absence| {
        let to = it.redirect_to.filter(|to| seen.contains(to))?;
        let within = Span::new(it.starts_at.max(span.start()), it.ends_at.min(span.end()));
        within.ok().map(|span| Redirect {
            away: it.resource_id,
            span,
            to,
        })
    };
    let shown = away.iter().filter(|it| seen.contains(&it.resource_id));
    Ok(shown.filter_map(redirect).take(REDIRECTS_MAX).collect())
}
