//! Documents that try to be expensive are refused, and judging them takes work in proportion to their text.

use async_graphql::Variables;
use door::Limits;

use crate::{
    corpus::{bombs, fan_out, giants},
    house::House,
    world::World,
};

#[tokio::test]
async fn every_bomb_is_refused_by_its_name() {
    let world = World::new();
    for bomb in bombs() {
        let answer = world.ask_with(&bomb.query, bomb.variables).await;
        let is_whole = bomb.query.len() < 256 * 1024;
        assert_eq!(
            answer.code(),
            if is_whole { bomb.code } else { "BODY_TOO_LARGE" },
            "{}: {}",
            bomb.name,
            &answer.text[..answer.text.len().min(400)]
        );
        assert!(
            answer.json().get("data").is_none(),
            "{}: something was executed",
            bomb.name
        );
        assert!(
            answer.text.len() < 20_000,
            "{}: an answer of {} bytes",
            bomb.name,
            answer.text.len()
        );
    }
}

#[test]
fn a_selection_is_looked_at_once_however_often_it_is_spread() {
    // Every limit that would stop the walk is off: it must come to its end by itself, and know the result.
    let limits = Limits {
        document_bytes: usize::MAX,
        tokens: usize::MAX,
        fragments: usize::MAX,
        nesting: usize::MAX,
        root_fields: usize::MAX,
        selections: u64::MAX,
        answer_values: u64::MAX,
        ..Limits::default()
    };
    let guard = House::new().guard(limits);
    for (width, depth) in [(30, 5), (50, 5), (100, 20), (2, 40), (2, 200)] {
        let judged = guard
            .judge(&fan_out(width, depth), None, &Variables::default())
            .unwrap();
        assert_eq!(judged.visited, width * depth + 2, "{width}^{depth}");
    }
}

#[tokio::test]
async fn what_is_large_and_honest_passes() {
    let world = World::new();
    for (name, query) in giants() {
        let answer = world.ask(&query).await;
        assert!(
            answer.json()["data"]["people"]["nodes"][0].is_object(),
            "{name}: {}",
            answer.text
        );
    }
}
