//! API keys: made within one's rights, in force until they are not.

use chrono::TimeDelta;
use db::paging::Asked;
use db::{Asker, Tenant, Token};
use kernel::id::{ApiKeyId, OrganizationId};
use kernel::{Actor, Right, Rights};
use tenancy::api_key::{EXPIRY_MAX, LIVING_MAX};
use tenancy::{ApiKeys, InForce, KeyEdit, KeyWanted, Refusal, Role};

use crate::tenancy_cast::{acting, code};
use crate::world::{World, stories};

stories! {
    both: [
        a_key_does_what_its_scopes_say_until_it_is_revoked,
        a_key_ends_when_it_says,
        a_key_is_changed_within_the_changers_rights,
        a_key_makes_no_mightier_key,
        an_organization_has_fifty_keys_in_force_and_no_more,
        keys_are_shown_without_their_secrets,
        the_use_of_a_key_is_noted_once_a_minute,
    ],
}

const READS: Rights = Rights::of(&[Right::OrganizationRead, Right::MembersRead]);

fn wanted(scopes: Rights) -> KeyWanted {
    KeyWanted {
        name: "Website".parse().unwrap(),
        scopes,
        rate_per_minute: None,
        expires_at: None,
    }
}

impl World {
    async fn makes_key(
        &self,
        organization: OrganizationId,
        asker: &Asker,
        wanted: KeyWanted,
    ) -> Result<ApiKeyId, Refusal> {
        let made = self.act(Tenant(organization), asker, async |work| {
            tenancy::create_api_key(work, wanted).await
        });
        Ok(made.await?.api_key)
    }

    fn secret(&self, id: ApiKeyId) -> Token {
        tenancy::api_key_secret(self.store.key(), id)
    }

    /// What a secret opens, by the way the gateway goes.
    async fn opens(&self, secret: &Token) -> Option<InForce> {
        let reading = self.account(&Asker::anonymous()).await;
        let (organization, id) = tenancy::recognise_key(&reading, secret).await.unwrap()?;
        let reading = self.tenant(organization, &Asker::anonymous()).await;
        tenancy::key_in_force(&reading, id).await.unwrap()
    }
}

async fn a_key_does_what_its_scopes_say_until_it_is_revoked(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let owner = acting(ana, Role::Owner);
    let id = world
        .makes_key(
            aurora,
            &owner,
            KeyWanted {
                rate_per_minute: Some(0),
                ..wanted(READS)
            },
        )
        .await
        .unwrap();
    let secret = world.secret(id);
    assert!(secret.reveal().starts_with("hor_live_"));
    assert_eq!(
        world.opens(&secret).await,
        Some(InForce {
            rights: READS,
            rate_per_minute: Some(0)
        })
    );
    assert_eq!(
        world
            .opens(&world.secret(world.store.ids().mint(world.store.now())))
            .await,
        None
    );
    let revokes = async || {
        world
            .act(Tenant(aurora), acting(ana, Role::Admin), async |work| {
                tenancy::revoke_api_key(work, id).await
            })
            .await
    };
    revokes().await.unwrap();
    assert_eq!(world.opens(&secret).await, None);
    revokes().await.unwrap();
    let edits = world.act(Tenant(aurora), &owner, async |work| {
        tenancy::update_api_key(work, id, KeyEdit::default(), None).await
    });
    assert_eq!(code(edits.await), "NOT_FOUND");
    assert_eq!(
        world.deeds(aurora).await[1..],
        ["api_key.created", "api_key.revoked"],
        "revoked once"
    );
}

async fn a_key_ends_when_it_says(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let owner = acting(ana, Role::Owner);
    let until = |length: TimeDelta| KeyWanted {
        expires_at: Some(world.store.now() + length),
        ..wanted(READS)
    };
    assert_eq!(
        code(world.makes_key(aurora, &owner, until(TimeDelta::zero())).await),
        "INVALID_INPUT"
    );
    let beyond = until(EXPIRY_MAX + TimeDelta::microseconds(1));
    assert_eq!(
        code(world.makes_key(aurora, &owner, beyond).await),
        "INVALID_INPUT"
    );
    let id = world.makes_key(aurora, &owner, until(EXPIRY_MAX)).await.unwrap();
    world.clock.advance(EXPIRY_MAX - TimeDelta::microseconds(1));
    assert!(world.opens(&world.secret(id)).await.is_some());
    world.clock.advance(TimeDelta::microseconds(1));
    assert_eq!(world.opens(&world.secret(id)).await, None);
}

async fn a_key_makes_no_mightier_key(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let scopes = Rights::of(&[Right::ApiKeysWrite, Right::MembersRead]);
    let first = world
        .makes_key(aurora, &acting(ana, Role::Owner), wanted(scopes))
        .await
        .unwrap();
    let asker = Asker {
        actor: Actor::ApiKey(first),
        rights: scopes,
        ..Asker::anonymous()
    };
    assert_eq!(
        code(world.makes_key(aurora, &asker, wanted(READS)).await),
        "FORBIDDEN"
    );
    world.makes_key(aurora, &asker, wanted(scopes)).await.unwrap();
    world
        .makes_key(aurora, &asker, wanted(Rights::NONE))
        .await
        .unwrap();
    for role in [Role::Staff, Role::Provider] {
        assert_eq!(
            code(
                world
                    .makes_key(aurora, &acting(ana, role), wanted(Rights::NONE))
                    .await
            ),
            "FORBIDDEN"
        );
    }
    let everything = wanted(tenancy::role_rights(Role::Owner));
    assert_eq!(
        code(
            world
                .makes_key(aurora, &acting(ana, Role::Admin), everything)
                .await
        ),
        "FORBIDDEN"
    );
}

