//! Providers through the API: filled in, looked at, admitted, found, put away.

use serde_json::{Value, json};

use crate::world::{Answer, Api, Who, World, stories};

stories! { both: [
    a_profile_is_filled_in_sent_back_with_a_reason_and_admitted,
    providers_are_found_by_words_and_places_and_the_public_sees_no_more_than_helps_to_choose,
    whoever_is_put_away_is_gone_from_sight_and_comes_back,
    a_profile_names_a_member_and_one_of_two_persons,
] }

/// An organization with an owner, and a member who gives time.
struct House {
    api: Api,
    owner: Who,
    rui: Who,
    stranger: Who,
}

const GIVES: &str = "provider { id version reviewState reviewReason profession }";

impl House {
    async fn open(world: &World) -> Self {
        let api = world.api();
        let owner = api.founder("ana", "aurora").await;
        let rui = api.member(&owner, "rui", "PROVIDER").await;
        let stranger = Who::stranger().at("aurora");
        Self {
            api,
            owner,
            rui,
            stranger,
        }
    }

    /// Rui's profile, not admitted yet, with him behind it.
    async fn draft(&self) -> String {
        let viewer = self.api.ask(&self.rui, "{ viewer { id } }").await;
        let input = json!({
            "person": { "name": "Rui", "slug": "rui", "timeZone": "Europe/Lisbon", "location": "Clínica Aurora, Lisboa" },
            "profile": { "userId": viewer.text("/viewer/id"), "contactEmail": "rui@example.com" }
        });
        let made = self.does(&self.owner, "providerCreate", input).await;
        assert_eq!(*made.data("/providerCreate/provider/reviewState"), json!("DRAFT"));
        made.text("/providerCreate/provider/id")
    }

    async fn does(&self, who: &Who, mutation: &str, input: Value) -> Answer {
        self.api.change(who, (mutation, GIVES), input).await
    }

    /// The names of those whom a filter lets through.
    async fn found(&self, who: &Who, filter: Value) -> Vec<String> {
        let document = "query($filter: ProviderFilterInput) { providers(filter: $filter) { nodes { name } totalCount } }";
        let found = self
            .api
            .ask_with(who, document, json!({ "filter": filter }))
            .await;
        let nodes = found.data("/providers/nodes").as_array().unwrap();
        assert_eq!(*found.data("/providers/totalCount"), json!(nodes.len()));
        nodes
            .iter()
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What the public sees at Rui's address.
    async fn page(&self) -> Value {
        let document =
            "{ provider(slug: \"rui\") { name profession tags { kind word } resource { location slug }
            userId contactEmail reviewState reviewReason version } }";
        self.api
            .ask(&self.stranger, document)
            .await
            .data("/provider")
            .clone()
    }
}

async fn a_profile_is_filled_in_sent_back_with_a_reason_and_admitted(world: World) {
    let house = House::open(&world).await;
    let id = house.draft().await;
    let of = |more: Value| {
        let mut input = more;
        input["providerId"] = json!(id);
        input
    };
    let about = json!({ "profile": { "profession": "Tutor", "bio": "I teach." }, "expectedVersion": 1 });
    let told = house.does(&house.rui, "providerUpdate", of(about.clone())).await;
    assert_eq!(*told.data("/providerUpdate/provider/version"), json!(2));
    let late = house.does(&house.rui, "providerUpdate", of(about)).await;
    assert_eq!(
        late.refusals("providerUpdate"),
        ["VERSION_CONFLICT expectedVersion"]
    );
    let rate = json!({ "profile": { "hourlyRate": { "amountMinor": "9000", "currency": "EUR" } } });
    let own = house.does(&house.rui, "providerUpdate", of(rate)).await;
    assert_eq!(own.code(), "FORBIDDEN", "the organization decides the rate");
    let sent = house.does(&house.rui, "providerSubmit", of(json!({}))).await;
    assert_eq!(
        *sent.data("/providerSubmit/provider/reviewState"),
        json!("PENDING_REVIEW")
    );
    let own = house.does(&house.rui, "providerApprove", of(json!({}))).await;
    assert_eq!(own.code(), "FORBIDDEN", "nobody admits themselves");
    let silent = house
        .does(&house.owner, "providerReject", of(json!({ "reason": "" })))
        .await;
    assert_eq!(silent.refusals("providerReject"), ["INVALID_INPUT reason"]);
    let back = json!({ "reason": "A picture is missing." });
    let back = house.does(&house.owner, "providerReject", of(back)).await;
    assert_eq!(
        *back.data("/providerReject/provider/reviewState"),
        json!("DECLINED")
    );
    assert_eq!(
        *back.data("/providerReject/provider/reviewReason"),
        json!("A picture is missing.")
    );
    assert_eq!(house.page().await, Value::Null);
    house.does(&house.rui, "providerSubmit", of(json!({}))).await;
    let in_time = house.does(&house.owner, "providerApprove", of(json!({}))).await;
    assert_eq!(
        *in_time.data("/providerApprove/provider/reviewState"),
        json!("ACTIVE")
    );
    assert_eq!(
        *in_time.data("/providerApprove/provider/reviewReason"),
        Value::Null
    );
    let again = house.does(&house.owner, "providerSubmit", of(json!({}))).await;
    assert_eq!(again.refusals("providerSubmit"), ["INVALID_INPUT reviewState"]);
}

