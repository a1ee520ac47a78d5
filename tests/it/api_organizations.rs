//! Organizations, members, invitations and keys, as staff meet them.

use serde_json::json;

use crate::world::{Who, World, stories};

stories! {
    both: [
        an_owner_invites_somebody_who_joins,
        a_key_does_what_its_scopes_say_and_nothing_after_it_is_revoked,
        the_audit_log_tells_what_happened_in_pages,
        an_update_of_an_old_version_is_refused,
        an_organization_is_deleted_in_two_steps,
        founding_twice_with_one_key_founds_once,
    ]
}

async fn an_owner_invites_somebody_who_joins(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let rui = api.member(&ana, "rui", "STAFF").await;
    let members = api
        .ask(&ana, "{ members { nodes { role user { name } } totalCount } }")
        .await;
    assert_eq!(
        *members.data("/members"),
        json!({
            "nodes": [
                { "role": "OWNER", "user": { "name": "ana" } },
                { "role": "STAFF", "user": { "name": "rui" } }
            ],
            "totalCount": 2
        })
    );
    let denied = api
        .ask(&rui, "mutation { invitationCreate(input: { email: \"x@example.com\", role: OWNER }) { userErrors { code } } }")
        .await;
    assert_eq!(denied.code(), "FORBIDDEN");
    let left = api
        .ask(
            &ana,
            "mutation { organizationLeave(input: {}) { userErrors { code } } }",
        )
        .await;
    assert_eq!(left.refusals("organizationLeave"), ["LAST_OWNER -"]);
}

async fn a_key_does_what_its_scopes_say_and_nothing_after_it_is_revoked(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let made = api
        .ask(
            &ana,
            "mutation { apiKeyCreate(input: { name: \"calendar\", scopes: [MEMBERS_READ, ORGANIZATION_READ] }) {
                secret apiKey { id prefix scopes version } userErrors { code field message }
            } }",
        )
        .await;
    let secret = made.text("/apiKeyCreate/secret");
    assert!(secret.starts_with(&made.text("/apiKeyCreate/apiKey/prefix")));
    let key = Who::with(&secret);
    let seen = api
        .ask(&key, "{ organization { slug version } members { totalCount } }")
        .await;
    assert_eq!(
        *seen.data("/organization"),
        json!({ "slug": "aurora", "version": 1 })
    );
    assert_eq!(
        api.ask(&key, "{ apiKeys { totalCount } }").await.code(),
        "FORBIDDEN"
    );
    let elsewhere = api.ask(&key.at("nowhere"), "{ members { totalCount } }").await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.code()), (403, "FORBIDDEN"));
    let revoke = "mutation($id: ID!) { apiKeyRevoke(input: { apiKeyId: $id }) { apiKey { revokedAt } userErrors { code } } }";
    let id = made.text("/apiKeyCreate/apiKey/id");
    let revoked = api.ask_with(&ana, revoke, json!({ "id": id })).await;
    assert_eq!(
        *revoked.data("/apiKeyRevoke/apiKey/revokedAt"),
        json!("2026-03-02T09:00:00Z")
    );
    let after = api.ask(&key, "{ organization { slug } }").await;
    assert_eq!((after.status.as_u16(), after.code()), (401, "UNAUTHENTICATED"));
}

