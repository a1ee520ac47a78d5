//! Two organizations, and everybody who might try the doors of one of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::locked_knocks::{For, Knock};
use crate::world::{Api, Who, World};

/// Aurora, its neighbour Boreal, and who knocks.
pub(crate) struct Scene {
    api: Api,
    /// Aurora's owner.
    pub(crate) owner: Who,
    /// A member of Aurora with few rights.
    pub(crate) provider: Who,
    /// A key of Aurora that may nothing.
    pub(crate) bare_key: Who,
    /// Boreal's owner.
    pub(crate) neighbour: Who,
    /// Boreal's owner, at Aurora's.
    pub(crate) guest: Who,
    /// Somebody without credentials, at Aurora's.
    pub(crate) nobody: Who,
    /// A session of Aurora's owner that was ended.
    pub(crate) revoked_session: Who,
    /// A key of Aurora that was revoked.
    pub(crate) revoked_key: Who,
    /// The neighbour's id.
    pub(crate) boreal: String,
    ids: BTreeMap<String, String>,
}

/// What came back, but for what differs every time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    /// Of HTTP.
    pub(crate) status: u16,
    /// Without error ids and costs.
    pub(crate) body: Value,
}

impl Heard {
    fn new(status: u16, mut body: Value) -> Self {
        if let Some(extensions) = body.get_mut("extensions").and_then(Value::as_object_mut) {
            extensions.remove("cost");
        }
        for error in body
            .get_mut("errors")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            error["extensions"]["errorId"] = json!("blanked");
        }
        Self { status, body }
    }

    /// The code of the first error on top.
    pub(crate) fn code(&self) -> &str {
        let code = self.body.pointer("/errors/0/extensions/code");
        code.and_then(Value::as_str).unwrap_or("none")
    }

    /// The code of the first refusal in the payload of the only mutation.
    pub(crate) fn refusal(&self) -> &str {
        let payload = self.body["data"].as_object().and_then(|it| it.values().next());
        let code = payload.and_then(|it| it.pointer("/userErrors/0/code"));
        code.and_then(Value::as_str).unwrap_or("none")
    }
}

/// An id that nothing has.
pub(crate) fn missing(prefix: &str) -> String {
    format!("{prefix}_01kjp{}", "z".repeat(21))
}

const KEY: &str = "mutation($name: String!) {
    apiKeyCreate(input: { name: $name, scopes: [], idempotencyKey: $name }) { secret apiKey { id } userErrors { code } }
}";

