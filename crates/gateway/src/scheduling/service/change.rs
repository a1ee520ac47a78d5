//! Making and changing services, and saying who gives them.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use kernel::id::{CancellationPolicyId, ServiceId, TeamId};
use scheduling::service::{
    Confirmation, LocationKind, PriceMode, ServiceChanged, ServiceDraft, ServiceEdit, ZoneIntent,
};
use scheduling::team::Strategy;

use super::Service;
use super::terms::{
    BookingHorizonInput, BookingLimit, ServiceHostInput, ServicePayment, ServiceQuestionInput, limits,
    questions, reminders,
};
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, patched};
use crate::loaders::load;
use crate::scalars::{Duration, MoneyInput};
use crate::scheduling::metadata::{MetadataEntryInput, metadata};
use crate::scheduling::{act, shelf_inputs};

/// The terms that a service may be made with and that may change.
#[derive(InputObject)]
pub(crate) struct ServiceTermsInput {
    /// What there is to know about it; null takes it away.
    description: MaybeUndefined<String>,
    /// From one start to the next, `PT1M` to `PT24H`; as long as it takes if never said.
    interval: Option<Duration>,
    /// What must be free before it, at most `PT24H`; nothing if never said.
    buffer_before: Option<Duration>,
    /// What must be free after it, at most `PT24H`; nothing if never said.
    buffer_after: Option<Duration>,
    /// How long before its start it is booked at the latest, at most `PT8784H`; nothing if never said.
    notice: Option<Duration>,
    /// How far ahead it is booked; 60 dates if never said.
    horizon: Option<BookingHorizonInput>,
    /// How much of it there may be: one limit of each kind.
    limits: Option<Vec<BookingLimit>>,
    /// How many can take part, 1 to 500; 1 if never said.
    seats: Option<i64>,
    /// Whether those who take part see each other's names; they do not if never said.
    has_visible_attendees: Option<bool>,
    /// Whether somebody has to confirm it; nobody has if never said.
    confirmation: Option<Confirmation>,
    /// How long somebody has to confirm it, `PT15M` to `PT720H`; `PT24H` if never said.
    confirmation_timeout: Option<Duration>,
    /// Whether it takes its time before it is confirmed; it does if never said.
    is_occupying_while_pending: Option<bool>,
    /// Where it takes place; somewhere to go to if never said.
    location: Option<LocationKind>,
    /// Which address, number or room that is; null takes it away.
    location_detail: MaybeUndefined<String>,
    /// Where its price comes from; the service says it if never said.
    price_mode: Option<PriceMode>,
    /// What is paid when it is booked; nothing if never said.
    payment: Option<ServicePayment>,
    /// What cancelling costs; null is nothing.
    cancellation_policy_id: MaybeUndefined<CancellationPolicyId>,
    /// How long before its start whoever booked is reminded, `PT5M` to `PT672H`, 10 at most.
    reminders: Option<Vec<Duration>>,
    /// What whoever books is asked, 30 questions at most.
    questions: Option<Vec<ServiceQuestionInput>>,
    /// How its hosts share; null is as their team does, or round robin.
    strategy: MaybeUndefined<Strategy>,
    /// How many hosts it takes, 1 to 20; null is as the strategy says.
    hosts_required: MaybeUndefined<i64>,
    /// What stays when a zone changes its rules; the time on the wall clock if never said.
    zone_intent: Option<ZoneIntent>,
    /// Whether it can be booked; it can if never said.
    is_active: Option<bool>,
    /// The integrator's own words, 50 at most; they replace those that were there.
    metadata: Option<Vec<MetadataEntryInput>>,
}

