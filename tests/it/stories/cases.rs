//! Support cases: opened, brought in, said something in, closed; and what an approver is told of who opened one.

use chrono::TimeDelta;
use lockbox::acts::file_request::file;
use lockbox::acts::support_cases::{CaseWords, close, comment, open};
use lockbox::acts::{ActError, decide};
use lockbox::domain::fact::Fact;
use lockbox::domain::key::KeyScope;
use lockbox::domain::request::{HowEnded, State, StateKind};
use lockbox::domain::support_case::{CaseRefusal, Whose};
use lockbox::domain::text::{Line, Prose};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::cases::naming;
use crate::world::{Api, World, seen, stories};

const CASES: &str = "/api/v1/support-cases";

fn body(number: &str, title: &str) -> Value {
    json!({"tenant": "fabrikam", "number": number, "title": title, "description": "Since October."})
}

/// The newest mail, its lines unfolded.
fn mail_to(world: &World, name: &str) -> String {
    world.newest_mail_to(name).replace("=\r\n", "")
}

fn acts_of(world: &World, from: usize) -> Vec<&'static str> {
    let log = world.log_of("fabrikam");
    log[from..].iter().map(|entry| entry.fact.act()).collect()
}

stories! {
    /// From what does not work, over the engineer's request, to the case's closing, which ends the access.
    async fn a_case_goes_its_whole_way(world: &World) {
        let kim = world.signed_in("kim").await;
        let page = kim.get(&kim.get("/").await.link("Support cases")).await.expect("No open case");
        let page = kim.get(&page.link("New case")).await;
        let page = kim.submit(page.form("Open case").with("title", "Calendar invitations vanish").with("description", "Since Tuesday.\nAll of mine.")).await;
        let page = page.expect_status(200).expect("Opened by Kim Akers of Fabrikam").expect("Since Tuesday.").expect("No request names this case");
        let address = page.path.clone();
        assert!(!page.says("Nobody of your organisation opened this case"));
        kim.get("/support/cases").await.expect("Calendar invitations vanish").expect("Opened by Kim Akers of Fabrikam");

        let ivo = world.signed_in("ivo").await;
        ivo.get(&ivo.get("/queue").await.link("Support cases")).await.expect("Fabrikam").expect("Calendar invitations vanish");
        let page = ivo.get(&address).await.expect("Fabrikam");
        let page = ivo.submit(page.form("Add comment").with("comment", "We look at the rules.")).await.expect_status(200).expect("We look at the rules.");
        kim.get(&address).await.expect("We look at the rules.").expect("Ivo Brandt");

        let page = ivo.get(&page.link("New request for this case")).await;
        let form = page.form("File request").with("service", "exchange-online").with("scope", "Kim's calendar").with("reason", "To see.").with("duration", "PT4H");
        let page = ivo.submit(form).await.expect_status(200).expect("Calendar invitations vanish").expect("Opened by Kim Akers of Fabrikam");
        let request = page.path.clone();
        let rosa = world.signed_in("rosa").await;
        rosa.submit(rosa.get(&request).await.form("Endorse request")).await.expect_status(200);
        world.new_mails().await;
        assert!(mail_to(world, "ada").contains("Opened by Kim Akers of Fabrikam"));
        let page = kim.get(&request).await.expect("Opened by Kim Akers of Fabrikam");
        let page = kim.submit(page.form("Approve…").with("duration", "PT4H")).await;
        kim.submit(page.form("Approve for 4 hours")).await.expect_status(200);
        ivo.submit(ivo.get(&request).await.form("Start access")).await.expect_status(200);
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await);
        world.new_mails().await;

        world.pass(TimeDelta::minutes(6));
        let page = kim.get(&kim.get(&address).await.link("Close case")).await.expect("Access that runs ends at once: 1.");
        let unproven = kim.send(&page.form("Close case")).await.expect_status(422).expect("Verification code");
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await, "nothing is closed without the code");
        let code = world.code("kim");
        let page = kim.submit(unproven.form("Close case").with("verification_code", &code)).await.expect_status(200);
        let page = page.expect("Closed by Kim Akers");
        assert!(!page.has_button("Add comment") && !page.says("Close case"));
        assert!(!world.api().may("ivo", "fabrikam", "exchange-online").await, "the access has ended");
        ivo.get(&request).await.expect("Kim Akers closed the support case").expect("Access ended, the support case was closed");
        let (log, reference) = (world.log_of("fabrikam"), request.trim_start_matches("/requests/"));
        let ended = log.iter().find(|entry| entry.fact.act() == "access.ended").unwrap();
        let entry = format!("/audit/{}?reference={reference}", ended.seq);
        let id = world.person("kim").id.to_string();
        assert!(kim.get(&entry).await.html.contains(&id));
        assert!(!ivo.get(&entry).await.expect("Kim Akers").html.contains(&id), "the provider is told who, by name");
        let told: Vec<_> = world.new_mails().await;
        assert_eq!(told.iter().filter(|(_, subject)| subject.starts_with("Access ended")).count(), 4, "{told:?}");
        assert!(mail_to(world, "ivo").contains("closed the support case."));
        kim.get("/support/cases").await.expect("No open case");
        kim.get("/support/cases?view=closed").await.expect("Calendar invitations vanish");
        assert!(!ivo.get("/requests/new").await.says("Calendar invitations vanish"));
        world.assert_whole();
    }

    async fn closing_withdraws_what_waits_and_ends_what_runs(world: &World) {
        let case = world.case_of("kim").id;
        let (filed, endorsed, approved) = (world.filed_because_of(case), world.endorsed_because_of(case), world.approved_because_of(case));
        let active = decide::start(&world.lockbox, &world.fresh("ivo"), &seen(&world.approved_because_of(case))).unwrap();
        let other = world.filed_because_of(world.case_of("ada").id);
        let elsewhere = world.filed_by("mina", "contoso", "teams");
        let from = world.log_of("fabrikam").len();
        let closed = close(&world.lockbox, &world.fresh("rosa"), case).unwrap();
        assert_eq!(closed.ended, 4);
        for request in [&filed, &endorsed, &approved] {
            assert!(matches!(world.stored(&request.reference).state, State::Withdrawn { with_case: true, .. }));
        }
        assert!(matches!(world.stored(&active.reference).state, State::Ended { how: HowEnded::CaseClosed { .. }, .. }));
        for request in [&other, &elsewhere] {
            assert_eq!(world.stored(&request.reference), *request, "what names another case goes on");
        }
        let mut acts = acts_of(world, from);
        acts.sort_unstable();
        assert_eq!(acts, ["access.ended", "request.withdrawn_with_case", "request.withdrawn_with_case", "request.withdrawn_with_case", "support_case.closed"]);
        let kim = world.signed_in("kim").await;
        kim.get(&world.page_of(&endorsed)).await.expect("closed the support case").expect("so the request was withdrawn");
        let answer = world.api().get(&format!("/api/v1/data-access-requests/{}", active.reference)).await;
        assert_eq!(answer.body["outcome"]["how"], "case_closed");
        assert!(matches!(decide::start(&world.lockbox, &world.fresh("ivo"), &seen(&approved)), Err(ActError::Refused(..))));
        world.assert_whole();
    }

    async fn a_closed_case_is_neither_named_nor_commented_nor_closed_again(world: &World) {
        let case = world.closed_case();
        let before = world.entries();
        let Err(ActError::Unfit(flaws)) = file(&world.lockbox, &world.fresh("ivo"), &naming(case.id)) else { panic!("filed") };
        assert_eq!(flaws[0].field, "case");
        let ivo = world.signed_in("ivo").await;
        let form = ivo.get("/requests/new").await.form("File request").with("tenant", "fabrikam").with("service", "teams").with("scope", "Chats").with("reason", "To see.").with("duration", "PT1H");
        ivo.submit_one(form.clone().with("case", &case.id.to_string())).await.expect_status(422).expect("is closed. Name one that is open.");
        ivo.submit_one(form.clone().with("case", "4417")).await.expect_status(422).expect("Choose a support case.");
        let contosos = world.case_of("sam");
        let before_contoso = world.entries();
        ivo.submit_one(form.with("case", &contosos.id.to_string())).await.expect_status(422).expect("another customer");
        let filing = json!({"tenant": "fabrikam", "service": "teams", "engineer": "ivo@provider.example", "support_case": {"number": case.number, "title": "x"}, "reason": "x", "scope": {"description": "x"}, "duration": "PT1H"});
        assert_eq!(world.api().post("/api/v1/data-access-requests", &filing).await.status, 422);
        let text = Prose::parse("Still?").unwrap();
        let form = world.lockbox.entropy.uuid(world.now());
        for who in ["kim", "ivo"] {
            let refused = comment(&world.lockbox, &world.fresh(who), case.id, &text, form);
            assert!(matches!(refused, Err(ActError::CaseRefused(CaseRefusal::Closed, _))), "{refused:?}");
            let refused = close(&world.lockbox, &world.fresh(who), case.id);
            assert!(matches!(refused, Err(ActError::CaseRefused(CaseRefusal::Closed, _))));
        }
        let kim = world.signed_in("kim").await;
        kim.get(&format!("/support/cases/{}/closing", case.id)).await.expect_status(409).expect("Kim Akers closed this support case");
        assert_eq!(world.entries(), before_contoso);
        assert_eq!(before_contoso, before + 1, "Contoso's case and nothing else");
        assert_eq!(world.stored_case(&case), case);
    }

    /// What was typed while somebody else closed it is not lost.
    async fn a_comment_that_comes_too_late_is_kept_on_the_page(world: &World) {
        let case = world.case_of("kim");
        let ivo = world.signed_in("ivo").await;
        let form = ivo.get(&format!("/support/cases/{}", case.id)).await.form("Add comment").with("comment", "We found it: a rule.");
        close(&world.lockbox, &world.fresh("kim"), case.id).unwrap();
        ivo.submit_one(form).await.expect_status(409).expect("Kim Akers closed this support case").expect("Your comment was not added.").expect("We found it: a rule.");
        world.assert_whole();
    }

    /// The same form sent twice does one thing.
    async fn a_form_that_comes_twice_opens_and_says_once(world: &World) {
        let kim = world.signed_in("kim").await;
        let form = kim.get("/support/cases/new").await.form("Open case").with("title", "Twice").with("description", "Once.");
        let first = kim.submit_one(form.clone()).await.expect_status(303);
        let (address, entries) = (first.location().unwrap().to_owned(), world.entries());
        assert_eq!(kim.submit_one(form).await.expect_status(303).location(), Some(address.as_str()));
        assert_eq!(world.entries(), entries);
        let form = kim.get(&address).await.form("Add comment").with("comment", "Hello.");
        kim.submit_one(form.clone()).await.expect_status(303);
        let entries = world.entries();
        kim.submit_one(form).await.expect_status(303);
        assert_eq!(world.entries(), entries);
    }

    /// An approver must not take for the customer's word what the provider brought in.
    async fn who_opened_a_case_is_said_truthfully(world: &World) {
        let ticketing = Api::new(world, &world.new_key("ticketing", &[KeyScope::CasesWrite], None));
        let answer = ticketing.post(CASES, &body("T-1", "Kim asked for this")).await;
        assert_eq!((answer.status, &answer.body["opened"]["side"]), (StatusCode::CREATED, &json!("key")));
        let id = answer.body["id"].as_str().unwrap().parse().map(lockbox::domain::id::CaseId).unwrap();
        let request = world.endorsed_because_of(id);
        let words = "Brought in by the API key “ticketing” (provider), not by Fabrikam";
        world.new_mails().await;
        assert!(mail_to(world, "ada").contains("not by Fabrikam"), "{}", mail_to(world, "ada"));
        let kim = world.signed_in("kim").await;
        kim.get(&world.page_of(&request)).await.expect(words);
        kim.get(&format!("/support/cases/{id}")).await.expect(words).expect("Nobody of your organisation opened this case");
        kim.get("/support/cases").await.expect(words);
        // One that an engineer names for the first time when filing through the API's form is the key's, too.
        world.filed();
        assert!(kim.get("/support/cases").await.says("Recorded by Ivo Brandt (provider), not by Fabrikam"));
        assert_eq!(world.case_of("kim").whose(), Whose::Customer);
    }

    async fn who_may_not_does_not(world: &World) {
        let case = world.case_of("kim");
        let address = format!("/support/cases/{}", case.id);
        let before = world.entries();
        // Leo reads, and so do Noor and Pat of the provider; none of them says or closes anything.
        for who in ["leo", "noor", "pat"] {
            let reader = world.signed_in(who).await;
            let page = reader.get(&address).await.expect_status(200).expect("Calendar invitations vanish");
            assert!(!page.has_button("Add comment") && !page.says("Close case"), "{who}");
            let token = reader.token().await;
            for (path, fields) in [("comments", vec![("comment", "x")]), ("closing", vec![])] {
                let fields: Vec<(String, String)> = [("csrf", token.as_str())].into_iter().chain(fields).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                reader.request("POST", &format!("{address}/{path}"), &fields, &[]).await.expect_status(403);
            }
            reader.get(&format!("{address}/closing")).await.expect_status(403);
            reader.get("/support/cases/new").await.expect_status(403);
        }
        for who in ["ivo", "rosa", "mina"] {
            let staff = world.signed_in(who).await;
            assert!(staff.get(&address).await.has_button("Add comment"), "{who}");
            staff.get("/support/cases/new").await.expect_status(403);
        }
        // For another tenant it is as if it had never been.
        let sam = world.signed_in("sam").await;
        let token = sam.token().await;
        let never = "/support/cases/01a1ff28-65c0-7d77-ba4e-963f6806e02d";
        let form = |text: &str| vec![("csrf".to_owned(), token.clone()), ("comment".to_owned(), text.to_owned())];
        for (method, below, fields) in [("GET", "", vec![]), ("GET", "/closing", vec![]), ("POST", "/comments", form("x")), ("POST", "/closing", form("x")[..1].to_vec())] {
            let there = sam.request(method, &format!("{address}{below}"), &fields, &[]).await.expect_status(404);
            let absent = sam.request(method, &format!("{never}{below}"), &fields, &[]).await.expect_status(404);
            assert_eq!(there.html, absent.html, "{method} {below}");
        }
        assert!(!sam.get("/support/cases").await.says(case.number.as_str()));
        let text = Prose::parse("x").unwrap();
        let refused = comment(&world.lockbox, &world.fresh("sam"), case.id, &text, world.lockbox.entropy.uuid(world.now()));
        assert!(matches!(refused, Err(ActError::Denied(lockbox::domain::rights::Denied::NotThere))));
        let words = CaseWords { title: case.title.clone(), description: None };
        for who in ["ivo", "leo"] {
            let refused = open(&world.lockbox, &world.fresh(who), &words, world.lockbox.entropy.uuid(world.now()));
            assert!(matches!(refused, Err(ActError::Denied(_))), "{who}");
        }
        assert_eq!(world.entries(), before);
    }

    /// Engineers see of the requests only their own, on a case's page as everywhere.
    async fn an_engineer_sees_only_their_own_requests_of_a_case(world: &World) {
        let case = world.case_of("kim");
        let request = world.endorsed_because_of(case.id);
        let address = format!("/support/cases/{}", case.id);
        for (who, sees) in [("ivo", true), ("mina", false), ("rosa", true), ("kim", true)] {
            let page = world.signed_in(who).await.get(&address).await;
            assert_eq!(page.says(request.reference.as_str()), sees, "{who}");
        }
    }

    async fn a_key_brings_cases_in_once(world: &World) {
        let key = world.new_key("ticketing", &[KeyScope::CasesWrite, KeyScope::RequestsRead], None);
        let api = Api::new(world, &key);
        let first = api.post(CASES, &body("T-1", "Search finds old versions")).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
        let id = first.body["id"].as_str().unwrap().to_owned();
        assert_eq!(first.headers["location"], format!("{CASES}/{id}"));
        let entries = world.entries();
        let again = api.post(CASES, &body("T-1", "Search finds old versions")).await;
        assert_eq!((again.status, &again.body), (StatusCode::OK, &first.body));
        assert_eq!(world.entries(), entries, "the same again is nothing new");
        let changed = api.post(CASES, &body("T-1", "Search finds deleted versions")).await;
        assert_eq!((changed.status, &changed.body["title"], &changed.body["changed"]["by"]), (StatusCode::OK, &json!("Search finds deleted versions"), &json!("API key “ticketing”")));
        assert_eq!(world.entries(), entries + 1);
        assert_eq!(api.get(&format!("{CASES}/{id}")).await.body, changed.body);

        // What the customer said, and what a request names, stays as it is.
        let customers = world.case_of("kim");
        let refused = api.post(CASES, &body(customers.number.as_str(), "Something else")).await;
        assert_eq!((refused.status, &refused.body["type"]), (StatusCode::CONFLICT, &json!("/problems/conflict")));
        world.filed_because_of(lockbox::domain::id::CaseId(id.parse().unwrap()));
        assert_eq!(api.post(CASES, &body("T-1", "Something else")).await.status, StatusCode::CONFLICT);

        let comments = format!("{CASES}/{id}/comments");
        let said = api.post_with(&comments, &json!({"comment": "Looking."}), &[("idempotency-key", "c-1")]).await;
        assert_eq!(said.status, StatusCode::CREATED);
        let entries = world.entries();
        let again = api.post_with(&comments, &json!({"comment": "Looking."}), &[("idempotency-key", "c-1")]).await;
        assert_eq!((&again.body, world.entries()), (&said.body, entries));
        assert_eq!(api.post_with(&comments, &json!({"comment": "Other words."}), &[("idempotency-key", "c-1")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(api.get(&comments).await.body["comments"][0]["comment"], "Looking.");

        let closing = format!("{CASES}/{id}/close");
        let closed = api.post(&closing, &json!({})).await;
        assert_eq!((closed.status, &closed.body["state"]), (StatusCode::OK, &json!("closed")));
        assert!(world.every_request().iter().all(|request| request.state.kind() == StateKind::Withdrawn));
        let entries = world.entries();
        assert_eq!(api.post(&closing, &json!({})).await.body, closed.body);
        assert_eq!(api.post(&comments, &json!({"comment": "More."})).await.status, StatusCode::CONFLICT);
        assert_eq!(api.post(CASES, &body("T-1", "Again")).await.status, StatusCode::CONFLICT);
        assert_eq!(world.entries(), entries);
        let found = api.get(&format!("{CASES}?tenant=fabrikam&number=T-1")).await;
        assert_eq!((&found.body["support_cases"][0], &found.body["next"]), (&closed.body, &Value::Null));
        world.assert_whole();
    }

    async fn cases_need_their_scopes(world: &World) {
        let case = world.case_of("kim").id;
        let entries = world.entries();
        let answers = async |scope: KeyScope| {
            let api = Api::new(world, &world.new_key(scope.as_str(), &[scope], None));
            let mut statuses = Vec::new();
            for path in [CASES.to_owned(), format!("{CASES}/{case}"), format!("{CASES}/{case}/comments")] {
                statuses.push(api.get(&path).await.status.as_u16());
            }
            for (path, body) in [(CASES.to_owned(), json!({})), (format!("{CASES}/{case}/comments"), json!({})), (format!("{CASES}/{case}/close"), json!({"x": 1}))] {
                statuses.push(api.post(&path, &body).await.status.as_u16());
            }
            statuses
        };
        for scope in KeyScope::ALL {
            let reads = if scope == KeyScope::RequestsRead { 200 } else { 403 };
            let writes = if scope == KeyScope::CasesWrite { 422 } else { 403 };
            assert_eq!(answers(scope).await, [reads, reads, reads, writes, writes, writes], "{}", scope.as_str());
        }
        let keys = u64::try_from(KeyScope::ALL.len()).unwrap();
        assert_eq!(world.entries(), entries + keys, "the keys, and nothing else");
        let api = world.api();
        for path in ["?state=ajar", "?cursor=yesterday", "?number=1", "?page=2"] {
            assert_eq!(api.get(&format!("{CASES}{path}")).await.status, 400, "{path}");
        }
        for path in ["/nothing", "/01a1ff28-65c0-7d77-ba4e-963f6806e02d", "?tenant=nobody"] {
            assert_eq!(api.get(&format!("{CASES}{path}")).await.status, 404, "{path}");
        }
    }

    /// Lists and timelines come a page at a time, and every row comes once.
    async fn lists_of_cases_are_paged(world: &World) {
        let api = world.api();
        for n in 0..105 {
            api.post(CASES, &json!({"tenant": "fabrikam", "number": format!("N-{n}"), "title": "One of many"})).await;
        }
        world.pass(TimeDelta::seconds(1));
        let mine = world.case_of("kim");
        let first = api.get(&format!("{CASES}?limit=100")).await.body;
        let next = first["next"].as_str().unwrap().strip_prefix(&world.base_url).unwrap();
        let second = api.get(next).await.body;
        let numbers = |page: &Value| page["support_cases"].as_array().unwrap().iter().map(|case| case["number"].to_string()).collect::<Vec<_>>();
        let mut all = numbers(&first);
        assert_eq!(all.len(), 100);
        all.extend(numbers(&second));
        all.sort();
        all.dedup();
        assert_eq!((all.len(), &second["next"]), (106, &Value::Null));

        let kim = world.signed_in("kim").await;
        let page = kim.get("/support/cases").await.expect(mine.number.as_str());
        let mut seen = page.html.matches("One of many").count();
        let mut page = kim.get(&page.link("Next page")).await;
        seen += page.html.matches("One of many").count();
        page = kim.get(&page.link("Next page")).await;
        seen += page.html.matches("One of many").count();
        assert_eq!(seen, 105);

        let form = world.lockbox.entropy.uuid(world.now());
        for n in 0..60 {
            world.pass(TimeDelta::seconds(1));
            let text = Prose::parse(&format!("Comment number {n}.")).unwrap();
            comment(&world.lockbox, &world.fresh("kim"), mine.id, &text, form).unwrap();
        }
        let page = kim.get(&format!("/support/cases/{}", mine.id)).await.expect("Comment number 59.");
        assert!(!page.says("Comment number 9."));
        kim.get(&page.link("Next page")).await.expect("Comment number 9.").expect("Opened");
    }

    async fn a_suspended_tenants_cases_can_only_be_read_and_closed(world: &World) {
        let case = world.case_of("kim");
        let why = Prose::parse("The contract has ended.").unwrap();
        let operator = lockbox::domain::audit::entry::Author::local(lockbox::domain::audit::entry::Actor::Operator { name: Line::parse("root").unwrap() });
        lockbox::acts::suspend::suspend(&world.lockbox, &operator, &world.tenant("fabrikam").key, &why).unwrap();
        let kim = world.signed_in("kim").await;
        let form = kim.get("/support/cases/new").await.form("Open case").with("title", "x").with("description", "y");
        kim.submit_one(form).await.expect_status(422).expect("is suspended");
        let form = kim.get(&format!("/support/cases/{}", case.id)).await.form("Add comment").with("comment", "Hello?");
        kim.submit_one(form).await.expect_status(422).expect("is suspended").expect("Hello?");
        assert_eq!(world.api().post(CASES, &body("T-9", "x")).await.status, 422);
        close(&world.lockbox, &world.fresh("kim"), case.id).unwrap();
        world.assert_whole();
    }

    /// What a hostile title or comment says is shown, and does nothing.
    async fn hostile_words_stay_words(world: &World) {
        let hostile = "\"'><script>alert(1)</script></textarea><img src=x onerror=alert(2)>{{7*7}}";
        let kim = world.signed_in("kim").await;
        let form = kim.get("/support/cases/new").await.form("Open case").with("title", hostile).with("description", hostile);
        let page = kim.submit(form).await.expect_status(200);
        let page = kim.submit(page.form("Add comment").with("comment", hostile)).await.expect_status(200);
        let ivo = world.signed_in("ivo").await;
        for page in [ivo.get(&page.path).await, ivo.get("/support/cases").await, ivo.get("/requests/new").await, kim.get(&page.path).await] {
            assert!(!page.html.contains("<script>alert") && !page.html.contains("<img src=x"), "{}", page.path);
            assert!(page.says("alert(1)"), "{}", page.path);
        }
        let facts = world.log_of("fabrikam");
        assert!(facts.iter().any(|entry| matches!(&entry.fact, Fact::SupportCaseCommented(said) if said.text.as_str() == hostile)));
    }
}
