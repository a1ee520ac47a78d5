//! Where the rows are: a folder with SQLite's file, or a PostgreSQL of the run.

use tempfile::TempDir;

use crate::Outcome;
use crate::postgres::{self, Urls};

/// A database, and how a process is told about it.
pub(crate) struct Place {
    /// As the lines call it.
    pub(crate) name: &'static str,
    /// For letters, the key, and SQLite's file.
    pub(crate) folder: TempDir,
    urls: Option<Urls>,
}

impl Place {
    /// A file of its own.
    pub(crate) fn sqlite() -> Outcome<Self> {
        Ok(Self {
            name: "sqlite",
            folder: TempDir::new()?,
            urls: None,
        })
    }

    /// A database of its own, if there is a PostgreSQL.
    pub(crate) async fn postgres() -> Outcome<Option<Self>> {
        let Some(urls) = postgres::fresh("horarium_prove").await? else {
            return Ok(None);
        };
        Ok(Some(Self {
            name: "postgresql",
            folder: TempDir::new()?,
            urls: Some(urls),
        }))
    }

    /// What a process is told.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let data = self.folder.path().display().to_string();
        let mut settings = vec![("HORARIUM_DATA", data)];
        if let Some(urls) = &self.urls {
            settings.push(("DATABASE_URL", urls.app.to_string()));
            settings.push(("DATABASE_OWNER_URL", urls.owner.to_string()));
        }
        settings
    }

    /// Where the application connects.
    pub(crate) fn url(&self) -> String {
        match &self.urls {
            Some(urls) => urls.app.to_string(),
            None => format!("sqlite://{}", self.folder.path().join("horarium.db").display()),
        }
    }
}
