//! The real program, as those who run it see it: what it prints, its log and its figures.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::rt::time::sleep;
use lockbox::app::Opened;
use lockbox::clock::{Clock, Entropy};
use lockbox::demo::{DemoFile, enrol_everybody};
use lockbox::store::conn::DatabaseUrl;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tempfile::{NamedTempFile, TempDir};

use crate::world::newcomer::code_of_words;
use crate::world::secrets::assert_shows_none;
use crate::world::{Page, settings};

/// The program, serving.
pub struct Served {
    child: Child,
    /// What it prints.
    printed: NamedTempFile,
    pub base_url: String,
}

impl Served {
    /// Waits until it answers.
    pub async fn start(mut command: Command, base_url: &str) -> Self {
        let printed = NamedTempFile::new().unwrap();
        let child = command
            .stdout(printed.reopen().unwrap())
            .stderr(Stdio::piped());
        let mut served = Self {
            child: child.spawn().unwrap(),
            printed,
            base_url: base_url.to_owned(),
        };
        while reqwest::get(format!("{base_url}/healthz")).await.is_err() {
            let ended = served.child.try_wait().unwrap();
            assert!(ended.is_none(), "it did not start: {}", served.log());
            sleep(Duration::from_millis(20)).await;
        }
        served
    }

    /// What it has printed for whoever started it.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(self.printed.path()).unwrap()
    }

    /// SIGTERM; what it wrote into its log until then.
    pub fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        self.log()
    }

    fn log(&mut self) -> String {
        let mut log = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut log).unwrap();
        assert_shows_none(&log, []);
        log
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// `lockbox serve` on the demo's people.
struct Node {
    _folder: TempDir,
    served: Served,
    metrics: String,
    file: DemoFile,
}

impl Node {
    async fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = DatabaseUrl::Sqlite(folder.path().join("lockbox.db"));
        let settings = settings(&database, &folder);
        let opened = Opened::open(&settings, Clock::system(), Entropy::system()).unwrap();
        let file = enrol_everybody(opened.lockbox(), String::new())
            .await
            .unwrap();
        drop(opened);
        let (port, metrics) = (free_port(), free_port());
        let mut command = serve(folder.path(), port);
        command
            .args(["--metrics-listen", &format!("127.0.0.1:{metrics}")])
            .args(arguments);
        Self {
            served: Served::start(command, &format!("http://127.0.0.1:{port}")).await,
            _folder: folder,
            metrics: format!("http://127.0.0.1:{metrics}/metrics"),
            file,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.served.base_url)
    }

    async fn evaluate(&self, client: &Client, engineer: &str) -> Response {
        let question = json!({
            "subject": {"type": "engineer", "id": engineer}, "action": {"name": "access"},
            "resource": {"type": "service", "id": "teams", "properties": {"tenant": "fabrikam"}},
        });
        let post = client
            .post(self.url("/access/v1/evaluation"))
            .bearer_auth(&self.file.api_key);
        post.json(&question).send().await.unwrap()
    }
}

/// The command that serves what is in this folder at this port.
fn serve(folder: &Path, port: u16) -> Command {
    let shown = folder.display();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lockbox"));
    command
        .args(["serve", "--workers", "2"])
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .args(["--database-url", &format!("sqlite://{shown}/lockbox.db")])
        .args(["--mail", &format!("folder://{shown}/mail")]);
    command
}

/// A port that nobody has this moment.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn browser() -> Client {
    Client::builder()
        .cookie_store(true)
        .redirect(Policy::none())
        .build()
        .unwrap()
}

async fn page(answer: Response) -> Page {
    Page {
        status: answer.status(),
        path: answer.url().path().to_owned(),
        headers: answer.headers().clone(),
        html: answer.text().await.unwrap(),
    }
}

fn id_of(answer: &Response) -> String {
    answer.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned()
}

/// Whoever reaches the port cannot fill the log with errors, nor does it say what a question of forward-auth is about.
#[actix_web::test]
async fn what_strangers_send_stands_in_no_log() {
    let node = Node::start(&[]).await;
    let address = node.url("/");
    let address = address.trim_start_matches("http://").trim_end_matches('/');
    for nonsense in [
        "NONSENSE\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1}",
    ] {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        std::io::Write::write_all(&mut stream, nonsense.as_bytes()).unwrap();
        stream
            .set_read_timeout(Some(std::time::Duration::from_secs(10)))
            .unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
    }
    let asked = node.url("/forward-auth/fabrikam/teams/mailbox/kim.private");
    browser().get(asked).send().await.unwrap();
    let log = node.served.stop();
    assert!(!log.contains("ERROR"), "{log}");
    assert!(!log.contains("kim.private"), "{log}");
    assert!(
        log.contains("serving") && !log.contains('\u{1b}'),
        "no colours where nobody looks: {log}"
    );
}

