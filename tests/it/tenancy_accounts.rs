//! Registering, proving a password, and changing what is one's own.

use chrono::TimeDelta;
use db::{Account, Asker};
use kernel::{Refuse as _, Right, Rights};
use tenancy::{Hasher, Password, Role, UserEdit};

use crate::tenancy_cast::{PASSWORD, acting, code, member, person};
use crate::world::{World, number, run, stories};

stories! {
    both: [
        a_disabled_account_opens_nothing,
        a_new_password_ends_every_other_session_and_every_older_proof,
        a_person_registers_and_is_signed_in,
        a_taken_address_is_said_to_be_taken,
        an_edit_that_changes_nothing_counts_as_none,
        fellow_members_are_seen_and_strangers_are_not,
        somebody_edits_what_is_said_about_them,
        whoever_cannot_prove_a_password_hears_the_same_words,
    ],
}

async fn a_person_registers_and_is_signed_in(world: World) {
    let ana = world.registers("Ana@Example.com").await;
    assert!(world.is_recognised(&ana).await);
    let issued = world.issued(&ana).await;
    assert_eq!(issued.user.email.as_str(), "ana@example.com");
    assert_eq!((issued.user.version, issued.user.verified_at), (1, None));
    assert_eq!(
        issued.tokens.access_expires_at,
        world.store.now() + TimeDelta::minutes(15)
    );
    let reading = world.account(&person(ana.user)).await;
    let viewer = tenancy::viewer(&reading).await.unwrap().unwrap();
    assert_eq!(viewer, issued.user);
    let events = number(
        &reading,
        "SELECT count(*) FROM account_events WHERE action IN ($1, $2)",
        ["user.registered".into(), "session.created".into()],
    );
    assert_eq!(events.await.unwrap(), 2);
    let shown = format!("{:?}", issued);
    assert!(!shown.contains("argon2") && !shown.contains("hor_"), "{shown}");
}

async fn a_taken_address_is_said_to_be_taken(world: World) {
    world.registers("ana@example.com").await;
    let again = world.registration("ANA@example.com").await;
    let refused = world
        .act(Account, Asker::anonymous(), async |work| {
            tenancy::register(work, again).await
        })
        .await;
    let refused = refused.unwrap_err();
    assert_eq!((refused.code().word(), refused.field()), ("TAKEN", Some("email")));
}

async fn whoever_cannot_prove_a_password_hears_the_same_words(world: World) {
    let ana = world.registers("ana@example.com").await;
    world.person("rui@example.com").await;
    world.registers("eva@example.com").await;
    disable(&world, "eva@example.com").await;
    let mut heard = Vec::new();
    for (email, password) in [
        ("ana@example.com", "a quiet harbor"),
        ("nobody@example.com", PASSWORD),
        ("rui@example.com", PASSWORD),
        ("eva@example.com", PASSWORD),
        ("no address", PASSWORD),
    ] {
        let refused = world.proves(email, password).await.unwrap_err();
        heard.push((
            refused.code(),
            refused.to_string(),
            refused.field().map(ToOwned::to_owned),
        ));
    }
    assert_eq!(heard.len(), 5);
    assert!(heard.iter().all(|it| it == &heard[0]), "{heard:?}");
    assert_eq!(
        world.proves(" ANA@example.com", PASSWORD).await.unwrap().user(),
        ana.user
    );
}

/// No verb disables an account yet.
async fn disable(world: &World, email: &str) {
    let work = world.store.write(Account, &Asker::anonymous()).await.unwrap();
    let now = work.now();
    let disabled = run(
        &work,
        "UPDATE users SET disabled_at = $1 WHERE email = $2",
        [now.into(), email.into()],
    );
    assert_eq!(disabled.await.unwrap(), 1);
    work.commit().await.unwrap();
}

async fn a_disabled_account_opens_nothing(world: World) {
    let ana = world.registers("ana@example.com").await;
    let proof = world.proves("ana@example.com", PASSWORD).await.unwrap();
    let refresh = world.issued(&ana).await.tokens.refresh;
    disable(&world, "ana@example.com").await;
    assert!(!world.is_recognised(&ana).await);
    let nobody = Asker::anonymous();
    let signs_in = world
        .act(Account, &nobody, async |work| tenancy::sign_in(work, proof).await)
        .await;
    assert_eq!(code(signs_in), "INVALID_CREDENTIALS");
    let refreshes = world
        .act(Account, &nobody, async |work| {
            tenancy::refresh(work, refresh.reveal()).await
        })
        .await;
    assert_eq!(code(refreshes), "TOKEN_INVALID");
    let edits = world.act(Account, person(ana.user), async |work| {
        tenancy::update_user(work, UserEdit::default(), None).await
    });
    assert_eq!(code(edits.await), "UNAUTHENTICATED");
    let founds = world.founds(ana.user, "aurora").await;
    assert_eq!(code(founds), "UNAUTHENTICATED");
}

