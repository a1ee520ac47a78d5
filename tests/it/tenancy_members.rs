//! Roles, and who may change whose.

use db::paging::Asked;
use db::{Asker, Tenant};
use futures::future::join_all;
use kernel::id::{MembershipId, OrganizationId, UserId};
use tenancy::membership::PLACES_MAX;
use tenancy::{MembershipChanged, Memberships, Refusal, Role};

use crate::tenancy_cast::{acting, code, person};
use crate::world::{World, run, stories};

stories! {
    both: [
        a_person_belongs_to_a_hundred_organizations_and_no_more,
        an_admin_touches_everybody_but_owners,
        an_owner_leaves_once_another_is_there,
        members_are_listed_in_pages_for_whoever_may_see_them,
        nobody_reaches_into_a_neighbouring_organization,
        the_last_owner_stays_an_owner,
        two_owners_who_leave_at_once_leave_one_behind,
        whoever_goes_takes_their_invitations_along,
    ],
}

impl World {
    async fn gives_role(
        &self,
        organization: OrganizationId,
        asker: &Asker,
        (id, role): (MembershipId, Role),
    ) -> Result<MembershipChanged, Refusal> {
        self.act(Tenant(organization), asker, async |work| {
            tenancy::change_role(work, id, role, None).await
        })
        .await
    }

    async fn removes(
        &self,
        organization: OrganizationId,
        asker: &Asker,
        id: MembershipId,
    ) -> Result<MembershipChanged, Refusal> {
        self.act(Tenant(organization), asker, async |work| {
            tenancy::remove_member(work, id).await
        })
        .await
    }

    async fn leaves(&self, organization: OrganizationId, user: UserId) -> Result<MembershipChanged, Refusal> {
        self.act(Tenant(organization), person(user), async |work| {
            tenancy::leave(work).await
        })
        .await
    }
}

async fn an_admin_touches_everybody_but_owners(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let bruno = world.joins(aurora, ana, ("bruno@example.com", Role::Admin)).await;
    let eva = world
        .joins(aurora, ana, ("eva@example.com", Role::Provider))
        .await;
    let admin = acting(bruno, Role::Admin);
    let [anas, brunos, evas] = [
        world.place(aurora, ana).await.unwrap().id,
        world.place(aurora, bruno).await.unwrap().id,
        world.place(aurora, eva).await.unwrap().id,
    ];
    assert_eq!(
        code(world.gives_role(aurora, &admin, (anas, Role::Staff)).await),
        "FORBIDDEN"
    );
    assert_eq!(
        code(world.gives_role(aurora, &admin, (evas, Role::Owner)).await),
        "FORBIDDEN"
    );
    assert_eq!(
        code(world.gives_role(aurora, &admin, (brunos, Role::Owner)).await),
        "FORBIDDEN",
        "nor oneself"
    );
    assert_eq!(code(world.removes(aurora, &admin, anas).await), "FORBIDDEN");
    world
        .gives_role(aurora, &admin, (evas, Role::Admin))
        .await
        .unwrap();
    assert_eq!(world.place(aurora, eva).await.unwrap().role, Role::Admin);
    assert_eq!(world.place(aurora, eva).await.unwrap().version, 2);
    let stale = world.act(Tenant(aurora), &admin, async |work| {
        tenancy::change_role(work, evas, Role::Staff, Some(1)).await
    });
    assert_eq!(code(stale.await), "VERSION_CONFLICT");
    for role in [Role::Staff, Role::Provider] {
        assert_eq!(
            code(world.removes(aurora, &acting(eva, role), brunos).await),
            "FORBIDDEN"
        );
    }
    world.removes(aurora, &admin, evas).await.unwrap();
    assert_eq!(world.place(aurora, eva).await, None);
    assert_eq!(code(world.removes(aurora, &admin, evas).await), "NOT_FOUND");
    let deeds = world.deeds(aurora).await;
    assert_eq!(
        deeds[deeds.len() - 2..],
        ["membership.role_changed", "membership.removed"]
    );
}

