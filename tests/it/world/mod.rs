//! The world of a story: the real application on a free port, a clock that stands still, seeded dice, a mailbox.
//!
//! Nothing happens at night unless the story says so: [`World::night`] is the night shift, run once.

pub mod api;
pub mod authenticator;
pub mod cases;
pub mod certificate;
pub mod certified;
pub mod command;
pub mod described;
pub mod gate;
pub mod identity_provider;
pub mod journal;
pub mod newcomer;
pub mod node;
pub mod npm;
pub mod page;
pub mod places;
pub mod receiver;
pub mod record;
pub mod relay;
pub mod secrets;
pub mod smtp;
pub mod visitor;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use chrono::{DateTime, TimeDelta};
use diesel::{Connection, PgConnection, RunQueryDsl};
use lettre::Message;
use lockbox::acts::file_request::{CaseNamed, NewCase, NewRequest, file};
use lockbox::acts::sign_in::{Fresh, SignedIn, authenticator_of};
use lockbox::acts::tries::{Origin, Trying};
use lockbox::acts::verify_log::{VerifyOptions, verify};
use lockbox::acts::{Lockbox, decide};
use lockbox::app::{App, Opened, Parts};
use lockbox::clock::{Clock, Entropy, HeldClock};
use lockbox::config::{KeySource, MailRoute, OperationsOptions, Settings};
use lockbox::demo::{self, DemoAccount, DemoFile};
use lockbox::domain::entitlement::Trials;
use lockbox::domain::id::Reference;
use lockbox::domain::person::Person;
use lockbox::domain::request::Request;
use lockbox::domain::scope::Scope;
use lockbox::domain::tenant::Tenant;
use lockbox::domain::text::{Line, Prose, Slug};
use lockbox::domain::time::{Minutes, Moment};
use lockbox::identity::password::PasswordCost;
use lockbox::identity::totp::TotpSecret;
use lockbox::outside::WayOutConfig;
use lockbox::post::Mailer;
use lockbox::store::conn::DatabaseUrl;
use lockbox::store::requests::{self, Sight};
use lockbox::store::tenants;
use lockbox::work::outbox::{PostOffice, deliver_due};
use lockbox::work::{accounts, expiry, reminders, sweep};
use tempfile::TempDir;

pub use api::{Answer, Api};
pub use authenticator::Authenticator;
pub use page::Page;
pub use secrets::Secrets;
pub use visitor::Visitor;

/// Which database a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    /// A new one.
    pub fn anew(self, folder: &TempDir) -> DatabaseUrl {
        match self {
            Self::Sqlite => DatabaseUrl::Sqlite(folder.path().join("lockbox.db")),
            Self::Postgres => new_postgres_database(),
        }
    }
}

/// Writes a story once and runs it on both databases. At its end the audit log is verified whole.
macro_rules! stories {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: &World) $body:block)+) => {$(
        $(#[$doc])*
        async fn $name($world: &$crate::world::World) $body

        mod $name {
            #[actix_web::test]
            async fn sqlite() {
                $crate::world::tell($crate::world::Database::Sqlite, async |world| super::$name(world).await).await;
            }

            #[actix_web::test]
            async fn postgres() {
                $crate::world::tell($crate::world::Database::Postgres, async |world| super::$name(world).await).await;
            }
        }
    )+};
}
pub(crate) use stories;

/// Makes a world, tells the story in it, and looks whether what is left behind is whole.
pub async fn tell(database: Database, story: impl AsyncFnOnce(&World)) {
    let world = World::on(database).await;
    story(&world).await;
    world.assert_whole();
    world.end().await;
}

pub struct World {
    pub database: DatabaseUrl,
    pub clock: HeldClock,
    pub lockbox: Lockbox,
    pub base_url: String,
    pub demo: DemoFile,
    pub post: Arc<PostOffice>,
    mails: Arc<Mutex<Vec<Message>>>,
    read: Mutex<usize>,
    handle: ServerHandle,
    server: actix_web::rt::task::JoinHandle<std::io::Result<()>>,
    /// What must stand in no log.
    pub secrets: Arc<Secrets>,
    /// The second-factor step each person used last.
    steps: Mutex<std::collections::HashMap<String, u64>>,
    pub folder: TempDir,
}

/// Saturday, 21 November 2026, 17:30 UTC.
pub fn beginning() -> Moment {
    DateTime::from_timestamp(1_795_282_200, 0).unwrap()
}

impl World {
    pub async fn on(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database.anew(&folder);
        Self::with(url, folder, None).await
    }

