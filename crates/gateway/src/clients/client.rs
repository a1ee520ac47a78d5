//! One person whom the organization serves.

use async_graphql::{Context, Object, Result};
use clients::ClientStatus;
use db::paging::Page;
use kernel::id::{ClientId, ProviderId, UserId};
use scheduling::booking::{BookingFilter, Bookings, Status};

use crate::list::page;
use crate::loaders::load;
use crate::scalars::{CountryCode, EmailAddress, Instant, Locale, PhoneNumber, TimeZone};
use crate::scheduling::booking::{BookingConnection, listed};
use crate::scheduling::provider::Provider;

/// Clients to be sorted out that are told of one.
pub(crate) const CONFLICTS_MAX: usize = 20;

/// Loads whom the directory knows by what was typed as somebody's, and is somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConflictsOf(pub(crate) ClientId);

/// One client.
#[derive(Debug, Clone)]
pub(crate) struct Client(pub(crate) clients::Client);

/// A person whom the organization serves. Only staff see it: what somebody typed when they booked is on their booking.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl Client {
    /// The client's global id.
    pub(crate) async fn id(&self) -> ClientId {
        self.0.id
    }

    /// What they are called.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// Where they are written to; nobody else's.
    async fn email(&self) -> Option<EmailAddress> {
        self.0.email.as_ref().map(EmailAddress::of)
    }

    /// Where they are called; perhaps a family's.
    async fn phone(&self) -> Option<PhoneNumber> {
        self.0.phone.as_ref().map(PhoneNumber::of)
    }

    /// The account that they sign in with.
    async fn user_id(&self) -> Option<UserId> {
        self.0.user_id
    }

    /// The zone of their clock.
    async fn time_zone(&self) -> Option<TimeZone> {
        self.0.timezone.as_ref().map(TimeZone::of)
    }

    /// The language that they read.
    async fn locale(&self) -> Option<Locale> {
        self.0.locale.as_ref().map(Locale::of)
    }

    /// In which country they are.
    async fn country(&self) -> Option<CountryCode> {
        self.0.country.as_ref().map(CountryCode::of)
    }

    /// In which city.
    async fn city(&self) -> Option<String> {
        self.0.city.as_ref().map(ToString::to_string)
    }

    /// Where they stand.
    async fn status(&self) -> ClientStatus {
        self.0.status()
    }

    /// Who serves them first of all.
    async fn primary_provider_id(&self) -> Option<ProviderId> {
        self.0.primary_provider_id
    }

    /// Who serves them first of all.
    async fn primary_provider(&self, ctx: &Context<'_>) -> Option<Result<Provider>> {
        load::<ProviderId, Provider>(ctx, self.0.primary_provider_id?)
            .await
            .transpose()
    }

    /// Others who seem to be the same person: somebody booked with the address of one and the number of the other. There is
    /// something to sort out; 20 at most.
    async fn conflicting_clients(&self, ctx: &Context<'_>) -> Option<Result<Vec<Client>>> {
        let found = load(ctx, ConflictsOf(self.0.id)).await;
        Some(found.map(Option::unwrap_or_default))
    }

    /// Their bookings, by when they start: those that they take or took part in. Needs the right `diary:read`; with
    /// `own_diary:write`, those that one gives oneself.
    async fn bookings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only in one of these states, as they were last written; all if absent.")]
        statuses: Option<Vec<Status>>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<BookingConnection>> {
        let page = page::<Bookings>(first, after, last, before);
        Some(self.history(ctx, statuses, page).await)
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Since when they are put away.
    async fn archived_at(&self) -> Option<Instant> {
        self.0.archived_at.map(Instant)
    }

    /// When they were made.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }

    /// When they were changed last.
    async fn updated_at(&self) -> Instant {
        self.0.updated_at.into()
    }
}

impl Client {
    async fn history(
        &self,
        ctx: &Context<'_>,
        statuses: Option<Vec<Status>>,
        page: Result<Page>,
    ) -> Result<BookingConnection> {
        let filter = BookingFilter {
            client: Some(self.0.id),
            statuses: statuses.unwrap_or_default(),
            ..BookingFilter::default()
        };
        listed(ctx, filter, page?).await
    }
}
