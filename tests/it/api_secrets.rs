//! What nobody may read: secrets and personal data in the log, and the house's inner words, or anybody's secrets, in an answer.
//!
//! The story goes through everything that handles a secret, with everything logged that can be, and searches what was said
//! and what was written for canaries.

use std::io::Write;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tenancy::{Courier, IdentityProvider, IdentityRefusal, Letter, Matter, Undelivered, Verified};
use tracing::Dispatch;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::world::{Answer, Api, Database, Who, With, World, tell};

mod sqlite {
    #[test]
    fn secrets_stay_where_they_belong() {
        super::watched(crate::world::Database::Sqlite);
    }
}

mod postgres {
    #[test]
    fn secrets_stay_where_they_belong() {
        super::watched(crate::world::Database::Postgres);
    }
}

/// Everything that was logged.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).expect("a log of text")
    }

    /// The lines that hold a text.
    fn lines_with(&self, text: &str) -> Vec<String> {
        let log = self.text();
        log.lines()
            .filter(|it| it.contains(text))
            .map(ToOwned::to_owned)
            .collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

thread_local! {
    static LISTENING: std::cell::RefCell<Option<tracing::dispatcher::DefaultGuard>> = const { std::cell::RefCell::new(None) };
}

/// Tells the story on threads of its own, every one of which logs everything into one place.
fn watched(database: Database) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let dispatch = Dispatch::new(subscriber);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(move || {
            let guard = tracing::dispatcher::set_default(&dispatch);
            LISTENING.set(Some(guard));
        })
        .build()
        .unwrap();
    let story = tell(database, async move |world| {
        secrets_stay_where_they_belong(world, log).await
    });
    runtime.block_on(async { tokio::spawn(story).await.unwrap() });
}

/// A courier who loses his head over one person's letters and has an accident with another's.
#[derive(Debug, Default)]
struct Clumsy(Mutex<Vec<Letter>>);

const ACCIDENT: &str = "canary of the courier 8f21";

#[async_trait]
impl Courier for Clumsy {
    async fn deliver(&self, letter: Letter) -> Result<(), Undelivered> {
        let to = letter.to.as_str().to_owned();
        self.0.lock().unwrap().push(letter);
        assert!(!to.starts_with("headless"), "{ACCIDENT}, panicking");
        if to.starts_with("lost") {
            return Err(Undelivered(ACCIDENT.into()));
        }
        Ok(())
    }
}

impl Clumsy {
    /// The digits, or the token, of the last letter to somebody.
    async fn secret_for(&self, email: &str) -> String {
        for _ in 0..10_000 {
            let found = self
                .0
                .lock()
                .unwrap()
                .iter()
                .rev()
                .find(|it| it.to.as_str() == email)
                .cloned();
            match found.map(|it| it.matter) {
                Some(Matter::PasswordReset { digits } | Matter::EmailVerification { digits }) => {
                    return digits.expose_secret().to_owned();
                }
                Some(Matter::Invitation { token, .. }) => return token.reveal().to_owned(),
                None => tokio::time::sleep(std::time::Duration::from_millis(1)).await,
            }
        }
        panic!("no letter came");
    }
}

/// An identity provider that falls over.
#[derive(Debug)]
struct Falling;

const FALL: &str = "canary of the provider 3c07";

#[async_trait]
impl IdentityProvider for Falling {
    async fn verify(&self, token: &str, _: DateTime<Utc>) -> Result<Verified, IdentityRefusal> {
        assert!(token.is_empty(), "{FALL}, panicking");
        Err(IdentityRefusal::Unreachable(FALL.into()))
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
    let verification = courier.secret_for(ADDRESSES[0]).await;
    let request = "mutation($email: EmailAddress!) { passwordResetRequest(input: { email: $email }) { isAccepted userErrors { code } } }";
    talk.say(&stranger, request, json!({ "email": ADDRESSES[0] }))
        .await
        .data("");
    let mut code = verification.clone();
    while code == verification {
        code = courier.secret_for(ADDRESSES[0]).await;
    }
    talk.secrets.extend([verification, code.clone()]);
    let reset = "mutation($email: EmailAddress!, $code: String!, $password: String!) {
        passwordReset(input: { email: $email, code: $code, newPassword: $password }) { userId userErrors { code message field } }
    }";
    let told = |code: &str| json!({ "email": ADDRESSES[0], "code": code, "password": NEXT });
    let wrong = talk.say(&stranger, reset, told("canary code 00")).await;
    assert_eq!(wrong.refusals("passwordReset"), ["CODE_INVALID code"]);
    assert!(
        talk.say(&stranger, reset, told(&code))
            .await
            .refusals("passwordReset")
            .is_empty()
    );
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
    assert!(
        talk.say(&ana, change, json!({ "is": NEXT, "will": LAST }))
            .await
            .refusals("passwordChange")
            .is_empty()
    );
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
    let told = json!({ "email": ADDRESSES[2] });
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
    let code = courier.secret_for(ADDRESSES[1]).await;
    assert!(
        talk.say(&bia, verify, json!({ "code": code }))
            .await
            .refusals("emailVerify")
            .is_empty()
    );
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

/// Secrets where they do not belong: in broken bodies, in wrong types, in other fields, in headers.
async fn talking_nonsense(talk: &mut Talk, ana: &Who) {
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
async fn falling_over(talk: &mut Talk, ana: &Who, world: &World) -> Vec<(&'static str, String)> {
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
