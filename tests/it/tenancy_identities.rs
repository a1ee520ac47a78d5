//! Signing in with what an issuer says.

use std::collections::BTreeSet;

use db::{Account, Asker};
use futures::future::join_all;
use secrecy::ExposeSecret as _;
use tenancy::{Hasher, Matter, Password, Refusal, SignedIn, Verified};

use crate::tenancy_cast::{code, person};
use crate::world::{World, number, run, stories};

stories! {
    both: [
        a_first_sign_in_makes_an_account_and_the_next_finds_it,
        a_token_without_an_address_makes_no_account,
        an_account_is_linked_only_where_both_sides_have_proved_the_address,
        a_reset_that_first_proves_the_address_forgets_older_identities,
        ten_first_sign_ins_at_once_make_one_account,
        the_same_subject_of_another_issuer_is_somebody_else,
    ],
}

fn vouched(subject: &str, email: &str) -> Verified {
    Verified {
        issuer: "https://issuer.example.com".to_owned(),
        subject: subject.to_owned(),
        email: Some(email.parse().unwrap()),
        is_email_verified: true,
        name: Some("Ana Monteiro".parse().unwrap()),
    }
}

impl World {
    async fn comes(&self, verified: Verified) -> Result<SignedIn, Refusal> {
        let nobody = Asker::anonymous();
        self.act(Account, &nobody, async |work| {
            tenancy::sign_in_with_identity(work, verified).await
        })
        .await
    }

    /// No need to go by way of a code here.
    async fn proves_address(&self, email: &str) {
        let work = self.store.write(Account, &Asker::anonymous()).await.unwrap();
        let now = work.now();
        run(
            &work,
            "UPDATE users SET verified_at = $1 WHERE email = $2",
            [now.into(), email.into()],
        )
        .await
        .unwrap();
        work.commit().await.unwrap();
    }
}

async fn a_first_sign_in_makes_an_account_and_the_next_finds_it(world: World) {
    let first = world.comes(vouched("a1", "ana@example.com")).await.unwrap();
    let user = world.issued(&first).await.user;
    assert_eq!(
        (user.email.as_str(), user.password_hash.is_none()),
        ("ana@example.com", true)
    );
    assert_eq!(
        user.verified_at,
        Some(world.store.now()),
        "the issuer has proved it"
    );
    let moved = Verified {
        email: Some("ana@example.org".parse().unwrap()),
        ..vouched("a1", "ana@example.com")
    };
    let second = world.comes(moved).await.unwrap();
    assert_eq!(
        second.user, first.user,
        "the subject tells who it is, not the address"
    );
    assert_ne!(second.session, first.session);
    assert_eq!(world.issued(&second).await.user.email.as_str(), "ana@example.com");
    let nameless = Verified {
        name: None,
        is_email_verified: false,
        ..vouched("b2", "bruno@example.com")
    };
    let user = world.issued(&world.comes(nameless).await.unwrap()).await.user;
    assert_eq!((user.name.as_str(), user.verified_at), ("bruno", None));
}

async fn an_account_is_linked_only_where_both_sides_have_proved_the_address(world: World) {
    let ana = world.registers("ana@example.com").await;
    let unproved = Verified {
        is_email_verified: false,
        ..vouched("a1", "ana@example.com")
    };
    assert_eq!(
        code(world.comes(vouched("a1", "ana@example.com")).await),
        "TAKEN",
        "the account's owner has not proved it"
    );
    world.proves_address("ana@example.com").await;
    assert_eq!(
        code(world.comes(unproved.clone()).await),
        "TAKEN",
        "the issuer has not proved it"
    );
    assert_eq!(
        world.comes(vouched("a1", "ana@example.com")).await.unwrap().user,
        ana.user
    );
    assert_eq!(
        world.comes(unproved).await.unwrap().user,
        ana.user,
        "linked once, linked for good"
    );
}

async fn ten_first_sign_ins_at_once_make_one_account(world: World) {
    let all = join_all((0..10).map(|_| world.comes(vouched("a1", "ana@example.com")))).await;
    let users: BTreeSet<_> = all.into_iter().map(|it| it.unwrap().user).collect();
    assert_eq!(users.len(), 1);
    let user = *users.first().unwrap();
    let reading = world.account(&person(user)).await;
    assert_eq!(
        number(&reading, "SELECT count(*) FROM users", []).await.unwrap(),
        1
    );
    assert_eq!(
        number(&reading, "SELECT count(*) FROM identities", [])
            .await
            .unwrap(),
        1
    );
    assert_eq!(tenancy::sessions(&reading).await.unwrap().len(), 10);
}

async fn the_same_subject_of_another_issuer_is_somebody_else(world: World) {
    let here = world.comes(vouched("1", "ana@example.com")).await.unwrap();
    let elsewhere = Verified {
        issuer: "https://other.example.com".to_owned(),
        ..vouched("1", "bruno@example.com")
    };
    assert_ne!(world.comes(elsewhere).await.unwrap().user, here.user);
}

async fn a_token_without_an_address_makes_no_account(world: World) {
    let silent = Verified {
        email: None,
        ..vouched("a1", "ana@example.com")
    };
    assert_eq!(code(world.comes(silent.clone()).await), "INVALID_INPUT");
    let ana = world.comes(vouched("a1", "ana@example.com")).await.unwrap();
    assert_eq!(
        world.comes(silent).await.unwrap().user,
        ana.user,
        "who is known needs none"
    );
}

async fn a_reset_that_first_proves_the_address_forgets_older_identities(world: World) {
    let squatter = Verified {
        is_email_verified: false,
        ..vouched("z9", "ana@example.com")
    };
    let first = world.comes(squatter.clone()).await.unwrap();
    let email = "ana@example.com".parse().unwrap();
    let reset = async |password: &str| {
        let nobody = Asker::anonymous();
        let asked = world.act(Account, &nobody, async |work| {
            tenancy::request_password_reset(work, &email).await
        });
        let id = asked.await.unwrap().code.unwrap();
        let letter = tenancy::code_letter(&world.account(&nobody).await, id)
            .await
            .unwrap()
            .unwrap();
        let Matter::PasswordReset { digits } = letter.matter else {
            panic!("another letter")
        };
        let password = Password::new(password, &email).unwrap();
        let hash = Hasher::new(1).hash(&password, world.store.ids()).await.unwrap();
        let verb = async |work: &_| tenancy::reset_password(work, &email, digits.expose_secret(), hash).await;
        world.act(Account, &nobody, verb).await.unwrap();
    };
    reset("a quiet harbour").await;
    assert!(!world.is_recognised(&first).await);
    assert_eq!(
        code(world.comes(squatter).await),
        "TAKEN",
        "the squatter has no way back in"
    );
    let owner = world.comes(vouched("a1", "ana@example.com")).await.unwrap();
    assert_eq!(owner.user, first.user);
    reset("another harbour").await;
    assert_eq!(
        world.comes(vouched("a1", "ana@example.com")).await.unwrap().user,
        owner.user,
        "proved, it stays"
    );
}
