//! Codes that prove an e-mail address.

use chrono::TimeDelta;
use db::{Account, Asker};
use futures::future::join_all;
use kernel::Refuse as _;
use kernel::id::OneTimeCodeId;
use secrecy::ExposeSecret as _;
use tenancy::code::{ATTEMPTS_MAX, PER_WINDOW, WINDOW};
use tenancy::{Hasher, Matter, Password, PasswordReset, Refusal, UserChanged};

use crate::tenancy_cast::{PASSWORD, code, person};
use crate::world::{World, stories};

stories! {
    both: [
        a_code_is_good_until_it_expires,
        a_code_that_was_tried_too_often_is_no_good_any_more,
        a_reset_proves_the_address_and_ends_every_session,
        an_address_is_proved_once,
        asking_tells_nothing_about_who_has_an_account,
        only_the_newest_code_is_good,
    ],
}

const WRONG: &str = "00000000";

impl World {
    async fn asks_for_reset(&self, email: &str) -> Option<OneTimeCodeId> {
        let email = email.parse().unwrap();
        let nobody = Asker::anonymous();
        let asked = self.act(Account, &nobody, async |work| {
            tenancy::request_password_reset(work, &email).await
        });
        asked.await.unwrap().code
    }

    /// The digits that a code's letter carries.
    async fn digits(&self, id: OneTimeCodeId) -> Option<String> {
        let reading = self.account(&Asker::anonymous()).await;
        match tenancy::code_letter(&reading, id).await.unwrap()?.matter {
            Matter::PasswordReset { digits } | Matter::EmailVerification { digits } => {
                Some(digits.expose_secret().to_owned())
            }
            Matter::Invitation { .. } => None,
        }
    }

    async fn resets(&self, email: &str, digits: &str) -> Result<PasswordReset, Refusal> {
        let email = email.parse().unwrap();
        let password = Password::new("another harbour", &email).unwrap();
        let hash = Hasher::new(1).hash(&password, self.store.ids()).await.unwrap();
        let nobody = Asker::anonymous();
        self.act(Account, &nobody, async |work| {
            tenancy::reset_password(work, &email, digits, hash).await
        })
        .await
    }

    async fn verifies(&self, user: kernel::id::UserId, digits: &str) -> Result<UserChanged, Refusal> {
        self.act(Account, person(user), async |work| {
            tenancy::verify_email(work, digits).await
        })
        .await
    }
}

async fn a_reset_proves_the_address_and_ends_every_session(world: World) {
    let ana = world.registers("ana@example.com").await;
    let id = world.asks_for_reset("Ana@example.com").await.unwrap();
    let digits = world.digits(id).await.unwrap();
    assert_eq!(digits.len(), 8);
    assert!(
        !format!(
            "{:?}",
            tenancy::code_letter(&world.account(&Asker::anonymous()).await, id).await
        )
        .contains(&digits)
    );
    world
        .resets("ana@example.com", &format!(" {digits} "))
        .await
        .unwrap();
    assert!(!world.is_recognised(&ana).await);
    assert!(world.proves("ana@example.com", PASSWORD).await.is_err());
    world.proves("ana@example.com", "another harbour").await.unwrap();
    assert_eq!(world.issued(&ana).await.user.verified_at, Some(world.store.now()));
    assert_eq!(
        code(world.resets("ana@example.com", &digits).await),
        "CODE_INVALID",
        "a code is good once"
    );
    assert_eq!(world.digits(id).await, None, "a used code is sent no more");
}