const INVITE: &str = "mutation {
    invitationCreate(input: { email: \"dora@example.com\", role: STAFF }) { invitation { id } userErrors { code } }
}";

const SIGN_IN: &str = "mutation {
    sessionCreate(input: { email: \"ana@example.com\", password: \"a pass phrase of some length\" }) {
        tokens { accessToken } userErrors { code }
    }
}";

impl Scene {
    /// Furnishes two organizations through the API.
    pub(crate) async fn new(world: &World) -> Self {
        let api = world.api();
        let owner = api.founder("ana", "aurora").await;
        api.verify(&owner, "ana@example.com").await;
        let provider = api.member(&owner, "rui", "PROVIDER").await;
        let neighbour = api.founder("bela", "boreal").await;
        api.verify(&neighbour, "bela@example.com").await;
        for place in [&owner, &neighbour] {
            api.ask(place, INVITE)
                .await
                .data("/invitationCreate/invitation/id");
        }
        let key = async |who: &Who, name: &str| api.ask_with(who, KEY, json!({ "name": name })).await;
        let bare = key(&owner, "bare").await;
        let (bare_key, bare) = (
            bare.text("/apiKeyCreate/secret"),
            bare.text("/apiKeyCreate/apiKey/id"),
        );
        let revoked = key(&owner, "revoked").await;
        key(&neighbour, "theirs").await.data("/apiKeyCreate/apiKey");
        let theirs = world.practice_of(&api, &neighbour).await;
        let furnished = theirs.furnish().await;
        theirs.furnish_lines(furnished.service).await;
        let neighbours = furnished;
        let ours = world.practice_of(&api, &owner).await;
        let furnished = ours.furnish().await;
        let lines = ours.furnish_lines(furnished.service).await;
        world.settle().await;
        theirs.furnish_told(neighbours.booking, neighbours.attendee).await;
        let told = ours.furnish_told(furnished.booking, furnished.attendee).await;
        let revoke = "mutation($id: ID!) { apiKeyRevoke(input: { apiKeyId: $id }) { userErrors { code } } }";
        let id = json!({ "id": revoked.text("/apiKeyCreate/apiKey/id") });
        assert!(
            api.ask_with(&owner, revoke, id)
                .await
                .refusals("apiKeyRevoke")
                .is_empty()
        );
        let session = api
            .ask(&Who::stranger(), SIGN_IN)
            .await
            .text("/sessionCreate/tokens/accessToken");
        let session = Who::with(&session).at("aurora");
        let out = "mutation { sessionRevoke(input: {}) { endedSessionIds userErrors { code } } }";
        assert!(api.ask(&session, out).await.refusals("sessionRevoke").is_empty());
        let boreal = api
            .ask(&neighbour, "{ organization { id } }")
            .await
            .text("/organization/id");
        Self {
            ids: ids(
                &api,
                &owner,
                furnished.ids().into_iter().chain([bare]).chain(lines).chain(told),
            )
            .await,
            owner,
            provider,
            bare_key: Who::with(&bare_key),
            guest: neighbour.at("aurora"),
            neighbour,
            nobody: Who::stranger().at("aurora"),
            revoked_session: session,
            revoked_key: Who::with(&revoked.text("/apiKeyCreate/secret")),
            boreal,
            api,
        }
    }

    /// The id of something of Aurora's.
    pub(crate) fn id(&self, prefix: &str) -> &str {
        &self.ids[prefix]
    }

    /// What somebody hears.
    pub(crate) async fn hear(&self, who: &Who, document: &str, id: Option<&str>) -> Heard {
        let variables = id.map_or_else(|| json!({}), |id| json!({ "id": id }));
        if document.starts_with("subscription") {
            let mut events = self.api.watch(who, document, variables).await;
            // A stream that is open and has nothing to tell is an answer as well.
            let told = tokio::time::timeout(std::time::Duration::from_millis(500), events.next()).await;
            return Heard::new(events.status, told.ok().flatten().unwrap_or_default());
        }
        let answer = self.api.ask_with(who, document, variables).await;
        Heard::new(answer.status.as_u16(), answer.body)
    }

    /// What somebody hears who knocks, which is the same whether or not there is what they ask about, unless that is public.
    pub(crate) async fn same(&self, who: &Who, knock: &Knock) -> Heard {
        if knock.about.is_empty() {
            return self.hear(who, knock.sends, None).await;
        }
        if matches!(knock.opens, For::Everybody(_)) {
            return self.hear(who, knock.sends, Some(self.id(knock.about))).await;
        }
        self.nowhere(who, knock).await
    }

    /// What somebody hears who asks about what is not theirs to see: the same as about nothing.
    pub(crate) async fn nowhere(&self, who: &Who, knock: &Knock) -> Heard {
        let there = self.hear(who, knock.sends, Some(self.id(knock.about))).await;
        let nothing = self.hear(who, knock.sends, Some(&missing(knock.about))).await;
        assert_eq!(there, nothing, "{knock:?}: whether it exists");
        there
    }

    /// No id, name or address of Aurora's is in it.
    pub(crate) fn tells_nothing_of_aurora(&self, heard: &Heard) {
        let text = heard.body.to_string();
        let names = ["aurora", "ana@example.com", "rui@example.com"];
        let secrets = names.into_iter().chain(self.ids.values().map(String::as_str));
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }

    /// Everything that could have been changed.
    pub(crate) async fn aurora(&self) -> Value {
        let all = "{
            organization { name slug version deletionRequestedAt }
            members { nodes { id role version } } invitations { nodes { id status } }
            apiKeys { nodes { id name revokedAt version } } auditLog { totalCount } viewer { version sessions { id } }
            resources(withArchived: true) { nodes { id name version } }
            services(withArchived: true, first: 5) { nodes { id title version hosts { part } } }
            providers(filter: { withArchived: true }) { nodes { id version reviewState } }
            teams(withArchived: true) { nodes { id version } } cancellationPolicies { nodes { id version } }
            clients { nodes { id version } }
            bookings(first: 5) { nodes { id status version startsAt attendees(first: 5) { id status } events(first: 5) { nodes { kind } } } }
            seriesList(first: 5) { nodes { id version startTime endedOn } }
            webhookEndpoints { nodes { id version state deliveries { nodes { id state attempts } } } }
            messageTemplates(language: ENGLISH) { key version } messages { totalCount }
            notifications(isUnread: true) { totalCount }
        }";
        let calendar = "query($id: ID!) {
            availabilityRules(resourceId: $id) { id version }
            availabilityOverrides(resourceId: $id, startsOn: \"2026-01-01\", endsOn: \"2026-12-31\") { id version }
            outOfOffice(resourceId: $id, from: \"2026-01-01T00:00:00Z\", to: \"2026-12-31T00:00:00Z\") { nodes { id version } }
            blocks(resourceId: $id, from: \"2026-01-01T00:00:00Z\", to: \"2026-12-31T00:00:00Z\") { nodes { id version } }
        }";
        let all = self.api.ask(&self.owner, all).await.data("").clone();
        let kept = json!({ "id": self.id("res") });
        let kept = self.api.ask_with(&self.owner, calendar, kept).await;
        json!([all, kept.data("")])
    }
}

/// One id of every kind, by prefix.
async fn ids(api: &Api, owner: &Who, more: impl Iterator<Item = String>) -> BTreeMap<String, String> {
    let all = "{
        organization { id } viewer { id sessions { id } } invitations { nodes { id } }
        members(last: 1) { nodes { id } } auditLog(first: 1) { nodes { id } }
        timers(state: WAITING, first: 1) { nodes { id } }
    }";
    let answer = api.ask(owner, all).await;
    let places = [
        "/organization/id",
        "/viewer/id",
        "/viewer/sessions/0/id",
        "/members/nodes/0/id",
        "/auditLog/nodes/0/id",
        "/timers/nodes/0/id",
    ];
    let mut ids: Vec<String> = places.iter().map(|place| answer.text(place)).collect();
    let open = answer
        .data("/invitations/nodes")
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    ids.push(open["id"].as_str().unwrap().to_owned());
    ids.extend(more);
    ids.into_iter()
        .map(|id| (id.split_once('_').unwrap().0.to_owned(), id))
        .collect()
}
