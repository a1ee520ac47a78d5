//! Every door is tried without a key, with the wrong one, with an old one, and by the neighbour.
//!
//! Doors are the root fields and the kinds of nodes, found in the schema: a new one fails here until somebody has written
//! down who may come in, and it has been knocked on.

use std::collections::BTreeSet;

use db::{Asker, Tenant};
use kernel::SystemKind;
use kernel::id::OrganizationId;
use sea_orm::Value as Bound;
use serde_json::{Value, json};

use crate::house::sdl::Sdl;
use crate::locked_scene::{Heard, Scene, missing};
use crate::world::{World, number, stories};

stories! {
    both: [every_door_is_locked, every_node_is_locked],
    postgres: [with_every_filter_removed_a_neighbour_still_sees_nothing],
}

/// Whom a door opens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Everybody, and why.
    Everybody(&'static str),
    /// Whoever shows a credential.
    Holders,
    /// Whoever is signed in, for what is theirs. A key is nobody in particular.
    People,
    /// Whoever has the right to it in the organization.
    Entitled,
}

/// One try at one door.
#[derive(Debug)]
pub(crate) struct Knock {
    /// The door, as `Root.field`.
    pub(crate) at: &'static str,
    /// The document; `$id` is the id of something of the organization.
    pub(crate) sends: &'static str,
    /// Of what the id is, by its prefix; nothing if the document needs none.
    pub(crate) about: &'static str,
    /// To whom it opens.
    opens: For,
}

const fn knock(at: &'static str, opens: For, about: &'static str, sends: &'static str) -> Knock {
    Knock {
        at,
        sends,
        about,
        opens,
    }
}

const REGISTERING: For = For::Everybody("how a person comes to have a credential");
const PROVED: For = For::Everybody("whoever holds the token or the code has proved enough");
const PUBLIC: For =
    For::Everybody("a part of every organization is everybody's to see; the rest of it is not");
const METER: For = For::Everybody("says only what one's own request costs");

