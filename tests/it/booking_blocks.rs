//! Time that staff take out: nothing can be booked in it, and it pushes nobody out.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::{BlockId, ResourceId};
use kernel::{Actor, Refuse as _, Right, Rights, Span};
use scheduling::Refusal;
use scheduling::block::{self, BLOCKS_MAX, BlockDraft, BlockEdit};
use scheduling::hold;
use scheduling::resource::ResourceKind;
use scheduling::service::{ServiceEdit, ServicePart, Who};

use crate::world::practice::{Practice, at, end};
use crate::world::{World, stories};

stories! { both: [
    a_block_keeps_everybody_out_until_it_is_deleted,
    a_block_where_something_is_names_it_to_whoever_may_see_it,
    a_block_takes_every_lane_and_moves_over_itself,
    a_lapsed_hold_stands_in_no_blocks_way,
    blocks_have_a_longest_length_and_a_highest_number,
] }

fn draft(resource: ResourceId, from: DateTime<Utc>, minutes: i64) -> BlockDraft {
    BlockDraft {
        resource,
        span: Span::new(from, from + TimeDelta::minutes(minutes)).unwrap(),
        reason: Some("lunch with the bank".parse().unwrap()),
    }
}

async fn blocked(practice: &Practice, draft: BlockDraft) -> Result<BlockId, Refusal> {
    let work = practice.staff().await;
    let done = block::create_block(&work, draft).await;
    end(work, done).await.map(|it| it.block)
}

const TEN: &str = "2026-03-03T10:00:00Z";

async fn a_block_keeps_everybody_out_until_it_is_deleted(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let block = blocked(&practice, draft(hosts[0], at(TEN), 45)).await.unwrap();
    for minutes in [-30, 0, 30] {
        let tried = practice
            .books(service, at(TEN) + TimeDelta::minutes(minutes))
            .await;
        assert_eq!(tried.is_ok(), minutes < 0, "{minutes}");
        if let Err(refused) = tried {
            assert_eq!(refused.code().word(), "SLOT_TAKEN");
        }
    }
    let work = practice.staff().await;
    let stale = block::delete_block(&work, block, Some(7)).await.unwrap_err();
    assert_eq!(stale.code().word(), "VERSION_CONFLICT");
    let done = block::delete_block(&work, block, Some(1)).await;
    end(work, done).await.unwrap();
    practice.books(service, at(TEN)).await.unwrap();
    let work = practice.staff().await;
    let again = block::delete_block(&work, block, None).await.unwrap_err();
    assert_eq!(again.code().word(), "NOT_FOUND");
    drop(work);
    assert!(practice.audit().await.is_clean());
}

async fn a_block_where_something_is_names_it_to_whoever_may_see_it(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let booked = practice.books(service, at(TEN)).await.unwrap().booking;
    let held = practice.holds(service, at("2026-03-03T10:30:00Z")).await.unwrap();
    let refused = blocked(&practice, draft(hosts[0], at(TEN), 60))
        .await
        .unwrap_err();
    assert_eq!(refused.code().word(), "SLOT_TAKEN");
    let said = refused.to_string();
    assert!(said.contains(&booked.to_string()), "{said}");
    assert!(said.contains(&held.to_string()), "{said}");
    // Somebody who may write calendars and not look into them hears that it is taken, and no more.
    let blind = Rights::of(&[Right::CalendarsWrite]);
    let person = world.person("rui@example.com").await;
    let actor = Actor::User(person);
    let work = practice.somebody(actor, blind).await;
    let refused = block::create_block(&work, draft(hosts[0], at(TEN), 60))
        .await
        .unwrap_err();
    assert_eq!(refused.to_string(), "this time is taken");
    drop(work);
    let stranger = practice.stranger().await;
    let refused = block::create_block(&stranger, draft(hosts[0], at(TEN), 60))
        .await
        .unwrap_err();
    assert_eq!(refused.code().word(), "UNAUTHENTICATED");
}

async fn a_block_takes_every_lane_and_moves_over_itself(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let room = practice.resource("sala", ResourceKind::Room, 2).await;
    let mut parts: Vec<ServicePart> = hosts
        .iter()
        .map(|it| ServicePart::host(Who::Resource(*it)))
        .collect();
    parts.push(ServicePart::room(room));
    let service = practice
        .service_of("consulta", parts, ServiceEdit::default())
        .await;
    let block = blocked(&practice, draft(room, at(TEN), 60)).await.unwrap();
    assert!(practice.books(service, at(TEN)).await.is_err());
    let later = BlockEdit {
        starts_at: Some(at("2026-03-03T10:30:00Z")),
        ends_at: Some(at("2026-03-03T11:30:00Z")),
        ..BlockEdit::default()
    };
    let work = practice.staff().await;
    let done = block::update_block(&work, block, later, Some(1)).await;
    end(work, done).await.unwrap();
    practice.books(service, at(TEN)).await.unwrap();
    assert!(practice.books(service, at("2026-03-03T11:00:00Z")).await.is_err());
    let lanes = "SELECT CAST(count(*) AS text) FROM occupancies WHERE owner_kind = 'BLOCK'";
    assert_eq!(world.admin_sql(lanes).await, [[Some("2".to_owned())]]);
    // Back onto the booking: refused, and it stays where it was.
    let back = BlockEdit {
        starts_at: Some(at(TEN)),
        ..BlockEdit::default()
    };
    let work = practice.staff().await;
    let done = block::update_block(&work, block, back, None).await;
    assert_eq!(end(work, done).await.unwrap_err().code().word(), "SLOT_TAKEN");
    assert!(practice.audit().await.is_clean());
}

async fn a_lapsed_hold_stands_in_no_blocks_way(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    practice.holds(service, at(TEN)).await.unwrap();
    assert!(blocked(&practice, draft(hosts[0], at(TEN), 30)).await.is_err());
    world.clock.advance(hold::LASTS);
    blocked(&practice, draft(hosts[0], at(TEN), 30)).await.unwrap();
    assert!(practice.audit().await.is_clean());
}

async fn blocks_have_a_longest_length_and_a_highest_number(world: World) {
    let practice = world.practice("aurora").await;
    let host = practice.people(&["bea"]).await[0];
    let month = block::DAYS_MAX * 24 * 60;
    let long = blocked(&practice, draft(host, at("2026-06-01T00:00:00Z"), month + 1)).await;
    assert_eq!(long.unwrap_err().code().word(), "INVALID_INPUT");
    blocked(&practice, draft(host, at("2026-06-01T00:00:00Z"), month))
        .await
        .unwrap();
    let work = practice.staff().await;
    for number in 1..BLOCKS_MAX {
        let from = at(TEN) + TimeDelta::minutes(number as i64);
        block::create_block(&work, draft(host, from, 1)).await.unwrap();
    }
    let one_more = block::create_block(&work, draft(host, at("2026-04-01T00:00:00Z"), 1)).await;
    assert_eq!(one_more.unwrap_err().code().word(), "LIMIT_REACHED");
}
