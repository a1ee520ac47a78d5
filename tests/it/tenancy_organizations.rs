//! Founding, changing and closing organizations.

use chrono::TimeDelta;
use db::idempotency::{self, Ask, Claim};
use db::{Account, Asker, Tenant};
use kernel::id::OrganizationId;
use tenancy::organization::{CONFIRM_WITHIN, OWNED_MAX};
use tenancy::{
    BrandingEdit, Deletion, KeyWanted, OrganizationChanged, OrganizationEdit, Refusal, Role, SettingsEdit,
};

use crate::tenancy_cast::{acting, code, person};
use crate::world::{World, number, stories};

stories! {
    both: [
        a_closed_organization_opens_for_nobody_and_frees_its_slug,
        a_founder_owns_what_they_found,
        a_founding_under_one_key_happens_once,
        a_slug_has_one_organization_and_reserved_words_have_none,
        an_edit_keeps_what_it_leaves_out,
        an_organization_closes_in_two_steps,
        one_person_owns_twenty_organizations_and_no_more,
        what_is_not_public_needs_the_right_to_read_it,
    ],
}

async fn a_founder_owns_what_they_found(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let reading = world.account(&person(ana)).await;
    assert_eq!(
        tenancy::role_in(&reading, ana, aurora).await.unwrap(),
        Some(Role::Owner)
    );
    let places = tenancy::my_organizations(&reading).await.unwrap();
    assert_eq!(places.len(), 1);
    assert_eq!(
        (places[0].organization.id, places[0].membership.role),
        (aurora, Role::Owner)
    );
    for named in ["aurora", &aurora.to_string()] {
        let found = tenancy::organization_named(&reading, named)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.id, found.version, found.currency.as_str()),
            (aurora, 1, "BRL")
        );
    }
    for unknown in ["boreal", "Aurora", "", "org_01h455vb4pex5vsknk084sn02q"] {
        assert_eq!(
            tenancy::organization_named(&reading, unknown).await.unwrap(),
            None,
            "{unknown}"
        );
    }
    assert_eq!(world.deeds(aurora).await, ["organization.created"]);
    let id = world.store.ids().mint(world.store.now());
    let nobody = world.act(Tenant(id), Asker::anonymous(), async |work| {
        tenancy::create_organization(work, founding("boreal")).await
    });
    assert_eq!(code(nobody.await), "UNAUTHENTICATED");
}

fn founding(slug: &str) -> tenancy::Founding {
    tenancy::Founding {
        slug: slug.parse().unwrap(),
        name: "Estúdio Boreal".parse().unwrap(),
        timezone: "Europe/Lisbon".parse().unwrap(),
        locale: "pt-PT".parse().unwrap(),
        currency: "EUR".parse().unwrap(),
        country: None,
    }
}

