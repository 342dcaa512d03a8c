//! The tenant's list: filters that are all in the address, pages by key, the same as a file.

use chrono::TimeDelta;
use lockbox::acts::{decide, file_request};
use lockbox::domain::person::Role;
use lockbox::domain::request::Request;
use lockbox::domain::text::Prose;
use scraper::{Html, Selector};

use crate::world::{Page, Visitor, new_request, seen, stories};

/// The references in a page's table, in their order.
fn listed(page: &Page) -> Vec<String> {
    let html = Html::parse_document(&page.html);
    let links = Selector::parse("tbody th a").unwrap();
    html.select(&links)
        .map(|link| link.text().collect())
        .collect()
}

async fn list(visitor: &Visitor<'_>, query: &str) -> Vec<String> {
    listed(
        &visitor
            .get(&format!("/requests?{query}"))
            .await
            .expect_status(200),
    )
}

/// What the script of a page asks for news.
fn updates(page: &Page) -> String {
    let html = Html::parse_document(&page.html);
    let bar = Selector::parse("#updates[hidden]").unwrap();
    html.select(&bar)
        .next()
        .unwrap()
        .attr("data-updates")
        .unwrap()
        .to_owned()
}

fn references(requests: &[&Request]) -> Vec<String> {
    requests
        .iter()
        .map(|request| request.reference.to_string())
        .collect()
}

/// The lines of a file that holds no quoted line break.
fn lines(page: &Page) -> Vec<String> {
    let text = page
        .html
        .strip_prefix('\u{feff}')
        .expect("a byte order mark");
    let text = text.strip_suffix("\r\n").expect("a last line that ends");
    text.split("\r\n").map(str::to_owned).collect()
}