#[rustfmt::skip]
pub(crate) const KNOCKS: &[Knock] = &[
    knock("Query.apiKeys", For::Entitled, "", "{ apiKeys { nodes { id name } totalCount } }"),
    knock("Query.auditLog", For::Entitled, "", "{ auditLog { nodes { id action entityId } totalCount } }"),
    knock("Query.invitationPreview", PROVED, "", "{ invitationPreview(token: \"a guess\") { organizationSlug } }"),
    knock("Query.invitations", For::Entitled, "", "{ invitations { nodes { id email } totalCount } }"),
    knock("Query.members", For::Entitled, "", "{ members { nodes { id user { id name } } totalCount } }"),
    knock("Query.node", PUBLIC, "org", "query($id: ID!) { node(id: $id) { id } }"),
    knock("Query.nodes", PUBLIC, "org", "query($id: ID!) { nodes(ids: [$id]) { id } }"),
    knock("Query.organization", PUBLIC, "", "{ organization { id slug name } }"),
    knock("Query.rateLimit", METER, "", "{ rateLimit { cost } }"),
    knock("Query.viewer", For::Holders, "", "{ viewer { id email sessions { id } places { role } } }"),
    knock("Mutation.apiKeyCreate", For::Entitled, "",
        "mutation { apiKeyCreate(input: { name: \"k\", scopes: [], validateOnly: true }) { secret userErrors { code message field } } }"),
    knock("Mutation.apiKeyRevoke", For::Entitled, "key",
        "mutation($id: ID!) { apiKeyRevoke(input: { apiKeyId: $id }) { apiKey { id } userErrors { code message field } } }"),
    knock("Mutation.apiKeyUpdate", For::Entitled, "key",
        "mutation($id: ID!) { apiKeyUpdate(input: { apiKeyId: $id, name: \"mine\" }) { apiKey { id } userErrors { code message field } } }"),
    knock("Mutation.emailVerificationRequest", For::People, "",
        "mutation { emailVerificationRequest(input: {}) { isSent userErrors { code message field } } }"),
    knock("Mutation.emailVerify", For::People, "",
        "mutation { emailVerify(input: { code: \"0\" }) { user { id } userErrors { code message field } } }"),
    knock("Mutation.invitationAccept", For::People, "",
        "mutation { invitationAccept(input: { token: \"a guess\" }) { membershipId userErrors { code message field } } }"),
    knock("Mutation.invitationCreate", For::Entitled, "",
        "mutation { invitationCreate(input: { email: \"x@example.com\", role: STAFF, validateOnly: true }) { token userErrors { code message field } } }"),
    knock("Mutation.invitationRevoke", For::Entitled, "inv",
        "mutation($id: ID!) { invitationRevoke(input: { invitationId: $id }) { invitation { id } userErrors { code message field } } }"),
    knock("Mutation.membershipRemove", For::Entitled, "mem",
        "mutation($id: ID!) { membershipRemove(input: { membershipId: $id }) { removedMembershipId userErrors { code message field } } }"),
    knock("Mutation.membershipUpdate", For::Entitled, "mem",
        "mutation($id: ID!) { membershipUpdate(input: { membershipId: $id, role: STAFF }) { membership { id } userErrors { code message field } } }"),
    knock("Mutation.organizationCreate", For::People, "",
        "mutation { organizationCreate(input: { slug: \"zephyr\", name: \"Z\", timeZone: \"UTC\", currency: \"EUR\", validateOnly: true }) { organization { id } userErrors { code message field } } }"),
    knock("Mutation.organizationDelete", For::Entitled, "",
        "mutation { organizationDelete(input: { token: \"a guess\", slug: \"aurora\", validateOnly: true }) { deletedOrganizationId userErrors { code message field } } }"),
    knock("Mutation.organizationDeletionRequest", For::Entitled, "",
        "mutation { organizationDeletionRequest(input: { validateOnly: true }) { token userErrors { code message field } } }"),
    knock("Mutation.organizationLeave", For::People, "",
        "mutation { organizationLeave(input: { validateOnly: true }) { removedMembershipId userErrors { code message field } } }"),
    knock("Mutation.organizationUpdate", For::Entitled, "",
        "mutation { organizationUpdate(input: { name: \"mine\", validateOnly: true }) { organization { id } userErrors { code message field } } }"),
    knock("Mutation.passwordChange", For::People, "",
        "mutation { passwordChange(input: { currentPassword: \"a guess\", newPassword: \"a better pass phrase\" }) { user { id } userErrors { code message field } } }"),
    knock("Mutation.passwordReset", PROVED, "",
        "mutation { passwordReset(input: { email: \"ana@example.com\", code: \"0\", newPassword: \"a better pass phrase\" }) { userId userErrors { code message field } } }"),
    knock("Mutation.passwordResetRequest", REGISTERING, "",
        "mutation { passwordResetRequest(input: { email: \"nobody@example.com\" }) { isAccepted userErrors { code message field } } }"),
    knock("Mutation.sessionCreate", REGISTERING, "",
        "mutation { sessionCreate(input: { email: \"ana@example.com\", password: \"a guess\" }) { tokens { accessToken } userErrors { code message field } } }"),
    knock("Mutation.sessionCreateWithToken", REGISTERING, "",
        "mutation { sessionCreateWithToken(input: { token: \"a guess\" }) { tokens { accessToken } userErrors { code message field } } }"),
    knock("Mutation.sessionRefresh", PROVED, "",
        "mutation { sessionRefresh(input: { refreshToken: \"a guess\" }) { tokens { accessToken } userErrors { code message field } } }"),
    knock("Mutation.sessionRevoke", For::People, "ses",
        "mutation($id: ID!) { sessionRevoke(input: { sessionId: $id }) { endedSessionIds userErrors { code message field } } }"),
    knock("Mutation.sessionRevokeOthers", For::People, "",
        "mutation { sessionRevokeOthers(input: {}) { endedSessionIds userErrors { code message field } } }"),
    knock("Mutation.userRegister", REGISTERING, "",
        "mutation { userRegister(input: { email: \"new@example.com\", name: \"N\", password: \"a pass phrase of some length\", validateOnly: true }) { user { id } userErrors { code message field } } }"),
    knock("Mutation.userUpdate", For::People, "",
        "mutation { userUpdate(input: { name: \"mine\", validateOnly: true }) { user { id } userErrors { code message field } } }"),
    knock("Subscription.auditLogged", For::Entitled, "", "subscription { auditLogged { id action } }"),
];

/// What a member without the right to a kind of node gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    /// The part of it that is public.
    Public,
    /// Nothing, unless it is their own.
    Own,
    /// A refusal.
    Rightful,
}

/// Every kind of node, with the prefix of its ids.
const NODES: &[(&str, &str, Node)] = &[
    ("ApiKey", "key", Node::Rightful),
    ("AuditLine", "aud", Node::Rightful),
    ("Invitation", "inv", Node::Rightful),
    ("Membership", "mem", Node::Rightful),
    ("Organization", "org", Node::Public),
    ("Session", "ses", Node::Own),
    ("User", "usr", Node::Rightful),
];

