//! Backups and restorations, with the real program: a copy made while it serves, an older copy put in its place, and
//! what is left live by it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use actix_web::rt::time::sleep;
use lockbox::acts::decide;
use lockbox::acts::evaluate::{Answer, Question, evaluate};
use lockbox::acts::sign_in::{Fresh, SignedIn};
use lockbox::acts::verify_log::{VerifyOptions, verify};
use lockbox::acts::{Lockbox, file_request};
use lockbox::app::Opened;
use lockbox::clock::{Clock, Entropy};
use lockbox::demo;
use lockbox::domain::id::Reference;
use lockbox::domain::key::Bounds;
use lockbox::domain::request::StateKind;
use lockbox::domain::text::{EmailAddress, Prose};
use lockbox::founding::{self, Opening};
use lockbox::store::conn::DatabaseUrl;
use lockbox::store::people;
use lockbox::store::requests::{self, Sight};
use tempfile::TempDir;

use crate::operated::{Served, free_port};
use crate::world::command::{done, refused};
use crate::world::secrets::assert_shows_none;
use crate::world::{Database, new_postgres_database, new_request, seen, settings};

/// A server that has not refused by then is taken to serve.
const REFUSED_WITHIN: Duration = Duration::from_secs(30);

/// A deployment on disk, with people, and the operator's commands.
struct House {
    folder: TempDir,
    database: DatabaseUrl,
}