    /// A world in which nobody is yet.
    pub async fn of_nobody(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database.anew(&folder);
        let settings = settings(&url, &folder);
        let (clock, held) = Clock::held_at(beginning());
        let opened = Opened::open(&settings, clock, Entropy::seeded(7)).unwrap();
        let nobody = DemoFile {
            base_url: String::new(),
            api_key: String::new(),
            tenants: Vec::new(),
            services: Vec::new(),
            people: Vec::new(),
        };
        Self::around(opened, settings, folder, held, nobody, None).await
    }

    /// A world whose mails go to `mailer` instead of the mailbox.
    pub async fn with_mailer(database: Database, mailer: Mailer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database.anew(&folder);
        Self::with(url, folder, Some(mailer)).await
    }

    /// A world whose server stands behind these proxies.
    pub async fn behind(database: Database, proxies: &[&str]) -> Self {
        let proxies = proxies.iter().map(|network| network.parse().unwrap());
        Self::set(database, |settings| {
            settings.operations.trusted_proxy = proxies.collect();
        })
        .await
    }

    /// A world whose settings depart from the others'.
    pub async fn set(database: Database, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database.anew(&folder);
        let mut settings = settings(&url, &folder);
        change(&mut settings);
        Self::built(settings, folder, None).await
    }

    /// A world in which a key may make so many requests a second.
    pub async fn limited(database: Database, per_second: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database.anew(&folder);
        let mut settings = settings(&url, &folder);
        settings.operations.key_requests_per_second = per_second;
        Self::built(settings, folder, None).await
    }

    /// A world that asks no identity provider at a private address.
    pub async fn asking_no_private_addresses(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database.anew(&folder);
        let mut settings = settings(&url, &folder);
        settings.single_sign_on.private_addresses = false;
        Self::built(settings, folder, None).await
    }

    async fn with(url: DatabaseUrl, folder: TempDir, mailer: Option<Mailer>) -> Self {
        Self::built(settings(&url, &folder), folder, mailer).await
    }

    async fn built(settings: Settings, folder: TempDir, mailer: Option<Mailer>) -> Self {
        let (clock, held) = Clock::held_at(beginning());
        let opened = Opened::open(&settings, clock, Entropy::seeded(7)).unwrap();
        let demo = demo::enrol_everybody(opened.lockbox(), String::new())
            .await
            .unwrap();
        Self::around(opened, settings, folder, held, demo, mailer).await
    }

    /// A world that goes on with the deployment that is in the database already, its server key in the folder.
    pub async fn going_on(url: DatabaseUrl, folder: TempDir, demo: DemoFile, at: Moment) -> Self {
        let (clock, held) = Clock::held_at(at);
        let settings = settings(&url, &folder);
        let opened = Opened::open(&settings, clock, Entropy::seeded(9)).unwrap();
        Self::around(opened, settings, folder, held, demo, None).await
    }

    async fn around(
        opened: Opened,
        settings: Settings,
        folder: TempDir,
        held: HeldClock,
        demo: DemoFile,
        mailer: Option<Mailer>,
    ) -> Self {
        let secrets = Arc::new(Secrets::of_nobody());
        let mails = Arc::new(Mutex::new(Vec::new()));
        let mailer = mailer.unwrap_or_else(|| Mailer::Memory(Arc::clone(&mails)));
        let app = opened
            .listen(
                &settings,
                Parts {
                    mailer: Some(mailer),
                    demo: None,
                },
            )
            .unwrap();
        let world = Self {
            database: settings.database,
            clock: held,
            lockbox: app.lockbox().clone(),
            base_url: app.base_url().as_str().trim_end_matches('/').to_owned(),
            demo,
            post: Arc::clone(app.post()),
            mails,
            read: Mutex::new(0),
            handle: app.handle(),
            server: actix_web::rt::spawn(serve(app)),
            secrets,
            steps: Mutex::default(),
            folder,
        };
        // What setting up told people is no part of a story.
        world.night().await;
        *world.read.lock().unwrap() = world.mails.lock().unwrap().len();
        world
    }

    pub fn now(&self) -> Moment {
        self.lockbox.store.clock().now()
    }

    pub fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    /// The night shift, once: records what time has done, reminds, sends what is due, sweeps.
    pub async fn night(&self) {
        expiry::record_all(&self.lockbox).await.unwrap();
        accounts::see_to(&self.lockbox).await.unwrap();
        reminders::send_all(&self.lockbox).await.unwrap();
        while deliver_due(&self.lockbox, &self.post).await.unwrap().taken > 0 {}
        sweep::sweep(&self.lockbox).await.unwrap();
    }