async fn somebody_edits_what_is_said_about_them(world: World) {
    let ana = world.registers("ana@example.com").await;
    let edit = |phone: Option<Option<&str>>, name: Option<&str>| UserEdit {
        name: name.map(|it| it.parse().unwrap()),
        phone: phone.map(|it| it.map(|it| it.parse().unwrap())),
        ..UserEdit::default()
    };
    let asker = person(ana.user);
    let update = async |edit: UserEdit, version: Option<i64>| {
        world
            .act(Account, &asker, async |work| {
                tenancy::update_user(work, edit, version).await
            })
            .await
    };
    update(edit(Some(Some("+55 11 98765-4321")), None), Some(1))
        .await
        .unwrap();
    let user = world.issued(&ana).await.user;
    assert_eq!(
        (user.version, user.phone.unwrap().as_str()),
        (2, "+5511987654321")
    );
    assert_eq!(user.name.as_str(), "Ana Monteiro", "what is left out stays");
    assert_eq!(
        code(update(edit(None, Some("Ana M.")), Some(1)).await),
        "VERSION_CONFLICT"
    );
    update(edit(Some(None), Some("Ana M.")), None).await.unwrap();
    let user = world.issued(&ana).await.user;
    assert_eq!(
        (user.version, user.phone, user.name.as_str()),
        (3, None, "Ana M.")
    );
    let nobody = world.act(Account, Asker::anonymous(), async |work| {
        tenancy::update_user(work, UserEdit::default(), None).await
    });
    assert_eq!(code(nobody.await), "UNAUTHENTICATED");
}

async fn an_edit_that_changes_nothing_counts_as_none(world: World) {
    let ana = world.registers("ana@example.com").await;
    let same = UserEdit {
        name: Some("Ana Monteiro".parse().unwrap()),
        ..UserEdit::default()
    };
    let done = world.act(Account, person(ana.user), async |work| {
        tenancy::update_user(work, same, Some(1)).await
    });
    assert_eq!(done.await.unwrap().user, ana.user);
    assert_eq!(world.issued(&ana).await.user.version, 1);
    let reading = world.account(&person(ana.user)).await;
    let events = number(
        &reading,
        "SELECT count(*) FROM account_events WHERE action = $1",
        ["user.updated".into()],
    );
    assert_eq!(events.await.unwrap(), 0);
}

async fn a_new_password_ends_every_other_session_and_every_older_proof(world: World) {
    let here = world.registers("ana@example.com").await;
    let there = world.signs_in("ana@example.com").await;
    let proof = world.proves("ana@example.com", PASSWORD).await.unwrap();
    let stolen = proof.clone();
    let password = Password::new("another harbour", &"ana@example.com".parse().unwrap()).unwrap();
    let hash = Hasher::new(1).hash(&password, world.store.ids()).await.unwrap();
    let again = hash.clone();
    let change = world.act(Account, person(here.user), async |work| {
        tenancy::change_password(work, proof, hash, here.session).await
    });
    change.await.unwrap();
    assert!(world.is_recognised(&here).await && !world.is_recognised(&there).await);
    let late = stolen.clone();
    let signs_in = world.act(Account, Asker::anonymous(), async |work| {
        tenancy::sign_in(work, late).await
    });
    assert_eq!(code(signs_in.await), "INVALID_CREDENTIALS");
    let change = world.act(Account, person(here.user), async |work| {
        tenancy::change_password(work, stolen, again, here.session).await
    });
    assert_eq!(code(change.await), "INVALID_CREDENTIALS");
    assert!(world.proves("ana@example.com", PASSWORD).await.is_err());
    world.proves("ana@example.com", "another harbour").await.unwrap();
}

async fn fellow_members_are_seen_and_strangers_are_not(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let bruno = world.joins(aurora, ana, ("bruno@example.com", Role::Staff)).await;
    let eva = world.registers("eva@example.com").await.user;
    let reading = world.tenant(aurora, &acting(bruno, Role::Staff)).await;
    let mut seen = tenancy::find_users(&reading, &[ana, bruno, eva]).await.unwrap();
    seen.sort_by_key(|it| it.id);
    assert_eq!(seen.iter().map(|it| it.id).collect::<Vec<_>>(), [ana, bruno]);
    let reading = world
        .tenant(aurora, &member(bruno, Rights::of(&[Right::OrganizationRead])))
        .await;
    assert_eq!(code(tenancy::find_users(&reading, &[ana]).await), "FORBIDDEN");
    let reading = world.tenant(aurora, &Asker::anonymous()).await;
    assert_eq!(
        code(tenancy::find_users(&reading, &[ana]).await),
        "UNAUTHENTICATED"
    );
}