async fn asking_tells_nothing_about_who_has_an_account(world: World) {
    world.registers("ana@example.com").await;
    assert_eq!(world.asks_for_reset("nobody@example.com").await, None);
    for _ in 0..PER_WINDOW {
        assert!(world.asks_for_reset("ana@example.com").await.is_some());
        world.clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(
        world.asks_for_reset("ana@example.com").await,
        None,
        "enough within the hour, and no refusal"
    );
    world.clock.advance(WINDOW - TimeDelta::minutes(3));
    assert!(world.asks_for_reset("ana@example.com").await.is_some());
    let known = world.resets("ana@example.com", WRONG).await.unwrap_err();
    let unknown = world.resets("nobody@example.com", WRONG).await.unwrap_err();
    assert_eq!(
        (known.code(), known.to_string()),
        (unknown.code(), unknown.to_string())
    );
}

async fn a_code_that_was_tried_too_often_is_no_good_any_more(world: World) {
    world.registers("ana@example.com").await;
    for (wrong, is_good) in [(ATTEMPTS_MAX - 1, true), (ATTEMPTS_MAX, false)] {
        let id = world.asks_for_reset("ana@example.com").await.unwrap();
        let digits = world.digits(id).await.unwrap();
        let tries = (0..wrong).map(|_| world.resets("ana@example.com", WRONG));
        for tried in join_all(tries).await {
            assert_eq!(code(tried), "CODE_INVALID");
        }
        assert_eq!(
            world.resets("ana@example.com", &digits).await.is_ok(),
            is_good,
            "after {wrong}"
        );
    }
}

async fn only_the_newest_code_is_good(world: World) {
    world.registers("ana@example.com").await;
    let older = world.asks_for_reset("ana@example.com").await.unwrap();
    let newer = world.asks_for_reset("ana@example.com").await.unwrap();
    let [older, newer] = [
        world.digits(older).await.unwrap(),
        world.digits(newer).await.unwrap(),
    ];
    assert_eq!(
        code(world.resets("ana@example.com", &older).await),
        "CODE_INVALID"
    );
    world.resets("ana@example.com", &newer).await.unwrap();
}

async fn a_code_is_good_until_it_expires(world: World) {
    world.registers("ana@example.com").await;
    let id = world.asks_for_reset("ana@example.com").await.unwrap();
    let digits = world.digits(id).await.unwrap();
    world.clock.advance(TimeDelta::minutes(10));
    assert_eq!(
        code(world.resets("ana@example.com", &digits).await),
        "CODE_INVALID"
    );
    assert_eq!(world.digits(id).await, None);
}

async fn an_address_is_proved_once(world: World) {
    let registration = world.registration("ana@example.com").await;
    let nobody = Asker::anonymous();
    let registered = world
        .act(Account, &nobody, async |work| {
            tenancy::register(work, registration).await
        })
        .await
        .unwrap();
    let user = registered.signed_in.user;
    let asks = async || {
        world
            .act(Account, person(user), async |work| {
                tenancy::request_email_verification(work).await
            })
            .await
    };
    let digits = world.digits(registered.code).await.unwrap();
    assert_eq!(code(world.verifies(user, WRONG).await), "CODE_INVALID");
    world.clock.advance(TimeDelta::hours(24));
    assert_eq!(
        code(world.verifies(user, &digits).await),
        "CODE_INVALID",
        "a day later it is too late"
    );
    for _ in 0..PER_WINDOW {
        assert!(asks().await.unwrap().code.is_some());
    }
    let refused = asks().await.unwrap_err();
    assert_eq!(
        (refused.code().word(), refused.retry_after()),
        ("RATE_LIMITED", Some(WINDOW))
    );
    world.clock.advance(WINDOW);
    let id = asks().await.unwrap().code.unwrap();
    world
        .verifies(user, &world.digits(id).await.unwrap())
        .await
        .unwrap();
    let verified_at = world.issued(&registered.signed_in).await.user.verified_at;
    assert_eq!(verified_at, Some(world.store.now()));
    world.clock.advance(TimeDelta::seconds(1));
    world.verifies(user, "whatever, it is proved").await.unwrap();
    assert_eq!(
        world.issued(&registered.signed_in).await.user.verified_at,
        verified_at
    );
    assert_eq!(asks().await.unwrap().code, None, "nothing is left to prove");
}
