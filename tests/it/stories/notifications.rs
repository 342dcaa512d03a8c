//! What a tenant wants of its mails: who changes it, what it does to them, and a test.

use chrono::TimeDelta;
use lockbox::acts::limits::change_limits;
use lockbox::acts::notifications::{BETWEEN_TESTS, change_notifications};
use lockbox::domain::fact::Fact;
use lockbox::domain::lockbox::Limits;
use lockbox::domain::notification_setting::NotificationSetting;
use lockbox::domain::person::Role;
use mail_parser::MessageParser;

use crate::world::stories;

const PAGE: &str = "/settings/notifications";

stories! {
    async fn an_administrator_changes_it_with_a_fresh_second_factor_and_everybody_hears(world: &World) {
        let kim = world.signed_in("kim").await;
        world.pass(TimeDelta::minutes(6));
        let page = kim.get(PAGE).await.expect("Verification code");
        let form = page.form("Save").without("links");
        let size = world.entries();
        let asked = kim.submit_one(form.clone().without("verification_code")).await.expect_status(422).expect("Enter the verification code");
        assert_eq!((world.entries(), world.tenant("fabrikam").notifications), (size, NotificationSetting::default()));
        assert!(!asked.form("Save").has("links"), "what was chosen is kept");
        kim.submit(form).await.expect_status(200).expect("Saved.");
        let wanted = NotificationSetting { links: false, reminders: true };
        assert_eq!(world.tenant("fabrikam").notifications, wanted);
        let log = world.log_of("fabrikam");
        assert_eq!(log.last().unwrap().fact, Fact::NotificationsChanged(wanted));
        let told: Vec<_> = world.new_mails().await;
        assert_eq!(told.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), ["ada@fabrikam.example", "kim@fabrikam.example"]);
        assert!(told.iter().all(|(_, subject)| subject == "The mails of Customer Lockbox were changed for Fabrikam"));
        kim.get("/audit").await.expect("Mails changed");
        let size = world.entries();
        kim.submit_one(kim.get(PAGE).await.form("Save")).await.expect_status(200).expect("Nothing was changed");
        assert_eq!(world.entries(), size);
    }

    async fn others_read_it_only(world: &World) {
        let save = [("links".to_owned(), "on".to_owned())];
        for (name, reads, tests) in [("ada", true, true), ("leo", true, false), ("rosa", false, false), ("ivo", false, false)] {
            let visitor = world.signed_in(name).await;
            let page = visitor.get(PAGE).await.expect_status(if reads { 200 } else { 404 });
            assert!(!page.has_button("Save"));
            assert_eq!(page.has_button("Send a test"), tests);
            let fields = crate::world::places::with_token(&visitor.token().await, &save);
            visitor.request("POST", PAGE, &fields, &[]).await.expect_status(if reads { 403 } else { 404 });
            if !tests {
                let fields = crate::world::places::with_token(&visitor.token().await, &[]);
                visitor.request("POST", &format!("{PAGE}/test"), &fields, &[]).await.expect_status(if reads { 403 } else { 404 });
            }
        }
        let elsewhere = world.tenant("contoso").id;
        assert!(change_notifications(&world.lockbox, &world.fresh("kim"), elsewhere, NotificationSetting { links: false, reminders: false }).is_err());
        for tenant in ["fabrikam", "contoso"] {
            assert_eq!(world.tenant(tenant).notifications, NotificationSetting::default());
        }
    }

    /// Without links there is no address anywhere in the tenant's mails; the provider's people keep theirs.
    async fn without_links_the_tenants_mails_name_the_way(world: &World) {
        let setting = NotificationSetting { links: false, reminders: true };
        change_notifications(&world.lockbox, &world.fresh("kim"), world.tenant("fabrikam").id, setting).unwrap();
        let request = world.approved();
        world.new_mails().await;
        let host = world.base_url.trim_start_matches("http://");
        for name in ["kim", "ada"] {
            let raw = world.newest_mail_to(name);
            let mail = MessageParser::default().parse(raw.as_bytes()).unwrap();
            let way = format!("Sign in to your admin center, then Support > Data access requests > {}.", request.reference);
            assert!(mail.body_text(0).unwrap().contains(&way), "{raw}");
            for part in [mail.body_text(0).unwrap(), mail.body_html(0).unwrap()] {
                assert!(!part.contains("://") && !part.contains("<a ") && !part.contains(host), "{part}");
            }
        }
        assert!(world.newest_mail_to("ivo").contains(&format!("{}/requests/{}", world.base_url, request.reference)));
    }

    async fn a_test_goes_to_oneself_once_a_minute(world: &World) {
        let ada = world.signed_in("ada").await;
        let form = ada.get(PAGE).await.expect("ada@fabrikam.example").form("Send a test");
        ada.submit(form.clone()).await.expect_status(200).expect("A test is on its way to ada@fabrikam.example.");
        let told = world.new_mails().await;
        assert_eq!(told, [("ada@fabrikam.example".to_owned(), "This is a test of the mails of Customer Lockbox for Fabrikam".to_owned())]);
        let raw = world.newest_mail_to("ada");
        let mail = MessageParser::default().parse(raw.as_bytes()).unwrap();
        let head = world.lockbox.store.read(|conn| lockbox::store::audit::head(conn, lockbox::domain::audit::entry::Log::Tenant(world.tenant("fabrikam").id))).unwrap();
        let last = format!("Audit log of Fabrikam: {} entries, root {}", head.frontier.size(), head.frontier.root());
        assert_eq!(mail.body_text(0).unwrap().trim_end().lines().last(), Some(last.as_str()));
        let size = world.entries();
        ada.submit_one(form.clone()).await.expect_status(200).expect("Wait a minute");
        assert_eq!(world.entries(), size);
        let kim = world.signed_in("kim").await;
        kim.submit(kim.get(PAGE).await.form("Send a test")).await.expect("on its way to kim@fabrikam.example");
        world.pass(BETWEEN_TESTS);
        ada.submit(form).await.expect("A test is on its way");
        assert_eq!(world.new_mails().await.len(), 2);
    }

    /// One account that undoes the protection does not do so in silence: the others hear who may decide besides them.
    async fn the_others_hear_who_decides_besides_them(world: &World) {
        world.enrol("noa@fabrikam.example", "Noa Weiss", Some("fabrikam"), &[Role::AccessApprover]).await.unwrap();
        let told = world.new_mails().await;
        assert_eq!(told.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), ["ada@fabrikam.example", "kim@fabrikam.example", "noa@fabrikam.example"]);
        assert!(world.newest_mail_to("kim").contains("Noa Weiss"));
        world.enrol("uli@fabrikam.example", "Uli Rau", Some("fabrikam"), &[Role::Auditor]).await.unwrap();
        world.enrol("max@provider.example", "Max Lind", None, &[Role::SupportManager]).await.unwrap();
        assert_eq!(world.new_mails().await, []);
    }

    /// Fact × person → mail, as it really goes out: what each hears, or nothing.
    async fn who_hears_what(world: &World) {
        let mut table = Table::of(world);
        let limits = world.tenant("fabrikam").limits;
        change_limits(&world.lockbox, &world.fresh("kim"), world.tenant("fabrikam").id, Some(&limits), Limits { approvals_needed: 2, ..limits }).unwrap();
        table.row("limits.changed").await;
        table.walk().await;
        insta::assert_snapshot!("who_hears_what", table.text());
    }
}

mod table;
use table::Table;
