//! Notices: who is told of what inside, as it happens and in the list, and how it is read.

use std::time::Duration;

use scheduling::provider::{Person, ProviderDraft, ProviderEdit, ReviewState};
use scheduling::service::{Confirmation, ServiceEdit, ServicePart, Who as Giver, set_service_hosts};
use serde_json::{Value, json};

use crate::world::desk::Desk;
use crate::world::telling::Teller;
use crate::world::{Api, Dispatcher, Events, Who, With, World, stories};

stories! {
    both: [
        a_booking_that_changes_hands_is_told_to_both,
        a_list_goes_page_by_page_and_knows_what_is_unread,
        nobody_is_told_of_what_they_did_themselves,
        only_a_member_hears_and_only_as_long_as_they_are_one,
        what_was_read_is_said_by_ids_or_of_all,
        whoever_gives_a_booking_hears_of_it_at_once_and_nobody_else_does,
        whoever_gives_a_booking_is_told_what_becomes_of_it,
    ],
    postgres: [what_another_node_tells_is_heard],
}

const WATCH: &str = "subscription($after: String) { notificationReceived(after: $after) {
    notification { id eventType subjectId readAt } unreadCount cursor
} }";

const LIST: &str = "{ notifications { unreadCount totalCount nodes { id eventType subjectId readAt } } }";

/// A desk whose two hosts sign in, and whoever tells them.
struct Cast {
    desk: Desk,
    bea: Who,
    caio: Who,
    teller: Teller,
}

impl Cast {
    async fn new(world: &World, details: ServiceEdit) -> Self {
        Self::at(Desk::open(world, details).await).await
    }

    async fn at(desk: Desk) -> Self {
        let bea = desk.api.member(&desk.owner, "bea", "PROVIDER").await;
        let caio = desk.api.member(&desk.owner, "caio", "PROVIDER").await;
        for (who, host) in [(&bea, desk.hosts[0]), (&caio, desk.hosts[1])] {
            let viewer = desk.api.ask(who, "{ viewer { id } }").await.text("/viewer/id");
            let details = ProviderEdit {
                user: Some(Some(viewer.parse().unwrap())),
                ..ProviderEdit::default()
            };
            let draft = ProviderDraft {
                person: Person::Known(host),
                details,
                review_state: ReviewState::Active,
            };
            let work = desk.practice.staff().await;
            flows::create_provider(&work, draft).await.unwrap();
            work.commit().await.unwrap();
        }
        Self {
            desk,
            bea,
            caio,
            teller: Teller::new(),
        }
    }

    /// Where the journal is now.
    async fn now(&self, world: &World) -> Value {
        world.settle().await;
        let last = "{ events(last: 1) { pageInfo { endCursor } } }";
        let answer = self.desk.api.ask(&self.desk.owner, last).await;
        answer.data("/events/pageInfo/endCursor").clone()
    }

    async fn watch(&self, world: &World, who: &Who) -> Events {
        let after = json!({ "after": self.now(world).await });
        self.desk.api.watch(who, WATCH, after).await
    }

    /// What somebody was told, in order: of what, and what happened.
    async fn told(&self, who: &Who) -> Vec<(String, String)> {
        let list = self.desk.api.ask(who, LIST).await;
        let nodes = list.data("/notifications/nodes").as_array().unwrap();
        let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
        nodes
            .iter()
            .map(|it| (text(it, "subjectId"), text(it, "eventType")))
            .collect()
    }

    async fn change(&self, who: &Who, mutation: &str, input: Value) {
        let done = self.desk.change(who, mutation, input).await;
        assert!(done.refusals(mutation).is_empty(), "{}", done.body);
    }

    async fn marks(&self, who: &Who, input: Value) -> Value {
        let mark = ("notificationsMarkRead", "markedCount unreadCount");
        let done = self.desk.act(who, mark, input).await;
        let mut answer = done.data("/notificationsMarkRead").clone();
        answer.as_object_mut().unwrap().remove("userErrors");
        answer
    }
}

async fn received(events: &mut Events) -> Value {
    let told = events.next().await.expect("a notification");
    assert!(told.get("errors").is_none(), "{told}");
    told["data"]["notificationReceived"].clone()
}

fn refused(told: Option<Value>) -> Value {
    told.expect("a word")["errors"][0]["extensions"]["code"].clone()
}

async fn is_silent(events: &mut Events) -> bool {
    tokio::time::timeout(Duration::from_millis(300), events.next())
        .await
        .is_err()
}

