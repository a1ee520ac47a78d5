//! What happened stays written.

use db::audit::{self, Deed};
use db::{Account, Asker, Fault, Tenant};
use kernel::id::{AuditId, UserId};
use kernel::{Actor, EventType, Id as _, Rights, SystemKind};
use serde_json::json;

use crate::world::{Database, World, run, stories};

stories! {
    both: [
        a_line_says_who_did_what_to_what_from_where,
        account_events_are_never_changed,
        the_audit_log_is_never_changed,
    ],
    sqlite: [replacing_a_line_is_changing_it],
    postgres: [the_application_cannot_empty_the_log],
}

fn operator() -> Asker {
    Asker::system(SystemKind::Operator)
}

fn deed() -> Deed {
    Deed {
        what: EventType::MembershipRoleChanged,
        thing: "mem_1".to_owned(),
        version: 2,
        diff: json!({ "role": ["STAFF", "ADMIN"] }),
    }
}

async fn a_line_says_who_did_what_to_what_from_where(world: World) {
    let ours = world.organization("aurora").await;
    let ana = UserId::from_uuid(kernel_uuid(7));
    let asker = Asker {
        actor: Actor::User(ana),
        rights: Rights::NONE,
        ip: Some("192.0.2.7".parse().unwrap()),
        user_agent: None,
    };
    let work = world.store.write(Tenant(ours), &asker).await.unwrap();
    work.audit(deed()).await.unwrap();
    work.commit().await.unwrap();
    let reading = world.store.read(Tenant(ours), &asker).await.unwrap();
    let lines = audit::since(&reading, (world.store.now(), None), 10)
        .await
        .unwrap();
    let [line] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(
        (line.actor_kind.as_str(), line.actor_id.clone()),
        ("USER", Some(ana.to_string()))
    );
    assert_eq!(
        (line.action.as_str(), line.entity.as_str()),
        ("membership.role_changed", "membership")
    );
    assert_eq!(
        (line.entity_id.as_str(), line.ip.as_deref()),
        ("mem_1", Some("192.0.2.7"))
    );
    assert_eq!((&line.diff, line.at), (&deed().diff, world.store.now()));
    assert_eq!(audit::find(&reading, line.id).await.unwrap().as_ref(), Some(line));
}

fn kernel_uuid(bits: u128) -> sea_orm::prelude::Uuid {
    sea_orm::prelude::Uuid::from_u128(bits)
}

async fn the_audit_log_is_never_changed(world: World) {
    let ours = world.organization("aurora").await;
    let work = world.store.write(Tenant(ours), &operator()).await.unwrap();
    work.audit(deed()).await.unwrap();
    work.commit().await.unwrap();
    for change in [
        "UPDATE audit_log SET action = 'nothing.done'",
        "DELETE FROM audit_log",
    ] {
        let work = world.store.write(Tenant(ours), &operator()).await.unwrap();
        let changed = run(&work, change, []).await;
        assert!(
            matches!(&changed, Err(Fault::Guard(name)) if name == "audit_log_append_only"),
            "{changed:?}"
        );
    }
}

async fn account_events_are_never_changed(world: World) {
    let work = world.store.write(Account, &operator()).await.unwrap();
    let user: UserId = work.mint();
    work.account_event(user, "session.created", json!({}))
        .await
        .unwrap();
    work.commit().await.unwrap();
    for change in [
        "UPDATE account_events SET action = 'nothing.done'",
        "DELETE FROM account_events",
    ] {
        let work = world.store.write(Account, &operator()).await.unwrap();
        let changed = run(&work, change, []).await;
        let guard = "account_events_append_only";
        assert!(
            matches!(&changed, Err(Fault::Guard(name)) if name == guard),
            "{changed:?}"
        );
    }
}

/// SQLite deletes a replaced row without asking its triggers, unless it is told to ask.
async fn replacing_a_line_is_changing_it(world: World) {
    assert_eq!(world.database, Database::Sqlite);
    let ours = world.organization("aurora").await;
    let work = world.store.write(Tenant(ours), &operator()).await.unwrap();
    work.audit(deed()).await.unwrap();
    let replace = "INSERT OR REPLACE INTO audit_log \
                   SELECT organization_id, id, actor_kind, actor_id, 'nothing.done', entity, entity_id, diff, ip, at \
                   FROM audit_log";
    let replaced = run(&work, replace, []).await;
    assert!(
        matches!(&replaced, Err(Fault::Guard(name)) if name == "audit_log_append_only"),
        "{replaced:?}"
    );
}

async fn the_application_cannot_empty_the_log(world: World) {
    let ours = world.organization("aurora").await;
    for beyond in [
        "TRUNCATE audit_log",
        "ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only",
        "DROP TRIGGER audit_log_append_only ON audit_log",
        "SET LOCAL session_replication_role = 'replica'",
        "DROP TABLE audit_log",
    ] {
        let work = world.store.write(Tenant(ours), &operator()).await.unwrap();
        let done = run(&work, beyond, []).await;
        assert!(matches!(done, Err(Fault::Other(_))), "{beyond}: {done:?}");
    }
    let reading = world.store.read(Tenant(ours), &operator()).await.unwrap();
    assert_eq!(
        audit::find(&reading, AuditId::from_uuid(kernel_uuid(7)))
            .await
            .unwrap(),
        None
    );
}