    /// The mails sent since the last look, as (to, subject), sorted.
    pub async fn new_mails(&self) -> Vec<(String, String)> {
        while deliver_due(&self.lockbox, &self.post).await.unwrap().taken > 0 {}
        let mails = self.mails.lock().unwrap();
        let mut read = self.read.lock().unwrap();
        let mut new: Vec<(String, String)> = mails[*read..].iter().map(heads).collect();
        *read = mails.len();
        new.sort();
        new
    }

    /// The newest mail to this person, as it went out.
    pub fn newest_mail_to(&self, name: &str) -> String {
        let email = &self.account(name).email;
        let mails = self.mails.lock().unwrap();
        let mail = mails.iter().rev().find(|mail| heads(mail).0 == *email);
        String::from_utf8(
            mail.unwrap_or_else(|| panic!("no mail to {name}"))
                .formatted(),
        )
        .unwrap()
    }

    pub fn account(&self, name: &str) -> &DemoAccount {
        self.demo
            .people
            .iter()
            .find(|account| account.email.starts_with(&format!("{name}@")))
            .unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    pub fn person(&self, name: &str) -> Person {
        self.person_at(&self.account(name).email)
    }

    pub fn tenant(&self, key: &str) -> Tenant {
        let key = Slug::parse(key).unwrap();
        self.lockbox
            .store
            .read(|conn| tenants::by_key(conn, &key))
            .unwrap()
            .unwrap()
    }

    /// A verification code of this person that was not used yet; the clock moves on where it must.
    pub fn code(&self, name: &str) -> String {
        let mut steps = self.steps.lock().unwrap();
        let step = || u64::try_from(self.now().timestamp()).unwrap() / 30;
        if steps.get(name).is_some_and(|used| *used >= step()) {
            self.pass(TimeDelta::seconds(30));
        }
        steps.insert(name.to_owned(), step());
        let code = self
            .secret(name)
            .code_at(u64::try_from(self.now().timestamp()).unwrap());
        self.secrets.know_code(&code);
        code
    }

    fn secret(&self, name: &str) -> TotpSecret {
        authenticator_of(&self.lockbox, self.person(name).id)
            .unwrap()
            .unwrap()
    }

    /// Somebody at the door, not signed in.
    pub fn visitor(&self) -> Visitor<'_> {
        self.visitor_from(1)
    }

    /// Somebody at the door who comes from another address than everybody else.
    pub fn visitor_from(&self, address: u8) -> Visitor<'_> {
        Visitor::at(self, [127, 0, 0, address])
    }

    /// Somebody signed in through the real pages.
    pub async fn signed_in(&self, name: &str) -> Visitor<'_> {
        let mut visitor = self.visitor();
        visitor.sign_in(name).await;
        visitor
    }

    /// A client with the demo's API key.
    pub fn api(&self) -> Api<'_> {
        Api::new(self, &self.demo.api_key)
    }

    /// A person with a fresh second factor, for acts called directly.
    pub fn fresh(&self, name: &str) -> Fresh {
        self.fresh_at(&self.account(name).email)
    }

    /// The same, by their address.
    pub fn fresh_at(&self, email: &str) -> Fresh {
        let now = self.now();
        SignedIn::with_app(self.person_at(email), "story", now)
            .fresh(now)
            .unwrap()
    }

    /// Ivo files for Fabrikam's Exchange Online, 4 hours.
    pub fn filed(&self) -> Request {
        self.filed_by("ivo", "fabrikam", "exchange-online")
    }

    pub fn filed_by(&self, engineer: &str, tenant: &str, service: &str) -> Request {
        let new = new_request(tenant, service);
        file(&self.lockbox, &self.fresh(engineer), &new).unwrap()
    }

    /// The same, endorsed by Rosa.
    pub fn endorsed(&self) -> Request {
        decide::endorse(&self.lockbox, &self.fresh("rosa"), &seen(&self.filed())).unwrap()
    }

    /// The same, approved by Kim for what was asked.
    pub fn approved(&self) -> Request {
        let request = self.endorsed();
        decide::approve(
            &self.lockbox,
            &self.fresh("kim"),
            &seen(&request),
            request.asked,
            None,
        )
        .unwrap()
    }

    /// The same, started by Ivo.
    pub fn active(&self) -> Request {
        decide::start(&self.lockbox, &self.fresh("ivo"), &seen(&self.approved())).unwrap()
    }

    /// A filed request, endorsed by Rosa, approved by Kim and started by Ivo.
    pub fn started(&self, request: &Request) -> Request {
        let request = decide::endorse(&self.lockbox, &self.fresh("rosa"), &seen(request)).unwrap();
        let (kim, hour) = (self.fresh("kim"), request.asked);
        let request = decide::approve(&self.lockbox, &kim, &seen(&request), hour, None).unwrap();
        decide::start(&self.lockbox, &self.fresh("ivo"), &seen(&request)).unwrap()
    }

    /// The request as it is stored.
    pub fn stored(&self, reference: &Reference) -> Request {
        self.lockbox
            .store
            .read(|conn| requests::by_reference(conn, Sight::Provider, reference))
            .unwrap()
            .unwrap()
    }

    /// The server's process has seen what other processes did until now.
    pub fn caught_up(&self) {
        let store = &self.lockbox.store;
        store.read(|conn| store.board().catch_up(conn)).unwrap();
    }

    /// The stored log and the state rows explain each other.
    pub fn assert_whole(&self) {
        let report = verify(&self.lockbox.store, &VerifyOptions::default(), &mut |_| {}).unwrap();
        assert!(report.is_whole(), "{report}");
    }

    pub async fn end(mut self) {
        self.handle.stop(false).await;
        (&mut self.server).await.unwrap().unwrap();
    }
}

