//! What stories fetch from npm: pinned by a lock file, fetched once, into a folder under `target/`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder under `tests/` of this name with its packages, made by the first who asks.
pub fn fetched(name: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let turn = File::create(folder.join("turn")).unwrap();
    turn.lock().unwrap();
    for file in fs::read_dir(&source).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    let lock = fs::read(source.join("package-lock.json")).unwrap();
    if fs::read(folder.join("fetched")).ok().as_ref() != Some(&lock) {
        let npm = Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .output()
            .expect("npm fetches it; tests/run.sh installs npm");
        let said = String::from_utf8_lossy(&npm.stderr);
        assert!(npm.status.success(), "npm could not fetch {name}: {said}");
        fs::write(folder.join("fetched"), lock).unwrap();
    }
    folder
}
