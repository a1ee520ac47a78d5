//! Nobody reaches a neighbour's rows: by what the scoped queries say, and, on PostgreSQL, whatever they say.

use db::audit::{self, Deed};
use db::idempotency::{self, Ask, Claim};
use db::paging::Asked;
use db::{Account, Asker, Fault, Tenant};
use kernel::id::{AuditId, MembershipId, OrganizationId, UserId};
use kernel::{Actor, EventType, Id as _, Rights, SystemKind};
use serde_json::json;

use crate::world::{World, number, run, stories};

stories! {
    both: [a_neighbour_finds_nothing_of_ours, one_key_in_two_organizations_is_two_keys],
    postgres: [
        a_person_sees_their_own_memberships_and_changes_none,
        a_query_that_forgets_its_tenant_sees_nothing_of_the_neighbour,
        nobody_writes_in_a_neighbours_name,
        the_application_is_bound_by_every_policy,
        without_an_organization_a_query_errs,
    ],
}

const FOREVER: &str = "SELECT count(*) FROM audit_log";

fn operator() -> Asker {
    Asker::system(SystemKind::Operator)
}

fn person(id: UserId) -> Asker {
    Asker {
        actor: Actor::User(id),
        rights: Rights::NONE,
        ip: None,
        user_agent: None,
    }
}

/// A row in every table that belongs to an organization.
async fn furnish(world: &World, slug: &str) -> OrganizationId {
    let organization = world.organization(slug).await;
    let user = world.person(&format!("owner@{slug}.example.com")).await;
    let work = world
        .store
        .write(Tenant(organization), &operator())
        .await
        .unwrap();
    let deed = Deed {
        what: EventType::OrganizationCreated,
        thing: slug.to_owned(),
        version: 1,
        diff: json!({}),
    };
    work.audit(deed).await.unwrap();
    let ask = Ask {
        actor: "anybody",
        mutation: "anything",
        key: "1",
        request: b"{}",
    };
    let Claim::Fresh(id) = idempotency::claim(&work, Tenant(organization), &ask)
        .await
        .unwrap()
    else {
        panic!("claimed before");
    };
    idempotency::keep(&work, Tenant(organization), id, json!({}))
        .await
        .unwrap();
    let (now, row) = (work.now(), work.mint::<MembershipId>().uuid());
    let scope = [
        organization.uuid().into(),
        row.into(),
        user.uuid().into(),
        now.into(),
    ];
    let rows = [
        "INSERT INTO memberships (organization_id, id, user_id, role, version, created_at, updated_at) \
         VALUES ($1, $2, $3, 'OWNER', 1, $4, $4)",
        "INSERT INTO invitations (organization_id, id, email, role, digest, invited_by, expires_at, created_at) \
         VALUES ($1, $2, 'bia@example.com', 'STAFF', 'digest', $3, $4, $4)",
        "INSERT INTO api_keys (organization_id, id, name, prefix, digest, scopes, created_by, version, created_at, \
         updated_at) VALUES ($1, $2, 'site', 'hor_live_0', 'digest', '[]', $3, 1, $4, $4)",
    ];
    for sql in rows {
        run(&work, sql, scope.clone()).await.unwrap();
    }
    work.commit().await.unwrap();
    organization
}

async fn a_neighbour_finds_nothing_of_ours(world: World) {
    let ours = furnish(&world, "aurora").await;
    let neighbour = world.organization("boreal").await;
    let page = Asked::default().page::<audit::Entity>().unwrap();

    let reading = world.store.read(Tenant(ours), &operator()).await.unwrap();
    let line = audit::page(&reading, &page).await.unwrap().rows.remove(0).1;
    assert!(audit::find(&reading, line.id).await.unwrap().is_some());

    let reading = world.store.read(Tenant(neighbour), &operator()).await.unwrap();
    assert!(audit::page(&reading, &page).await.unwrap().rows.is_empty());
    assert_eq!(audit::count(&reading).await.unwrap(), 0);
    assert_eq!(audit::find(&reading, line.id).await.unwrap(), None);
    assert_eq!(audit::since(&reading, (line.at, None), 10).await.unwrap(), []);
}

async fn one_key_in_two_organizations_is_two_keys(world: World) {
    furnish(&world, "aurora").await;
    furnish(&world, "boreal").await;
}