async fn a_key_is_changed_within_the_changers_rights(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let [owner, admin] = [acting(ana, Role::Owner), acting(ana, Role::Admin)];
    let edits = async |asker: &Asker, id: ApiKeyId, edit: KeyEdit, version: Option<i64>| {
        let verb = async |work: &_| tenancy::update_api_key(work, id, edit, version).await;
        world.act(Tenant(aurora), asker, verb).await
    };
    let id = world.makes_key(aurora, &owner, wanted(READS)).await.unwrap();
    let more = |scopes: Rights| KeyEdit {
        scopes: Some(scopes),
        ..KeyEdit::default()
    };
    let rate = |rate: Option<u32>| KeyEdit {
        rate_per_minute: Some(rate),
        ..KeyEdit::default()
    };
    edits(&admin, id, rate(Some(30)), Some(1)).await.unwrap();
    assert_eq!(
        world.opens(&world.secret(id)).await.unwrap().rate_per_minute,
        Some(30)
    );
    assert_eq!(
        code(edits(&admin, id, rate(None), Some(1)).await),
        "VERSION_CONFLICT"
    );
    edits(&admin, id, rate(None), Some(2)).await.unwrap();
    let everything = tenancy::role_rights(Role::Owner);
    assert_eq!(code(edits(&admin, id, more(everything), None).await), "FORBIDDEN");
    edits(&owner, id, more(everything), None).await.unwrap();
    assert_eq!(
        world.opens(&world.secret(id)).await.unwrap(),
        InForce {
            rights: everything,
            rate_per_minute: None
        }
    );
    assert_eq!(
        code(edits(&admin, id, more(READS), None).await),
        "FORBIDDEN",
        "it is mightier than they are"
    );
    assert_eq!(
        code(edits(&owner, id, rate(Some(100_001)), None).await),
        "INVALID_INPUT"
    );
    let boreal = world.founds(ana, "boreal").await.unwrap();
    let elsewhere = world.act(Tenant(boreal), &owner, async |work| {
        tenancy::revoke_api_key(work, id).await
    });
    assert_eq!(code(elsewhere.await), "NOT_FOUND", "a neighbour's");
}

async fn an_organization_has_fifty_keys_in_force_and_no_more(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let owner = acting(ana, Role::Owner);
    let hour = Some(world.store.now() + TimeDelta::hours(1));
    let first = world
        .makes_key(
            aurora,
            &owner,
            KeyWanted {
                expires_at: hour,
                ..wanted(READS)
            },
        )
        .await
        .unwrap();
    for _ in 1..LIVING_MAX {
        world.makes_key(aurora, &owner, wanted(READS)).await.unwrap();
    }
    assert_eq!(
        code(world.makes_key(aurora, &owner, wanted(READS)).await),
        "LIMIT_REACHED"
    );
    world.clock.advance(TimeDelta::hours(1));
    world.makes_key(aurora, &owner, wanted(READS)).await.unwrap();
    let lasting = KeyEdit {
        expires_at: Some(None),
        ..KeyEdit::default()
    };
    let revives = world.act(Tenant(aurora), &owner, async |work| {
        tenancy::update_api_key(work, first, lasting, None).await
    });
    assert_eq!(code(revives.await), "LIMIT_REACHED", "nor by reviving one");
}

async fn the_use_of_a_key_is_noted_once_a_minute(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let owner = acting(ana, Role::Owner);
    let id = world.makes_key(aurora, &owner, wanted(READS)).await.unwrap();
    let used_at = async || {
        tenancy::note_key_used(&world.store, aurora, id).await.unwrap();
        let reading = world.tenant(aurora, &owner).await;
        tenancy::find_api_keys(&reading, &[id])
            .await
            .unwrap()
            .pop()
            .unwrap()
            .last_used_at
            .unwrap()
    };
    let first = used_at().await;
    assert_eq!(first, world.store.now());
    world.clock.advance(TimeDelta::seconds(59));
    assert_eq!(used_at().await, first);
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(used_at().await, world.store.now());
    assert_eq!(world.deeds(aurora).await.len(), 2, "it is no deed");
}

async fn keys_are_shown_without_their_secrets(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let owner = acting(ana, Role::Owner);
    let id = world.makes_key(aurora, &owner, wanted(READS)).await.unwrap();
    let reading = world.tenant(aurora, &owner).await;
    let page = Asked::default().page::<ApiKeys>().unwrap();
    let (_, key) = tenancy::api_keys(&reading, &page)
        .await
        .unwrap()
        .rows
        .pop()
        .unwrap();
    assert_eq!(
        (
            key.id,
            key.created_by,
            tenancy::count_api_keys(&reading).await.unwrap()
        ),
        (id, Some(ana), 1)
    );
    let secret = world.secret(id);
    assert_eq!(key.prefix, secret.reveal()[.."hor_live_".len() + 4]);
    assert!(!format!("{key:?}").contains(&secret.reveal()["hor_live_".len() + 4..]));
    let reading = world.tenant(aurora, &acting(ana, Role::Staff)).await;
    assert_eq!(code(tenancy::api_keys(&reading, &page).await), "FORBIDDEN");
    assert_eq!(code(tenancy::find_api_keys(&reading, &[id]).await), "FORBIDDEN");
}
