//! How much, and how often: every limit that the API names, at its last allowed value and one beyond.

use chrono::TimeDelta;
use db::rate::Limit;
use serde_json::{Value, json};
use tenancy::RateLimits;

use crate::world::{Answer, Api, Who, With, World, generous, stories};

stories! {
    both: [
        an_address_registers_five_times_an_hour,
        a_stranger_asks_sixty_times_a_minute,
        a_key_asks_as_often_as_it_may,
        a_person_asks_as_often_as_they_may_from_wherever,
        guessing_one_account_from_many_addresses_is_guessing_too,
        a_page_has_one_to_a_hundred_rows,
        a_hundred_nodes_are_found_at_once,
        an_idempotency_key_has_up_to_255_characters,
        names_slugs_and_passwords_have_their_lengths,
        a_client_proves_itself_with_22_characters_or_more,
    ]
}

fn from(address: u8) -> Who {
    Who {
        address,
        ..Who::stranger()
    }
}

fn limited(world: &World, limits: RateLimits) -> Api {
    world.api_with(With {
        limits,
        ..With::default()
    })
}

async fn register(api: &Api, who: &Who, told: &[(&str, Value)]) -> Answer {
    let document = "mutation($input: UserRegisterInput!) {
        userRegister(input: $input) { user { id } userErrors { code message field } }
    }";
    let mut input =
        json!({ "email": "ana@example.com", "name": "Ana", "password": "a pass phrase of some length" });
    for (name, value) in told {
        input[name] = value.clone();
    }
    api.ask_with(who, document, json!({ "input": input })).await
}

async fn an_address_registers_five_times_an_hour(world: World) {
    let api = limited(
        &world,
        RateLimits {
            register: RateLimits::default().register,
            ..generous()
        },
    );
    let tries = async |who: &Who, number: u32| {
        register(&api, who, &[("email", json!(format!("a{number}@example.com")))]).await
    };
    for number in 0..5 {
        assert!(
            tries(&from(1), number).await.refusals("userRegister").is_empty(),
            "{number}"
        );
    }
    world.clock.advance(TimeDelta::minutes(15));
    let refused = tries(&from(1), 5).await;
    assert_eq!(
        (refused.code(), &refused.body["data"]["userRegister"]),
        ("RATE_LIMITED", &Value::Null)
    );
    let extensions = &refused.body["errors"][0]["extensions"];
    assert_eq!(extensions["retryAfterMs"], json!(45 * 60 * 1_000));
    assert_eq!(extensions["retryable"], json!(true));
    assert!(
        tries(&from(2), 5).await.refusals("userRegister").is_empty(),
        "another address"
    );
    world.clock.advance(TimeDelta::minutes(45));
    assert!(
        tries(&from(1), 6).await.refusals("userRegister").is_empty(),
        "the next hour"
    );
}

/// Asks so many times, all of which are answered.
async fn asks(api: &Api, who: &Who, times: u32) {
    for time in 0..times {
        let answer = api.ask(who, "{ __typename }").await;
        assert_eq!(answer.status, 200, "{time}: {}", answer.body);
    }
}

/// Asks once more, which is once too often.
async fn is_throttled(api: &Api, who: &Who, wait: u64) {
    let refused = api.ask(who, "{ __typename }").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "RATE_LIMITED"));
    assert_eq!(refused.headers["retry-after"], wait.to_string());
    assert_eq!(refused.headers["ratelimit-remaining"], "0");
    let extensions = &refused.body["errors"][0]["extensions"];
    assert_eq!(extensions["retryAfterMs"], json!(wait * 1_000));
}

async fn a_stranger_asks_sixty_times_a_minute(world: World) {
    let api = limited(
        &world,
        RateLimits {
            api: RateLimits::default().api,
            ..generous()
        },
    );
    asks(&api, &from(1), 60).await;
    is_throttled(&api, &from(1), 60).await;
    asks(&api, &from(2), 1).await;
    world.clock.advance(TimeDelta::seconds(59));
    is_throttled(&api, &from(1), 1).await;
    world.clock.advance(TimeDelta::seconds(1));
    asks(&api, &from(1), 1).await;
}

