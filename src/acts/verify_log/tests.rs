//! A small world, every fault planted in a copy of it, and each found at its place.

#[path = "../../../tests/it/world/authenticator.rs"]
mod authenticator;
#[path = "../../../tests/it/log_faults.rs"]
mod log_faults;
mod setting;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use chrono_tz::Tz;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use tempfile::TempDir;

use self::authenticator::Authenticator;
use self::log_faults::{Dialect, Fault, HARMLESS, Plant, faults, render};
use super::*;
use crate::acts::access_pass::{self, PassKeys};
use crate::acts::api_keys::{self, NewKey, Uses};
use crate::acts::decide::{self, Seen};
use crate::acts::enrol::{self, NewPerson};
use crate::acts::entitle::Given;
use crate::acts::file_request::{self, CaseNamed, NewCase, NewRequest};
use crate::acts::show_passkey::{Shown, show_passkey};
use crate::acts::sign_in::{Fresh, SignedIn};
use crate::acts::single_sign_on::{self, Wanted};
use crate::acts::support_cases::{self, CaseWords};
use crate::acts::{Lockbox, lapse, passkeys, recovery_codes, switch_lockbox, webhooks};
use crate::clock::{Clock, Entropy, HeldClock};
use crate::domain::audit::checkpoint::Signer;
use crate::domain::audit::entry::{Actor, Author};
use crate::domain::audit::merkle::leaf_hash;
use crate::domain::entitlement::Trials;
use crate::domain::fact::{AboutPasskey, Fact};
use crate::domain::id::TenantId;
use crate::domain::key::KeyScope;
use crate::domain::person::{Person, Role};
use crate::domain::request::Request;
use crate::domain::scope::Scope;
use crate::domain::service::Service;
use crate::domain::terms::Terms;
use crate::domain::text::{EmailAddress, Issuer, Line, Prose, Slug, SubjectId, WebhookUrl};
use crate::domain::time::Minutes;
use crate::domain::webhook::wants::Wants;
use crate::domain::webhook::{AboutWebhook, Why};
use crate::identity::oidc::directory::Directory;
use crate::identity::oidc::fetch::Fetcher;
use crate::identity::passkey::RelyingParty;
use crate::identity::passkey::challenge::{ChallengeKey, Purpose};
use crate::identity::password::{NewPassword, PasswordCost, Passwords};
use crate::identity::sealed::SecretKey;
use crate::outside::{WayOut, WayOutConfig};
use crate::store::Facts;
use crate::store::conn::{DatabaseUrl, Manager, migrate};
use crate::store::projection::Table;
use crate::store::tenants;

const FABRIKAM: &str = "Fabrikam (fabrikam)";

struct World {
    folder: TempDir,
    lockbox: Lockbox,
    clock: HeldClock,
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

fn prose(text: &str) -> Prose {
    Prose::parse(text).unwrap()
}

fn operator() -> Author {
    Author::local(Actor::Operator { name: line("root") })
}

fn open(file: &Path, clock: Clock) -> Store {
    let url = DatabaseUrl::Sqlite(file.to_owned());
    Store::open(&url, 1, clock, Entropy::seeded(7)).unwrap()
}

impl World {
    /// A deployment that has just been founded.
    fn founded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lockbox.db");
        let start = DateTime::from_timestamp(1_800_000_000, 123_456_000).unwrap();
        let (clock, held) = Clock::held_at(start);
        migrate(&mut Manager(DatabaseUrl::Sqlite(file.clone())).open().unwrap()).unwrap();
        let store = open(&file, clock);
        let signer = Signer::new("lockbox.example", [42; 32]).unwrap();
        store
            .keep(|books| books.found(&signer, vec![1, 2, 3], start))
            .unwrap();
        let lockbox = Lockbox {
            store: store.with_signer(signer),
            entropy: Entropy::seeded(7),
            passwords: Passwords::new(PasswordCost::cheap_for_tests(), 1),
            secret_key: Arc::new(SecretKey::from_bytes([9; 32])),
            terms: Arc::new(Terms::parse("Version: 1\nTerms.").unwrap()),
            manager_time_to_answer: Minutes::hours(12),
            trials: Trials::AtOnce,
            recorder: crate::acts::activity::Recorder::default(),
            key_uses: Uses::default(),
            identity_providers: Directory::new(Fetcher::new(&WayOutConfig::default()).unwrap()),
            way_to_webhooks: WayOut::new(&WayOutConfig::default()).unwrap(),
            pass_keys: PassKeys::default(),
        };
        Self {
            folder,
            lockbox,
            clock: held,
        }
    }

    fn later(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
    }

    fn fresh(&self, person: &Person) -> Fresh {
        self.later(1);
        let now = self.lockbox.store.clock().now();
        let signed_in = SignedIn {
            source: Some([127, 0, 0, 1].into()),
            ..SignedIn::with_app(person.clone(), "0123456789abcdef", now)
        };
        signed_in.fresh(now).unwrap()
    }

