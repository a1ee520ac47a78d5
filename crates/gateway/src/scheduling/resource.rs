//! What time can be booked with: people, rooms, equipment.

mod list;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use kernel::Right;
use kernel::id::ResourceId;
use scheduling::resource::{ResourceChanged, ResourceDraft, ResourceEdit, ResourceKind};

use super::metadata::{MetadataEntry, MetadataEntryInput, entries, metadata};
use super::provider::Provider;
use super::{act, shelf_inputs};
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::Form;
use crate::loaders::{ProviderOf, load};
use crate::scalars::{Instant, TimeZone};

pub(crate) use self::list::ResourceQuery;

/// One resource.
#[derive(Debug, Clone)]
pub(crate) struct Resource(pub(crate) scheduling::resource::Resource);

/// Somebody or something whose time can be booked: a person, a room, a piece of equipment.
#[Object]
impl Resource {
    /// The resource's global id.
    pub(crate) async fn id(&self) -> ResourceId {
        self.0.id
    }

    /// What it is.
    async fn kind(&self) -> ResourceKind {
        self.0.kind
    }

    /// What it is called.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// Its part of a public address.
    async fn slug(&self) -> &str {
        self.0.slug.as_str()
    }

    /// What there is to know about it.
    async fn description(&self) -> Option<String> {
        self.0.description.as_ref().map(ToString::to_string)
    }

    /// The zone that its dates and hours are counted in.
    async fn time_zone(&self) -> TimeZone {
        TimeZone::of(&self.0.timezone)
    }

    /// How many bookings it can carry at once.
    async fn capacity(&self) -> i64 {
        self.0.capacity
    }

    /// Where it is.
    async fn location(&self) -> Option<String> {
        self.0.location.as_ref().map(ToString::to_string)
    }

    /// The profile of a person, as far as you may see it.
    async fn provider(&self, ctx: &Context<'_>) -> Option<Result<Provider>> {
        load(ctx, ProviderOf(self.0.id)).await.transpose()
    }

    /// Whether it can be booked.
    async fn is_active(&self) -> bool {
        self.0.is_active
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

impl Resource {
    /// What only members see who may read the catalogue.
    fn private(&self, ctx: &Context<'_>) -> Option<&scheduling::resource::Resource> {
        Caller::of(ctx).may(Right::CatalogueRead).then_some(&self.0)
    }
}

/// A new resource.
#[derive(InputObject)]
pub(crate) struct ResourceCreateInput {
    /// What it is; that never changes.
    kind: ResourceKind,
    /// What it is called, 1 to 120 characters.
    name: String,
    /// Its part of a public address.
    slug: String,
    /// The zone that its dates and hours are counted in.
    time_zone: TimeZone,
    /// What there is to know about it.
    description: Option<String>,
    /// How many bookings it can carry at once, 1 to 500; 1 if absent.
    capacity: Option<i64>,
    /// Where it is.
    location: Option<String>,
    /// Whether it can be booked; it can if absent.
    is_active: Option<bool>,
    /// The integrator's own words, 50 at most.
    metadata: Option<Vec<MetadataEntryInput>>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Changes to a resource. What is absent stays as it is.
#[derive(InputObject)]
pub(crate) struct ResourceUpdateInput {
    /// Which resource.
    resource_id: ResourceId,
    /// What it is called.
    name: Option<String>,
    /// Its part of a public address.
    slug: Option<String>,
    /// The zone that its dates and hours are counted in.
    time_zone: Option<TimeZone>,
    /// What there is to know about it; null takes it away.
    description: MaybeUndefined<String>,
    /// How many bookings it can carry at once, 1 to 500.
    capacity: Option<i64>,
    /// Where it is; null takes it away.
    location: MaybeUndefined<String>,
    /// Whether it can be booked.
    is_active: Option<bool>,
    /// The integrator's own words, 50 at most; they replace those that were there.
    metadata: Option<Vec<MetadataEntryInput>>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    resource_id: ResourceId,
    /// Which resource is put away.
    ResourceArchiveInput,
    /// Which resource is taken out again.
    ResourceRestoreInput,
}

macro_rules! resource_payload {
    ($(#[doc = $doc:literal] $name:ident,)*) => {$(
        payload! {
            #[doc = $doc]
            $name(ResourceChanged) {
                /// The resource as it is now.
                async fn resource(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
                    load::<ResourceId, Resource>(ctx, self.0.done()?.resource).await.transpose()
                }
            }
        }
    )*};
}

resource_payload! {
    /// There is another resource.
    ResourceCreatePayload,
    /// A resource has changed.
    ResourceUpdatePayload,
    /// A resource is put away.
    ResourceArchivePayload,
    /// A resource is taken out again.
    ResourceRestorePayload,
}

/// Changing resources.
#[derive(Debug, Default)]
pub(crate) struct ResourceMutation;

/// Changing resources.
#[Object]
impl ResourceMutation {
    /// Makes a resource. Needs the right `catalogue:write`.
    async fn resource_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A new resource.")] input: ResourceCreateInput,
    ) -> Option<Result<ResourceCreatePayload>> {
        Some(create(ctx, input).await.map(ResourceCreatePayload))
    }

    /// Changes a resource. Needs the right `catalogue:write`.
    async fn resource_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to a resource. What is absent stays as it is.")] input: ResourceUpdateInput,
    ) -> Option<Result<ResourceUpdatePayload>> {
        Some(update(ctx, input).await.map(ResourceUpdatePayload))
    }

    /// Puts a resource away: it can no longer be booked, and its slug is free again. What is booked stays booked. Needs the
    /// right `catalogue:write`.
    async fn resource_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which resource is put away.")] input: ResourceArchiveInput,
    ) -> Option<Result<ResourceArchivePayload>> {
        Some(archive(ctx, input).await.map(ResourceArchivePayload))
    }

