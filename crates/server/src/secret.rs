//! The secret that a developer need not think of: made once, kept in the data folder for its owner alone.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::config::MasterKey;

/// The file's name in the data folder.
pub const FILE: &str = "secret";

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretFailure {
    /// The folder or the file cannot be used.
    #[error("{path}: {why}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// Others than its owner may read it.
    #[error("{path} can be read by others than its owner: `chmod 600` it", path = .0.display())]
    Open(PathBuf),
    /// It holds something else.
    #[error("{path} does not hold a secret: {right} expected", path = path.display())]
    Strange {
        /// The file.
        path: PathBuf,
        /// What would be right.
        right: String,
    },
}

/// Makes the data folder if it is missing.
///
/// # Errors
/// When the system refuses.
pub fn make_folder(folder: &Path) -> Result<(), SecretFailure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|why| SecretFailure::File {
        path: folder.to_owned(),
        why,
    })
}

/// The secret kept in `folder`; if there is none yet, `fresh` is kept there.
///
/// # Errors
/// [`SecretFailure`] says which file and why.
pub fn keep(folder: &Path, fresh: [u8; MasterKey::MIN_BYTES]) -> Result<MasterKey, SecretFailure> {
    let path = folder.join(FILE);
    let fail = |why| SecretFailure::File {
        path: path.clone(),
        why,
    };
    make_folder(folder)?;
    if !path.try_exists().map_err(fail)? {
        write_once(&path, &fresh).map_err(fail)?;
    }
    if fs::metadata(&path).map_err(fail)?.permissions().mode() & 0o077 != 0 {
        return Err(SecretFailure::Open(path));
    }
    let text = fs::read_to_string(&path).map_err(fail)?;
    MasterKey::parse(text.trim()).map_err(|right| SecretFailure::Strange { path, right })
}

/// Writes beside, then links into place: a process that starts at the same moment finds all of it or nothing,
/// and whoever comes second keeps what the first has written.
fn write_once(path: &Path, fresh: &[u8]) -> io::Result<()> {
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    fresh.iter().try_for_each(|byte| write!(file, "{byte:02x}"))?;
    file.sync_all()?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match linked {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("deeper/data");
        assert_eq!(keep(&data, [7; 32]).unwrap().expose(), [7; 32]);
        assert_eq!(keep(&data, [8; 32]).unwrap().expose(), [7; 32]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&data), mode(&data.join(FILE))), (0o700, 0o600));
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        keep(folder.path(), [7; 32]).unwrap();
        fs::set_permissions(folder.path().join(FILE), Permissions::from_mode(0o640)).unwrap();
        assert!(
            keep(folder.path(), [7; 32])
                .unwrap_err()
                .to_string()
                .ends_with("`chmod 600` it")
        );
    }

    #[test]
    fn a_file_that_holds_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::write(&path, "canary").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let told = keep(folder.path(), [7; 32]).unwrap_err().to_string();
        assert!(
            told.contains("does not hold a secret") && !told.contains("canary"),
            "{told}"
        );
        assert_eq!(fs::read_to_string(path).unwrap(), "canary");
    }

    #[test]
    fn of_two_that_start_together_one_secret_remains() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        write_once(&path, &[1; 32]).unwrap();
        write_once(&path, &[2; 32]).unwrap();
        assert_eq!(keep(folder.path(), [3; 32]).unwrap().expose(), [1; 32]);
    }
}
