//! What nobody may read: secrets and personal data in the log, and the house's inner words, or anybody's secrets, in an answer.
//!
//! The story goes through everything that handles a secret, with everything logged that can be, and searches what was said
//! and what was written for canaries.

mod log;
mod nonsense;
mod outside;

use std::sync::Arc;

use serde_json::{Value, json};

use self::log::Log;
use self::nonsense::{falling_over, talking_nonsense};
use self::outside::{ACCIDENT, Clumsy, Falling};
use crate::world::{Answer, Api, Who, With, World};

mod sqlite {
    #[test]
    fn secrets_stay_where_they_belong() {
        super::log::watched(
            crate::world::Database::Sqlite,
            super::secrets_stay_where_they_belong,
        );
    }
}

mod postgres {
    #[test]
    fn secrets_stay_where_they_belong() {
        super::log::watched(
            crate::world::Database::Postgres,
            super::secrets_stay_where_they_belong,
        );
    }
}

/// A conversation, of which everything is remembered: what was heard, and what is secret.
struct Talk {
    api: Api,
    heard: Vec<String>,
    secrets: Vec<String>,
}

impl Talk {
    /// Says something whose answer holds no secret.
    async fn say(&mut self, who: &Who, document: &str, variables: Value) -> Answer {
        let answer = self.api.ask_with(who, document, variables).await;
        self.heard.push(format!("{:?} {}", answer.headers, answer.body));
        answer
    }

    /// Says something whose answer is a secret, and no more than it may be.
    async fn learn(
        &mut self,
        who: &Who,
        (document, variables): (&str, Value),
        places: &[&str],
    ) -> Vec<String> {
        let answer = self.api.ask_with(who, document, variables).await;
        let told: Vec<String> = places.iter().map(|place| answer.text(place)).collect();
        self.secrets.extend(told.iter().cloned());
        told
    }

    async fn post(&mut self, who: &Who, body: String) -> Answer {
        let answer = self.api.say(who, body).await;
        self.heard.push(format!("{:?} {}", answer.headers, answer.body));
        answer
    }
}

const PASSWORD: &str = "canary pass phrase 51aa";
const WRONG: &str = "canary wrong pass 77b0";
const NEXT: &str = "canary next pass 62cd";
const LAST: &str = "canary last pass 90ef";
const ADDRESSES: [&str; 4] = [
    "ana.canary@example.com",
    "bia.canary@example.com",
    "lost.canary@example.com",
    "headless.canary@example.com",
];
const NAME: &str = "Canária Silva";
const PHONE: &str = "+5511987650123";

const REGISTER: &str = "mutation($email: EmailAddress!, $name: String!, $password: String!, $key: String) {
    userRegister(input: { email: $email, name: $name, password: $password, idempotencyKey: $key }) {
        tokens { accessToken refreshToken } userErrors { code message field }
    }
}";

const SIGN_IN: &str = "mutation($email: EmailAddress!, $password: String!) {
    sessionCreate(input: { email: $email, password: $password }) {
        tokens { accessToken refreshToken } userErrors { code message field }
    }
}";

const PAIR: &[&str] = &[
    "/userRegister/tokens/accessToken",
    "/userRegister/tokens/refreshToken",
];

async fn secrets_stay_where_they_belong(world: World, log: Log) {
    let courier = Arc::new(Clumsy::default());
    let api = world.api_with(With {
        identities: Arc::new(Falling),
        courier: Some(courier.clone()),
        ..With::default()
    });
    let mut talk = Talk {
        api,
        heard: Vec::new(),
        secrets: [PASSWORD, WRONG, NEXT, LAST, NAME, PHONE]
            .into_iter()
            .chain(ADDRESSES)
            .map(ToOwned::to_owned)
            .collect(),
    };
    let ana = coming_and_going(&mut talk, &courier).await;
    let ana = belonging(&mut talk, &ana, &courier).await;
    talking_nonsense(&mut talk, &ana).await;
    let faults = falling_over(&mut talk, &ana, &world).await;
    assert!(
        talk.secrets.len() >= 20 && talk.heard.len() >= 30,
        "the story was told"
    );
    for secret in &talk.secrets {
        let heard = talk.heard.iter().find(|it| it.contains(secret));
        assert_eq!(heard, None, "{secret} was said");
        assert_eq!(
            log.lines_with(secret),
            Vec::<String>::new(),
            "{secret} is in the log"
        );
    }
    for inner in [
        "canary",
        "panicked",
        "sqlx",
        "SQL",
        "relation",
        "trigger",
        "constraint",
        "src/",
    ] {
        let heard = talk.heard.iter().find(|it| it.contains(inner));
        assert_eq!(heard, None, "inner words: {inner}");
    }
    for (canary, id) in faults {
        let lines = log.lines_with(canary);
        assert_eq!(lines.len(), 1, "{canary}: {lines:#?}");
        assert!(
            lines[0].contains(&id),
            "the log knows it by its id {id}: {}",
            lines[0]
        );
    }
    let accidents = log.lines_with(ACCIDENT);
    assert_eq!(accidents.len(), 1, "{accidents:#?}");
}

