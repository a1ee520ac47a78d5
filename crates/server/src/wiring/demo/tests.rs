//! The demo makes sense at whatever moment it is started.

use chrono::NaiveTime;
use db::paging::Asked;
use db::{ServerKey, Settings, Synchronous};
use kernel::{IdSource, SystemKind};
use scheduling::booking::{Booking, BookingFilter, Bookings, Status, bookings};
use scheduling::proof;

use super::*;

/// A demo on a database of its own, at this moment, and what keeps the file.
async fn at(now: DateTime<Utc>, seed: u64) -> (Store, Demo, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("demo.db").display());
    migration::migrate(&url, &[]).await.unwrap();
    let settings = Settings {
        url: url.into(),
        replica_url: None,
        connections: 2,
        replica_connections: 1,
        synchronous: Synchronous::Normal,
    };
    let clock = Arc::new(ManualClock::at(now));
    let key = ServerKey::new(b"the key of every story");
    let ids = Arc::new(IdSource::seeded(seed));
    let store = Store::connect(&settings, clock, ids, key).await.unwrap();
    let demo = furnish(&store, &Hasher::new(1)).await.unwrap();
    (store, demo, folder)
}

/// What the diary of one organization says.
#[derive(Debug)]
struct Told {
    slug: String,
    bookings: Vec<Booking>,
}

impl Told {
    fn count(&self, is_meant: impl Fn(&Booking) -> bool) -> usize {
        self.bookings.iter().filter(|it| is_meant(it)).count()
    }
}

/// What the diaries of a demo say, after the audit that nobody is booked twice at once.
async fn told(store: &Store, demo: &Demo) -> Vec<Told> {
    let asker = Asker::system(SystemKind::Operator);
    let mut told = Vec::new();
    for shown in &demo.organizations {
        let account = store.read(Account, &asker).await.unwrap();
        let found = tenancy::organization_named(&account, &shown.slug).await.unwrap();
        drop(account);
        let reading = store.read(Tenant(found.unwrap().id), &asker).await.unwrap();
        assert!(proof::audit(&reading).await.unwrap().is_clean());
        let page = Asked {
            first: Some(100),
            ..Asked::default()
        };
        let page = page.page::<Bookings>().unwrap();
        let found = bookings(&reading, &BookingFilter::default(), &page)
            .await
            .unwrap();
        assert!(!found.has_next, "{} is small enough to be looked at", shown.slug);
        told.push(Told {
            slug: shown.slug.clone(),
            bookings: found.rows.into_iter().map(|(_, it)| it).collect(),
        });
    }
    told
}

/// A Saturday noon, a Sunday night, the hours around both changes of the clock in Europe and in America, and New Year's Eve.
const MOMENTS: [&str; 7] = [
    "2026-02-28T12:00:00Z",
    "2026-03-01T02:30:00Z",
    "2026-03-08T07:00:00Z",
    "2026-03-29T01:00:00Z",
    "2026-10-25T00:59:59Z",
    "2026-11-01T06:00:00Z",
    "2026-12-31T23:30:00Z",
];

#[tokio::test]
async fn whenever_it_is_started_there_is_a_past_a_present_and_a_future() {
    for (seed, moment) in (1..).zip(MOMENTS) {
        let now: DateTime<Utc> = moment.parse().unwrap();
        let (store, demo, _folder) = at(now, seed).await;
        for told in told(&store, &demo).await {
            let slug = &told.slug;
            let past = told.count(|it| it.ends_at <= now);
            let standing = told.count(|it| it.status == Status::Confirmed && it.starts_at > now);
            assert!(
                past >= 8 && standing >= 3,
                "{slug} at {moment}: {past} and {standing}"
            );
            assert!(
                told.count(|it| it.status == Status::Completed) >= 3,
                "{slug} at {moment}"
            );
            assert!(
                told.count(|it| it.status == Status::NoShow) >= 1,
                "{slug} at {moment}"
            );
            assert!(
                told.count(|it| it.status == Status::Cancelled) >= 1,
                "{slug} at {moment}"
            );
            if ["aurora", "neem"].contains(&slug.as_str()) {
                let asked = told.count(|it| it.status == Status::Pending);
                assert!(asked >= 1, "somebody waits for an answer of {slug} at {moment}");
            }
            for it in &told.bookings {
                let near = (it.starts_at - now).abs() <= TimeDelta::days(8);
                let local = it.local_start.time();
                let awake = (
                    NaiveTime::from_hms_opt(6, 0, 0),
                    NaiveTime::from_hms_opt(21, 0, 0),
                );
                let host = Some(local) >= awake.0 && Some(local) <= awake.1;
                assert!(near && (host || slug == "lingua"), "{slug} at {moment}: {it:?}");
                let over = it.ends_at + TimeDelta::minutes(10) <= now;
                let is_open = matches!(it.status, Status::Confirmed | Status::Pending);
                assert!(
                    over != is_open || !it.status.is_open(),
                    "{slug} at {moment}: {it:?}"
                );
                assert!(
                    it.created_at < it.starts_at && it.created_at <= now,
                    "{slug} at {moment}: {it:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn at_one_moment_it_is_the_same_every_time() {
    let now: DateTime<Utc> = "2026-06-03T15:00:00Z".parse().unwrap();
    let (one, demo, _folder) = at(now, 1).await;
    let (other, same, _folder2) = at(now, 2).await;
    let plain = |it: &Booking| (it.starts_at, it.status, it.source, it.created_at, it.closed_at);
    for (one, other) in told(&one, &demo).await.iter().zip(told(&other, &same).await) {
        let mut pair = [&one.bookings, &other.bookings].map(|it| it.iter().map(plain).collect::<Vec<_>>());
        // Two that begin at once are listed in the order of their ids, and those differ.
        pair.iter_mut()
            .for_each(|it| it.sort_by_key(|it| (it.0, it.3, it.4)));
        assert_eq!(pair[0], pair[1], "{}", one.slug);
    }
}

#[tokio::test]
async fn a_second_demo_stands_beside_the_first() {
    let now: DateTime<Utc> = "2026-06-03T15:00:00Z".parse().unwrap();
    let (store, first, _folder) = at(now, 1).await;
    let second = furnish(&store, &Hasher::new(1)).await.unwrap();
    assert_eq!(second.organizations.len(), 4);
    for (one, other) in first.organizations.iter().zip(&second.organizations) {
        assert!(
            other.slug.starts_with(&format!("{}-", one.slug)),
            "{}",
            other.slug
        );
    }
}
