//! Teams: who belongs to them, and until when they are needed.

use db::{Asker, Tenant, Work};
use kernel::Id as _;
use kernel::id::ResourceId;
use scheduling::service::{ServiceEdit, ServicePart, Who};
use scheduling::team::{Strategy, TeamEdit, TeamFilter, TeamPlace, Teams};
use scheduling::{service, team};

use crate::catalogue_cast::{Practice, code, field, first, nobody};
use crate::world::{World, number, run, stories};

stories! {
    both: [
        a_member_gets_a_new_place_and_keeps_the_day_they_came,
        a_team_that_a_service_needs_stays,
        a_thousand_members_and_not_one_more,
        only_two_hundred_and_fifty_members_come_at_once,
        somebody_who_is_not_there_does_not_join,
    ],
}

async fn a_member_gets_a_new_place_and_keeps_the_day_they_came(world: World) {
    let aurora = Practice::opens(world).await;
    let [bia, carla] = [aurora.has_person("bia").await, aurora.has_person("carla").await];
    let maths = aurora
        .has_team("maths", Strategy::RoundRobin, &[bia, carla])
        .await;
    let came = aurora.world.store.now();
    aurora.world.clock.advance(chrono::TimeDelta::days(1));
    let place = TeamPlace {
        weight: 300,
        ..TeamPlace::of(bia)
    };
    let put = aurora.does(async |work| team::put_team_members(work, maths, vec![place, place], None).await);
    put.await.unwrap();
    let reading = aurora.seen().await;
    let members = team::members_of_teams(&reading, &[maths]).await.unwrap();
    let of_bia = members.iter().find(|it| it.resource_id == bia).unwrap();
    assert_eq!((members.len(), of_bia.weight, of_bia.created_at), (2, 300, came));
    assert_eq!(team::teams_of_resources(&reading, &[bia]).await.unwrap().len(), 1);
    let go = async |who: &[ResourceId]| {
        aurora
            .does(async |work| team::remove_team_members(work, maths, who, None).await)
            .await
    };
    go(&[carla]).await.unwrap();
    let version = team::find_teams(&aurora.seen().await, &[maths]).await.unwrap()[0].version;
    go(&[carla]).await.unwrap();
    let found = team::find_teams(&aurora.seen().await, &[maths]).await.unwrap();
    assert_eq!(found[0].version, version, "who is gone goes no further");
    for (weight, wanted) in [(-1, false), (0, true), (1_000, true), (1_001, false)] {
        let place = TeamPlace { weight, ..place };
        let put = aurora.does(async |work| team::put_team_members(work, maths, vec![place], None).await);
        assert_eq!(put.await.is_ok(), wanted, "weight {weight}");
    }
}

async fn somebody_who_is_not_there_does_not_join(world: World) {
    let aurora = Practice::opens(world).await;
    let maths = aurora.has_team("maths", Strategy::RoundRobin, &[]).await;
    let place = TeamPlace::of(nobody());
    let put = aurora.does(async |work| team::put_team_members(work, maths, vec![place], None).await);
    assert_eq!(code(put.await), "NOT_FOUND");
}

async fn a_team_that_a_service_needs_stays(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    let maths = aurora.has_team("maths", Strategy::Collective, &[bia]).await;
    let parts = vec![ServicePart::host(Who::Team(maths))];
    let lesson = aurora
        .offers_with("lesson", (60, ServiceEdit::default()), parts)
        .await;
    let away = async || {
        aurora
            .does(async |work| team::archive_team(work, maths, None).await)
            .await
    };
    assert_eq!(code(away().await), "IN_USE");
    let put_away = aurora.does(async |work| service::archive_service(work, lesson, None).await);
    put_away.await.unwrap();
    away().await.unwrap();
    let back = aurora.does(async |work| service::restore_service(work, lesson, None).await);
    assert_eq!(code(back.await), "NOT_FOUND", "its team is put away");
    let listed = async |with_archived| {
        let filter = TeamFilter { with_archived };
        let reading = aurora.seen().await;
        let found = team::teams(&reading, filter, &first::<Teams>()).await.unwrap();
        assert_eq!(
            team::count_teams(&reading, filter).await.unwrap(),
            found.rows.len() as u64
        );
        found.rows.len()
    };
    assert_eq!((listed(false).await, listed(true).await), (0, 1));
    let public = aurora.seen_by(&Asker::anonymous()).await;
    assert!(team::find_teams(&public, &[maths]).await.unwrap().is_empty());
    let again = aurora.has_team("maths", Strategy::Fixed, &[]).await;
    let back = aurora.does(async |work| team::restore_team(work, maths, None).await);
    assert_eq!(field(back.await), ("TAKEN", "slug".to_owned()));
    let edit = TeamEdit {
        slug: "physics".parse().ok(),
        ..TeamEdit::default()
    };
    let rename = aurora.does(async |work| team::update_team(work, again, edit, Some(2)).await);
    rename.await.unwrap();
    let back = aurora.does(async |work| team::restore_team(work, maths, None).await);
    back.await.unwrap();
    let named = team::team_named(&aurora.seen().await, &"physics".parse().unwrap()).await;
    assert_eq!(named.unwrap().map(|it| it.id), Some(again));
}

async fn only_two_hundred_and_fifty_members_come_at_once(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    let maths = aurora.has_team("maths", Strategy::RoundRobin, &[]).await;
    let put = async |count: usize| {
        let places = vec![TeamPlace::of(bia); count];
        aurora
            .does(async |work| team::put_team_members(work, maths, places, None).await)
            .await
    };
    put(250).await.unwrap();
    assert_eq!(code(put(251).await), "LIMIT_REACHED");
    let who = vec![bia; 251];
    let go =
        aurora.does(async |work: &Work<Tenant>| team::remove_team_members(work, maths, &who, None).await);
    assert_eq!(code(go.await), "LIMIT_REACHED");
}

async fn a_thousand_members_and_not_one_more(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    let maths = aurora.has_team("maths", Strategy::RoundRobin, &[bia]).await;
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
                   FROM team_members WHERE resource_id = $1";
    for it in 1..999 {
        let id: ResourceId = work.mint();
        let values = [bia.uuid().into(), id.uuid().into(), format!("person-{it}").into()];
        run(&work, people, values).await.unwrap();
        run(&work, members, [bia.uuid().into(), id.uuid().into()])
            .await
            .unwrap();
    }
    assert_eq!(
        number(&work, "SELECT count(*) FROM team_members", [])
            .await
            .unwrap(),
        999
    );
    work.commit().await.unwrap();
    let [last, more] = [
        aurora.has_person("the-last").await,
        aurora.has_person("one-more").await,
    ];
    let put = async |who: &[ResourceId]| {
        let places = who.iter().map(|it| TeamPlace::of(*it)).collect();
        aurora
            .does(async |work| team::put_team_members(work, maths, places, None).await)
            .await
    };
    assert_eq!(code(put(&[last, more]).await), "LIMIT_REACHED");
    put(&[last]).await.unwrap();
    assert_eq!(code(put(&[more]).await), "LIMIT_REACHED");
    put(&[bia, last]).await.unwrap();
}
