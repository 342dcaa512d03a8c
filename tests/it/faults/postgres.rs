//! PostgreSQL restarted, and killed, under load: a server of the test's own, as durable as a real one.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use actix_web::rt::time::sleep;
use lockbox::acts::evaluate::search::{self, Whom};
use lockbox::acts::evaluate::{Answer, Question, Why, evaluate};
use lockbox::domain::key::Bounds;
use lockbox::domain::scope::ACCESS;
use lockbox::post::Mailer;
use lockbox::store::StoreError;
use lockbox::store::conn::DatabaseUrl;
use lockbox::store::requests::{self, Sight};

use super::house::{House, Server, free_port, up_to};
use super::load::Load;

#[actix_web::test]
async fn postgresql_restarted_and_killed_under_load() {
    let home = tempfile::tempdir().unwrap();
    let postgres = Postgres::start(home.path());
    let url = DatabaseUrl::parse(&postgres.url).unwrap();
    let house = House::at(url, tempfile::tempdir().unwrap()).await;
    let mut server = Server::start(&house, free_port()).await;
    let load = Load::begin(&house, &[&server.base_url]).await;
    for mode in ["fast", "immediate", "fast", "immediate", "immediate"] {
        load.goes_on(2).await;
        sleep(up_to(Duration::from_millis(200))).await;
        postgres.restart(mode);
        assert!(server.lives(), "it waits for its database");
    }
    load.goes_on(4).await;
    assert!(
        load.lost() > 0,
        "nothing was under way when PostgreSQL went"
    );
    load.end(&house, "PostgreSQL restarted").await;
    server.stop();
    house
        .send_what_is_left(Mailer::Folder(house.mail_folder()))
        .await;
}

/// A standby may be behind without knowing. In the place of the primary it answers everything that it is asked, and is not
/// believed until it is the primary itself.
#[actix_web::test]
async fn a_standby_in_the_place_of_its_primary_lets_nobody_in() {
    let home = tempfile::tempdir().unwrap();
    let postgres = Postgres::start(home.path());
    let url = DatabaseUrl::parse(&postgres.url).unwrap();
    let house = House::at(url, tempfile::tempdir().unwrap()).await;
    let request = house.started();
    let lockbox = &house.lockbox;
    let question = Question {
        engineer: "ivo@provider.example".to_owned(),
        tenant: "fabrikam".to_owned(),
        service: "exchange-online".to_owned(),
        action: ACCESS.to_owned(),
        object: None,
        under: None,
    };
    let asked = || evaluate(lockbox, &Bounds::default(), std::slice::from_ref(&question)).remove(0);
    let whom = Whom {
        tenant: "fabrikam".to_owned(),
        service: "exchange-online".to_owned(),
        action: ACCESS.to_owned(),
        object: None,
    };
    let listed = || search::engineers(lockbox, &Bounds::default(), &whom, "", 10);
    assert!(matches!(asked(), Answer::Allow { .. }), "{:?}", asked());
    assert_eq!(listed().unwrap().results, ["ivo@provider.example"]);

    postgres.becomes_a_standby();
    let found = || {
        let conn = lockbox
            .store
            .read(|conn| requests::by_reference(conn, Sight::Provider, &request.reference));
        conn.is_ok_and(|found| found.is_some())
    };
    let since = Instant::now();
    while !found() {
        assert!(
            since.elapsed() < Duration::from_mins(1),
            "it does not answer"
        );
        sleep(Duration::from_millis(50)).await;
    }
    let known = lockbox.store.live_access().map(drop);
    assert!(matches!(known, Err(StoreError::Standby)), "{known:?}");
    assert_eq!(asked(), Answer::Deny(Why::Undecidable));
    assert!(listed().is_err(), "a list says more than the answer");

    postgres.promote();
    let since = Instant::now();
    while lockbox.store.live_access().is_err() {
        assert!(
            since.elapsed() < Duration::from_mins(1),
            "it is not believed"
        );
        sleep(Duration::from_millis(50)).await;
    }
    assert!(matches!(asked(), Answer::Allow { .. }));
}

/// A PostgreSQL of the test's own, with fsync, by `tests/postgres.sh`.
struct Postgres<'a> {
    folder: &'a Path,
    url: String,
}

impl<'a> Postgres<'a> {
    fn start(folder: &'a Path) -> Self {
        let url = shell(
            folder,
            "postgres_start \"$folder\" fsync=on; echo \"$postgres_url\"",
        );
        Self {
            folder,
            url: url.trim().to_owned(),
        }
    }

    /// `fast` ends every session; `immediate` is a crash, and the log is read again at the start.
    fn restart(&self, mode: &str) {
        let again = format!(
            "as_postgres \"$postgres_bin/pg_ctl\" --pgdata=data --mode={mode} --wait --log=server.log restart"
        );
        shell(self.folder, &again);
    }

    /// It goes, and at its address there is one with the same rows that follows another.
    fn becomes_a_standby(&self) {
        shell(self.folder, "as_postgres touch data/standby.signal");
        self.restart("fast");
    }

    fn promote(&self) {
        let promote = "as_postgres \"$postgres_bin/pg_ctl\" --pgdata=data --wait promote";
        shell(self.folder, promote);
    }
}

impl Drop for Postgres<'_> {
    fn drop(&mut self) {
        shell(self.folder, "postgres_stop");
    }
}

fn shell(folder: &Path, command: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let script = format!(
        "set -euo pipefail; source {root}/tests/postgres.sh; postgres_find; folder=$1; postgres_home=$1/postgres; {command}"
    );
    let output = Command::new("bash")
        .args(["-c", &script, "postgres"])
        .arg(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