async fn a_slug_has_one_organization_and_reserved_words_have_none(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let bruno = world.registers("bruno@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    assert_eq!(code(world.founds(bruno, "aurora").await), "TAKEN");
    assert_eq!(code(world.founds(bruno, "graphql").await), "INVALID_INPUT");
    world.founds(bruno, "boreal").await.unwrap();
    let slug = |slug: &str| OrganizationEdit {
        slug: slug.parse().ok(),
        ..OrganizationEdit::default()
    };
    for (wanted, heard) in [("boreal", "TAKEN"), ("www", "INVALID_INPUT")] {
        let renames = world.act(Tenant(aurora), acting(ana, Role::Owner), async |work| {
            tenancy::update_organization(work, slug(wanted), None).await
        });
        assert_eq!(code(renames.await), heard, "{wanted}");
    }
    world
        .act(Tenant(aurora), acting(ana, Role::Owner), async |work| {
            tenancy::update_organization(work, slug("aurora-2"), None).await
        })
        .await
        .unwrap();
    world.founds(bruno, "aurora").await.unwrap();
}

async fn one_person_owns_twenty_organizations_and_no_more(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    for count in 1..=OWNED_MAX {
        world.founds(ana, &format!("aurora-{count}")).await.unwrap();
    }
    assert_eq!(code(world.founds(ana, "aurora-0").await), "LIMIT_REACHED");
    let reading = world.account(&person(ana)).await;
    assert_eq!(
        tenancy::my_organizations(&reading).await.unwrap().len() as u64,
        OWNED_MAX
    );
}

/// As the gateway founds one: each try mints an organization, and the key is claimed outside any.
async fn founds_once(
    world: &World,
    ana: kernel::id::UserId,
    slug: &str,
) -> Result<Option<OrganizationId>, Refusal> {
    let id: OrganizationId = world.store.ids().mint(world.store.now());
    world
        .act(Tenant(id), person(ana), async |work| {
            let actor = ana.to_string();
            let ask = Ask {
                actor: &actor,
                mutation: "organizationCreate",
                key: "k",
                request: slug.as_bytes(),
            };
            match idempotency::claim(work, Account, &ask).await? {
                Claim::Fresh(claimed) => {
                    let founded = tenancy::create_organization(work, founding(slug)).await?;
                    let answer = serde_json::to_value(founded).unwrap();
                    idempotency::keep(work, Account, claimed, answer).await?;
                    Ok(Some(founded.organization))
                }
                Claim::Replay(answer) => {
                    let founded: tenancy::Founded = serde_json::from_value(answer).unwrap();
                    Ok(Some(founded.organization))
                }
                Claim::Reused => Ok(None),
            }
        })
        .await
}

async fn a_founding_under_one_key_happens_once(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let tries = futures::future::join_all((0..20).map(|_| founds_once(&world, ana, "aurora"))).await;
    let founded: Vec<OrganizationId> = tries.into_iter().map(|it| it.unwrap().unwrap()).collect();
    assert!(founded.iter().all(|it| it == &founded[0]), "{founded:?}");
    assert_eq!(
        founds_once(&world, ana, "boreal").await.unwrap(),
        None,
        "another request under the same key"
    );
    let reading = world.account(&person(ana)).await;
    assert_eq!(
        number(&reading, "SELECT count(*) FROM organizations", [])
            .await
            .unwrap(),
        1
    );
}

async fn an_edit_keeps_what_it_leaves_out(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let update = async |edit: OrganizationEdit, version: Option<i64>, role: Role| {
        world
            .act(Tenant(aurora), acting(ana, role), async |work| {
                tenancy::update_organization(work, edit, version).await
            })
            .await
    };
    let edit = OrganizationEdit {
        name: "Aurora".parse().ok(),
        country: Some(None),
        branding: BrandingEdit {
            primary_color: Some("#102030".parse().ok()),
            ..BrandingEdit::default()
        },
        settings: SettingsEdit {
            contact_email: Some("front@example.com".parse().ok()),
            ..SettingsEdit::default()
        },
        ..OrganizationEdit::default()
    };
    update(edit.clone(), Some(1), Role::Admin).await.unwrap();
    let reading = world.tenant(aurora, &acting(ana, Role::Owner)).await;
    let found = tenancy::own_organization(&reading).await.unwrap().unwrap();
    assert_eq!(
        (found.version, found.name.as_str(), found.country),
        (2, "Aurora", None)
    );
    assert_eq!(found.timezone.name(), "America/Sao_Paulo");
    assert_eq!(found.branding.primary_color, "#102030".parse().ok());
    assert_eq!(found.settings.contact_email, "front@example.com".parse().ok());
    drop(reading);
    update(edit.clone(), Some(2), Role::Owner).await.unwrap();
    assert_eq!(
        code(update(edit.clone(), Some(1), Role::Owner).await),
        "VERSION_CONFLICT",
        "the second changed nothing"
    );
    assert_eq!(code(update(edit, None, Role::Staff).await), "FORBIDDEN");
    assert_eq!(
        world.deeds(aurora).await,
        ["organization.created", "organization.updated"]
    );
}

async fn what_is_not_public_needs_the_right_to_read_it(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let reading = world.tenant(aurora, &person(ana)).await;
    assert_eq!(code(tenancy::own_organization(&reading).await), "FORBIDDEN");
    let reading = world.tenant(aurora, &Asker::anonymous()).await;
    assert_eq!(code(tenancy::own_organization(&reading).await), "UNAUTHENTICATED");
}

impl World {
    async fn asks_to_delete(
        &self,
        organization: OrganizationId,
        asker: &Asker,
    ) -> Result<Option<String>, Refusal> {
        let verb = async |work: &_| tenancy::request_deletion(work).await;
        self.act(Tenant(organization), asker, verb).await?;
        let reading = self.tenant(organization, asker).await;
        let organization = tenancy::own_organization(&reading).await?.unwrap();
        let token = tenancy::deletion_token(self.store.key(), &organization);
        Ok(token.map(|it| it.reveal().to_owned()))
    }

    async fn deletes(
        &self,
        organization: OrganizationId,
        asker: &Asker,
        (token, slug): (&str, &str),
    ) -> Result<OrganizationChanged, Refusal> {
        let deletion = Deletion {
            token: token.to_owned(),
            slug: slug.to_owned(),
        };
        let verb = async |work: &_| tenancy::delete_organization(work, deletion).await;
        self.act(Tenant(organization), asker, verb).await
    }
}

async fn an_organization_closes_in_two_steps(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let [owner, admin] = [acting(ana, Role::Owner), acting(ana, Role::Admin)];
    assert_eq!(code(world.asks_to_delete(aurora, &admin).await), "FORBIDDEN");
    let early = world.deletes(aurora, &owner, ("hor_delete_", "aurora")).await;
    assert_eq!(code(early), "TOKEN_INVALID", "nobody has asked yet");
    let first = world.asks_to_delete(aurora, &owner).await.unwrap().unwrap();
    world.clock.advance(CONFIRM_WITHIN);
    assert_eq!(
        code(world.deletes(aurora, &owner, (&first, "aurora")).await),
        "TOKEN_INVALID",
        "too late"
    );
    let second = world.asks_to_delete(aurora, &owner).await.unwrap().unwrap();
    assert_eq!(
        code(world.deletes(aurora, &owner, (&first, "aurora")).await),
        "TOKEN_INVALID",
        "not the latest"
    );
    assert_eq!(
        code(world.deletes(aurora, &owner, (&second, "Aurora")).await),
        "CONFIRMATION_MISMATCH"
    );
    assert_eq!(
        code(world.deletes(aurora, &admin, (&second, "aurora")).await),
        "FORBIDDEN"
    );
    world.clock.advance(CONFIRM_WITHIN - TimeDelta::microseconds(1));
    world.deletes(aurora, &owner, (&second, "aurora")).await.unwrap();
    assert_eq!(
        code(world.deletes(aurora, &owner, (&second, "aurora")).await),
        "NOT_FOUND"
    );
    let deeds = world.deeds(aurora).await;
    assert_eq!(
        deeds.last().map(String::as_str),
        Some("organization.deleted"),
        "the log stays"
    );
}

async fn a_closed_organization_opens_for_nobody_and_frees_its_slug(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let bruno = world.joins(aurora, ana, ("bruno@example.com", Role::Admin)).await;
    let owner = acting(ana, Role::Owner);
    let wanted = KeyWanted {
        name: "Website".parse().unwrap(),
        scopes: tenancy::role_rights(Role::Staff),
        rate_per_minute: None,
        expires_at: None,
    };
    let verb = async |work: &_| tenancy::create_api_key(work, wanted).await;
    let key = world.act(Tenant(aurora), &owner, verb).await.unwrap().api_key;
    let eva = "eva@example.com".parse().unwrap();
    let verb = async |work: &_| tenancy::invite(work, eva, Role::Staff).await;
    let invited = world.act(Tenant(aurora), &owner, verb).await.unwrap().invitation;
    let invitation = tenancy::invitation_token(world.store.key(), invited);
    let token = world.asks_to_delete(aurora, &owner).await.unwrap().unwrap();
    world.deletes(aurora, &owner, (&token, "aurora")).await.unwrap();

    for user in [ana, bruno] {
        let reading = world.account(&person(user)).await;
        assert_eq!(tenancy::my_organizations(&reading).await.unwrap(), []);
        assert_eq!(tenancy::role_in(&reading, user, aurora).await.unwrap(), None);
    }
    let reading = world.account(&Asker::anonymous()).await;
    assert_eq!(
        tenancy::organization_named(&reading, "aurora").await.unwrap(),
        None
    );
    assert_eq!(
        tenancy::organization_named(&reading, &aurora.to_string())
            .await
            .unwrap(),
        None
    );
    let secret = tenancy::api_key_secret(world.store.key(), key);
    assert_eq!(tenancy::recognise_key(&reading, &secret).await.unwrap(), None);
    assert_eq!(
        tenancy::locate_invitation(&reading, invitation.reveal())
            .await
            .unwrap(),
        None
    );
    let reading = world.tenant(aurora, &owner).await;
    assert_eq!(tenancy::key_in_force(&reading, key).await.unwrap(), None);
    assert_eq!(
        tenancy::invitation_by_token(&reading, invitation.reveal())
            .await
            .unwrap(),
        None
    );
    drop(reading);
    world.founds(bruno, "aurora").await.unwrap();
}
