//! Tokens of every kind against a key server of the test.

mod issuer;
mod keys;

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use self::issuer::{World, ec, ed, encode, merge, rsa};
use super::*;

fn noon() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> DateTime<Utc> {
    noon() + chrono::TimeDelta::seconds(seconds)
}

/// Good claims, changed by `more`.
fn claims(world: &World, more: Value) -> Value {
    let mut claims = json!({
        "iss": world.name, "sub": "ana", "aud": "horarium",
        "iat": noon().timestamp(), "exp": noon().timestamp() + 600,
    });
    merge(&mut claims, more);
    claims
}

async fn verdict(world: &World, more: Value) -> Result<Verified, Refusal> {
    world
        .by_audience()
        .read(&ed().sign(&claims(world, more)), noon())
        .await
}

#[tokio::test]
async fn a_token_of_every_accepted_algorithm_is_believed() {
    let world = World::new().await;
    for signer in [rsa(), ec(), ed()] {
        let told = world
            .by_audience()
            .read(&signer.sign(&claims(&world, json!({}))), noon())
            .await;
        let (issuer, subject) = (world.name.clone(), "ana".to_owned());
        assert_eq!(
            told,
            Ok(Verified {
                issuer,
                subject,
                email: None,
                is_email_verified: false,
                name: None
            })
        );
    }
}

#[tokio::test]
async fn a_token_of_supabase_is_believed() {
    let world = World::new().await;
    let issuers = world.trusted(&["authenticated"], &[]);
    let token = ec().sign(&claims(&world, json!({
        "aud": "authenticated", "role": "authenticated", "aal": "aal1", "session_id": "0b7c", "phone": "",
        "email": "ana@example.com", "is_anonymous": false, "amr": [{ "method": "password", "timestamp": 1 }],
        "app_metadata": { "provider": "email", "providers": ["email"] },
        "user_metadata": { "email": "other@example.com", "email_verified": true, "full_name": "Ana Lima" },
    })));
    let told = issuers.read(&token, noon()).await.unwrap();
    assert_eq!(told.email.as_ref().map(|it| it.as_str()), Some("ana@example.com"));
    assert_eq!(told.name.as_ref().map(|it| it.as_str()), Some("Ana Lima"));
    assert!(
        !told.is_email_verified,
        "people write their user_metadata themselves"
    );
}

#[tokio::test]
async fn a_token_of_clerk_is_believed() {
    let world = World::new().await;
    let issuers = world.trusted(&[], &["https://app.example.com"]);
    let session = json!({
        "aud": null, "azp": "https://app.example.com", "sid": "sess_1", "v": 2, "fva": [0, -1],
        "nbf": noon().timestamp() - 10, "email": "ana@example.com", "email_verified": true, "name": "Ana Lima",
    });
    let told = issuers
        .read(&rsa().sign(&claims(&world, session)), noon())
        .await
        .unwrap();
    assert_eq!(told.email.as_ref().map(|it| it.as_str()), Some("ana@example.com"));
    assert!(told.is_email_verified);
    assert_eq!(told.name.as_ref().map(|it| it.as_str()), Some("Ana Lima"));
}

#[tokio::test]
async fn a_token_for_somebody_else_is_refused() {
    let world = World::new().await;
    for (aud, refusal) in [
        (json!("horarium"), None),
        (json!(["other", "horarium"]), None),
        (json!("other"), Some(Refusal::Audience)),
        (json!(["other"]), Some(Refusal::Audience)),
        (json!([]), Some(Refusal::Audience)),
        (json!("horarium "), Some(Refusal::Audience)),
        (json!(null), Some(Refusal::Audience)),
        (json!(7), Some(Refusal::Malformed)),
    ] {
        assert_eq!(
            verdict(&world, json!({ "aud": aud })).await.err(),
            refusal,
            "{aud}"
        );
    }
    let both = world.trusted(&["horarium"], &["https://app.example.com"]);
    for (azp, refusal) in [
        (json!("https://app.example.com"), None),
        (json!("https://other.example.com"), Some(Refusal::AuthorizedParty)),
        (json!(null), Some(Refusal::AuthorizedParty)),
    ] {
        let token = ed().sign(&claims(&world, json!({ "azp": azp })));
        assert_eq!(both.read(&token, noon()).await.err(), refusal, "{azp}");
    }
}

