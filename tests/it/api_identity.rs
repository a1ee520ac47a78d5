//! Signing in with a token that somebody else has issued, as Supabase and as Clerk do, against a key server of this test.

use std::sync::Arc;

use adapters::oidc::{Issuer, Issuers};
use axum::Router;
use axum::routing::get;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::world::{Answer, Api, BEGINNING, Who, With, World, stories};

stories! {
    both: [
        whoever_comes_with_a_token_of_supabase_is_known_the_next_time,
        a_verified_address_of_clerk_is_the_person_who_proved_it_here,
        an_address_that_the_issuer_has_not_verified_links_nothing,
        a_token_that_was_not_made_for_us_opens_nothing,
        a_replayed_token_under_one_key_gives_one_session,
    ]
}

/// What our application is called where people sign in.
const AUDIENCE: &str = "authenticated";

/// Where our application lives.
const PARTY: &str = "https://app.example.com";

/// Two issuers on this machine: one that names its audience, as Supabase does, one that names the page, as Clerk does.
struct Providers {
    supabase: String,
    clerk: String,
    key: EncodingKey,
}

impl Providers {
    async fn new() -> Self {
        // Another story may have been first.
        _ = rustls::crypto::ring::default_provider().install_default();
        let key = EncodingKey::from_ec_pem(include_bytes!("../../crates/adapters/testdata/ec.pem")).unwrap();
        let mut public =
            serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap()).unwrap();
        public["kid"] = json!("ec");
        public["use"] = json!("sig");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let home = format!("http://{}", listener.local_addr().unwrap());
        let keys = json!({ "keys": [public] });
        let mut router = Router::new().route("/keys", get(keys.to_string()));
        let [supabase, clerk] = ["auth/v1", "clerk"].map(|path| format!("{home}/{path}"));
        for (name, path) in [(&supabase, "auth/v1"), (&clerk, "clerk")] {
            let described = json!({ "issuer": name, "jwks_uri": format!("{home}/keys") });
            let at = format!("/{path}/.well-known/openid-configuration");
            router = router.route(&at, get(described.to_string()));
        }
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { supabase, clerk, key }
    }

    /// The API, which trusts both.
    fn api(&self, world: &World) -> Api {
        let issuers = [
            Issuer::new(self.supabase.clone(), vec![AUDIENCE.to_owned()], vec![]),
            Issuer::new(self.clerk.clone(), vec![], vec![PARTY.to_owned()]),
        ];
        let issuers = Issuers::new(issuers.map(Result::unwrap).into()).unwrap();
        world.api_with(With {
            identities: Arc::new(issuers),
            ..With::default()
        })
    }

    /// A token as Supabase writes it.
    fn supabase(&self, subject: &str, email: &str) -> Value {
        json!({
            "iss": self.supabase, "sub": subject, "aud": AUDIENCE, "iat": now(), "exp": now() + 3_600,
            "email": email, "phone": "", "role": "authenticated", "aal": "aal1", "is_anonymous": false,
            "app_metadata": { "provider": "email", "providers": ["email"] },
            "user_metadata": { "full_name": "Ana Lima", "email_verified": true },
        })
    }

    /// A token as Clerk writes it.
    fn clerk(&self, subject: &str, email: &str) -> Value {
        json!({
            "iss": self.clerk, "sub": subject, "azp": PARTY, "iat": now(), "nbf": now() - 10, "exp": now() + 60,
            "sid": "sess_1", "v": 2, "fva": [0, -1], "email": email, "email_verified": true, "name": "Ana Lima",
        })
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("ec".to_owned());
        encode(&header, claims, &self.key).unwrap()
    }
}

fn now() -> i64 {
    let beginning: chrono::DateTime<chrono::Utc> = BEGINNING.parse().unwrap();
    beginning.timestamp()
}

const SIGN_IN: &str = "mutation($token: String!, $key: String) {
    sessionCreateWithToken(input: { token: $token, idempotencyKey: $key }) {
        user { id name email isVerified } session { id } tokens { accessToken } userErrors { code message field }
    }
}";

async fn comes(api: &Api, token: &str) -> Answer {
    api.ask_with(&Who::stranger(), SIGN_IN, json!({ "token": token }))
        .await
}

