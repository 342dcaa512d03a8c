//! Evidence of one request: taken through either door, checked without the database. PROOF rows 10, 16.

use std::process::{Command, Output};

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use lockbox::acts::activity::seal_all;
use lockbox::acts::api_keys::NewKey;
use lockbox::domain::audit::evidence::{
    Against, Agreement, DEEDS_MAX, Evidence, Kept, Proven, check,
};
use lockbox::domain::key::KeyScope;
use lockbox::domain::request::{Request, StateKind};
use lockbox::domain::text::Line;
use lockbox::store::conn::Manager;
use serde_json::json;

use crate::world::command::done;
use crate::world::{Api, Page, World, stories};

fn path(request: &Request) -> String {
    format!("/requests/{}/evidence", request.reference)
}

fn path_of_api(request: &Request) -> String {
    format!(
        "/api/v1/data-access-requests/{}/evidence",
        request.reference
    )
}

/// A system says that so many things were done under a request, and they are sealed.
async fn report(world: &World, request: &Request, count: usize) {
    let items: Vec<_> = (0..count)
        .map(|place| json!({"request": request.reference, "action": "read", "object": format!("mailbox/{place}")}))
        .collect();
    for some in items.chunks(500) {
        // What is recorded at different times is in the order of time.
        world.pass(TimeDelta::seconds(1));
        let answer = world
            .api()
            .post("/api/v1/activity", &json!({ "activity": some }))
            .await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
    }
    seal_all(&world.lockbox).unwrap();
}

/// With the key that this deployment signs with.
fn against(world: &World) -> Against {
    Against {
        key: world.lockbox.store.verifier().cloned(),
        kept: None,
    }
}