async fn a_key_asks_as_often_as_it_may(world: World) {
    let api = limited(
        &world,
        RateLimits {
            key: Limit::new(3, 60),
            ..generous()
        },
    );
    let ana = api.founder("ana", "aurora").await;
    let make = async |rate: Value| {
        let document = "mutation($rate: Int) {
            apiKeyCreate(input: { name: \"k\", scopes: [], ratePerMinute: $rate }) { secret userErrors { code field } }
        }";
        api.ask_with(&ana, document, json!({ "rate": rate })).await
    };
    let key = async |rate: Value| Who::with(&make(rate).await.text("/apiKeyCreate/secret"));
    is_throttled(&api, &key(json!(0)).await, 60).await;
    let own = key(json!(2)).await;
    asks(&api, &own, 2).await;
    is_throttled(&api, &own, 60).await;
    let default = key(Value::Null).await;
    asks(&api, &default, 3).await;
    is_throttled(&api, &default, 60).await;
    assert!(make(json!(100_000)).await.refusals("apiKeyCreate").is_empty());
    assert_eq!(
        make(json!(100_001)).await.refusals("apiKeyCreate"),
        ["INVALID_INPUT ratePerMinute"]
    );
}

async fn a_person_asks_as_often_as_they_may_from_wherever(world: World) {
    let api = limited(
        &world,
        RateLimits {
            user: Limit::new(2, 60),
            ..generous()
        },
    );
    let ana = api.register("ana").await;
    let elsewhere = Who {
        address: 9,
        ..ana.clone()
    };
    asks(&api, &ana, 1).await;
    asks(&api, &elsewhere, 1).await;
    is_throttled(&api, &ana, 60).await;
}

async fn guessing_one_account_from_many_addresses_is_guessing_too(world: World) {
    let api = limited(
        &world,
        RateLimits {
            sign_in: Limit::new(3, 60),
            sign_in_account: Limit::new(5, 60),
            ..generous()
        },
    );
    api.register("ana").await;
    let guess = async |address: u8, email: &str| {
        let document = "mutation($email: EmailAddress!) {
            sessionCreate(input: { email: $email, password: \"a guess\" }) { userErrors { code } }
        }";
        let answer = api
            .ask_with(&from(address), document, json!({ "email": email }))
            .await;
        match answer.code() {
            "none" => answer.refusals("sessionCreate").concat(),
            code => code.to_owned(),
        }
    };
    for address in [1, 1, 1, 2, 2] {
        assert_eq!(guess(address, "ana@example.com").await, "INVALID_CREDENTIALS -");
    }
    assert_eq!(guess(1, "bia@example.com").await, "RATE_LIMITED", "the address");
    assert_eq!(guess(3, " Ana@Example.com").await, "RATE_LIMITED", "the account");
    assert_eq!(guess(3, "bia@example.com").await, "INVALID_CREDENTIALS -");
}

async fn a_page_has_one_to_a_hundred_rows(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    for list in ["members", "invitations", "apiKeys", "auditLog"] {
        for (page, is_right) in [
            ("first: 1", true),
            ("first: 100", true),
            ("first: 101", false),
            ("first: 0", false),
            ("first: -1", false),
            ("last: 100", true),
            ("last: 101", false),
            ("first: 1, last: 1", false),
            ("after: \"nonsense\"", false),
        ] {
            let answer = api
                .ask(&ana, &format!("{{ {list}({page}) {{ nodes {{ id }} }} }}"))
                .await;
            let code = if is_right { "none" } else { "INVALID_INPUT" };
            assert_eq!(answer.code(), code, "{list}({page}): {}", answer.body);
        }
    }
}

async fn a_hundred_nodes_are_found_at_once(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let id = api
        .ask(&ana, "{ organization { id } }")
        .await
        .text("/organization/id");
    let ask = async |count: usize| {
        let document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        api.ask_with(&ana, document, json!({ "ids": vec![&id; count] }))
            .await
    };
    let found = ask(100).await;
    let nodes = found.data("/nodes").as_array().unwrap();
    assert!(nodes.len() == 100 && nodes.iter().all(|it| it["id"] == json!(id)));
    assert_eq!(ask(0).await.data("/nodes"), &json!([]));
    assert_eq!(ask(101).await.code(), "INVALID_INPUT");
}

async fn an_idempotency_key_has_up_to_255_characters(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let ask = async |key: String| {
        let document = "mutation($key: String!) {
            apiKeyCreate(input: { name: \"k\", scopes: [], idempotencyKey: $key }) { apiKey { id } userErrors { code } }
        }";
        api.ask_with(&ana, document, json!({ "key": key })).await
    };
    for length in [1, 255] {
        assert!(
            ask("é".repeat(length))
                .await
                .data("/apiKeyCreate/apiKey/id")
                .is_string(),
            "{length}"
        );
    }
    for length in [0, 256] {
        assert_eq!(ask("é".repeat(length)).await.code(), "INVALID_INPUT", "{length}");
    }
}

async fn names_slugs_and_passwords_have_their_lengths(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let only = json!(true);
    let varied = |length: usize| "quiet harbour ".chars().cycle().take(length).collect::<String>();
    for (field, length, is_right) in [
        ("name", 1, true),
        ("name", 120, true),
        ("name", 121, false),
        ("name", 0, false),
        ("password", 9, false),
        ("password", 10, true),
        ("password", 200, true),
        ("password", 201, false),
    ] {
        // Names are trimmed: a text of one letter has the length that it seems to have.
        let text = if field == "name" {
            "n".repeat(length)
        } else {
            varied(length)
        };
        let told = [
            (field, json!(text)),
            ("email", json!("new@example.com")),
            ("validateOnly", only.clone()),
        ];
        let refusals = register(&api, &Who::stranger(), &told)
            .await
            .refusals("userRegister");
        let right = if is_right {
            vec![]
        } else {
            vec![format!("INVALID_INPUT {field}")]
        };
        assert_eq!(refusals, right, "{field} of {length}");
    }
    for (length, is_right) in [(1, false), (2, true), (63, true), (64, false)] {
        let document = "mutation($slug: String!) {
            organizationUpdate(input: { slug: $slug, validateOnly: true }) { userErrors { code message field } }
        }";
        let answer = api
            .ask_with(&ana, document, json!({ "slug": "s".repeat(length) }))
            .await;
        let right: &[&str] = if is_right { &[] } else { &["INVALID_INPUT slug"] };
        assert_eq!(answer.refusals("organizationUpdate"), right, "a slug of {length}");
    }
}

async fn a_client_proves_itself_with_22_characters_or_more(world: World) {
    let api = world.api();
    let ask = async |length: usize| {
        let who = Who {
            client_secret: Some("s".repeat(length)),
            ..Who::stranger()
        };
        api.ask(&who, "{ __typename }").await
    };
    assert_eq!(ask(22).await.status, 200);
    assert_eq!(
        (ask(21).await.status.as_u16(), ask(21).await.code()),
        (401, "UNAUTHENTICATED")
    );
}
