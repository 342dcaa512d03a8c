//! A suspended tenant: nothing is filed or started, what waits is withdrawn, what runs is revoked; its people still
//! sign in and read.

use lockbox::acts::ActError;
use lockbox::acts::decide::{approve, endorse, start};
use lockbox::acts::file_request::file;
use lockbox::acts::limits::change_limits;
use lockbox::acts::suspend::{resume, suspend};
use lockbox::domain::lockbox::Limits;
use lockbox::domain::request::{State, StateKind};
use lockbox::domain::text::Prose;

use super::{SETTING, key, operator};
use crate::world::{World, new_request, seen, stories};

fn suspended(world: &World, tenant: &str) {
    let why = Prose::parse("The contract has ended.").unwrap();
    suspend(&world.lockbox, &operator(), &key(tenant), &why).unwrap();
}

stories! {
    async fn everything_that_is_open_ends_at_once(world: &World) {
        let (filed, waiting, approved, active) = (world.filed(), world.endorsed(), world.approved(), world.active());
        let ended = lockbox::acts::decide::finish(&world.lockbox, &world.fresh("ivo"), &world.active().reference).unwrap();
        let elsewhere = world.filed_by("mina", "contoso", "teams");
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await);
        world.new_mails().await;
        suspended(world, "fabrikam");
        assert!(!world.api().may("ivo", "fabrikam", "exchange-online").await);
        let kind = |request: &lockbox::domain::request::Request| world.stored(&request.reference).state.kind();
        assert_eq!([&filed, &waiting].map(kind), [StateKind::Withdrawn; 2]);
        assert_eq!([&approved, &active].map(kind), [StateKind::Revoked; 2]);
        assert!(matches!(world.stored(&active.reference).state, State::Revoked { since: Some(_), .. }));
        assert_eq!(world.stored(&ended.reference), ended);
        assert_eq!(world.stored(&elsewhere.reference), elsewhere, "another tenant goes on");
        let mails = world.new_mails().await;
        let of = |subject: &str| mails.iter().filter(|(_, said)| said.starts_with(subject)).count();
        // Kim, Ada, Ivo and Rosa of what was endorsed; Ivo alone of what was not.
        assert_eq!((of("Data access was suspended"), of("Withdrawn"), of("Revoked")), (2, 5, 8), "{mails:?}");
    }

    async fn nothing_is_filed_or_decided_while_it_lasts(world: &World) {
        let (waiting, approved) = (world.endorsed(), world.approved());
        suspended(world, "fabrikam");
        let before = world.entries();
        let new = new_request("fabrikam", "teams");
        assert!(matches!(file(&world.lockbox, &world.fresh("ivo"), &new), Err(ActError::Unfit(_))));
        let ivo = world.signed_in("ivo").await;
        let form = ivo.get("/requests/new").await.form("File request").with("tenant", "fabrikam").with("service", "teams").with("scope", "Chats").with("reason", "To see.").with("duration", "PT1H");
        ivo.submit_one(form).await.expect_status(422).expect("Fabrikam is suspended: nothing can be filed for it.");
        let body = serde_json::json!({"tenant": "fabrikam", "service": "teams", "engineer": "ivo@provider.example", "reason": "To see.", "scope": {"description": "Chats"}, "duration": "PT1H"});
        let answer = world.api().post_with("/api/v1/data-access-requests", &body, &[("idempotency-key", "suspended-1")]).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert!(approve(&world.lockbox, &world.fresh("kim"), &seen(&waiting), waiting.asked, None).is_err());
        assert!(start(&world.lockbox, &world.fresh("ivo"), &seen(&approved)).is_err());
        assert_eq!(world.entries(), before);
    }

    async fn its_people_sign_in_and_read_and_change_no_setting(world: &World) {
        let request = world.active();
        lockbox::acts::decide::finish(&world.lockbox, &world.fresh("ivo"), &request.reference).unwrap();
        world.new_mails().await;
        suspended(world, "fabrikam");
        super::assert_told(world, "Data access was suspended", &super::DECIDERS).await;
        assert!(world.newest_mail_to("ada").contains("The contract has ended."));
        let before = world.entries();
        let kim = world.signed_in("kim").await;
        for path in ["/", "/requests?view=all", "/audit", "/settings", SETTING, &world.page_of(&request)] {
            kim.get(path).await.expect_status(200).expect("Northwind Cloud suspended Fabrikam on");
        }
        kim.get("/audit").await.expect("Suspended").expect("operator root");
        let page = kim.get(SETTING).await;
        assert!(!page.has_button("Save"), "{}", page.words());
        let page = page.expect("Nothing can be changed while you are suspended.");
        assert!(!page.says("Only a global administrator"), "{}", page.words());
        let tenant = world.tenant("fabrikam");
        let by = world.fresh("kim");
        let wanted = Limits { approvals_needed: 2, ..tenant.limits };
        let tries = [
            lockbox::acts::switch_lockbox::turn_off(&world.lockbox, &by, tenant.id),
            change_limits(&world.lockbox, &by, tenant.id, Some(&tenant.limits), wanted),
            lockbox::acts::coverage::cover(&world.lockbox, &by, tenant.id, world.service("telemetry").id),
        ];
        assert!(tries.iter().all(|tried| matches!(tried, Err(ActError::Unfit(_)))), "{tries:?}");
        assert_eq!(world.entries(), before);
        let sam = world.signed_in("sam").await.get("/").await;
        assert!(!sam.says("suspended"));
    }

    async fn it_goes_on_when_the_provider_says_so(world: &World) {
        let request = world.endorsed();
        suspended(world, "fabrikam");
        world.new_mails().await;
        resume(&world.lockbox, &operator(), &key("fabrikam")).unwrap();
        super::assert_told(world, "no longer suspended", &super::DECIDERS).await;
        assert_eq!(world.stored(&request.reference).state.kind(), StateKind::Withdrawn, "what ended stays ended");
        assert!(world.tenant("fabrikam").lockbox.is_on());
        let asked = endorse(&world.lockbox, &world.fresh("rosa"), &seen(&world.filed())).unwrap();
        assert_eq!(asked.state.kind(), StateKind::AwaitingCustomer);
    }

    /// However many there are: more than one page of them.
    async fn every_open_request_ends_however_many_there_are(world: &World) {
        for engineer in 0..42 {
            let email = format!("engineer{engineer}@provider.example");
            let (person, _) = world.enrol(&email, &format!("Engineer {engineer}"), None, &[lockbox::domain::person::Role::Engineer]).await.unwrap();
            for _ in 0..5 {
                file(&world.lockbox, &world.as_fresh(&person), &new_request("fabrikam", "teams")).unwrap();
            }
        }
        suspended(world, "fabrikam");
        let open = world.every_request().into_iter().filter(|request| !request.state.is_final()).count();
        assert_eq!((world.every_request().len(), open), (210, 0));
    }
}
