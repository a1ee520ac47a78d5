//! The API as a client meets it: through the whole front door, in process.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
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
    /// The host behind the door.
    pub(crate) host: gateway::Host,
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
        onboarding: much,
        booking: much,
        ..RateLimits::default()
    }
}

impl World {
    /// The API, with limits that no story meets by accident.
    pub(crate) fn api(&self) -> Api {
        self.api_with(generous(), Arc::new(Nobody))
    }

    /// The API with these limits and identity providers.
    pub(crate) fn api_with(&self, limits: RateLimits, identities: Arc<dyn IdentityProvider>) -> Api {
        let letters = Letters::default();
        let courier = Arc::new(letters.clone());
        let outside = gateway::Outside {
            hasher: Hasher::new(2),
            identities,
            courier,
        };
        let settings = gateway::Settings {
            limits,
            flood_per_second: NonZeroU32::MAX,
            is_open_to_introspection: true,
        };
        let budgets = Budgets::new(self.store.clone());
        let host = gateway::Host::new(gateway::schema(outside), self.store.clone(), budgets, settings);
        let guard = door::Guard::new(&gateway::sdl(), door::Limits::default(), gateway::prices()).unwrap();
        let router = door::router(host.clone(), guard, door::Settings::default());
        Api {
            router,
            letters,
            host,
        }
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
        let mut request = Request::post("/graphql").header("content-type", "application/json");
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
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX)
            .await
            .unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("no JSON: {bytes:?}"));
        Answer { status, body }
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
        self.verify(&who).await;
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

    /// Proves somebody's address with the code from the last letter.
    pub(crate) async fn verify(&self, who: &Who) {
        let digits = self.last_digits().await;
        let document = "mutation($code: String!) {
            emailVerify(input: { code: $code }) { user { isVerified } userErrors { code field message } }
        }";
        let answer = self.ask_with(who, document, json!({ "code": digits })).await;
        assert_eq!(*answer.data("/emailVerify/user/isVerified"), json!(true));
    }

    /// The digits in the last letter.
    pub(crate) async fn last_digits(&self) -> String {
        use secrecy::ExposeSecret as _;
        let letters = self.letters.wait_for(1).await;
        match &letters.last().unwrap().matter {
            tenancy::Matter::PasswordReset { digits } | tenancy::Matter::EmailVerification { digits } => {
                digits.expose_secret().to_owned()
            }
            tenancy::Matter::Invitation { .. } => panic!("the last letter is an invitation"),
        }
    }
}
