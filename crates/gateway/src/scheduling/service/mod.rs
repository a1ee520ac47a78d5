//! What can be booked, and all the terms of it.

mod change;
mod copies;
mod terms;

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use db::paging::Page;
use kernel::Right;
use kernel::id::{CancellationPolicyId, ResourceId, ServiceId, TeamId};
use scheduling::service::{Confirmation, LocationKind, PriceMode, ServiceFilter, Services, ZoneIntent};
use scheduling::team::{Lock, Strategy};

use self::terms::{BookingHorizon, BookingLimit, ServicePayment};
use super::metadata::{MetadataEntry, entries};
use super::team::Team;
use crate::caller::Caller;
use crate::errors::{asked, broken, on_top};
use crate::list::{Count, connection, page};
use crate::loaders::{HostsOfService, load};
use crate::reads::Reads;
use crate::scalars::{Duration, Instant, Money};

pub(crate) use self::change::ServiceMutation;
pub(crate) use self::terms::{ServiceHost, ServiceQuestion, ServiceQuestionInput, questions};

/// One service.
#[derive(Debug, Clone)]
pub(crate) struct Service(pub(crate) scheduling::service::Service);

/// Something that can be booked, with all its terms.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl Service {
    /// The service's global id.
    pub(crate) async fn id(&self) -> ServiceId {
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

    /// What there is to know about it.
    async fn description(&self) -> Option<String> {
        self.0.description.as_ref().map(ToString::to_string)
    }

    /// How long it takes.
    async fn duration(&self) -> Duration {
        Duration::of(self.0.duration_minutes)
    }

    /// From one start to the next.
    async fn interval(&self) -> Duration {
        Duration::of(self.0.interval_minutes)
    }

    /// What must be free before it. Null unless you may read the catalogue.
    async fn buffer_before(&self, ctx: &Context<'_>) -> Option<Duration> {
        self.private(ctx).map(|it| Duration::of(it.buffer_before_minutes))
    }

    /// What must be free after it. Null unless you may read the catalogue.
    async fn buffer_after(&self, ctx: &Context<'_>) -> Option<Duration> {
        self.private(ctx).map(|it| Duration::of(it.buffer_after_minutes))
    }

    /// How long before its start it is booked at the latest.
    async fn notice(&self) -> Duration {
        Duration::of(self.0.notice_minutes)
    }

    /// How far ahead it is booked.
    async fn horizon(&self) -> BookingHorizon {
        self.0.ahead().into()
    }

    /// How much of it there may be. Null unless you may read the catalogue.
    async fn limits(&self, ctx: &Context<'_>) -> Option<Vec<BookingLimit>> {
        let limits = self.private(ctx)?.limits.as_slice();
        Some(limits.iter().copied().map(BookingLimit::from).collect())
    }

    /// How many can take part.
    async fn seats(&self) -> i64 {
        self.0.seats
    }

    /// Whether those who take part see each other's names.
    async fn has_visible_attendees(&self) -> bool {
        self.0.shows_attendees
    }

    /// Whether somebody has to confirm it.
    async fn confirmation(&self) -> Confirmation {
        self.0.confirmation
    }

    /// How long somebody has to confirm it.
    async fn confirmation_timeout(&self) -> Duration {
        Duration::of(self.0.confirmation_timeout_minutes)
    }

    /// Whether it takes its time before it is confirmed. Null unless you may read the catalogue.
    async fn is_occupying_while_pending(&self, ctx: &Context<'_>) -> Option<bool> {
        self.private(ctx).map(|it| it.pending_occupies)
    }

    /// Where it takes place.
    async fn location(&self) -> LocationKind {
        self.0.location
    }

    /// Which address, number or room that is.
    async fn location_detail(&self) -> Option<String> {
        self.0.location_detail.as_ref().map(ToString::to_string)
    }

    /// Where its price comes from.
    async fn price_mode(&self) -> PriceMode {
        self.0.price_mode
    }

    /// What it costs, unless a host says otherwise.
    async fn price(&self) -> Money {
        (&self.0.price()).into()
    }

    /// What is paid when it is booked.
    async fn payment(&self) -> ServicePayment {
        self.0.payment().into()
    }

    /// The terms of cancelling it; without any it costs nothing.
    async fn cancellation_policy_id(&self) -> Option<CancellationPolicyId> {
        self.0.cancellation_policy_id
    }

    /// How long before its start whoever booked is reminded, the earliest reminder first.
    async fn reminders(&self) -> Vec<Duration> {
        let minutes = self.0.reminders.minutes_before().iter();
        minutes.map(|it| Duration::of(i64::from(*it))).collect()
    }

    /// What whoever books is asked.
    async fn questions(&self) -> Vec<ServiceQuestion> {
        let questions = self.0.questions.as_slice().iter();
        questions.cloned().map(ServiceQuestion).collect()
    }

    /// How its hosts share; as their team does, or round robin, if null.
    async fn strategy(&self) -> Option<Strategy> {
        self.0.strategy
    }

    /// How many hosts it takes; as the strategy says if null.
    async fn hosts_required(&self) -> Option<i64> {
        self.0.hosts_required
    }

    /// What stays when a zone changes its rules.
    async fn zone_intent(&self) -> ZoneIntent {
        self.0.zone_intent
    }

    /// Who and what gives it: one row for each resource or team. Those of one part and need are alternatives.
    async fn hosts(&self, ctx: &Context<'_>) -> Option<Result<Vec<ServiceHost>>> {
        Some(hosts(ctx, self.0.id).await)
    }

    /// Whether it can be booked.
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// Of a template, the MANAGED team whose members each have a copy. A template itself cannot be booked. Null unless you may
    /// read the catalogue.
    async fn managed_by(&self, ctx: &Context<'_>) -> Option<Result<Team>> {
        let team = self.private(ctx)?.managed_by?;
        load::<TeamId, Team>(ctx, team).await.transpose()
    }

    /// Of a copy, what it was copied from. Null unless you may read the catalogue.
    async fn template(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        let template = self.private(ctx)?.template_id?;
        load::<ServiceId, Self>(ctx, template).await.transpose()
    }

    /// Of a copy, what only its template can change; of a template, what its copies cannot; empty of any other. Null unless
    /// you may read the catalogue.
    async fn locked_fields(&self, ctx: &Context<'_>) -> Option<Result<Vec<Lock>>> {
        copies::locked(ctx, self.private(ctx)?).await.transpose()
    }

    /// Of a template, the copies that its members have, by title. Null unless you may read the catalogue.
    async fn copies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ServiceConnection>> {
        let template = self.private(ctx)?.id;
        let page = page::<Services>(first, after, last, before);
        Some(copies::list(ctx, template, page).await)
    }

    /// The integrator's own words. Null unless you may read the catalogue.
    async fn metadata(&self, ctx: &Context<'_>) -> Option<Vec<MetadataEntry>> {
        self.private(ctx).map(|it| entries(&it.metadata))
    }

    /// Counts the changes; hand it back as `expectedVersion`. Null unless you may read the catalogue.
    async fn version(&self, ctx: &Context<'_>) -> Option<i64> {
        self.private(ctx).map(|it| it.version)
    }

    /// Since when it is put away. Null unless you may read the catalogue.
    async fn archived_at(&self, ctx: &Context<'_>) -> Option<Instant> {
        self.private(ctx)?.archived_at.map(Instant)
    }

    /// When it was made. Null unless you may read the catalogue.
    async fn created_at(&self, ctx: &Context<'_>) -> Option<Instant> {
        self.private(ctx).map(|it| it.created_at.into())
    }
}

