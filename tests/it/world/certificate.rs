//! A certificate for `localhost`, and the authority that made it: one of each for a run of the tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the PEM files are.
#[derive(Debug)]
pub struct Certificate {
    pub authority: PathBuf,
    pub chain: PathBuf,
    pub key: PathBuf,
}

/// The one of this run.
pub fn of_this_run() -> &'static Certificate {
    static MADE: OnceLock<Certificate> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let folder = folder.join(format!("certificate-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        made_in(&folder)
    })
}

fn made_in(folder: &Path) -> Certificate {
    const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    std::fs::write(
        folder.join("names"),
        "subjectAltName = DNS:localhost, IP:127.0.0.1\n",
    )
    .unwrap();
    for arguments in [
        format!("req -x509 {KEY} -days 2 -subj /CN=stories -keyout authority.key -out authority.pem"),
        format!("req {KEY} -subj /CN=localhost -keyout key.pem -out asked.pem"),
        "x509 -req -in asked.pem -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names -out chain.pem".to_owned(),
    ] {
        let made = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    Certificate {
        authority: folder.join("authority.pem"),
        chain: folder.join("chain.pem"),
        key: folder.join("key.pem"),
    }
}