#[test]
fn every_door_has_a_knock_and_every_kind_of_node_too() {
    let sdl = Sdl::read();
    let roots = ["Query", "Mutation", "Subscription"];
    let doors = roots.into_iter().flat_map(|root| sdl.fields(root));
    let doors: BTreeSet<&str> = doors.map(|it| it.path.as_str()).collect();
    let knocks: BTreeSet<&str> = KNOCKS.iter().map(|it| it.at).collect();
    assert_eq!(doors, knocks);
    let kinds: BTreeSet<String> = sdl.kinds_of("Node").into_iter().collect();
    let known: BTreeSet<String> = NODES.iter().map(|(kind, ..)| (*kind).to_owned()).collect();
    assert_eq!(kinds, known);
}

async fn every_door_is_locked(world: World) {
    let scene = Scene::new(&world).await;
    let before = scene.aurora().await;
    for knock in KNOCKS {
        strangers(&scene, knock).await;
        old_credentials(&scene, knock).await;
        members_without_the_right(&scene, knock).await;
        neighbours(&scene, knock).await;
    }
    assert_eq!(scene.aurora().await, before, "nobody did anything");
}

async fn strangers(scene: &Scene, knock: &Knock) {
    let heard = scene.same(&scene.nobody, knock).await;
    match knock.opens {
        For::Everybody(_) => assert!(!heard.is_refused(), "{knock:?}: {heard:?}"),
        For::Holders | For::People | For::Entitled => {
            assert_eq!(heard.code(), "UNAUTHENTICATED", "{knock:?}: {heard:?}");
            let nowhere = scene.same(&scene.nobody.at("nowhere"), knock).await;
            assert_eq!(heard, nowhere, "{knock:?}: whether an organization exists");
        }
    }
}

/// Whatever they ask: an old credential is nobody's.
async fn old_credentials(scene: &Scene, knock: &Knock) {
    for old in [&scene.revoked_session, &scene.revoked_key] {
        let heard = scene.same(old, knock).await;
        assert_eq!(
            (heard.status, heard.code()),
            (401, "UNAUTHENTICATED"),
            "{knock:?}"
        );
    }
}

async fn members_without_the_right(scene: &Scene, knock: &Knock) {
    let provider = scene.same(&scene.provider, knock).await;
    let key = scene.same(&scene.bare_key, knock).await;
    match knock.opens {
        For::Everybody(_) | For::Holders => {
            assert!(!provider.is_refused() && !key.is_refused(), "{knock:?}: {key:?}");
        }
        For::People => {
            assert!(!provider.is_refused(), "{knock:?}: {provider:?}");
            assert_eq!(key.code(), "UNAUTHENTICATED", "{knock:?}: {key:?}");
        }
        For::Entitled => {
            assert_eq!(provider.code(), "FORBIDDEN", "{knock:?}: {provider:?}");
            assert_eq!(key.code(), "FORBIDDEN", "{knock:?}: {key:?}");
        }
    }
}

async fn neighbours(scene: &Scene, knock: &Knock) {
    if matches!(knock.opens, For::Everybody(_)) {
        return;
    }
    let heard = scene.same(&scene.neighbour, knock).await;
    if knock.about.is_empty() {
        scene.tells_nothing_of_aurora(&heard);
    } else {
        assert_eq!(heard.refusal(), "NOT_FOUND", "{knock:?}: {heard:?}");
    }
    let here = scene.same(&scene.neighbour.at("aurora"), knock).await;
    let nowhere = scene.same(&scene.neighbour.at("nowhere"), knock).await;
    assert_eq!(here, nowhere, "{knock:?}: whether an organization exists");
    scene.tells_nothing_of_aurora(&here);
    if knock.opens == For::Entitled {
        assert_eq!(here.code(), "FORBIDDEN", "{knock:?}: {here:?}");
    }
}

const NODE: &str = "query($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { __typename id } }";

