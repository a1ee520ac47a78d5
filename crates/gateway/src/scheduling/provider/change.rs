//! Making and changing profiles.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use kernel::id::{ProviderId, ResourceId, UserId};
use scheduling::provider::{Person, ProviderChanged, ProviderDraft, ProviderEdit, ReviewState};
use scheduling::resource::{ResourceDraft, ResourceEdit, ResourceKind};

use super::Provider;
use super::tag::{ProviderTagInput, tags};
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, patched};
use crate::loaders::load;
use crate::scalars::{EmailAddress, MoneyInput, PhoneNumber, TimeZone};
use crate::scheduling::{act, shelf_inputs};

/// Whom a profile is of: either `resourceId`, or the others.
#[derive(InputObject)]
pub(crate) struct ProviderPersonInput {
    /// A resource of kind PERSON that is there already.
    resource_id: Option<ResourceId>,
    /// What a new one is called, 1 to 120 characters.
    name: Option<String>,
    /// Its part of a public address.
    slug: Option<String>,
    /// The zone that its dates and hours are counted in.
    time_zone: Option<TimeZone>,
    /// Where it is; it need not be said.
    location: Option<String>,
}

impl ProviderPersonInput {
    fn read(self, form: &mut Form) -> Option<Person> {
        let location = form.parse_if("person.location", self.location.as_deref());
        match (self.resource_id, self.name, self.slug, self.time_zone) {
            (Some(resource), None, None, None) if location == Some(None) => Some(Person::Known(resource)),
            (None, Some(name), Some(slug), Some(zone)) => {
                let name = form.parse("person.name", &name);
                let slug = form.parse("person.slug", &slug);
                let timezone = form.parse("person.timeZone", &zone.0);
                Some(Person::New(Box::new(ResourceDraft {
                    kind: ResourceKind::Person,
                    name: name?,
                    slug: slug?,
                    timezone: timezone?,
                    details: ResourceEdit {
                        location: location?.map(Some),
                        ..ResourceEdit::default()
                    },
                })))
            }
            _ => {
                let wanted = "expected either a resourceId, or a name with a slug and a timeZone";
                form.read("person", Err(wanted))
            }
        }
    }
}

/// What a profile says. What is absent stays as it is; null takes away.
#[derive(Default, InputObject)]
pub(crate) struct ProviderProfileInput {
    /// The member of the organization who it is, as somebody who signs in; the organization decides it.
    user_id: MaybeUndefined<UserId>,
    /// What they do, 1 to 200 characters.
    profession: MaybeUndefined<String>,
    /// What they say about themselves, 1 to 4,000 characters.
    bio: MaybeUndefined<String>,
    /// The address of their picture.
    avatar_url: MaybeUndefined<String>,
    /// Where the organization writes to them; not public.
    contact_email: MaybeUndefined<EmailAddress>,
    /// Where the organization calls them; not public.
    contact_phone: MaybeUndefined<PhoneNumber>,
    /// What an hour costs; the organization decides it.
    hourly_rate: MaybeUndefined<MoneyInput>,
    /// Where they meet; told to whoever has booked.
    meeting_url: MaybeUndefined<String>,
    /// What whoever books is told, 1 to 4,000 characters.
    welcome_message: MaybeUndefined<String>,
    /// Whether they take people who come without a booking.
    is_accepting_walk_ins: Option<bool>,
    /// How many clients they take, 0 to 10,000; the organization decides it.
    caseload_limit: MaybeUndefined<i64>,
}

impl ProviderProfileInput {
    fn read(self, form: &mut Form) -> Option<ProviderEdit> {
        let profession = form.parse_patch("profile.profession", self.profession);
        let bio = form.parse_patch("profile.bio", self.bio);
        let avatar_url = form.parse_patch("profile.avatarUrl", self.avatar_url);
        let email = self.contact_email.map_value(|it| it.0);
        let contact_email = form.parse_patch("profile.contactEmail", email);
        let phone = self.contact_phone.map_value(|it| it.0);
        let contact_phone = form.parse_patch("profile.contactPhone", phone);
        let rate = patched(self.hourly_rate).map(|rate| rate.map(|it| it.money()).transpose());
        let hourly_rate = form.read("profile.hourlyRate", rate.transpose());
        let meeting_url = form.parse_patch("profile.meetingUrl", self.meeting_url);
        let welcome_message = form.parse_patch("profile.welcomeMessage", self.welcome_message);
        Some(ProviderEdit {
            user: patched(self.user_id),
            profession: profession?,
            bio: bio?,
            avatar_url: avatar_url?,
            contact_email: contact_email?,
            contact_phone: contact_phone?,
            hourly_rate: hourly_rate?,
            meeting_url: meeting_url?,
            welcome_message: welcome_message?,
            accepts_walk_ins: self.is_accepting_walk_ins,
            caseload_limit: patched(self.caseload_limit),
        })
    }
}

