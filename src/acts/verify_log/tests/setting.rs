//! Everything that can happen to a tenant's setting, folded; and what could not have happened, found.

use super::*;
use crate::acts::entitle::{entitle, take_trial};
use crate::acts::limits::change_limits;
use crate::acts::suspend::{resume, suspend};
use crate::acts::{accept_terms, coverage};
use crate::domain::access_hours::AccessHours;
use crate::domain::entitlement::{Entitlement, TRIAL};
use crate::domain::id::SignOnId;
use crate::domain::lockbox::Limits;
use crate::domain::single_sign_on::SignOnSetting;
use crate::domain::tenant::Tenant;
use crate::domain::terms::TermsVersion;
use crate::domain::weakening::{Delay, Weakening};

/// A tenant of whom every act on the setting was done once, and its administrator.
fn changed() -> (World, Person) {
    let mut world = World::founded();
    let chat = world.service("teams", true);
    let id = world.tenant("fabrikam", "Fabrikam");
    world.tenant("contoso", "Contoso");
    let kim = world.person("Kim", Some("fabrikam"), &[Role::GlobalAdministrator]);
    let ana = world.person("Ana", None, &[Role::Engineer]);
    let key = slug("fabrikam");
    let none = BTreeSet::new();
    let by = operator();

    entitle(&world.lockbox, &by, &key, Given::Nothing).unwrap();
    world.lockbox.trials = Trials::Confirmed;
    take_trial(&world.lockbox, &world.fresh(&kim), id).unwrap();
    entitle(&world.lockbox, &by, &key, Given::Nothing).unwrap();
    world.lockbox.trials = Trials::AtOnce;
    take_trial(&world.lockbox, &world.fresh(&kim), id).unwrap();
    let terms = world.lockbox.terms.version.sha256.clone();
    switch_lockbox::turn_on(&world.lockbox, &world.fresh(&kim), id, &terms, &none).unwrap();
    coverage::propose(&world.lockbox, &by, &chat.key, false).unwrap();
    coverage::accept_uncovered(&world.lockbox, &world.fresh(&kim), id, chat.id).unwrap();
    coverage::propose(&world.lockbox, &by, &chat.key, true).unwrap();
    coverage::cover(&world.lockbox, &world.fresh(&kim), id, chat.id).unwrap();
    world.lockbox.terms = Arc::new(Terms::parse("Version: 2\nNewer.").unwrap());
    let terms = world.lockbox.terms.version.sha256.clone();
    accept_terms::accept_terms(&world.lockbox, &world.fresh(&kim), id, &terms).unwrap();
    let hour = Minutes::hours(1);
    let limits = Limits {
        time_to_answer: hour,
        longest_access: Minutes::hours(2),
        time_to_start: hour,
        approvals_needed: 1,
        access_hours: AccessHours::parse("mon 08:00-12:00 13:00-18:00").unwrap(),
    };
    let seen = Limits::default();
    change_limits(&world.lockbox, &world.fresh(&kim), id, Some(&seen), limits).unwrap();
    entitle(&world.lockbox, &by, &key, Given::Trial).unwrap();
    world.service("exchange-online", true);
    world.file(&ana, "fabrikam", None);
    suspend(&world.lockbox, &by, &key, &prose("Unpaid.")).unwrap();
    resume(&world.lockbox, &by, &key).unwrap();
    suspend(&world.lockbox, &by, &key, &prose("Again.")).unwrap();
    (world, kim)
}

fn stored(world: &World, key: &str) -> Tenant {
    let found = world
        .lockbox
        .store
        .read(|conn| tenants::by_key(conn, &slug(key)));
    found.unwrap().unwrap()
}

#[test]
fn every_change_of_a_setting_is_explained_by_its_facts() {
    let (world, _) = changed();
    let report = world.verify(&VerifyOptions::default());
    assert!(report.is_whole(), "{report}");
    let tenant = stored(&world, "fabrikam");
    assert!(tenant.suspended.is_some() && tenant.lockbox.is_on());
    assert_eq!(tenant.limits.longest_access, Minutes::hours(2));
    assert!(tenant.lockbox.since() < Some(world.lockbox.store.clock().now()));
    let contoso = stored(&world, "contoso");
    assert_eq!(contoso.entitlement, Entitlement::UNSAID);
}

