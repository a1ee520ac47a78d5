//! Whatever happens, in whatever order and however many at once: afterwards nobody is booked twice, nothing that was
//! acknowledged is lost, and whoever was refused was told why in words of ours.
//!
//! `HORARIUM_HISTORY=20000` makes the histories that long; the line of JSON that each prints is the record.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Span;
use kernel::id::BlockId;
use kernel::id::{HoldId, ResourceId, ServiceId};
use kernel::{Kind, Refuse as _};
use scheduling::Refusal;
use scheduling::block::{self, BlockDraft, BlockEdit};
use scheduling::booking::{self, BookingMade, Closing, Exchange, Overrides, Reassign, Shift, Side, Swap};
use scheduling::cover::{Cover, Remedy, Rest, cover};
use scheduling::hold;
use scheduling::resource::ResourceKind;
use scheduling::service::{Confirmation, ServiceEdit, ServicePart, Who};
use scheduling::team::Strategy;
use scheduling::token::{self, Purpose};

use crate::world::practice::{Practice, at, draft, end};
use crate::world::{Dice, World, stories};

stories! { both: [no_history_books_anybody_twice_or_loses_what_it_acknowledged] }

/// How many operations a history has unless it is told.
const OPERATIONS: usize = 3_000;

/// How many are at it at once.
const AT_ONCE: usize = 12;

/// What everybody knows of what is there.
#[derive(Debug, Default)]
struct Known {
    booked: Vec<(BookingMade, ServiceId)>,
    held: Vec<(HoldId, ServiceId, DateTime<Utc>)>,
    blocks: Vec<BlockId>,
    unclean: usize,
    leaked: Vec<String>,
    millis: Vec<u128>,
}

#[derive(Debug)]
struct History {
    practice: Practice,
    services: Vec<ServiceId>,
    hosts: Vec<ResourceId>,
    known: Mutex<Known>,
    left: AtomicUsize,
    clock: Arc<kernel::ManualClock>,
}

async fn services(practice: &Practice) -> (Vec<ServiceId>, Vec<ResourceId>) {
    let hosts = practice.people(&["bea", "caio", "dora", "eva"]).await;
    let room = practice.resource("sala", ResourceKind::Room, 2).await;
    let host = |at: usize| ServicePart::host(Who::Resource(hosts[at]));
    let with = |parts: &[usize], room: Option<ResourceId>| -> Vec<ServicePart> {
        parts
            .iter()
            .map(|it| host(*it))
            .chain(room.map(ServicePart::room))
            .collect()
    };
    let quarter = || ServiceEdit {
        interval_minutes: Some(15),
        ..ServiceEdit::default()
    };
    let manual = |occupies| ServiceEdit {
        confirmation: Some(Confirmation::Manual),
        confirmation_timeout_minutes: Some(15),
        pending_occupies: Some(occupies),
        ..quarter()
    };
    let buffered = ServiceEdit {
        buffer_before_minutes: Some(5),
        buffer_after_minutes: Some(10),
        ..quarter()
    };
    let services = [
        ("turnos", with(&[0, 1, 2], Some(room)), quarter()),
        ("so", with(&[0], None), buffered),
        ("pedido", with(&[1], None), manual(true)),
        ("talvez", with(&[2], None), manual(false)),
        (
            "juntos",
            with(&[3, 1], Some(room)),
            ServiceEdit {
                strategy: Some(Some(Strategy::Collective)),
                ..quarter()
            },
        ),
        (
            "dois",
            with(&[0, 1, 2, 3], None),
            ServiceEdit {
                hosts_required: Some(Some(2)),
                ..quarter()
            },
        ),
        (
            "turma",
            with(&[3], Some(room)),
            ServiceEdit {
                seats: Some(4),
                ..ServiceEdit::default()
            },
        ),
    ];
    let mut made = Vec::new();
    for (slug, parts, edit) in services {
        made.push(practice.service_of(slug, parts, edit).await);
    }
    (made, hosts)
}

impl History {
    /// Does one thing; what came of it is remembered.
    async fn step(&self, dice: &mut Dice) {
        let began = Instant::now();
        let answer = self.act(dice).await;
        let mut known = self.known.lock().unwrap();
        known.millis.push(began.elapsed().as_millis());
        if let Err(refused) = answer
            && matches!(refused.kind(), Kind::Internal | Kind::Unavailable)
        {
            known.leaked.push(refused.to_string());
        }
    }

    async fn act(&self, dice: &mut Dice) -> Result<(), Refusal> {
        let service = dice.pick(&self.services).unwrap();
        let day = TimeDelta::days(dice.below(6) as i64);
        let time = at("2026-03-04T08:00:00Z") + day + TimeDelta::minutes(15 * dice.below(32) as i64);
        match dice.below(19) {
            0..=2 => self.book(service, time).await,
            3..=4 => self.hold(service, time).await,
            5 => self.book_held(dice).await,
            6 => self.let_go(dice).await,
            7 => self.answer(dice).await,
            8 => self.shift(dice, time).await,
            9 => self.reassign(dice).await,
            10 => self.cancel(dice).await,
            11..=12 => self.swap(dice).await,
            13..=15 => self.block(dice, time).await,
            16 => self.cover(dice, time).await,
            17 => self.look().await,
            _ => self.pass_time(dice).await,
        }
    }

