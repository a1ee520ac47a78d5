//! The table as people read it: the page in `docs/`, and what `horarium config` prints.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::given::{Given, collect};
use super::{Key, keys};

/// `docs/configuration.md`.
#[must_use]
pub fn manual() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         <!-- Generated from `crates/server/src/config.rs`: UPDATE_DOCS=1 cargo test -p server configuration -->\n\n\
         Settings come from the environment and from one optional TOML file; the environment wins. A variable\n\
         that is empty counts as not set. An unknown key (in the file, or a variable that begins with `HORARIUM_`,\n\
         `HORARIUM_TEST_` excepted) and a value that cannot be used end the program with a message that names it.\n\
         `horarium config` prints this list with the values in force; secrets are never shown.\n\n\
         | variable | in the file | default |\n|---|---|---|\n",
    );
    for key in keys() {
        let file = key.file.map_or("—".to_owned(), |name| format!("`{name}`"));
        let default = key.default.map_or("—".to_owned(), |text| format!("`{text}`"));
        _ = writeln!(
            page,
            "| [`{0}`](#{1}) | {file} | {default} |",
            key.env,
            key.env.to_lowercase()
        );
    }
    for key in keys() {
        _ = write!(
            page,
            "\n## {}\n\n{}\n\n{}.",
            key.env,
            plain(key.doc),
            sentence(&(key.kind)())
        );
        page.push_str(if key.secret { " Never shown.\n" } else { "\n" });
    }
    page
}

/// Every setting with what it is for and what holds now.
#[must_use]
pub fn report(env: &BTreeMap<String, String>, file: Option<&str>) -> String {
    let (settings, _) = collect(env, file);
    let mut text = String::new();
    for key in keys() {
        let file = key
            .file
            .map_or_else(String::new, |name| format!("  (in the file: {name})"));
        let doc = plain(key.doc).replace('\n', "\n    ");
        let kind = sentence(&(key.kind)());
        _ = writeln!(
            text,
            "{}{file}\n    {doc}\n    {kind}.\n    Now: {}\n",
            key.env,
            now(key, settings.get(key.env))
        );
    }
    text
}

/// What holds, and why.
fn now(key: &Key, given: Option<&Given>) -> String {
    match (given, key.default) {
        (Some(Given { place, .. }), _) if key.secret => format!("set, not shown ({place})"),
        (Some(Given { text, place }), _) => format!("{text} ({place})"),
        (None, Some(default)) => format!("{default} (default)"),
        (None, None) => "not set".to_owned(),
    }
}

/// A doc comment without the blank that begins each of its lines.
fn plain(doc: &str) -> String {
    doc.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

/// A kind as the beginning of a sentence.
fn sentence(kind: &str) -> String {
    let mut letters = kind.chars();
    letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}
