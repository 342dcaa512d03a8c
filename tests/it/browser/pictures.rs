//! The pictures of the README, taken of the demo's people. `tests/pictures.sh` puts them where it shows them.

use super::album::folder_of;
use super::chromium::{Scripts, Viewport};
use super::looks::asked_in_detail;
use super::person::Person;
use crate::world::{Database, tell};

const SETTING: &str = "/settings/customer-lockbox";

#[actix_web::test]
async fn the_pictures_of_the_readme() {
    tell(Database::Sqlite, async |world| {
        let waiting = asked_in_detail(world);
        world.active();
        let mut person = Person::of(world, Scripts::On).await;
        let folder = folder_of("readme");
        person.sign_in(world, "ada").await;
        for (name, path, viewport, scheme) in [
            (
                "request",
                format!("/requests/{}", waiting.reference),
                Viewport::PHONE,
                "light",
            ),
            (
                "request-at-night",
                format!("/requests/{}", waiting.reference),
                Viewport::PHONE,
                "dark",
            ),
            ("home", "/".to_owned(), Viewport::DESK, "light"),
            ("setting", SETTING.to_owned(), Viewport::DESK, "light"),
            ("audit-log", "/audit".to_owned(), Viewport::DESK, "light"),
        ] {
            person.open(&path).await;
            person.chromium.resize(viewport).await;
            person.chromium.paint(scheme).await;
            let picture = person.chromium.client.screenshot().await.unwrap();
            std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
            person.chromium.paint("light").await;
        }
    })
    .await;
}
