//! What is not done here, wherever it is tried.

use super::sources::rust;

/// What no line of code may hold, and why. Written in two halves, so that this file is no exception.
const NOT_DONE: &[(&str, &str, &str)] = &[
    (
        "to",
        "do!(",
        "a thing that is not there is left out, and said so in the documents",
    ),
    ("unimple", "mented!(", "a thing that is not there is left out"),
    ("#[ig", "nore", "a test that does not run proves nothing"),
    (
        "[al",
        "low(",
        "#[expect(lint, reason = …)] says why, and ends when the reason does",
    ),
    ("db", "g!(", "somebody was looking for something"),
    (
        "should_",
        "panic",
        "a story says what it expects with an assertion",
    ),
];

#[test]
fn nothing_is_left_undone_or_hushed_up() {
    let mut wrong = Vec::new();
    for source in rust() {
        for (at, line) in source.code() {
            for (start, rest, why) in NOT_DONE {
                if line.contains(&format!("{start}{rest}")) {
                    wrong.push(format!("{}:{at}: {} ({why})", source.path, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<String> = rust()
        .into_iter()
        .filter(|it| !it.text.starts_with("//!"))
        .map(|it| it.path)
        .collect();
    assert!(silent.is_empty(), "begin with `//! …`: {silent:#?}");
}

#[test]
fn every_expectation_has_its_reason() {
    let mut bare = Vec::new();
    for source in rust() {
        let lines: Vec<&str> = source.text.lines().collect();
        for (at, line) in source.code() {
            let expects = line.trim_start().starts_with("#[expect(") || line.starts_with("#![expect(");
            // The reason is on the same line, or on one of the few that rustfmt breaks it into.
            let end = lines.len().min(at + 5);
            if expects && !lines[at - 1..end].iter().any(|it| it.contains("reason =")) {
                bare.push(format!("{}:{at}", source.path));
            }
        }
    }
    assert!(bare.is_empty(), "{bare:#?}");
}
