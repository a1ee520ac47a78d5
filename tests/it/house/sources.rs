//! The repository as the checks read it.

use std::path::{Path, PathBuf};

use toml::Table;

/// A file of ours.
#[derive(Debug)]
pub(super) struct Source {
    /// From the root, with `/` between: `crates/db/src/lib.rs`.
    pub(super) path: String,
    /// What is in it.
    pub(super) text: String,
}

impl Source {
    /// The crate it belongs to; `migration` and `tests` are crates as well.
    pub(super) fn krate(&self) -> &str {
        let inside = self.path.strip_prefix("crates/").unwrap_or(&self.path);
        inside.split_once('/').map_or(inside, |(krate, _)| krate)
    }

    /// Its lines, counted from one.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (at + 1, line))
    }

    /// Its lines of code: a comment may name what code may not.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines()
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Where the repository is.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .to_owned()
}

/// Every file of Rust.
pub(super) fn rust() -> Vec<Source> {
    let mut found = Vec::new();
    for folder in ["crates", "migration", "tests"] {
        gather(&root().join(folder), &mut found);
    }
    found.retain(|path| path.extension().is_some_and(|it| it == "rs"));
    found.sort();
    let sources = found.iter().map(|path| {
        let inside = path.strip_prefix(root()).expect("inside the repository");
        let path = inside.to_str().expect("a path in UTF-8").replace('\\', "/");
        Source {
            path,
            text: std::fs::read_to_string(root().join(inside)).expect("a text"),
        }
    });
    sources.collect()
}

/// Every member of the workspace with its manifest, by the name of its folder.
pub(super) fn members() -> Vec<(String, Table)> {
    let crates = std::fs::read_dir(root().join("crates")).expect("the crates");
    let mut folders: Vec<PathBuf> = crates.map(|it| it.expect("an entry").path()).collect();
    folders.extend([root().join("migration"), root().join("tests")]);
    folders.sort();
    let named = folders.iter().filter(|it| it.join("Cargo.toml").exists());
    let named = named.map(|folder| {
        let name = folder.file_name().and_then(|it| it.to_str()).expect("a name");
        (name.to_owned(), manifest(&folder.join("Cargo.toml")))
    });
    named.collect()
}

/// One manifest.
pub(super) fn manifest(path: &Path) -> Table {
    std::fs::read_to_string(path)
        .expect("a manifest")
        .parse()
        .expect("TOML")
}

fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name();
        // What tools leave in a package's folder is not ours.
        if name == "target" || name == "node_modules" {
            continue;
        }
        if entry.file_type().expect("a kind").is_dir() {
            gather(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}
