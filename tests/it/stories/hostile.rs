//! What people type stays what they typed, wherever it comes out; what is too much is refused; and links are made from
//! our own address alone.

use lockbox::acts::decide;
use lockbox::acts::file_request::{CaseNamed, NewCase, NewRequest, file};
use lockbox::domain::person::Role;
use lockbox::domain::request::Request;
use lockbox::domain::scope::Scope;
use lockbox::domain::text::{Line, Prose};
use mail_parser::MessageParser;
use scraper::{Html, Selector};
use serde_json::json;

use crate::world::places::with_token;
use crate::world::{Page, World, journal, new_request, seen, stories};

/// What could end a tag, an attribute, a comment, a script, a header, a template and a table cell.
const LINE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>--></title></textarea><a href=javascript:alert(3)>{{7*7}}${7*7} =cmd|'/c calc'!A0 %0d%0aBcc: evil@evil.example";
const LINES: &str = "First.\r\nBcc: evil@evil.example\r\n\r\n.\r\nQUIT\n</td></tr></table><script>alert(1)</script>\n\"'><img src=x onerror=alert(2)>--></textarea>\nView request: https://evil.example/\n-- \nFrom: evil@evil.example\n\t=1+1";

/// A request that is hostile in every text it has.
fn hostile(world: &World) -> Request {
    let new = NewRequest {
        case: Some(CaseNamed::Numbered(NewCase {
            number: Line::parse("<b>4417</b>\"'").unwrap(),
            title: Line::parse(LINE).unwrap(),
        })),
        reason: Prose::parse(LINES).unwrap(),
        scope: Scope::parse(
            Prose::parse(LINES).unwrap(),
            ["mailbox/<script>alert(1)</script>", "a\"b'c"],
            [],
        )
        .unwrap(),
        ..new_request("fabrikam", "exchange-online")
    };
    file(&world.lockbox, &world.fresh("ivo"), &new).unwrap()
}

/// No element or attribute of the page came from what somebody typed.
fn assert_harmless(page: &Page) {
    let html = Html::parse_document(&page.html);
    let all = |selector: &str| html.select(&Selector::parse(selector).unwrap()).count();
    assert_eq!(all("script:not([type=module])"), 0, "{}", page.path);
    assert_eq!(
        all("img") + all("iframe") + all("[onerror]") + all("dd b"),
        0,
        "{}",
        page.path
    );
    assert_eq!(all("title"), 1, "{}", page.path);
    for link in html.select(&Selector::parse("[href], [src], [action], [formaction]").unwrap()) {
        for name in ["href", "src", "action", "formaction"] {
            let Some(to) = link.attr(name) else { continue };
            assert!(
                to.is_empty()
                    || to.starts_with('/') && !to.starts_with("//")
                    || to.starts_with('#')
                    || to.starts_with("data:"),
                "{} leads to {to:?}",
                page.path
            );
        }
    }
}

