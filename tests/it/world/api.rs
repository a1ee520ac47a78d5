//! The API as a client meets it: through the whole front door, in process.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use db::Store;
use db::rate::{Budgets, Limit};
use serde_json::{Value, json};
use tenancy::{
    Courier, Hasher, IdentityProvider, IdentityRefusal, Letter, RateLimits, Undelivered, Verified,
};
use tower::ServiceExt;

use super::World;

/// The API of one world.
#[derive(Clone)]
pub(crate) struct Api {
    router: Router,
    /// What was posted.
    pub(crate) letters: Letters,
}

/// What an API is made with, where a story wants something else than the others.
pub(crate) struct With {
    /// How often what may be done; so often that no story meets it by accident.
    pub(crate) limits: RateLimits,
    /// Whose tokens are believed; nobody's.
    pub(crate) identities: Arc<dyn IdentityProvider>,
    /// Who carries letters; somebody who keeps them.
    pub(crate) courier: Option<Arc<dyn Courier>>,
    /// What the door lets in.
    pub(crate) door: door::Limits,
}

impl Default for With {
    fn default() -> Self {
        Self {
            limits: generous(),
            identities: Arc::new(Nobody),
            courier: None,
            door: door::Limits::default(),
        }
    }
}

/// Who sends a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Who {
    /// The session or key.
    pub(crate) token: Option<String>,
    /// The organization that the request names.
    pub(crate) organization: Option<String>,
    /// By which an anonymous client proves to be the same one.
    pub(crate) client_secret: Option<String>,
    /// The last number of the address it comes from.
    pub(crate) address: u8,
}

impl Who {
    /// Somebody without credentials.
    pub(crate) fn stranger() -> Self {
        Self::default()
    }

    /// Whoever holds this session or key.
    pub(crate) fn with(token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..Self::default()
        }
    }

    /// The same, in an organization.
    pub(crate) fn at(&self, organization: &str) -> Self {
        Self {
            organization: Some(organization.to_owned()),
            ..self.clone()
        }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// Something in the data, by JSON pointer; the story fails if there were errors on top.
    #[track_caller]
    pub(crate) fn data(&self, pointer: &str) -> &Value {
        assert!(self.body.get("errors").is_none(), "{}", self.body);
        self.body["data"]
            .pointer(pointer)
            .unwrap_or_else(|| panic!("no {pointer} in {}", self.body))
    }

    /// Some text in the data.
    #[track_caller]
    pub(crate) fn text(&self, pointer: &str) -> String {
        let found = self.data(pointer);
        found
            .as_str()
            .unwrap_or_else(|| panic!("{pointer} is no text in {}", self.body))
            .to_owned()
    }

    /// The code of the first error on top.
    pub(crate) fn code(&self) -> &str {
        self.body
            .pointer("/errors/0/extensions/code")
            .and_then(Value::as_str)
            .unwrap_or("none")
    }

    /// `code field` of everything in the `userErrors` of a mutation.
    #[track_caller]
    pub(crate) fn refusals(&self, mutation: &str) -> Vec<String> {
        let errors = self.data(&format!("/{mutation}/userErrors"));
        let told = |error: &Value| {
            let field = error["field"].as_array().map(|path| {
                let parts: Vec<_> = path.iter().skip(1).filter_map(Value::as_str).collect();
                parts.join(".")
            });
            format!(
                "{} {}",
                error["code"].as_str().unwrap_or_default(),
                field.unwrap_or_else(|| "-".to_owned())
            )
        };
        errors
            .as_array()
            .map(|it| it.iter().map(told).collect())
            .unwrap_or_default()
    }
}

/// A courier who keeps every letter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Letters(Arc<Mutex<Vec<Letter>>>);

#[async_trait]
impl Courier for Letters {
    async fn deliver(&self, letter: Letter) -> Result<(), Undelivered> {
        self.0.lock().unwrap().push(letter);
        Ok(())
    }
}

