//! The demo: invented people with known passwords, two requests already filed, and everything else real.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::acts::api_keys::{self, NewKey};
use crate::acts::decide::{Seen, endorse};
use crate::acts::enrol::{self, NewPerson};
use crate::acts::entitle::Given;
use crate::acts::file_request::{CaseNamed, NewCase, NewRequest, file};
use crate::acts::sign_in::{Fresh, SignedIn, authenticator_of};
use crate::acts::support_cases::{CaseWords, open_numbered};
use crate::acts::switch_lockbox::turn_on;
use crate::acts::{ActError, Lockbox};
use crate::app::{App, Opened, Parts, StartError};
use crate::clock::{Clock, Entropy};
use crate::config::{KeySource, MailRoute, OperationsOptions, Settings};
use crate::domain::audit::entry::{Actor, Author};
use crate::domain::entitlement::Trials;
use crate::domain::key::KeyScope;
use crate::domain::person::{Person, Role, Side};
use crate::domain::scope::Scope;
use crate::domain::text::{EmailAddress, Line, Prose, Slug};
use crate::domain::time::Minutes;
use crate::identity::password::{NewPassword, PasswordCost};
use crate::identity::totp::TotpSecret;
use crate::outside::WayOutConfig;
use crate::store::conn::DatabaseUrl;
use crate::store::{people, tenants};
use crate::web::site::DemoSite;
use crate::web::view::DemoPerson;

/// Why the demo does not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The server does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// An act of its setting up was refused.
    #[error("the demo could not be set up: {0}")]
    Act(#[from] ActError),
    /// Its folder cannot be used.
    #[error("the demo's folder: {0}")]
    Folder(#[from] std::io::Error),
    /// The folder holds something else.
    #[error("{0} holds a database that no demo made; name an empty folder")]
    NotADemo(PathBuf),
    /// An invented text does not fit the domain.
    #[error("the demo could not be set up: {0}")]
    Invented(String),
}

/// What `demo.json` says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DemoFile {
    /// The address of the portal.
    pub base_url: String,
    /// An API key with every scope.
    pub api_key: String,
    /// The tenants.
    pub tenants: Vec<DemoTenant>,
    /// The services.
    pub services: Vec<DemoService>,
    /// The people.
    pub people: Vec<DemoAccount>,
}

/// A tenant of the demo.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DemoTenant {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
}

/// A service of the demo.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DemoService {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Whether it is proposed as covered.
    pub covered: bool,
}

/// A person of the demo, with all they need to sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DemoAccount {
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
    /// Their second factor's secret, in base 32.
    pub totp_secret: String,
    /// `provider` or `tenant`.
    pub side: String,
    /// Their tenant's key.
    pub tenant: Option<String>,
    /// Their roles.
    pub roles: Vec<Role>,
}

const TENANTS: [(&str, &str, Tz); 2] = [
    ("fabrikam", "Fabrikam", Tz::Europe__Berlin),
    ("contoso", "Contoso", Tz::America__New_York),
];

const SERVICES: [(&str, &str, bool); 5] = [
    ("exchange-online", "Exchange Online", true),
    ("sharepoint-online", "SharePoint Online", true),
    ("onedrive", "OneDrive", true),
    ("teams", "Teams", true),
    ("telemetry", "Service telemetry", false),
];

const PEOPLE: [(&str, &str, Option<&str>, Role); 11] = [
    ("ivo@provider.example", "Ivo Brandt", None, Role::Engineer),
    ("mina@provider.example", "Mina Kovac", None, Role::Engineer),
    (
        "rosa@provider.example",
        "Rosa Lindqvist",
        None,
        Role::SupportManager,
    ),
    (
        "pat@provider.example",
        "Pat Okafor",
        None,
        Role::ProviderAdministrator,
    ),
    (
        "noor@provider.example",
        "Noor Haddad",
        None,
        Role::ProviderAuditor,
    ),
    (
        "kim@fabrikam.example",
        "Kim Akers",
        Some("fabrikam"),
        Role::GlobalAdministrator,
    ),
    (
        "ada@fabrikam.example",
        "Ada Ortiz",
        Some("fabrikam"),
        Role::AccessApprover,
    ),
    (
        "leo@fabrikam.example",
        "Leo Braun",
        Some("fabrikam"),
        Role::Auditor,
    ),
    (
        "sam@contoso.example",
        "Sam Rivera",
        Some("contoso"),
        Role::GlobalAdministrator,
    ),
    (
        "jo@contoso.example",
        "Jo Tanaka",
        Some("contoso"),
        Role::AccessApprover,
    ),
    (
        "max@contoso.example",
        "Max Ferreira",
        Some("contoso"),
        Role::Auditor,
    ),
];

