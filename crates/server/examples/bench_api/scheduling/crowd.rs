//! A team of a thousand providers, and one page that asks for the week of all of them.

use std::time::{Duration, Instant};

use sea_orm::ConnectionTrait;

use super::practice::Practice;
use super::sql::Words;
use crate::Outcome;
use crate::load;
use crate::product::Product;
use crate::report::{Figure, median};

/// How many there are.
const PROVIDERS: i64 = 1_000;
/// What is taken of each one's time, over six weeks.
const TAKEN: i64 = 124;
/// How often the week is asked for.
const TIMES: usize = 40;

/// How long the week of everybody takes, one request after the other.
pub(super) async fn crowd(product: &Product, practice: &Practice) -> Outcome<Figure> {
    let db = product.past_the_api().await?;
    for statement in statements(Words::of(&db), practice.from.timestamp()) {
        db.execute_unprepared(&statement).await?;
    }
    // As whoever runs a database has it done.
    db.execute_unprepared("ANALYZE").await?;
    let request = practice.list(&practice.crowded, (7, 500));
    let mut times = Vec::with_capacity(TIMES);
    for time in 0..TIMES + 5 {
        let began = Instant::now();
        let answer = load::once(product.address, &request).await?;
        if !answer.body.contains("\"startsAt\"") {
            return Err(answer.body.into());
        }
        // The first ones warm it.
        if time >= 5 {
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(Figure {
        name: "providers_1000_7d_ms",
        database: product.database,
        values: vec![
            ("ms", median(&mut times)),
            ("lowest_ms", times[0]),
            ("highest_ms", times[times.len() - 1]),
            ("providers", PROVIDERS as f64),
            ("occupancies", (PROVIDERS * TAKEN) as f64),
            ("times", TIMES as f64),
        ],
    })
}

/// The crowd and its hours like the one provider that the service has, a team of all of them in the place of that one, and
/// three appointments a day of each.
fn statements(words: Words, from: i64) -> [String; 6] {
    let (one, members, taken) = (
        words.series(1),
        words.series(PROVIDERS),
        words.series(PROVIDERS * TAKEN),
    );
    let (provider, team) = (words.id(1, "s.i"), words.id(2, "0"));
    let (rule, member, occupancy) = (words.id(3, "s.i"), words.id(4, "s.i"), words.id(5, "s.i"));
    let (whose, owner) = (words.id(1, &format!("s.i % {PROVIDERS}")), words.id(6, "s.i"));
    let turn = format!("(s.i / {PROVIDERS})");
    let starts = format!("({from} + {turn} / 3 * 86400 + 32400 + {turn} % 3 * 9000)");
    let (starts_at, ends_at) = (words.instant(&starts), words.instant(&format!("{starts} + 1800")));
    [
        format!(
            "INSERT INTO resources (organization_id, id, kind, name, slug, timezone, capacity, is_active, metadata, search, \
             version, created_at, updated_at) SELECT organization_id, {provider}, kind, name, 'crowd-' || s.i, timezone, \
             capacity, is_active, metadata, search, version, created_at, updated_at FROM resources, {members} \
             WHERE slug = 'crowd'"
        ),
        format!(
            "INSERT INTO availability_rules (organization_id, id, resource_id, starts_on, rrule, start_minute, end_minute, \
             except_on, version, created_at, updated_at) SELECT a.organization_id, {rule}, {provider}, a.starts_on, a.rrule, \
             a.start_minute, a.end_minute, a.except_on, a.version, a.created_at, a.updated_at FROM availability_rules a \
             JOIN resources r ON r.id = a.resource_id AND r.slug = 'crowd', {members}"
        ),
        format!(
            "INSERT INTO teams (organization_id, id, name, slug, strategy, locks, version, created_at, updated_at) \
             SELECT organization_id, {team}, name, slug, 'ROUND_ROBIN', '[]', 1, created_at, updated_at \
             FROM resources, {one} WHERE slug = 'crowd'"
        ),
        format!(
            "INSERT INTO team_members (organization_id, id, team_id, resource_id, role, priority, weight, is_fixed, \
             created_at) SELECT organization_id, {member}, {team}, {provider}, 'MEMBER', 0, 100, false, created_at \
             FROM resources, {members} WHERE slug = 'crowd'"
        ),
        format!(
            "UPDATE service_hosts SET resource_id = NULL, team_id = {team} \
             WHERE service_id IN (SELECT id FROM services WHERE slug = 'crowd')"
        ),
        format!(
            "INSERT INTO occupancies (organization_id, id, resource_id, lane, starts_at, ends_at, owner_kind, owner_id) \
             SELECT organization_id, {occupancy}, {whose}, 0, {starts_at}, {ends_at}, 'BOOKING', {owner} \
             FROM resources, {taken} WHERE slug = 'crowd'"
        ),
    ]
}