impl Letters {
    /// Waits until so many letters have come. They are posted by tasks of their own, without a clock.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Letter> {
        for _ in 0..10_000 {
            let come = self.0.lock().unwrap().clone();
            if come.len() >= count {
                return come;
            }
            tokio::task::yield_now().await;
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        panic!(
            "{count} letters were expected, {} came",
            self.0.lock().unwrap().len()
        );
    }
}

/// No identity provider is trusted.
#[derive(Debug)]
struct Nobody;

#[async_trait]
impl IdentityProvider for Nobody {
    async fn verify(&self, _: &str, _: chrono::DateTime<chrono::Utc>) -> Result<Verified, IdentityRefusal> {
        Err(IdentityRefusal::Rejected("nobody is trusted here".into()))
    }
}

/// Limits that no story meets by accident.
pub(crate) fn generous() -> RateLimits {
    let much = Limit::new(1_000_000, 60);
    RateLimits {
        api: much,
        user: much,
        key: much,
        register: much,
        sign_in: much,
        sign_in_account: much,
        refresh: much,
        reset: much,
        code: much,
        invitation: much,
        onboarding: much,
        booking: much,
        ..RateLimits::default()
    }
}

impl World {
    /// The API, with limits that no story meets by accident.
    pub(crate) fn api(&self) -> Api {
        self.api_with(With::default())
    }

    /// The API as a story wants it.
    pub(crate) fn api_with(&self, with: With) -> Api {
        Api::on(&self.store, with)
    }
}

impl Api {
    /// The API of one node.
    pub(crate) fn on(store: &Store, with: With) -> Self {
        let letters = Letters::default();
        let outside = gateway::Outside {
            hasher: Hasher::new(2),
            identities: with.identities,
            courier: with.courier.unwrap_or_else(|| Arc::new(letters.clone())),
        };
        let settings = gateway::Settings {
            limits: with.limits,
            flood_per_second: NonZeroU32::MAX,
            is_open_to_introspection: true,
        };
        let (schema, budgets) = (gateway::schema(&outside), Budgets::new(store.clone()));
        let host = gateway::Host::new(schema, store.clone(), budgets, settings);
        let guard = door::Guard::new(&host.sdl(), with.door, gateway::prices()).unwrap();
        let router = door::router(host, guard, door::Settings::default());
        Self { router, letters }
    }
}

impl Api {
    /// Sends a document.
    pub(crate) async fn ask(&self, who: &Who, document: &str) -> Answer {
        self.ask_with(who, document, json!({})).await
    }

    /// Sends a document with variables.
    pub(crate) async fn ask_with(&self, who: &Who, document: &str, variables: Value) -> Answer {
        let body = json!({ "query": document, "variables": variables }).to_string();
        self.say(who, body).await
    }

