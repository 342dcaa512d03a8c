//! Newer activation terms: shown at an administrator's next visit, and never turning anything off.

use std::collections::BTreeSet;
use std::sync::Arc;

use lockbox::acts::ActError;
use lockbox::acts::accept_terms::accept_terms;
use lockbox::acts::switch_lockbox::turn_on;
use lockbox::domain::lockbox::Lockbox;
use lockbox::domain::request::StateKind;
use lockbox::domain::terms::{Terms, TermsVersion};

use super::{SETTING, assert_told};
use crate::world::{World, seen, stories};

/// Contoso turned its lockbox on when older terms were in force; which they were.
fn on_by_older_terms(world: &World) -> TermsVersion {
    let mut older = world.another_process();
    older.terms = Arc::new(Terms::parse("Version: 2025-01\n\nOlder words.\n").unwrap());
    let version = older.terms.version.clone();
    let contoso = world.tenant("contoso").id;
    let uncovered = BTreeSet::from([world.service("telemetry").id]);
    turn_on(
        &older,
        &world.fresh("sam"),
        contoso,
        &version.sha256,
        &uncovered,
    )
    .unwrap();
    version
}

fn accepted(world: &World) -> TermsVersion {
    match world.tenant("contoso").lockbox {
        Lockbox::On { terms, .. } => terms,
        Lockbox::Off => panic!("off"),
    }
}

stories! {
    async fn newer_terms_are_shown_and_accepted_and_nothing_else_changes(world: &World) {
        let older = on_by_older_terms(world);
        let since = world.tenant("contoso").lockbox.since();
        world.new_mails().await;
        world.pass(chrono::TimeDelta::days(40));
        assert!(world.tenant("contoso").lockbox.is_on());
        let waiting = world.filed_by("ivo", "contoso", "teams");
        let waiting = lockbox::acts::decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&waiting)).unwrap();
        assert_eq!(waiting.state.kind(), StateKind::AwaitingCustomer, "the customer is asked under the older terms as well");
        world.new_mails().await;

        let sam = world.signed_in("sam").await;
        let page = sam.get("/").await.expect("The activation terms have a newer version. Customer Lockbox stays on as it is.");
        let page = sam.get(&page.link("Read and accept version 2026-11")).await;
        let page = page.expect("There is a newer version.").expect(&world.lockbox.terms.version.sha256).expect("no engineer of the provider can open");
        assert_eq!(accepted(world), older, "reading accepts nothing");
        sam.get(SETTING).await.expect("Version 2025-01 accepted by Sam Rivera").expect(&older.sha256).expect("Read and accept version 2026-11");
        sam.submit(page.form("Accept").with("terms", &older.sha256)).await.expect_status(422).expect("The activation terms have changed.");
        let page = sam.submit(page.form("Accept")).await.expect("Version 2026-11 accepted by Sam Rivera").expect(&world.lockbox.terms.version.sha256);
        assert!(!page.says("newer version"), "{}", page.words());
        assert!(!sam.get("/").await.says("newer version"));
        assert_eq!(accepted(world), world.lockbox.terms.version);
        assert_eq!(world.uncovered("contoso"), [world.service("telemetry").id], "what was accepted as not covered stays so");
        assert_eq!(world.tenant("contoso").lockbox.since(), since, "it is on since it was turned on");
        assert_eq!(world.stored(&waiting.reference), waiting);
        assert_told(world, "Newer activation terms were accepted", &["jo@contoso.example", "sam@contoso.example"]).await;
        sam.get("/audit").await.expect("Newer activation terms accepted");
    }

    async fn only_an_administrator_accepts_and_only_once(world: &World) {
        on_by_older_terms(world);
        let (id, sha256) = (world.tenant("contoso").id, world.lockbox.terms.version.sha256.clone());
        for name in ["jo", "max"] {
            let page = world.signed_in(name).await.get("/").await;
            assert!(!page.says("Read and accept"), "{name}");
        }
        let before = world.entries();
        for stranger in ["jo", "max", "kim", "rosa"] {
            assert!(matches!(accept_terms(&world.lockbox, &world.fresh(stranger), id, &sha256), Err(ActError::Denied(_))), "{stranger}");
        }
        assert_eq!(world.entries(), before);
        accept_terms(&world.lockbox, &world.fresh("sam"), id, &sha256).unwrap();
        assert!(matches!(accept_terms(&world.lockbox, &world.fresh("sam"), id, &sha256), Err(ActError::Unfit(_))));
        world.turn_off("contoso", "sam");
        assert!(matches!(accept_terms(&world.lockbox, &world.fresh("sam"), id, &sha256), Err(ActError::Unfit(_))), "while off they are accepted by turning on");
    }
}