async fn whoever_gives_a_booking_hears_of_it_at_once_and_nobody_else_does(world: World) {
    let cast = Cast::new(&world, ServiceEdit::default()).await;
    let [mut bea, mut caio] = [
        cast.watch(&world, &cast.bea).await,
        cast.watch(&world, &cast.caio).await,
    ];
    let mut owner = cast.watch(&world, &cast.desk.owner).await;
    let (booking, _) = cast.desk.booked("2026-03-03T10:00:00Z").await;
    cast.teller.works(&world).await;
    let first = received(&mut bea).await;
    let about = &first["notification"];
    assert_eq!(
        (&about["eventType"], &about["subjectId"], &about["readAt"]),
        (&json!("booking.created"), &json!(booking), &Value::Null)
    );
    assert_eq!(first["unreadCount"], 1);
    assert!(is_silent(&mut caio).await && is_silent(&mut owner).await);
    let read = cast
        .marks(&cast.bea, json!({ "notificationIds": [about["id"]] }))
        .await;
    assert_eq!(read, json!({ "markedCount": 1, "unreadCount": 0 }));
    let (second, _) = cast.desk.booked("2026-03-03T11:00:00Z").await;
    let (third, _) = cast.desk.booked("2026-03-03T12:00:00Z").await;
    cast.teller.works(&world).await;
    for booking in [&second, &third] {
        let next = received(&mut bea).await;
        assert_eq!(next["notification"]["subjectId"], json!(booking));
        assert_eq!(next["unreadCount"], 2, "as many as wait when they are told");
    }
    // Whoever was cut off goes on where they stopped.
    let after = json!({ "after": first["cursor"] });
    let mut again = cast.desk.api.watch(&cast.bea, WATCH, after).await;
    for booking in [&second, &third] {
        let next = received(&mut again).await;
        assert_eq!(next["notification"]["subjectId"], json!(booking));
    }
    assert!(is_silent(&mut again).await);
    // Whoever begins now hears what comes, and nothing that was.
    let mut fresh = cast.desk.api.watch(&cast.bea, WATCH, json!({})).await;
    assert!(is_silent(&mut fresh).await);
    let (fourth, _) = cast.desk.booked("2026-03-03T13:00:00Z").await;
    cast.teller.works(&world).await;
    assert_eq!(
        received(&mut fresh).await["notification"]["subjectId"],
        json!(fourth)
    );
}

async fn whoever_gives_a_booking_is_told_what_becomes_of_it(world: World) {
    let asks = ServiceEdit {
        confirmation: Some(Confirmation::Manual),
        ..ServiceEdit::default()
    };
    let cast = Cast::new(&world, asks).await;
    let owner = &cast.desk.owner;
    let (booking, _) = cast.desk.booked("2026-03-03T10:00:00Z").await;
    cast.change(owner, "bookingConfirm", json!({ "bookingId": booking }))
        .await;
    let move_ = json!({ "bookingId": booking, "startsAt": "2026-03-03T15:00:00Z" });
    cast.change(owner, "bookingMove", move_).await;
    cast.change(owner, "bookingCancel", json!({ "bookingId": booking }))
        .await;
    let (other, _) = cast.desk.booked("2026-03-03T11:00:00Z").await;
    cast.change(owner, "bookingReject", json!({ "bookingId": other }))
        .await;
    cast.teller.works(&world).await;
    let words = ["created", "confirmed", "moved", "cancelled"].map(|it| (&booking, it));
    let others = ["created", "rejected"].map(|it| (&other, it));
    let expected: Vec<(String, String)> = words
        .into_iter()
        .chain(others)
        .map(|(booking, it)| (booking.clone(), format!("booking.{it}")))
        .collect();
    assert_eq!(cast.told(&cast.bea).await, expected);
    assert_eq!(cast.told(&cast.caio).await, []);
    cast.teller.works(&world).await;
    assert_eq!(cast.told(&cast.bea).await.len(), expected.len(), "each once");
}

