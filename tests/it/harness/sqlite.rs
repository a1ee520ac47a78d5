//! SQLite: a migrated file per schema, and a copy of it per story.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::sync::OnceCell;

/// One story's file, in a folder of its own; gone when dropped.
#[derive(Debug)]
pub(crate) struct Copy {
    folder: TempDir,
}

impl Copy {
    /// A fresh copy of the template.
    pub(crate) async fn new() -> Self {
        static TEMPLATE: OnceCell<PathBuf> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(template).await;
        let copy = Self::blank();
        std::fs::copy(template, copy.file()).expect("a copy");
        copy
    }

    /// A place for a file that is not there yet.
    pub(crate) fn blank() -> Self {
        let folder = TempDir::with_prefix_in("horarium-test-", scratch()).expect("a folder");
        Self { folder }
    }

    /// The file itself.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("horarium.sqlite")
    }

    /// Where the application connects.
    pub(crate) fn url(&self) -> String {
        url(&self.file())
    }
}

pub(crate) fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// Cargo's own place for what tests write.
fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// Makes the template unless it is there.
async fn template() -> PathBuf {
    let finished = scratch().join(format!("horarium-template-{}.sqlite", super::schema_hash()));
    let turn = File::create(scratch().join("horarium-template.lock")).expect("a lock file");
    turn.lock().expect("a lock");
    if !finished.exists() {
        let making = TempDir::with_prefix_in("horarium-template-", scratch()).expect("a folder");
        let file = making.path().join("template.sqlite");
        migration::migrate(&url(&file), &[])
            .await
            .expect("the migration runs");
        std::fs::rename(file, &finished).expect("the template is put in its place");
    }
    finished
}
