//! The waiting list: whoever finds nothing free waits, and is offered what comes free.

mod change;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use db::paging::Page;
use kernel::Line;
use kernel::id::{ResourceId, ServiceId, WaitlistEntryId};
use scheduling::waitlist::{Waitlist, WaitlistFilter, WaitlistStatus};

use super::booking::Booking;
use super::resource::Resource;
use super::service::Service;
use crate::errors::{asked, found, on_top};
use crate::host::Host;
use crate::list::{Count, connection, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Instant, PhoneNumber};

pub(crate) use self::change::WaitlistMutation;

/// Loads what is offered to somebody who was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct OfferTo(pub(crate) WaitlistEntryId);

/// One place on the list.
#[derive(Debug, Clone)]
pub(crate) struct WaitlistEntry(pub(crate) scheduling::waitlist::WaitlistEntry);

/// Somebody who waits for a service to come free within a window. Who came first is offered first.
#[Object]
impl WaitlistEntry {
    /// The entry's global id.
    pub(crate) async fn id(&self) -> WaitlistEntryId {
        self.0.id
    }

    /// Where it stands by now.
    async fn status(&self, ctx: &Context<'_>) -> WaitlistStatus {
        self.0.status_at(Host::of(ctx).now())
    }

    /// What they wait for.
    async fn service_id(&self) -> ServiceId {
        self.0.service_id
    }

    /// What they wait for. Null if it is not offered any more.
    async fn service(&self, ctx: &Context<'_>) -> Option<Result<Service>> {
        load::<ServiceId, Service>(ctx, self.0.service_id)
            .await
            .transpose()
    }

    /// Whom they wait for; whoever can give it if null.
    async fn host(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.host_id?)
            .await
            .transpose()
    }

    /// The first instant at which it may start.
    async fn window_starts_at(&self) -> Instant {
        self.0.window_starts_at.into()
    }

    /// The first instant after that.
    async fn window_ends_at(&self) -> Instant {
        self.0.window_ends_at.into()
    }

    /// The name as it was typed.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// The e-mail address as it was typed.
    async fn email(&self) -> Option<EmailAddress> {
        self.0.email.as_ref().map(EmailAddress::of)
    }

    /// The telephone number as it was typed.
    async fn phone(&self) -> Option<PhoneNumber> {
        self.0.phone.as_ref().map(PhoneNumber::of)
    }

    /// What is offered to them by now.
    async fn offer(&self, ctx: &Context<'_>) -> Option<Result<WaitlistOffer>> {
        load::<OfferTo, WaitlistOffer>(ctx, OfferTo(self.0.id))
            .await
            .transpose()
    }

    /// What they booked. Null to whoever may not read the diary.
    async fn booking(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
        let booking = self.0.booking_id?;
        super::booking::seen(ctx, booking, None).await.transpose()
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When they came to wait: the order of the list.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }
}

/// What is kept for somebody who waits: nobody else can book it until it is passed on.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct WaitlistOffer {
    /// When it starts.
    starts_at: Instant,
    /// When it ends, without buffers.
    ends_at: Instant,
    /// Until when it can be taken.
    expires_at: Instant,
}

impl WaitlistOffer {
    pub(crate) fn of(row: &scheduling::waitlist::WaitlistOffer) -> Self {
        Self {
            starts_at: row.starts_at.into(),
            ends_at: row.ends_at.into(),
            expires_at: row.offered_until.into(),
        }
    }
}

connection! {
    /// Those who wait in an organization, or have waited.
    WaitlistEntryConnection, WaitlistEntryEdge of WaitlistEntry
}

/// Which of those who wait are asked for; what is absent does not matter.
#[derive(Debug, Default, InputObject)]
pub(crate) struct WaitlistFilterInput {
    /// Standing so by now.
    statuses: Option<Vec<WaitlistStatus>>,
    /// For this service.
    service_id: Option<ServiceId>,
    /// For this host.
    host_id: Option<ResourceId>,
    /// Whose name, address or number has this in it, whatever the case and accents.
    text: Option<String>,
}

/// What the link of somebody who waits shows.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct WaitlistLink {
    /// Their own place.
    entry: WaitlistEntry,
    /// How many wait for the same service and came before.
    people_ahead: u64,
}

/// Whoever waits.
#[derive(Debug, Default)]
pub(crate) struct WaitlistQuery;

/// Whoever waits.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl WaitlistQuery {
    /// Those who wait or have waited, in the order in which they came. Needs the right `diary:read`; with
    /// `own_diary:write`, those who wait for oneself.
    async fn waitlist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all if absent.")] filter: Option<WaitlistFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<WaitlistEntryConnection>> {
        let page = page::<Waitlist>(first, after, last, before);
        Some(list(ctx, filter.unwrap_or_default(), page).await)
    }

    /// One's own place on the list, and what is offered. Public: null for a token that is none.
    async fn waitlist_entry_by_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token that joining gave.")] token: String,
    ) -> Option<Result<WaitlistLink>> {
        by_link(ctx, &token).await.transpose()
    }
}

async fn list(
    ctx: &Context<'_>,
    filter: WaitlistFilterInput,
    page: Result<Page>,
) -> Result<WaitlistEntryConnection> {
    let text: Option<Line> = filter.text.map(|it| asked("filter.text", &it)).transpose()?;
    let filter = WaitlistFilter {
        statuses: filter.statuses.unwrap_or_default(),
        service: filter.service_id,
        host: filter.host_id,
        text,
    };
    let reading = Reads::of(ctx).tenant().await?;
    let slice = scheduling::waitlist::waitlist(&reading, &filter, &page?)
        .await
        .map_err(on_top)?
        .map(WaitlistEntry);
    let count: Count = Box::new(move |reading| {
        let filter = filter.clone();
        Box::pin(async move {
            let counted = scheduling::waitlist::count_waitlist(&reading, &filter).await;
            counted.map_err(on_top)
        })
    });
    Ok(WaitlistEntryConnection { slice, count })
}

async fn by_link(ctx: &Context<'_>, text: &str) -> Result<Option<WaitlistLink>> {
    let reading = Reads::of(ctx).public().await?;
    let Some(token) = found(scheduling::waitlist::read_token(text))? else {
        return Ok(None);
    };
    let Some(entry) = found(scheduling::waitlist::by_token(&reading, &token).await)? else {
        return Ok(None);
    };
    let people_ahead = scheduling::waitlist::ahead_of(&reading, &entry)
        .await
        .map_err(on_top)?;
    Ok(Some(WaitlistLink {
        entry: WaitlistEntry(entry),
        people_ahead,
    }))
}

/// A place that was made or changed, as whoever holds its token sees it.
async fn own(ctx: &Context<'_>, entry: WaitlistEntryId) -> Result<Option<WaitlistEntry>> {
    let reading = Reads::of(ctx).public().await?;
    let token = scheduling::waitlist::token(&reading, entry);
    Ok(by_link(ctx, token.reveal()).await?.map(|it| it.entry))
}