impl Service {
    /// What only members see who may read the catalogue.
    fn private(&self, ctx: &Context<'_>) -> Option<&scheduling::service::Service> {
        Caller::of(ctx).may(Right::CatalogueRead).then_some(&self.0)
    }
}

async fn hosts(ctx: &Context<'_>, service: ServiceId) -> Result<Vec<ServiceHost>> {
    let found = load::<HostsOfService, Arc<[ServiceHost]>>(ctx, HostsOfService(service)).await?;
    Ok(found.map(|it| it.to_vec()).unwrap_or_default())
}

connection! {
    /// Services of an organization.
    ServiceConnection, ServiceEdge of Service
}

/// Services.
#[derive(Debug, Default)]
pub(crate) struct ServiceQuery;

/// Services.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl ServiceQuery {
    /// The services of the organization, by title. Public: without the right `catalogue:read` those that can be booked.
    async fn services(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that this resource gives, itself or in a team.")] resource_id: Option<
            ResourceId,
        >,
        #[graphql(desc = "Only those whose title has this in it, whatever the case and accents.")]
        text: Option<String>,
        #[graphql(
            default_with = "Some(false)",
            desc = "Whether those that were put away are listed too."
        )]
        with_archived: Option<bool>,
    ) -> Option<Result<ServiceConnection>> {
        let title = text.map(|it| asked("text", &it)).transpose();
        let filter = title.map(|text| ServiceFilter {
            given_by: resource_id,
            text,
            with_archived: with_archived.unwrap_or_default(),
        });
        Some(list(ctx, page::<Services>(first, after, last, before), filter).await)
    }

    /// The service at a public address; null if there is none that you may see. Public.
    async fn service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its part of a public address.")] slug: String,
    ) -> Option<Result<Service>> {
        named(ctx, &slug).await.transpose()
    }
}

async fn list(
    ctx: &Context<'_>,
    page: Result<Page>,
    filter: Result<ServiceFilter>,
) -> Result<ServiceConnection> {
    let (page, filter) = (page?, filter?);
    let reading = Reads::of(ctx).public().await?;
    let slice = scheduling::service::services(&reading, &filter, &page)
        .await
        .map_err(on_top)?
        .map(Service);
    let count: Count = Box::new(move |reading| {
        let filter = filter.clone();
        Box::pin(async move {
            let counted = scheduling::service::count_services(&reading, &filter).await;
            counted.map_err(on_top)
        })
    });
    Ok(ServiceConnection { slice, count })
}

/// The service at a public address.
pub(super) async fn named(ctx: &Context<'_>, slug: &str) -> Result<Option<Service>> {
    let Ok(slug) = slug.parse() else {
        return Ok(None);
    };
    let reading = Reads::of(ctx).public().await?;
    let found = scheduling::service::service_named(&reading, &slug)
        .await
        .map_err(broken)?;
    Ok(found.map(Service))
}