/// Accounts: registering, replaying, signing in, wrongly too, refreshing, resetting.
async fn coming_and_going(talk: &mut Talk, courier: &Clumsy) -> Who {
    let client = Who {
        client_secret: Some("canary of this client 11d4e5".to_owned()),
        ..Who::stranger()
    };
    talk.secrets.push("canary of this client 11d4e5".to_owned());
    let told = |email: &str| json!({ "email": email, "name": NAME, "password": PASSWORD, "key": "k" });
    let first = talk.learn(&client, (REGISTER, told(ADDRESSES[0])), PAIR).await;
    let again = talk.learn(&client, (REGISTER, told(ADDRESSES[0])), PAIR).await;
    assert_eq!(first, again, "replayed");
    for email in &ADDRESSES[1..] {
        let told = json!({ "email": email, "name": NAME, "password": PASSWORD });
        talk.learn(&Who::stranger(), (REGISTER, told), PAIR).await;
    }
    let taken = talk.say(&Who::stranger(), REGISTER, told(ADDRESSES[0])).await;
    assert_eq!(taken.code(), "INVALID_INPUT", "a key without a secret");
    let told = json!({ "email": ADDRESSES[0], "name": NAME, "password": NEXT });
    let taken = talk.say(&Who::stranger(), REGISTER, told).await;
    assert_eq!(taken.refusals("userRegister"), ["TAKEN email"]);
    for (email, password) in [(ADDRESSES[0], WRONG), ("nobody.canary@example.com", WRONG)] {
        let told = json!({ "email": email, "password": password });
        let wrong = talk.say(&Who::stranger(), SIGN_IN, told).await;
        assert_eq!(wrong.refusals("sessionCreate"), ["INVALID_CREDENTIALS -"]);
    }
    resetting(talk, courier).await
}

async fn resetting(talk: &mut Talk, courier: &Clumsy) -> Who {
    let stranger = Who::stranger();
    let verification = courier.secret_in(0, ADDRESSES[0]).await;
    let request = "mutation($email: EmailAddress!) { passwordResetRequest(input: { email: $email }) { isAccepted userErrors { code } } }";
    talk.say(&stranger, request, json!({ "email": ADDRESSES[0] }))
        .await
        .data("");
    let code = courier.secret_in(1, ADDRESSES[0]).await;
    talk.secrets.extend([verification, code.clone()]);
    let reset = "mutation($email: EmailAddress!, $code: String!, $password: String!) {
        passwordReset(input: { email: $email, code: $code, newPassword: $password }) { userId userErrors { code message field } }
    }";
    let told = |code: &str| json!({ "email": ADDRESSES[0], "code": code, "password": NEXT });
    let wrong = talk.say(&stranger, reset, told("canary code 00")).await;
    assert_eq!(wrong.refusals("passwordReset"), ["CODE_INVALID code"]);
    let reset = talk.say(&stranger, reset, told(&code)).await;
    assert_eq!(reset.refusals("passwordReset"), Vec::<String>::new());
    let told = json!({ "email": ADDRESSES[0], "password": NEXT });
    let places = [
        "/sessionCreate/tokens/accessToken",
        "/sessionCreate/tokens/refreshToken",
    ];
    let pair = talk.learn(&stranger, (SIGN_IN, told), &places).await;
    let ana = Who::with(&pair[0]);
    let change = "mutation($is: String!, $will: String!) {
        passwordChange(input: { currentPassword: $is, newPassword: $will }) { userErrors { code message field } }
    }";
    let wrong = talk.say(&ana, change, json!({ "is": WRONG, "will": LAST })).await;
    assert_eq!(wrong.refusals("passwordChange"), ["INVALID_CREDENTIALS -"]);
    let changed = talk.say(&ana, change, json!({ "is": NEXT, "will": LAST })).await;
    assert_eq!(changed.refusals("passwordChange"), Vec::<String>::new());
    let phone =
        "mutation($phone: PhoneNumber) { userUpdate(input: { phone: $phone }) { userErrors { code } } }";
    talk.say(&ana, phone, json!({ "phone": PHONE })).await.data("");
    let refresh = "mutation($token: String!) { sessionRefresh(input: { refreshToken: $token }) {
        tokens { accessToken refreshToken } userErrors { code message field }
    } }";
    let places = [
        "/sessionRefresh/tokens/accessToken",
        "/sessionRefresh/tokens/refreshToken",
    ];
    let next = talk
        .learn(&ana, (refresh, json!({ "token": pair[1] })), &places)
        .await;
    Who::with(&next[0])
}

