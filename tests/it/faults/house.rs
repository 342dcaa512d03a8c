//! The real program on a database of its own, as an operator runs it.

use std::io::Read;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use actix_web::rt::time::sleep;
use chrono::TimeDelta;
use lockbox::acts::file_request::file;
use lockbox::acts::sign_in::{Fresh, SignedIn};
use lockbox::acts::verify_log::{VerifyOptions, verify};
use lockbox::acts::{Lockbox, decide};
use lockbox::clock::{Clock, Entropy};
use lockbox::config::Settings;
use lockbox::demo::{self, DemoFile};
use lockbox::domain::request::Request;
use lockbox::domain::text::EmailAddress;
use lockbox::founding::{self, Opening};
use lockbox::post::{Mailer, Sender};
use lockbox::store::conn::DatabaseUrl;
use lockbox::store::people;
use lockbox::work::outbox::{LEASE, PostOffice, deliver_due};
use tempfile::TempDir;

use crate::world::secrets::{assert_shows_none, of_demo};
use crate::world::{Database, new_postgres_database, new_request, seen, settings};

/// A deployment with everybody of the demo, and the test's own way into its database.
pub struct House {
    pub lockbox: Lockbox,
    pub demo: DemoFile,
    pub settings: Settings,
    pub folder: TempDir,
    /// Where mails go, as it is said on the command line.
    pub mail: String,
}

impl House {
    pub async fn on(database: Database) -> Self {
        match database {
            Database::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = DatabaseUrl::Sqlite(folder.path().join("lockbox.db"));
                Self::at(url, folder).await
            }
            Database::Postgres => {
                Self::at(new_postgres_database(), tempfile::tempdir().unwrap()).await
            }
        }
    }

    /// On this database; its mails go to a folder.
    pub async fn at(url: DatabaseUrl, folder: TempDir) -> Self {
        let settings = settings(&url, &folder);
        let lockbox = open(&settings, Clock::system());
        let demo = demo::enrol_everybody(&lockbox, String::new())
            .await
            .unwrap();
        let mail = format!("folder://{}", folder.path().join("mail").display());
        Self {
            lockbox,
            demo,
            settings,
            folder,
            mail,
        }
    }

    /// The command that serves at this port.
    pub fn serve(&self, port: u16) -> Command {
        let database = match &self.settings.database {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_lockbox"));
        command
            .args(["serve", "--workers", "2"])
            .args(["--log", "info,lockbox=trace"])
            .args(["--database-url", &database, "--mail", &self.mail])
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .arg("--secret-key-file")
            .arg(self.folder.path().join("lockbox.key"));
        command
    }

    pub fn mail_folder(&self) -> PathBuf {
        self.folder.path().join("mail")
    }

    /// The night shift of later: the letters that a killed process had leased are free again.
    pub async fn send_what_is_left(&self, mailer: Mailer) {
        let later = Clock::system().now() + LEASE + TimeDelta::seconds(1);
        let lockbox = open(&self.settings, Clock::held_at(later).0);
        let sender = Sender {
            from: self.settings.mail_from.clone(),
            reply_to: None,
            base_url: "http://localhost".parse().unwrap(),
        };
        let post = Arc::new(PostOffice { mailer, sender });
        while deliver_due(&lockbox, &post).await.unwrap().taken > 0 {}
    }

    /// A person with a fresh second factor, for acts called directly.
    pub fn fresh(&self, name: &str) -> Fresh {
        let of_this_name = |email: &&String| email.starts_with(name);
        let mut emails = self.demo.people.iter().map(|account| &account.email);
        let email = EmailAddress::parse(emails.find(of_this_name).unwrap()).unwrap();
        let store = &self.lockbox.store;
        let person = store.read(|conn| people::by_email(conn, &email)).unwrap();
        let now = store.clock().now();
        let signed_in = SignedIn::with_app(person.unwrap(), "fault", now);
        signed_in.fresh(now).unwrap()
    }

    /// Access of Ivo's to Fabrikam's Exchange Online that is live, by the acts themselves.
    pub fn started(&self) -> Request {
        let lockbox = &self.lockbox;
        let new = new_request("fabrikam", "exchange-online");
        let filed = file(lockbox, &self.fresh("ivo"), &new).unwrap();
        let endorsed = decide::endorse(lockbox, &self.fresh("rosa"), &seen(&filed)).unwrap();
        let (kim, asked) = (self.fresh("kim"), endorsed.asked);
        let approved = decide::approve(lockbox, &kim, &seen(&endorsed), asked, None).unwrap();
        decide::start(lockbox, &self.fresh("ivo"), &seen(&approved)).unwrap()
    }

    /// The stored log and the state rows explain each other.
    pub fn assert_whole(&self) {
        let report = verify(&self.lockbox.store, &VerifyOptions::default(), &mut |_| {}).unwrap();
        assert!(report.is_whole(), "{report}");
    }
}

fn open(settings: &Settings, clock: Clock) -> Lockbox {
    let opening = Opening::of(
        &settings.database,
        &settings.secret_key,
        clock,
        Entropy::system(),
    );
    founding::open(Opening {
        password_cost: settings.password_cost.clone(),
        may_create: true,
        ..opening
    })
    .unwrap()
}

/// A running program. Whatever becomes of it, no secret stands in its log.
pub struct Server {
    pub base_url: String,
    child: Child,
    log: Option<JoinHandle<Vec<u8>>>,
    secrets: Vec<String>,
}

impl Server {
    /// Starts it and waits until it answers.
    pub async fn start(house: &House, port: u16) -> Self {
        Self::of(house, house.serve(port), port).await
    }

    /// The same, by another command.
    pub async fn of(house: &House, mut command: Command, port: u16) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut log = Vec::new();
            stderr.read_to_end(&mut log).unwrap();
            log
        });
        let mut server = Self {
            base_url: format!("http://127.0.0.1:{port}"),
            child,
            log: Some(log),
            secrets: of_demo(&house.demo).map(str::to_owned).collect(),
        };
        while reqwest::get(format!("{}/healthz", server.base_url))
            .await
            .is_err()
        {
            assert!(server.lives(), "the server does not start");
            sleep(Duration::from_millis(10)).await;
        }
        server
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// SIGKILL: nothing is finished, nothing is said.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.assert_log_is_clean();
    }

    /// SIGTERM: what was taken is answered.
    pub fn stop(mut self) {
        assert!(self.lives(), "the server had ended");
        let id = self.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(told.success() && self.child.wait().unwrap().success());
        self.assert_log_is_clean();
    }

    /// It has ended, so its log is whole.
    fn assert_log_is_clean(&mut self) {
        if let Some(log) = self.log.take() {
            let log = log.join().unwrap();
            let secrets = self.secrets.iter().map(String::as_str);
            assert_shows_none(&String::from_utf8_lossy(&log), secrets);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A time up to this, another one every time.
pub fn up_to(most: Duration) -> Duration {
    let [dice] = Entropy::system().bytes();
    most * u32::from(dice) / 255
}
