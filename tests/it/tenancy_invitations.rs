//! Inviting and joining.

use chrono::TimeDelta;
use db::paging::Asked;
use db::{Asker, Tenant, Token};
use futures::future::join_all;
use kernel::id::{InvitationId, OrganizationId, UserId};
use tenancy::invitation::{OPEN_FOR, OPEN_MAX, Status};
use tenancy::{Invitations, Joined, Matter, Refusal, Role};

use crate::tenancy_cast::{acting, code, person};
use crate::world::{World, stories};

stories! {
    both: [
        a_hundred_invitations_are_open_and_no_more,
        an_expired_invitation_gives_way_to_a_new_one,
        an_invitation_is_for_one_address_and_once,
        an_invitation_tells_a_stranger_no_more_than_they_need,
        an_invitation_that_was_taken_back_opens_nothing,
        an_invitation_is_accepted_or_taken_back_and_never_both,
        nobody_invites_beyond_their_own_rights,
        one_address_has_one_open_invitation,
        ten_who_accept_at_once_join_once,
    ],
}

impl World {
    pub(crate) async fn invites(
        &self,
        organization: OrganizationId,
        asker: &Asker,
        (email, role): (&str, Role),
    ) -> Result<InvitationId, Refusal> {
        let email = email.parse().unwrap();
        let invited = self.act(Tenant(organization), asker, async |work| {
            tenancy::invite(work, email, role).await
        });
        Ok(invited.await?.invitation)
    }

    pub(crate) fn invitation(&self, id: InvitationId) -> Token {
        tenancy::invitation_token(self.store.key(), id)
    }

    pub(crate) async fn takes_up(
        &self,
        organization: OrganizationId,
        user: UserId,
        token: &Token,
    ) -> Result<Joined, Refusal> {
        let token = token.reveal();
        let verb = async |work: &_| tenancy::accept_invitation(work, token).await;
        self.act(Tenant(organization), person(user), verb).await
    }
}

async fn an_invitation_is_for_one_address_and_once(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let id = world
        .invites(
            aurora,
            &acting(ana, Role::Owner),
            ("Bruno@example.com", Role::Provider),
        )
        .await
        .unwrap();
    let token = world.invitation(id);
    let [eva, bruno] = [
        world.registers("eva@example.com").await.user,
        world.registers("bruno@example.com").await.user,
    ];
    let mistaken = world.takes_up(aurora, eva, &token).await.unwrap_err();
    assert!(mistaken.to_string().contains("b…@example.com"), "{mistaken}");
    assert_eq!(code::<Joined>(Err(mistaken)), "EMAIL_MISMATCH");
    let joined = world.takes_up(aurora, bruno, &token).await.unwrap();
    let place = world.place(aurora, bruno).await.unwrap();
    assert_eq!(
        (joined.organization, joined.membership, place.role),
        (aurora, place.id, Role::Provider)
    );
    assert_eq!(code(world.takes_up(aurora, bruno, &token).await), "TOKEN_INVALID");
    let reading = world.tenant(aurora, &acting(ana, Role::Owner)).await;
    let invitation = tenancy::find_invitations(&reading, &[id])
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!(
        (invitation.status(world.store.now()), invitation.accepted_by),
        (Status::Accepted, Some(bruno))
    );
    let reading = world.account(&Asker::anonymous()).await;
    assert_eq!(
        tenancy::locate_invitation(&reading, token.reveal())
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        code(
            world
                .invites(
                    aurora,
                    &acting(ana, Role::Owner),
                    ("bruno@example.com", Role::Staff)
                )
                .await
        ),
        "ALREADY_MEMBER"
    );
    let deeds = world.deeds(aurora).await;
    assert_eq!(
        deeds,
        [
            "organization.created",
            "invitation.created",
            "invitation.accepted"
        ]
    );
}

