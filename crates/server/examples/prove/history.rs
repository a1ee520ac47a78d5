//! Histories: slice after slice, killed in the middle and at the end, and looked at afterwards.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::Outcome;
use crate::answer::{self, Answer};
use crate::audit::Auditor;
use crate::client::Client;
use crate::dice::Dice;
use crate::known::Known;
use crate::operations::{BOOKED, Operator};
use crate::place::Place;
use crate::process::{Server, doctor};
use crate::scene::Scene;
use crate::tally::{Book, Tally};

/// Operations in one slice.
const SLICE: u64 = 2_000;

/// Slices that an organization lives: so long that what was kept for a minute lapses among those that come after.
const LIFE: u64 = 5;

/// How many clients are at it at once.
const AT_ONCE: u64 = 12;

/// Ids that one request asks for.
const IDS: usize = 100;

/// Proves it on both databases.
pub(crate) async fn prove(
    operations: u64,
    (tally, only): (Option<PathBuf>, Option<String>),
    json: bool,
) -> Outcome<()> {
    let mut is_clean = true;
    for place in [Some(Place::sqlite()?), Place::postgres().await?]
        .into_iter()
        .flatten()
    {
        if only.as_ref().is_some_and(|only| only != place.name) {
            continue;
        }
        let book = Book::open(tally.as_ref(), place.name)?;
        let found = on(&place, &book, operations).await?;
        let told = if json {
            found.line(place.name)
        } else {
            found.table(place.name)
        };
        println!("{told}");
        is_clean &= found.is_clean();
    }
    if is_clean {
        Ok(())
    } else {
        Err("a promise is broken".into())
    }
}

async fn on(place: &Place, book: &Book, operations: u64) -> Outcome<Tally> {
    let mut all = book.so_far()?;
    let mut server = Server::start(place).await?;
    let auditor = Arc::new(Auditor::on(place).await?);
    let mut stage = Stage::found(&server, all.slices).await?;
    while all.operations < operations {
        let size = SLICE.min(operations - all.operations);
        if stage.slices == LIFE {
            stage = Stage::found(&server, all.slices).await?;
        }
        let (started, slice) = play(place, server, &mut stage, (&auditor, all.slices, size)).await?;
        server = started;
        book.write(&slice)?;
        all.add(&slice);
    }
    drop(server);
    doctor(place)?;
    Ok(all)
}

/// An organization, and what is known of it.
struct Stage {
    scene: Arc<Scene>,
    known: Known,
    slices: u64,
}

impl Stage {
    async fn found(server: &Server, number: u64) -> Outcome<Self> {
        // Unlike those of an earlier run on the same database.
        let slug = format!("slice-{number}-{}", std::process::id());
        Ok(Self {
            scene: Arc::new(Scene::found(server.address, &slug).await?),
            known: Known::default(),
            slices: 0,
        })
    }
}

/// Plays one slice; gives the server that was started after the last kill.
async fn play(
    place: &Place,
    server: Server,
    stage: &mut Stage,
    (auditor, number, size): (&Arc<Auditor>, u64, u64),
) -> Outcome<(Server, Tally)> {
    stage.slices += 1;
    let scene = Arc::clone(&stage.scene);
    let known = Arc::new(Mutex::new(std::mem::take(&mut stage.known)));
    let (moves, moved) = watch::channel(server.address);
    let left = Arc::new(AtomicU64::new(size));
    let operators = (0..AT_ONCE).map(|seed| {
        let operator = Operator {
            scene: Arc::clone(&scene),
            known: Arc::clone(&known),
            auditor: Arc::clone(auditor),
            client: scene.desk(server.address),
            dice: Dice::new(number * AT_ONCE + seed + 1),
            number: number * AT_ONCE + seed,
            keys: 0,
        };
        tokio::spawn(work(operator, Arc::clone(&left), moved.clone()))
    });
    let operators: Vec<_> = operators.collect();
    // Somewhere in the middle, never at the same place twice.
    let middle = size / 4 + Dice::new(number + 1).below(size as usize / 2 + 1) as u64;
    while left.load(Ordering::Relaxed) > middle {
        tokio::time::sleep(Duration::from_millis(1)).await;
        if operators.iter().all(tokio::task::JoinHandle::is_finished) {
            break;
        }
    }
    drop(server);
    let server = Server::start(place).await?;
    moves.send(server.address)?;
    for operator in operators {
        operator.await?;
    }
    drop(server);
    let server = Server::start(place).await?;
    let known = std::mem::take(&mut *known.lock().unwrap_or_else(PoisonError::into_inner));
    let (known, slice) = found(&scene, (server.address, auditor), (known, size)).await?;
    stage.known = known.carried_on();
    Ok((server, slice))
}