    /// Sends a body of JSON, or of something else that calls itself so.
    pub(crate) async fn say(&self, who: &Who, body: String) -> Answer {
        let answer = self.send(who, "application/json", body).await;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX)
            .await
            .unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("no JSON: {bytes:?}"));
        Answer {
            status,
            headers,
            body,
        }
    }

    /// Sends a body, and gives the answer as it begins.
    pub(crate) async fn send(&self, who: &Who, accept: &str, body: String) -> Response<Body> {
        let mut request = Request::post("/graphql")
            .header("content-type", "application/json")
            .header("accept", accept);
        if let Some(token) = &who.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(organization) = &who.organization {
            request = request.header("horarium-organization", organization);
        }
        if let Some(secret) = &who.client_secret {
            request = request.header("horarium-client-secret", secret);
        }
        let mut request = request.body(Body::from(body)).unwrap();
        let peer = SocketAddr::from(([192, 0, 2, who.address], 4_000));
        request.extensions_mut().insert(ConnectInfo(peer));
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Registers somebody and gives whoever they are from then on.
    pub(crate) async fn register(&self, name: &str) -> Who {
        let document = "mutation($email: EmailAddress!, $name: String!) {
            userRegister(input: { email: $email, name: $name, password: \"a pass phrase of some length\" }) {
                tokens { accessToken } userErrors { code field message }
            }
        }";
        let email = format!("{name}@example.com");
        let variables = json!({ "email": email, "name": name });
        let answer = self.ask_with(&Who::stranger(), document, variables).await;
        Who::with(&answer.text("/userRegister/tokens/accessToken"))
    }

    /// Signs somebody in who has registered: an access token lives a quarter of an hour.
    pub(crate) async fn sign_in(&self, name: &str) -> Who {
        let document = "mutation($email: EmailAddress!) {
            sessionCreate(input: { email: $email, password: \"a pass phrase of some length\" }) {
                tokens { accessToken } userErrors { code field message }
            }
        }";
        let variables = json!({ "email": format!("{name}@example.com") });
        let answer = self.ask_with(&Who::stranger(), document, variables).await;
        Who::with(&answer.text("/sessionCreate/tokens/accessToken"))
    }

    /// Runs a mutation whose one variable is its input.
    pub(crate) async fn change(&self, who: &Who, mutation: (&str, &str), input: Value) -> Answer {
        let (field, gives) = mutation;
        let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        let document = format!(
            "mutation($input: {kind}!) {{ {field}(input: $input) {{ {gives} userErrors {{ code field message }} }} }}"
        );
        self.ask_with(who, &document, json!({ "input": input })).await
    }

    /// Registers somebody who founds an organization.
    pub(crate) async fn founder(&self, name: &str, slug: &str) -> Who {
        let who = self.register(name).await;
        let document = "mutation($slug: String!) {
            organizationCreate(input: { slug: $slug, name: $slug, timeZone: \"America/Sao_Paulo\", currency: \"BRL\" }) {
                organization { slug } userErrors { code field message }
            }
        }";
        let answer = self.ask_with(&who, document, json!({ "slug": slug })).await;
        assert_eq!(answer.text("/organizationCreate/organization/slug"), slug);
        who.at(slug)
    }

    /// Lets an owner invite somebody who accepts, and gives whoever they are there.
    pub(crate) async fn member(&self, owner: &Who, name: &str, role: &str) -> Who {
        let document = "mutation($email: EmailAddress!, $role: Role!) {
            invitationCreate(input: { email: $email, role: $role }) { token userErrors { code field message } }
        }";
        let variables = json!({ "email": format!("{name}@example.com"), "role": role });
        let token = self
            .ask_with(owner, document, variables)
            .await
            .text("/invitationCreate/token");
        let who = self.register(name).await;
        self.verify(&who, &format!("{name}@example.com")).await;
        let document = "mutation($token: String!) {
            invitationAccept(input: { token: $token }) { membershipId userErrors { code field message } }
        }";
        let accepted = self.ask_with(&who, document, json!({ "token": token })).await;
        assert!(
            accepted.data("/invitationAccept/membershipId").is_string(),
            "{}",
            accepted.body
        );
        Who {
            organization: owner.organization.clone(),
            ..who
        }
    }

    /// Proves somebody's address with the code from the last letter to it.
    pub(crate) async fn verify(&self, who: &Who, email: &str) {
        let digits = self.digits_for(email).await;
        let document = "mutation($code: String!) {
            emailVerify(input: { code: $code }) { user { isVerified } userErrors { code field message } }
        }";
        let answer = self.ask_with(who, document, json!({ "code": digits })).await;
        assert_eq!(*answer.data("/emailVerify/user/isVerified"), json!(true));
    }

    /// The digits in the last letter to an address. Letters come when they come.
    pub(crate) async fn digits_for(&self, email: &str) -> String {
        use secrecy::ExposeSecret as _;
        for wanted in 1.. {
            let letters = self.letters.wait_for(wanted).await;
            let to_them = letters.iter().rev().filter(|letter| letter.to.as_str() == email);
            let digits = to_them.filter_map(|letter| match &letter.matter {
                tenancy::Matter::PasswordReset { digits } | tenancy::Matter::EmailVerification { digits } => {
                    Some(digits.expose_secret().to_owned())
                }
                tenancy::Matter::Invitation { .. } => None,
            });
            if let Some(digits) = digits.into_iter().next() {
                return digits;
            }
        }
        unreachable!("waiting for a letter that does not come panics")
    }
}