impl ServiceTermsInput {
    /// Reads everything, so that everything wrong is named at once.
    fn read(self, form: &mut Form) -> Option<ServiceEdit> {
        let minutes = |it: Option<Duration>| it.map(|it| it.minutes);
        let description = form.parse_patch("description", self.description);
        let ahead = form.read("horizon", self.horizon.map(BookingHorizonInput::read).transpose());
        let limits = form.read("limits", limits(self.limits));
        let location_detail = form.parse_patch("locationDetail", self.location_detail);
        let payment = form.read("payment", self.payment.map(ServicePayment::read).transpose());
        let reminders = form.read("reminders", reminders(self.reminders));
        let questions = form.read("questions", questions(self.questions));
        let metadata = form.read("metadata", metadata(self.metadata));
        Some(ServiceEdit {
            slug: None,
            title: None,
            description: description?,
            duration_minutes: None,
            interval_minutes: minutes(self.interval),
            buffer_before_minutes: minutes(self.buffer_before),
            buffer_after_minutes: minutes(self.buffer_after),
            notice_minutes: minutes(self.notice),
            ahead: ahead?,
            limits: limits?,
            seats: self.seats,
            shows_attendees: self.has_visible_attendees,
            confirmation: self.confirmation,
            confirmation_timeout_minutes: minutes(self.confirmation_timeout),
            pending_occupies: self.is_occupying_while_pending,
            location: self.location,
            location_detail: location_detail?,
            price_mode: self.price_mode,
            price: None,
            payment: payment?,
            cancellation_policy: patched(self.cancellation_policy_id),
            reminders: reminders?,
            questions: questions?,
            strategy: patched(self.strategy),
            hosts_required: patched(self.hosts_required),
            zone_intent: self.zone_intent,
            is_active: self.is_active,
            metadata: metadata?,
        })
    }
}

/// A new service.
#[derive(InputObject)]
pub(crate) struct ServiceCreateInput {
    /// Its part of a public address.
    slug: String,
    /// What it is called, 1 to 120 characters.
    title: String,
    /// How long it takes, `PT1M` to `PT24H`.
    duration: Duration,
    /// What it costs; a free one costs 0.
    price: MoneyInput,
    /// Makes it a template: each member of this MANAGED team gets a copy to give, in which what the team locks is the
    /// template's. A template itself cannot be booked, and stays a template.
    managed_by: Option<TeamId>,
    /// Everything else.
    #[graphql(flatten)]
    terms: ServiceTermsInput,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Changes to a service. What is absent stays as it is.
#[derive(InputObject)]
pub(crate) struct ServiceUpdateInput {
    /// Which service.
    service_id: ServiceId,
    /// Its part of a public address.
    slug: Option<String>,
    /// What it is called, 1 to 120 characters.
    title: Option<String>,
    /// How long it takes, `PT1M` to `PT24H`.
    duration: Option<Duration>,
    /// What it costs; a free one costs 0.
    price: Option<MoneyInput>,
    /// Everything else.
    #[graphql(flatten)]
    terms: ServiceTermsInput,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Who and what gives a service from now on.
#[derive(InputObject)]
pub(crate) struct ServiceHostsSetInput {
    /// Which service.
    service_id: ServiceId,
    /// Everybody and everything that gives it, 100 at most; they replace those that were there.
    hosts: Vec<ServiceHostInput>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    service_id: ServiceId,
    /// Which service is put away.
    ServiceArchiveInput,
    /// Which service is taken out again.
    ServiceRestoreInput,
}

macro_rules! service_payload {
    ($(#[doc = $doc:literal] $name:ident,)*) => {$(
        payload! {
            #[doc = $doc]
            $name(ServiceChanged) {
                /// The service as it is now.
                async fn service(&self, ctx: &Context<'_>) -> Option<Result<Service>> {
                    load::<ServiceId, Service>(ctx, self.0.done()?.service).await.transpose()
                }
            }
        }
    )*};
}

service_payload! {
    /// There is another service.
    ServiceCreatePayload,
    /// A service has changed.
    ServiceUpdatePayload,
    /// Others give a service.
    ServiceHostsSetPayload,
    /// A service is put away.
    ServiceArchivePayload,
    /// A service is taken out again.
    ServiceRestorePayload,
}

/// Changing services.
#[derive(Debug, Default)]
pub(crate) struct ServiceMutation;

/// Changing services.
#[Object]
impl ServiceMutation {
    /// Makes a service that nobody gives yet; `serviceHostsSet` says who does. With `managedBy` it is a template, with a copy for
    /// every member of the team. Needs the right `catalogue:write`.
    async fn service_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A new service.")] input: ServiceCreateInput,
    ) -> Option<Result<ServiceCreatePayload>> {
        Some(create(ctx, input).await.map(ServiceCreatePayload))
    }