stories! {
    async fn each_filter_lets_through_what_fits_it(world: &World) {
        let mail = world.filed();
        world.pass(TimeDelta::minutes(1));
        let teams = world.filed_by("mina", "fabrikam", "teams");
        world.pass(TimeDelta::minutes(1));
        let asked = world.endorsed();
        let kim = world.signed_in("kim").await;
        let all = references(&[&asked, &teams, &mail]);
        for (query, fits) in [
            ("view=all".to_owned(), all.clone()),
            ("view=all&status=awaiting_manager".to_owned(), references(&[&teams, &mail])),
            ("view=all&status=awaiting_customer".to_owned(), references(&[&asked])),
            ("view=all&service=teams".to_owned(), references(&[&teams])),
            ("view=all&service=exchange-online".to_owned(), references(&[&asked, &mail])),
            ("view=all&engineer=mina".to_owned(), references(&[&teams])),
            ("view=all&engineer=KOVAC".to_owned(), references(&[&teams])),
            ("view=all&engineer=Mina%40Provider.example".to_owned(), references(&[&teams])),
            // A part of a mail address finds nobody, and nor does a person of the customer.
            ("view=all&engineer=provider.example".to_owned(), Vec::new()),
            ("view=all&engineer=kim".to_owned(), Vec::new()),
            ("view=all&engineer=%25".to_owned(), Vec::new()),
            (format!("view=all&reference={}", teams.reference), references(&[&teams])),
            (format!("view=all&reference=+{}+", teams.reference.as_str().to_lowercase()), references(&[&teams])),
            (format!("view=all&service=teams&engineer=ivo&reference={}", teams.reference), Vec::new()),
            ("view=all&status=&service=&engineer=&reference=&from=&to=".to_owned(), all.clone()),
            ("view=needs-action".to_owned(), references(&[&asked])),
            ("view=needs-action&service=teams".to_owned(), Vec::new()),
            ("view=needs-action&status=awaiting_customer&engineer=ivo".to_owned(), references(&[&asked])),
        ] {
            assert_eq!(list(&kim, &query).await, fits, "{query}");
        }
    }

    /// A filter asks how a request stands now, whatever was written down.
    async fn time_decides_what_a_status_filter_finds(world: &World) {
        let expired = world.endorsed();
        let ended = world.active();
        world.pass(TimeDelta::hours(13));
        let waiting = world.endorsed();
        let kim = world.signed_in("kim").await;
        for recorded in [false, true] {
            for (status, fits) in [
                ("expired", references(&[&expired])),
                ("ended", references(&[&ended])),
                ("awaiting_customer", references(&[&waiting])),
                ("awaiting_manager", Vec::new()),
                ("active", Vec::new()),
                ("approved", Vec::new()),
            ] {
                assert_eq!(list(&kim, &format!("view=all&status={status}")).await, fits, "{status}, recorded: {recorded}");
            }
            assert!(list(&kim, "view=needs-action&status=expired").await.is_empty());
            world.night().await;
        }
    }

    /// Kim reads times in Berlin, so the days are Berlin's.
    async fn days_are_those_of_the_one_who_looks(world: &World) {
        world.clock.set("2026-11-21T22:59:59Z".parse().unwrap());
        let before_midnight = world.filed();
        world.clock.set("2026-11-21T23:00:00Z".parse().unwrap());
        let after_midnight = world.filed();
        let kim = world.signed_in("kim").await;
        for (query, fits) in [
            ("from=2026-11-22", references(&[&after_midnight])),
            ("to=2026-11-21", references(&[&before_midnight])),
            ("from=2026-11-21&to=2026-11-22", references(&[&after_midnight, &before_midnight])),
            ("from=2026-11-23", Vec::new()),
        ] {
            assert_eq!(list(&kim, &format!("view=all&{query}")).await, fits, "{query}");
        }
    }

    async fn nothing_yet_and_no_match_are_told_apart(world: &World) {
        let sam = world.signed_in("sam").await;
        sam.get("/requests").await.expect("None yet");
        sam.get("/requests?view=all&status=revoked").await.expect("None yet");
        let request = world.endorsed();
        let kim = world.signed_in("kim").await;
        let page = kim.get("/requests?view=all&status=revoked&engineer=Ivo").await.expect("No match").expect("Filters 2");
        assert_eq!(page.link("Clear filters"), "/requests?view=all");
        let form = page.form("Apply filters");
        assert_eq!(form.fields.iter().find(|(name, _)| name == "engineer").unwrap().1, "Ivo", "what was typed stays");
        let page = kim.submit(form.with("status", "awaiting_customer")).await;
        assert_eq!(listed(&page), references(&[&request]));
        // The other views keep the filters.
        assert_eq!(page.link("Active access"), "/requests?view=active&status=awaiting_customer&engineer=Ivo");
    }

    /// What cannot be read lets nothing through: neither on the page nor in the file.
    async fn a_filter_that_cannot_be_read_is_named(world: &World) {
        world.endorsed();
        let kim = world.signed_in("kim").await;
        for (query, words) in [
            ("status=closed", "Choose a status."),
            ("service=nowhere", "Choose a service."),
            ("reference=4417", "Write the whole reference, such as LBX-7Q2M-9XKD."),
            ("from=21.11.2026", "Write the day as year, month and day, such as 2026-11-22."),
            ("from=2026-11-22&to=2026-11-21", "Choose a last day that is not before the first one."),
        ] {
            let page = kim.get(&format!("/requests?view=all&{query}")).await.expect_status(422).expect(words);
            assert!(page.html.contains("<title>Error: Data access requests"), "{query}");
            assert!(listed(&page).is_empty(), "{query}");
            kim.get(&format!("/requests.csv?view=all&{query}")).await.expect_status(422).expect(words);
        }
        kim.get("/requests?status=revoked&status=active").await.expect_status(400);
        kim.get("/requests.csv?service=teams&service=onedrive").await.expect_status(400);
    }

    async fn pages_and_the_file_have_every_match_once(world: &World) {
        let mut withdrawn = Vec::new();
        for _ in 0..120 {
            let request = world.filed_by("mina", "fabrikam", "teams");
            decide::withdraw(&world.lockbox, &world.fresh("mina"), &request.reference).unwrap();
            withdrawn.push((request.id, request.reference.to_string()));
        }
        // All were filed at the same instant: then the greater id comes first.
        withdrawn.sort();
        let withdrawn: Vec<String> = withdrawn.into_iter().rev().map(|(_, reference)| reference).collect();
        world.endorsed();
        let kim = world.signed_in("kim").await;
        let query = "view=all&status=withdrawn&engineer=mina";
        let mut page = kim.get(&format!("/requests?{query}")).await;
        let (mut walked, download) = (listed(&page), page.link("Download CSV"));
        assert_eq!(walked.len(), 50);
        for _ in 0..2 {
            page = kim.get(&page.link("Next page")).await.expect("First page");
            walked.extend(listed(&page));
        }
        assert!(!page.says("Next page"));
        assert_eq!(walked, withdrawn);
        let file = kim.get(&download).await.expect_status(200);
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
        assert_eq!(file.headers["content-disposition"], "attachment; filename=\"data-access-requests-fabrikam-20261121T173000Z.csv\"");
        let lines = lines(&file);
        assert_eq!(lines[0], "Reference,Status,Service,Requested by,Requested (UTC),Decide by / Access ends (UTC)");
        let in_file: Vec<&str> = lines[1..].iter().map(|line| line.split(',').next().unwrap()).collect();
        assert_eq!(in_file, withdrawn);
        assert_eq!(lines[1], format!("{},Withdrawn,Teams,Mina Kovac,2026-11-21T17:30:00Z,", withdrawn[0]));
    }

    /// A name that a spreadsheet would run stays a name.
    async fn the_file_is_harmless_whatever_people_are_called(world: &World) {
        let name = "=cmd|' /C calc'!A0, \"Zoë\"";
        let (eve, _) = world.enrol("eve@provider.example", name, None, &[Role::Engineer]).await.unwrap();
        let request = file_request::file(&world.lockbox, &world.as_fresh(&eve), &new_request("fabrikam", "teams")).unwrap();
        let request = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request)).unwrap();
        let kim = world.signed_in("kim").await;
        let file = kim.get("/requests.csv").await;
        assert_eq!(lines(&file)[1], format!("{},Action needed,Teams,\"'=cmd|' /C calc'!A0, \"\"Zoë\"\"\",2026-11-21T17:30:00Z,2026-11-22T05:30:00Z", request.reference));
        // Who may not decide reads so in the file as on the page.
        let auditor = world.signed_in("noor").await.get("/requests.csv").await;
        assert_eq!(auditor.status, 404, "the provider's people have no such list");
    }

    /// An open page asks what came since. That tells of no other tenant, and keeps nobody signed in.
    async fn an_open_page_learns_what_came_since(world: &World) {
        let first = world.endorsed();
        let kim = world.signed_in("kim").await;
        let page = kim.get("/requests").await;
        let updates = updates(&page);
        let told = async |visitor: &Visitor<'_>| visitor.get(&updates).await.expect_status(200).html;
        assert_eq!(told(&kim).await, format!("{{\"references\":[\"{}\"]}}", first.reference));
        world.pass(TimeDelta::minutes(5));
        let second = world.endorsed();
        assert_eq!(told(&kim).await, format!("{{\"references\":[\"{}\",\"{}\"]}}", first.reference, second.reference));
        decide::reject(&world.lockbox, &world.fresh("kim"), &seen(&first), Prose::parse("No.").unwrap()).unwrap();
        assert_eq!(told(&kim).await, format!("{{\"references\":[\"{}\"]}}", second.reference));
        assert_eq!(told(&world.signed_in("sam").await).await, "{\"references\":[]}");
        world.signed_in("rosa").await.get(&updates).await.expect_status(404);

        // Asked every few minutes, and still the session ends when it would have.
        let kim = world.signed_in("kim").await;
        for _ in 0..4 {
            world.pass(TimeDelta::minutes(7));
            told(&kim).await;
        }
        world.pass(TimeDelta::minutes(3));
        let over = kim.get_one(&updates).await.expect_status(303);
        assert!(over.headers["location"].to_str().unwrap().starts_with("/sign-in"));
    }

    /// Bookmarks of other portals lead here, with what they asked for.
    async fn old_addresses_lead_on_with_their_query(world: &World) {
        let visitor = world.visitor();
        for (old, new) in [
            ("/support/customer-lockbox-requests", "/requests"),
            ("/support/service-requests?view=all&service=teams", "/requests?view=all&service=teams"),
            ("/support/data-access-requests?view=active", "/requests?view=active"),
            ("/settings/security-privacy?x=%2F%2Fevil.example", "/settings?x=%2F%2Fevil.example"),
        ] {
            let page = visitor.get_one(old).await.expect_status(308);
            assert_eq!(page.headers["location"], new);
        }
    }

    /// A row that moved onto the first page because another went is no news.
    async fn what_moved_up_is_no_news(world: &World) {
        let mut asked = Vec::new();
        for engineer in 0..11 {
            let (engineer, _) = world.enrol(&format!("e{engineer}@provider.example"), "Engineer", None, &[Role::Engineer]).await.unwrap();
            for _ in 0..5 {
                world.pass(TimeDelta::seconds(1));
                let request = file_request::file(&world.lockbox, &world.as_fresh(&engineer), &new_request("fabrikam", "teams")).unwrap();
                asked.push(decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request)).unwrap());
            }
        }
        let kim = world.signed_in("kim").await;
        let page = kim.get("/requests").await;
        assert_eq!(listed(&page), references(&asked[..50].iter().collect::<Vec<_>>()));
        decide::reject(&world.lockbox, &world.fresh("kim"), &seen(&asked[7]), Prose::parse("No.").unwrap()).unwrap();
        let told = kim.get(&updates(&page)).await.html;
        assert_eq!(told.matches("LBX-").count(), 49);
        assert!(!told.contains(asked[50].reference.as_str()));
    }
}