/// The demo, ready to run.
pub struct Demo {
    /// The server.
    pub app: App,
    /// Its folder.
    pub folder: PathBuf,
}

/// Sets the demo up in `folder`, or goes on with the one that is there. `demo.json` is complete before the port opens.
///
/// # Errors
/// [`DemoError`], in words for whoever starts it.
pub async fn build(
    folder: &Path,
    listen: SocketAddr,
    clock: Clock,
    entropy: Entropy,
) -> Result<Demo, DemoError> {
    fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    let listen = with_port(listen)?;
    let settings = settings(&folder, listen)?;
    let known = known(&folder, &settings)?;
    let opened = Opened::open(&settings, clock, entropy)?;
    let base_url = format!("http://localhost:{}", listen.port());
    let file = if let Some(known) = known {
        DemoFile { base_url, ..known }
    } else {
        let file = enrol_everybody(opened.lockbox(), base_url).await?;
        file_two_requests(opened.lockbox())?;
        file
    };
    write(&folder, &file)?;
    let site = DemoSite {
        people: Box::new(move |lockbox| listed(lockbox, &file)),
        mail_folder: folder.join("mail"),
    };
    let app = opened.listen(
        &settings,
        Parts {
            mailer: None,
            demo: Some(site),
        },
    )?;
    Ok(Demo { app, folder })
}

fn settings(folder: &Path, listen: SocketAddr) -> Result<Settings, DemoError> {
    let from = "Lockbox demo <lockbox@provider.example>"
        .parse()
        .map_err(invented)?;
    Ok(Settings {
        database: DatabaseUrl::Sqlite(folder.join("lockbox.db")),
        connections: 8,
        secret_key: KeySource::File(folder.join("lockbox.key")),
        listen,
        base_url: None,
        tls: None,
        workers: Some(2),
        provider_name: "Northwind Cloud".to_owned(),
        mail: MailRoute::Folder(folder.join("mail")),
        mail_from: from,
        mail_reply_to: None,
        mail_ca_file: None,
        single_sign_on: WayOutConfig::default(),
        webhooks: WayOutConfig::default(),
        manager_time_to_answer: Minutes::hours(12),
        trials: Trials::AtOnce,
        terms_file: None,
        passwords_at_once: 2,
        checkpoint_file: None,
        operations: OperationsOptions::default(),
        password_cost: PasswordCost::default(),
    })
}

/// Port 0 means any free one, and `demo.json` must name it before it opens.
fn with_port(listen: SocketAddr) -> Result<SocketAddr, DemoError> {
    if listen.port() != 0 {
        return Ok(listen);
    }
    Ok(std::net::TcpListener::bind(listen)?.local_addr()?)
}

fn known(folder: &Path, settings: &Settings) -> Result<Option<DemoFile>, DemoError> {
    let DatabaseUrl::Sqlite(database) = &settings.database else {
        return Ok(None);
    };
    if !database.exists() {
        return Ok(None);
    }
    let file = fs::read(folder.join("demo.json"))
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());
    file.map(Some)
        .ok_or_else(|| DemoError::NotADemo(folder.to_owned()))
}

fn write(folder: &Path, file: &DemoFile) -> Result<(), DemoError> {
    let text = serde_json::to_string_pretty(file).map_err(invented)?;
    let half = folder.join("demo.json.new");
    // Everybody's secrets are in it.
    let mut private = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&half)?;
    private.write_all(text.as_bytes())?;
    fs::rename(half, folder.join("demo.json"))?;
    Ok(())
}

fn invented(error: impl std::fmt::Display) -> DemoError {
    DemoError::Invented(error.to_string())
}

