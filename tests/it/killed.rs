//! The server killed at random under load and started again: nothing that was acknowledged is missing, nothing was
//! done twice, the log is whole, and every mail goes out once.
//!
//! Killed 3 times; `LOCKBOX_KILLS` says otherwise, and `tests/prove.sh` says 20.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::{spawn, time::sleep};
use chrono::TimeDelta;
use lockbox::acts::Lockbox;
use lockbox::acts::sign_in::open_second_factor;
use lockbox::acts::verify_log::{VerifyOptions, verify};
use lockbox::clock::{Clock, Entropy};
use lockbox::config::Settings;
use lockbox::demo::{self, DemoFile};
use lockbox::domain::audit::entry::Log;
use lockbox::domain::text::EmailAddress;
use lockbox::founding::{self, Opening};
use lockbox::post::{Mailer, Sender};
use lockbox::store::conn::DatabaseUrl;
use lockbox::store::{audit, people, requests};
use lockbox::work::outbox::{LEASE, PostOffice, deliver_due};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::world::page::{Form, Page};
use crate::world::{Database, new_postgres_database, settings};

#[actix_web::test]
async fn sqlite() {
    killed_under_load(Database::Sqlite).await;
}

#[actix_web::test]
async fn postgres() {
    killed_under_load(Database::Postgres).await;
}

/// The mails that turning the lockbox on sends: to Fabrikam's administrator and its approver.
const MAILS_BEFORE: usize = 2;

async fn killed_under_load(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let url = match database {
        Database::Sqlite => DatabaseUrl::Sqlite(folder.path().join("lockbox.db")),
        Database::Postgres => new_postgres_database(),
    };
    let settings = settings(&url, &folder);
    let lockbox = open(&settings, Clock::system());
    let demo = demo::enrol_everybody(&lockbox, String::new())
        .await
        .unwrap();

    let port = free_port();
    let mut server = Server::start(&settings, folder.path(), port).await;
    let done = Rc::new(Done::default());
    let mut load = Vec::new();
    for engineer in ["ivo", "mina"] {
        let caller = Caller::signed_in(&server.base_url, &lockbox, &demo, engineer).await;
        for hand in ["left", "right"] {
            load.push(spawn(work(caller.clone(), hand, Rc::clone(&done))));
        }
    }
    for _ in 0..kills() {
        let [dice] = Entropy::system().bytes();
        sleep(Duration::from_millis(200 + 3 * u64::from(dice))).await;
        server.kill();
        server = Server::start(&settings, folder.path(), port).await;
    }
    done.enough.set(true);
    for hand in load {
        hand.await.unwrap();
    }
    server.stop();

    let filed = done.filed.borrow().clone();
    println!(
        "KILLED {database:?}: {} times, {} requests filed and withdrawn, {} answers lost",
        kills(),
        filed.len(),
        done.lost.get()
    );
    assert_eq!(
        all_requests(&lockbox),
        filed,
        "what was acknowledged, and nothing else"
    );
    let report = verify(&lockbox.store, &VerifyOptions::default(), &mut |_| {}).unwrap();
    assert!(report.is_whole(), "{report}");
    send_what_is_left(&settings).await;
    assert_eq!(
        mails(folder.path()),
        MAILS_BEFORE + filed.len(),
        "one mail for each withdrawal"
    );
}

/// How often the server is killed: `LOCKBOX_KILLS`, 1 to 1,000; 3 unless told.
fn kills() -> usize {
    let told = std::env::var("LOCKBOX_KILLS").ok();
    let kills = told.map_or(3, |told| told.parse().unwrap());
    assert!((1..=1_000).contains(&kills), "LOCKBOX_KILLS is 1 to 1,000");
    kills
}

fn open(settings: &Settings, clock: Clock) -> Lockbox {
    let opening = Opening::of(
        &settings.database,
        &settings.secret_key,
        clock,
        Entropy::system(),
    );
    let password_cost = settings.password_cost.clone();
    founding::open(Opening {
        password_cost,
        may_create: true,
        ..opening
    })
    .unwrap()
}

