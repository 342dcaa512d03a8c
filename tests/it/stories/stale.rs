//! A decision is about what its decider saw. What was filed stays as it was filed.

use lockbox::acts::{ActError, decide};
use lockbox::domain::request::StateKind;
use lockbox::domain::text::Prose;

use crate::world::{seen, stories};

stories! {
    async fn of_two_open_tabs_the_slower_is_told_who_approved(world: &World) {
        let request = world.endorsed();
        let (kim, ada) = (world.signed_in("kim").await, world.signed_in("ada").await);
        let approval = format!("{}/approval", world.page_of(&request));
        let rejection = format!("{}/rejection", world.page_of(&request));
        let (faster, slower) = (kim.get(&approval).await.form("Approve for 4 hours"), ada.get(&rejection).await.form("Reject request"));
        kim.submit(faster.clone()).await.expect("Approved for 4 hours");
        ada.submit_one(slower.with("reason", "No.")).await.expect_status(409).expect("Kim Akers approved at 18:30 CET.");
        kim.submit_one(faster).await.expect_status(409).expect("Kim Akers approved at 18:30 CET.");
        assert_eq!(world.stored(&request.reference).state.kind(), StateKind::Approved);
    }

    async fn of_two_open_tabs_the_slower_is_told_who_rejected(world: &World) {
        let request = world.endorsed();
        let (kim, ada) = (world.signed_in("kim").await, world.signed_in("ada").await);
        let approval = format!("{}/approval", world.page_of(&request));
        let rejection = format!("{}/rejection", world.page_of(&request));
        let (slower, faster) = (kim.get(&approval).await.form("Approve for 4 hours"), ada.get(&rejection).await.form("Reject request"));
        ada.submit(faster.with("reason", "We found it ourselves.")).await.expect("Rejected");
        kim.submit_one(slower).await.expect_status(409).expect("Ada Ortiz rejected at 18:30 CET.");
        assert_eq!(world.stored(&request.reference).state.kind(), StateKind::Rejected);
    }

    async fn a_manager_is_told_who_endorsed_before(world: &World) {
        let request = world.filed();
        let rosa = world.signed_in("rosa").await;
        let page = rosa.get(&world.page_of(&request)).await;
        rosa.submit(page.form("Endorse request")).await.expect("Endorsed");
        rosa.submit_one(page.form("Endorse request")).await.expect_status(409).expect("Rosa Lindqvist endorsed at 17:30 UTC.");
    }

    /// Kim saw the request before it was endorsed; the version on that page is not the one to be decided.
    async fn a_version_from_before_the_endorsement_decides_nothing(world: &World) {
        let request = world.endorsed();
        let kim = world.signed_in("kim").await;
        let approval = format!("{}/approval", world.page_of(&request));
        for stale in ["1", "0", "3", "-2", "", "two", "2 "] {
            let form = kim.get(&approval).await.form("Approve for 4 hours").with("version", stale);
            kim.submit_one(form).await.expect_status(409).expect("Rosa Lindqvist endorsed at 18:30 CET.");
        }
        let form = kim.get(&approval).await.form("Approve for 4 hours").without("version");
        kim.submit_one(form).await.expect_status(400);
        let rejection = kim.get(&format!("{}/rejection", world.page_of(&request))).await.form("Reject request");
        kim.submit_one(rejection.with("reason", "No.").with("version", "1")).await.expect_status(409);
        assert_eq!(world.stored(&request.reference), request);
    }

    /// The act itself looks too, and not only the page before it.
    async fn an_act_on_a_stale_version_is_refused_with_the_request_as_it_is(world: &World) {
        let filed = world.filed();
        let endorsed = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&filed)).unwrap();
        let stale = decide::Seen { reference: filed.reference.clone(), version: filed.version };
        let why = Prose::parse("No.").unwrap();
        for refused in [
            decide::approve(&world.lockbox, &world.fresh("kim"), &stale, filed.asked, None),
            decide::reject(&world.lockbox, &world.fresh("kim"), &stale, why),
        ] {
            match refused {
                Err(ActError::Stale(now)) => assert_eq!(*now, endorsed),
                other => panic!("{other:?}"),
            }
        }
        let approved = decide::approve(&world.lockbox, &world.fresh("kim"), &seen(&endorsed), filed.asked, None).unwrap();
        match decide::start(&world.lockbox, &world.fresh("ivo"), &seen(&endorsed)) {
            Err(ActError::Stale(now)) => assert_eq!(*now, approved),
            other => panic!("{other:?}"),
        }
    }

    async fn what_gives_access_back_is_never_stale(world: &World) {
        let request = world.approved();
        let kim = world.signed_in("kim").await;
        let form = kim.get(&format!("{}/revocation", world.page_of(&request))).await.form("Revoke access now").with("reason", "Enough.");
        decide::start(&world.lockbox, &world.fresh("ivo"), &seen(&request)).unwrap();
        kim.submit(form).await.expect("Access revoked");
        assert!(!world.api().may("ivo", "fabrikam", "exchange-online").await);
    }

    async fn a_request_has_no_way_to_be_edited(world: &World) {
        let request = world.endorsed();
        let api = format!("/api/v1/data-access-requests/{}", request.reference);
        let ivo = world.signed_in("ivo").await;
        let page = ivo.get(&world.page_of(&request)).await;
        let token = page.form("Withdraw request").fields;
        for method in [reqwest::Method::POST, reqwest::Method::PUT, reqwest::Method::PATCH, reqwest::Method::DELETE] {
            for path in [page.path.as_str(), &format!("{}/edit", page.path), &format!("{}/scope", page.path)] {
                let sent = ivo.client.request(method.clone(), ivo.url(path)).header("sec-fetch-site", "same-origin").form(&token);
                let answer = ivo.read(sent, path).await;
                assert!([404, 405].contains(&answer.status.as_u16()), "{method} {path}: {}", answer.status);
            }
            let sent = ivo.client.request(method.clone(), ivo.url(&api)).bearer_auth(&world.demo.api_key).json(&serde_json::json!({"reason": "Another."}));
            ivo.read(sent, &api).await.expect_status(405);
        }
        assert_eq!(world.stored(&request.reference), request);
    }
}