    async fn book(&self, service: ServiceId, time: DateTime<Utc>) -> Result<(), Refusal> {
        let made = self.practice.books(service, time).await?;
        self.known.lock().unwrap().booked.push((made, service));
        Ok(())
    }

    async fn hold(&self, service: ServiceId, time: DateTime<Utc>) -> Result<(), Refusal> {
        let held = self.practice.holds(service, time).await?;
        self.known.lock().unwrap().held.push((held, service, time));
        Ok(())
    }

    async fn book_held(&self, dice: &mut Dice) -> Result<(), Refusal> {
        let held = dice.pick(&self.known.lock().unwrap().held);
        let Some((held, service, time)) = held else {
            return Ok(());
        };
        let made = self.practice.books_held(held, draft(service, time)).await?;
        self.known.lock().unwrap().booked.push((made, service));
        Ok(())
    }

    async fn let_go(&self, dice: &mut Dice) -> Result<(), Refusal> {
        let held = dice.pick(&self.known.lock().unwrap().held);
        let Some((held, ..)) = held else { return Ok(()) };
        let work = self.practice.stranger().await;
        let token = hold::token(&work, held);
        let done = hold::release(&work, &token).await;
        end(work, done).await.map(drop)
    }

    fn one(&self, dice: &mut Dice) -> Option<BookingMade> {
        dice.pick(&self.known.lock().unwrap().booked).map(|it| it.0)
    }

    async fn answer(&self, dice: &mut Dice) -> Result<(), Refusal> {
        let Some(made) = self.one(dice) else { return Ok(()) };
        let work = self.practice.staff().await;
        let done = match dice.below(3) {
            0 => booking::reject(&work, made.booking, Closing::default()).await,
            _ => booking::confirm(&work, made.booking, Closing::default()).await,
        };
        end(work, done).await.map(drop)
    }

    async fn shift(&self, dice: &mut Dice, starts_at: DateTime<Utc>) -> Result<(), Refusal> {
        let Some(made) = self.one(dice) else { return Ok(()) };
        let to = Shift {
            starts_at,
            expected_version: None,
            overrides: Overrides::default(),
            reason: None,
        };
        let work = self.practice.staff().await;
        let done = booking::shift(&work, made.booking, to).await;
        end(work, done).await.map(drop)
    }

    async fn reassign(&self, dice: &mut Dice) -> Result<(), Refusal> {
        let Some(made) = self.one(dice) else { return Ok(()) };
        let ask = Reassign {
            from: None,
            to: dice.pick(&self.hosts).unwrap(),
            overrides: Overrides::default(),
            how: Closing::default(),
        };
        let work = self.practice.staff().await;
        let done = booking::reassign(&work, made.booking, ask).await;
        end(work, done).await.map(drop)
    }

    async fn cancel(&self, dice: &mut Dice) -> Result<(), Refusal> {
        let Some(made) = self.one(dice) else { return Ok(()) };
        let work = self.practice.stranger().await;
        let link = token::link(work.key(), made.link, Purpose::Manage);
        let done = booking::cancel_by_token(&work, &link, Closing::default()).await;
        end(work, done).await.map(drop)
    }

    async fn swap(&self, dice: &mut Dice) -> Result<(), Refusal> {
        let (Some(first), Some(second)) = (self.one(dice), self.one(dice)) else {
            return Ok(());
        };
        let side = |made: BookingMade| Side {
            booking: made.booking,
            expected_version: None,
        };
        let ask = Swap {
            first: side(first),
            second: side(second),
            what: Exchange::ALL[dice.below(3)],
            overrides: Overrides::default(),
            reason: None,
        };
        let work = self.practice.staff().await;
        let done = booking::swap(&work, ask).await;
        end(work, done).await.map(drop)
    }

    /// Takes time out, moves what was taken out, or gives it back.
    async fn block(&self, dice: &mut Dice, time: DateTime<Utc>) -> Result<(), Refusal> {
        let there = dice.pick(&self.known.lock().unwrap().blocks);
        let work = self.practice.staff().await;
        let done = match (dice.below(3), there) {
            (0, Some(id)) => block::delete_block(&work, id, None).await,
            (1, Some(id)) => {
                let edit = BlockEdit {
                    starts_at: Some(time),
                    ends_at: Some(time + TimeDelta::minutes(45)),
                    ..BlockEdit::default()
                };
                block::update_block(&work, id, edit, None).await
            }
            _ => {
                let draft = BlockDraft {
                    resource: dice.pick(&self.hosts).unwrap(),
                    span: Span::new(time, time + TimeDelta::minutes(30)).unwrap(),
                    reason: None,
                };
                block::create_block(&work, draft).await
            }
        };
        let done = end(work, done).await?;
        self.known.lock().unwrap().blocks.push(done.block);
        Ok(())
    }