/// Organizations: invitations, keys, deletion, and their secrets shown to the wrong people.
async fn belonging(talk: &mut Talk, ana: &Who, courier: &Clumsy) -> Who {
    let found = "mutation { organizationCreate(input: { slug: \"aurora\", name: \"Aurora\", timeZone: \"UTC\", currency: \"BRL\" }) {
        organization { id } userErrors { code }
    } }";
    talk.say(ana, found, json!({}))
        .await
        .data("/organizationCreate/organization/id");
    let ana = ana.at("aurora");
    let invite = "mutation($email: EmailAddress!) {
        invitationCreate(input: { email: $email, role: STAFF }) { token userErrors { code } }
    }";
    let told = json!({ "email": "dora.canary@example.com" });
    let token = talk
        .learn(&ana, (invite, told), &["/invitationCreate/token"])
        .await
        .remove(0);
    let key = "mutation { apiKeyCreate(input: { name: \"site\", scopes: [MEMBERS_READ] }) { secret userErrors { code } } }";
    let key = talk
        .learn(&ana, (key, json!({})), &["/apiKeyCreate/secret"])
        .await
        .remove(0);
    let deletion = "mutation { organizationDeletionRequest(input: {}) { token userErrors { code } } }";
    talk.learn(
        &ana,
        (deletion, json!({})),
        &["/organizationDeletionRequest/token"],
    )
    .await;
    talk.say(&Who::with(&key), "{ members { nodes { id role } } }", json!({}))
        .await
        .data("/members");
    let accept = "mutation($token: String!) { invitationAccept(input: { token: $token }) { membershipId userErrors { code message field } } }";
    let told = json!({ "email": ADDRESSES[1], "password": PASSWORD });
    let bia = talk
        .learn(
            &Who::stranger(),
            (SIGN_IN, told),
            &["/sessionCreate/tokens/accessToken"],
        )
        .await;
    let bia = Who::with(&bia[0]);
    let verify = "mutation($code: String!) { emailVerify(input: { code: $code }) { userErrors { code } } }";
    let code = courier.secret_in(0, ADDRESSES[1]).await;
    let verified = talk.say(&bia, verify, json!({ "code": code })).await;
    assert_eq!(verified.refusals("emailVerify"), Vec::<String>::new());
    let wrong = talk.say(&bia, accept, json!({ "token": token })).await;
    assert_eq!(wrong.refusals("invitationAccept"), ["EMAIL_MISMATCH -"]);
    let preview =
        "query($token: String!) { invitationPreview(token: $token) { maskedEmail organizationName } }";
    talk.say(&Who::stranger(), preview, json!({ "token": token }))
        .await
        .data("/invitationPreview/maskedEmail");
    let log = "{ auditLog { nodes { action actorId entityId diff } } }";
    talk.say(&ana, log, json!({})).await.data("/auditLog");
    ana
}
