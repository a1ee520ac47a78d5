//! What every member says of itself: nothing twice, nothing of its own.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::sources::{manifest, members, root, rust};

const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

fn dependencies(manifest: &Table) -> impl Iterator<Item = (&String, &Value)> {
    let tables = KINDS
        .into_iter()
        .filter_map(|kind| manifest.get(kind)?.as_table());
    tables.flatten()
}

fn says(value: Option<&Value>, key: &str) -> bool {
    value
        .and_then(|it| it.get(key))
        .and_then(Value::as_bool)
        .unwrap_or(false)
}

#[test]
fn every_version_is_written_once_in_the_root() {
    for (name, manifest) in members() {
        for (dependency, how) in dependencies(&manifest) {
            assert!(
                says(Some(how), "workspace"),
                "{name}: say `{dependency}.workspace = true`"
            );
        }
        assert!(
            !manifest.contains_key("target"),
            "{name}: one set of dependencies for every machine"
        );
    }
}

#[test]
fn every_member_takes_lints_edition_and_version_from_the_root() {
    for (name, manifest) in members() {
        assert!(
            says(manifest.get("lints"), "workspace"),
            "{name}: [lints] workspace = true"
        );
        let package = manifest.get("package").expect("a package");
        for key in ["edition", "version", "publish", "rust-version"] {
            assert!(
                says(package.get(key), "workspace"),
                "{name}: {key}.workspace = true"
            );
        }
        assert!(
            package.get("description").is_some(),
            "{name}: say in a line what it is"
        );
    }
}

#[test]
fn the_root_names_nothing_that_nobody_uses() {
    let root = manifest(&root().join("Cargo.toml"));
    let offered = root["workspace"]["dependencies"].as_table().expect("a table");
    let members = members();
    let used: BTreeSet<&String> = members
        .iter()
        .flat_map(|(_, manifest)| dependencies(manifest))
        .map(|(name, _)| name)
        .collect();
    let folders: BTreeSet<&String> = members.iter().map(|(name, _)| name).collect();
    let idle: Vec<&String> = offered
        .keys()
        .filter(|it| !used.contains(it) && !folders.contains(it))
        .collect();
    assert!(idle.is_empty(), "{idle:?}");
}

/// A crate that nobody asks for is compiled all the same, and read as if it mattered.
#[test]
fn a_member_names_nothing_that_its_code_does_not() {
    let sources = rust();
    let mut idle = Vec::new();
    for (name, manifest) in members() {
        let texts: String = sources
            .iter()
            .filter(|it| it.krate() == name)
            .map(|it| it.text.as_str())
            .collect();
        for (dependency, _) in dependencies(&manifest) {
            let word = dependency.replace('-', "_");
            let used = [format!("{word}::"), format!("use {word}"), format!("{word} as _")];
            if !used.iter().any(|it| texts.contains(it)) {
                idle.push(format!("{name} -> {dependency}"));
            }
        }
    }
    assert!(idle.is_empty(), "{idle:#?}");
}