    /// Somebody is away for an hour; their absence goes again, so that the diary does not run empty.
    async fn cover(&self, dice: &mut Dice, time: DateTime<Utc>) -> Result<(), Refusal> {
        let ask = Cover {
            resource: dice.pick(&self.hosts).unwrap(),
            span: Span::new(time, time + TimeDelta::hours(1)).unwrap(),
            reason: None,
            redirect_to: None,
            remedies: Remedy::ALL.to_vec(),
            rest: Rest::Leave,
            message: None,
        };
        let work = self.practice.staff().await;
        let done = cover(&work, ask).await;
        let done = end(work, done).await?;
        let work = self.practice.staff().await;
        let gone = scheduling::absence::archive_absence(&work, done.absence, None).await;
        end(work, gone).await.map(drop)
    }

    /// The audit in the middle of everything: a snapshot is always clean.
    async fn look(&self) -> Result<(), Refusal> {
        let found = self.practice.snapshot_audit().await?;
        self.known.lock().unwrap().unclean += usize::from(!found.is_clean());
        Ok(())
    }

    async fn pass_time(&self, dice: &mut Dice) -> Result<(), Refusal> {
        self.clock.advance(TimeDelta::seconds(dice.below(60) as i64));
        if dice.below(3) > 0 {
            return Ok(());
        }
        let work = self.practice.staff().await;
        let done = booking::expire_lapsed(&work).await;
        end(work, done).await.map(drop)
    }
}

async fn no_history_books_anybody_twice_or_loses_what_it_acknowledged(world: World) {
    let told = std::env::var("HORARIUM_HISTORY")
        .ok()
        .and_then(|it| it.parse().ok());
    let operations = told.unwrap_or(OPERATIONS);
    let practice = world.practice("aurora").await;
    let (services, hosts) = services(&practice).await;
    let history = Arc::new(History {
        services,
        hosts,
        known: Mutex::default(),
        left: AtomicUsize::new(operations),
        clock: world.clock.clone(),
        practice,
    });
    let workers = (0..AT_ONCE as u64).map(|seed| {
        let history = Arc::clone(&history);
        tokio::spawn(async move {
            let mut dice = Dice::new(seed + 1);
            let more = |left: usize| left.checked_sub(1);
            while history
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
                .is_ok()
            {
                history.step(&mut dice).await;
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    let audit = history.practice.audit().await;
    let work = history.practice.staff().await;
    let mut known = history
        .known
        .lock()
        .unwrap()
        .booked
        .iter()
        .map(|it| it.0.booking)
        .collect::<Vec<_>>();
    known.sort_unstable();
    known.dedup();
    let there = booking::find_bookings(&work, &known).await.unwrap().len();
    drop(work);
    unbroken(&world, &history.practice).await;
    let mut told = history.known.lock().unwrap();
    told.millis.sort_unstable();
    let p99 = told.millis[told.millis.len() * 99 / 100];
    println!(
        "{}",
        serde_json::json!({
            "database": format!("{:?}", world.database), "operations": operations, "bookings": there,
            "overlaps": audit.overlaps, "orphans": audit.orphans, "lost_acks": known.len() - there,
            "errors_leaked": told.leaked.len(), "seats_over": audit.seats_over, "p99_ms": p99,
        })
    );
    assert!(audit.is_clean(), "{audit:?}");
    assert_eq!(told.unclean, 0, "snapshots that were not clean");
    assert_eq!((known.len() - there, told.leaked.as_slice()), (0, [].as_slice()));
    assert!(
        there > operations / 50,
        "a history in which little happens proves little: {there} bookings"
    );
}

/// Every version of every booking has its event, the last of which says where it stands; balances add up to nothing.
async fn unbroken(world: &World, practice: &Practice) {
    let broken = "SELECT CAST(count(*) AS text) FROM bookings b WHERE b.version <> \
        (SELECT count(*) FROM booking_events e WHERE e.organization_id = b.organization_id AND e.booking_id = b.id) \
        OR b.status <> (SELECT e.to_status FROM booking_events e WHERE e.organization_id = b.organization_id \
            AND e.booking_id = b.id AND e.version = b.version)";
    assert_eq!(world.admin_sql(broken).await, [[Some("0".to_owned())]]);
    let sums = "SELECT CAST(count(*) AS text) FROM (SELECT pool_id FROM fairness_balances \
        GROUP BY organization_id, pool_id HAVING sum(balance) <> 0) uneven";
    assert_eq!(world.admin_sql(sums).await, [[Some("0".to_owned())]]);
    let unjust = "SELECT CAST(count(*) AS text) FROM assignments a JOIN bookings b ON b.id = a.booking_id \
        WHERE (a.reversed_at IS NULL) AND b.status IN ('CANCELLED', 'REJECTED', 'EXPIRED')";
    assert_eq!(world.admin_sql(unjust).await, [[Some("0".to_owned())]]);
    assert!(practice.audit().await.is_clean());
}
