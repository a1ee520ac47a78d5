//! A thousand providers cost no more statements than one.

use db::Tenant;
use kernel::Id as _;
use kernel::id::{ResourceId, RuleId, TeamId};
use scheduling::calendar::Candidates;
use scheduling::provider::{ProviderFilter, TagFilter, TagKind};
use scheduling::service::{Limit, LimitPer, LimitScope, LimitUnit, Limits, ServiceEdit, ServicePart, Who};
use scheduling::slots;
use scheduling::slots::SlotsAsk;
use scheduling::team::Strategy;

use crate::catalogue_cast::{Practice, ask, at, field};
use crate::world::{World, run, stories};

stories! { both: [
    a_thousand_providers_found_by_a_word_take_as_many_statements_as_one,
    a_thousand_providers_take_as_many_statements_as_one,
] }

/// What a question costs: every statement of the snapshot that it is asked in, and how many starts it finds.
async fn cost(aurora: &Practice, ask: &SlotsAsk) -> (u64, usize) {
    let reading = aurora.seen().await;
    let before = aurora.world.store.statements();
    let found = slots::slots(&reading, ask).await.unwrap();
    let starts = found.days.iter().map(|it| it.slots.len()).sum();
    (aurora.world.store.statements() - before, starts)
}

/// Members of a team and hours for each, like the first, so that there are `total`.
async fn crowd(aurora: &Practice, (like, team): (ResourceId, TeamId), total: usize) {
    let work = aurora
        .world
        .store
        .write(Tenant(aurora.id), &aurora.owner)
        .await
        .unwrap();
    let people = "INSERT INTO resources (organization_id, id, kind, name, slug, timezone, capacity, is_active, metadata, \
                  search, version, created_at, updated_at) SELECT organization_id, $2, kind, name, $3, timezone, capacity, \
                  is_active, metadata, search, version, created_at, updated_at FROM resources WHERE id = $1";
    let members = "INSERT INTO team_members (organization_id, id, team_id, resource_id, role, priority, weight, is_fixed, \
                   created_at) SELECT organization_id, $2, team_id, $2, role, priority, weight, is_fixed, created_at \
                   FROM team_members WHERE resource_id = $1 AND team_id = $3";
    let rules = "INSERT INTO availability_rules (organization_id, id, resource_id, starts_on, rrule, start_minute, \
                 end_minute, except_on, version, created_at, updated_at) SELECT organization_id, $3, $2, starts_on, rrule, \
                 start_minute, end_minute, except_on, version, created_at, updated_at FROM availability_rules \
                 WHERE resource_id = $1";
    for it in 1..total {
        let (id, rule): (ResourceId, RuleId) = (work.mint(), work.mint());
        let [first, new] = [like, id].map(|it| it.uuid());
        run(
            &work,
            people,
            [first.into(), new.into(), format!("person-{it}").into()],
        )
        .await
        .unwrap();
        run(&work, members, [first.into(), new.into(), team.uuid().into()])
            .await
            .unwrap();
        run(&work, rules, [first.into(), new.into(), rule.uuid().into()])
            .await
            .unwrap();
    }
    work.commit().await.unwrap();
}

async fn a_thousand_providers_take_as_many_statements_as_one(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    aurora
        .opens_on(bia, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "09:00-17:00")
        .await;
    let maths = aurora.has_team("maths", Strategy::RoundRobin, &[bia]).await;
    let each = [
        LimitScope::Resource,
        LimitScope::ServiceOnResource,
        LimitScope::Service,
    ]
    .map(|scope| Limit {
        scope,
        per: LimitPer::Week,
        unit: LimitUnit::Bookings,
        most: 40,
    });
    let terms = ServiceEdit {
        limits: Limits::new(each.to_vec()).ok(),
        seats: Some(4),
        ..ServiceEdit::default()
    };
    let parts = vec![ServicePart::host(Who::Team(maths))];
    let lesson = aurora.offers_with("lesson", (60, terms), parts).await;
    let week = ask(lesson, "2026-03-03T00:00:00Z", "2026-03-10T00:00:00Z");
    let one = cost(&aurora, &week).await;
    crowd(&aurora, (bia, maths), 1_000).await;
    let thousand = cost(&aurora, &week).await;
    assert_eq!(one.1, 5 * 8);
    assert_eq!(thousand, one, "as many statements, as many starts");
    assert!(one.0 <= 16, "{} statements", one.0);
    let found = slots::slots(&aurora.seen().await, &week).await.unwrap();
    let slot = &found.days[0].slots[0];
    assert_eq!((slot.host_count, slot.hosts.len()), (1_000, 20));
    let reading = aurora.seen().await;
    let next = slots::next_slot(&reading, (lesson, &Candidates::All), at("2026-05-04T00:00:00Z")).await;
    assert_eq!(next.unwrap(), None, "beyond the horizon of sixty days");
    drop(reading);
    let two_months = ask(lesson, "2026-03-03T00:00:00Z", "2026-05-04T00:00:00Z");
    assert!(slots::slots(&aurora.seen().await, &two_months).await.is_ok());
    let long = ask(lesson, "2026-03-03T00:00:00Z", "2026-05-04T00:00:01Z");
    let refused = slots::slots(&aurora.seen().await, &long).await;
    assert_eq!(field(refused), ("INVALID_INPUT", "to".to_owned()));
    let few = SlotsAsk {
        candidates: Candidates::Only(vec![bia]),
        ..long
    };
    assert!(slots::slots(&aurora.seen().await, &few).await.is_ok());
    crowd_one_more(&aurora, (bia, maths)).await;
    let refused = slots::slots(&aurora.seen().await, &week).await;
    assert_eq!(
        kernel::Refuse::code(&refused.unwrap_err()).word(),
        "LIMIT_REACHED"
    );
}