async fn every_node_is_locked(world: World) {
    let scene = Scene::new(&world).await;
    for (kind, prefix, node) in NODES {
        let (id, none) = (scene.id(prefix), missing(prefix));
        let seen = scene.hear(&scene.owner, NODE, Some(id)).await;
        assert_eq!(seen.body["data"]["node"], json!({ "__typename": kind, "id": id }));
        assert_eq!(
            seen.body["data"]["nodes"],
            json!([{ "__typename": kind, "id": id }])
        );
        let there = scene.hear(&scene.owner, NODE, Some(&none)).await;
        assert_eq!(
            there.body["data"],
            json!({ "node": null, "nodes": [null] }),
            "{kind}"
        );
        let others = [
            (&scene.nobody, "UNAUTHENTICATED"),
            (&scene.provider, "FORBIDDEN"),
            (&scene.bare_key, "FORBIDDEN"),
            (&scene.neighbour, "none"),
            (&scene.neighbour.at("aurora"), "FORBIDDEN"),
        ];
        for (who, code) in others {
            let (there, nothing) = (
                scene.hear(who, NODE, Some(id)).await,
                scene.hear(who, NODE, Some(&none)).await,
            );
            if *node == Node::Public {
                assert_eq!(there.body["data"]["node"]["id"], json!(id), "{kind} {who:?}");
                continue;
            }
            assert_eq!(there, nothing, "{kind} {who:?}");
            assert_eq!(
                there.body["data"],
                json!({ "node": null, "nodes": [null] }),
                "{kind} {who:?}"
            );
            let own = *node == Node::Own && code == "FORBIDDEN";
            assert_eq!(there.code(), if own { "none" } else { code }, "{kind} {who:?}");
        }
    }
    only_the_public_part_is_public(&scene).await;
}

/// Fields of an organization that are everybody's; what is added to it is not, unless somebody says so here.
const PUBLIC_PART: &[&str] = &[
    "branding",
    "contactEmail",
    "contactPhone",
    "country",
    "currency",
    "id",
    "locale",
    "name",
    "slug",
    "timeZone",
    "weekStartsOn",
];

async fn only_the_public_part_is_public(scene: &Scene) {
    let sdl = Sdl::read();
    let names: Vec<&str> = sdl.fields("Organization").map(|it| it.name.as_str()).collect();
    let selected: Vec<String> = names
        .iter()
        .map(|it| {
            if *it == "branding" {
                "branding { logoUrl }".to_owned()
            } else {
                (*it).to_owned()
            }
        })
        .collect();
    let document = format!(
        "{{ organization(slug: \"aurora\") {{ {} }} }}",
        selected.join(" ")
    );
    for who in [
        &scene.nobody,
        &scene.neighbour,
        &scene.neighbour.at("aurora"),
        &scene.bare_key,
    ] {
        let heard = scene.hear(who, &document, None).await;
        let shown = heard.body["data"]["organization"]
            .as_object()
            .expect("an organization");
        let beyond = shown
            .iter()
            .filter(|(name, value)| !PUBLIC_PART.contains(&name.as_str()) && !value.is_null());
        assert_eq!(
            beyond.map(|(name, _)| name).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "{who:?}"
        );
    }
    let owners = scene.hear(&scene.owner, &document, None).await;
    assert_eq!(owners.body["data"]["organization"]["version"], Value::from(1));
}

/// Row-level security alone: the application's own filter is not there at all.
async fn with_every_filter_removed_a_neighbour_still_sees_nothing(world: World) {
    let scene = Scene::new(&world).await;
    let neighbour: OrganizationId = scene.boreal.parse().unwrap();
    let tables = "SELECT c.table_name::text FROM information_schema.columns c \
                  WHERE c.table_schema = 'public' AND c.column_name = 'organization_id' \
                  AND c.table_name IN ('api_keys', 'audit_log', 'idempotency_keys', 'invitations', 'memberships') ORDER BY 1";
    let tables = world.admin_sql(tables).await;
    assert!(tables.len() >= 5, "{tables:?}");
    for table in tables.into_iter().flatten().flatten() {
        let of_others = format!("SELECT count(*) FROM {table} WHERE organization_id <> $1");
        let all = format!("SELECT count(DISTINCT organization_id)::text FROM {table}");
        let owners = world.admin_sql(&all).await[0][0].clone().unwrap();
        assert!(
            owners.parse::<u32>().unwrap() >= 2,
            "{table}: let both have rows, or nothing is proved"
        );
        let asker = Asker::system(SystemKind::Operator);
        let reading = world.store.read(Tenant(neighbour), &asker).await.unwrap();
        let bound: [Bound; 1] = [kernel::Id::uuid(neighbour).into()];
        assert_eq!(number(&reading, &of_others, bound).await.unwrap(), 0, "{table}");
    }
}

impl Heard {
    /// Whether it says that the caller may not.
    fn is_refused(&self) -> bool {
        ["UNAUTHENTICATED", "FORBIDDEN"].contains(&self.code())
    }
}