/// A new provider.
#[derive(InputObject)]
pub(crate) struct ProviderCreateInput {
    /// Whom it is of.
    person: ProviderPersonInput,
    /// What the profile says.
    profile: Option<ProviderProfileInput>,
    /// How far their admission is; ACTIVE is shown to the public at once.
    #[graphql(default_with = "ReviewState::Draft")]
    review_state: ReviewState,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Changes to a profile.
#[derive(InputObject)]
pub(crate) struct ProviderUpdateInput {
    /// Which provider.
    provider_id: ProviderId,
    /// What changes.
    profile: ProviderProfileInput,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// The words by which a provider is found from now on.
#[derive(InputObject)]
pub(crate) struct ProviderTagsSetInput {
    /// Which provider.
    provider_id: ProviderId,
    /// The words, 50 at most; two that differ in case or accents only are one.
    tags: Vec<ProviderTagInput>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    provider_id: ProviderId,
    /// Which provider is put away.
    ProviderArchiveInput,
    /// Which provider is taken out again.
    ProviderRestoreInput,
}

macro_rules! provider_payload {
    ($(#[doc = $doc:literal] $name:ident,)*) => {$(
        payload! {
            #[doc = $doc]
            $name(ProviderChanged) {
                /// The provider as they are now.
                async fn provider(&self, ctx: &Context<'_>) -> Option<Result<Provider>> {
                    load::<ProviderId, Provider>(ctx, self.0.done()?.provider).await.transpose()
                }
            }
        }
    )*};
}
pub(super) use provider_payload;

provider_payload! {
    /// There is another provider.
    ProviderCreatePayload,
    /// A profile has changed.
    ProviderUpdatePayload,
    /// A provider is found by other words.
    ProviderTagsSetPayload,
    /// A provider is put away.
    ProviderArchivePayload,
    /// A provider is taken out again.
    ProviderRestorePayload,
}

/// Changing providers.
#[derive(Debug, Default)]
pub(crate) struct ProviderMutation;

/// Changing providers.
#[Object]
impl ProviderMutation {
    /// Makes a profile, and the resource that it is of unless that is there already. Needs the right `catalogue:write`, and
    /// `members:read` to name a user.
    async fn provider_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A new provider.")] input: ProviderCreateInput,
    ) -> Option<Result<ProviderCreatePayload>> {
        Some(create(ctx, input).await.map(ProviderCreatePayload))
    }

    /// Changes a profile. Needs the right `catalogue:write`, or `own_calendar:write` for one's own; only the organization
    /// changes a provider's user, rate and caseload.
    async fn provider_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to a profile.")] input: ProviderUpdateInput,
    ) -> Option<Result<ProviderUpdatePayload>> {
        Some(update(ctx, input).await.map(ProviderUpdatePayload))
    }

    /// Says by which words a provider is found. Needs the right `catalogue:write`, or `own_calendar:write` for oneself.
    async fn provider_tags_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The words by which a provider is found from now on.")] input: ProviderTagsSetInput,
    ) -> Option<Result<ProviderTagsSetPayload>> {
        Some(set_tags(ctx, input).await.map(ProviderTagsSetPayload))
    }

    /// Puts a provider away, and the resource that they are: they can no longer be booked, and their slug is free again. What
    /// is booked stays booked. Needs the right `catalogue:write`.
    async fn provider_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider is put away.")] input: ProviderArchiveInput,
    ) -> Option<Result<ProviderArchivePayload>> {
        Some(archive(ctx, input).await.map(ProviderArchivePayload))
    }

    /// Takes a provider out again, and the resource that they are. Needs the right `catalogue:write`.
    async fn provider_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider is taken out again.")] input: ProviderRestoreInput,
    ) -> Option<Result<ProviderRestorePayload>> {
        Some(restore(ctx, input).await.map(ProviderRestorePayload))
    }
}

async fn create(ctx: &Context<'_>, input: ProviderCreateInput) -> Result<Outcome<ProviderChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let person = input.person.read(&mut form);
    let details = input.profile.unwrap_or_default().read(&mut form);
    let draft = person.zip(details).map(|(person, details)| ProviderDraft {
        person,
        details,
        review_state: input.review_state,
    });
    let draft = match form.done(draft) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| Box::pin(flows::create_provider(work, draft)))
        .await
}

async fn update(ctx: &Context<'_>, input: ProviderUpdateInput) -> Result<Outcome<ProviderChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let edit = input.profile.read(&mut form);
    let edit = match form.done(edit) {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let (id, expected) = (input.provider_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(flows::update_provider(work, id, edit, expected))
        })
        .await
}

async fn set_tags(ctx: &Context<'_>, input: ProviderTagsSetInput) -> Result<Outcome<ProviderChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let read = form.read("tags", tags(input.tags));
    let words = match form.done(read) {
        Ok(words) => words,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let (id, expected) = (input.provider_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::provider::set_provider_tags(work, id, words, expected))
        })
        .await
}

async fn archive(ctx: &Context<'_>, input: ProviderArchiveInput) -> Result<Outcome<ProviderChanged>> {
    let (id, expected) = (input.provider_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::provider::archive_provider(work, id, expected))
        })
        .await
}

async fn restore(ctx: &Context<'_>, input: ProviderRestoreInput) -> Result<Outcome<ProviderChanged>> {
    let (id, expected) = (input.provider_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::provider::restore_provider(work, id, expected))
        })
        .await
}
