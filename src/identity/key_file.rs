//! The server's secret key in a file of its own, which only its owner may read.
//!
//! The file holds the key as [`SecretKey::encode`] writes it and a newline; whatever [`SecretKey::parse`]
//! reads is accepted.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;

use super::sealed::SecretKey;

/// The permissions a new key file gets, and all that a key file may have for its group and others: none.
const PRIVATE: u32 = 0o600;
const GROUP_AND_OTHERS: u32 = 0o077;
/// No key is longer; whatever else the path names is not read into memory.
const LONGEST: u64 = 1024;

/// Why a key file could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file is missing or cannot be read.
    #[error("the key file {} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The path names a directory, a pipe or a device.
    #[error("the key file {} is not a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// Its group or others may read, write or execute the file.
    #[error("the key file {0} is open to others (mode {mode:04o}); make it private: chmod 600 {0}", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds no key.
    #[error("the key file {} holds no key: it wants 64 hexadecimal digits, or the base64 of 32 bytes", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The file was missing and cannot be made.
    #[error("the key file {} cannot be made: {source}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Reads the key from a file.
///
/// # Errors
///
/// See [`KeyFileError`]; a file that group or others may touch is refused.
pub fn load(path: &Path) -> Result<SecretKey, KeyFileError> {
    let failed = |source| KeyFileError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    // Asked of the open file, so that the answer is about what is read.
    let about = file.metadata().map_err(failed)?;
    if !about.is_file() {
        return Err(KeyFileError::NotAFile {
            path: path.to_owned(),
        });
    }
    let mode = about.permissions().mode() & 0o7777;
    if mode & GROUP_AND_OTHERS != 0 {
        return Err(KeyFileError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(Vec::new());
    file.take(LONGEST).read_to_end(&mut text).map_err(failed)?;
    std::str::from_utf8(&text)
        .ok()
        .and_then(|text| SecretKey::parse(text).ok())
        .ok_or_else(|| KeyFileError::NotAKey {
            path: path.to_owned(),
        })
}

/// Reads the key from a file, or makes the file (mode 0600) with the fresh random bytes as its key. Says
/// whether it made the file.
///
/// The file appears whole and on disk, or not at all. Of several processes that start at once one makes it,
/// and all have that one's key. Its directory must exist.
///
/// # Errors
///
/// See [`KeyFileError`]; a file that exists and is wrong is never replaced.
pub fn load_or_create(path: &Path, fresh: [u8; 32]) -> Result<(SecretKey, bool), KeyFileError> {
    match load(path) {
        Err(KeyFileError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
        found => return found.map(|key| (key, false)),
    }
    let key = SecretKey::from_bytes(fresh);
    match create(path, &key) {
        Ok(()) => Ok((key, true)),
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
            load(path).map(|key| (key, false))
        }
        Err(source) => Err(KeyFileError::Create {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Writes the file under another name and links it into place, which fails where the name is taken.
fn create(path: &Path, key: &SecretKey) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".secret-key-")
        .permissions(std::fs::Permissions::from_mode(PRIVATE))
        .tempfile_in(directory)?;
    file.write_all(key.encode().expose_secret().as_bytes())?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|taken| taken.error)?;
    // The name, too, must outlive a crash.
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn text(key: &SecretKey) -> String {
        key.encode().expose_secret().to_owned()
    }

    fn write(path: &Path, text: &[u8], mode: u32) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn makes_a_private_file_once() {
        let folder = folder();
        let path = folder.path().join("secret.key");
        let (made, created) = load_or_create(&path, [1; 32]).unwrap();
        assert!(created);
        let permissions = fs::metadata(&path).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o7777, 0o600);
        let (found, created) = load_or_create(&path, [2; 32]).unwrap();
        assert!(!created);
        assert_eq!(text(&found), text(&made));
        assert_eq!(text(&load(&path).unwrap()), "01".repeat(32));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn everybody_in_a_race_has_the_same_key() {
        let folder = folder();
        let path = folder.path().join("secret.key");
        let barrier = std::sync::Barrier::new(8);
        let keys: Vec<(String, bool)> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..8)
                .map(|n| {
                    let (path, barrier) = (&path, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        let (key, created) = load_or_create(path, [n; 32]).unwrap();
                        (text(&key), created)
                    })
                })
                .collect();
            racers
                .into_iter()
                .map(|racer| racer.join().unwrap())
                .collect()
        });
        assert!(keys.iter().all(|(key, _)| *key == keys[0].0));
        assert_eq!(keys.iter().filter(|(_, created)| *created).count(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn refuses_a_file_that_others_may_touch() {
        let folder = folder();
        let path = folder.path().join("secret.key");
        for mode in [0o640, 0o604, 0o620, 0o602, 0o644, 0o666] {
            write(&path, "07".repeat(32).as_bytes(), mode);
            let error = load_or_create(&path, [1; 32]).unwrap_err();
            assert!(matches!(error, KeyFileError::Exposed { mode: seen, .. } if seen == mode));
            let message = error.to_string();
            assert!(message.contains(&format!("mode {mode:04o}")), "{message}");
            assert!(message.ends_with(&format!("chmod 600 {}", path.display())));
        }
        write(&path, "07".repeat(32).as_bytes(), 0o400);
        assert_eq!(text(&load(&path).unwrap()), "07".repeat(32));
    }

    #[test]
    fn never_replaces_a_file_that_is_wrong() {
        let folder = folder();
        let path = folder.path().join("secret.key");
        for wrong in [&b""[..], b"not a key\n", b"\xff\xfe", &[b'0'; 5000]] {
            write(&path, wrong, 0o600);
            let error = load_or_create(&path, [1; 32]).unwrap_err();
            assert!(matches!(error, KeyFileError::NotAKey { .. }));
            assert_eq!(fs::read(&path).unwrap(), wrong);
        }
    }

    #[test]
    fn says_what_is_missing() {
        let folder = folder();
        let path = folder.path().join("secret.key");
        assert!(matches!(load(&path), Err(KeyFileError::Read { .. })));
        assert!(!path.exists());
        assert!(matches!(
            load(folder.path()),
            Err(KeyFileError::NotAFile { .. })
        ));
        let nowhere = folder.path().join("missing/secret.key");
        assert!(matches!(
            load_or_create(&nowhere, [1; 32]),
            Err(KeyFileError::Create { .. })
        ));
    }
}