/// Every line is JSON, every line of a call names its id, and nothing that was typed or is secret is in any.
#[actix_web::test]
async fn the_log_is_structured_and_holds_no_secret() {
    let node = Node::start(&["--log", "info,lockbox=trace", "--log-json"]).await;
    let client = browser();
    let door = client.get(node.url("/sign-in")).send().await.unwrap();
    let door = page(door).await;
    let guess = "a-guess-nobody-else-makes";
    let typed = "somebody.private@fabrikam.example";
    let mut ids = BTreeSet::new();
    for email in [typed, "kim@fabrikam.example"] {
        let form = door
            .form("Sign in")
            .with("email", email)
            .with("password", guess);
        let post = client
            .post(node.url("/sign-in"))
            .header("sec-fetch-site", "same-origin")
            .header("x-request-id", "from outside")
            .form(&form.fields);
        let answer = post.send().await.unwrap();
        assert_eq!(answer.status(), 422);
        ids.insert(id_of(&answer));
    }
    let answer = client
        .get(node.url("/requests?who=Kim+Private&after=secret-in-a-query"))
        .header("x-request-id", "support-case-4417")
        .send()
        .await
        .unwrap();
    assert_eq!(id_of(&answer), "support-case-4417");
    ids.insert("support-case-4417".to_owned());
    assert_eq!(node.evaluate(&client, typed).await.status(), 200);
    let (key, secrets) = (node.file.api_key.clone(), node.file.people.clone());
    let log = node.served.stop();

    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let wrong: Vec<&Value> = lines
        .iter()
        .filter(|line| line["message"] == "a wrong password")
        .collect();
    assert_eq!(wrong.len(), 2, "{log}");
    for line in &wrong {
        assert!(
            ids.contains(line["span"]["request_id"].as_str().unwrap()),
            "{line}"
        );
        assert_eq!(
            (&line["span"]["source"], &line["level"]),
            (&json!("127.0.0.1"), &json!("WARN"))
        );
    }
    let answered = |id: &str| {
        lines
            .iter()
            .any(|line| line["span"]["request_id"] == id && line["status"].is_u64())
    };
    assert!(ids.iter().all(|id| answered(id)), "{log}");
    for secret in [
        guess,
        typed,
        "kim@fabrikam.example",
        "Private",
        "secret-in-a-query",
        "from outside",
        &key,
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    for account in secrets {
        assert!(!log.contains(&account.totp_secret) && !log.contains(&account.password));
    }
}

/// Whoever has the address becomes the administrator: it is printed for who started an empty deployment, stands in no log,
/// works once, and is made no more once there is somebody.
#[actix_web::test]
async fn the_address_of_the_first_administrator_is_printed_and_never_logged() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let base_url = format!("http://127.0.0.1:{port}");
    let start = async || {
        let mut command = serve(folder.path(), port);
        command.args(["--log", "info,lockbox=trace"]);
        Served::start(command, &base_url).await
    };
    let served = start().await;
    let printed = served.printed();
    let path = printed.split_whitespace().find_map(|word| {
        let at = word.find("/set-up?link=")?;
        Some(word[at..].to_owned())
    });
    let path = path.unwrap_or_else(|| panic!("no address is printed: {printed:?}"));
    let token = path.strip_prefix("/set-up?link=").unwrap();
    assert!(token.len() > 40, "{token}");

    let client = browser();
    let address = format!("{base_url}{path}");
    let shown = page(client.get(&address).send().await.unwrap()).await;
    let shown = shown.expect_status(200).expect("There is nobody yet.");
    let code = code_of_words(&shown.words(), Clock::system().now());
    let form = shown
        .form("Set up")
        .with("name", "Pat Reyes")
        .with("email", "pat@provider.example")
        .with("password", "lantern gravel osmosis pianist")
        .with("verification_code", &code);
    let post = client
        .post(format!("{base_url}{}", form.action))
        .header("sec-fetch-site", "same-origin")
        .form(&form.fields);
    let made = page(post.send().await.unwrap()).await;
    assert_eq!(made.location(), Some("/"), "{}", made.words());
    let people = client.get(format!("{base_url}/people"));
    page(people.send().await.unwrap()).await.expect("Pat Reyes");
    let again = browser().get(&address).send().await.unwrap();
    assert_eq!(again.status(), 410);
    let first_log = served.stop();

    let served = start().await;
    assert_eq!(served.printed(), "", "there is somebody");
    let again = browser().get(&address).send().await.unwrap();
    assert_eq!(again.status(), 410);
    for log in [first_log, served.stop()] {
        assert!(log.contains("serving"), "{log}");
        assert!(!log.contains(token) && !log.contains("set-up?"), "{log}");
    }
}

