//! The profiles of people who can be booked: what the public sees of them, and what the organization does.

mod change;
mod list;
mod review;
mod tag;

use async_graphql::{Context, Object, Result};
use kernel::Right;
use kernel::id::{ProviderId, ResourceId, UserId};
use scheduling::provider::ReviewState;

use super::resource::Resource;
use crate::caller::Caller;
use crate::loaders::load;
use crate::scalars::{EmailAddress, Instant, Money, PhoneNumber};

pub(crate) use self::change::ProviderMutation;
pub(crate) use self::list::{ProviderFilterInput, ProviderQuery};
pub(crate) use self::review::ProviderReviewMutation;
pub(crate) use self::tag::{ProviderTag, TagsOf};

/// One profile.
#[derive(Debug, Clone)]
pub(crate) struct Provider(pub(crate) scheduling::provider::Provider);

/// The profile of a person who can be booked. The public sees those who are admitted and can be booked, and of them what
/// helps to choose.
#[Object]
impl Provider {
    /// The provider's global id.
    pub(crate) async fn id(&self) -> ProviderId {
        self.0.id
    }

    /// The person as something that can be booked.
    async fn resource_id(&self) -> ResourceId {
        self.0.resource_id
    }

    /// The person as something that can be booked, with their slug, zone and location.
    async fn resource(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.resource_id)
            .await
            .transpose()
    }

    /// What they are called.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// What they do.
    async fn profession(&self) -> Option<String> {
        self.0.profession.as_ref().map(ToString::to_string)
    }

    /// What they say about themselves.
    async fn bio(&self) -> Option<String> {
        self.0.bio.as_ref().map(ToString::to_string)
    }

    /// The address of their picture.
    async fn avatar_url(&self) -> Option<String> {
        self.0.avatar_url.as_ref().map(ToString::to_string)
    }

    /// What an hour of theirs costs.
    async fn hourly_rate(&self) -> Option<Money> {
        self.0.hourly_rate().as_ref().map(Money::from)
    }

    /// Whether they take people who come without a booking.
    async fn is_accepting_walk_ins(&self) -> bool {
        self.0.accepts_walk_ins
    }

    /// The words by which they are found.
    async fn tags(&self, ctx: &Context<'_>) -> Option<Result<Vec<ProviderTag>>> {
        let found = load(ctx, TagsOf(self.0.id)).await;
        Some(found.map(Option::unwrap_or_default))
    }

    /// The person as somebody who signs in. Null unless you may read the catalogue.
    async fn user_id(&self, ctx: &Context<'_>) -> Option<UserId> {
        self.private(ctx)?.user_id
    }

    /// Where the organization writes to them. Null unless you may read the catalogue.
    async fn contact_email(&self, ctx: &Context<'_>) -> Option<EmailAddress> {
        self.private(ctx)?.contact_email.as_ref().map(EmailAddress::of)
    }

    /// Where the organization calls them. Null unless you may read the catalogue.
    async fn contact_phone(&self, ctx: &Context<'_>) -> Option<PhoneNumber> {
        self.private(ctx)?.contact_phone.as_ref().map(PhoneNumber::of)
    }

    /// Where they meet; told to whoever has booked. Null unless you may read the catalogue.
    async fn meeting_url(&self, ctx: &Context<'_>) -> Option<String> {
        self.private(ctx)?.meeting_url.as_ref().map(ToString::to_string)
    }

    /// What whoever books is told. Null unless you may read the catalogue.
    async fn welcome_message(&self, ctx: &Context<'_>) -> Option<String> {
        self.private(ctx)?
            .welcome_message
            .as_ref()
            .map(ToString::to_string)
    }

    /// How many clients they take. Null unless you may read the catalogue.
    async fn caseload_limit(&self, ctx: &Context<'_>) -> Option<i64> {
        self.private(ctx)?.caseload_limit
    }

    /// How far their admission is. Null unless you may read the catalogue.
    async fn review_state(&self, ctx: &Context<'_>) -> Option<ReviewState> {
        self.private(ctx).map(|it| it.review_state)
    }

    /// Why it was decided so. Null unless you may read the catalogue.
    async fn review_reason(&self, ctx: &Context<'_>) -> Option<String> {
        self.private(ctx)?.review_reason.as_ref().map(ToString::to_string)
    }

    /// Counts the changes; hand it back as `expectedVersion`. Null unless you may read the catalogue.
    async fn version(&self, ctx: &Context<'_>) -> Option<i64> {
        self.private(ctx).map(|it| it.version)
    }

    /// When it was made. Null unless you may read the catalogue.
    async fn created_at(&self, ctx: &Context<'_>) -> Option<Instant> {
        self.private(ctx).map(|it| it.created_at.into())
    }
}

impl Provider {
    /// What only members see who may read the catalogue.
    fn private(&self, ctx: &Context<'_>) -> Option<&scheduling::provider::Provider> {
        Caller::of(ctx).may(Right::CatalogueRead).then_some(&self.0)
    }
}