/// The rows and enrolments of before the second migration: a row gets its default, a fact says nothing.
#[test]
fn a_tenant_enrolled_before_there_were_entitlements_is_included() {
    let (world, _) = changed();
    let file = world.copy("old.db");
    let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    conn.batch_execute(
        "INSERT INTO tenants (id, key, name, zone, lockbox, limits) SELECT x'00', 'old', name, zone, lockbox, limits FROM tenants WHERE key = 'contoso'",
    )
    .unwrap();
    let old: Body = sql_query("SELECT entitlement || trial || coalesce(suspended_at, '-') AS body FROM tenants WHERE key = 'old'")
        .get_result(&mut conn)
        .unwrap();
    let enrolled = Tenant::enrolled(&crate::domain::fact::TenantEnrolled {
        id: TenantId(uuid::Uuid::nil()),
        key: slug("old"),
        name: line("Old"),
        zone: Tz::UTC,
        limits: Limits::default(),
        entitlement: None,
    });
    let mut expected = serde_json::to_string(&enrolled.entitlement).unwrap();
    expected.push_str(&serde_json::to_string(&enrolled.trial).unwrap());
    expected.push('-');
    assert_eq!(old.body, expected);
    assert_eq!(enrolled.suspended, None);
}

#[test]
fn settings_that_could_not_have_come_about_are_found() {
    let (world, kim) = changed();
    let key = slug("fabrikam");
    resume(&world.lockbox, &operator(), &key).unwrap();
    let (tenant, log) = (stored(&world, "fabrikam"), world.log_of("fabrikam"));
    let by_kim = world.fresh(&kim).author();
    let now = world.lockbox.store.clock().now();
    let service = world
        .lockbox
        .store
        .read(crate::store::services::all)
        .unwrap()[0]
        .clone();
    let terms = TermsVersion {
        version: "3".to_owned(),
        sha256: "0".repeat(64),
    };
    let too_long = Limits {
        longest_access: Minutes::hours(25),
        ..Limits::default()
    };
    let covered = Fact::ServiceCovered {
        service: service.id,
        name: service.name.clone(),
    };
    let entitled = Fact::EntitlementSet {
        tenant: tenant.id,
        entitlement: Entitlement::UNSAID,
    };
    let longer = Fact::TrialStarted {
        until: now + TRIAL * 2,
    };
    let first = world
        .lockbox
        .store
        .read(|conn| crate::store::audit::head(conn, log))
        .unwrap()
        .frontier
        .size();
    let cannot = |act: &str| format!("the setting cannot be changed so by {act}");
    let rogue = [
        (
            operator(),
            Fact::TermsAccepted { terms },
            cannot("lockbox.terms_accepted"),
        ),
        (
            by_kim.clone(),
            Fact::LimitsChanged(too_long),
            cannot("limits.changed"),
        ),
        (by_kim.clone(), covered, cannot("lockbox.service_covered")),
        (by_kim.clone(), Fact::TrialAsked, cannot("trial.asked")),
        (by_kim.clone(), longer, cannot("trial.started")),
        (
            operator(),
            entitled,
            "it is not what the provider's log says".to_owned(),
        ),
    ];
    let mut expected = Vec::new();
    for (place, (author, fact, words)) in (first..).zip(rogue) {
        world.seal(log, &author, Facts::one(fact));
        expected.push(format!("entry {place}: {words}"));
    }
    // What the provider's log says, and the tenant's does not.
    let suspended = Fact::TenantSuspended {
        tenant: tenant.id,
        why: prose("Quietly."),
    };
    world.seal(Log::Provider, &operator(), Facts::one(suspended));
    expected.push("the log does not say that the provider did tenant.suspended".to_owned());

    let report = world.verify(&VerifyOptions::default());
    let lines: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    for words in &expected {
        assert!(has(&lines, &[FABRIKAM, words]), "{words}: {lines:#?}");
    }
}