    /// Takes a resource out again. Needs the right `catalogue:write`.
    async fn resource_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which resource is taken out again.")] input: ResourceRestoreInput,
    ) -> Option<Result<ResourceRestorePayload>> {
        Some(restore(ctx, input).await.map(ResourceRestorePayload))
    }
}

async fn create(ctx: &Context<'_>, input: ResourceCreateInput) -> Result<Outcome<ResourceChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let name = form.parse("name", &input.name);
    let slug = form.parse("slug", &input.slug);
    let timezone = form.parse("timeZone", &input.time_zone.0);
    let description = form.parse_if("description", input.description.as_deref());
    let location = form.parse_if("location", input.location.as_deref());
    let metadata = form.read("metadata", metadata(input.metadata));
    let draft = (|| {
        Some(ResourceDraft {
            kind: input.kind,
            name: name?,
            slug: slug?,
            timezone: timezone?,
            details: ResourceEdit {
                description: description?.map(Some),
                capacity: input.capacity,
                location: location?.map(Some),
                is_active: input.is_active,
                metadata: metadata?,
                ..ResourceEdit::default()
            },
        })
    })();
    let draft = match form.done(draft) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let act = act(ctx, input.idempotency_key, input.validate_only)?;
    act.run(ctx, |work| {
        Box::pin(scheduling::resource::create_resource(work, draft))
    })
    .await
}

async fn update(ctx: &Context<'_>, input: ResourceUpdateInput) -> Result<Outcome<ResourceChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let name = form.parse_if("name", input.name.as_deref());
    let slug = form.parse_if("slug", input.slug.as_deref());
    let timezone = form.parse_if("timeZone", input.time_zone.as_ref().map(|it| it.0.as_str()));
    let description = form.parse_patch("description", input.description);
    let location = form.parse_patch("location", input.location);
    let metadata = form.read("metadata", metadata(input.metadata));
    let edit = (|| {
        Some(ResourceEdit {
            name: name?,
            slug: slug?,
            description: description?,
            timezone: timezone?,
            capacity: input.capacity,
            location: location?,
            is_active: input.is_active,
            metadata: metadata?,
        })
    })();
    let edit = match form.done(edit) {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let act = act(ctx, input.idempotency_key, input.validate_only)?;
    let (id, expected) = (input.resource_id, input.expected_version);
    act.run(ctx, move |work| {
        Box::pin(scheduling::resource::update_resource(work, id, edit, expected))
    })
    .await
}

async fn archive(ctx: &Context<'_>, input: ResourceArchiveInput) -> Result<Outcome<ResourceChanged>> {
    let act = act(ctx, input.idempotency_key, input.validate_only)?;
    let (id, expected) = (input.resource_id, input.expected_version);
    act.run(ctx, move |work| {
        Box::pin(scheduling::resource::archive_resource(work, id, expected))
    })
    .await
}

async fn restore(ctx: &Context<'_>, input: ResourceRestoreInput) -> Result<Outcome<ResourceChanged>> {
    let act = act(ctx, input.idempotency_key, input.validate_only)?;
    let (id, expected) = (input.resource_id, input.expected_version);
    act.run(ctx, move |work| {
        Box::pin(scheduling::resource::restore_resource(work, id, expected))
    })
    .await
}