/// One client's part of a slice.
async fn work(
    mut operator: Operator,
    left: Arc<AtomicU64>,
    mut moved: watch::Receiver<std::net::SocketAddr>,
) {
    let take = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1));
    while take().is_ok() {
        if operator.step().await.is_err() {
            // The server is gone: nobody knows whether it was done. The next one is somewhere else.
            _ = tokio::time::timeout(Duration::from_secs(120), moved.changed()).await;
            let address = *moved.borrow_and_update();
            operator.client.turn_to(address);
        }
    }
}

/// Holds what was acknowledged against what is there.
async fn found(
    scene: &Scene,
    (address, auditor): (std::net::SocketAddr, &Auditor),
    (mut known, size): (Known, u64),
) -> Outcome<(Known, Tally)> {
    let mut desk = scene.desk(address);
    let sent_again = known.open.len() as u64;
    ask_again(scene, &mut desk, &mut known).await?;
    let ids: Vec<&String> = known.versions.keys().collect();
    let mut lost = 0;
    for some in ids.chunks(IDS) {
        let there = versions(&mut desk, some).await?;
        let missing = some
            .iter()
            .zip(there)
            .filter(|(id, version)| *version < known.versions.get(**id).copied());
        for (id, version) in missing {
            eprintln!("lost: {id} was acknowledged and is at version {version:?}");
            lost += 1;
        }
    }
    for leaked in known.leaked.iter().take(5) {
        eprintln!("leaked: {leaked}");
    }
    let audit = auditor.audit(&scene.organization).await?;
    let mut slice = Tally {
        slices: 1,
        operations: size,
        bookings: known.done.get("bookingCreate").copied().unwrap_or(0),
        kills: 2,
        overlaps: audit.overlaps,
        orphans: audit.orphans + known.unclean as i64,
        seats_over: audit.seats_over,
        lost_acks: lost,
        ghosts: ghosts(scene, &mut desk, &known).await?,
        sent_again,
        errors_leaked: known.leaked.len() as u64,
        done: known
            .done
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect(),
        refused: known.refused.clone(),
        ..Tally::default()
    };
    slice.done.insert("unanswered".to_owned(), known.unanswered);
    slice.time(&known.times);
    Ok((known, slice))
}

/// Sends again, with the same key, what was never answered: twice, and both answers are one.
async fn ask_again(scene: &Scene, desk: &mut Client, known: &mut Known) -> Outcome<()> {
    let document = format!(
        "mutation($input: BookingCreateInput!) {{ bookingCreate(input: $input) {{ {BOOKED} userErrors {{ code message }} }} }}"
    );
    for input in std::mem::take(&mut known.open) {
        let first = desk.ask(&document, json!({ "input": input })).await?;
        let second = desk.ask(&document, json!({ "input": input })).await?;
        let answers = [&first, &second].map(|it| answer::read("bookingCreate", it));
        match answers {
            [Answer::Done(made), Answer::Done(_)] if first["data"] == second["data"] => {
                known.book(&made, scene.class());
            }
            // A refusal keeps nothing: meanwhile somebody's minute may have ended.
            [Answer::Refused(_), Answer::Done(made)] => known.book(&made, scene.class()),
            [Answer::Refused(_), Answer::Refused(_)] => {}
            _ => known
                .leaked
                .push(format!("one key, two answers: {first} {second}")),
        }
    }
    Ok(())
}

/// Bookings that are there and that nobody was told of.
async fn ghosts(scene: &Scene, desk: &mut Client, known: &Known) -> Outcome<u64> {
    let document =
        "query($filter: BookingFilterInput!) { bookings(filter: $filter, first: 1) { totalCount } }";
    let mut there = 0;
    for service in scene.services.iter().filter(|it| *it != scene.class()) {
        let answer = desk
            .ask(document, json!({ "filter": { "serviceId": service } }))
            .await?;
        let count = answer["data"]["bookings"]["totalCount"].as_u64();
        there += count.ok_or_else(|| answer.to_string())?;
    }
    Ok(there.abs_diff(known.own.len() as u64))
}

/// At which version each of these is; nothing for what is not there.
async fn versions(desk: &mut Client, ids: &[&String]) -> Outcome<Vec<Option<u64>>> {
    let document =
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Booking { version } ... on Block { version } } }";
    let answer = desk.ask(document, json!({ "ids": ids })).await?;
    let nodes = answer["data"]["nodes"]
        .as_array()
        .ok_or_else(|| answer.to_string())?;
    Ok(nodes.iter().map(|it: &Value| it["version"].as_u64()).collect())
}