async fn a_query_that_forgets_its_tenant_sees_nothing_of_the_neighbour(world: World) {
    let ours = furnish(&world, "aurora").await;
    let neighbour = furnish(&world, "boreal").await;
    let mut all = Vec::new();
    for organization in [ours, neighbour] {
        let practice = world.practice_at(organization);
        let furnished = practice.furnish().await;
        practice.furnish_lines(furnished.service).await;
        all.push((practice, furnished));
    }
    world.settle().await;
    for (practice, furnished) in all {
        practice.furnish_told(furnished.booking, furnished.attendee).await;
    }
    let tables = "SELECT relname::text FROM pg_class WHERE relrowsecurity ORDER BY 1";
    let tables = world.admin_sql(tables).await;
    assert!(tables.len() >= 25, "{tables:?}");
    for table in tables.iter().flatten().flatten() {
        let reading = world.store.read(Tenant(neighbour), &operator()).await.unwrap();
        let seen = number(&reading, &format!("SELECT count(*) FROM {table}"), [])
            .await
            .unwrap();
        assert!(seen > 0, "furnish {table}: nothing is proved by an empty table");
        let theirs = format!("SELECT count(*) FROM {table} WHERE organization_id <> $1");
        let theirs = number(&reading, &theirs, [neighbour.uuid().into()]).await;
        assert_eq!(theirs.unwrap(), 0, "{table}");
        drop(reading);
        let work = world.store.write(Tenant(neighbour), &operator()).await.unwrap();
        let steal = format!("UPDATE {table} SET organization_id = $1 WHERE organization_id = $2");
        let stolen = run(&work, &steal, [neighbour.uuid().into(), ours.uuid().into()]).await;
        assert_eq!(stolen.unwrap(), 0, "{table}");
        let wipe = format!("DELETE FROM {table} WHERE organization_id = $1");
        let wiped = run(&work, &wipe, [ours.uuid().into()]).await;
        assert_eq!(wiped.unwrap(), 0, "{table}");
    }
}

async fn without_an_organization_a_query_errs(world: World) {
    let ours = furnish(&world, "aurora").await;
    // One connection: the second transaction runs where the first had its organization.
    let node = world.another_node(8, 1).await;
    let errs = async || {
        let reading = node.read(Account, &operator()).await.unwrap();
        number(&reading, FOREVER, []).await
    };
    let found = errs().await;
    assert!(
        matches!(found, Err(Fault::Other(_))),
        "before any organization: {found:?}"
    );
    let work = node.write(Tenant(ours), &operator()).await.unwrap();
    assert_eq!(number(&work, FOREVER, []).await.unwrap(), 1);
    work.commit().await.unwrap();
    let found = errs().await;
    assert!(
        matches!(found, Err(Fault::Other(_))),
        "after a commit has cleared it: {found:?}"
    );
}

async fn nobody_writes_in_a_neighbours_name(world: World) {
    let ours = world.organization("aurora").await;
    let neighbour = world.organization("boreal").await;
    let work = world.store.write(Tenant(neighbour), &operator()).await.unwrap();
    let forged = "INSERT INTO audit_log (organization_id, id, actor_kind, action, entity, entity_id, diff, at) \
                  VALUES ($1, $2, 'SYSTEM', 'organization.created', 'organization', 'x', '{}', $3)";
    let id: AuditId = work.mint();
    let forged = run(
        &work,
        forged,
        [ours.uuid().into(), id.uuid().into(), work.now().into()],
    )
    .await;
    let refused = forged.unwrap_err().to_string();
    assert!(refused.contains("row-level security"), "{refused}");
}

async fn a_person_sees_their_own_memberships_and_changes_none(world: World) {
    let [aurora, boreal] = [furnish(&world, "aurora").await, furnish(&world, "boreal").await];
    let owner = world
        .admin_sql("SELECT replace(user_id::text, '-', '') FROM memberships ORDER BY created_at, id")
        .await;
    let owner = u128::from_str_radix(owner[0][0].as_ref().unwrap(), 16).unwrap();
    let owner = person(UserId::from_uuid(sea_orm::prelude::Uuid::from_u128(owner)));
    let all = "SELECT count(*) FROM memberships";

    let reading = world.store.read(Account, &owner).await.unwrap();
    assert_eq!(
        number(&reading, all, []).await.unwrap(),
        1,
        "their own, before any organization"
    );
    let reading = world.store.read(Tenant(boreal), &owner).await.unwrap();
    assert_eq!(
        number(&reading, all, []).await.unwrap(),
        2,
        "the organization's, and their own elsewhere"
    );
    let nobody = world.store.read(Account, &Asker::anonymous()).await.unwrap();
    assert_eq!(number(&nobody, all, []).await.unwrap(), 0);

    let work = world.store.write(Tenant(boreal), &owner).await.unwrap();
    let promote = "UPDATE memberships SET role = 'STAFF' WHERE organization_id = $1";
    assert_eq!(run(&work, promote, [aurora.uuid().into()]).await.unwrap(), 0);
}

async fn the_application_is_bound_by_every_policy(world: World) {
    let reading = world.store.read(Account, &operator()).await.unwrap();
    let bound = "SELECT count(*) FROM pg_roles WHERE rolname IN (current_user, session_user) \
                 AND NOT rolsuper AND NOT rolbypassrls AND NOT rolcreaterole AND NOT rolcreatedb";
    assert_eq!(
        number(&reading, bound, []).await.unwrap(),
        2,
        "its role and its login"
    );
    let owns = "SELECT count(*) FROM pg_class WHERE pg_has_role(session_user, relowner, 'USAGE')";
    assert_eq!(
        number(&reading, owns, []).await.unwrap(),
        0,
        "what one owns one may unseal"
    );
}
