//! Active access: who has access now, the warning before its end, and what can be done from there.

use chrono::TimeDelta;
use lockbox::acts::{decide, file_request};
use lockbox::domain::person::Role;
use lockbox::domain::request::StateKind;

use super::texts;
use crate::world::{Page, new_request, seen, stories};

fn references(page: &Page) -> Vec<String> {
    let all = texts(page, ".rows a[href^='/requests/LBX']");
    all.into_iter()
        .filter(|text| text.starts_with("LBX-"))
        .collect()
}

stories! {
    /// Only what is live now is there: not what is approved, not what is over, recorded or not.
    async fn it_shows_who_has_access_now(world: &World) {
        let active = world.active();
        let approved = world.approved();
        for name in ["rosa", "pat", "noor"] {
            let page = world.signed_in(name).await.get("/active-access").await.expect_status(200);
            assert_eq!(references(&page), [active.reference.as_str()], "{name}");
            let page = page.expect("Ivo Brandt").expect("Fabrikam").expect("Exchange Online").expect("Kim's calendar");
            assert!(!page.has_button("I am done") && !page.says("Ask for more time"), "{name}");
            assert_eq!(page.says("Revoke access…"), name == "rosa", "{name}");
        }
        let ivo = world.signed_in("ivo").await;
        assert_eq!(references(&ivo.get("/active-access").await), [active.reference.as_str()]);
        world.signed_in("mina").await.get("/active-access").await.expect("You have no access");
        world.signed_in("kim").await.get("/active-access").await.expect_status(404);
        world.pass(TimeDelta::hours(4));
        let rosa = world.signed_in("rosa").await;
        rosa.get("/active-access").await.expect("Nobody has access");
        assert_eq!(world.stored(&active.reference).state.kind(), StateKind::Active, "not yet recorded");
        assert!(!rosa.get("/active-access").await.says(approved.reference.as_str()));
    }

    /// From 15 minutes before the end it is said in words, here, in the queue and on the request's page.
    async fn the_last_quarter_of_an_hour_is_said(world: &World) {
        let active = world.active();
        let page = world.page_of(&active);
        world.pass(TimeDelta::minutes(225) - TimeDelta::microseconds(1));
        let ivo = world.signed_in("ivo").await;
        for path in ["/active-access", "/queue", &page] {
            assert!(!ivo.get(path).await.says("ends soon"), "{path}");
        }
        world.clock.set(active.state.deadline().unwrap() - TimeDelta::minutes(15));
        let ivo = world.signed_in("ivo").await;
        for path in ["/active-access", "/queue", &page] {
            ivo.get(path).await.expect("Access ends soon");
        }
        ivo.get("/active-access").await.expect("15 minutes or less are left.");
        world.signed_in("kim").await.get(&page).await.expect("15 minutes or less are left.");
    }

    async fn the_engineer_is_done_from_there(world: &World) {
        let active = world.active();
        let ivo = world.signed_in("ivo").await;
        let page = ivo.get("/active-access").await;
        assert!(!page.says("Revoke access…"), "an engineer does not revoke");
        assert_eq!(page.link("Ask for more time…"), format!("/requests/new?follows={}", active.reference));
        ivo.submit(page.form("I am done")).await.expect("was done");
        assert_eq!(world.stored(&active.reference).state.kind(), StateKind::Ended);
        ivo.get("/active-access").await.expect("You have no access");
    }

    async fn a_manager_revokes_from_there_and_not_their_own(world: &World) {
        world.with_roles("mina", &[Role::Engineer, Role::SupportManager]);
        let fresh = world.fresh("mina");
        let own = file_request::file(&world.lockbox, &fresh, &new_request("contoso", "teams")).unwrap();
        let own = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&own)).unwrap();
        decide::start(&world.lockbox, &fresh, &seen(&own)).unwrap();
        let mina = world.signed_in("mina").await;
        let page = mina.get("/active-access").await;
        assert!(page.has_button("I am done") && !page.says("Revoke access…"));
        let rosa = world.signed_in("rosa").await;
        let page = rosa.get(&rosa.get("/active-access").await.link("Revoke access…")).await;
        rosa.submit(page.form("Revoke access now").with("reason", "Enough seen.")).await.expect("Access revoked");
        rosa.get("/active-access").await.expect("Nobody has access");
    }

    async fn it_is_paged_by_the_end(world: &World) {
        let mut started = Vec::new();
        for at in 0..11 {
            let (engineer, _) = world.enrol(&format!("e{at}@provider.example"), "Engineer", None, &[Role::Engineer]).await.unwrap();
            let fresh = world.as_fresh(&engineer);
            for _ in 0..5 {
                world.pass(TimeDelta::seconds(1));
                let request = file_request::file(&world.lockbox, &fresh, &new_request("contoso", "teams")).unwrap();
                let request = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request)).unwrap();
                started.push(decide::start(&world.lockbox, &fresh, &seen(&request)).unwrap().reference.to_string());
            }
        }
        let rosa = world.signed_in("rosa").await;
        let first = rosa.get("/active-access").await;
        let next = rosa.get(&first.link("Next page")).await;
        assert_eq!(references(&first), started[..50]);
        assert_eq!(references(&next), started[50..]);
        assert_eq!(next.link("First page"), "/active-access");
    }
}
