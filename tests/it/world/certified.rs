//! A certified OpenID Provider, `oidc-provider` of npm, on loopback. Its version is pinned by the lock file beside its
//! script.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::identity_provider::CLIENT;
use super::{World, certificate, npm};

/// The provider. It ends with this value.
pub struct Certified {
    pub issuer: String,
    process: Child,
}

impl Certified {
    /// Starts one whose clock shows the world's time, with the client of stories, which comes back to this address.
    pub fn start(world: &World, way_back: &str) -> Self {
        let folder = npm::fetched("oidc-provider");
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
