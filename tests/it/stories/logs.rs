//! The audit log on its pages: what is looked for is found, who may read reads, and what is taken along is whole.

use chrono::TimeDelta;
use diesel::RunQueryDsl;
use lockbox::domain::audit::entry::Entry;
use lockbox::domain::audit::merkle::leaf_hash;
use lockbox::domain::person::Role;
use lockbox::domain::time::Moment;
use lockbox::store::StoreError;
use scraper::{Html, Selector};
use serde_json::Value;

use crate::world::{Page, stories};

/// The places in a page's table, in their order.
fn places(page: &Page) -> Vec<u64> {
    let html = Html::parse_document(&page.html);
    let links = Selector::parse("table.log td.number a").unwrap();
    let place = |link: scraper::ElementRef<'_>| link.text().last().unwrap().parse().unwrap();
    html.select(&links).map(place).collect()
}

stories! {
    async fn each_filter_lets_through_the_entries_that_fit_it(world: &World) {
        let other = world.filed();
        world.pass(TimeDelta::days(1));
        let request = world.active();
        let log = world.log_of("fabrikam");
        let those = |fits: &dyn Fn(&Entry) -> bool| -> Vec<u64> {
            log.iter().rev().filter(|entry| fits(entry)).map(|entry| entry.seq).collect()
        };
        let kim = world.signed_in("kim").await;
        let midnight: Moment = "2026-11-22T00:00:00Z".parse().unwrap();
        let name_has = |entry: &Entry, part: &str| entry.author.actor.name().contains(part);
        for (query, fits) in [
            ("", those(&|_| true)),
            ("person=kim+akers", those(&|entry| name_has(entry, "Kim Akers"))),
            ("person=ROSA", those(&|entry| name_has(entry, "Rosa"))),
            ("person=nobody", Vec::new()),
            ("act=request.endorsed", those(&|entry| entry.fact.act() == "request.endorsed")),
            ("act=approved+for+4", those(&|entry| entry.fact.act() == "request.approved")),
            ("from=2026-11-22", those(&|entry| entry.at >= midnight)),
            ("to=2026-11-21", those(&|entry| entry.at < midnight)),
            ("from=2026-11-23", Vec::new()),
            (&format!("reference={}", request.reference), those(&|entry| entry.request == Some(request.id))),
            (&format!("reference={}&person=ivo&act=started", request.reference.as_str().to_lowercase()), those(&|entry| entry.fact.act() == "access.started")),
            (&format!("reference={}", world.never_issued()), Vec::new()),
        ] {
            let page = kim.get(&format!("/audit?{query}")).await.expect_status(200);
            assert_eq!(places(&page), fits, "{query}");
            assert_eq!(page.says("No match"), fits.is_empty(), "{query}");
        }
        kim.get("/audit?from=soon").await.expect_status(422).expect("Write the day as year, month and day");
        kim.get("/audit?reference=4417").await.expect_status(422).expect("Write the whole reference");
        assert_eq!(places(&kim.get(&format!("/audit?reference={}", other.reference)).await).len(), 1);
    }

    /// Pages of fifty keep the filters; the files have every entry that fits, whatever the page.
    async fn pages_and_files_have_every_entry_once(world: &World) {
        for _ in 0..30 {
            let request = world.filed_by("mina", "fabrikam", "teams");
            lockbox::acts::decide::withdraw(&world.lockbox, &world.fresh("mina"), &request.reference).unwrap();
        }
        world.active();
        let log = world.log_of("fabrikam");
        let by_mina: Vec<&Entry> = log.iter().rev().filter(|entry| entry.author.actor.name() == "Mina Kovac" && entry.fact.act().starts_with("request.")).collect();
        assert_eq!(by_mina.len(), 60);
        let ada = world.signed_in("ada").await;
        let page = ada.get("/audit?person=mina&act=request").await.expect("Every entry on this page hashes as it was sealed.");
        let mut walked = places(&page);
        assert_eq!(walked.len(), 50);
        let next = ada.get(&page.link("Next page")).await;
        assert!(!next.says("Next page"));
        walked.extend(places(&next));
        assert_eq!(walked, by_mina.iter().map(|entry| entry.seq).collect::<Vec<_>>());

        let json = ada.get(&page.link("Download JSON")).await.expect_status(200);
        assert_eq!(json.headers["content-type"], "application/json");
        let taken: Vec<Value> = serde_json::from_str(&json.html).unwrap();
        let wanted: Vec<Value> = by_mina.iter().map(|entry| serde_json::from_str(&entry.canonical().unwrap()).unwrap()).collect();
        assert_eq!(taken, wanted);
        // Each line is the very text that was hashed.
        assert!(json.html.contains(&format!("\n{}\n]\n", by_mina[59].canonical().unwrap())));
        let csv = ada.get(&page.link("Download CSV")).await.expect_status(200).html;
        assert_eq!(csv.matches("\r\n").count(), 61);
        assert!(csv.contains(&leaf_hash(by_mina[7].canonical().unwrap().as_bytes()).to_string()));
        let none: Vec<Value> = serde_json::from_str(&ada.get("/audit.json?person=nobody&act=request").await.html).unwrap();
        assert!(none.is_empty());

        let checkpoint = ada.get("/audit/checkpoint").await.expect_status(200).html;
        assert!(checkpoint.contains(&format!("\n{}\n", log.len())), "{checkpoint}");
        assert!(ada.get("/audit").await.html.contains(checkpoint.lines().last().unwrap()));
    }

    /// The provider's people read about requests: engineers their own, managers all. Of the customer's people they see
    /// names and roles, and not from where they came.
    async fn the_provider_reads_what_concerns_it(world: &World) {
        let (request, others) = (world.active(), world.filed_by("mina", "contoso", "teams"));
        let log = world.log_of("fabrikam");
        let approval = log.iter().find(|entry| entry.fact.act() == "request.approved").unwrap();
        let before = log.iter().find(|entry| entry.request.is_none()).unwrap();
        let by_reference = format!("/audit?reference={}", request.reference);
        let entry = |entry: &Entry| format!("/audit/{}?reference={}", entry.seq, request.reference);
        for name in ["ivo", "rosa", "noor"] {
            let visitor = world.signed_in(name).await;
            let page = visitor.get(&by_reference).await.expect_status(200).expect("Approved for 4 hours").expect("Kim Akers");
            assert!(!page.says("The log's head") && !page.says("Download"), "{name} takes no customer's log along");
            let page = visitor.get(&entry(approval)).await.expect_status(200).expect("request.approved").expect("Kim Akers");
            for hidden in ["Source address", "Proof used", "Canonical JSON", "fabrikam.example"] {
                assert!(!page.says(hidden), "{name} reads {hidden}");
            }
            visitor.get(&entry(before)).await.expect_status(404);
            visitor.get(&format!("/audit.json?reference={}", request.reference)).await.expect_status(404);
        }
        world.signed_in("ivo").await.get("/audit").await.expect("Your newest requests").expect(request.reference.as_str());
        world.signed_in("rosa").await.get("/audit").await.expect("Read its log");
        // Another engineer's request is one that never was; so is it for an administrator's log, which is the provider's own.
        let mina = world.signed_in("mina").await;
        let never = mina.get(&format!("/audit?reference={}", world.never_issued())).await.expect_status(404);
        assert_eq!(mina.get(&by_reference).await.expect_status(404).html, never.html);
        mina.get(&format!("/audit?reference={}", others.reference)).await.expect_status(200);
        mina.get(&format!("/audit/{}", approval.seq)).await.expect_status(404);
        world.signed_in("pat").await.get(&by_reference).await.expect_status(403);
        world.signed_in("pat").await.get("/audit").await.expect("The log's head");
    }

    /// A tenant reads its own log, and another's entry is one that never was.
    async fn an_entry_shows_everything_that_was_sealed_to_its_tenant_alone(world: &World) {
        let request = world.endorsed();
        let kim = world.signed_in("kim").await;
        let form = kim.get(&format!("{}/approval", world.page_of(&request))).await.form("Approve for 4 hours").with("note", "Only <b>today</b>.");
        kim.submit(form).await.expect("Approved for 4 hours");
        let log = world.log_of("fabrikam");
        let approval = log.iter().find(|entry| entry.fact.act() == "request.approved").unwrap();
        let leo = world.signed_in("leo").await;
        let page = leo.get(&world.page_of(&request)).await;
        let page = leo.get(&page.link("Read it in the audit log")).await;
        let entry = format!("/audit/{}?reference={}", approval.seq, request.reference);
        assert!(page.html.contains(&format!("href=\"{entry}\"")));
        let page = leo.get(&entry).await.expect_status(200);
        for shown in [
            &format!("Audit entry No. {}", approval.seq),
            "2026-11-21T17:30:00.000000Z",
            "Kim Akers",
            "request.approved",
            "granted",
            request.reference.as_str(),
            &request.id.to_string(),
            "127.0.0.1",
            &approval.author.proof.as_ref().unwrap().session,
            "Only <b>today</b>.",
            &leaf_hash(approval.canonical().unwrap().as_bytes()).to_string(),
            "The stored text still has this hash.",
        ] {
            assert!(page.says(shown), "{shown:?} is not on it:\n{}", page.words());
        }
        let html = Html::parse_document(&page.html);
        let canonical = html.select(&Selector::parse("pre").unwrap()).next().unwrap().text().collect::<String>();
        assert_eq!(canonical, approval.canonical().unwrap());
        leo.get(&page.link("Back to the log")).await.expect("Clear filters").expect(request.reference.as_str());

        let sam = world.signed_in("sam").await;
        let never = sam.get("/audit/999999").await.expect_status(404);
        assert_eq!(sam.get(&format!("/audit/{}", approval.seq + 40)).await.expect_status(404).html, never.html);
        for path in ["/audit/-1", "/audit/x", "/audit/18446744073709551615"] {
            sam.get(path).await.expect_status(404);
        }
        let page = sam.get(&format!("/audit/0?reference={}", request.reference)).await.expect_status(404);
        assert_eq!(page.html, never.html);
        let (_, account) = world.enrol("new@provider.example", "New", None, &[Role::Engineer]).await.unwrap();
        world.signed_in_as(&account).await.get(&format!("/audit/{}?reference={}", approval.seq, request.reference)).await.expect_status(404);
    }

    /// What somebody changed in the database shows at once where it is read.
    async fn an_entry_that_was_changed_is_pointed_out(world: &World) {
        world.approved();
        let log = world.log_of("fabrikam");
        let approval = log.iter().find(|entry| entry.fact.act() == "request.approved").unwrap().seq;
        let kim = world.signed_in("kim").await;
        let change = |from: &str, to: &str| {
            let sql = format!("UPDATE audit_entries SET body = replace(body, '{from}', '{to}') WHERE act = 'request.approved'");
            world.lockbox.store.read(|conn| diesel::sql_query(sql).execute(conn).map_err(StoreError::from)).unwrap();
        };
        change("Kim Akers", "Kim Bkers");
        kim.get("/audit").await.expect("An entry on this page is not stored as sealed").expect(&format!("sealed: No. {approval}."));
        kim.get(&format!("/audit/{approval}")).await.expect("This entry is not stored as it was sealed.");
        change("Kim Bkers", "Kim Akers");
        assert!(!kim.get("/audit").await.says("not stored as sealed"));
    }
}