/// Turning on without an entitlement, or while suspended, is no fact that could follow.
#[test]
fn a_lockbox_turned_on_without_an_entitlement_is_found() {
    let world = World::founded();
    let id = world.tenant("fabrikam", "Fabrikam");
    let kim = world.person("Kim", Some("fabrikam"), &[Role::GlobalAdministrator]);
    entitle(
        &world.lockbox,
        &operator(),
        &slug("fabrikam"),
        Given::Nothing,
    )
    .unwrap();
    let terms = world.lockbox.terms.version.clone();
    let on = Fact::LockboxTurnedOn {
        terms,
        uncovered: BTreeSet::new(),
    };
    let author = world.fresh(&kim).author();
    world.seal(Log::Tenant(id), &author, Facts::one(on));
    let report = world.verify(&VerifyOptions::default());
    let lines: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    assert!(
        has(&lines, &[FABRIKAM, "the lockbox cannot be switched so"]),
        "{lines:#?}"
    );
}

/// While single sign-on waits to be turned on nothing else is set in its place, and who gets a role that decides waits as
/// long as the tenant says.
#[test]
fn what_goes_round_the_delay_is_found() {
    let world = World::founded();
    let id = world.tenant("fabrikam", "Fabrikam");
    let kim = world.person("Kim", Some("fabrikam"), &[Role::GlobalAdministrator]);
    let leo = world.person("Leo", Some("fabrikam"), &[Role::Auditor]);
    let ada = world.person("Ada", Some("fabrikam"), &[Role::Auditor]);
    let (log, author) = (Log::Tenant(id), world.fresh(&kim).author());
    let issuer = Issuer::parse("https://login.fabrikam.example").unwrap();
    let set = |number| Fact::SingleSignOnSet {
        setting: SignOnSetting {
            id: SignOnId(uuid::Uuid::from_u128(number)),
            issuer: issuer.clone(),
            client_id: Line::parse("lockbox").unwrap(),
            groups: None,
            strong: BTreeSet::new(),
        },
        secret_sha256: "0".repeat(64),
    };
    let setting = SignOnId(uuid::Uuid::from_u128(1));
    let what = Weakening::SingleSignOn {
        setting,
        issuer: issuer.clone(),
    };
    let now = world.lockbox.store.clock().now();
    let due = now + TimeDelta::hours(24);
    let decides = |person: &Person, after| Fact::RolesChanged {
        person: person.id,
        name: person.name.clone(),
        before: vec![Role::Auditor],
        roles: vec![Role::AccessApprover],
        decides_from: Some(now + after),
    };
    let size = |world: &World| {
        let head = world
            .lockbox
            .store
            .read(|conn| crate::store::audit::head(conn, log));
        head.unwrap().frontier.size()
    };
    for fact in [
        Fact::DelaySet(Delay::Day),
        set(1),
        Fact::SingleSignOnTested { setting },
        Fact::WeakeningAsked { what, due },
        decides(&leo, TimeDelta::hours(24)),
    ] {
        world.seal(log, &author, Facts::one(fact));
    }
    let first = size(&world);
    for fact in [
        set(2),
        Fact::SingleSignOnTurnedOn { setting, issuer },
        decides(&ada, TimeDelta::seconds(1)),
    ] {
        world.seal(log, &author, Facts::one(fact));
    }
    let report = world.verify(&VerifyOptions::default());
    let lines: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    for (place, words) in (first..).zip([
        "the setting cannot be changed so by single_sign_on.set",
        "the setting cannot be changed so by single_sign_on.turned_on",
        "cannot be changed so by person.roles_changed",
    ]) {
        let entry = format!("entry {place}: ");
        assert!(
            has(&lines, &[FABRIKAM, &entry, words]),
            "{words}: {lines:#?}"
        );
    }
    let before = |line: &String| (0..first).any(|place| line.contains(&format!("entry {place}: ")));
    assert!(!lines.iter().any(before), "{lines:#?}");
}