/// Enrols the demo's tenants, services, people and key, and turns Fabrikam's lockbox on. Tests begin with the same.
///
/// # Errors
/// When the database is not empty.
pub async fn enrol_everybody(lockbox: &Lockbox, base_url: String) -> Result<DemoFile, DemoError> {
    let operator = Author::local(Actor::Operator {
        name: Line::parse("demo").map_err(invented)?,
    });
    for (key, name, zone) in TENANTS {
        enrol::tenant(
            lockbox,
            &operator,
            &Slug::parse(key).map_err(invented)?,
            &Line::parse(name).map_err(invented)?,
            zone,
            Given::Plan(None),
        )?;
    }
    for (key, name, covered) in SERVICES {
        enrol::service(
            lockbox,
            &operator,
            &Slug::parse(key).map_err(invented)?,
            &Line::parse(name).map_err(invented)?,
            covered,
        )?;
    }
    let mut accounts = Vec::new();
    for (email, name, tenant, role) in PEOPLE {
        accounts.push(add_person(lockbox, &operator, email, name, tenant, role).await?);
    }
    let key_name = Line::parse("demo").map_err(invented)?;
    let key = NewKey::named(key_name, &KeyScope::ALL);
    let (_, api_key) = api_keys::issue_by_operator(lockbox, &operator, None, &key)?;
    turn_on_for_fabrikam(lockbox)?;
    Ok(DemoFile {
        base_url,
        api_key: api_key.expose().to_owned(),
        tenants: TENANTS
            .iter()
            .map(|(key, name, _)| DemoTenant {
                key: (*key).to_owned(),
                name: (*name).to_owned(),
            })
            .collect(),
        services: SERVICES
            .iter()
            .map(|(key, name, covered)| DemoService {
                key: (*key).to_owned(),
                name: (*name).to_owned(),
                covered: *covered,
            })
            .collect(),
        people: accounts,
    })
}

async fn add_person(
    lockbox: &Lockbox,
    operator: &Author,
    email: &str,
    name: &str,
    tenant: Option<&str>,
    role: Role,
) -> Result<DemoAccount, DemoError> {
    let first = email.split('@').next().unwrap_or_default();
    let password = format!("{first}-demo-password");
    let new = NewPerson {
        email: EmailAddress::parse(email).map_err(invented)?,
        name: Line::parse(name).map_err(invented)?,
        roles: vec![role],
        tenant: tenant.map(Slug::parse).transpose().map_err(invented)?,
        zone: None,
        password: NewPassword::parse(SecretString::from(password.clone())).map_err(invented)?,
    };
    let (person, secret): (Person, TotpSecret) =
        enrol::person(lockbox, operator.clone(), new).await?;
    Ok(DemoAccount {
        email: email.to_owned(),
        password,
        totp_secret: secret.base32().expose_secret().to_owned(),
        side: if person.side == Side::Provider {
            "provider"
        } else {
            "tenant"
        }
        .to_owned(),
        tenant: tenant.map(str::to_owned),
        roles: vec![role],
    })
}

/// One of the demo's people, as if they had signed in this moment.
fn signed_in(lockbox: &Lockbox, email: &str) -> Result<Fresh, DemoError> {
    let email = EmailAddress::parse(email).map_err(invented)?;
    let found = lockbox
        .store
        .read(|conn| people::by_email(conn, &email))
        .map_err(ActError::from)?;
    let person = found.ok_or_else(|| invented("nobody has this address"))?;
    let now = lockbox.store.clock().now();
    SignedIn::with_app(person, "demo", now)
        .fresh(now)
        .ok_or_else(|| invented("the clock moves"))
}

fn turn_on_for_fabrikam(lockbox: &Lockbox) -> Result<(), DemoError> {
    let kim = signed_in(lockbox, "kim@fabrikam.example")?;
    let key = Slug::parse("fabrikam").map_err(invented)?;
    let tenant = lockbox
        .store
        .read(|conn| tenants::by_key(conn, &key))
        .map_err(ActError::from)?;
    let tenant = tenant.ok_or_else(|| invented("no such tenant"))?;
    let services = lockbox
        .store
        .read(crate::store::services::all)
        .map_err(ActError::from)?;
    let uncovered: BTreeSet<_> = services
        .iter()
        .filter(|service| !service.covered)
        .map(|service| service.id)
        .collect();
    turn_on(
        lockbox,
        &kim,
        tenant.id,
        &lockbox.terms.version.sha256,
        &uncovered,
    )?;
    Ok(())
}