#[tokio::test]
async fn a_token_of_an_unknown_issuer_is_refused_without_asking_anybody() {
    let world = World::new().await;
    for iss in [
        format!("{}/", world.name),
        world.name.to_uppercase(),
        "https://example.com".to_owned(),
    ] {
        assert_eq!(verdict(&world, json!({ "iss": iss })).await, Err(Refusal::Issuer));
    }
    assert_eq!(world.asked(), 0);
}

#[tokio::test]
async fn the_clocks_may_differ_by_sixty_seconds_and_no_more() {
    let world = World::new().await;
    let at = |seconds: i64| noon().timestamp() + seconds;
    for (times, refusal) in [
        (json!({ "exp": at(-60) }), None),
        (json!({ "exp": at(-61) }), Some(Refusal::Expired)),
        (json!({ "exp": at(-60) as f64 - 0.5 }), Some(Refusal::Expired)),
        (json!({ "nbf": at(60) }), None),
        (json!({ "nbf": at(61) }), Some(Refusal::NotYetValid)),
        (json!({ "iat": at(60) }), None),
        (json!({ "iat": at(61) }), Some(Refusal::IssuedLater)),
        (json!({ "iat": null }), None),
        (json!({ "exp": null }), Some(Refusal::Malformed)),
        (json!({ "exp": "2030-01-01" }), Some(Refusal::Malformed)),
    ] {
        assert_eq!(verdict(&world, times.clone()).await.err(), refusal, "{times}");
    }
}

#[tokio::test]
async fn a_token_is_about_somebody() {
    let world = World::new().await;
    for (sub, refusal) in [
        (json!("a".repeat(MAX_SUBJECT_BYTES)), None),
        (json!("a".repeat(MAX_SUBJECT_BYTES + 1)), Some(Refusal::Subject)),
        (json!(""), Some(Refusal::Subject)),
        (json!(null), Some(Refusal::Subject)),
        (json!(7), Some(Refusal::Malformed)),
    ] {
        assert_eq!(
            verdict(&world, json!({ "sub": sub })).await.err(),
            refusal,
            "{sub}"
        );
    }
}

#[tokio::test]
async fn an_address_is_the_persons_own_only_where_the_issuer_says_so() {
    let world = World::new().await;
    for (more, email, is_verified) in [
        (
            json!({ "email": "ana@example.com" }),
            Some("ana@example.com"),
            false,
        ),
        (
            json!({ "email": "ana@example.com", "email_verified": true }),
            Some("ana@example.com"),
            true,
        ),
        (
            json!({ "email": "ana@example.com", "email_verified": "true" }),
            Some("ana@example.com"),
            true,
        ),
        (
            json!({ "email": "ana@example.com", "email_verified": "yes" }),
            Some("ana@example.com"),
            false,
        ),
        (
            json!({ "email": "ana@example.com", "email_verified": 1 }),
            Some("ana@example.com"),
            false,
        ),
        (json!({ "email": "", "email_verified": true }), None, false),
        (json!({ "email": 7, "email_verified": true }), None, false),
    ] {
        let told = verdict(&world, more.clone()).await.unwrap();
        assert_eq!(
            (told.email.as_ref().map(|it| it.as_str()), told.is_email_verified),
            (email, is_verified),
            "{more}"
        );
    }
}