async fn the_last_owner_stays_an_owner(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    world.joins(aurora, ana, ("bruno@example.com", Role::Admin)).await;
    let owner = acting(ana, Role::Owner);
    let place = world.place(aurora, ana).await.unwrap().id;
    assert_eq!(code(world.leaves(aurora, ana).await), "LAST_OWNER");
    assert_eq!(code(world.removes(aurora, &owner, place).await), "LAST_OWNER");
    assert_eq!(
        code(world.gives_role(aurora, &owner, (place, Role::Admin)).await),
        "LAST_OWNER"
    );
    world
        .gives_role(aurora, &owner, (place, Role::Owner))
        .await
        .unwrap();
    assert_eq!(
        world.place(aurora, ana).await.unwrap().version,
        1,
        "the same role is no change"
    );
}

async fn an_owner_leaves_once_another_is_there(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let bruno = world.joins(aurora, ana, ("bruno@example.com", Role::Owner)).await;
    world.leaves(aurora, ana).await.unwrap();
    assert_eq!(world.place(aurora, ana).await, None);
    assert_eq!(code(world.leaves(aurora, ana).await), "NOT_FOUND");
    assert_eq!(code(world.leaves(aurora, bruno).await), "LAST_OWNER");
}

async fn two_owners_who_leave_at_once_leave_one_behind(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    for round in 0..5 {
        let aurora = world.founds(ana, &format!("aurora-{round}")).await.unwrap();
        let bruno = world
            .joins(aurora, ana, (&format!("bruno-{round}@example.com"), Role::Owner))
            .await;
        let left = join_all([world.leaves(aurora, ana), world.leaves(aurora, bruno)]).await;
        let refused: Vec<_> = left.into_iter().filter_map(Result::err).collect();
        assert!(matches!(refused[..], [Refusal::LastOwner]), "{refused:?}");
    }
}

async fn members_are_listed_in_pages_for_whoever_may_see_them(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let bruno = world.joins(aurora, ana, ("bruno@example.com", Role::Staff)).await;
    let eva = world
        .joins(aurora, ana, ("eva@example.com", Role::Provider))
        .await;
    let reading = world.tenant(aurora, &acting(bruno, Role::Staff)).await;
    let asked = Asked {
        first: Some(2),
        ..Asked::default()
    };
    let first = tenancy::members(&reading, &asked.page::<Memberships>().unwrap())
        .await
        .unwrap();
    assert!(first.has_next);
    let after = first.rows.last().map(|(cursor, _)| cursor.to_string());
    let asked = Asked {
        first: Some(2),
        after,
        ..Asked::default()
    };
    let second = tenancy::members(&reading, &asked.page::<Memberships>().unwrap())
        .await
        .unwrap();
    let seen: Vec<UserId> = first
        .rows
        .iter()
        .chain(&second.rows)
        .map(|(_, it)| it.user_id)
        .collect();
    assert_eq!((seen, second.has_next), (vec![ana, bruno, eva], false));
    assert_eq!(tenancy::count_members(&reading).await.unwrap(), 3);
    let reading = world.tenant(aurora, &acting(eva, Role::Provider)).await;
    let page = Asked::default().page::<Memberships>().unwrap();
    assert_eq!(code(tenancy::members(&reading, &page).await), "FORBIDDEN");
    let own = world.place(aurora, eva).await.unwrap();
    assert_eq!(
        tenancy::find_members(&reading, &[own.id]).await.unwrap(),
        std::slice::from_ref(&own),
        "one's own place"
    );
    let anas = world.place(aurora, ana).await.unwrap();
    let both = tenancy::find_members(&reading, &[anas.id, own.id]).await.unwrap();
    assert_eq!(both, std::slice::from_ref(&own));
    assert_eq!(
        code(tenancy::find_members(&reading, &[anas.id]).await),
        "FORBIDDEN"
    );
}

