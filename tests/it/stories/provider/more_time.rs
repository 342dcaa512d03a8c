//! More time is a new request that names the old one.

use lockbox::acts::{ActError, decide, file_request, support_cases};
use lockbox::domain::id::Reference;
use lockbox::domain::person::Role;
use lockbox::domain::request::StateKind;
use lockbox::domain::text::Prose;
use serde_json::json;

use crate::world::{Api, World, new_request, seen, stories};

/// Why a request that names this one is refused, if it is.
fn refused(world: &World, engineer: &str, tenant: &str, earlier: &Reference) -> Option<String> {
    refused_for(world, engineer, (tenant, "exchange-online"), earlier)
}

fn refused_for(
    world: &World,
    engineer: &str,
    (tenant, service): (&str, &str),
    earlier: &Reference,
) -> Option<String> {
    let new = file_request::NewRequest {
        follows: Some(earlier.clone()),
        ..new_request(tenant, service)
    };
    match file_request::file(&world.lockbox, &world.fresh(engineer), &new) {
        Ok(_) => None,
        Err(ActError::Unfit(flaws)) => {
            assert_eq!(flaws[0].field, "follows");
            Some(flaws[0].words.replace(earlier.as_str(), "…"))
        }
        Err(other) => panic!("{other}"),
    }
}