stories! {
    async fn hostile_words_are_shown_as_words_on_every_page(world: &World) {
        let request = hostile(world);
        let note = Prose::parse(LINES).unwrap();
        let endorsed = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request)).unwrap();
        let page_of = |request: &Request| world.page_of(request);
        let (kim, ivo, rosa) = (world.signed_in("kim").await, world.signed_in("ivo").await, world.signed_in("rosa").await);
        for path in [page_of(&request), format!("{}/approval", page_of(&request)), format!("{}/rejection", page_of(&request)), "/".to_owned(), "/requests".to_owned(), "/audit".to_owned()] {
            assert_harmless(&kim.get(&path).await.expect_status(200));
        }
        let page = kim.get(&page_of(&request)).await;
        for typed in ["<script>alert(1)</script>", "QUIT", "{{7*7}}${7*7}", "mailbox/<script>alert(1)</script>", "<b>4417</b>"] {
            assert!(page.says(typed), "{typed:?} is shown as it was typed:\n{}", page.words());
        }
        // Typed into a form that is shown again.
        let form = kim.get(&format!("{}/approval", page_of(&request))).await.form("Approve for 4 hours");
        let again = kim.submit_one(form.clone().with("note", LINE).with("duration", LINE)).await.expect_status(422);
        assert_harmless(&again);
        assert_eq!(again.form("Approve for").fields.iter().find(|(name, _)| name == "note").unwrap().1, LINE);

        let approved = decide::approve(&world.lockbox, &world.fresh("kim"), &seen(&endorsed), endorsed.asked, Some(note.clone())).unwrap();
        decide::revoke(&world.lockbox, &world.fresh("kim"), &approved.reference, note).unwrap();
        for visitor in [&kim, &ivo, &rosa] {
            assert_harmless(&visitor.get(&page_of(&request)).await.expect_status(200).expect("QUIT"));
        }
        for path in ["/queue", "/requests/new"] {
            assert_harmless(&ivo.get(path).await);
        }
    }

    async fn hostile_words_in_an_address_are_answered_harmlessly(world: &World) {
        let kim = world.signed_in("kim").await;
        let typed: String = url::form_urlencoded::byte_serialize(LINE.as_bytes()).collect();
        for path in [format!("/requests/{typed}"), format!("/requests?view={typed}&after={typed}"), format!("/audit?before={typed}"), format!("/{typed}"), format!("/sign-in?next={typed}"), format!("/static/{typed}/{typed}"), "/static/x/..%2f..%2fCargo.toml".to_owned(), "/requests/%00".to_owned(), "/requests/%ff".to_owned()] {
            for visitor in [&kim, &world.visitor()] {
                let page = visitor.get(&path).await;
                assert!(!page.status.is_server_error(), "{path}: {}", page.status);
                assert_harmless(&page);
            }
        }
        let visitor = world.visitor();
        let form = visitor.get("/sign-in").await.form("Sign in").with("email", LINE).with("password", LINE).with("next", LINE);
        assert_harmless(&visitor.submit_one(form).await.expect_status(422));
    }

    /// A name is its owner's to choose; it comes out in the shell, in lists, in logs and in mails.
    async fn hostile_names_are_names(world: &World) {
        let name = "Eve <script>alert(1)</script> \"x\" <evil@evil.example>, Bob";
        let (eve, account) = world.enrol("eve@provider.example", name, None, &[Role::Engineer]).await.unwrap();
        world.enrol("eva@fabrikam.example", name, Some("fabrikam"), &[Role::AccessApprover]).await.unwrap();
        let request = file(&world.lockbox, &world.as_fresh(&eve), &new_request("fabrikam", "teams")).unwrap();
        decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request)).unwrap();
        let visitor = world.signed_in_as(&account).await;
        assert_harmless(&visitor.get("/queue").await.expect(name));
        let kim = world.signed_in("kim").await;
        for path in ["/", "/requests", "/audit", &world.page_of(&request)] {
            assert_harmless(&kim.get(path).await.expect(name));
        }
        let mut told: Vec<String> = world.new_mails().await.into_iter().map(|(to, _)| to).collect();
        told.dedup();
        assert_eq!(told, ["ada@fabrikam.example", "eva@fabrikam.example", "kim@fabrikam.example"]);
    }

    async fn hostile_words_stay_in_the_body_of_a_mail(world: &World) {
        let request = hostile(world);
        let endorsed = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request)).unwrap();
        let approved = decide::approve(&world.lockbox, &world.fresh("kim"), &seen(&endorsed), endorsed.asked, Some(Prose::parse(LINES).unwrap())).unwrap();
        decide::revoke(&world.lockbox, &world.fresh("kim"), &approved.reference, Prose::parse(LINES).unwrap()).unwrap();
        let told = world.new_mails().await;
        assert!(told.iter().all(|(to, _)| !to.contains("evil")), "{told:?}");
        for (to, raw) in [("kim", world.newest_mail_to("kim")), ("ivo", world.newest_mail_to("ivo"))] {
            let mail = MessageParser::default().parse(raw.as_bytes()).unwrap();
            assert_eq!(mail.to().unwrap().iter().count(), 1);
            assert!(mail.cc().is_none() && mail.bcc().is_none() && mail.reply_to().is_none(), "{to}");
            let subject = mail.subject().unwrap();
            assert!(!subject.contains("First.") && !subject.contains('<'), "no free text in {subject:?}");
            let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
            assert!(text.contains("Bcc: evil@evil.example"), "what was typed is read as it was typed");
            assert!(!text.lines().any(|line| line.starts_with("Bcc:") || line.starts_with("View request: https://evil")), "a typed line passes for one of ours:\n{text}");
            let html = Html::parse_document(&html);
            let all = |selector: &str| html.select(&Selector::parse(selector).unwrap()).count();
            assert_eq!(all("script") + all("img") + all("[onerror]") + all("form"), 0);
            for link in html.select(&Selector::parse("a[href]").unwrap()) {
                assert!(link.attr("href").unwrap().starts_with(&world.base_url), "{:?}", link.attr("href"));
            }
        }
    }

    async fn characters_that_do_not_show_are_refused(world: &World) {
        let ivo = world.signed_in("ivo").await;
        let before = world.entries();
        let form = ivo.get("/requests/new").await.form("File request").with("tenant", "fabrikam").with("service", "teams").with("scope", "Chats").with("reason", "To see.").with("duration", "PT1H");
        for hidden in ["a\u{0}b", "a\u{1b}[31mb", "a\u{202e}b", "a\u{2028}b", "a\u{85}b", "a\u{7f}b"] {
            for field in ["scope", "reason"] {
                ivo.submit_one(form.clone().with(field, hidden)).await.expect_status(422).expect("the characters that do not show or that turn the text around");
            }
            for member in ["reason", "tenant", "engineer", "service"] {
                let mut body = json!({"tenant": "fabrikam", "service": "teams", "engineer": "ivo@provider.example", "reason": "x", "scope": {"description": "x"}, "duration": "PT1H"});
                body[member] = json!(hidden);
                assert_eq!(world.api().post("/api/v1/data-access-requests", &body).await.status, 422, "{member}: {hidden:?}");
            }
        }
        let kim = world.signed_in("kim").await;
        let new_case = kim.get("/support/cases/new").await.form("Open case").with("title", "A case").with("description", "x");
        for broken in ["a\nb", "a\r\nb", "a\u{202e}b", "a\u{0}b", &"a".repeat(201)] {
            kim.submit_one(new_case.clone().with("title", broken)).await.expect_status(422);
        }
        for broken in ["a\u{1b}[31mb", "a\u{2028}b", &"a".repeat(2_001)] {
            kim.submit_one(new_case.clone().with("description", broken)).await.expect_status(422);
        }
        let token = ivo.token().await;
        let not_utf8 = ivo.client.post(ivo.url("/requests/new")).header("content-type", "application/x-www-form-urlencoded").body(format!("csrf={token}&reason=%ff%fe"));
        ivo.read(not_utf8, "/requests/new").await.expect_status(400);
        assert_eq!(world.entries(), before);
    }

    async fn a_text_has_two_thousand_characters_at_most(world: &World) {
        let request = world.endorsed();
        let kim = world.signed_in("kim").await;
        let form = kim.get(&format!("{}/approval", world.page_of(&request))).await.form("Approve for 4 hours");
        let page = kim.submit_one(form.clone().with("note", &"ä".repeat(2_001))).await.expect_status(422).expect("Shorten the note: it can have 2000 characters at most.");
        assert_eq!(page.form("Approve for 4 hours").fields.iter().find(|(name, _)| name == "note").unwrap().1.chars().count(), 2_001, "what was typed is kept");
        kim.submit_one(form.with("note", &"ä".repeat(2_000))).await.expect_status(303);
    }

    async fn ten_megabytes_are_refused_at_every_door(world: &World) {
        let kim = world.signed_in("kim").await;
        let request = world.endorsed();
        let before = world.entries();
        let much = "x".repeat(10 * 1024 * 1024);
        let path = format!("{}/approval", world.page_of(&request));
        let fields = with_token(&kim.token().await, &[("version".to_owned(), "2".to_owned()), ("duration".to_owned(), "PT1H".to_owned()), ("note".to_owned(), much.clone())]);
        assert_refused_as_too_large(kim.client.post(kim.url(&path)).form(&fields)).await;
        assert_refused_as_too_large(world.visitor().client.post(kim.url("/sign-in")).form(&[("email", &much)])).await;
        for path in ["/api/v1/data-access-requests", "/access/v1/evaluation"] {
            assert_refused_as_too_large(reqwest::Client::new().post(kim.url(path)).bearer_auth(&world.demo.api_key).json(&json!({"reason": much}))).await;
        }
        // One byte over the bound is over it, and the bound is not.
        let bound = 64 * 1024;
        let filler = |length: usize| format!("{{\"reason\":\"{}\"}}", "x".repeat(length - 13));
        assert_eq!(world.api().post_text("/api/v1/data-access-requests", filler(bound)).await.status, 422);
        assert_eq!(world.api().post_text("/api/v1/data-access-requests", filler(bound + 1)).await.status, 413);
        assert_eq!(world.entries(), before);
    }

    async fn a_long_address_is_refused_and_does_no_harm(world: &World) {
        let kim = world.signed_in("kim").await;
        let page = kim.get_one(&format!("/requests?view={}", "x".repeat(20_000))).await;
        assert!(!page.status.is_server_error());
        let deep = format!("/requests/{}", "a/".repeat(2_000));
        assert!(!kim.get_one(&deep).await.status.is_server_error());
    }

    /// The log names acts and people's ids; it holds no secret and nothing that anybody typed, and nobody writes
    /// lines of their own into it.
    async fn the_log_holds_no_secret_and_no_line_of_a_stranger(world: &World) {
        journal::keep();
        let request = hostile(world);
        let secrets = ["kim-demo-password", "a-guess-nobody-else-makes", "Kim's calendar", "alert(1)", "evil@evil.example"];
        let visitor = world.visitor();
        let account = world.account("kim").clone();
        for password in [secrets[1], &account.password] {
            let form = visitor.get("/sign-in").await.form("Sign in").with("email", &account.email).with("password", password);
            visitor.submit_one(form).await;
        }
        let form = visitor.get("/sign-in/second-factor").await.form("Verify");
        visitor.submit_one(form.clone().with("verification_code", "not a code")).await.expect_status(422);
        let page = visitor.submit_one(form.with("verification_code", &world.code("kim"))).await.expect_status(303);
        let cookie = page.headers["set-cookie"].to_str().unwrap().split([';', '=']).nth(1).unwrap().to_owned();
        let token = visitor.token().await;
        let key = &world.demo.api_key;
        for path in ["/%0a2026-11-21T17:30:00Z%20FORGED", "/requests/%0d%0aFORGED", "/requests?view=%0aFORGED"] {
            visitor.request("GET", path, &[], &[("user-agent", "agent\tFORGED"), ("referer", &format!("http://x/?key={key}"))]).await;
        }
        visitor.get(&world.page_of(&request)).await;
        world.api().post("/api/v1/data-access-requests", &json!({"reason": LINES})).await;
        let client = reqwest::Client::new();
        visitor.read(client.get(visitor.url("/nothing")).bearer_auth(key), "/nothing").await;

        let log = journal::so_far();
        assert!(log.contains("a wrong verification code"), "the log is not kept:\n{log}");
        for secret in secrets.iter().copied().chain([cookie.as_str(), &token, key, &account.totp_secret, "not a code"]) {
            assert!(!log.contains(secret), "{secret:?} is in the log");
        }
        assert!(log.lines().all(|line| !line.starts_with("FORGED") && !line.starts_with("2026-11-21T17:30:00Z FORGED")));
    }

    /// Whoever asks by another name gets our own in every link.
    async fn links_are_made_from_our_own_address(world: &World) {
        let request = world.filed();
        let rosa = world.signed_in("rosa").await;
        let form = rosa.get(&world.page_of(&request)).await.form("Endorse request");
        let foreign: [&[(&str, &str)]; 4] = [
            &[("host", "evil.example")],
            &[("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "https")],
            &[("forwarded", "host=evil.example;proto=https"), ("x-original-url", "/queue"), ("x-rewrite-url", "/queue")],
            &[("x-forwarded-for", "192.0.2.1"), ("host", "localhost@evil.example")],
        ];
        for headers in foreign {
            for path in ["/", "/queue", "/nothing", "/support/service-requests", &world.page_of(&request)] {
                let page = rosa.request("GET", path, &[], headers).await;
                assert!(!page.html.contains("evil.example") && !format!("{:?}", page.headers).contains("evil.example"), "{path}: {headers:?}");
            }
            let mut filing = rosa.client.post(rosa.url("/api/v1/data-access-requests")).bearer_auth(&world.demo.api_key);
            for (name, value) in headers {
                filing = filing.header(*name, *value);
            }
            let filing = filing.json(&json!({"tenant": "contoso", "service": "teams", "engineer": "ivo@provider.example", "reason": "x", "scope": {"description": "x"}, "duration": "PT1H"}));
            let answer = rosa.read(filing, "filing").await.expect_status(201);
            assert!(answer.html.contains(&world.base_url) && !answer.html.contains("evil.example"));
            assert!(!format!("{:?}", answer.headers).contains("evil.example"));
        }
        rosa.request("POST", &form.action, &form.fields, &[("host", "evil.example"), ("sec-fetch-site", "same-origin")]).await.expect_status(303);
        world.new_mails().await;
        let mail = world.newest_mail_to("kim");
        assert!(mail.contains("/requests/LBX-") && !mail.contains("evil.example"), "{mail}");
    }
}

/// The answer is 413. A server may also stop listening before all was said, which some clients take for a broken
/// connection; then nothing was done either.
async fn assert_refused_as_too_large(request: reqwest::RequestBuilder) {
    match request.send().await {
        Ok(answer) => assert_eq!(answer.status(), 413),
        Err(error) => assert!(error.is_request() || error.is_body(), "{error:?}"),
    }
}