async fn serve(app: App) -> std::io::Result<()> {
    app.run_without_night_shift().await
}

/// A browser that nobody knows, at no address.
pub fn nowhere() -> Origin {
    Origin {
        device: None,
        address: None,
    }
}

/// Who stands at the door with such a browser, and has shown the password.
pub fn at_the_door() -> Trying {
    Trying::AtTheDoor(nowhere())
}

/// The version of a request that somebody saw.
pub fn seen(request: &Request) -> decide::Seen {
    decide::Seen {
        reference: request.reference.clone(),
        version: request.version,
    }
}

pub fn new_request(tenant: &str, service: &str) -> NewRequest {
    NewRequest {
        tenant: Slug::parse(tenant).unwrap(),
        service: Slug::parse(service).unwrap(),
        case: Some(CaseNamed::Numbered(NewCase {
            number: Line::parse("4417").unwrap(),
            title: Line::parse("Calendar invitations vanish").unwrap(),
        })),
        reason: Prose::parse("Invitations vanish; I must see the calendar.").unwrap(),
        scope: Scope::parse(Prose::parse("Kim's calendar").unwrap(), [], []).unwrap(),
        asked: Minutes::hours(4),
        follows: None,
    }
}

fn heads(mail: &Message) -> (String, String) {
    let raw = mail.formatted();
    let parsed = mail_parser::MessageParser::default().parse(&raw).unwrap();
    let to = parsed
        .to()
        .and_then(|to| to.first())
        .and_then(|to| to.address())
        .unwrap()
        .to_owned();
    (to, parsed.subject().unwrap_or_default().to_owned())
}

pub fn settings(url: &DatabaseUrl, folder: &TempDir) -> Settings {
    Settings {
        database: url.clone(),
        connections: 8,
        secret_key: KeySource::File(folder.path().join("lockbox.key")),
        listen: ([127, 0, 0, 1], 0).into(),
        base_url: None,
        tls: None,
        workers: Some(2),
        provider_name: "Northwind Cloud".to_owned(),
        mail: MailRoute::Folder(folder.path().join("mail")),
        mail_from: "Lockbox <lockbox@provider.example>".parse().unwrap(),
        mail_reply_to: None,
        mail_ca_file: None,
        // Identity providers of stories are on this machine.
        single_sign_on: on_this_machine(false),
        // And so are the receivers of webhooks.
        webhooks: on_this_machine(true),
        manager_time_to_answer: Minutes::hours(12),
        trials: Trials::AtOnce,
        terms_file: None,
        passwords_at_once: 2,
        checkpoint_file: None,
        operations: OperationsOptions::default(),
        password_cost: PasswordCost::cheap_for_tests(),
    }
}

/// A way to this machine, which trusts the certificate of the run.
pub fn on_this_machine(plain_http: bool) -> WayOutConfig {
    WayOutConfig {
        ca_file: Some(certificate::of_this_run().authority.clone()),
        private_addresses: true,
        plain_http,
    }
}

/// A database of its own on the server of the test run.
pub fn new_postgres_database() -> DatabaseUrl {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let server = std::env::var("LOCKBOX_TEST_POSTGRES").expect(
        "LOCKBOX_TEST_POSTGRES names the PostgreSQL of the test run; tests/run.sh starts one",
    );
    let name = format!(
        "story_{}_{}_{}",
        std::process::id(),
        // A long run meets the same process id twice.
        u64::from_be_bytes(Entropy::system().bytes()),
        COUNT.fetch_add(1, Ordering::SeqCst)
    );
    let mut conn = PgConnection::establish(&server).unwrap();
    diesel::sql_query(format!("CREATE DATABASE {name}"))
        .execute(&mut conn)
        .unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    DatabaseUrl::parse(url.as_str()).unwrap()
}
