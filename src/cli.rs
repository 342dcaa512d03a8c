//! The command line: what each command does and what it prints.

mod backup;
mod evidence;
mod keys;
pub mod log;

use std::error::Error;
use std::io::{BufRead, IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::ExitCode;

use secrecy::{ExposeSecret, SecretString};

use crate::acts::enrol::{self, NewPerson};
use crate::acts::entitle::{Given, entitle};
use crate::acts::{Lockbox, verify_log};
use crate::acts::{access_pass, coverage, set_up, suspend};
use crate::app::{self, App, Parts};
use crate::clock::{Clock, Entropy};
use crate::config::{
    AccessCommand, AuditCommand, Cli, Command, ConfigError, DatabaseOptions, DemoOptions,
    EntitlementOptions, KeyCommand, MailedHead, PassKeyCommand, PersonCommand, ServeOptions,
    ServiceCommand, TenantCommand,
};
use crate::demo;
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::entitlement::{Entitlement, Trial};
use crate::domain::id::Reference;
use crate::domain::person::Role;
use crate::domain::tenant::{PROVIDER_KEY, Tenant};
use crate::domain::text::{EmailAddress, Line, Prose, Slug};
use crate::domain::time::rfc3339;
use crate::founding::{self, Opening};
use crate::identity::password::NewPassword;
use crate::identity::{key_file, pass, qr};
use crate::store::serving::{self, Hold};
use crate::store::{Store, tenants};

/// Tenants read at a time.
const TENANTS_PER_PAGE: i64 = 100;

type Done = Result<ExitCode, Box<dyn Error>>;

/// Runs a command. What it is for goes to standard output, everything else to standard error.
///
/// # Errors
/// In words for whoever typed the command.
#[expect(clippy::too_many_lines, reason = "each command is one line or two")]
pub async fn run(cli: Cli) -> Done {
    match cli.command {
        Command::Serve(options) => serve(*options).await,
        Command::Demo(options) => run_demo(options).await,
        Command::Migrate(database) => migrate(&database),
        Command::Backup(options) => backup::backup(&options),
        Command::Restore(options) => backup::restore(&options),
        Command::Audit(command) => audit(command),
        Command::Tenant(command) => tenant(command),
        Command::Service(ServiceCommand::Add {
            database,
            key,
            name,
            not_covered,
        }) => {
            let service = enrol::service(
                &open(&database)?,
                &operator()?,
                &slug("key", &key)?,
                &called(&name)?,
                !not_covered,
            )?;
            say(&format!("Added {} ({}).", service.name, service.key))
        }
        Command::Service(ServiceCommand::Propose {
            database,
            key,
            not_covered,
        }) => {
            let key = slug("key", &key)?;
            let service = coverage::propose(&open(&database)?, &operator()?, &key, !not_covered)?;
            say(&format!(
                "Proposed {} ({}) as {}. Nothing changes for a tenant until its administrator accepts.",
                service.name,
                service.key,
                if service.covered {
                    "covered"
                } else {
                    "not covered"
                }
            ))
        }
        Command::Person(PersonCommand::Add {
            database,
            email,
            name,
            role,
            tenant,
            zone,
        }) => {
            let roles = role
                .iter()
                .map(|role| {
                    Role::parse(role).ok_or_else(|| format!("--role: there is no role {role}"))
                })
                .collect::<Result<_, _>>()?;
            let new = NewPerson {
                email: EmailAddress::parse(&email).map_err(|e| format!("--email {e}"))?,
                name: called(&name)?,
                roles,
                tenant: tenant.map(|key| slug("tenant", &key)).transpose()?,
                zone,
                password: ask_password(&[&email, &name])?,
            };
            add_person(&open(&database)?, new).await
        }
        Command::Access(AccessCommand::Pass {
            database,
            request,
            base_url,
        }) => {
            let reference = Reference::parse(&request).map_err(|e| format!("--request {e}"))?;
            let (lockbox, issuer) = (open(&database)?, pass::issuer(&base_url));
            let given = access_pass::take_as_operator(&lockbox, issuer, &operator()?, &reference)?;
            eprintln!(
                "A pass of {}, until {}.",
                given.pass.engineer,
                rfc3339(given.pass.until)
            );
            say(given.text.expose_secret())
        }
        Command::PassKey(PassKeyCommand::Rotate { database, at_once }) => {
            let (key, from) = access_pass::rotate(&open(&database)?, &operator()?, at_once)?;
            say(&format!(
                "The key {key} signs access passes from {} on.",
                rfc3339(from)
            ))
        }
        Command::Key(KeyCommand::Rotate {
            database,
            new_secret_key_file,
        }) => rotate_key(&database, &new_secret_key_file),
        Command::Key(KeyCommand::Add(options)) => keys::add(options),
        Command::Key(KeyCommand::List { database, tenant }) => keys::list(&database, tenant),
        Command::Key(KeyCommand::Revoke {
            database,
            name,
            tenant,
        }) => keys::revoke(&database, &name, tenant),
    }
}

fn tenant(command: TenantCommand) -> Done {
    match command {
        TenantCommand::Add {
            database,
            key,
            name,
            zone,
            entitlement,
        } => {
            let tenant = enrol::tenant(
                &open(&database)?,
                &operator()?,
                &slug("key", &key)?,
                &called(&name)?,
                zone,
                given(entitlement)?.unwrap_or(Given::Plan(None)),
            )?;
            say(&format!(
                "Enrolled {} ({}), {}. Its lockbox is off until its administrator turns it on.",
                tenant.name,
                tenant.key,
                entitled(&tenant)
            ))
        }
        TenantCommand::List { database } => list_tenants(&database),
        TenantCommand::Entitle {
            database,
            key,
            entitlement,
        } => {
            let given = given(entitlement)?.ok_or("say --plan NAME, --trial or --without-plan")?;
            let key = slug("key", &key)?;
            let tenant = entitle(&open(&database)?, &operator()?, &key, given)?;
            say(&format!(
                "{} ({}): {}.",
                tenant.name,
                tenant.key,
                entitled(&tenant)
            ))
        }
        TenantCommand::Suspend {
            database,
            key,
            reason,
        } => {
            let why = Prose::parse(&reason).map_err(|e| format!("--reason {e}"))?;
            let key = slug("key", &key)?;
            let tenant = suspend::suspend(&open(&database)?, &operator()?, &key, &why)?;
            say(&format!("Suspended {} ({}).", tenant.name, tenant.key))
        }
        TenantCommand::Resume { database, key } => {
            let key = slug("key", &key)?;
            let tenant = suspend::resume(&open(&database)?, &operator()?, &key)?;
            say(&format!("{} ({}) goes on.", tenant.name, tenant.key))
        }
    }
}

fn given(options: EntitlementOptions) -> Result<Option<Given>, String> {
    Ok(match options {
        EntitlementOptions {
            plan: Some(plan), ..
        } => Some(Given::Plan(Some(line("plan", &plan)?))),
        EntitlementOptions { trial: true, .. } => Some(Given::Trial),
        EntitlementOptions {
            without_plan: true, ..
        } => Some(Given::Nothing),
        EntitlementOptions { .. } => None,
    })
}

/// What a tenant is entitled to, in a few words.
fn entitled(tenant: &Tenant) -> String {
    match (&tenant.entitlement, tenant.trial) {
        (Entitlement::None, Trial::Asked { at, .. }) => {
            format!("asked for a trial on {}, which waits for you", rfc3339(at))
        }
        (Entitlement::None, _) => "without a plan".to_owned(),
        (Entitlement::Trial { until }, _) => format!("trial until {}", rfc3339(*until)),
        (Entitlement::Included { plan: None }, _) => "included".to_owned(),
        (Entitlement::Included { plan: Some(plan) }, _) => format!("included in {plan}"),
    }
}

/// One line each: key, name, lockbox, entitlement, suspension, with tabs between them.
fn list_tenants(database: &DatabaseOptions) -> Done {
    let store = founding::open_store(&database.url()?, Clock::system(), Entropy::system())?;
    let mut after = None;
    loop {
        let page = store.read(|conn| tenants::page(conn, after.as_ref(), TENANTS_PER_PAGE))?;
        let Some(last) = page.last() else {
            return Ok(ExitCode::SUCCESS);
        };
        after = Some(last.key.clone());
        for tenant in &page {
            let lockbox = if tenant.lockbox.is_on() { "on" } else { "off" };
            let suspended = match tenant.suspended {
                Some(at) => format!("\tsuspended since {}", rfc3339(at)),
                None => String::new(),
            };
            let (key, name) = (&tenant.key, &tenant.name);
            say(&format!(
                "{key}\t{name}\t{lockbox}\t{}{suspended}",
                entitled(tenant)
            ))?;
        }
    }
}

async fn serve(options: ServeOptions) -> Done {
    log::begin(&options.log)?;
    let settings = options.settings()?;
    let app = App::build(
        &settings,
        Clock::system(),
        Entropy::system(),
        Parts::default(),
    )?;
    tracing::info!(address = %app.address(), base_url = %app.base_url(), database = settings.database.shown(), "serving");
    if let Some(token) = set_up::token(app.lockbox())? {
        // Printed and never logged: whoever has it becomes the administrator.
        let base_url = app.base_url().as_str().trim_end_matches('/');
        say(&format!(
            "There is nobody yet. The first provider administrator is made at this address, once, within {} minutes:\n\n  {base_url}/set-up?link={token}\n",
            set_up::LASTS.num_minutes()
        ))?;
    }
    app.run_until_stopped().await?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn run_demo(options: DemoOptions) -> Done {
    if !options.listen.ip().is_loopback() {
        return Err(ConfigError::DemoListen.into());
    }
    log::begin(&options.log)?;
    let fresh = match &options.data {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("lockbox-demo-").tempdir()?),
    };
    let folder = options
        .data
        .as_deref()
        .or(fresh.as_ref().map(tempfile::TempDir::path))
        .ok_or("no folder")?;
    let demo = demo::build(folder, options.listen, Clock::system(), Entropy::system()).await?;
    let base_url = demo
        .app
        .base_url()
        .as_str()
        .trim_end_matches('/')
        .to_owned();
    say(&format!(
        "\n  The Lockbox demo is at {base_url}\n\n  Sign in as Kim Akers of Fabrikam and decide a request, or as Ivo Brandt, an engineer.\n  Mails sent: {base_url}/demo/mail\n  Everything it made is in {}\n  Ctrl-C ends it.\n",
        demo.folder.display()
    ))?;
    demo.app.run_until_stopped().await?;
    Ok(ExitCode::SUCCESS)
}

fn migrate(database: &DatabaseOptions) -> Done {
    let (url, key) = (database.url()?, database.key_source()?);
    let opening = Opening::of(&url, &key, Clock::system(), Entropy::system());
    founding::open(Opening {
        may_create: true,
        ..opening
    })?;
    say(&format!("{} is of this version.", url.shown()))
}

fn audit(command: AuditCommand) -> Done {
    match command {
        AuditCommand::Verify {
            database,
            verifier_key,
            checkpoint,
            mailed,
        } => verify(&database, verifier_key, checkpoint, mailed),
        AuditCommand::Check(options) => evidence::check(options),
        AuditCommand::Checkpoint { database, tenant } => checkpoint(&database, tenant.as_deref()),
    }
}

fn verify(
    database: &DatabaseOptions,
    verifier_key: Option<String>,
    checkpoint: Option<std::path::PathBuf>,
    mailed: MailedHead,
) -> Done {
    let store = founding::open_store(&database.url()?, Clock::system(), Entropy::system())?;
    let checkpoint = match checkpoint {
        Some(path) => Some(
            std::fs::read_to_string(&path)
                .map_err(|e| format!("--checkpoint {}: {e}", path.display()))?,
        ),
        None => None,
    };
    let mailed = match (mailed.tenant, mailed.size, mailed.root) {
        (Some(key), Some(size), Some(root)) => Some(verify_log::Mailed {
            log: log_of(&store, &key)?,
            size,
            root,
        }),
        _ => None,
    };
    let options = verify_log::VerifyOptions {
        verifier_key,
        checkpoint,
        mailed,
    };
    let report = verify_log::verify(&store, &options, &mut |progress| eprintln!("{progress}"))?;
    say(&report.to_string())?;
    Ok(if report.is_whole() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn checkpoint(database: &DatabaseOptions, tenant: Option<&str>) -> Done {
    let store = founding::open_store(&database.url()?, Clock::system(), Entropy::system())?;
    let log = match tenant {
        None => Log::Provider,
        Some(key) => log_of(&store, key)?,
    };
    print!("{}", verify_log::checkpoint(&store, log)?);
    Ok(ExitCode::SUCCESS)
}

fn log_of(store: &Store, tenant: &str) -> Result<Log, Box<dyn Error>> {
    let key = slug("tenant", tenant)?;
    if key.as_str() == PROVIDER_KEY {
        return Ok(Log::Provider);
    }
    let tenant = store.read(|conn| tenants::by_key(conn, &key))?;
    Ok(Log::Tenant(
        tenant.ok_or("there is no tenant with this key")?.id,
    ))
}

async fn add_person(lockbox: &Lockbox, new: NewPerson) -> Done {
    let email = new.email.clone();
    let (person, secret) = enrol::person(lockbox, operator()?, new).await?;
    let uri = secret.provisioning_uri(email.as_str(), "Lockbox");
    eprintln!(
        "Added {}. Scan this with an authenticator app, or type the secret; it is shown this once.\n",
        person.name
    );
    eprintln!("{}", qr::terminal(uri.expose_secret())?);
    say(secret.base32().expose_secret())
}

fn rotate_key(database: &DatabaseOptions, new: &Path) -> Done {
    let url = database.url()?;
    let _lock = app::lock_file(&url)?;
    let _alone = serving::hold(&url, Hold::Alone)?;
    let lockbox = open(database)?;
    let (key, made) = key_file::load_or_create(new, lockbox.entropy.bytes())?;
    if made {
        eprintln!(
            "Made a server key in {}. Keep a copy of it apart from the database's backups.",
            new.display()
        );
    }
    let rotated = founding::rotate_key(&lockbox, &key, &operator()?)?;
    say(&format!(
        "Sealed anew: the signing key, {} authenticator apps, {} client secrets of single sign-on, the secrets of {} webhooks, {} keys of access passes and {} links that are not sent yet.\nStart the server with --secret-key-file {} from now on; everybody signs in again. Keep the former key as long as backups that were made under it.",
        rotated.authenticators,
        rotated.client_secrets,
        rotated.webhooks,
        rotated.pass_keys,
        rotated.links,
        new.display()
    ))
}

fn open(database: &DatabaseOptions) -> Result<Lockbox, Box<dyn Error>> {
    let (url, key) = (database.url()?, database.key_source()?);
    Ok(founding::open(Opening::of(
        &url,
        &key,
        Clock::system(),
        Entropy::system(),
    ))?)
}

/// From a prompt, typed twice; or one line from standard input.
/// It is judged like those that people choose in the portal: `about` names what is guessed first.
fn ask_password(about: &[&str]) -> Result<NewPassword, Box<dyn Error>> {
    let stdin = std::io::stdin();
    let typed = if stdin.is_terminal() {
        let first = SecretString::from(rpassword::prompt_password("Password: ")?);
        let again = SecretString::from(rpassword::prompt_password("Again: ")?);
        if first.expose_secret() != again.expose_secret() {
            return Err("the two passwords differ".into());
        }
        first
    } else {
        let mut line = String::new();
        stdin.lock().read_line(&mut line)?;
        SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned())
    };
    Ok(NewPassword::judged(typed, about)?)
}

/// The system user who runs this process, by the name the system has for its number.
fn operator() -> Result<Author, Box<dyn Error>> {
    let number = std::fs::metadata("/proc/self")
        .map(|me| me.uid())
        .map_or_else(|_| "unknown".to_owned(), |uid| uid.to_string());
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    Ok(Author::local(Actor::Operator {
        name: line("operator", &named.unwrap_or(number))?,
    }))
}

fn slug(option: &str, text: &str) -> Result<Slug, String> {
    Slug::parse(text).map_err(|e| format!("--{option} {e}"))
}

fn line(option: &str, text: &str) -> Result<Line, String> {
    Line::parse(text).map_err(|e| format!("--{option} {e}"))
}

/// What somebody or something is called from now on.
fn called(name: &str) -> Result<Line, String> {
    Line::name(name).map_err(|e| format!("--name {e}"))
}

fn say(text: &str) -> Done {
    writeln!(std::io::stdout(), "{text}")?;
    Ok(ExitCode::SUCCESS)
}
