//! Many at once: one key has one effect, one refresh token one successor, and a crowd that signs in hinders nobody.

use std::pin::pin;
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::world::{Answer, Api, Who, World, stories};

stories! {
    both: [
        a_thousand_requests_with_one_key_have_one_effect_and_one_answer,
        whoever_hangs_up_finds_what_was_done_under_the_same_key,
        fifty_refreshes_of_one_token_give_one_pair,
        a_refresh_token_that_comes_back_late_ends_its_family,
        a_crowd_that_signs_in_hinders_nobody,
    ]
}

const KEY: &str = "mutation($name: String!, $key: String!) {
    apiKeyCreate(input: { name: $name, scopes: [MEMBERS_READ], idempotencyKey: $key }) {
        secret apiKey { id name createdAt version } userErrors { code message field }
    }
}";

/// Sends one document so many times at once.
async fn at_once(api: &Api, who: &Who, (document, variables): (&str, Value), times: usize) -> Vec<Answer> {
    let sending = (0..times).map(|_| {
        let (api, who, document, variables) =
            (api.clone(), who.clone(), document.to_owned(), variables.clone());
        tokio::spawn(async move { api.ask_with(&who, &document, variables).await })
    });
    let answers = join_all(sending).await.into_iter();
    answers.map(Result::unwrap).collect()
}

/// The data of an answer as it went over the wire.
fn bytes(answer: &Answer) -> String {
    answer.data("").to_string()
}

async fn keys(api: &Api, who: &Who) -> Value {
    api.ask(who, "{ apiKeys { totalCount } }")
        .await
        .data("/apiKeys/totalCount")
        .clone()
}

async fn a_thousand_requests_with_one_key_have_one_effect_and_one_answer(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let told = json!({ "name": "calendar", "key": "k" });
    let answers = at_once(&api, &ana, (KEY, told), 1_000).await;
    let first = bytes(&answers[0]);
    assert!(first.contains("hor_live_"), "{first}");
    assert!(answers.iter().all(|it| bytes(it) == first));
    assert_eq!(keys(&api, &ana).await, json!(1));
    let made = "SELECT CAST(count(*) AS text) FROM audit_log WHERE action = 'api_key.created'";
    assert_eq!(world.admin_sql(made).await, [[Some("1".to_owned())]]);
    let other = api
        .ask_with(&ana, KEY, json!({ "name": "another", "key": "k" }))
        .await;
    assert_eq!(
        other.refusals("apiKeyCreate"),
        ["IDEMPOTENCY_KEY_REUSED idempotencyKey"]
    );
}