    fn person(&self, name: &str, tenant: Option<&str>, roles: &[Role]) -> Person {
        let side = tenant.unwrap_or("lockbox");
        let email = format!("{}@{side}.example", name.to_lowercase());
        let new = NewPerson {
            email: EmailAddress::parse(&email).unwrap(),
            name: line(name),
            roles: roles.to_vec(),
            tenant: tenant.map(slug),
            zone: None,
            password: NewPassword::parse("correct horse battery".to_owned()).unwrap(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let added = runtime.block_on(enrol::person(&self.lockbox, operator(), new));
        added.unwrap().0
    }

    fn tenant(&self, key: &str, name: &str) -> TenantId {
        // Ids are in the order of time, and logs in that of ids.
        self.later(1);
        let (by, given) = (operator(), Given::Plan(None));
        enrol::tenant(&self.lockbox, &by, &slug(key), &line(name), Tz::UTC, given)
            .unwrap()
            .id
    }

    /// The person turns single sign-on on for their side, and comes in by it.
    fn sign_on(&self, by: &Person, subject: &str) {
        let lockbox = &self.lockbox;
        let wanted = Wanted {
            issuer: Issuer::parse("https://login.tailspin.example/").unwrap(),
            client_id: line("lockbox"),
            secret: Some("secret".into()),
            groups: None,
            strong: BTreeSet::new(),
        };
        single_sign_on::set(lockbox, &self.fresh(by), &wanted).unwrap();
        let known = || {
            let read = lockbox
                .store
                .read(|conn| crate::store::single_sign_on::of(conn, by.side));
            read.unwrap().unwrap().0
        };
        let id = known().setting.id;
        single_sign_on::note_test(lockbox, &self.fresh(by), id).unwrap();
        single_sign_on::turn_on(lockbox, &self.fresh(by)).unwrap();
        let subject = SubjectId::parse(subject).unwrap();
        single_sign_on::link(lockbox, &known(), by.id, &subject, None).unwrap();
        single_sign_on::come_in_locally(lockbox, &self.fresh(by)).unwrap();
    }

    /// The person adds two webhooks, gives one another secret, and removes the other.
    fn hook(&self, by: &Person) {
        let lockbox = &self.lockbox;
        let add = |description: &str| {
            let wanted = webhooks::Wanted {
                url: WebhookUrl::parse("https://hooks.tailspin.example/in").unwrap(),
                description: line(description),
                wants: Wants::parse(["requests"]).unwrap(),
            };
            webhooks::add(lockbox, &self.fresh(by), &wanted).unwrap().0
        };
        let (kept, gone) = (add("The SIEM"), add("Another one"));
        webhooks::rotate_secret(lockbox, &self.fresh(by), kept).unwrap();
        webhooks::remove(lockbox, &self.fresh(by), gone).unwrap();
    }

    fn service(&self, key: &str, covered: bool) -> Service {
        enrol::service(&self.lockbox, &operator(), &slug(key), &line(key), covered).unwrap()
    }

    fn file(&self, engineer: &Person, tenant: &str, case: Option<&str>) -> Request {
        let new = new_request(tenant, case);
        file_request::file(&self.lockbox, &self.fresh(engineer), &new).unwrap()
    }

    /// Everything that can happen, once.
    fn lived() -> Self {
        let world = Self::founded();
        let lockbox = &world.lockbox;
        world.service("exchange-online", true);
        let archive = world.service("archive", false);
        let fabrikam = world.tenant("fabrikam", "Fabrikam");
        world.tenant("contoso", "Contoso");
        world.service("teams", true);
        let ana = world.person("Ana", None, &[Role::Engineer]);
        let max = world.person("Max", None, &[Role::SupportManager, Role::ProviderAuditor]);
        let scopes = [KeyScope::RequestsWrite];
        let by = operator();
        let new = NewKey {
            owner: Some(ana.email.clone()),
            tenants: vec![slug("fabrikam")],
            services: vec![slug("teams"), slug("exchange-online")],
            days: Some(365),
            ..NewKey::named(line("helpdesk"), &scopes)
        };
        let (helpdesk, _) = api_keys::issue_by_operator(lockbox, &by, None, &new).unwrap();
        let new = NewKey::named(line("gate"), &[KeyScope::AccessRead]);
        api_keys::issue_by_operator(lockbox, &by, None, &new).unwrap();
        let new = NewKey::named(line("old gate"), &[KeyScope::AccessRead]);
        let (old, _) = api_keys::issue_by_operator(lockbox, &by, None, &new).unwrap();
        api_keys::revoke_by_operator(lockbox, &by, None, &old.name).unwrap();
        let kims = [Role::GlobalAdministrator, Role::AccessApprover];
        let kim = world.person("Kim", Some("fabrikam"), &kims);
        world.person("Ari", Some("fabrikam"), &[Role::Auditor]);
        world.person("Cleo", Some("contoso"), &[Role::GlobalAdministrator]);

        // Contoso's lockbox is off: endorsed is approved. One access ends by time, one request is withdrawn and one
        // expires.
        let request = world.file(&ana, "contoso", None);
        let request = decide::endorse(lockbox, &world.fresh(&max), &seen(&request)).unwrap();
        decide::start(lockbox, &world.fresh(&ana), &seen(&request)).unwrap();
        let request = world.file(&ana, "contoso", None);
        decide::withdraw(lockbox, &world.fresh(&ana), &request.reference).unwrap();
        world.file(&ana, "contoso", None);
        world.later(13 * 60);
        assert_eq!(lapse::record_what_lapsed(lockbox).unwrap(), 2);

        // Fabrikam's is on.
        let uncovered = BTreeSet::from([archive.id]);
        let terms = lockbox.terms.version.sha256.clone();
        switch_lockbox::turn_on(lockbox, &world.fresh(&kim), fabrikam, &terms, &uncovered).unwrap();
        let endorsed = |request: &Request| {
            decide::endorse(lockbox, &world.fresh(&max), &seen(request)).unwrap()
        };
        let approved = |request: &Request| {
            let hour = Minutes::hours(1);
            decide::approve(lockbox, &world.fresh(&kim), &seen(request), hour, None).unwrap()
        };
        let request = approved(&endorsed(&world.file(&ana, "fabrikam", Some("4711"))));
        decide::start(lockbox, &world.fresh(&ana), &seen(&request)).unwrap();
        decide::finish(lockbox, &world.fresh(&ana), &request.reference).unwrap();
        let request = endorsed(&world.file(&ana, "fabrikam", None));
        let why = prose("Not today");
        decide::reject(lockbox, &world.fresh(&kim), &seen(&request), why).unwrap();
        let key = Author::local(Actor::Key {
            id: helpdesk.id,
            name: helpdesk.name.clone(),
        });
        let new = new_request("fabrikam", Some("4711"));
        file_request::file_by_key(lockbox, &helpdesk, &key, &ana.email, &new, None).unwrap();
        endorsed(&world.file(&ana, "fabrikam", None));
        approved(&endorsed(&world.file(&ana, "fabrikam", None)));
        let request = approved(&endorsed(&world.file(&ana, "fabrikam", Some("4711"))));
        decide::start(lockbox, &world.fresh(&ana), &seen(&request)).unwrap();
        world.give_factors(&ana);

        // Tailspin has single sign-on.
        world.tenant("tailspin", "Tailspin");
        let tai = world.person("Tai", Some("tailspin"), &[Role::GlobalAdministrator]);
        world.sign_on(&tai, "tai-1");

        // And two cases: one with a comment, open; one that a key brought in, changed, closed.
        let words = |title: &str| CaseWords {
            title: line(title),
            description: Some(prose("Since Tuesday.")),
        };
        let by = world.fresh(&tai);
        let form = lockbox.entropy.uuid(lockbox.store.clock().now());
        let case = support_cases::open(lockbox, &by, &words("Search is slow"), form).unwrap();
        support_cases::comment(lockbox, &by, case.id, &prose("It goes on."), form).unwrap();
        let new = NewKey::named(line("ticketing"), &[KeyScope::CasesWrite]);
        let (ticketing, _) = api_keys::issue_by_operator(lockbox, &operator(), None, &new).unwrap();
        let key = Author::local(Actor::Key {
            id: ticketing.id,
            name: ticketing.name.clone(),
        });
        let bring_in = |title: &str| {
            let (tenant, number) = (slug("tailspin"), line("77"));
            support_cases::bring_in(lockbox, &ticketing, &key, &tenant, &number, &words(title))
                .unwrap()
        };
        bring_in("Search is slow");
        let (case, _) = bring_in("Search is slow at night");
        support_cases::close_by_key(lockbox, &ticketing, &key, case.id).unwrap();
        // It has a key of its own, and two webhooks.
        let tailspins = Some(slug("tailspin"));
        let new = NewKey::named(line("siem"), &[KeyScope::LogRead]);
        let by = operator();
        let (own, _) = api_keys::issue_by_operator(lockbox, &by, tailspins.as_ref(), &new).unwrap();
        api_keys::revoke_by_operator(lockbox, &by, tailspins.as_ref(), &own.name).unwrap();
        world.hook(&tai);
        world
    }

    /// A passkey, shown once, and recovery codes.
    fn give_factors(&self, person: &Person) {
        let (lockbox, by) = (&self.lockbox, self.fresh(person));
        let portal = "http://localhost".parse().unwrap();
        let party = RelyingParty::at(&portal, ChallengeKey::new([7; 32])).unwrap();
        let now = lockbox.store.clock().now();
        let challenge = party.challenge(Purpose::Registration, &by.session, [1; 16], now);
        let options = party
            .creation(person.id, "-", "-", &[], &challenge)
            .unwrap();
        let mut device = Authenticator::new(1, "http://localhost");
        let said = device.create(&options);
        let gaining = by.gaining(now).unwrap();
        passkeys::add(lockbox, &gaining, &party, &line("A phone"), &said).unwrap();
        let challenge = party.challenge(Purpose::Authentication, &by.session, [2; 16], now);
        let shown = Shown {
            party: &party,
            whose: &by.session,
            person: Some(person.id),
            answer: &device.get(&party.request(&[], &challenge)),
        };
        assert!(show_passkey(lockbox, shown).unwrap().is_some());
        recovery_codes::make(lockbox, &by).unwrap();
    }

    /// A copy of the database as it is now.
    fn copy(&self, name: &str) -> PathBuf {
        let to = self.folder.path().join(name);
        let from = self.folder.path().join("lockbox.db");
        let mut conn = SqliteConnection::establish(from.to_str().unwrap()).unwrap();
        conn.batch_execute(&format!("VACUUM INTO '{}'", to.display()))
            .unwrap();
        to
    }

    fn verify(&self, options: &VerifyOptions) -> Report {
        verify(&self.lockbox.store, options, &mut |_| ()).unwrap()
    }

    fn log_of(&self, tenant: &str) -> Log {
        let key = slug(tenant);
        let found = self.lockbox.store.read(|conn| tenants::by_key(conn, &key));
        Log::Tenant(found.unwrap().unwrap().id)
    }

    fn checkpoint(&self, log: Log) -> String {
        checkpoint(&self.lockbox.store, log).unwrap()
    }

    /// Seals any fact at all, rows or no rows: what somebody with the signing key could do.
    fn seal(&self, log: Log, by: &Author, facts: Facts) {
        let sealed = self.lockbox.store.write(log, by, |_| Ok(((), facts)));
        sealed.map_err(|e: VerifyError| e.to_string()).unwrap();
    }
}

fn seen(request: &Request) -> Seen {
    Seen {
        reference: request.reference.clone(),
        version: request.version,
    }
}

fn new_request(tenant: &str, case: Option<&str>) -> NewRequest {
    NewRequest {
        tenant: slug(tenant),
        service: slug("exchange-online"),
        case: case.map(|number| {
            CaseNamed::Numbered(NewCase {
                number: line(number),
                title: line("Meetings vanish"),
            })
        }),
        reason: prose("The calendar shows meetings that were deleted."),
        scope: Scope::parse(prose("Kim's calendar"), ["mailbox/kim/calendar"], ["read"]).unwrap(),
        asked: Minutes::hours(2),
        follows: None,
    }
}

fn verify_file(file: &Path, options: &VerifyOptions) -> Result<Report, VerifyError> {
    let clock = Clock::held_at(DateTime::UNIX_EPOCH).0;
    verify(&open(file, clock), options, &mut |_| ())
}

/// The findings as lines, or why nothing could be verified.
fn found(file: &Path, options: &VerifyOptions) -> Vec<String> {
    match verify_file(file, options) {
        Ok(report) => {
            let lines: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
            assert_eq!(report.is_whole(), lines.is_empty());
            lines
        }
        Err(error) => vec![error.to_string()],
    }
}

fn has(lines: &[String], words: &[impl AsRef<str>]) -> bool {
    let fits = |line: &String| words.iter().all(|words| line.contains(words.as_ref()));
    lines.iter().any(fits)
}

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = Text)]
    body: String,
}