stories! {
    /// Asked from the page of an access, filled in from it; both pages, both sides and the mail name the other one.
    async fn an_engineer_asks_for_more_time(world: &World) {
        let old = world.active();
        let ivo = world.signed_in("ivo").await;
        let page = ivo.get(&world.page_of(&old)).await;
        let page = ivo.get(&page.link("Ask for more time…")).await.expect("Ask for more time").expect(old.reference.as_str());
        let case = old.case.unwrap().to_string();
        for (field, value) in [
            ("tenant", "fabrikam"),
            ("service", "exchange-online"),
            ("case", case.as_str()),
            ("scope", "Kim's calendar"),
            ("reason", "Invitations vanish; I must see the calendar."),
            ("duration", "PT4H"),
        ] {
            assert!(page.has_filled_in(field, value), "{field}");
        }
        assert!(!page.has("option[value=contoso]"), "the same customer is asked");
        let page = ivo.submit(page.form("File request").with("duration", "PT2H").with("reason", "Not found yet.")).await;
        let page = page.expect_status(200).expect("Waiting for manager").expect("More time after");
        let new = Reference::parse(&page.path["/requests/".len()..]).unwrap();
        let stored = world.stored(&new);
        assert_eq!(stored.follows.as_ref(), Some(&old.reference));
        world.new_mails().await;
        decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&stored)).unwrap();
        world.new_mails().await;
        let mail = mail_parser::MessageParser::default().parse(world.newest_mail_to("kim").as_bytes()).unwrap().body_text(0).unwrap().replace("\r\n", " ");
        assert!(mail.contains(&format!("more time after {}", old.reference)), "{mail}");
        for name in ["kim", "rosa", "ivo"] {
            let visitor = world.signed_in(name).await;
            let page = visitor.get(&format!("/requests/{new}")).await.expect("More time after").expect(&format!("Filed, for 2 hours, more time after {}", old.reference));
            assert_eq!(page.link(old.reference.as_str()), world.page_of(&old), "{name}");
            let page = visitor.get(&world.page_of(&old)).await.expect("More time asked");
            assert_eq!(page.link(new.as_str()), format!("/requests/{new}"), "{name}");
        }
        assert_eq!(world.stored(&old.reference).state.kind(), StateKind::Active, "the old one goes on as it was");
        let shown = world.api().get(&format!("/api/v1/data-access-requests/{new}")).await;
        assert_eq!(shown.body["follows"], json!(old.reference.as_str()));
    }

    /// Somebody else's, another tenant's, another service's and one that never was are refused in the same words; one that gave no access
    /// is told apart, since it is one's own.
    async fn it_follows_nothing_but_an_access_of_ones_own(world: &World) {
        let old = world.active();
        let unknown = Reference::from_random([9; 5]);
        let foreign = refused(world, "mina", "fabrikam", &old.reference).unwrap();
        assert_eq!(refused(world, "ivo", "contoso", &old.reference), Some(foreign.clone()));
        assert_eq!(refused_for(world, "ivo", ("fabrikam", "teams"), &old.reference), Some(foreign.clone()));
        assert_eq!(refused(world, "ivo", "fabrikam", &unknown), Some(foreign.clone()));
        let none_yet = world.filed();
        assert_ne!(refused(world, "ivo", "fabrikam", &none_yet.reference).unwrap(), foreign);
        assert_eq!(refused(world, "ivo", "fabrikam", &old.reference), None);
        decide::revoke(&world.lockbox, &world.fresh("kim"), &old.reference, Prose::parse("Enough.").unwrap()).unwrap();
        assert_eq!(refused(world, "ivo", "fabrikam", &old.reference), None, "what was cut short may be asked for again");

        let mina = world.signed_in("mina").await;
        let same = [mina.get(&format!("/requests/new?follows={}", old.reference)).await, mina.get(&format!("/requests/new?follows={unknown}")).await, mina.get("/requests/new?follows=LBX-1").await];
        for page in same {
            page.expect_status(404);
        }
        let ivo = world.signed_in("ivo").await;
        ivo.get(&format!("/requests/new?follows={}", none_yet.reference)).await.expect_status(422).expect("gave no access");
        assert!(!ivo.get(&world.page_of(&none_yet)).await.says("Ask for more time"));
        assert!(!world.signed_in("rosa").await.get(&world.page_of(&old)).await.says("Ask for more time"));
        // A form that was changed on its way is refused with all that was typed.
        let page = ivo.get(&format!("/requests/new?follows={}", old.reference)).await;
        let page = ivo.submit(page.form("File request").with("follows", unknown.as_str())).await.expect_status(422).expect("has no request");
        assert!(page.has_filled_in("scope", "Kim's calendar"));
    }

    /// What was asked for because of a support case is not prolonged without one: neither silently nor on purpose.
    async fn more_time_is_asked_for_an_open_case(world: &World) {
        let old = world.active();
        let ivo = world.signed_in("ivo").await;
        let new = file_request::NewRequest { follows: Some(old.reference.clone()), case: None, ..new_request("fabrikam", "exchange-online") };
        let Err(ActError::Unfit(flaws)) = file_request::file(&world.lockbox, &world.fresh("ivo"), &new) else { panic!("filed without a case") };
        assert_eq!(flaws[0].field, "case");
        support_cases::close(&world.lockbox, &world.fresh("kim"), old.case.unwrap()).unwrap();
        let page = ivo.get(&format!("/requests/new?follows={}", old.reference)).await.expect_status(422);
        let page = page.expect("The support case 4417 is closed. Choose one").expect("Choose a support case");
        assert!(!page.says("None: provider initiated"));
        let page = ivo.submit(page.form("File request")).await.expect_status(422).expect("belongs to a support case. Name it");
        let opened = world.case_of("kim");
        let form = ivo.get(&format!("/requests/new?follows={}", old.reference)).await.form("File request");
        assert!(page.has_filled_in("scope", "Kim's calendar"));
        ivo.submit(form.with("case", &opened.id.to_string())).await.expect_status(200).expect("More time after");

        let key = world.new_key("tool", &[lockbox::domain::key::KeyScope::RequestsWrite], None);
        let mut body = crate::world::places::Place::of_side_door("/api/v1/data-access-requests").body();
        body["follows"] = json!(old.reference.as_str());
        body["support_case"] = json!(null);
        let refused = Api::new(world, &key).post("/api/v1/data-access-requests", &body).await;
        assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["field"]), (422, &json!("support_case")));
    }

    async fn a_key_asks_for_more_time_for_the_same_engineer(world: &World) {
        let old = world.active();
        let key = world.new_key("tool", &[lockbox::domain::key::KeyScope::RequestsWrite], None);
        let api = Api::new(world, &key);
        let mut body = crate::world::places::Place::of_side_door("/api/v1/data-access-requests").body();
        body["follows"] = json!(old.reference.as_str());
        let filed = api.post("/api/v1/data-access-requests", &body).await;
        assert_eq!((filed.status.as_u16(), &filed.body["follows"]), (201, &json!(old.reference.as_str())));
        body["engineer"] = json!("mina@provider.example");
        let refused = api.post("/api/v1/data-access-requests", &body).await;
        assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["field"]), (422, &json!("follows")));
    }

    /// Who decides on the next request of the same engineer for the same service reads who rejected the last, and why.
    async fn a_request_after_a_rejected_one_shows_the_rejection(world: &World) {
        let first = world.endorsed();
        decide::reject(&world.lockbox, &world.fresh("kim"), &seen(&first), Prose::parse("Too wide. Ask for one mailbox.").unwrap()).unwrap();
        world.pass(chrono::TimeDelta::minutes(1));
        let next = world.endorsed();
        for name in ["kim", "ada", "rosa", "ivo"] {
            let page = world.signed_in(name).await.get(&world.page_of(&next)).await;
            page.expect(&format!("{} was rejected by Kim Akers", first.reference)).expect("Too wide. Ask for one mailbox.");
        }
        let other = world.filed_by("ivo", "fabrikam", "teams");
        assert!(!world.signed_in("rosa").await.get(&world.page_of(&other)).await.says("was rejected by"), "another service");
        let (eva, _) = world.enrol("eva@provider.example", "Eva Sommer", None, &[Role::Engineer]).await.unwrap();
        let hers = file_request::file(&world.lockbox, &world.as_fresh(&eva), &new_request("fabrikam", "exchange-online")).unwrap();
        assert!(!world.signed_in("rosa").await.get(&world.page_of(&hers)).await.says("was rejected by"), "another engineer");
    }
}
