//! What cancelling costs, through the API: agreed on when it is booked, told before anybody decides.

use chrono::TimeDelta;
use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use crate::world::desk::{Desk, TEN};
use crate::world::{Who, World, stories};

stories! { both: [
    a_quote_says_what_was_agreed_on_and_until_when_it_holds,
    policies_are_made_changed_put_away_and_kept_while_they_are_needed,
] }

const POLICY: &str = "cancellationPolicy { id name version tiers { hoursBefore feePercent } archivedAt }";

fn tiers(of: &[(u32, u32)]) -> Value {
    let tier = |(hours, fee): &(u32, u32)| json!({ "hoursBefore": hours, "feePercent": fee });
    of.iter().map(tier).collect()
}

async fn policy(desk: &Desk) -> String {
    let input = json!({ "name": "Strict", "tiers": tiers(&[(0, 100), (48, 0), (24, 50)]) });
    let made = desk
        .api
        .change(&desk.owner, ("cancellationPolicyCreate", POLICY), input)
        .await;
    let sorted = tiers(&[(48, 0), (24, 50), (0, 100)]);
    assert_eq!(
        *made.data("/cancellationPolicyCreate/cancellationPolicy/tiers"),
        sorted
    );
    let id = made.text("/cancellationPolicyCreate/cancellationPolicy/id");
    let input = json!({ "serviceId": desk.service.to_string(), "cancellationPolicyId": id });
    let set = desk
        .api
        .change(&desk.owner, ("serviceUpdate", "service { id }"), input)
        .await;
    assert!(set.refusals("serviceUpdate").is_empty(), "{}", set.body);
    id
}

/// What is quoted to somebody who holds a link: the fee, its part of the price, and when it rises.
async fn quoted(desk: &Desk, token: &str) -> (Value, Value, Value) {
    let document = "query($token: String!) { cancellationQuote(token: $token) { fee { amountMinor } feePercent risesAt } }";
    let told = desk
        .api
        .ask_with(&Desk::client(1), document, json!({ "token": token }))
        .await;
    let told = told.data("/cancellationQuote");
    (
        told["fee"]["amountMinor"].clone(),
        told["feePercent"].clone(),
        told["risesAt"].clone(),
    )
}

async fn a_quote_says_what_was_agreed_on_and_until_when_it_holds(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let policy = policy(&desk).await;
    let (booking, token) = desk.booked(TEN).await;
    let free = json!({ "cancellationPolicyId": policy, "tiers": tiers(&[(0, 0)]), "expectedVersion": 1 });
    let changed = desk
        .api
        .change(&desk.owner, ("cancellationPolicyUpdate", POLICY), free)
        .await;
    assert_eq!(
        *changed.data("/cancellationPolicyUpdate/cancellationPolicy/version"),
        json!(2)
    );
    let document = "query($id: ID!) { cancellationQuote(bookingId: $id) { bookingId price { amountMinor }
        fee { amountMinor currency } feePercent tiers { hoursBefore feePercent } risesAt quotedAt } }";
    let told = desk
        .api
        .ask_with(&desk.owner, document, json!({ "id": booking }))
        .await;
    assert_eq!(
        *told.data("/cancellationQuote"),
        json!({
            "bookingId": booking, "price": { "amountMinor": "5000" },
            "fee": { "amountMinor": "2500", "currency": "EUR" }, "feePercent": 50,
            "tiers": tiers(&[(48, 0), (24, 50), (0, 100)]),
            "risesAt": "2026-03-02T10:00:00Z", "quotedAt": "2026-03-02T09:00:00Z"
        }),
        "what was agreed on stays"
    );
    world.clock.advance(TimeDelta::hours(1));
    assert_eq!(
        quoted(&desk, &token).await,
        (json!("2500"), json!(50), json!("2026-03-02T10:00:00Z"))
    );
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(
        quoted(&desk, &token).await,
        (json!("5000"), json!(100), Value::Null)
    );
    let guess = "{ cancellationQuote(token: \"a guess\") { fee { amountMinor } } }";
    assert_eq!(
        *desk
            .api
            .ask(&Desk::client(1), guess)
            .await
            .data("/cancellationQuote"),
        Value::Null
    );
    let neither = desk
        .api
        .ask(&Desk::client(1), "{ cancellationQuote { feePercent } }")
        .await;
    assert_eq!(neither.code(), "INVALID_INPUT");
    let owner = desk.api.sign_in("ana").await.at("aurora");
    desk.change(&owner, "bookingCancel", json!({ "bookingId": booking }))
        .await;
    let over = desk
        .api
        .ask_with(&owner, document, json!({ "id": booking }))
        .await;
    assert_eq!(over.code(), "TRANSITION_REFUSED", "{}", over.body);
}

async fn policies_are_made_changed_put_away_and_kept_while_they_are_needed(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let policy = policy(&desk).await;
    let cheaper = json!({ "name": "Odd", "tiers": tiers(&[(48, 50), (24, 10)]) });
    let refused = desk
        .api
        .change(&desk.owner, ("cancellationPolicyCreate", POLICY), cheaper)
        .await;
    assert_eq!(
        refused.refusals("cancellationPolicyCreate"),
        ["INVALID_INPUT tiers"]
    );
    let same = json!({ "name": "Strict", "tiers": tiers(&[(0, 0)]) });
    let refused = desk
        .api
        .change(&desk.owner, ("cancellationPolicyCreate", POLICY), same)
        .await;
    assert_eq!(refused.refusals("cancellationPolicyCreate"), ["TAKEN name"]);
    let away = json!({ "cancellationPolicyId": policy });
    let refused = desk
        .api
        .change(&desk.owner, ("cancellationPolicyArchive", POLICY), away.clone())
        .await;
    assert_eq!(refused.refusals("cancellationPolicyArchive"), ["IN_USE -"]);
    let none = json!({ "serviceId": desk.service.to_string(), "cancellationPolicyId": null });
    desk.api
        .change(&desk.owner, ("serviceUpdate", "service { id }"), none)
        .await;
    let gone = desk
        .api
        .change(&desk.owner, ("cancellationPolicyArchive", POLICY), away.clone())
        .await;
    assert!(
        gone.data("/cancellationPolicyArchive/cancellationPolicy/archivedAt")
            .is_string()
    );
    let list = "{ cancellationPolicies { nodes { name version } totalCount } }";
    let stranger = Who::stranger().at("aurora");
    assert_eq!(
        *desk
            .api
            .ask(&stranger, list)
            .await
            .data("/cancellationPolicies/totalCount"),
        json!(0)
    );
    desk.api
        .change(&desk.owner, ("cancellationPolicyRestore", POLICY), away)
        .await;
    let listed = desk.api.ask(&stranger, list).await;
    assert_eq!(
        *listed.data("/cancellationPolicies/nodes"),
        json!([{ "name": "Strict", "version": null }])
    );
}