/// Plants a fault in a database.
fn plant(file: &Path, plant: &Plant) {
    let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    conn.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
    match plant {
        Plant::Sql(sql) => conn.batch_execute(sql).unwrap(),
        Plant::Reseal { seq, from, to } => {
            let place = format!("log = {{fabrikam}} AND seq = {seq}");
            let place = render(&place, Dialect::Sqlite);
            let sql = format!("SELECT body FROM audit_entries WHERE {place}");
            let read: Body = sql_query(sql).get_result(&mut conn).unwrap();
            let body = read.body.replace(from, to);
            assert_ne!(body, read.body, "{from} is not in it");
            let leaf = leaf_hash(body.as_bytes()).hex();
            let sql = format!("UPDATE audit_entries SET body = ?, leaf = x'{leaf}' WHERE {place}");
            let changed = sql_query(sql).bind::<Text, _>(body).execute(&mut conn);
            assert_eq!(changed.unwrap(), 1);
        }
    }
}

#[test]
fn nothing_is_found_where_nothing_was_touched() {
    let world = World::lived();
    let mut lines = Vec::new();
    let options = VerifyOptions::default();
    let report = verify(&world.lockbox.store, &options, &mut |progress| {
        lines.push(progress.to_string());
    });
    let report = report.unwrap();
    assert_eq!(report.findings, [], "{report}");
    let sizes: Vec<_> = report
        .logs
        .iter()
        .map(|log| (log.name.as_str(), log.size))
        .collect();
    let names = [
        ("Provider", 15),
        (FABRIKAM, 24),
        ("Contoso (contoso)", 11),
        ("Tailspin (tailspin)", 18),
    ];
    assert_eq!(sizes, names);
    assert!(
        lines.contains(&format!("{FABRIKAM}: 24 of 24 entries")),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"person_roles: 6 rows".to_owned()),
        "{lines:?}"
    );
    let text = report.to_string();
    assert!(
        text.contains("the key stored in the database: lockbox.example+"),
        "{text}"
    );
    assert!(text.ends_with("every row is what the log says."), "{text}");

    let given = VerifyOptions {
        verifier_key: Some(report.verifier.clone()),
        checkpoint: Some(world.checkpoint(Log::Provider)),
        mailed: None,
    };
    let report = world.verify(&given);
    assert!(
        report.is_whole() && report.key == KeyUsed::Given,
        "{report}"
    );
    assert!(
        report
            .to_string()
            .starts_with("Verified with the key given: ")
    );
}