async fn a_booking_that_changes_hands_is_told_to_both(world: World) {
    let cast = Cast::new(&world, ServiceEdit::default()).await;
    let work = cast.desk.practice.staff().await;
    let both = cast
        .desk
        .hosts
        .iter()
        .map(|it| ServicePart::host(Giver::Resource(*it)));
    set_service_hosts(&work, cast.desk.service, both.collect(), None)
        .await
        .unwrap();
    work.commit().await.unwrap();
    let form = cast.desk.form("2026-03-03T10:00:00Z");
    let made = cast.desk.book(&Desk::client(1), form).await;
    let booking = made.text("/bookingCreate/booking/id");
    let host = made.text("/bookingCreate/booking/hosts/0/resource/slug");
    let (gives, takes, to) = if host == "bea" {
        (&cast.bea, &cast.caio, cast.desk.hosts[1])
    } else {
        (&cast.caio, &cast.bea, cast.desk.hosts[0])
    };
    cast.teller.works(&world).await;
    let input = json!({ "bookingId": booking, "toHostId": to.to_string() });
    cast.change(&cast.desk.owner, "bookingReassign", input).await;
    cast.teller.works(&world).await;
    let of = |words: &[&str]| -> Vec<(String, String)> {
        words
            .iter()
            .map(|it| (booking.clone(), (*it).to_owned()))
            .collect()
    };
    assert_eq!(
        cast.told(gives).await,
        of(&["booking.created", "booking.reassigned"])
    );
    assert_eq!(cast.told(takes).await, of(&["booking.reassigned"]));
    // From now on it is the other's alone.
    cast.change(&cast.desk.owner, "bookingCancel", json!({ "bookingId": booking }))
        .await;
    cast.teller.works(&world).await;
    assert_eq!(cast.told(gives).await.len(), 2);
    assert_eq!(cast.told(takes).await.len(), 2);
}

async fn nobody_is_told_of_what_they_did_themselves(world: World) {
    let cast = Cast::new(&world, ServiceEdit::default()).await;
    let (booking, _) = cast.desk.booked("2026-03-03T10:00:00Z").await;
    let later = |hour: &str| json!({ "bookingId": booking, "startsAt": format!("2026-03-03T{hour}:00:00Z") });
    cast.change(&cast.bea, "bookingMove", later("11")).await;
    cast.change(&cast.desk.owner, "bookingMove", later("12")).await;
    cast.teller.works(&world).await;
    let words: Vec<String> = cast.told(&cast.bea).await.into_iter().map(|(_, it)| it).collect();
    assert_eq!(words, ["booking.created", "booking.moved"]);
}

/// Somebody with five notices, and what each is called.
async fn five(world: &World) -> (Cast, Vec<Value>) {
    let cast = Cast::new(world, ServiceEdit::default()).await;
    for hour in 10..15 {
        cast.desk.booked(&format!("2026-03-03T{hour}:00:00Z")).await;
    }
    cast.teller.works(world).await;
    let list = cast.desk.api.ask(&cast.bea, LIST).await;
    let all = list.data("/notifications");
    assert_eq!((&all["unreadCount"], &all["totalCount"]), (&json!(5), &json!(5)));
    let nodes = all["nodes"].as_array().unwrap();
    let ids = nodes.iter().map(|it| it["id"].clone()).collect();
    (cast, ids)
}