async fn whoever_comes_with_a_token_of_supabase_is_known_the_next_time(world: World) {
    let providers = Providers::new().await;
    let api = providers.api(&world);
    let token = providers.sign(&providers.supabase("s1", "ana@example.com"));
    let first = comes(&api, &token).await;
    let user = first.data("/sessionCreateWithToken/user");
    assert_eq!(
        [&user["name"], &user["email"], &user["isVerified"]],
        [&json!("Ana Lima"), &json!("ana@example.com"), &json!(false)],
        "people write their user_metadata themselves"
    );
    let signed_in = Who::with(&first.text("/sessionCreateWithToken/tokens/accessToken"));
    let viewer = api.ask(&signed_in, "{ viewer { id } }").await;
    assert_eq!(viewer.data("/viewer/id"), &user["id"]);
    let next = providers.sign(&providers.supabase("s1", "ana.lima@example.com"));
    let next = comes(&api, &next).await;
    assert_eq!(
        next.data("/sessionCreateWithToken/user"),
        user,
        "the subject is who comes, not the address"
    );
    assert_ne!(
        next.data("/sessionCreateWithToken/session/id"),
        first.data("/sessionCreateWithToken/session/id")
    );
}

async fn a_verified_address_of_clerk_is_the_person_who_proved_it_here(world: World) {
    let providers = Providers::new().await;
    let api = providers.api(&world);
    let ana = api.register("ana").await;
    let id = api.ask(&ana, "{ viewer { id } }").await.text("/viewer/id");
    let token = providers.sign(&providers.clerk("user_1", "ana@example.com"));
    let before = comes(&api, &token).await;
    assert_eq!(
        before.refusals("sessionCreateWithToken"),
        ["TAKEN -"],
        "nobody has proved the address here"
    );
    api.verify(&ana, "ana@example.com").await;
    let linked = comes(&api, &token).await;
    assert_eq!(linked.text("/sessionCreateWithToken/user/id"), id);
    let again = comes(&api, &token).await;
    assert_eq!(again.text("/sessionCreateWithToken/user/id"), id);
}

async fn an_address_that_the_issuer_has_not_verified_links_nothing(world: World) {
    let providers = Providers::new().await;
    let api = providers.api(&world);
    let ana = api.register("ana").await;
    api.verify(&ana, "ana@example.com").await;
    let mut unverified = providers.clerk("user_1", "ana@example.com");
    unverified["email_verified"] = json!(false);
    for claims in [unverified, providers.supabase("s1", "ana@example.com")] {
        let refused = comes(&api, &providers.sign(&claims)).await;
        assert_eq!(
            refused.refusals("sessionCreateWithToken"),
            ["TAKEN -"],
            "{claims}"
        );
        assert_eq!(*refused.data("/sessionCreateWithToken/tokens"), json!(null));
    }
}

async fn a_token_that_was_not_made_for_us_opens_nothing(world: World) {
    let providers = Providers::new().await;
    let api = providers.api(&world);
    let supabase = |name: &str, value: Value| {
        let mut claims = providers.supabase("s1", "ana@example.com");
        claims[name] = value;
        providers.sign(&claims)
    };
    let clerk = |name: &str, value: Value| {
        let mut claims = providers.clerk("user_1", "ana@example.com");
        claims[name] = value;
        providers.sign(&claims)
    };
    let good = supabase("aud", json!(AUDIENCE));
    let (head, _) = good.rsplit_once('.').unwrap();
    for (wrong, token) in [
        ("another audience", supabase("aud", json!("another"))),
        ("no audience", supabase("aud", json!(null))),
        ("another page", clerk("azp", json!("https://evil.example.com"))),
        ("another issuer", clerk("iss", json!("https://evil.example.com"))),
        ("over", clerk("exp", json!(now() - 61))),
        ("not yet", clerk("nbf", json!(now() + 61))),
        ("unsigned", format!("{head}.")),
        ("no token", "not a token".to_owned()),
    ] {
        let refused = comes(&api, &token).await;
        assert_eq!(
            refused.refusals("sessionCreateWithToken"),
            ["TOKEN_INVALID token"],
            "{wrong}"
        );
        assert_eq!(
            *refused.data("/sessionCreateWithToken/user"),
            json!(null),
            "{wrong}"
        );
    }
    assert!(
        comes(&api, &good)
            .await
            .refusals("sessionCreateWithToken")
            .is_empty()
    );
    let people = "SELECT CAST(count(*) AS text) FROM users";
    assert_eq!(world.admin_sql(people).await, [[Some("1".to_owned())]]);
}

async fn a_replayed_token_under_one_key_gives_one_session(world: World) {
    let providers = Providers::new().await;
    let api = providers.api(&world);
    let token = providers.sign(&providers.clerk("user_1", "ana@example.com"));
    let client = Who {
        client_secret: Some("a secret of this browser alone".to_owned()),
        ..Who::stranger()
    };
    let told = json!({ "token": token, "key": "k" });
    let first = api.ask_with(&client, SIGN_IN, told.clone()).await;
    let again = api.ask_with(&client, SIGN_IN, told).await;
    assert!(
        first
            .data("/sessionCreateWithToken/tokens/accessToken")
            .is_string()
    );
    assert_eq!(first.data(""), again.data(""));
}