async fn nobody_reaches_into_a_neighbouring_organization(world: World) {
    let [ana, bruno] = [
        world.registers("ana@example.com").await.user,
        world.registers("bruno@example.com").await.user,
    ];
    let [aurora, boreal] = [
        world.founds(ana, "aurora").await.unwrap(),
        world.founds(bruno, "boreal").await.unwrap(),
    ];
    let anas = world.place(aurora, ana).await.unwrap().id;
    let neighbour = acting(bruno, Role::Owner);
    assert_eq!(code(world.removes(boreal, &neighbour, anas).await), "NOT_FOUND");
    assert_eq!(
        code(world.gives_role(boreal, &neighbour, (anas, Role::Staff)).await),
        "NOT_FOUND"
    );
    let reading = world.tenant(boreal, &neighbour).await;
    assert_eq!(tenancy::find_members(&reading, &[anas]).await.unwrap(), []);
    assert_eq!(tenancy::find_users(&reading, &[ana]).await.unwrap(), []);
    let reading = world.account(&person(bruno)).await;
    assert_eq!(tenancy::role_in(&reading, bruno, aurora).await.unwrap(), None);
}

async fn whoever_goes_takes_their_invitations_along(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let bruno = world.joins(aurora, ana, ("bruno@example.com", Role::Admin)).await;
    let owner = acting(ana, Role::Owner);
    let admin = acting(bruno, Role::Admin);
    let invites = async |asker: &Asker, email: &str| {
        let email = email.parse().unwrap();
        let invited = world.act(Tenant(aurora), asker, async |work| {
            tenancy::invite(work, email, Role::Staff).await
        });
        tenancy::invitation_token(world.store.key(), invited.await.unwrap().invitation)
    };
    let of_bruno = invites(&admin, "eva@example.com").await;
    let of_ana = invites(&owner, "rui@example.com").await;
    let place = world.place(aurora, bruno).await.unwrap().id;
    world
        .gives_role(aurora, &owner, (place, Role::Owner))
        .await
        .unwrap();
    let reading = world.tenant(aurora, &Asker::anonymous()).await;
    assert!(
        tenancy::invitation_by_token(&reading, of_bruno.reveal())
            .await
            .unwrap()
            .is_some(),
        "promoted, it stays"
    );
    drop(reading);
    world
        .gives_role(aurora, &owner, (place, Role::Staff))
        .await
        .unwrap();
    let reading = world.tenant(aurora, &Asker::anonymous()).await;
    assert_eq!(
        tenancy::invitation_by_token(&reading, of_bruno.reveal())
            .await
            .unwrap(),
        None
    );
    assert!(
        tenancy::invitation_by_token(&reading, of_ana.reveal())
            .await
            .unwrap()
            .is_some()
    );
}

async fn a_person_belongs_to_a_hundred_organizations_and_no_more(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let bruno = world.registers("bruno@example.com").await.user;
    for count in 1..PLACES_MAX {
        let organization = world.organization(&format!("other-{count}")).await;
        let work = world
            .store
            .write(Tenant(organization), &person(bruno))
            .await
            .unwrap();
        let id: kernel::id::MembershipId = work.mint();
        let now = work.now();
        let row = "INSERT INTO memberships (organization_id, id, user_id, role, version, created_at, updated_at) \
                   VALUES ($1, $2, $3, 'STAFF', 1, $4, $4)";
        run(
            &work,
            row,
            [organization.into(), id.into(), bruno.into(), now.into()],
        )
        .await
        .unwrap();
        work.commit().await.unwrap();
    }
    world
        .accepts(aurora, ana, (bruno, "bruno@example.com", Role::Staff))
        .await;
    let boreal = world.founds(ana, "boreal").await.unwrap();
    let id = world
        .invites(
            boreal,
            &acting(ana, Role::Owner),
            ("bruno@example.com", Role::Staff),
        )
        .await
        .unwrap();
    assert_eq!(
        code(world.takes_up(boreal, bruno, &world.invitation(id)).await),
        "LIMIT_REACHED"
    );
    assert_eq!(code(world.founds(bruno, "austral").await), "LIMIT_REACHED");
    let reading = world.account(&person(bruno)).await;
    assert_eq!(
        tenancy::my_organizations(&reading).await.unwrap().len() as u64,
        PLACES_MAX
    );
}
