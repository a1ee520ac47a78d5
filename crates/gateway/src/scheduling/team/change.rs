//! Making and changing teams.

use async_graphql::{Context, InputObject, Object, Result};
use kernel::id::TeamId;
use scheduling::team::{Lock, Locks, Strategy, TeamChanged, TeamDraft, TeamEdit};

use super::Team;
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::Form;
use crate::loaders::load;
use crate::scheduling::{act, shelf_inputs};

/// A new team, without members.
#[derive(InputObject)]
pub(crate) struct TeamCreateInput {
    /// What it is called, 1 to 120 characters.
    name: String,
    /// Its part of a public address.
    slug: String,
    /// How it shares.
    strategy: Strategy,
    /// Of a MANAGED team, what its members may not change of their services; nothing if absent.
    locks: Option<Vec<Lock>>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Changes to a team. What is absent stays as it is.
#[derive(InputObject)]
pub(crate) struct TeamUpdateInput {
    /// Which team.
    team_id: TeamId,
    /// What it is called.
    name: Option<String>,
    /// Its part of a public address.
    slug: Option<String>,
    /// How it shares.
    strategy: Option<Strategy>,
    /// Of a MANAGED team, what its members may not change of their services; they replace those that were there.
    locks: Option<Vec<Lock>>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    team_id: TeamId,
    /// Which team is put away.
    TeamArchiveInput,
    /// Which team is taken out again.
    TeamRestoreInput,
}

macro_rules! team_payload {
    ($(#[doc = $doc:literal] $name:ident,)*) => {$(
        payload! {
            #[doc = $doc]
            $name(TeamChanged) {
                /// The team as it is now.
                async fn team(&self, ctx: &Context<'_>) -> Option<Result<Team>> {
                    load::<TeamId, Team>(ctx, self.0.done()?.team).await.transpose()
                }
            }
        }
    )*};
}
pub(super) use team_payload;

team_payload! {
    /// There is another team.
    TeamCreatePayload,
    /// A team has changed.
    TeamUpdatePayload,
    /// A team is put away.
    TeamArchivePayload,
    /// A team is taken out again.
    TeamRestorePayload,
}

/// Changing teams.
#[derive(Debug, Default)]
pub(crate) struct TeamMutation;

/// Changing teams.
#[Object]
impl TeamMutation {
    /// Makes a team without members. Needs the right `catalogue:write`.
    async fn team_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A new team, without members.")] input: TeamCreateInput,
    ) -> Option<Result<TeamCreatePayload>> {
        Some(create(ctx, input).await.map(TeamCreatePayload))
    }

    /// Changes a team. Needs the right `catalogue:write`.
    async fn team_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to a team. What is absent stays as it is.")] input: TeamUpdateInput,
    ) -> Option<Result<TeamUpdatePayload>> {
        Some(update(ctx, input).await.map(TeamUpdatePayload))
    }

    /// Puts a team away, which no service may need. Needs the right `catalogue:write`.
    async fn team_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which team is put away.")] input: TeamArchiveInput,
    ) -> Option<Result<TeamArchivePayload>> {
        Some(archive(ctx, input).await.map(TeamArchivePayload))
    }

    /// Takes a team out again. Needs the right `catalogue:write`.
    async fn team_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which team is taken out again.")] input: TeamRestoreInput,
    ) -> Option<Result<TeamRestorePayload>> {
        Some(restore(ctx, input).await.map(TeamRestorePayload))
    }
}

async fn create(ctx: &Context<'_>, input: TeamCreateInput) -> Result<Outcome<TeamChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let (name, slug) = (form.parse("name", &input.name), form.parse("slug", &input.slug));
    let draft = name.zip(slug).map(|(name, slug)| TeamDraft {
        name,
        slug,
        strategy: input.strategy,
        locks: Locks(input.locks.unwrap_or_default().into_iter().collect()),
    });
    let draft = match form.done(draft) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| Box::pin(scheduling::team::create_team(work, draft)))
        .await
}

async fn update(ctx: &Context<'_>, input: TeamUpdateInput) -> Result<Outcome<TeamChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let name = form.parse_if("name", input.name.as_deref());
    let slug = form.parse_if("slug", input.slug.as_deref());
    let edit = name.zip(slug).map(|(name, slug)| TeamEdit {
        name,
        slug,
        strategy: input.strategy,
        locks: input.locks.map(|it| Locks(it.into_iter().collect())),
    });
    let edit = match form.done(edit) {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let (id, expected) = (input.team_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::team::update_team(work, id, edit, expected))
        })
        .await
}

async fn archive(ctx: &Context<'_>, input: TeamArchiveInput) -> Result<Outcome<TeamChanged>> {
    let (id, expected) = (input.team_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::team::archive_team(work, id, expected))
        })
        .await
}

async fn restore(ctx: &Context<'_>, input: TeamRestoreInput) -> Result<Outcome<TeamChanged>> {
    let (id, expected) = (input.team_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::team::restore_team(work, id, expected))
        })
        .await
}