fn proven(world: &World, text: &str) -> Proven {
    let evidence = Evidence::parse(text).unwrap();
    check(&evidence, &against(world)).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// What is wrong with it after a change, a line each.
fn wrong(world: &World, text: &str, change: impl FnOnce(&mut Evidence)) -> String {
    let mut evidence = Evidence::parse(text).unwrap();
    change(&mut evidence);
    let faults = check(&evidence, &against(world)).unwrap_err();
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

async fn taken(world: &World, request: &Request) -> Page {
    let kim = world.signed_in("kim").await;
    kim.get(&path(request)).await.expect_status(200)
}

stories! {
    async fn the_file_of_a_request_proves_what_happened(world: &World) {
        let request = world.active();
        let other = world.started(&world.filed_by("ivo", "fabrikam", "teams"));
        report(world, &other, 3).await;
        report(world, &request, 4).await;
        report(world, &request, 1).await;
        let kim = world.signed_in("kim").await;
        let link = kim.get(&world.page_of(&request)).await.link("Evidence (JSON)");
        let of_the_log = kim.get(&format!("/audit?reference={}", request.reference)).await.link("Evidence (JSON)");
        assert_eq!((&link, &of_the_log), (&path(&request), &path(&request)));
        let file = kim.get(&link).await.expect_status(200);
        assert_eq!(file.headers["content-type"], "application/json");
        let name = format!("attachment; filename=\"{}-evidence.json\"", request.reference);
        assert_eq!(file.headers["content-disposition"], name.as_str());
        let proven = proven(world, &file.html);
        assert_eq!(proven.entries, world.entries_about(&request));
        assert_eq!(proven.request, world.stored(&request.reference));
        assert_eq!(proven.checkpoint.size, u64::try_from(world.log_of("fabrikam").len()).unwrap());
        let done: Vec<_> = proven.deeds.iter().map(|sealed| sealed.deed.object.as_deref().unwrap()).collect();
        assert_eq!(done, ["mailbox/0", "mailbox/1", "mailbox/2", "mailbox/3", "mailbox/0"]);
        let theirs = taken(world, &other).await;
        assert_eq!(self::proven(world, &theirs.html).deeds.len(), 3);
        // The page of the log shows the key to keep.
        let key = world.lockbox.store.verifier().unwrap().vkey();
        kim.get("/audit").await.expect(&key).expect("lockbox audit check");
    }

    /// What is written afterwards does not take the proof away.
    async fn evidence_taken_before_more_is_written_still_checks(world: &World) {
        let request = world.approved();
        let early = taken(world, &request).await;
        world.close(&request.reference);
        for _ in 0..20 {
            let later = world.filed();
            world.close(&later.reference);
        }
        let late = taken(world, &request).await;
        let (early, late) = (proven(world, &early.html), proven(world, &late.html));
        assert_eq!((early.request.state.kind(), late.request.state.kind()), (StateKind::Approved, StateKind::Withdrawn));
        assert_eq!(early.entries[..], late.entries[..3]);
        // A mail of back then says the same size and root; of another size it is left to who has the log.
        let mailed = Kept::Mailed { size: early.checkpoint.size, root: early.checkpoint.root };
        let kept = |text: &str| {
            let against = Against { kept: Some(mailed.clone()), ..against(world) };
            check(&Evidence::parse(text).unwrap(), &against).unwrap().kept
        };
        let again = taken(world, &request).await;
        assert_eq!(kept(&again.html), Some(Agreement::OtherSize(early.checkpoint.size)));
    }

    /// Every change of it is found, and where it is.
    async fn no_other_history_passes_for_it(world: &World) {
        let request = world.active();
        let other = world.started(&world.filed_by("ivo", "fabrikam", "teams"));
        report(world, &other, 2).await;
        report(world, &request, 2).await;
        let (file, theirs) = (taken(world, &request).await, taken(world, &other).await);
        let (text, theirs) = (file.html.as_str(), Evidence::parse(&theirs.html).unwrap());
        proven(world, text);
        for (words, found) in [
            (wrong(world, text, |e| e.entries.swap(1, 2)), "it is not after entry"),
            (wrong(world, text, |e| drop(e.entries.remove(2))), "an entry between them is missing"),
            (wrong(world, text, |e| e.entries[2] = theirs.entries[2].clone()), "it is not about this request"),
            (wrong(world, text, |e| e.entries = theirs.entries.clone()), "does not file"),
            (wrong(world, text, |e| e.entries[0].text = e.entries[0].text.replace("calendar", "mailbox")), "do not lead to the signed root"),
            (wrong(world, text, |e| e.entries[1].proof.swap(0, 1)), "do not lead to the signed root"),
            (wrong(world, text, |e| e.activity[0].deeds[0].text = e.activity[0].deeds[0].text.replace("mailbox/0", "mailbox/9")), "do not lead to the root that the entry names"),
            (wrong(world, text, |e| e.activity[0].deeds = theirs.activity[0].deeds.clone()), "it is not of this request"),
            (wrong(world, text, |e| e.activity[0] = theirs.activity[0].clone()), "it is not of this request"),
            (wrong(world, text, |e| e.checkpoint = e.checkpoint.replacen('\n', "x\n", 1)), "signature is not valid"),
            (wrong(world, text, |e| e.key = e.key.replace('A', "B")), "another key than the one given"),
        ] {
            assert!(words.contains(found), "{found}: {words}");
        }
        for place in (0..text.len()).step_by(61) {
            let mut bytes = text.as_bytes().to_vec();
            bytes[place] ^= 1;
            if let Ok(changed) = String::from_utf8(bytes) {
                let passes = Evidence::parse(&changed).is_ok_and(|read| check(&read, &against(world)).is_ok());
                assert!(!passes, "byte {place}");
            }
        }
    }

    /// Its texts name the addresses of the customer's people, so the provider gets it of no request; for another tenant
    /// there is none.
    async fn it_is_for_the_customer_alone(world: &World) {
        let request = world.active();
        for name in ["kim", "ada"] {
            world.signed_in(name).await.get(&path(&request)).await.expect_status(200);
        }
        let never = format!("/requests/{}/evidence", world.never_issued());
        for name in ["ivo", "mina", "rosa", "pat", "noor", "sam", "jo"] {
            let visitor = world.signed_in(name).await;
            let never = visitor.get(&never).await.expect_status(404);
            assert_eq!(visitor.get(&path(&request)).await.expect_status(404).html, never.html, "{name}");
        }
        for name in ["ivo", "rosa"] {
            let page = world.signed_in(name).await.get(&world.page_of(&request)).await;
            assert!(!page.says("Evidence"), "{name}");
        }
    }

    async fn a_tenants_own_key_takes_it_and_no_other_does(world: &World) {
        let request = world.active();
        report(world, &request, 1).await;
        let named = || NewKey::named(Line::parse("archive").unwrap(), &[KeyScope::LogRead]);
        let own = Api::new(world, &world.issue(Some("fabrikam"), &named()));
        let answer = own.get(&path_of_api(&request)).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
        let proven = proven(world, &answer.body.to_string());
        assert_eq!((proven.entries.len(), proven.deeds.len()), (4, 1));
        let last = proven.deeds[0].deed.id;
        let rest = own.get(&format!("{}?after={last}", path_of_api(&request))).await;
        assert_eq!(self::proven(world, &rest.body.to_string()).deeds, []);
        for query in ["?after=1", "?after=", "?from=1"] {
            let answer = own.get(&format!("{}{query}", path_of_api(&request))).await;
            assert_eq!(answer.status.as_u16(), 400, "{query}");
        }
        for key in [
            world.issue(Some("contoso"), &named()),
            world.issue(None, &named()),
        ] {
            let answer = Api::new(world, &key).get(&path_of_api(&request)).await;
            assert_eq!(answer.status.as_u16(), 404);
        }
        let unknown = own.get("/api/v1/data-access-requests/LBX-0000-0000/evidence").await;
        assert_eq!(unknown.status.as_u16(), 404);
    }

    /// One file has 2,000 records; it says after which of them another goes on.
    async fn much_activity_is_taken_in_several_files(world: &World) {
        let request = world.active();
        report(world, &request, DEEDS_MAX + 100).await;
        let kim = world.signed_in("kim").await;
        let first = kim.get(&path(&request)).await.expect_status(200).html;
        let after = Evidence::parse(&first).unwrap().goes_on_after.unwrap();
        let second = kim.get(&format!("{}?after={after}", path(&request))).await.expect_status(200).html;
        assert_eq!(Evidence::parse(&second).unwrap().goes_on_after, None);
        let (first, second) = (proven(world, &first), proven(world, &second));
        assert_eq!((first.deeds.len(), second.deeds.len()), (DEEDS_MAX, 100));
        let objects = first.deeds.iter().chain(&second.deeds).map(|sealed| sealed.deed.object.clone().unwrap());
        let reported: Vec<String> = (0..DEEDS_MAX + 100).map(|place| format!("mailbox/{place}")).collect();
        assert_eq!(objects.collect::<Vec<_>>(), reported);
        assert_eq!(first.entries, second.entries);
    }

    /// What is not stored as it was sealed is no evidence.
    async fn nothing_is_given_of_what_was_changed(world: &World) {
        let request = world.active();
        report(world, &request, 2).await;
        let kim = world.signed_in("kim").await;
        let mut conn = Manager(world.database.clone()).open().unwrap();
        for (change, back) in [
            ("UPDATE audit_entries SET body = replace(body, 'Kim', 'Tim') WHERE act = 'request.approved'", "UPDATE audit_entries SET body = replace(body, 'Tim', 'Kim') WHERE act = 'request.approved'"),
            ("UPDATE activity SET object = 'mailbox/9' WHERE object = 'mailbox/1'", "UPDATE activity SET object = 'mailbox/1' WHERE object = 'mailbox/9'"),
            ("UPDATE audit_heads SET size = size - 1 WHERE log = (SELECT id FROM tenants WHERE key = 'fabrikam')", "UPDATE audit_heads SET size = size + 1 WHERE log = (SELECT id FROM tenants WHERE key = 'fabrikam')"),
        ] {
            conn.batch_execute(change).unwrap();
            kim.get(&path(&request)).await.expect_status(500);
            conn.batch_execute(back).unwrap();
            kim.get(&path(&request)).await.expect_status(200);
        }
    }

    /// The binary checks it on a machine that knows nothing of the deployment.
    async fn the_command_line_checks_a_file_without_a_database(world: &World) {
        let request = world.active();
        report(world, &request, 1).await;
        let text = taken(world, &request).await.html;
        let folder = tempfile::tempdir().unwrap();
        let check = |text: &str, options: &[&str]| -> Output {
            std::fs::write(folder.path().join("evidence.json"), text).unwrap();
            Command::new(env!("CARGO_BIN_EXE_lockbox"))
                .args(["audit", "check", "evidence.json"])
                .args(options)
                .env_clear()
                .current_dir(folder.path())
                .output()
                .unwrap()
        };
        let key = world.lockbox.store.verifier().unwrap().vkey();
        let head = proven(world, &text).checkpoint;
        let (size, root) = (head.size.to_string(), head.root.to_string());
        let said = done(&check(&text, &["--verifier-key", &key, "--size", &size, "--root", &root]));
        for words in ["Signed with the key given", "is the same", "Kim Akers, global administrator: Approved for 4 hours", "read mailbox/0, reported by demo", "the request was active"] {
            assert!(said.contains(words), "{words}: {said}");
        }
        for entry in &world.entries_about(&request) {
            assert!(said.contains(&format!("  entry {}  ", entry.seq)), "{said}");
        }
        assert!(done(&check(&text, &[])).contains("Whoever made the file could have named a key of their own"));
        std::fs::write(folder.path().join("kept"), Evidence::parse(&text).unwrap().checkpoint).unwrap();
        assert!(done(&check(&text, &["--checkpoint", "kept"])).contains("is the same"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is made");

        let longer = (head.size + 1).to_string();
        assert!(done(&check(&text, &["--size", &longer, "--root", &root])).contains("does not compare"));
        let hostile = text.replacen("Kim Akers", "\\\\u001b[2J", 1);
        let other_root = root.replace(|c: char| c.is_ascii_alphabetic(), "A");
        for (text, options, words) in [
            (text.replacen("Kim Akers", "Tim Akers", 1), &[][..], "do not lead to the signed root"),
            (hostile, &[], "entry "),
            (text.clone(), &["--size", &size, "--root", &other_root], "it is not this log"),
            (text.clone(), &["--verifier-key", "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"], "another key than the one given"),
        ] {
            let output = check(&text, options);
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.code() == Some(1) && said.contains(words), "{words}: {said}");
            assert!(!said.contains('\u{1b}'), "{said:?}");
        }
        for (text, options, words) in [
            ("no JSON", &[][..], "no evidence of a request"),
            ("{\"format\":\"x\",\"version\":1}", &[], "lockbox-evidence of version 1"),
            (text.as_str(), &["--verifier-key", "x"], "--verifier-key"),
            (text.as_str(), &["--checkpoint", "gone"], "gone"),
            (text.as_str(), &["--size", "3"], "--root"),
        ] {
            let output = check(text, options);
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success() && said.contains(words), "{words}: {said}");
        }
    }
}