    /// Changes a service. What is booked keeps the terms it was booked with. What changes of a template and is locked changes
    /// on every copy at once, and `isActive` too; a copy refuses it (`TEMPLATE_LOCKED`). Needs the right `catalogue:write`.
    async fn service_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to a service. What is absent stays as it is.")] input: ServiceUpdateInput,
    ) -> Option<Result<ServiceUpdatePayload>> {
        Some(update(ctx, input).await.map(ServiceUpdatePayload))
    }

    /// Says who and what gives a service: a copy is given by its member, a template by nobody but its copies. Needs the right `catalogue:write`.
    async fn service_hosts_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who and what gives a service from now on.")] input: ServiceHostsSetInput,
    ) -> Option<Result<ServiceHostsSetPayload>> {
        Some(set_hosts(ctx, input).await.map(ServiceHostsSetPayload))
    }

    /// Puts a service away: it can no longer be booked, and its slug is free again. What is booked stays booked. A template's
    /// copies go with it, and only so. Needs the right `catalogue:write`.
    async fn service_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service is put away.")] input: ServiceArchiveInput,
    ) -> Option<Result<ServiceArchivePayload>> {
        Some(archive(ctx, input).await.map(ServiceArchivePayload))
    }

    /// Takes a service out again, a template with a copy for everybody who belongs to its team now. Needs the right
    /// `catalogue:write`.
    async fn service_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service is taken out again.")] input: ServiceRestoreInput,
    ) -> Option<Result<ServiceRestorePayload>> {
        Some(restore(ctx, input).await.map(ServiceRestorePayload))
    }
}

async fn create(ctx: &Context<'_>, input: ServiceCreateInput) -> Result<Outcome<ServiceChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let slug = form.parse("slug", &input.slug);
    let title = form.parse("title", &input.title);
    let price = form.read("price", input.price.money());
    let details = input.terms.read(&mut form);
    let draft = (|| {
        Some(ServiceDraft {
            slug: slug?,
            title: title?,
            duration_minutes: input.duration.minutes,
            price: price?,
            managed_by: input.managed_by,
            details: details?,
        })
    })();
    let draft = match form.done(draft) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| {
            Box::pin(scheduling::service::create_service(work, draft))
        })
        .await
}

async fn update(ctx: &Context<'_>, input: ServiceUpdateInput) -> Result<Outcome<ServiceChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let slug = form.parse_if("slug", input.slug.as_deref());
    let title = form.parse_if("title", input.title.as_deref());
    let price = form.read("price", input.price.map(|it| it.money()).transpose());
    let details = input.terms.read(&mut form);
    let edit = (|| {
        Some(ServiceEdit {
            slug: slug?,
            title: title?,
            duration_minutes: input.duration.map(|it| it.minutes),
            price: price?,
            ..details?
        })
    })();
    let edit = match form.done(edit) {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let (id, expected) = (input.service_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::service::update_service(work, id, edit, expected))
        })
        .await
}

async fn set_hosts(ctx: &Context<'_>, input: ServiceHostsSetInput) -> Result<Outcome<ServiceChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let parts = input
        .hosts
        .into_iter()
        .enumerate()
        .map(|(number, host)| form.read(&format!("hosts.{number}"), host.read()))
        .collect::<Vec<_>>();
    let parts = match form.done(parts.into_iter().collect::<Option<Vec<_>>>()) {
        Ok(parts) => parts,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let (id, expected) = (input.service_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::service::set_service_hosts(work, id, parts, expected))
        })
        .await
}

async fn archive(ctx: &Context<'_>, input: ServiceArchiveInput) -> Result<Outcome<ServiceChanged>> {
    let (id, expected) = (input.service_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::service::archive_service(work, id, expected))
        })
        .await
}

async fn restore(ctx: &Context<'_>, input: ServiceRestoreInput) -> Result<Outcome<ServiceChanged>> {
    let (id, expected) = (input.service_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::service::restore_service(work, id, expected))
        })
        .await
}
