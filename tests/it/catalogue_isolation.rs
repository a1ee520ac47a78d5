//! Nobody reaches a neighbour's catalogue: by id, by reference, or by a query that forgets whose rows it asks for.

use db::Tenant;
use kernel::Id as _;
use kernel::id::{OrganizationId, ResourceId};
use scheduling::absence::AbsenceDraft;
use scheduling::cancellation::{CancellationPolicyDraft, Tier, Tiers};
use scheduling::overrides::OverrideDraft;
use scheduling::provider::{TagFilter, TagKind};
use scheduling::resource::ResourceEdit;
use scheduling::service::{ServicePart, Who};
use scheduling::team::{Strategy, TeamPlace};
use scheduling::{absence, cancellation, overrides, provider, resource, service, team};

use crate::catalogue_cast::{Practice, code, on, span};
use crate::world::{World, number, run, stories};

stories! {
    both: [a_neighbours_ids_are_nobodys, a_row_never_names_a_neighbours],
    postgres: [a_query_that_forgets_its_tenant_sees_none_of_the_catalogue],
}

const TABLES: [&str; 11] = [
    "resources",
    "providers",
    "provider_tags",
    "teams",
    "team_members",
    "cancellation_policies",
    "services",
    "service_hosts",
    "availability_rules",
    "availability_overrides",
    "out_of_office",
];

/// A row in every table of the catalogue.
async fn furnish(aurora: &Practice) -> ResourceId {
    let bia = aurora.has_provider("bia", None).await;
    let tags = vec![TagFilter {
        kind: TagKind::Language,
        word: "English".parse().unwrap(),
    }];
    let tagged = aurora.does(async |work| provider::set_provider_tags(work, bia.provider, tags, None).await);
    tagged.await.unwrap();
    let maths = aurora
        .has_team("maths", Strategy::RoundRobin, &[bia.resource])
        .await;
    aurora.opens_on(bia.resource, "FREQ=DAILY", "09:00-17:00").await;
    aurora.offers("lesson", 60, &[bia.resource]).await;
    let closed = OverrideDraft {
        resource: bia.resource,
        date: on("2026-04-25"),
        change: availability::Change::Close,
        reason: None,
    };
    let made = aurora.does(async |work| overrides::create_override(work, closed).await);
    made.await.unwrap();
    let away = AbsenceDraft {
        resource: bia.resource,
        span: span("2026-04-06T00:00:00Z", "2026-04-11T00:00:00Z"),
        reason: None,
        redirect_to: None,
    };
    let made = aurora.does(async |work| absence::create_absence(work, away).await);
    made.await.unwrap();
    let tier = Tier {
        hours_before: 24,
        fee_percent: 50,
    };
    let policy = CancellationPolicyDraft {
        name: "Strict".parse().unwrap(),
        tiers: Tiers::new(vec![tier]).unwrap(),
    };
    let made = aurora.does(async |work| cancellation::create_cancellation_policy(work, policy).await);
    made.await.unwrap();
    assert_eq!(
        team::members_of_teams(&aurora.seen().await, &[maths])
            .await
            .unwrap()
            .len(),
        1
    );
    bia.resource
}

async fn neighbour(aurora: &Practice) -> OrganizationId {
    aurora.world.organization("boreal").await
}

async fn a_neighbours_ids_are_nobodys(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = furnish(&aurora).await;
    let boreal = neighbour(&aurora).await;
    let edit = ResourceEdit::default();
    let change = async |work: &_| resource::update_resource(work, bia, edit, None).await;
    assert_eq!(
        code(aurora.does_in(boreal, &aurora.owner, change).await),
        "NOT_FOUND"
    );
    let away = async |work: &_| resource::archive_resource(work, bia, None).await;
    assert_eq!(
        code(aurora.does_in(boreal, &aurora.owner, away).await),
        "NOT_FOUND"
    );
    let seen = aurora
        .world
        .store
        .read(Tenant(boreal), &aurora.owner)
        .await
        .unwrap();
    assert_eq!(resource::find_resources(&seen, &[bia]).await.unwrap(), []);
    assert_eq!(provider::providers_of(&seen, &[bia]).await.unwrap(), []);
    assert_eq!(team::teams_of_resources(&seen, &[bia]).await.unwrap(), []);
    let year = (on("2026-01-01"), on("2026-12-31"));
    assert_eq!(overrides::overrides_of(&seen, bia, year).await.unwrap(), []);
}

async fn a_row_never_names_a_neighbours(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = furnish(&aurora).await;
    let boreal = neighbour(&aurora).await;
    let draft = scheduling::team::TeamDraft {
        name: "Physics".parse().unwrap(),
        slug: "physics".parse().unwrap(),
        strategy: Strategy::RoundRobin,
        locks: scheduling::team::Locks::default(),
    };
    let made = async |work: &_| team::create_team(work, draft).await;
    let physics = aurora.does_in(boreal, &aurora.owner, made).await.unwrap().team;
    let put = async |work: &_| team::put_team_members(work, physics, vec![TeamPlace::of(bia)], None).await;
    assert_eq!(
        code(aurora.does_in(boreal, &aurora.owner, put).await),
        "NOT_FOUND"
    );
    let theirs = vec![ServicePart::host(Who::Team(physics))];
    let lesson = service::service_named(&aurora.seen().await, &"lesson".parse().unwrap()).await;
    let lesson = lesson.unwrap().unwrap().id;
    let set = aurora.does(async |work| service::set_service_hosts(work, lesson, theirs, None).await);
    assert_eq!(code(set.await), "NOT_FOUND");
    // What no verb would write, the keys refuse.
    let work = aurora
        .world
        .store
        .write(Tenant(boreal), &aurora.owner)
        .await
        .unwrap();
    let orphan = "INSERT INTO team_members (organization_id, id, team_id, resource_id, role, priority, weight, is_fixed, \
                  created_at) VALUES ($1, $2, $3, $4, 'MEMBER', 0, 100, false, $5)";
    let values = [
        boreal.uuid().into(),
        physics.uuid().into(),
        physics.uuid().into(),
        bia.uuid().into(),
        work.now().into(),
    ];
    let orphan = run(&work, orphan, values).await;
    assert!(matches!(orphan, Err(db::Fault::ForeignKey(_))), "{orphan:?}");
}

async fn a_query_that_forgets_its_tenant_sees_none_of_the_catalogue(world: World) {
    let aurora = Practice::opens(world).await;
    furnish(&aurora).await;
    let boreal = neighbour(&aurora).await;
    for table in TABLES {
        let count = format!("SELECT count(*) FROM {table}");
        let ours = aurora.seen().await;
        assert!(
            number(&ours, &count, []).await.unwrap() > 0,
            "{table} is furnished"
        );
        let theirs = aurora
            .world
            .store
            .read(Tenant(boreal), &aurora.owner)
            .await
            .unwrap();
        assert_eq!(number(&theirs, &count, []).await.unwrap(), 0, "{table}");
        let work = aurora
            .world
            .store
            .write(Tenant(boreal), &aurora.owner)
            .await
            .unwrap();
        assert_eq!(
            run(&work, &format!("DELETE FROM {table}"), []).await.unwrap(),
            0,
            "{table}"
        );
    }
}
