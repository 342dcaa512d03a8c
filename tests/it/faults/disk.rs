//! The disk under SQLite is full, and then it is not.

use std::fs;
use std::process::Command;
use std::time::Duration;

use actix_web::rt::time::sleep;
use lockbox::post::Mailer;
use lockbox::store::conn::DatabaseUrl;

use super::house::{House, Server, free_port};
use super::load::Load;
use crate::world::Database;

/// No file of the process may grow beyond a bound that is soon reached: writing fails, as it does on a full disk. What
/// can be read is answered all the while. The bound goes away, and the same process goes on.
#[actix_web::test]
async fn sqlite_on_a_full_disk() {
    let house = House::on(Database::Sqlite).await;
    let port = free_port();
    let mut server = Server::of(&house, bounded(&house, port), port).await;
    let load = Load::begin(&house, &[&server.base_url]).await;
    load.goes_on(1).await;
    while load.lost() < 40 {
        sleep(Duration::from_millis(20)).await;
    }
    let filed = load.filed();
    sleep(Duration::from_millis(500)).await;
    assert_eq!(
        load.filed(),
        filed,
        "nothing is acknowledged that cannot be kept"
    );
    let door = reqwest::get(format!("{}/help", server.base_url))
        .await
        .unwrap();
    assert!(door.status().is_success(), "{}", door.status());
    assert!(server.lives(), "it waits for room");

    let unbound = Command::new("prlimit")
        .args([
            "--fsize=unlimited:unlimited",
            "--pid",
            &server.id().to_string(),
        ])
        .status();
    assert!(unbound.unwrap().success());
    load.goes_on(4).await;
    load.end(&house, "disk full").await;
    server.stop();
    house
        .send_what_is_left(Mailer::Folder(house.mail_folder()))
        .await;
}

/// The server with a bound on the size of its files, a little above what the database's journal has now. Reaching it is
/// an error and not a signal.
fn bounded(house: &House, port: u16) -> Command {
    let DatabaseUrl::Sqlite(path) = &house.settings.database else {
        unreachable!()
    };
    let journal = fs::metadata(path.with_extension("db-wal")).unwrap().len();
    let kilobytes = journal / 1024 + 1_500;
    let serve = house.serve(port);
    let mut command = Command::new("bash");
    command
        .args([
            "-c",
            "trap '' XFSZ; ulimit -S -f \"$1\"; shift; exec \"$@\"",
            "bounded",
        ])
        .arg(kilobytes.to_string())
        .arg(serve.get_program())
        .args(serve.get_args());
    command
}
