//! The server killed at random under load and started again.
//!
//! Killed 25 times on each database; `LOCKBOX_KILLS` says otherwise, and `tests/prove.sh` says 500.

use std::time::Duration;

use actix_web::rt::time::sleep;
use lockbox::post::Mailer;
use lockbox::store::pulse;

use super::house::{House, Server, free_port, up_to};
use super::load::Load;
use crate::world::Database;

#[actix_web::test]
async fn sqlite() {
    killed_under_load(Database::Sqlite).await;
}

#[actix_web::test]
async fn postgres() {
    killed_under_load(Database::Postgres).await;
}

async fn killed_under_load(database: Database) {
    let house = House::on(database).await;
    let letters_before = house.lockbox.store.read(pulse::backlog).unwrap().letters;
    let port = free_port();
    let mut server = Server::start(&house, port).await;
    let load = Load::begin(&house, &[&server.base_url]).await;
    for _ in 0..kills() {
        sleep(up_to(Duration::from_millis(500))).await;
        server.kill();
        server = Server::start(&house, port).await;
    }
    let letters = load
        .end(&house, &format!("{database:?} killed {} times", kills()))
        .await;
    server.stop();
    house
        .send_what_is_left(Mailer::Folder(house.mail_folder()))
        .await;
    assert_eq!(
        mails(&house),
        usize::try_from(letters_before).unwrap() + letters,
        "each letter once: sent again under its Message-ID, it is the same file"
    );
}

/// How often the server is killed: `LOCKBOX_KILLS`, 1 to 1,000; 25 unless told.
pub fn kills() -> usize {
    let told = std::env::var("LOCKBOX_KILLS").ok();
    let kills = told.map_or(25, |told| told.parse().unwrap());
    assert!((1..=1_000).contains(&kills), "LOCKBOX_KILLS is 1 to 1,000");
    kills
}

fn mails(house: &House) -> usize {
    let files = std::fs::read_dir(house.mail_folder()).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
        .count()
}