async fn a_list_goes_page_by_page_and_knows_what_is_unread(world: World) {
    let (cast, ids) = five(&world).await;
    let api = &cast.desk.api;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = format!(
            "{{ notifications(first: 2{after}) {{ unreadCount nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let page = api.ask(&cast.bea, &page).await;
        let nodes = page.data("/notifications/nodes").as_array().unwrap();
        seen.extend(nodes.iter().map(|it| it["id"].clone()));
        assert_eq!(*page.data("/notifications/unreadCount"), json!(5));
        after = format!(", after: \"{}\"", page.text("/notifications/pageInfo/endCursor"));
        if *page.data("/notifications/pageInfo/hasNextPage") == json!(false) {
            break;
        }
    }
    assert_eq!(seen, ids);
    cast.marks(&cast.bea, json!({ "notificationIds": ids[..2] }))
        .await;
    let unread = "{ notifications(isUnread: true) { unreadCount totalCount nodes { id } } }";
    let left = api.ask(&cast.bea, unread).await.data("/notifications").clone();
    assert_eq!(
        (&left["unreadCount"], &left["totalCount"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(left["nodes"][0]["id"], ids[2]);
    for (first, code) in [(100, "none"), (101, "INVALID_INPUT")] {
        let page = format!("{{ notifications(first: {first}) {{ nodes {{ id }} }} }}");
        assert_eq!(api.ask(&cast.bea, &page).await.code(), code);
    }
}

async fn what_was_read_is_said_by_ids_or_of_all(world: World) {
    let (cast, ids) = five(&world).await;
    let some = |ids: &[Value]| json!({ "notificationIds": ids });
    let counts = |marked: u64, unread: u64| json!({ "markedCount": marked, "unreadCount": unread });
    // Another's are not there to be read.
    assert_eq!(cast.marks(&cast.caio, some(&ids)).await, counts(0, 0));
    let mut once = some(&ids[..2]);
    once["idempotencyKey"] = json!("once");
    assert_eq!(cast.marks(&cast.bea, once.clone()).await, counts(2, 3));
    assert_eq!(
        cast.marks(&cast.bea, once).await,
        counts(2, 3),
        "one key, one answer"
    );
    assert_eq!(
        cast.marks(&cast.bea, some(&ids[..2])).await,
        counts(0, 3),
        "they are read"
    );
    assert_eq!(
        cast.marks(&cast.bea, some(&[])).await,
        counts(0, 3),
        "none is none, not all"
    );
    let dry = cast.marks(&cast.bea, json!({ "validateOnly": true })).await;
    assert_eq!(dry, json!({ "markedCount": null, "unreadCount": null }));
    let most = vec![ids[2].clone(); 100];
    assert_eq!(cast.marks(&cast.bea, some(&most)).await, counts(1, 2));
    let more = some(&vec![ids[3].clone(); 101]);
    let mark = ("notificationsMarkRead", "markedCount");
    let refused = cast.desk.act(&cast.bea, mark, more).await;
    assert_eq!(
        refused.refusals("notificationsMarkRead"),
        ["INVALID_INPUT notificationIds"]
    );
    assert_eq!(cast.marks(&cast.bea, json!({})).await, counts(2, 0));
}

async fn only_a_member_hears_and_only_as_long_as_they_are_one(world: World) {
    let attentive = With {
        door: door::Limits {
            recheck_every: Duration::from_millis(50),
            ..door::Limits::default()
        },
        ..With::default()
    };
    let api = world.api_with(attentive);
    let cast = Cast::at(Desk::open_with(&world, api, ServiceEdit::default()).await).await;
    let api = &cast.desk.api;
    let key = "mutation { apiKeyCreate(input: { name: \"k\", scopes: [DIARY_READ] }) { secret userErrors { code } } }";
    let key = Who::with(&api.ask(&cast.desk.owner, key).await.text("/apiKeyCreate/secret"));
    for nobody in [Who::stranger().at("aurora"), key] {
        let mut events = api.watch(&nobody, WATCH, json!({})).await;
        assert_eq!(refused(events.next().await), "UNAUTHENTICATED");
        let list = api.ask(&nobody, LIST).await;
        assert_eq!(list.code(), "UNAUTHENTICATED");
    }
    let mut wrong = api.watch(&cast.bea, WATCH, json!({ "after": "nonsense" })).await;
    assert_eq!(refused(wrong.next().await), "INVALID_INPUT");
    let mut bea = cast.watch(&world, &cast.bea).await;
    cast.desk.booked("2026-03-03T10:00:00Z").await;
    cast.teller.works(&world).await;
    received(&mut bea).await;
    let leave = "mutation { organizationLeave(input: {}) { userErrors { code } } }";
    let left = api.ask(&cast.bea, leave).await;
    assert!(left.refusals("organizationLeave").is_empty(), "{}", left.body);
    assert_eq!(refused(bea.next().await), "UNAUTHENTICATED");
    assert_eq!(bea.next().await, None);
    // Her hours may still be booked, and she is told nothing of it any more.
    cast.desk.booked("2026-03-03T11:00:00Z").await;
    cast.teller.works(&world).await;
    let rows = world
        .admin_sql("SELECT CAST(count(*) AS text) FROM notifications")
        .await;
    assert_eq!(rows[0][0].as_deref(), Some("1"));
}

async fn what_another_node_tells_is_heard(world: World) {
    let cast = Cast::new(&world, ServiceEdit::default()).await;
    let other = world.another_node(8, 4).await;
    let _hears = Dispatcher::of(&other);
    let there = Api::on(&other, With::default());
    let after = json!({ "after": cast.now(&world).await });
    let mut events = there.watch(&cast.bea, WATCH, after).await;
    let (booking, _) = cast.desk.booked("2026-03-03T10:00:00Z").await;
    cast.teller.works(&world).await;
    let told = received(&mut events).await;
    assert_eq!(told["notification"]["subjectId"], json!(booking));
}
