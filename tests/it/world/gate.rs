//! A gate: what a proxy asks, with its key and an engineer's pass; and a real nginx with the product's own example.

use std::fmt::Write as _;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lockbox::acts::access_pass::{self, Given};
use lockbox::domain::key::KeyScope;
use lockbox::domain::request::Request;
use reqwest::Client;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::World;

/// A pass for Ivo's live access.
pub fn pass_for(world: &World, request: &Request) -> String {
    text(&given_for(world, request))
}

pub fn given_for(world: &World, request: &Request) -> Given {
    let ivo = world.fresh("ivo");
    let given =
        access_pass::take(&world.lockbox, &world.base_url, &ivo, &request.reference).unwrap();
    world.secrets.know(given.text.expose_secret());
    given
}

pub fn text(given: &Given) -> String {
    given.text.expose_secret().to_owned()
}

/// A proxy in front of one service of Fabrikam's.
pub struct Gate<'w> {
    world: &'w World,
    address: String,
    key: String,
    client: Client,
}

/// What a gate was answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Answered {
    pub status: u16,
    pub reason: String,
}

impl<'w> Gate<'w> {
    pub fn of(world: &'w World, service: &str) -> Self {
        Self {
            world,
            address: format!("/forward-auth/fabrikam/{service}"),
            key: world.new_key(
                &format!("Gate {}", world.entries()),
                &[KeyScope::AccessRead],
                None,
            ),
            client: Client::new(),
        }
    }

    pub fn with_key(self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self
        }
    }

    pub fn at(self, address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..self
        }
    }

    /// The proxy's own call, with these headers besides its key.
    pub async fn call(&self, method: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let url = format!("{}{}", self.world.base_url, self.address);
        let mut call = self.client.request(method.parse().unwrap(), url);
        if !self.key.is_empty() {
            call = call.header("x-lockbox-key", &self.key);
        }
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        call.send().await.unwrap()
    }

    /// What comes of a request that the proxy holds.
    pub async fn asks(&self, pass: &str, method: &str, target: &str) -> Answered {
        let bearer = format!("Bearer {pass}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-original-method", method),
            ("x-original-uri", target),
        ];
        answered(&self.call("GET", &headers).await)
    }
}

/// The answer, after all that must hold whatever it is.
pub fn answered(answer: &reqwest::Response) -> Answered {
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    };
    let status = answer.status().as_u16();
    assert_eq!(header("cache-control"), Some("no-store"));
    let told = ["x-lockbox-request", "x-lockbox-engineer", "x-lockbox-until"]
        .map(|name| header(name).is_some());
    assert_eq!(
        told,
        [status == 200; 3],
        "all three, and only with an allow"
    );
    assert!([200, 401, 403].contains(&status), "{status}");
    if status != 200 {
        assert_eq!(header("content-type"), Some("application/problem+json"));
    }
    Answered {
        status,
        reason: header("x-lockbox-reason").unwrap_or_default().to_owned(),
    }
}

/// nginx as a child of this process, with `tests/proxies/nginx.conf` and files of its own. It ends with this value.
pub struct Nginx {
    pub base_url: String,
    process: Child,
    folder: TempDir,
}

impl Nginx {
    /// In front of this Lockbox and of what listens at `content`.
    pub fn start(lockbox: &str, content: &str, key: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("content");
        fs::create_dir_all(root.join("mailbox/kim")).unwrap();
        fs::write(root.join("mailbox/kim/calendar.txt"), "Kim's calendar").unwrap();
        fs::write(root.join("mailbox/other.txt"), "Somebody else's").unwrap();
        // Another process may take a port that was free a moment ago.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let address = format!("127.0.0.1:{port}");
            let mut process = begin(
                folder.path(),
                &example(folder.path(), &address, lockbox, content, key),
            );
            if listens(&mut process, &address) {
                let base_url = format!("http://{address}");
                return Self {
                    base_url,
                    process,
                    folder,
                };
            }
            process.kill().unwrap();
            process.wait().unwrap();
        }
        let log = fs::read_to_string(folder.path().join("error.log")).unwrap_or_default();
        panic!("nginx does not listen; tests/run.sh installs it\n{log}");
    }

    /// What nginx found wrong so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("error.log")).unwrap()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The example with other addresses, and nothing else changed.
fn example(folder: &Path, listen: &str, lockbox: &str, content: &str, key: &str) -> String {
    let root = folder.join("content");
    let mut text = include_str!("../../proxies/nginx.conf").to_owned();
    for (theirs, ours) in [
        (
            "server 127.0.0.1:8080;",
            format!(
                "server {};",
                lockbox
                    .trim_start_matches("http://")
                    .replace("localhost", "127.0.0.1")
            ),
        ),
        ("server 127.0.0.1:9000;", format!("server {content};")),
        ("listen 127.0.0.1:8000;", format!("listen {listen};")),
        ("root /srv/content;", format!("root {};", root.display())),
        ("lbx_the-key-of-this-gate", key.to_owned()),
    ] {
        assert_eq!(text.matches(theirs).count(), 1, "{theirs}");
        text = text.replace(theirs, &ours);
    }
    text
}

fn begin(folder: &Path, server: &str) -> Child {
    let shown = folder.display();
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let mut temporary = String::new();
    for kind in kinds {
        writeln!(temporary, "{kind}_temp_path {shown}/{kind};").unwrap();
    }
    let whole = format!(
        "daemon off;\nmaster_process off;\npid {shown}/pid;\nerror_log {shown}/error.log;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}{server}\n}}\n"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, whole).unwrap();
    Command::new("nginx")
        .arg("-p")
        .arg(folder)
        .arg("-c")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nginx runs; tests/run.sh installs it")
}

fn listens(process: &mut Child, address: &str) -> bool {
    for _ in 0..100 {
        if process.try_wait().unwrap().is_some() {
            return false;
        }
        if TcpStream::connect(address).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}