async fn ten_who_accept_at_once_join_once(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let id = world
        .invites(
            aurora,
            &acting(ana, Role::Owner),
            ("bruno@example.com", Role::Staff),
        )
        .await
        .unwrap();
    let token = world.invitation(id);
    let bruno = world.registers("bruno@example.com").await.user;
    let all = join_all((0..10).map(|_| world.takes_up(aurora, bruno, &token))).await;
    let (joined, refused): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
    assert_eq!((joined.len(), refused.len()), (1, 9));
    assert!(refused.into_iter().all(|it| code(it) == "TOKEN_INVALID"));
}

async fn one_address_has_one_open_invitation(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let owner = acting(ana, Role::Owner);
    let asked = ("bruno@example.com", Role::Staff);
    let all = join_all((0..5).map(|_| world.invites(aurora, &owner, asked))).await;
    let (made, refused): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    assert!(refused.into_iter().all(|it| code(it) == "TAKEN"));
    let boreal = world.founds(ana, "boreal").await.unwrap();
    world.invites(boreal, &owner, asked).await.unwrap();
}

async fn an_expired_invitation_gives_way_to_a_new_one(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let bruno = world.registers("bruno@example.com").await.user;
    let owner = acting(ana, Role::Owner);
    let asked = ("bruno@example.com", Role::Staff);
    let old = world.invites(aurora, &owner, asked).await.unwrap();
    world.clock.advance(OPEN_FOR - TimeDelta::microseconds(1));
    assert_eq!(code(world.invites(aurora, &owner, asked).await), "TAKEN");
    world.clock.advance(TimeDelta::microseconds(1));
    assert_eq!(
        code(world.takes_up(aurora, bruno, &world.invitation(old)).await),
        "TOKEN_INVALID"
    );
    let new = world.invites(aurora, &owner, asked).await.unwrap();
    assert_eq!(
        code(world.takes_up(aurora, bruno, &world.invitation(old)).await),
        "TOKEN_INVALID"
    );
    world
        .takes_up(aurora, bruno, &world.invitation(new))
        .await
        .unwrap();
}

async fn an_invitation_that_was_taken_back_opens_nothing(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let bruno = world.joins(aurora, ana, ("bruno@example.com", Role::Admin)).await;
    let eva = world.registers("eva@example.com").await.user;
    let owner = acting(ana, Role::Owner);
    let revokes = async |asker: &Asker, id| {
        world
            .act(Tenant(aurora), asker, async |work| {
                tenancy::revoke_invitation(work, id).await
            })
            .await
    };
    let id = world
        .invites(aurora, &owner, ("eva@example.com", Role::Owner))
        .await
        .unwrap();
    assert_eq!(
        code(revokes(&acting(bruno, Role::Admin), id).await),
        "FORBIDDEN",
        "an owner's place"
    );
    revokes(&owner, id).await.unwrap();
    assert_eq!(code(revokes(&owner, id).await), "NOT_FOUND");
    assert_eq!(
        code(world.takes_up(aurora, eva, &world.invitation(id)).await),
        "TOKEN_INVALID"
    );
    let again = world
        .invites(aurora, &owner, ("eva@example.com", Role::Staff))
        .await
        .unwrap();
    let boreal = world.founds(eva, "boreal").await.unwrap();
    let elsewhere = world.act(Tenant(boreal), acting(eva, Role::Owner), async |work| {
        tenancy::revoke_invitation(work, again).await
    });
    assert_eq!(code(elsewhere.await), "NOT_FOUND", "a neighbour's");
    assert_eq!(
        code(world.takes_up(boreal, eva, &world.invitation(again)).await),
        "TOKEN_INVALID"
    );
}

async fn nobody_invites_beyond_their_own_rights(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    for (role, invited, heard) in [
        (Role::Admin, Role::Owner, "FORBIDDEN"),
        (Role::Staff, Role::Staff, "FORBIDDEN"),
        (Role::Provider, Role::Provider, "FORBIDDEN"),
    ] {
        let refused = world
            .invites(aurora, &acting(ana, role), ("bruno@example.com", invited))
            .await;
        assert_eq!(code(refused), heard, "{role:?} {invited:?}");
    }
    let nobody = world
        .invites(aurora, &Asker::anonymous(), ("bruno@example.com", Role::Staff))
        .await;
    assert_eq!(code(nobody), "UNAUTHENTICATED");
    world
        .invites(
            aurora,
            &acting(ana, Role::Admin),
            ("bruno@example.com", Role::Admin),
        )
        .await
        .unwrap();
}