fn file_two_requests(lockbox: &Lockbox) -> Result<(), DemoError> {
    let rosa = signed_in(lockbox, "rosa@provider.example")?;
    let ivo = signed_in(lockbox, "ivo@provider.example")?;
    let kim = signed_in(lockbox, "kim@fabrikam.example")?;
    let reported = CaseWords {
        title: Line::parse("Calendar invitations vanish").map_err(invented)?,
        description: Some(Prose::parse("Since Tuesday invitations that I accept disappear from my calendar after about a minute. Colleagues still see me as invited.").map_err(invented)?),
    };
    let number = Line::parse("4417").map_err(invented)?;
    let reported = open_numbered(lockbox, &kim, &reported, &number)?;
    let calendar = NewRequest {
        tenant: Slug::parse("fabrikam").map_err(invented)?,
        service: Slug::parse("exchange-online").map_err(invented)?,
        case: Some(CaseNamed::Known(reported.id)),
        reason: Prose::parse("Invitations sent to Kim's calendar disappear after a minute. I need to see the calendar's items and its delivery rules to find which rule removes them.").map_err(invented)?,
        scope: Scope::parse(
            Prose::parse("Kim Akers' calendar and delivery rules; no messages").map_err(invented)?,
            ["mailbox/kim@fabrikam.example/calendar", "mailbox/kim@fabrikam.example/rules"],
            ["read"],
        )
        .map_err(invented)?,
        asked: Minutes::hours(4),
        follows: None,
    };
    let request = file(lockbox, &ivo, &calendar)?;
    endorse(
        lockbox,
        &rosa,
        &Seen {
            reference: request.reference,
            version: request.version,
        },
    )?;
    let mina = signed_in(lockbox, "mina@provider.example")?;
    let site = NewRequest {
        tenant: Slug::parse("fabrikam").map_err(invented)?,
        service: Slug::parse("sharepoint-online").map_err(invented)?,
        case: Some(case("4420", "Search finds old versions")?),
        reason: Prose::parse("Search results show versions that were deleted in October. I want to compare the index with the library.").map_err(invented)?,
        scope: Scope::parse(Prose::parse("The document library of the finance site").map_err(invented)?, ["sites/finance/documents"], ["read"]).map_err(invented)?,
        asked: Minutes::hours(2),
        follows: None,
    };
    file(lockbox, &mina, &site)?;
    Ok(())
}

/// A case that an engineer knows of and the customer did not open.
fn case(number: &str, title: &str) -> Result<CaseNamed, DemoError> {
    Ok(CaseNamed::Numbered(NewCase {
        number: Line::parse(number).map_err(invented)?,
        title: Line::parse(title).map_err(invented)?,
    }))
}

/// The people as the sign-in page lists them, with the codes of this half minute.
fn listed(lockbox: &Lockbox, file: &DemoFile) -> Vec<DemoPerson> {
    let seconds = u64::try_from(lockbox.store.clock().now().timestamp()).unwrap_or_default();
    let organisation = |account: &DemoAccount| {
        let tenant = account
            .tenant
            .as_ref()
            .and_then(|key| file.tenants.iter().find(|tenant| tenant.key == *key));
        tenant.map_or_else(
            || "Northwind Cloud".to_owned(),
            |tenant| tenant.name.clone(),
        )
    };
    file.people
        .iter()
        .map(|account| DemoPerson {
            name: name_of(account),
            roles: account
                .roles
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
            organisation: organisation(account),
            email: account.email.clone(),
            password: account.password.clone(),
            code: code_of(lockbox, account, seconds).unwrap_or_default(),
        })
        .collect()
}

fn code_of(lockbox: &Lockbox, account: &DemoAccount, seconds: u64) -> Option<String> {
    let email = EmailAddress::parse(&account.email).ok()?;
    let person = lockbox
        .store
        .read(|conn| people::by_email(conn, &email))
        .ok()??;
    Some(authenticator_of(lockbox, person.id).ok()??.code_at(seconds))
}

fn name_of(account: &DemoAccount) -> String {
    let known = PEOPLE.iter().find(|(email, ..)| *email == account.email);
    known.map_or_else(|| account.email.clone(), |(_, name, ..)| (*name).to_owned())
}
