//! A certified OpenID Provider, `oidc-provider` of npm, on loopback. Its version is pinned by the lock file beside its
//! script; it is fetched once into a folder under `target/`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::identity_provider::CLIENT;
use super::{World, certificate};

/// The provider. It ends with this value.
pub struct Certified {
    pub issuer: String,
    process: Child,
}

impl Certified {
    /// Starts one whose clock shows the world's time, with the client of stories, which comes back to this address.
    pub fn start(world: &World, way_back: &str) -> Self {
        let folder = fetched();
        let certificate = certificate::of_this_run();
        let mut process = Command::new("node")
            .arg("provider.mjs")
            .args([&certificate.chain, &certificate.key])
            .arg(world.now().timestamp_millis().to_string())
            .args([CLIENT.0, CLIENT.1, way_back])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node runs the identity provider; tests/run.sh installs it");
        let says = BufReader::new(process.stdout.take().unwrap());
        let port = says
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("listening on ")?.to_owned()))
            .expect("the identity provider says where it listens");
        Self {
            issuer: format!("https://localhost:{port}"),
            process,
        }
    }
}

impl Drop for Certified {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The folder with the provider, made by the first who asks.
fn fetched() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc-provider");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oidc-provider");
    fs::create_dir_all(&folder).unwrap();
    let turn = File::create(folder.join("turn")).unwrap();
    turn.lock().unwrap();
    let lock = fs::read(source.join("package-lock.json")).unwrap();
    for name in ["package.json", "package-lock.json", "provider.mjs"] {
        fs::copy(source.join(name), folder.join(name)).unwrap();
    }
    if fs::read(folder.join("fetched")).ok().as_ref() != Some(&lock) {
        let npm = Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .output()
            .expect("npm fetches the identity provider; tests/run.sh installs it");
        let said = String::from_utf8_lossy(&npm.stderr);
        assert!(npm.status.success(), "npm could not fetch it: {said}");
        fs::write(folder.join("fetched"), lock).unwrap();
    }
    folder
}