/// The real program.
struct Server {
    base_url: String,
    child: Child,
}

impl Server {
    async fn start(settings: &Settings, folder: &Path, port: u16) -> Self {
        let database = match &settings.database {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        let child = Command::new(env!("CARGO_BIN_EXE_lockbox"))
            .args([
                "serve",
                "--workers",
                "2",
                "--log",
                "error",
                "--database-url",
                &database,
            ])
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .arg("--secret-key-file")
            .arg(folder.join("lockbox.key"))
            .args([
                "--mail",
                &format!("folder://{}", folder.join("mail").display()),
            ])
            .spawn()
            .unwrap();
        let mut server = Self {
            base_url: format!("http://127.0.0.1:{port}"),
            child,
        };
        while reqwest::get(format!("{}/sign-in", server.base_url))
            .await
            .is_err()
        {
            assert!(
                server.child.try_wait().unwrap().is_none(),
                "the server does not start"
            );
            sleep(Duration::from_millis(20)).await;
        }
        server
    }

    /// SIGKILL: nothing is finished, nothing is said.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM: what was taken is answered.
    fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// What was acknowledged.
#[derive(Default)]
struct Done {
    filed: RefCell<BTreeSet<String>>,
    lost: Cell<usize>,
    enough: Cell<bool>,
}

/// An engineer's browser, and a machine that files for them.
#[derive(Clone)]
struct Caller {
    client: Client,
    base_url: String,
    api_key: String,
    engineer: String,
    csrf: String,
}

impl Caller {
    async fn signed_in(base_url: &str, lockbox: &Lockbox, demo: &DemoFile, name: &str) -> Self {
        let account = demo
            .people
            .iter()
            .find(|account| account.email.starts_with(name))
            .unwrap();
        let mut caller = Self {
            client: Client::builder()
                .cookie_store(true)
                .redirect(Policy::none())
                .build()
                .unwrap(),
            base_url: base_url.to_owned(),
            api_key: demo.api_key.clone(),
            engineer: account.email.clone(),
            csrf: String::new(),
        };
        let door = caller.get("/sign-in").await.form("Sign in");
        let first = door
            .with("email", &account.email)
            .with("password", &account.password);
        caller.post(&first).await.unwrap();
        let second = caller.get("/sign-in/second-factor").await.form("Verify");
        let second = second.with("verification_code", &code_of(lockbox, &account.email));
        assert_eq!(caller.post(&second).await.unwrap(), StatusCode::SEE_OTHER);
        let form = caller.get("/requests/new").await.form("File request");
        caller.csrf = form
            .fields
            .into_iter()
            .find(|(name, _)| name == "csrf")
            .unwrap()
            .1;
        caller
    }

    async fn get(&self, path: &str) -> Page {
        let answer = self
            .client
            .get(format!("{}{path}", self.base_url))
            .send()
            .await
            .unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        Page {
            status,
            path: path.to_owned(),
            headers,
            html: answer.text().await.unwrap(),
        }
    }

    async fn post(&self, form: &Form) -> reqwest::Result<StatusCode> {
        let post = self
            .client
            .post(format!("{}{}", self.base_url, form.action));
        let post = post
            .header("sec-fetch-site", "same-origin")
            .form(&form.fields);
        Ok(post.send().await?.status())
    }

    /// Files under an idempotency key. The answer, if there was one.
    async fn file(&self, key: &str) -> reqwest::Result<(StatusCode, Value)> {
        let body = json!({
            "tenant": "fabrikam", "service": "exchange-online", "engineer": self.engineer, "support_case": null,
            "reason": "Invitations vanish.", "scope": {"description": "Kim's calendar"}, "duration": "PT1H",
        });
        let post = self
            .client
            .post(format!("{}/api/v1/data-access-requests", self.base_url));
        let post = post
            .bearer_auth(&self.api_key)
            .header("Idempotency-Key", key)
            .json(&body);
        let answer = post.send().await?;
        Ok((answer.status(), answer.json().await?))
    }

    async fn withdraw(&self, reference: &str) -> reqwest::Result<StatusCode> {
        let action = format!("/requests/{reference}/withdrawal");
        let fields = vec![("csrf".to_owned(), self.csrf.clone())];
        self.post(&Form {
            action,
            method: "post".to_owned(),
            fields,
        })
        .await
    }
}

/// Files and withdraws until it is enough. What was not answered is sent again.
async fn work(caller: Caller, hand: &'static str, done: Rc<Done>) {
    for count in 0.. {
        if done.enough.get() {
            return;
        }
        let key = format!("{}-{hand}-{count}", caller.engineer);
        let (status, body) = answered(&done, async || caller.file(&key).await).await;
        if status == StatusCode::CONFLICT {
            // The claim of a process that died holds for a minute. Nothing was filed under it, which is checked.
            continue;
        }
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let reference = body["reference"].as_str().unwrap().to_owned();
        done.filed.borrow_mut().insert(reference.clone());
        let status = answered(&done, async || caller.withdraw(&reference).await).await;
        // 409: it was withdrawn, and the answer was lost.
        assert!(
            [StatusCode::SEE_OTHER, StatusCode::CONFLICT].contains(&status),
            "{status}"
        );
    }
}

async fn answered<T>(done: &Done, send: impl AsyncFn() -> reqwest::Result<T>) -> T {
    loop {
        if let Ok(answer) = send().await {
            return answer;
        }
        done.lost.set(done.lost.get() + 1);
        sleep(Duration::from_millis(20)).await;
    }
}

fn code_of(lockbox: &Lockbox, email: &str) -> String {
    let email = EmailAddress::parse(email).unwrap();
    let found = lockbox
        .store
        .read(|conn| people::by_email(conn, &email))
        .unwrap();
    let (person, credentials) = found.unwrap();
    let secret = open_second_factor(lockbox, person.id, &credentials.second_factor_sealed).unwrap();
    secret.code_at(u64::try_from(lockbox.store.clock().now().timestamp()).unwrap())
}

/// Every request there is. Each was filed, then withdrawn, and nothing else happened to it.
fn all_requests(lockbox: &Lockbox) -> BTreeSet<String> {
    let all = lockbox
        .store
        .read(|conn| requests::page(conn, None, 1_000_000))
        .unwrap();
    for request in &all {
        let log = Log::Tenant(request.tenant);
        let entries = lockbox
            .store
            .read(|conn| audit::entries_about(conn, log, request.id, 10));
        let acts: Vec<_> = entries
            .unwrap()
            .iter()
            .map(|entry| entry.fact.act())
            .collect();
        assert_eq!(acts, ["request.filed", "request.withdrawn"]);
    }
    all.iter()
        .map(|request| request.reference.to_string())
        .collect()
}

/// The night shift of later: the letters that a killed process had leased are free again.
async fn send_what_is_left(settings: &Settings) {
    let later = Clock::system().now() + LEASE + TimeDelta::seconds(1);
    let lockbox = open(settings, Clock::held_at(later).0);
    let lockbox::config::MailRoute::Folder(folder) = &settings.mail else {
        unreachable!()
    };
    let sender = Sender {
        from: settings.mail_from.clone(),
        reply_to: None,
        base_url: "http://localhost".parse().unwrap(),
    };
    let post = Arc::new(PostOffice {
        mailer: Mailer::Folder(folder.clone()),
        sender,
    });
    while deliver_due(&lockbox, &post).await.unwrap().taken > 0 {}
}

/// A mail sent twice under one Message-ID is one file.
fn mails(folder: &Path) -> usize {
    let files = std::fs::read_dir(folder.join("mail")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
        .count()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
