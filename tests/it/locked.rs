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
use crate::locked_knocks::{For, Knock, knocks};
use crate::locked_scene::{Heard, Scene, missing};
use crate::world::{Who, World, number, stories};

stories! {
    both: [every_door_is_locked, every_node_is_locked],
    postgres: [with_every_filter_removed_a_neighbour_still_sees_nothing],
}

/// What a member without the right to a kind of node gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    /// The part of it that is public, wherever one stands.
    Public,
    /// The part of it that is public, in the organization that it belongs to.
    Shown,
    /// Nothing, unless it is their own.
    Own,
    /// A refusal without any right, and nothing to a provider whose it is not.
    Kept,
    /// A refusal.
    Rightful,
}

/// Every kind of node, with the prefix of its ids.
const NODES: &[(&str, &str, Node)] = &[
    ("ApiKey", "key", Node::Rightful),
    ("AuditLine", "aud", Node::Rightful),
    ("AvailabilityOverride", "ovr", Node::Kept),
    ("AvailabilityRule", "rul", Node::Kept),
    ("Block", "blk", Node::Kept),
    ("Booking", "bkg", Node::Kept),
    ("BookingRequest", "brq", Node::Kept),
    ("CancellationPolicy", "cpo", Node::Shown),
    ("Client", "cli", Node::Rightful),
    ("Invitation", "inv", Node::Rightful),
    ("Membership", "mem", Node::Rightful),
    ("Organization", "org", Node::Public),
    ("OutOfOffice", "abs", Node::Kept),
    ("Provider", "prv", Node::Shown),
    ("Resource", "res", Node::Shown),
    ("Series", "ser", Node::Kept),
    ("RoutingForm", "rfm", Node::Shown),
    ("Service", "svc", Node::Shown),
    ("Session", "ses", Node::Own),
    ("Team", "tea", Node::Shown),
    ("User", "usr", Node::Rightful),
    ("WaitlistEntry", "wle", Node::Kept),
    ("WalkIn", "wki", Node::Kept),
    ("WebhookDelivery", "whd", Node::Rightful),
    ("WebhookEndpoint", "whe", Node::Rightful),
];

#[test]
fn every_door_has_a_knock_and_every_kind_of_node_too() {
    let sdl = Sdl::read();
    let roots = ["Query", "Mutation", "Subscription"];
    let doors = roots.into_iter().flat_map(|root| sdl.fields(root));
    let doors: BTreeSet<&str> = doors.map(|it| it.path.as_str()).collect();
    let tried: BTreeSet<&str> = knocks().map(|it| it.at).collect();
    assert_eq!(doors, tried);
    let kinds: BTreeSet<String> = sdl.kinds_of("Node").into_iter().collect();
    let known: BTreeSet<String> = NODES.iter().map(|(kind, ..)| (*kind).to_owned()).collect();
    assert_eq!(kinds, known);
}

async fn every_door_is_locked(world: World) {
    let scene = Scene::new(&world).await;
    let before = scene.aurora().await;
    for knock in knocks() {
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
        For::Holders | For::People | For::Entitled | For::Own => {
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
        For::Own => {
            not_to_be_found(scene, knock, &provider);
            assert_eq!(key.code(), "FORBIDDEN", "{knock:?}: {key:?}");
        }
    }
}

/// What is another's is not there: `scene.same` has seen that it sounds like what is nowhere.
fn not_to_be_found(scene: &Scene, knock: &Knock, heard: &Heard) {
    assert!(!heard.is_refused(), "{knock:?}: {heard:?}");
    scene.tells_nothing_of_aurora(heard);
    if knock.at.starts_with("Mutation") && !knock.about.is_empty() {
        assert_eq!(heard.refusal(), "NOT_FOUND", "{knock:?}: {heard:?}");
    }
}

async fn neighbours(scene: &Scene, knock: &Knock) {
    if matches!(knock.opens, For::Everybody(_)) {
        if !["", "org"].contains(&knock.about) {
            // What everybody sees of Aurora is seen there, and nowhere else.
            let heard = scene.nowhere(&scene.neighbour, knock).await;
            not_to_be_found(scene, knock, &heard);
        }
        return;
    }
    let heard = scene.same(&scene.neighbour, knock).await;
    not_to_be_found(scene, knock, &heard);
    let here = scene.same(&scene.neighbour.at("aurora"), knock).await;
    let nowhere = scene.same(&scene.neighbour.at("nowhere"), knock).await;
    assert_eq!(here, nowhere, "{knock:?}: whether an organization exists");
    scene.tells_nothing_of_aurora(&here);
    if matches!(knock.opens, For::Entitled | For::Own) {
        assert_eq!(here.code(), "FORBIDDEN", "{knock:?}: {here:?}");
    }
}

/// Everybody but its owner, and the code that they hear; `None` sees what is public of it.
fn others(scene: &Scene, node: Node) -> [(&Who, Option<&'static str>); 5] {
    let [nobody, provider, key, neighbour, guest] = match node {
        Node::Public => [None; 5],
        Node::Shown => [None, None, None, Some("none"), None],
        Node::Own => ["UNAUTHENTICATED", "none", "none", "none", "none"].map(Some),
        Node::Kept => ["UNAUTHENTICATED", "none", "FORBIDDEN", "none", "FORBIDDEN"].map(Some),
        Node::Rightful => ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN", "none", "FORBIDDEN"].map(Some),
    };
    [
        (&scene.nobody, nobody),
        (&scene.provider, provider),
        (&scene.bare_key, key),
        (&scene.neighbour, neighbour),
        (&scene.guest, guest),
    ]
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
        for (who, code) in others(&scene, *node) {
            let there = scene.hear(who, NODE, Some(id)).await;
            let nothing = scene.hear(who, NODE, Some(&none)).await;
            let Some(code) = code else {
                assert_eq!(there.body["data"]["node"]["id"], json!(id), "{kind} {who:?}");
                continue;
            };
            assert_eq!(there, nothing, "{kind} {who:?}");
            let data = json!({ "node": null, "nodes": [null] });
            assert_eq!(there.body["data"], data, "{kind} {who:?}");
            assert_eq!(there.code(), code, "{kind} {who:?}");
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
                  AND c.table_name <> 'credentials' ORDER BY 1";
    let tables = world.admin_sql(tables).await;
    assert!(tables.len() >= 25, "{tables:?}");
    for table in tables.into_iter().flatten().flatten() {
        let of_others = format!("SELECT count(*) FROM {table} WHERE organization_id <> $1");
        let all = format!("SELECT count(DISTINCT organization_id)::text FROM {table}");
        let owners = world.admin_sql(&all).await[0][0].clone().unwrap();
        assert_eq!(owners, "2", "{table}: let both have rows, or nothing is proved");
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