/// Lets a request run for so many steps, and then hangs up.
async fn hang_up_after(steps: usize, asking: impl Future<Output = Answer>) {
    let mut asking = pin!(asking);
    for _ in 0..steps {
        if futures::poll!(asking.as_mut()).is_ready() {
            return;
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

async fn whoever_hangs_up_finds_what_was_done_under_the_same_key(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    for steps in 0..30 {
        let told = json!({ "name": "calendar", "key": format!("k{steps}") });
        hang_up_after(steps, api.ask_with(&ana, KEY, told.clone())).await;
        let replayed = api.ask_with(&ana, KEY, told.clone()).await;
        assert!(replayed.refusals("apiKeyCreate").is_empty(), "{}", replayed.body);
        let again = api.ask_with(&ana, KEY, told).await;
        assert_eq!(bytes(&replayed), bytes(&again));
        assert_eq!(keys(&api, &ana).await, json!(steps + 1), "one effect a key");
    }
}

const REGISTER: &str = "mutation($email: EmailAddress!) {
    userRegister(input: { email: $email, name: \"Ana\", password: \"a pass phrase of some length\" }) {
        tokens { accessToken refreshToken } userErrors { code }
    }
}";

const REFRESH: &str = "mutation($token: String!) {
    sessionRefresh(input: { refreshToken: $token }) {
        session { id } tokens { accessToken refreshToken } userErrors { code field }
    }
}";

/// Registers somebody, and gives the access token and the refresh token.
async fn pair(api: &Api) -> (Who, String) {
    let told = json!({ "email": "ana@example.com" });
    let answer = api.ask_with(&Who::stranger(), REGISTER, told).await;
    let refresh = answer.text("/userRegister/tokens/refreshToken");
    (
        Who::with(&answer.text("/userRegister/tokens/accessToken")),
        refresh,
    )
}

async fn is_in(api: &Api, who: &Who) -> bool {
    let answer = api.ask(who, "{ viewer { id } }").await;
    answer.status == 200 && answer.body["data"]["viewer"]["id"].is_string()
}

async fn fifty_refreshes_of_one_token_give_one_pair(world: World) {
    let api = world.api();
    let (ana, refresh) = pair(&api).await;
    let asked = (REFRESH, json!({ "token": refresh }));
    let answers = at_once(&api, &Who::stranger(), asked, 50).await;
    let first = bytes(&answers[0]);
    assert!(answers.iter().all(|it| bytes(it) == first), "{first}");
    let next = Who::with(&answers[0].text("/sessionRefresh/tokens/accessToken"));
    assert!(is_in(&api, &next).await);
    assert!(is_in(&api, &ana).await, "requests on their way are not lost");
    let sessions = api.ask(&next, "{ viewer { sessions { id isCurrent } } }").await;
    let sessions = sessions.data("/viewer/sessions").as_array().unwrap().clone();
    assert_eq!(sessions.len(), 1, "one living family");
    let generations = "SELECT CAST(count(*) AS text) FROM session_generations";
    assert_eq!(world.admin_sql(generations).await, [[Some("2".to_owned())]]);
}

async fn a_refresh_token_that_comes_back_late_ends_its_family(world: World) {
    let api = world.api();
    let (ana, refresh) = pair(&api).await;
    let ask = async |token: &str| {
        api.ask_with(&Who::stranger(), REFRESH, json!({ "token": token }))
            .await
    };
    let next = ask(&refresh).await;
    world.clock.advance(TimeDelta::seconds(10));
    assert_eq!(
        bytes(&ask(&refresh).await),
        bytes(&next),
        "the last moment of grace"
    );
    world.clock.advance(TimeDelta::microseconds(1));
    let late = at_once(&api, &Who::stranger(), (REFRESH, json!({ "token": refresh })), 20).await;
    let reused = late
        .iter()
        .filter(|it| it.refusals("sessionRefresh") == ["TOKEN_REUSED -"]);
    assert_eq!(reused.count(), 1, "the first ends the family");
    let ended = late
        .iter()
        .filter(|it| it.refusals("sessionRefresh") == ["TOKEN_INVALID -"]);
    assert_eq!(ended.count(), 19, "of which nothing is left for the others");
    let next_access = Who::with(&next.text("/sessionRefresh/tokens/accessToken"));
    for who in [&ana, &next_access] {
        let heard = api.ask(who, "{ viewer { id } }").await;
        assert_eq!((heard.status.as_u16(), heard.code()), (401, "UNAUTHENTICATED"));
    }
    let living = ask(&next.text("/sessionRefresh/tokens/refreshToken")).await;
    assert_eq!(living.refusals("sessionRefresh"), ["TOKEN_INVALID -"]);
}

const SIGN_IN: &str = "mutation($email: EmailAddress!) {
    sessionCreate(input: { email: $email, password: \"a pass phrase of some length\" }) {
        tokens { accessToken } userErrors { code }
    }
}";

async fn a_crowd_that_signs_in_hinders_nobody(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    for name in ["bia", "caio"] {
        api.register(name).await;
    }
    let crowd = ["bia", "caio"].into_iter().map(|name| {
        let (api, told) = (api.clone(), json!({ "email": format!("{name}@example.com") }));
        tokio::spawn(async move { at_once(&api, &Who::stranger(), (SIGN_IN, told), 100).await })
    });
    let crowd = tokio::spawn(join_all(crowd));
    let mut asked = 0;
    while asked < 100 || !crowd.is_finished() {
        let seen = api
            .ask(
                &ana,
                "{ viewer { name } organization { slug } members { totalCount } }",
            )
            .await;
        assert_eq!(*seen.data("/members/totalCount"), json!(1));
        asked += 1;
    }
    let crowd = crowd.await.unwrap().into_iter().flat_map(Result::unwrap);
    let came_in: Vec<String> = crowd
        .map(|it| it.text("/sessionCreate/tokens/accessToken"))
        .collect();
    assert_eq!(came_in.len(), 200);
    let last = Who::with(came_in.last().unwrap());
    let sessions = api.ask(&last, "{ viewer { sessions { id } } }").await;
    assert_eq!(
        sessions.data("/viewer/sessions").as_array().unwrap().len(),
        100,
        "as many as one can have"
    );
}
