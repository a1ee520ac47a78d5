//! Which keys are believed, and how often an issuer is asked for them.

use serde_json::json;

use super::issuer::{Mood, Signer, World, ec, ed, rsa, short_rsa};
use super::*;

#[tokio::test]
async fn a_key_serves_the_algorithm_it_was_published_for() {
    let world = World::new().await;
    let issuers = world.by_audience();
    let token = ec().sign_with(json!({ "kid": "rsa" }), &claims(&world, json!({})));
    assert_eq!(issuers.read(&token, noon()).await, Err(Refusal::KeyMismatch));
    let other = ed().sign_with(json!({ "kid": "ec", "alg": "ES256" }), &claims(&world, json!({})));
    assert_eq!(issuers.read(&other, noon()).await, Err(Refusal::Signature));
}

#[tokio::test]
async fn a_key_that_was_not_published_for_signing_is_not_there() {
    for wrong in [
        json!({ "use": "enc" }),
        json!({ "alg": "RS512" }),
        json!({ "alg": "HS256" }),
        json!({ "kty": "oct", "k": "c2VjcmV0" }),
        json!({ "key_ops": ["encrypt"] }),
        json!({ "kid": null }),
        json!({ "n": "!" }),
    ] {
        let world = World::new().await;
        world.publishes(json!([rsa().public(wrong.clone()), { "kty": "future" }, 7]));
        let refusal = world
            .by_audience()
            .read(&rsa().sign(&claims(&world, json!({}))), noon())
            .await;
        assert_eq!(refusal, Err(Refusal::UnknownKey), "{wrong}");
    }
    let world = World::new().await;
    world.publishes(json!([
        short_rsa().public(json!({})),
        rsa().public(json!({ "key_ops": ["verify"], "alg": "RS256" }))
    ]));
    let verify = async |signer: Signer| {
        world
            .by_audience()
            .read(&signer.sign(&claims(&world, json!({}))), noon())
            .await
    };
    assert_eq!(verify(short_rsa()).await, Err(Refusal::UnknownKey));
    assert!(verify(rsa()).await.is_ok());
}

#[tokio::test]
async fn of_very_many_keys_the_first_are_kept() {
    let world = World::new().await;
    let with = |others: usize| {
        let other = |count| ed().public(json!({ "kid": format!("other-{count}") }));
        let keys: Vec<_> = (0..others).map(other).chain([rsa().public(json!({}))]).collect();
        world.publishes(json!(keys));
    };
    let token = rsa().sign(&claims(&world, json!({})));
    with(MAX_KEYS - 1);
    assert!(world.by_audience().read(&token, noon()).await.is_ok());
    with(MAX_KEYS);
    assert_eq!(
        world.by_audience().read(&token, noon()).await,
        Err(Refusal::UnknownKey)
    );
}

#[tokio::test]
async fn a_storm_of_unknown_keys_asks_the_issuer_once_a_minute() {
    let world = World::new().await;
    let issuers = Arc::new(world.by_audience());
    let stranger = ed().named("stranger").sign(&claims(&world, json!({})));
    let storm = async |now| {
        let one = |_| {
            let (issuers, token) = (Arc::clone(&issuers), stranger.clone());
            tokio::spawn(async move { issuers.read(&token, now).await })
        };
        for answer in (0..50).map(one).collect::<Vec<_>>() {
            assert_eq!(answer.await.unwrap(), Err(Refusal::UnknownKey));
        }
    };
    for (seconds, asked) in [(0, 1), (59, 1), (60, 2), (61, 2), (120, 3)] {
        storm(after(seconds)).await;
        assert_eq!(world.asked(), asked, "after {seconds} s");
    }
    assert!(
        issuers
            .read(&ed().sign(&claims(&world, json!({}))), after(121))
            .await
            .is_ok()
    );
    assert_eq!(world.asked(), 3);
}