#[test]
fn nothing_is_found_in_a_deployment_that_was_only_founded() {
    let report = World::founded().verify(&VerifyOptions::default());
    assert!(report.is_whole(), "{report}");
}

#[test]
fn every_planted_fault_is_found_at_its_place() {
    let world = World::lived();
    access_pass::rotate(&world.lockbox, &operator(), true).unwrap();
    let clean = world.copy("clean.db");
    let file = world.folder.path().join("planted.db");
    let mut missed = Vec::new();
    for fault in faults(Dialect::Sqlite) {
        fs::copy(&clean, &file).unwrap();
        plant(&file, &fault.plant);
        let lines = found(&file, &VerifyOptions::default());
        if !has(&lines, &fault.found) {
            let Fault { name, found, .. } = fault;
            missed.push(format!("{name}\n  wanted {found:?}\n  found {lines:#?}"));
        }
        remove(&file);
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

fn remove(file: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        let _ = fs::remove_file(name);
    }
}

/// SQLite keeps any value in any column.
#[test]
fn what_cannot_be_read_is_found_and_the_rest_is_read() {
    let world = World::lived();
    let clean = world.copy("clean.db");
    let file = world.folder.path().join("planted.db");
    for (sql, words) in [
        (
            "UPDATE audit_entries SET request_id = x'00' WHERE log = {fabrikam} AND seq IN (12, 13)",
            [FABRIKAM, "entries 12 to 13: it cannot be read"],
        ),
        (
            "UPDATE audit_entries SET seq = 'last' WHERE log = {fabrikam} AND seq = 13",
            [FABRIKAM, ": a place makes no sense"],
        ),
        (
            "UPDATE tenants SET lockbox = 'nonsense' WHERE key = 'fabrikam'",
            ["tenants, fabrikam (", ": the row cannot be read"],
        ),
        (
            "UPDATE requests SET endorsement = '{' WHERE state_kind = 'active'",
            ["requests, LBX-", ": the row cannot be read"],
        ),
        (
            "UPDATE support_cases SET id = x'00' WHERE number = '4711'",
            ["support_cases: ", "an id cannot be read"],
        ),
        (
            "UPDATE audit_heads SET log = x'00' WHERE log = {fabrikam}",
            ["Logs: ", "the id of one cannot be read"],
        ),
    ] {
        fs::copy(&clean, &file).unwrap();
        plant(&file, &Plant::Sql(render(sql, Dialect::Sqlite)));
        let lines = found(&file, &VerifyOptions::default());
        assert!(has(&lines, &words), "{sql}: {lines:#?}");
        remove(&file);
    }
}

#[test]
fn bookkeeping_is_nobodys_fault() {
    let world = World::lived();
    let file = world.copy("planted.db");
    for (what, sql) in HARMLESS {
        plant(&file, &Plant::Sql(render(sql, Dialect::Sqlite)));
        assert_eq!(found(&file, &VerifyOptions::default()), [""; 0], "{what}");
    }
}

/// Somebody who has a copy of the key could make passes again.
#[test]
fn a_pass_key_that_was_withdrawn_does_not_come_back() {
    let world = World::lived();
    let (id, _) = access_pass::rotate(&world.lockbox, &operator(), false).unwrap();
    access_pass::rotate(&world.lockbox, &operator(), true).unwrap();
    let file = world.copy("planted.db");
    let hex = id.0.simple();
    let sql =
        format!("INSERT INTO pass_keys (id, sealed_seed, signs_from) VALUES (x'{hex}', x'00', 0)");
    plant(&file, &Plant::Sql(sql));
    let lines = found(&file, &VerifyOptions::default());
    let words = "no entry of a log explains this row";
    assert!(
        has(&lines, &[format!("pass_keys, {id}"), words.to_owned()]),
        "{lines:#?}"
    );
}

#[test]
fn every_fault_has_words_for_both_databases() {
    let names = |dialect| faults(dialect).into_iter().map(|fault| fault.name);
    let both = names(Dialect::Sqlite).eq(names(Dialect::Postgres));
    assert!(both);
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
}

#[test]
fn no_column_is_forgotten() {
    let world = World::founded();
    let file = world.folder.path().join("lockbox.db");
    let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    let mut columns = BTreeSet::new();
    let tables = Table::ALL.map(|table| table.to_string());
    let logs = ["audit_entries", "audit_heads", "signing_keys"].map(str::to_owned);
    for table in tables.into_iter().chain(logs) {
        let sql = format!("SELECT name FROM pragma_table_info('{table}')");
        let of_table: Vec<Column> = sql_query(sql).load(&mut conn).unwrap();
        columns.extend(
            of_table
                .iter()
                .map(|column| format!("{table}.{}", column.name)),
        );
    }
    for fault in faults(Dialect::Sqlite) {
        fault.column.map(|column| columns.remove(&column));
    }
    for (column, _) in HARMLESS {
        columns.remove(column);
    }
    assert_eq!(columns, BTreeSet::new(), "no fault is planted in these");
}

#[test]
fn an_older_copy_put_back_is_found_with_a_checkpoint_kept_elsewhere() {
    let world = World::lived();
    let older = world.copy("older.db");
    let fabrikam = world.log_of("fabrikam");
    let at_24 = world.checkpoint(fabrikam);
    let ana = world.lockbox.store.read(|conn| {
        let email = EmailAddress::parse("ana@lockbox.example").unwrap();
        crate::store::people::by_email(conn, &email)
    });
    let ana = ana.unwrap().unwrap();
    world.file(&ana, "fabrikam", None);
    let at_25 = world.checkpoint(fabrikam);
    let with = |note: &str| VerifyOptions {
        checkpoint: Some(note.to_owned()),
        ..VerifyOptions::default()
    };

    // The log has grown since: nothing is wrong with that.
    for note in [&at_24, &at_25] {
        let report = world.verify(&with(note));
        assert!(report.is_whole(), "{report}");
    }
    // The older copy is whole in itself, and shorter than it was.
    assert_eq!(found(&older, &VerifyOptions::default()), [""; 0]);
    assert_eq!(found(&older, &with(&at_24)), [""; 0]);
    let lines = found(&older, &with(&at_25));
    let words = [
        FABRIKAM,
        "entry 24: what was kept elsewhere knows 25 entries",
    ];
    assert!(has(&lines, &words), "{lines:?}");

    // Another history of the same length, sealed with the same key.
    world.seal(fabrikam, &operator(), Facts::one(Fact::LockboxTurnedOff));
    let lines: Vec<_> = {
        let clock = Clock::held_at(world.lockbox.store.clock().now()).0;
        let signer = Signer::new("lockbox.example", [42; 32]).unwrap();
        let store = open(&older, clock).with_signer(signer);
        let fact = Facts::one(Fact::LockboxTurnedOff);
        let act = |_: &mut crate::store::Tx<'_>| Ok::<_, VerifyError>(((), fact));
        store.write(fabrikam, &operator(), act).unwrap();
        found(&older, &with(&at_25))
    };
    let words = ["kept elsewhere: the first 25 entries of Fabrikam"];
    assert!(has(&lines, &words), "{lines:?}");

    // No checkpoint at all, one that was changed, and one of a log that is gone.
    for (note, words) in [
        ("nonsense".to_owned(), "not a signed note"),
        (at_25.replace("25", "26"), "signature is not valid"),
        (elsewhere(), "its log is not in this database"),
    ] {
        let lines = found(&older, &with(&note));
        assert!(has(&lines, &["kept elsewhere", words]), "{lines:?}");
    }
}

/// A checkpoint of another deployment's log under the same key.
fn elsewhere() -> String {
    let signer = Signer::new("lockbox.example", [42; 32]).unwrap();
    let checkpoint = Checkpoint {
        origin: "lockbox.example/log/elsewhere".to_owned(),
        size: 3,
        root: leaf_hash(b""),
    };
    signer.sign(&checkpoint).unwrap()
}

#[derive(QueryableByName)]
struct HeadRow {
    #[diesel(sql_type = Text)]
    checkpoint: String,
    #[diesel(sql_type = Text)]
    peaks: String,
    #[diesel(sql_type = BigInt)]
    last_at: i64,
}

#[test]
fn a_truncation_with_an_older_head_put_back_shows_in_the_rows() {
    let world = World::lived();
    let older = world.copy("older.db");
    let ana = world.person("Bea", None, &[Role::Engineer]);
    world.file(&ana, "fabrikam", None);
    let file = world.copy("planted.db");
    let mut conn = SqliteConnection::establish(older.to_str().unwrap()).unwrap();
    let sql =
        "SELECT checkpoint, hex(peaks) AS peaks, last_at FROM audit_heads WHERE log = {fabrikam}";
    let head: HeadRow = sql_query(render(sql, Dialect::Sqlite))
        .get_result(&mut conn)
        .unwrap();
    let HeadRow {
        checkpoint,
        peaks,
        last_at,
    } = head;
    let sql = format!(
        "DELETE FROM audit_entries WHERE log = {{fabrikam}} AND seq = 24;
         UPDATE audit_heads SET size = 24, peaks = x'{peaks}', last_at = {last_at}, checkpoint = '{checkpoint}' WHERE log = {{fabrikam}}"
    );
    plant(&file, &Plant::Sql(render(&sql, Dialect::Sqlite)));
    let lines = found(&file, &VerifyOptions::default());
    assert!(
        has(
            &lines,
            &["requests, ", "no entry of a log explains this row"]
        ),
        "{lines:?}"
    );
    let fabrikam = world.log_of("fabrikam");
    let options = VerifyOptions {
        checkpoint: Some(world.checkpoint(fabrikam)),
        ..VerifyOptions::default()
    };
    let lines = found(&file, &options);
    assert!(
        has(&lines, &[FABRIKAM, "entry 24: what was kept elsewhere"]),
        "{lines:?}"
    );
}

#[test]
fn another_key_is_found_with_the_one_kept_elsewhere() {
    let world = World::lived();
    let another = Signer::new("lockbox.example", [43; 32]).unwrap();
    let options = VerifyOptions {
        verifier_key: Some(another.verifier().vkey()),
        ..VerifyOptions::default()
    };
    let lines: Vec<_> = world
        .verify(&options)
        .findings
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(has(
        &lines,
        &["signing key: the stored public key is not the verifier key given"]
    ));
    for log in ["Provider", FABRIKAM, "Contoso (contoso)"] {
        assert!(
            has(
                &lines,
                &[log, "head: the checkpoint is not signed by this key"]
            ),
            "{lines:?}"
        );
    }
    let wrong = VerifyOptions {
        verifier_key: Some("nonsense".to_owned()),
        ..VerifyOptions::default()
    };
    let error = verify(&world.lockbox.store, &wrong, &mut |_| ()).unwrap_err();
    assert!(matches!(error, VerifyError::GivenKey(_)));
}

#[test]
fn sealed_facts_that_cannot_follow_are_found() {
    let world = World::lived();
    let (fabrikam, contoso) = (world.log_of("fabrikam"), world.log_of("contoso"));
    let store = &world.lockbox.store;
    let requests = store.read(|conn| crate::store::requests::page(conn, None, 100));
    let requests = requests.unwrap();
    let of = |kind: &str| {
        let mut all = requests.iter();
        all.find(|request| request.state.kind().as_str() == kind)
            .unwrap()
            .clone()
    };
    let service = world
        .lockbox
        .store
        .read(crate::store::services::all)
        .unwrap()[0]
        .clone();
    let by = operator();
    world.seal(
        fabrikam,
        &by,
        Facts::about(of("rejected").id, Fact::RequestWithdrawn),
    );
    world.seal(
        fabrikam,
        &by,
        Facts::about(
            of("awaiting_manager").id,
            Fact::AccessStarted {
                until: DateTime::UNIX_EPOCH,
                reminders: Vec::new(),
            },
        ),
    );
    world.seal(fabrikam, &by, Facts::one(Fact::RequestWithdrawn));
    world.seal(fabrikam, &by, Facts::one(Fact::LockboxTurnedOff));
    world.seal(
        fabrikam,
        &by,
        Facts::one(Fact::ServiceAdded(service.clone())),
    );
    world.seal(Log::Provider, &by, Facts::one(Fact::LockboxTurnedOff));
    world.seal(
        Log::Provider,
        &by,
        Facts::one(Fact::ServiceAdded(service.clone())),
    );
    let stranger = Author::local(Actor::Person {
        id: crate::domain::id::PersonId(service.id.0),
        name: line("Nobody"),
        roles: vec![],
    });
    world.seal(contoso, &stranger, Facts::one(Fact::LockboxTurnedOff));
    let person = |email: &str| {
        let email = EmailAddress::parse(email).unwrap();
        let read = store.read(|conn| crate::store::people::by_email(conn, &email));
        read.unwrap().unwrap().id
    };
    let taken = Fact::PersonLinked {
        person: person("cleo@contoso.example"),
        issuer: Issuer::parse("https://login.tailspin.example/").unwrap(),
        subject: SubjectId::parse("tai-1").unwrap(),
    };
    world.seal(contoso, &by, Facts::one(taken));
    let not_set = Fact::SingleSignOnTested {
        setting: crate::domain::id::SignOnId(service.id.0),
    };
    world.seal(fabrikam, &by, Facts::one(not_set));
    let untold = Service {
        id: crate::domain::id::ServiceId(world.lockbox.entropy.uuid(DateTime::UNIX_EPOCH)),
        key: slug("untold"),
        ..service
    };
    world.seal(Log::Provider, &by, Facts::one(Fact::ServiceAdded(untold)));

    let report = world.verify(&VerifyOptions::default());
    let lines: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    for words in [
        "Fabrikam (fabrikam), entry 24: the request",
        "Fabrikam (fabrikam), entry 25: the act access.started cannot follow on the state awaiting_manager",
        "Fabrikam (fabrikam), entry 26: it does not name the request",
        "Fabrikam (fabrikam), entry 27: the lockbox cannot be switched so",
        "Fabrikam (fabrikam), entry 28: it is not what the provider's log says",
        "Provider, entry 15: the act lockbox.turned_off does not belong in this log",
        "Provider, entry 16: the id of the service",
        "Contoso (contoso), entry 11: it names the person",
        "Contoso (contoso): the log does not say that the service untold was added",
        "services, untold (",
        "Fabrikam (fabrikam), entry 29: the setting cannot be changed so by single_sign_on.tested",
        "Tailspin (tailspin): it gives the person",
        "identity_links, tai-1 (",
    ] {
        assert!(has(&lines, &[words]), "{words}: {lines:#?}");
    }
    let doubtful = of("awaiting_manager").reference.to_string();
    assert!(
        !has(&lines, &["requests", &doubtful]),
        "one finding is enough: {lines:#?}"
    );
}

#[test]
fn sealed_facts_about_second_factors_that_cannot_follow_are_found() {
    let world = World::lived();
    let person = |email: &str| {
        let email = EmailAddress::parse(email).unwrap();
        let found = world
            .lockbox
            .store
            .read(|conn| crate::store::people::by_email(conn, &email));
        found.unwrap().unwrap()
    };
    let (ana, max) = (person("ana@lockbox.example"), person("max@lockbox.example"));
    let passkey = world
        .lockbox
        .store
        .read(|conn| crate::store::passkeys::of_person(conn, ana.id));
    let about = AboutPasskey {
        person: ana.id,
        name: ana.name.clone(),
        id: passkey.unwrap()[0].id,
        called: line("A phone"),
    };
    let unknown = AboutPasskey {
        id: crate::domain::id::PasskeyId(max.id.0),
        ..about.clone()
    };
    let (by_ana, by_max) = (
        Author::local(Actor::of(&ana)),
        Author::local(Actor::of(&max)),
    );
    let used = |left| Fact::RecoveryCodeUsed {
        person: ana.id,
        name: ana.name.clone(),
        code: "00".repeat(32),
        left,
    };
    for (by, fact) in [
        (&by_max, Fact::PasskeyRemoved(about.clone())),
        (&by_ana, Fact::PasskeyRemoved(unknown.clone())),
        (&by_ana, Fact::PasskeyRenamed(unknown.clone())),
        (&by_ana, Fact::PasskeyDoubted(unknown)),
        (&by_ana, used(9)),
        (
            &by_ana,
            Fact::PasskeyAdded {
                passkey: about,
                credential_sha256: String::new(),
            },
        ),
    ] {
        world.seal(Log::Provider, by, Facts::one(fact));
    }
    world.seal(
        world.log_of("fabrikam"),
        &by_ana,
        Facts::one(Fact::RecoveryCodesMade {
            person: ana.id,
            name: ana.name.clone(),
            codes: Vec::new(),
        }),
    );
    let report = world.verify(&VerifyOptions::default());
    let lines: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    for (entries, act) in [
        ("entries 15 to 16", "passkey_removed"),
        ("entry 17", "passkey_renamed"),
        ("entry 18", "passkey_doubted"),
        ("entry 19", "recovery_code_used"),
    ] {
        let words = format!(
            "Provider, {entries}: the second factors of the person {} cannot be changed so by second_factor.{act}",
            ana.id
        );
        assert!(has(&lines, &[words.as_str()]), "{words}: {lines:#?}");
    }
    for words in [
        "Provider, entry 20: the id of the passkey",
        "Fabrikam (fabrikam), entry 24: it names the person",
    ] {
        assert!(has(&lines, &[words]), "{words}: {lines:#?}");
    }
}

#[test]
fn sealed_facts_about_webhooks_that_cannot_follow_are_found() {
    let world = World::lived();
    let tailspin = world.log_of("tailspin");
    let side = tailspin.side();
    let kept = world
        .lockbox
        .store
        .read(|conn| crate::store::webhooks::of(conn, side));
    let known = kept.unwrap()[0].webhook.setting.clone();
    let about = known.about();
    let tai = world.lockbox.store.read(|conn| {
        let email = EmailAddress::parse("tai@tailspin.example").unwrap();
        crate::store::people::by_email(conn, &email)
    });
    let tai = Author::local(Actor::of(&tai.unwrap().unwrap()));
    let (operator, system) = (operator(), Author::local(Actor::System));
    let unknown = AboutWebhook {
        id: crate::domain::id::WebhookId(tailspin.id()),
        ..about.clone()
    };
    let gone = Fact::WebhookDisabled {
        webhook: about.clone(),
        why: Why::Gone,
    };
    let sealed = Fact::WebhookSealedAnew {
        webhook: about.clone(),
        secret_sha256: String::new(),
        former_sha256: None,
    };
    let again = Fact::WebhookAdded {
        webhook: known,
        secret_sha256: String::new(),
    };
    for (by, fact) in [
        (&operator, Fact::WebhookRemoved(about.clone())),
        (&tai, gone),
        (&system, sealed.clone()),
        (&operator, sealed),
        (&tai, Fact::WebhookTurnedOn(about.clone())),
        (&tai, Fact::WebhookTurnedOff(unknown)),
        (&tai, again),
    ] {
        world.seal(tailspin, by, Facts::one(fact));
    }
    world.seal(
        world.log_of("fabrikam"),
        &system,
        Facts::one(Fact::WebhookDisabled {
            webhook: about,
            why: Why::Failing,
        }),
    );
    let report = world.verify(&VerifyOptions::default());
    let lines: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    for words in [
        "Tailspin (tailspin), entry 18: the setting cannot be changed so by webhook.removed",
        "Tailspin (tailspin), entry 19: the setting cannot be changed so by webhook.disabled",
        "Tailspin (tailspin), entries 20 to 21: the setting cannot be changed so by webhook.sealed_anew",
        "Tailspin (tailspin), entry 22: the setting cannot be changed so by webhook.turned_on",
        "Tailspin (tailspin), entry 23: it names the webhook",
        "Tailspin (tailspin), entry 24: the id of the webhook",
        "Fabrikam (fabrikam), entry 24: it names the webhook",
    ] {
        assert!(has(&lines, &[words]), "{words}: {lines:#?}");
    }
}

#[test]
fn time_that_goes_back_in_a_log_is_found_and_no_act_makes_it_go_back() {
    let world = World::lived();
    // A tenant's log is slightly ahead of the provider's; an act on both must not go back in either.
    world.clock.advance(TimeDelta::milliseconds(1_500));
    let fabrikam = world.log_of("fabrikam");
    let kim = world.lockbox.store.read(|conn| {
        let email = EmailAddress::parse("kim@fabrikam.example").unwrap();
        crate::store::people::by_email(conn, &email)
    });
    let kim = world.fresh(&kim.unwrap().unwrap());
    let Log::Tenant(tenant) = fabrikam else {
        unreachable!("a tenant's log")
    };
    switch_lockbox::turn_off(&world.lockbox, &kim, tenant).unwrap();
    world.clock.advance(TimeDelta::milliseconds(-1_000));
    world.service("onedrive", true);
    let report = world.verify(&VerifyOptions::default());
    assert!(report.is_whole(), "{report}");
    world.clock.advance(TimeDelta::seconds(-10));
    let key = slug("late");
    let late = enrol::service(&world.lockbox, &operator(), &key, &line("Late"), true);
    assert!(
        late.is_err(),
        "the clock is behind a log by more than two seconds"
    );
}

#[test]
fn many_findings_are_counted_and_the_first_are_told() {
    let mut findings = Findings::default();
    for seq in 0..300 {
        let place = Place::Entries {
            log: "Fabrikam".to_owned(),
            first: seq * 2,
            last: seq * 2,
        };
        findings.add(place, "missing");
    }
    for seq in 1_000..1_300 {
        let place = Place::Entries {
            log: "Fabrikam".to_owned(),
            first: seq,
            last: seq,
        };
        findings.add(place, "it is odd");
    }
    let (told, found) = findings.into_parts();
    assert_eq!((told.len(), found), (100, 301));
}
