//! PostgreSQL restarted, and killed, under load: a server of the test's own, as durable as a real one.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use actix_web::rt::time::sleep;
use lockbox::post::Mailer;
use lockbox::store::conn::DatabaseUrl;

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