impl House {
    async fn founded(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database.anew(&folder);
        let opened = Opened::open(
            &settings(&database, &folder),
            Clock::system(),
            Entropy::system(),
        )
        .unwrap();
        demo::enrol_everybody(opened.lockbox(), String::new())
            .await
            .unwrap();
        Self { folder, database }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        match &self.database {
            DatabaseUrl::Sqlite(_) => self.database.shown(),
            DatabaseUrl::Postgres(url) => url.clone(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lockbox"));
        command
            .args(arguments)
            .env_clear()
            .env("LOCKBOX_DATABASE_URL", self.url())
            .env("LOCKBOX_SECRET_KEY_FILE", self.path("lockbox.key"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        assert_shows_none(&String::from_utf8_lossy(&output.stderr), []);
        output
    }

    async fn serve(&self) -> Served {
        let mail = format!("folder://{}", self.path("mail").display());
        let listen = format!("127.0.0.1:{}", free_port());
        let command = self.command(&[
            "serve",
            "--workers",
            "2",
            "--listen",
            &listen,
            "--mail",
            &mail,
        ]);
        Served::start(command, &format!("http://{listen}")).await
    }

    /// Refused: what `serve` says.
    fn serve_is_refused(&self) -> String {
        let mail = format!("folder://{}", self.path("mail").display());
        let mut child = self
            .command(&["serve", "--listen", "127.0.0.1:0", "--mail", &mail])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let since = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if since.elapsed() > REFUSED_WITHIN {
                child.kill().unwrap();
                panic!("it serves");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let output = child.wait_with_output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    /// Another process that acts beside the server.
    fn beside(&self) -> Lockbox {
        let settings = settings(&self.database, &self.folder);
        founding::open(Opening::of(
            &self.database,
            &settings.secret_key,
            Clock::system(),
            Entropy::system(),
        ))
        .unwrap()
    }

    fn assert_whole(&self) {
        let report = verify(&self.beside().store, &VerifyOptions::default(), &mut |_| {}).unwrap();
        assert!(report.is_whole(), "{report}");
    }
}

fn fresh(lockbox: &Lockbox, email: &str) -> Fresh {
    let email = EmailAddress::parse(email).unwrap();
    let found = lockbox
        .store
        .read(|conn| people::by_email(conn, &email))
        .unwrap();
    let now = lockbox.store.clock().now();
    let who = SignedIn::with_app(found.unwrap(), "story", now);
    who.fresh(now).unwrap()
}

/// Ivo's request for Fabrikam's Exchange, approved, and started where `started`.
fn granted(lockbox: &Lockbox, started: bool) -> Reference {
    let (ivo, rosa, kim) = (
        "ivo@provider.example",
        "rosa@provider.example",
        "kim@fabrikam.example",
    );
    let filed = file_request::file(
        lockbox,
        &fresh(lockbox, ivo),
        &new_request("fabrikam", "exchange-online"),
    )
    .unwrap();
    let endorsed = decide::endorse(lockbox, &fresh(lockbox, rosa), &seen(&filed)).unwrap();
    let approved = decide::approve(
        lockbox,
        &fresh(lockbox, kim),
        &seen(&endorsed),
        endorsed.asked,
        None,
    )
    .unwrap();
    if started {
        decide::start(lockbox, &fresh(lockbox, ivo), &seen(&approved)).unwrap();
    }
    approved.reference
}

fn kind(lockbox: &Lockbox, reference: &Reference) -> StateKind {
    let found = lockbox
        .store
        .read(|conn| requests::by_reference(conn, Sight::Provider, reference));
    found.unwrap().unwrap().state.kind()
}

fn allows(lockbox: &Lockbox) -> bool {
    let question = Question {
        engineer: "ivo@provider.example".to_owned(),
        tenant: "fabrikam".to_owned(),
        service: "exchange-online".to_owned(),
        action: "access".to_owned(),
        object: None,
        under: None,
    };
    matches!(
        evaluate(lockbox, &Bounds::default(), &[question]).remove(0),
        Answer::Allow { .. }
    )
}

/// SIGTERM to the server; then the database is moved away.
fn lose(house: &House, database: &Path) {
    for name in ["lockbox.db", "lockbox.db-wal", "lockbox.db-shm"] {
        let file = house.path(name);
        if file.exists() {
            fs::rename(file, database.join(name)).unwrap();
        }
    }
}

/// What a restored database says is live may have been revoked since: nobody is served from it until it is taken up,
/// and then every access and session is over, and says so in the log.
async fn assert_taken_up(house: &House, revoked_since: &Reference, open_then: &Reference) {
    let words = house.serve_is_refused();
    assert!(
        words.contains("older than the checkpoint") && words.contains("lockbox restore"),
        "{words}"
    );
    let lockbox = house.beside();
    assert!(allows(&lockbox), "which is why it is refused");
    let said = done(&house.run(&["restore"]));
    assert!(
        said.contains("revoked: 2") && said.contains("is taken up"),
        "{said}"
    );
    for reference in [revoked_since, open_then] {
        assert_eq!(kind(&lockbox, reference), StateKind::Revoked);
    }
    assert!(!allows(&lockbox));
    house.assert_whole();
    house.serve().await.stop();
    house.assert_whole();
}

#[actix_web::test]
async fn a_sqlite_backup_is_made_while_it_serves_and_taken_up_only_on_purpose() {
    let house = House::founded(Database::Sqlite).await;
    let server = house.serve().await;
    let lockbox = house.beside();
    let (active, approved) = (granted(&lockbox, true), granted(&lockbox, false));
    let backup = house.path("backup.db");
    let backup_text = backup.to_str().unwrap().to_owned();

    // While it is copied, others write.
    let writer = {
        let lockbox = lockbox.clone();
        std::thread::spawn(move || {
            for _ in 0..20 {
                let ivo = fresh(&lockbox, "mina@provider.example");
                let filed =
                    file_request::file(&lockbox, &ivo, &new_request("contoso", "teams")).unwrap();
                decide::withdraw(&lockbox, &ivo, &filed.reference).unwrap();
            }
        })
    };
    let said = done(&house.run(&["backup", &backup_text]));
    assert!(
        said.contains("all of them verified") && said.contains("server key"),
        "{said}"
    );
    writer.join().unwrap();
    assert_eq!(
        fs::metadata(&backup).unwrap().permissions().mode() & 0o777,
        0o600
    );
    refused(&house.run(&["backup", &backup_text]), "backup.db");
    let left: Vec<_> = fs::read_dir(house.folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.to_str().unwrap().contains("half")),
        "{left:?}"
    );

    // After the backup the customer revokes, and the witness hears of it.
    decide::revoke(
        &lockbox,
        &fresh(&lockbox, "kim@fabrikam.example"),
        &active,
        Prose::parse("Enough.").unwrap(),
    )
    .unwrap();
    assert!(!allows(&lockbox));
    drop(lockbox);
    server.stop();
    house.serve().await.stop();

    refused(&house.run(&["restore", &backup_text]), "is there already");
    let lost = tempfile::tempdir().unwrap();
    lose(&house, lost.path());
    fs::copy(&backup, house.path("lockbox.db")).unwrap();
    assert_taken_up(&house, &active, &approved).await;

    // The same by the command, onto an empty place; and a damaged backup onto none.
    lose(&house, lost.path());
    let mut bytes = fs::read(&backup).unwrap();
    let place = bytes
        .windows(18)
        .position(|bytes| bytes == b"\"request.endorsed\"")
        .unwrap();
    bytes[place + 1] = b'R';
    fs::write(house.path("damaged.db"), &bytes).unwrap();
    refused(
        &house.run(&["restore", house.path("damaged.db").to_str().unwrap()]),
        "not whole",
    );
    assert!(!house.path("lockbox.db").exists());
    let said = done(&house.run(&["restore", &backup_text]));
    assert!(said.contains("revoked: 2"), "{said}");
    assert!(!allows(&house.beside()));
    house.serve().await.stop();
    house.assert_whole();
}

#[actix_web::test]
async fn a_postgresql_dump_is_taken_up_only_on_purpose() {
    let mut house = House::founded(Database::Postgres).await;
    let lockbox = house.beside();
    let (active, approved) = (granted(&lockbox, true), granted(&lockbox, false));
    refused(&house.run(&["backup", "backup.db"]), "pg_dump");
    let dump = house.path("dump.sql");
    let dumped = Command::new("pg_dump")
        .args(["--no-owner", "--file"])
        .arg(&dump)
        .arg(house.url())
        .output()
        .unwrap();
    done(&dumped);
    decide::revoke(
        &lockbox,
        &fresh(&lockbox, "kim@fabrikam.example"),
        &active,
        Prose::parse("Enough.").unwrap(),
    )
    .unwrap();
    house.serve().await.stop();
    drop(lockbox);
    house.database = new_postgres_database();
    let restored = Command::new("psql")
        .args(["--quiet", "--set", "ON_ERROR_STOP=1", "--file"])
        .arg(&dump)
        .arg(house.url())
        .output()
        .unwrap();
    done(&restored);
    refused(
        &house.run(&["restore", "backup.db"]),
        "PostgreSQL's own tools",
    );
    assert_taken_up(&house, &active, &approved).await;
}

/// The file is kept by the server, not by whoever stops it: a server that is killed has left one that is not old.
#[actix_web::test]
async fn the_checkpoint_outside_of_the_database_is_kept_while_it_serves() {
    let house = House::founded(Database::Sqlite).await;
    let server = house.serve().await;
    let kept = house.path("lockbox.checkpoint");
    let first = fs::read_to_string(&kept).unwrap();
    assert_eq!(
        fs::metadata(&kept).unwrap().permissions().mode() & 0o777,
        0o600
    );
    granted(&house.beside(), false);
    for _ in 0..200 {
        if fs::read_to_string(&kept).unwrap() != first {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_ne!(fs::read_to_string(&kept).unwrap(), first);
    server.stop();
    // What is no testimony, and another deployment's, is not passed over.
    let good = fs::read_to_string(&kept).unwrap();
    fs::write(&kept, "{}").unwrap();
    assert!(house.serve_is_refused().contains("cannot be read"));
    let another = House::founded(Database::Sqlite).await;
    another.serve().await.stop();
    fs::copy(another.path("lockbox.checkpoint"), &kept).unwrap();
    assert!(house.serve_is_refused().contains("not this deployment's"));
    fs::write(&kept, good).unwrap();
    house.serve().await.stop();
}
