//! What is asked again under the same key when the answer was lost, and what many ask at once.

use serde_json::json;

use crate::world::{Who, World, stories};

stories! {
    both: [
        whoever_has_left_hears_it_again,
        an_invitation_that_is_used_up_answers_its_key_again,
        a_deleted_organization_answers_its_key_again,
        a_changed_password_answers_its_key_again,
        more_requests_than_connections_wait_for_each_other_and_not_for_ever,
        a_right_that_was_taken_away_is_gone_under_the_lock,
    ]
}

async fn whoever_has_left_hears_it_again(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let rui = api.member(&ana, "rui", "STAFF").await;
    let leave = "mutation { organizationLeave(input: { idempotencyKey: \"k\" }) { removedMembershipId userErrors { code } } }";
    let first = api.ask(&rui, leave).await;
    assert!(first.data("/organizationLeave/removedMembershipId").is_string());
    let again = api.ask(&rui, leave).await;
    assert_eq!(first.data("/organizationLeave"), again.data("/organizationLeave"));
}

async fn an_invitation_that_is_used_up_answers_its_key_again(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let invite = "mutation { invitationCreate(input: { email: \"rui@example.com\", role: STAFF }) { token userErrors { code } } }";
    let token = api.ask(&ana, invite).await.text("/invitationCreate/token");
    let rui = api.register("rui").await;
    let accept =
        "mutation($token: String!) { invitationAccept(input: { token: $token, idempotencyKey: \"k\" }) {
        membershipId userErrors { code }
    } }";
    let first = api.ask_with(&rui, accept, json!({ "token": token })).await;
    let again = api.ask_with(&rui, accept, json!({ "token": token })).await;
    assert!(first.data("/invitationAccept/membershipId").is_string());
    assert_eq!(first.data("/invitationAccept"), again.data("/invitationAccept"));
}

async fn a_deleted_organization_answers_its_key_again(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let request = "mutation { organizationDeletionRequest(input: {}) { token userErrors { code } } }";
    let token = api
        .ask(&ana, request)
        .await
        .text("/organizationDeletionRequest/token");
    let delete = "mutation($token: String!) { organizationDelete(input: { token: $token, slug: \"aurora\", idempotencyKey: \"k\" }) {
        deletedOrganizationId userErrors { code }
    } }";
    let first = api.ask_with(&ana, delete, json!({ "token": token })).await;
    let again = api.ask_with(&ana, delete, json!({ "token": token })).await;
    assert!(
        first
            .data("/organizationDelete/deletedOrganizationId")
            .is_string()
    );
    assert_eq!(
        first.data("/organizationDelete"),
        again.data("/organizationDelete")
    );
}

const CHANGE: &str = "mutation($key: String) { passwordChange(input: {
    currentPassword: \"a pass phrase of some length\", newPassword: \"a pass phrase of another length\", idempotencyKey: $key
}) { user { name } userErrors { code } } }";

async fn a_changed_password_answers_its_key_again(world: World) {
    let api = world.api();
    let ana = api.register("ana").await;
    let first = api.ask_with(&ana, CHANGE, json!({ "key": "k" })).await;
    let again = api.ask_with(&ana, CHANGE, json!({ "key": "k" })).await;
    assert_eq!(*first.data("/passwordChange/user/name"), json!("ana"));
    assert_eq!(first.data("/passwordChange"), again.data("/passwordChange"));
}

/// A node of these worlds has eight connections; each of these requests looks, hashes, looks again and writes.
async fn more_requests_than_connections_wait_for_each_other_and_not_for_ever(world: World) {
    let api = world.api();
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..12 {
        let who = api.register(&format!("person-{number}")).await;
        for document in [
            CHANGE,
            "{ viewer { name places { role } } organization { name } node(id: \"org_00000000000000000000000000\") { id } }",
        ] {
            let (api, who) = (api.clone(), who.clone());
            asking.spawn(async move { api.ask(&who, document).await });
        }
    }
    while let Some(answer) = asking.join_next().await {
        assert_eq!(answer.unwrap().code(), "none");
    }
}

async fn a_right_that_was_taken_away_is_gone_under_the_lock(world: World) {
    use db::Tenant;
    use kernel::{Right, Rights};
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let rui = api.member(&ana, "rui", "STAFF").await;
    let viewer = api.ask(&rui, "{ viewer { id } organization { id } }").await;
    let user = viewer.text("/viewer/id").parse().unwrap();
    let organization = viewer.text("/organization/id").parse().unwrap();
    // Greeted when he was still somebody else.
    let rights = Rights::of(&[Right::ApiKeysWrite]);
    let asker = db::Asker {
        actor: kernel::Actor::User(user),
        rights,
        ..db::Asker::anonymous()
    };
    let work = world.store.write(Tenant(organization), &asker).await.unwrap();
    let wanted = tenancy::KeyWanted {
        name: "late".parse().unwrap(),
        scopes: Rights::NONE,
        rate_per_minute: None,
        expires_at: None,
    };
    let refused = tenancy::create_api_key(&work, wanted).await;
    assert!(matches!(refused, Err(tenancy::Refusal::Denied(_))), "{refused:?}");
    drop(work);
    assert_eq!(
        api.ask(&Who::stranger(), "{ organization(slug: \"aurora\") { name } }")
            .await
            .text("/organization/name"),
        "aurora"
    );
}