#[tokio::test]
async fn a_token_that_anybody_can_make_is_refused() {
    let world = World::new().await;
    let (issuers, claims) = (world.by_audience(), claims(&world, json!({})));
    for alg in [
        "none", "None", "HS256", "HS512", "RS384", "PS256", "ES384", "", "eddsa",
    ] {
        let token = ed().sign_with(json!({ "alg": alg }), &claims);
        assert_eq!(
            issuers.read(&token, noon()).await,
            Err(Refusal::Algorithm),
            "{alg}"
        );
    }
    let unsigned = format!("{}.{}.", encode(&json!({ "alg": "none" })), encode(&claims));
    assert_eq!(issuers.read(&unsigned, noon()).await, Err(Refusal::Algorithm));
    assert_eq!(world.asked(), 0);
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let world = World::new().await;
    let public = rsa().public(json!({})).to_string();
    for alg in ["HS256", "RS256"] {
        let header = json!({ "alg": alg, "kid": "rsa", "typ": "JWT" });
        let message = format!("{}.{}", encode(&header), encode(&claims(&world, json!({}))));
        let secret = EncodingKey::from_secret(public.as_bytes());
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &secret, Algorithm::HS256).unwrap();
        let token = format!("{message}.{signature}");
        let refusal = if alg == "HS256" {
            Refusal::Algorithm
        } else {
            Refusal::Signature
        };
        assert_eq!(world.by_audience().read(&token, noon()).await, Err(refusal));
    }
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let world = World::new().await;
    let token = ec().sign(&claims(&world, json!({})));
    let parts: Vec<_> = token.split('.').collect();
    let forged = encode(&claims(&world, json!({ "sub": "boris" })));
    let issuers = world.by_audience();
    for (token, refusal) in [
        (format!("{}.{forged}.{}", parts[0], parts[2]), Refusal::Signature),
        (format!("{}.{}.", parts[0], parts[1]), Refusal::Signature),
        (format!("{}.{}.!", parts[0], parts[1]), Refusal::Signature),
        (format!("{token}.{}", parts[2]), Refusal::Malformed),
        (format!("{}.{}", parts[0], parts[1]), Refusal::Malformed),
        (String::new(), Refusal::Malformed),
        ("..".to_owned(), Refusal::Malformed),
        (
            format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
            Refusal::Malformed,
        ),
    ] {
        assert_eq!(issuers.read(&token, noon()).await, Err(refusal), "{token}");
    }
}

#[tokio::test]
async fn a_header_that_asks_for_something_else_is_refused() {
    let world = World::new().await;
    for (header, refusal) in [
        (json!({ "typ": null }), None),
        (json!({ "typ": "at+jwt" }), None),
        (json!({ "typ": "logout+jwt" }), Some(Refusal::Type)),
        (json!({ "crit": ["b64"], "b64": false }), Some(Refusal::Critical)),
        (json!({ "kid": null }), Some(Refusal::NoKeyId)),
        (
            json!({ "jwk": rsa().public(json!({})), "jku": "https://example.net/keys" }),
            None,
        ),
    ] {
        let token = ed().sign_with(header.clone(), &claims(&world, json!({})));
        assert_eq!(
            world.by_audience().read(&token, noon()).await.err(),
            refusal,
            "{header}"
        );
    }
}

#[tokio::test]
async fn a_token_ends_at_its_limit() {
    let world = World::new().await;
    let issuers = world.by_audience();
    let padded = |letters: usize| ed().sign(&claims(&world, json!({ "x": "a".repeat(letters) })));
    let most = (5_500..)
        .map(padded)
        .take_while(|token| token.len() <= MAX_TOKEN_BYTES)
        .last()
        .unwrap();
    assert!(most.len() > MAX_TOKEN_BYTES - 2 && issuers.read(&most, noon()).await.is_ok());
    assert_eq!(
        issuers.read(&"a".repeat(MAX_TOKEN_BYTES), noon()).await,
        Err(Refusal::Malformed)
    );
    assert_eq!(
        issuers.read(&"a".repeat(MAX_TOKEN_BYTES + 1), noon()).await,
        Err(Refusal::TooLong)
    );
}

#[test]
fn no_refusal_is_without_words() {
    assert_eq!(
        Refusal::Algorithm.to_string(),
        "the token's `alg` must be one of RS256, ES256, EdDSA"
    );
    assert_eq!(
        Refusal::Expired.to_string(),
        "the token has expired (`exp`, with 60 s of grace)"
    );
    assert_eq!(
        Refusal::Unavailable(FetchFailure::Status(302)).to_string(),
        "the issuer's keys cannot be fetched: the issuer answers with status 302"
    );
}
