//! Accounts and sessions, as a client's app meets them.

use serde_json::json;

use crate::world::{Who, World, stories};

stories! {
    both: [
        somebody_registers_and_reads_about_themselves,
        everything_wrong_with_a_form_is_named_at_once,
        a_replayed_registration_gives_the_same_tokens_again,
        a_wrong_password_and_an_unknown_address_get_the_same_answer,
        signing_out_ends_the_session_at_once,
        a_forgotten_password_is_reset_with_the_code_from_a_letter,
    ]
}

const REGISTER: &str = "mutation($input: UserRegisterInput!) {
    userRegister(input: $input) {
        user { id name email isVerified timeZone locale createdAt }
        session { id isCurrent }
        tokens { accessToken refreshToken accessTokenExpiresAt }
        userErrors { code field message }
    }
}";

async fn somebody_registers_and_reads_about_themselves(world: World) {
    let api = world.api();
    let ana = api.register("ana").await;
    let answer = api
        .ask(&ana, "{ viewer { name email isVerified timeZone createdAt sessions { isCurrent ipAddress } places { role } } }")
        .await;
    assert_eq!(
        *answer.data("/viewer"),
        json!({
            "name": "ana",
            "email": "ana@example.com",
            "isVerified": false,
            "timeZone": "UTC",
            "createdAt": "2026-03-02T09:00:00Z",
            "sessions": [{ "isCurrent": true, "ipAddress": "192.0.2.0" }],
            "places": []
        })
    );
    let nobody = api.ask(&Who::stranger(), "{ viewer { id } }").await;
    assert_eq!(
        (nobody.code(), &nobody.body["data"]["viewer"]),
        ("UNAUTHENTICATED", &json!(null))
    );
}

async fn everything_wrong_with_a_form_is_named_at_once(world: World) {
    let api = world.api();
    let input =
        json!({ "email": "ana@", "name": " ", "password": "x", "timeZone": "Mars/Olympus", "locale": "!" });
    let answer = api
        .ask_with(&Who::stranger(), REGISTER, json!({ "input": input }))
        .await;
    assert_eq!(
        answer.refusals("userRegister"),
        [
            "INVALID_INPUT email",
            "INVALID_INPUT name",
            "INVALID_INPUT timeZone",
            "INVALID_INPUT locale"
        ]
    );
    let input = json!({ "email": "ana@example.com", "name": "Ana", "password": "short" });
    let answer = api
        .ask_with(&Who::stranger(), REGISTER, json!({ "input": input }))
        .await;
    assert_eq!(answer.refusals("userRegister"), ["INVALID_INPUT password"]);
    assert_eq!(*answer.data("/userRegister/user"), json!(null));
}

async fn a_replayed_registration_gives_the_same_tokens_again(world: World) {
    let api = world.api();
    let client = Who {
        client_secret: Some("a secret of this browser alone".to_owned()),
        ..Who::stranger()
    };
    let input = |name: &str| {
        json!({ "input": {
            "email": "ana@example.com", "name": name, "password": "a pass phrase of some length", "idempotencyKey": "k1"
        } })
    };
    let first = api.ask_with(&client, REGISTER, input("Ana")).await;
    let again = api.ask_with(&client, REGISTER, input("Ana")).await;
    assert!(first.data("/userRegister/tokens/refreshToken").is_string());
    assert_eq!(first.data("/userRegister"), again.data("/userRegister"));
    let other = api.ask_with(&client, REGISTER, input("Bia")).await;
    assert_eq!(
        other.refusals("userRegister"),
        ["IDEMPOTENCY_KEY_REUSED idempotencyKey"]
    );
    let stranger = Who {
        client_secret: Some("a secret of another browser".to_owned()),
        ..Who::stranger()
    };
    let taken = api.ask_with(&stranger, REGISTER, input("Ana")).await;
    assert_eq!(taken.refusals("userRegister"), ["TAKEN email"]);
    let unproved = api.ask_with(&Who::stranger(), REGISTER, input("Ana")).await;
    assert_eq!(unproved.code(), "INVALID_INPUT");
}

const SIGN_IN: &str = "mutation($email: EmailAddress!, $password: String!) {
    sessionCreate(input: { email: $email, password: $password }) {
        tokens { accessToken refreshToken } userErrors { code field message }
    }
}";

async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(world: World) {
    let api = world.api();
    api.register("ana").await;
    let try_with = async |email: &str, password: &str| {
        let variables = json!({ "email": email, "password": password });
        api.ask_with(&Who::stranger(), SIGN_IN, variables).await
    };
    let right = try_with("Ana@Example.com", "a pass phrase of some length").await;
    assert!(right.data("/sessionCreate/tokens/accessToken").is_string());
    let wrong = try_with("ana@example.com", "another pass phrase").await;
    let unknown = try_with("nobody@example.com", "another pass phrase").await;
    assert_eq!(wrong.refusals("sessionCreate"), ["INVALID_CREDENTIALS -"]);
    assert_eq!(wrong.data("/sessionCreate"), unknown.data("/sessionCreate"));
}

async fn signing_out_ends_the_session_at_once(world: World) {
    let api = world.api();
    let ana = api.register("ana").await;
    let out = api
        .ask(
            &ana,
            "mutation { sessionRevoke(input: {}) { endedSessionIds userErrors { code } } }",
        )
        .await;
    assert_eq!(
        out.data("/sessionRevoke/endedSessionIds")
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let after = api.ask(&ana, "{ viewer { id } }").await;
    assert_eq!((after.status.as_u16(), after.code()), (401, "UNAUTHENTICATED"));
}

async fn a_forgotten_password_is_reset_with_the_code_from_a_letter(world: World) {
    let api = world.api();
    let ana = api.register("ana").await;
    api.letters.wait_for(1).await;
    let request = "mutation($email: EmailAddress!) {
        passwordResetRequest(input: { email: $email }) { isAccepted userErrors { code } }
    }";
    let known = api
        .ask_with(&Who::stranger(), request, json!({ "email": "ana@example.com" }))
        .await;
    let unknown = api
        .ask_with(
            &Who::stranger(),
            request,
            json!({ "email": "nobody@example.com" }),
        )
        .await;
    assert_eq!(
        known.data("/passwordResetRequest"),
        unknown.data("/passwordResetRequest")
    );
    assert_eq!(api.letters.wait_for(2).await.len(), 2);
    let reset = "mutation($code: String!) {
        passwordReset(input: { email: \"ana@example.com\", code: $code, newPassword: \"a new pass phrase\" }) {
            userId userErrors { code field }
        }
    }";
    let wrong = api
        .ask_with(&Who::stranger(), reset, json!({ "code": "00000000" }))
        .await;
    assert_eq!(wrong.refusals("passwordReset"), ["CODE_INVALID code"]);
    let right = api
        .ask_with(
            &Who::stranger(),
            reset,
            json!({ "code": api.digits_for("ana@example.com").await }),
        )
        .await;
    assert!(right.data("/passwordReset/userId").is_string(), "{}", right.body);
    assert_eq!(api.ask(&ana, "{ viewer { id } }").await.code(), "UNAUTHENTICATED");
    let variables = json!({ "email": "ana@example.com", "password": "a new pass phrase" });
    let signed_in = api.ask_with(&Who::stranger(), SIGN_IN, variables).await;
    assert!(signed_in.data("/sessionCreate/tokens/accessToken").is_string());
}