/// What Prometheus reads, after a few calls. Labels have few values, and none names a tenant or a person.
#[actix_web::test]
async fn the_figures_count_what_happened_and_name_nobody() {
    let node = Node::start(&[]).await;
    let client = browser();
    for _ in 0..3 {
        node.evaluate(&client, "ivo@provider.example").await;
    }
    for path in [
        "/requests/LBX-0000-0000",
        "/nothing/kim@fabrikam.example",
        "/readyz",
    ] {
        client.get(node.url(path)).send().await.unwrap();
    }
    client
        .request("KIM".parse().unwrap(), node.url("/"))
        .send()
        .await
        .unwrap();
    let door = page(client.get(node.url("/sign-in")).send().await.unwrap()).await;
    let form = door
        .form("Sign in")
        .with("email", "kim@fabrikam.example")
        .with("password", "wrong");
    let post = client
        .post(node.url("/sign-in"))
        .header("sec-fetch-site", "same-origin")
        .form(&form.fields);
    assert_eq!(post.send().await.unwrap().status(), 422);
    let filing = json!({
        "tenant": "contoso", "service": "teams", "engineer": "ivo@provider.example", "support_case": null,
        "reason": "To see.", "scope": {"description": "Chats"}, "duration": "PT1H",
    });
    let post = client
        .post(node.url("/api/v1/data-access-requests"))
        .bearer_auth(&node.file.api_key)
        .header("Idempotency-Key", "1");
    assert_eq!(post.json(&filing).send().await.unwrap().status(), 201);
    // That the lockbox was turned on is told to two people.
    let figures = loop {
        let figures = reqwest::get(&node.metrics)
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        if figures.contains("\nlockbox_outbox_letters 0\n")
            && figures.contains("lockbox_letters_total")
        {
            break figures;
        }
        sleep(Duration::from_millis(100)).await;
    };
    for line in [
        r#"lockbox_calls_total{method="POST",route="/access/v1/evaluation",status="200"} 3"#,
        r#"lockbox_call_seconds_count{method="POST",route="/access/v1/evaluation"} 3"#,
        r#"lockbox_evaluations_total{decision="deny",reason="no_active_access"} 3"#,
        r#"lockbox_calls_total{method="GET",route="/requests/{reference}",status="303"} 1"#,
        r#"lockbox_calls_total{method="GET",route="other",status="404"} 1"#,
        r#"lockbox_calls_total{method="other",route="/",status="405"} 1"#,
        r#"lockbox_sign_ins_failed_total{factor="password"} 1"#,
        r#"lockbox_acts_total{act="request.filed"} 1"#,
        r#"lockbox_letters_total{outcome="sent"} 8"#,
        "lockbox_outbox_oldest_seconds 0",
        "lockbox_expiry_lag_seconds 0",
        "lockbox_sure 1",
    ] {
        assert!(
            figures.lines().any(|known| known == line),
            "{line} is missing:\n{figures}"
        );
    }
    for name in [
        "lockbox_pool_connections{state=\"in_use\"}",
        "lockbox_pool_wait_seconds_count",
        "lockbox_build_info{version=\"",
    ] {
        assert!(figures.contains(name), "{name} is missing:\n{figures}");
    }
    for name in ["fabrikam", "kim", "KIM", "ivo", "LBX-", "@"] {
        assert!(
            !figures.contains(name),
            "{name} is among the figures:\n{figures}"
        );
    }
    let served = reqwest::get(node.url("/metrics")).await.unwrap();
    assert_eq!(
        served.status(),
        404,
        "the figures are not served where people are"
    );
    node.served.stop();
}