async fn an_invitation_tells_a_stranger_no_more_than_they_need(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let owner = acting(ana, Role::Owner);
    let id = world
        .invites(aurora, &owner, ("bruno@example.com", Role::Staff))
        .await
        .unwrap();
    let token = world.invitation(id);
    let reading = world.account(&Asker::anonymous()).await;
    assert_eq!(
        tenancy::locate_invitation(&reading, token.reveal())
            .await
            .unwrap(),
        Some(aurora)
    );
    assert_eq!(
        tenancy::locate_invitation(&reading, "hor_invite_1")
            .await
            .unwrap(),
        None
    );
    let reading = world.tenant(aurora, &Asker::anonymous()).await;
    let seen = tenancy::invitation_by_token(&reading, token.reveal())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (seen.email.as_str(), seen.slug.as_str(), seen.role),
        ("b…@example.com", "aurora", Role::Staff)
    );
    assert_eq!(
        code(tenancy::invitation_letter(&reading, id).await),
        "UNAUTHENTICATED"
    );
    let reading = world.tenant(aurora, &owner).await;
    let letter = tenancy::invitation_letter(&reading, id).await.unwrap().unwrap();
    assert_eq!(letter.to.as_str(), "bruno@example.com");
    assert!(matches!(letter.matter, Matter::Invitation { token: told, .. } if told == token));
}

async fn a_hundred_invitations_are_open_and_no_more(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let aurora = world.founds(ana, "aurora").await.unwrap();
    let owner = acting(ana, Role::Owner);
    for count in 0..OPEN_MAX {
        world
            .invites(aurora, &owner, (&format!("p{count}@example.com"), Role::Staff))
            .await
            .unwrap();
    }
    let asked = ("bruno@example.com", Role::Staff);
    assert_eq!(code(world.invites(aurora, &owner, asked).await), "LIMIT_REACHED");
    let reading = world.tenant(aurora, &owner).await;
    assert_eq!(tenancy::count_invitations(&reading).await.unwrap(), OPEN_MAX);
    let page = Asked {
        last: Some(1),
        ..Asked::default()
    }
    .page::<Invitations>()
    .unwrap();
    let last = tenancy::invitations(&reading, &page).await.unwrap();
    assert_eq!(
        (last.rows[0].1.email.as_str(), last.has_previous),
        ("p99@example.com", true)
    );
    drop(reading);
    world.clock.advance(OPEN_FOR);
    world.invites(aurora, &owner, asked).await.unwrap();
}

async fn an_invitation_is_accepted_or_taken_back_and_never_both(world: World) {
    let ana = world.registers("ana@example.com").await.user;
    let bruno = world.registers("bruno@example.com").await.user;
    let owner = acting(ana, Role::Owner);
    for round in 0..8 {
        let aurora = world.founds(ana, &format!("aurora-{round}")).await.unwrap();
        let id = world
            .invites(aurora, &owner, ("bruno@example.com", Role::Staff))
            .await
            .unwrap();
        let token = world.invitation(id);
        let verb = async |work: &_| tenancy::revoke_invitation(work, id).await;
        let (joined, revoked) = tokio::join!(
            world.takes_up(aurora, bruno, &token),
            world.act(Tenant(aurora), &owner, verb)
        );
        assert_ne!(joined.is_ok(), revoked.is_ok(), "{joined:?} {revoked:?}");
        let reading = world.tenant(aurora, &owner).await;
        let invitation = tenancy::find_invitations(&reading, &[id])
            .await
            .unwrap()
            .pop()
            .unwrap();
        let came_to = if joined.is_ok() {
            Status::Accepted
        } else {
            Status::Revoked
        };
        assert_eq!(invitation.status(world.store.now()), came_to);
        assert_eq!(world.place(aurora, bruno).await.is_some(), joined.is_ok());
    }
}