async fn the_audit_log_tells_what_happened_in_pages(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    for number in 0..7 {
        let key = "mutation($name: String!) { apiKeyCreate(input: { name: $name, scopes: [] }) { userErrors { code } } }";
        api.ask_with(&ana, key, json!({ "name": format!("key {number}") }))
            .await
            .data("");
    }
    let mut told = Vec::new();
    let mut after = json!(null);
    loop {
        let page = "query($after: String) {
            auditLog(first: 3, after: $after) { nodes { id action actorKind ipAddress } pageInfo { hasNextPage endCursor } totalCount }
        }";
        let page = api.ask_with(&ana, page, json!({ "after": after })).await;
        assert_eq!(*page.data("/auditLog/totalCount"), json!(8));
        told.extend(page.data("/auditLog/nodes").as_array().unwrap().clone());
        after = page.data("/auditLog/pageInfo/endCursor").clone();
        if *page.data("/auditLog/pageInfo/hasNextPage") == json!(false) {
            break;
        }
    }
    assert_eq!(told.len(), 8);
    assert_eq!(
        (&told[0]["action"], &told[7]["action"]),
        (&json!("organization.created"), &json!("api_key.created"))
    );
    let node = "query($id: ID!) { node(id: $id) { id ... on AuditLine { action } } }";
    let found = api.ask_with(&ana, node, json!({ "id": told[0]["id"] })).await;
    assert_eq!(*found.data("/node/action"), json!("organization.created"));
    let bad = api.ask(&ana, "{ auditLog(first: 101) { nodes { id } } }").await;
    assert_eq!(bad.code(), "INVALID_INPUT");
}

async fn an_update_of_an_old_version_is_refused(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let update = "mutation($name: String!, $version: Int!, $only: Boolean) {
        organizationUpdate(input: {
            name: $name, expectedVersion: $version, validateOnly: $only, country: \"BR\", branding: { primaryColor: \"#1A2B3C\" }
        }) { organization { name version country branding { primaryColor } } userErrors { code field message } }
    }";
    let checked = api
        .ask_with(
            &ana,
            update,
            json!({ "name": "Aurora", "version": 1, "only": true }),
        )
        .await;
    assert_eq!(
        *checked.data("/organizationUpdate"),
        json!({ "organization": null, "userErrors": [] })
    );
    let first = api
        .ask_with(&ana, update, json!({ "name": "Aurora", "version": 1 }))
        .await;
    assert_eq!(
        *first.data("/organizationUpdate/organization"),
        json!({ "name": "Aurora", "version": 2, "country": "BR", "branding": { "primaryColor": "#1a2b3c" } })
    );
    let late = api
        .ask_with(&ana, update, json!({ "name": "Boreal", "version": 1 }))
        .await;
    assert_eq!(
        late.refusals("organizationUpdate"),
        ["VERSION_CONFLICT expectedVersion"]
    );
}

async fn an_organization_is_deleted_in_two_steps(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let request = "mutation { organizationDeletionRequest(input: {}) { token userErrors { code } } }";
    let token = api
        .ask(&ana, request)
        .await
        .text("/organizationDeletionRequest/token");
    let delete = "mutation($token: String!, $slug: String!) {
        organizationDelete(input: { token: $token, slug: $slug }) { deletedOrganizationId userErrors { code field } }
    }";
    let mistyped = api
        .ask_with(&ana, delete, json!({ "token": token, "slug": "auroro" }))
        .await;
    assert_eq!(
        mistyped.refusals("organizationDelete"),
        ["CONFIRMATION_MISMATCH slug"]
    );
    let done = api
        .ask_with(&ana, delete, json!({ "token": token, "slug": "aurora" }))
        .await;
    assert!(
        done.data("/organizationDelete/deletedOrganizationId").is_string(),
        "{}",
        done.body
    );
    let gone = api
        .ask(&Who::stranger(), "{ organization(slug: \"aurora\") { id } }")
        .await;
    assert_eq!(*gone.data("/organization"), json!(null));
    assert_eq!(
        api.ask(&ana, "{ members { totalCount } }").await.code(),
        "FORBIDDEN"
    );
}

async fn founding_twice_with_one_key_founds_once(world: World) {
    let api = world.api();
    let ana = api.register("ana").await;
    let found = "mutation { organizationCreate(input: {
        slug: \"aurora\", name: \"Aurora\", timeZone: \"America/Sao_Paulo\", currency: \"BRL\", idempotencyKey: \"k\"
    }) { organization { id } userErrors { code field } } }";
    let first = api
        .ask(&ana, found)
        .await
        .text("/organizationCreate/organization/id");
    let again = api
        .ask(&ana, found)
        .await
        .text("/organizationCreate/organization/id");
    assert_eq!(first, again);
}