/// One candidate more than there may be, beside the team.
async fn crowd_one_more(aurora: &Practice, (like, team): (ResourceId, TeamId)) {
    let other = aurora.has_person("one-more").await;
    let lesson = scheduling::service::service_named(&aurora.seen().await, &"lesson".parse().unwrap()).await;
    let lesson = lesson.unwrap().unwrap().id;
    let parts = vec![
        ServicePart::host(Who::Team(team)),
        ServicePart::host(Who::Resource(other)),
        ServicePart::host(Who::Resource(like)),
    ];
    let set =
        aurora.does(async |work| scheduling::service::set_service_hosts(work, lesson, parts, None).await);
    set.await.unwrap();
}

/// Everybody has a profile and teaches maths.
async fn all_teach(aurora: &Practice) {
    let staff = &aurora.owner;
    let work = aurora.world.store.write(Tenant(aurora.id), staff).await.unwrap();
    let profiles = "INSERT INTO providers (organization_id, id, resource_id, review_state, accepts_walk_ins, name, search, \
                    version, created_at, updated_at) SELECT organization_id, id, id, 'ACTIVE', false, name, search, 1, \
                    created_at, updated_at FROM resources WHERE organization_id = $1";
    let words = "INSERT INTO provider_tags (organization_id, id, provider_id, kind, tag, label) \
                 SELECT organization_id, id, id, 'SUBJECT', 'maths', 'Maths' FROM providers WHERE organization_id = $1";
    for all in [profiles, words] {
        run(&work, all, [aurora.id.uuid().into()]).await.unwrap();
    }
    work.commit().await.unwrap();
}

async fn a_thousand_providers_found_by_a_word_take_as_many_statements_as_one(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    aurora.opens_on(bia, "FREQ=DAILY", "09:00-17:00").await;
    let team = aurora.has_team("all", Strategy::RoundRobin, &[bia]).await;
    let parts = vec![ServicePart::host(Who::Team(team))];
    let lesson = aurora
        .offers_with("lesson", (60, ServiceEdit::default()), parts)
        .await;
    let teaches = TagFilter {
        kind: TagKind::Subject,
        word: "Maths".parse().unwrap(),
    };
    let filter = ProviderFilter {
        tags: vec![teaches],
        ..ProviderFilter::default()
    };
    let week = SlotsAsk {
        candidates: Candidates::Matching(filter),
        ..ask(lesson, "2026-03-03T00:00:00Z", "2026-03-10T00:00:00Z")
    };
    let by_host = async || {
        let reading = aurora.seen().await;
        let before = aurora.world.store.statements();
        let (hosts, _) = slots::slots_by_host(&reading, &week).await.unwrap();
        let statements = aurora.world.store.statements() - before;
        (statements, hosts.iter().filter(|it| !it.slots.is_empty()).count())
    };
    crowd(&aurora, (bia, team), 1_000).await;
    assert_eq!(cost(&aurora, &week).await.1, 0, "nobody teaches it yet");
    all_teach(&aurora).await;
    let many = cost(&aurora, &week).await;
    let found = slots::slots(&aurora.seen().await, &week).await.unwrap();
    assert_eq!(found.days[0].slots[0].host_count, 1_000);
    let thousand = by_host().await;
    assert_eq!(thousand.1, 1_000, "each with a calendar of their own");
    let one = SlotsAsk {
        candidates: Candidates::Only(vec![bia]),
        ..week.clone()
    };
    let one = cost(&aurora, &one).await;
    assert_eq!(many, (one.0 + 1, one.1), "finding them is one statement more");
    assert_eq!(thousand.0, many.0);
}
