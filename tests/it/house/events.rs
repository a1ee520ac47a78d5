//! The catalogue of events: what the code tells is in it, and what is in it is told and written about.

use std::collections::BTreeSet;

use kernel::EventType;

use super::sources::rust;

/// The page that lists them.
const PAGE: &str = include_str!("../../../docs/journal.md");

#[test]
fn every_event_of_the_catalogue_is_told_somewhere() {
    let code: String = rust()
        .into_iter()
        .filter(|it| it.path.starts_with("crates/") && !it.path.starts_with("crates/kernel/"))
        .map(|it| it.text)
        .collect();
    let silent: Vec<&str> = EventType::ALL
        .iter()
        .filter(|it| !code.contains(&format!("EventType::{it:?}")))
        .map(|it| it.word())
        .collect();
    assert_eq!(silent, [""; 0], "nobody tells these");
}

#[test]
fn the_page_lists_the_catalogue() {
    let row = |it: &EventType| {
        format!(
            "| `{}` | {} | `{}` |",
            it.word(),
            it.sentence().trim(),
            it.right()
        )
    };
    let missing: Vec<String> = EventType::ALL
        .iter()
        .map(row)
        .filter(|it| !PAGE.contains(it))
        .collect();
    assert_eq!(missing, [""; 0], "docs/journal.md lacks these lines");
    let (_, list) = PAGE
        .split_once("## Everything that can happen")
        .expect("the list");
    let listed: BTreeSet<&str> = list
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|word| word.contains('.'))
        .collect();
    let known: BTreeSet<&str> = EventType::ALL.iter().map(|it| it.word()).collect();
    assert_eq!(listed, known, "docs/journal.md lists what cannot happen");
}