#[tokio::test]
async fn a_new_key_is_found_and_an_old_one_is_forgotten() {
    let world = World::new().await;
    let issuers = world.by_audience();
    let (old, new) = (
        rsa().sign(&claims(&world, json!({}))),
        ec().named("new").sign(&claims(&world, json!({}))),
    );
    world.publishes(json!([rsa().public(json!({}))]));
    assert!(issuers.read(&old, noon()).await.is_ok());
    world.publishes(json!([ec().named("new").public(json!({}))]));
    assert_eq!(issuers.read(&new, after(59)).await, Err(Refusal::UnknownKey));
    assert!(issuers.read(&new, after(60)).await.is_ok());
    assert_eq!(issuers.read(&old, after(61)).await, Err(Refusal::UnknownKey));
}

#[tokio::test]
async fn keys_are_asked_for_again_when_they_are_no_longer_fresh() {
    let world = World::new().await;
    let issuers = world.by_audience();
    let token = ed().sign(&claims(&world, json!({ "exp": noon().timestamp() + 90_000 })));
    let fresh = KEYS_FRESH_FOR.num_seconds();
    for (seconds, asked) in [(0, 1), (fresh, 1), (fresh + 1, 2), (fresh + 2, 2)] {
        assert!(issuers.read(&token, after(seconds)).await.is_ok());
        assert_eq!(world.asked(), asked, "after {seconds} s");
    }
}

#[tokio::test]
async fn an_issuer_that_is_down_turns_nobody_away_for_an_hour() {
    let world = World::new().await;
    let issuers = world.by_audience();
    let token = ed().sign(&claims(&world, json!({ "exp": noon().timestamp() + 90_000 })));
    assert!(issuers.read(&token, noon()).await.is_ok());
    world.becomes(Mood::Fails);
    let usable = KEYS_USABLE_FOR.num_seconds();
    assert!(issuers.read(&token, after(usable)).await.is_ok());
    let late = issuers.read(&token, after(usable + 61)).await;
    assert_eq!(late, Err(Refusal::Unavailable(FetchFailure::Status(502))));
    let again = issuers.read(&token, after(usable + 62)).await;
    assert_eq!(again, Err(Refusal::Unavailable(FetchFailure::AskedLately)));
    world.becomes(Mood::Good);
    assert!(issuers.read(&token, after(usable + 121)).await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_answers_strangely_vouches_for_nobody() {
    let world = World::new().await;
    for (mood, failure) in [
        (Mood::Redirects, FetchFailure::Status(302)),
        (Mood::Fails, FetchFailure::Status(502)),
        (Mood::NotJson, FetchFailure::Malformed),
        (Mood::OtherName, FetchFailure::OtherName),
        (Mood::KeysAt("http://example.com/keys"), FetchFailure::Plain),
        (Mood::KeysAt("keys"), FetchFailure::Malformed),
        (Mood::KeysAt("http://127.0.0.1:1/keys"), FetchFailure::Unreachable),
        (Mood::Long(MAX_DOCUMENT_BYTES + 1), FetchFailure::TooLong),
    ] {
        world.becomes(mood);
        assert_eq!(
            verdict(&world, json!({})).await,
            Err(Refusal::Unavailable(failure)),
            "{mood:?}"
        );
    }
    world.becomes(Mood::Long(MAX_DOCUMENT_BYTES));
    assert!(verdict(&world, json!({})).await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_is_not_there_is_told() {
    let world = World::new().await;
    let gone = Issuer::new(
        "http://127.0.0.1:1".to_owned(),
        vec!["horarium".to_owned()],
        vec![],
    )
    .unwrap();
    let token = ed().sign(&claims(&world, json!({ "iss": gone.name() })));
    let refusal = Issuers::new(vec![gone]).unwrap().read(&token, noon()).await;
    assert_eq!(refusal, Err(Refusal::Unavailable(FetchFailure::Unreachable)));
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_use_up_the_minute() {
    let world = World::new().await;
    let issuers = world.by_audience();
    let token = ed().sign(&claims(&world, json!({})));
    let hasty = tokio::time::timeout(std::time::Duration::ZERO, issuers.read(&token, noon())).await;
    assert!(hasty.is_err());
    assert!(issuers.read(&token, noon()).await.is_ok());
    assert_eq!(world.asked(), 1);
}
