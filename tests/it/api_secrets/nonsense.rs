//! Secrets where they do not belong, and faults of every sort.

use serde_json::json;

use super::outside::FALL;
use super::{PASSWORD, SIGN_IN, Talk};
use crate::world::{Answer, Database, Who, World};

/// Secrets where they do not belong: in broken bodies, in wrong types, in other fields, in headers.
pub(super) async fn talking_nonsense(talk: &mut Talk, ana: &Who) {
    let stranger = Who::stranger();
    let secret = PASSWORD;
    let inline = |value: &str| {
        format!(
            "mutation {{ sessionCreate(input: {{ email: \"a@example.com\", password: {value} }}) {{ userErrors {{ code }} }} }}"
        )
    };
    let quoted = format!("\"{secret}\"");
    let documents = [
        inline(&format!("[{quoted}, {quoted}]")),
        inline(&format!("{{ text: {quoted} }}")),
        inline(&format!("{quoted}, pasword: {quoted}")),
        inline(&quoted).replace("userErrors", "usrErrors"),
        inline(&quoted).replace(") {", ") {{"),
        format!("{} # {secret}", inline("\"x")),
        format!(
            "mutation {{ sessionRevoke(input: {{ sessionId: {quoted} }}) {{ userErrors {{ code message }} }} }}"
        ),
        format!("{{ node(id: {quoted}) {{ id }} }}"),
        format!("{{ auditLog(after: {quoted}) {{ nodes {{ id }} }} }}"),
        format!("{{ members(first: {quoted}) {{ nodes {{ id }} }} }}"),
        format!("{{ invitationPreview(token: {quoted}) {{ role }} }}"),
        format!(
            "mutation {{ apiKeyCreate(input: {{ name: \"k\", scopes: [], expiresAt: {quoted} }}) {{ userErrors {{ code message }} }} }}"
        ),
        format!(
            "mutation {{ organizationDelete(input: {{ token: {quoted}, slug: \"aurora\" }}) {{ userErrors {{ code message }} }} }}"
        ),
    ];
    for document in &documents {
        talk.say(ana, document, json!({})).await;
    }
    for password in [
        json!([secret]),
        json!({ "text": secret }),
        json!([[secret, 1]]),
        json!(null),
    ] {
        talk.say(
            &stranger,
            SIGN_IN,
            json!({ "email": "a@example.com", "password": password }),
        )
        .await;
        talk.say(&stranger, SIGN_IN, json!({ "email": password, "password": "x" }))
            .await;
    }
    for body in [
        format!("{{\"query\": \"{{ __typename }}\", \"variables\": \"{secret}\"}}"),
        format!("{{\"query\": \"{secret}"),
        format!("{{\"query\": \"{{ __typename }}\", \"operationName\": [\"{secret}\"]}}"),
        format!("{{\"{secret}\": {secret}}}"),
        format!("\"{secret}\""),
        secret.to_owned(),
    ] {
        talk.post(&stranger, body).await;
    }
    for token in [secret, "hor_live_canary", "hor_session_canary"] {
        let refused = talk.say(&Who::with(token), "{ viewer { id } }", json!({})).await;
        assert_eq!(refused.status, 401);
    }
    talk.say(&ana.at(secret), "{ members { nodes { id } } }", json!({}))
        .await;
}

const GUARDED: &str = "canary of the database 5d41";

/// Faults of every sort, each with a canary: what the log knows, and by which id.
pub(super) async fn falling_over(talk: &mut Talk, ana: &Who, world: &World) -> Vec<(&'static str, String)> {
    let id = |answer: &Answer| {
        assert_eq!(answer.code(), "INTERNAL", "{}", answer.body);
        let id = answer.body["errors"][0]["extensions"]["errorId"].as_str();
        id.expect("an id").to_owned()
    };
    let token = "mutation { sessionCreateWithToken(input: { token: \"x\" }) { userErrors { code } } }";
    let fell = id(&talk.say(&Who::stranger(), token, json!({})).await);
    match world.database {
        Database::Sqlite => {
            let trigger = format!(
                "CREATE TRIGGER canary BEFORE INSERT ON api_keys BEGIN SELECT RAISE(ABORT, '{GUARDED}'); END"
            );
            world.admin_sql(&trigger).await;
        }
        Database::Postgres => {
            let guard = format!(
                "CREATE FUNCTION canary() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{GUARDED}'; END $$"
            );
            world.admin_sql(&guard).await;
            world
                .admin_sql("CREATE TRIGGER canary BEFORE INSERT ON api_keys EXECUTE FUNCTION canary()")
                .await;
        }
    }
    let key = "mutation { apiKeyCreate(input: { name: \"site\", scopes: [] }) { secret userErrors { code message } } }";
    let guarded = id(&talk.say(ana, key, json!({})).await);
    world
        .admin_sql("ALTER TABLE invitations RENAME TO invitations_canary")
        .await;
    let lost = talk.say(ana, "{ invitations { nodes { id } } }", json!({})).await;
    let invite = "mutation { invitationCreate(input: { email: \"x@example.com\", role: STAFF }) { token userErrors { code } } }";
    let lost_too = talk.say(ana, invite, json!({})).await;
    assert_ne!(id(&lost), id(&lost_too), "two faults have two ids");
    vec![(FALL, fell), (GUARDED, guarded)]
}
