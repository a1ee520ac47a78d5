//! Teams through the API: made, filled, and explained.

use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use crate::world::desk::Desk;
use crate::world::{Who, World, stories};

stories! { both: [
    a_team_shares_its_bookings_and_says_why_each_went_to_whom,
    a_team_has_members_with_places_and_is_kept_while_it_is_needed,
] }

const TEAM: &str = "team { id version members(first: 1) { nodes { resourceId role weight isFixed } totalCount
    pageInfo { hasNextPage } } }";

async fn made(desk: &Desk, members: Value) -> String {
    let input = json!({ "name": "Maths", "slug": "maths", "strategy": "ROUND_ROBIN" });
    let made = desk.api.change(&desk.owner, ("teamCreate", TEAM), input).await;
    let team = made.text("/teamCreate/team/id");
    let input = json!({ "teamId": team, "members": members, "expectedVersion": 1 });
    let put = desk
        .api
        .change(&desk.owner, ("teamMembersPut", TEAM), input)
        .await;
    assert_eq!(*put.data("/teamMembersPut/team/members/totalCount"), json!(2));
    team
}

async fn a_team_shares_its_bookings_and_says_why_each_went_to_whom(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let [bea, caio] = [0, 1].map(|it| desk.hosts[it].to_string());
    let team = made(
        &desk,
        json!([{ "resourceId": bea, "weight": 300 }, { "resourceId": caio }]),
    )
    .await;
    let input = json!({ "serviceId": desk.service.to_string(), "hosts": [{ "teamId": team }] });
    let set = desk
        .api
        .change(&desk.owner, ("serviceHostsSet", "service { id }"), input)
        .await;
    assert!(set.refusals("serviceHostsSet").is_empty(), "{}", set.body);
    let explained = async |booking: &str| {
        let document = "query($id: ID!) { assignmentExplain(bookingId: $id) {
            winner { slug } candidateCount reversedAt
            candidates { resource { slug } weight debt debtChange isWinner reason } } }";
        let told = desk
            .api
            .ask_with(&desk.owner, document, json!({ "id": booking }))
            .await;
        told.data("/assignmentExplain").clone()
    };
    let (first, _) = desk.booked("2026-03-03T10:00:00Z").await;
    assert_eq!(
        explained(&first).await,
        json!([{ "winner": { "slug": "bea" }, "candidateCount": 2, "reversedAt": null, "candidates": [
            { "resource": { "slug": "bea" }, "weight": 300, "debt": 0.0, "debtChange": -0.25, "isWinner": true, "reason": "TURN" },
            { "resource": { "slug": "caio" }, "weight": 100, "debt": 0.0, "debtChange": 0.25, "isWinner": false, "reason": "NOT_DUE" }
        ] }])
    );
    let (second, _) = desk.booked("2026-03-03T10:00:00Z").await;
    let told = explained(&second).await;
    assert_eq!(
        told[0]["candidates"][0]["reason"], "ONLY_ONE",
        "bea has no time: {told}"
    );
    assert_eq!(told[0]["candidates"][0]["debt"], 0.25);
    let cancelled = json!({ "bookingId": first });
    desk.change(&desk.owner, "bookingCancel", cancelled).await;
    assert!(
        explained(&first).await[0]["reversedAt"].is_string(),
        "the turn came back"
    );
    let nothing = "{ assignmentExplain(bookingId: \"bkg_01kjpzzzzzzzzzzzzzzzzzzzzz\") { id } }";
    assert_eq!(
        *desk
            .api
            .ask(&desk.owner, nothing)
            .await
            .data("/assignmentExplain"),
        Value::Null
    );
}

async fn a_team_has_members_with_places_and_is_kept_while_it_is_needed(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let [bea, caio] = [0, 1].map(|it| desk.hosts[it].to_string());
    let lead = json!([{ "resourceId": bea, "role": "LEAD", "priority": 1 }, { "resourceId": caio, "isFixed": true }]);
    let team = made(&desk, lead).await;
    let page = "{ team(slug: \"maths\") { name version members { nodes { resource { slug } role priority isFixed } } } }";
    let public = desk.api.ask(&Who::stranger().at("aurora"), page).await;
    assert_eq!(
        *public.data("/team"),
        json!({ "name": "Maths", "version": null, "members": { "nodes": [
            { "resource": { "slug": "caio" }, "role": "MEMBER", "priority": null, "isFixed": true },
            { "resource": { "slug": "bea" }, "role": "LEAD", "priority": null, "isFixed": false }
        ] } }),
        "by priority, which is not public"
    );
    let heavy = json!({ "teamId": team, "members": [{ "resourceId": bea, "weight": 1001 }] });
    let refused = desk
        .api
        .change(&desk.owner, ("teamMembersPut", TEAM), heavy)
        .await;
    assert_eq!(refused.refusals("teamMembersPut"), ["INVALID_INPUT weight"]);
    let needed = json!({ "serviceId": desk.service.to_string(), "hosts": [{ "teamId": team }] });
    desk.api
        .change(&desk.owner, ("serviceHostsSet", "service { id }"), needed)
        .await;
    let away = json!({ "teamId": team });
    let refused = desk
        .api
        .change(&desk.owner, ("teamArchive", TEAM), away.clone())
        .await;
    assert_eq!(refused.refusals("teamArchive"), ["IN_USE -"]);
    let alone = json!({ "serviceId": desk.service.to_string(), "hosts": [{ "resourceId": bea }] });
    desk.api
        .change(&desk.owner, ("serviceHostsSet", "service { id }"), alone)
        .await;
    let fewer = json!({ "teamId": team, "resourceIds": [caio] });
    let removed = desk
        .api
        .change(&desk.owner, ("teamMembersRemove", TEAM), fewer)
        .await;
    assert_eq!(
        *removed.data("/teamMembersRemove/team/members/totalCount"),
        json!(1)
    );
    let renamed =
        json!({ "teamId": team, "name": "Numbers", "strategy": "MANAGED", "locks": ["PRICE", "TITLE"] });
    let gives = "team { name strategy locks }";
    let updated = desk.api.change(&desk.owner, ("teamUpdate", gives), renamed).await;
    let now = json!({ "name": "Numbers", "strategy": "MANAGED", "locks": ["TITLE", "PRICE"] });
    assert_eq!(*updated.data("/teamUpdate/team"), now);
    let gone = desk
        .api
        .change(&desk.owner, ("teamArchive", "team { archivedAt }"), away.clone())
        .await;
    assert!(gone.data("/teamArchive/team/archivedAt").is_string());
    let listed = async |with: bool| {
        let document = "query($with: Boolean!) { teams(withArchived: $with) { totalCount } }";
        let found = desk
            .api
            .ask_with(&desk.owner, document, json!({ "with": with }))
            .await;
        found.data("/teams/totalCount").clone()
    };
    assert_eq!((listed(false).await, listed(true).await), (json!(0), json!(1)));
    let back = desk
        .api
        .change(&desk.owner, ("teamRestore", "team { archivedAt }"), away)
        .await;
    assert_eq!(*back.data("/teamRestore/team/archivedAt"), Value::Null);
}