async fn providers_are_found_by_words_and_places_and_the_public_sees_no_more_than_helps_to_choose(
    world: World,
) {
    let house = House::open(&world).await;
    let id = house.draft().await;
    let words =
        json!([{ "kind": "SUBJECT", "word": "Matemática" }, { "kind": "LANGUAGE", "word": "English" }]);
    let tagged = json!({ "providerId": id, "tags": words });
    house.does(&house.rui, "providerTagsSet", tagged).await;
    let maths = json!({ "tags": [{ "kind": "SUBJECT", "word": "MATEMATICA" }] });
    assert_eq!(house.found(&house.owner, maths.clone()).await, ["Rui"]);
    assert!(
        house.found(&house.stranger, maths.clone()).await.is_empty(),
        "not admitted"
    );
    house
        .does(&house.owner, "providerApprove", json!({ "providerId": id }))
        .await;
    assert_eq!(house.found(&house.stranger, maths).await, ["Rui"]);
    assert_eq!(
        house
            .found(&house.stranger, json!({ "location": "LISBOA" }))
            .await,
        ["Rui"]
    );
    assert!(
        house
            .found(&house.stranger, json!({ "location": "Porto" }))
            .await
            .is_empty()
    );
    assert_eq!(
        house.found(&house.stranger, json!({ "text": "english" })).await,
        ["Rui"]
    );
    let other = json!({ "tags": [{ "kind": "SUBJECT", "word": "Física" }] });
    assert!(house.found(&house.stranger, other).await.is_empty());
    let many: Vec<Value> = (0..11)
        .map(|it| json!({ "kind": "SUBJECT", "word": format!("w{it}") }))
        .collect();
    let document = "query($filter: ProviderFilterInput) { providers(filter: $filter) { totalCount } }";
    let asked = json!({ "filter": { "tags": many } });
    let refused = house.api.ask_with(&house.stranger, document, asked).await;
    assert_eq!(refused.code(), "INVALID_INPUT");
    assert_eq!(
        house.page().await,
        json!({
            "name": "Rui", "profession": null,
            "tags": [{ "kind": "LANGUAGE", "word": "English" }, { "kind": "SUBJECT", "word": "Matemática" }],
            "resource": { "location": "Clínica Aurora, Lisboa", "slug": "rui" },
            "userId": null, "contactEmail": null, "reviewState": null, "reviewReason": null, "version": null
        })
    );
}

async fn whoever_is_put_away_is_gone_from_sight_and_comes_back(world: World) {
    let house = House::open(&world).await;
    let id = house.draft().await;
    house
        .does(&house.owner, "providerApprove", json!({ "providerId": id }))
        .await;
    let own = house
        .does(&house.rui, "providerArchive", json!({ "providerId": id }))
        .await;
    assert_eq!(own.code(), "FORBIDDEN");
    let late = json!({ "providerId": id, "expectedVersion": 1 });
    let late = house.does(&house.owner, "providerArchive", late).await;
    assert_eq!(
        late.refusals("providerArchive"),
        ["VERSION_CONFLICT expectedVersion"]
    );
    let gone = json!({ "providerId": id, "expectedVersion": 2 });
    let gone = house.does(&house.owner, "providerArchive", gone).await;
    assert_eq!(*gone.data("/providerArchive/provider/version"), json!(3));
    assert_eq!(house.page().await, Value::Null);
    assert!(house.found(&house.owner, json!({})).await.is_empty());
    assert_eq!(
        house.found(&house.owner, json!({ "withArchived": true })).await,
        ["Rui"]
    );
    assert!(
        house
            .found(&house.stranger, json!({ "withArchived": true }))
            .await
            .is_empty()
    );
    let back = house
        .does(&house.owner, "providerRestore", json!({ "providerId": id }))
        .await;
    assert_eq!(*back.data("/providerRestore/provider/version"), json!(4));
    assert_eq!(house.page().await["name"], "Rui");
    let same = house
        .does(&house.owner, "providerRestore", json!({ "providerId": id }))
        .await;
    assert_eq!(
        *same.data("/providerRestore/provider/version"),
        json!(4),
        "nothing has changed"
    );
}

async fn a_profile_names_a_member_and_one_of_two_persons(world: World) {
    let house = House::open(&world).await;
    let zoe = house.api.register("zoe").await;
    let zoe = house.api.ask(&zoe, "{ viewer { id } }").await.text("/viewer/id");
    let person = json!({ "name": "Zoe", "slug": "zoe", "timeZone": "UTC" });
    let input = json!({ "person": person, "profile": { "userId": zoe } });
    let refused = house.does(&house.owner, "providerCreate", input).await;
    assert_eq!(refused.refusals("providerCreate"), ["NOT_FOUND -"], "no member");
    let wrong = json!({ "person": { "name": "Zoe" }, "profile": { "contactEmail": "nobody" } });
    let refused = house.does(&house.owner, "providerCreate", wrong).await;
    assert_eq!(
        refused.refusals("providerCreate"),
        ["INVALID_INPUT person", "INVALID_INPUT profile.contactEmail"]
    );
    let only = json!({ "person": person, "validateOnly": true });
    let valid = house.does(&house.owner, "providerCreate", only).await;
    assert_eq!(*valid.data("/providerCreate/provider"), Value::Null);
    assert!(valid.refusals("providerCreate").is_empty());
    assert!(house.found(&house.owner, json!({})).await.is_empty());
}
