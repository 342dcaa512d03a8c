//! Builds everything from its settings, a clock and dice; runs until told to stop.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App as ActixApp, HttpServer, web};
use metrics_exporter_prometheus::{BuildError, PrometheusHandle};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use url::Url;

use crate::acts::Lockbox;
use crate::api::limits::Limits;
use crate::api::{self, PortalUrl};
use crate::clock::{Clock, Entropy};
use crate::config::{MailRoute, Settings, TlsFiles};
use crate::founding::{self, FoundingError, Opening};
use crate::identity::call::TrustedProxies;
use crate::identity::csrf::CsrfKey;
use crate::identity::passkey::challenge::ChallengeKey;
use crate::ops::calls::{self, Calls};
use crate::ops::ready::Readiness;
use crate::ops::{self, metrics};
use crate::post::{Mailer, Sender, SmtpConfig, SmtpConfigError};
use crate::store::StoreError;
use crate::store::board::follower::Following;
use crate::store::conn::{Conn, DatabaseUrl};
use crate::store::serving::{self, Hold};
use crate::store::witness::{Witness, WitnessError};
use crate::web as portal;
use crate::web::site::{DemoSite, Site};
use crate::work::outbox::PostOffice;
use crate::work::{NightShift, watching};

/// How long requests under way may take to end when the process is told to stop.
const STOPPING_MAX: Duration = Duration::from_secs(30);
/// How long a client may take to send a request's head.
const HEAD_MAX: Duration = Duration::from_secs(10);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The deployment could not be opened.
    #[error(transparent)]
    Founding(#[from] FoundingError),
    /// The address is taken, or not ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// Another server uses the SQLite file.
    #[error("another `lockbox serve` uses {0}; one server per SQLite file, or PostgreSQL for many")]
    FileInUse(String),
    /// The lock beside the SQLite file cannot be taken.
    #[error("the lock file {0}: {1}")]
    LockFile(String, std::io::Error),
    /// The database is not the one that was served last, or nobody can bear witness.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing can be counted.
    #[error("the figures: {0}")]
    Figures(#[from] BuildError),
    /// Mail cannot be set up.
    #[error(transparent)]
    Mail(#[from] SmtpConfigError),
    /// The base URL cannot be made.
    #[error("the base URL: {0}")]
    BaseUrl(#[from] url::ParseError),
    /// The certificate or its key cannot be used.
    #[error("TLS: {0}")]
    Tls(String),
}

/// The application, built and listening.
pub struct App {
    lockbox: Lockbox,
    witness: Option<Witness>,
    post: Arc<PostOffice>,
    server: Server,
    figures: Option<Figures>,
    address: SocketAddr,
    base_url: Url,
    /// Knows live access as long as the server runs.
    _following: Following,
    /// Held as long as the server runs.
    _file_lock: Option<File>,
}

/// How a test or the demo departs from what the settings say.
#[derive(Default)]
pub struct Parts {
    /// Another way out for mails.
    pub mailer: Option<Mailer>,
    /// The demo's pages.
    pub demo: Option<DemoSite>,
}

/// The deployment, opened and not yet listening.
pub struct Opened {
    lockbox: Lockbox,
    witness: Option<Witness>,
    file_lock: Option<File>,
    /// Holds a PostgreSQL from before the server key is read until the board is followed.
    beside: Option<Conn>,
}

impl Opened {
    /// Opens the database, founding the deployment where there is none yet.
    ///
    /// # Errors
    /// [`StartError`], in words for whoever starts it.
    pub fn open(settings: &Settings, clock: Clock, entropy: Entropy) -> Result<Self, StartError> {
        let file_lock = lock_file(&settings.database)?;
        let beside = serving::hold(&settings.database, Hold::WithOthers)?;
        let lockbox = founding::open(Opening {
            connections: settings.connections,
            password_cost: settings.password_cost.clone(),
            passwords_at_once: settings.passwords_at_once,
            manager_time_to_answer: settings.manager_time_to_answer,
            trials: settings.trials,
            terms_file: settings.terms_file.as_deref(),
            single_sign_on: settings.single_sign_on.clone(),
            webhooks: settings.webhooks.clone(),
            may_create: true,
            ..Opening::of(&settings.database, &settings.secret_key, clock, entropy)
        })?;
        let witness = settings.checkpoint_file.clone().map(Witness::at);
        if let (Some(witness), Some(verifier)) = (&witness, lockbox.store.verifier()) {
            witness.hear(&lockbox.store, verifier)?;
        }
        Ok(Self {
            lockbox,
            witness,
            file_lock,
            beside,
        })
    }

    /// The running product.
    #[must_use]
    pub const fn lockbox(&self) -> &Lockbox {
        &self.lockbox
    }

    /// Binds the address. Requests are answered from [`App::run_until_stopped`] on.
    ///
    /// # Errors
    /// [`StartError`], in words for whoever starts it.
    pub fn listen(self, settings: &Settings, parts: Parts) -> Result<App, StartError> {
        let Self {
            lockbox,
            witness,
            file_lock,
            beside,
        } = self;
        let cannot_listen = |e| StartError::Listen(settings.listen, e);
        let mailer = match parts.mailer {
            Some(mailer) => mailer,
            None => mailer(settings)?,
        };
        let following = Following::begin(&lockbox.store)?;
        drop(beside);
        let listener = TcpListener::bind(settings.listen).map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let base_url = match &settings.base_url {
            Some(url) => url.clone(),
            None => Url::parse(&format!("http://localhost:{}", address.port()))?,
        };
        let csrf = CsrfKey::new(lockbox.secret_key.derive("tokens in forms"));
        let challenges = ChallengeKey::new(lockbox.secret_key.derive("challenges of passkeys"));
        let mut site = Site::new(
            base_url.clone(),
            settings.provider_name.clone(),
            csrf,
            challenges,
        );
        let portal_url = PortalUrl(base_url.clone());
        let reference = move || portal::reference::made(&api::openapi::of(&portal_url));
        site.api = LazyLock::new(Box::new(reference));
        site.demo = parts.demo;
        let sender = Sender {
            from: settings.mail_from.clone(),
            reply_to: settings.mail_reply_to.clone(),
            base_url: base_url.clone(),
        };
        let readiness = web::Data::new(Readiness::new(lockbox.clone()));
        let figures = match settings.operations.metrics_listen {
            Some(listen) => Some(Figures::serve(listen, &lockbox, &readiness)?),
            None => None,
        };
        let server = serve(settings, listener, &lockbox, site, readiness)?;
        Ok(App {
            lockbox,
            witness,
            post: Arc::new(PostOffice { mailer, sender }),
            server,
            figures,
            address,
            base_url,
            _following: following,
            _file_lock: file_lock,
        })
    }
}

impl App {
    /// Opens the deployment and binds the address.
    ///
    /// # Errors
    /// [`StartError`], in words for whoever starts it.
    pub fn build(
        settings: &Settings,
        clock: Clock,
        entropy: Entropy,
        parts: Parts,
    ) -> Result<Self, StartError> {
        let opened = Opened::open(settings, clock, entropy)?;
        // Before anybody is answered: a wrong clock must not allow anything even once, and a witness that cannot
        // write is none.
        watching::look_and_remember(opened.lockbox(), opened.witness.as_ref(), None)?;
        opened.listen(settings, parts)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address people use.
    #[must_use]
    pub const fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// The running product.
    #[must_use]
    pub const fn lockbox(&self) -> &Lockbox {
        &self.lockbox
    }

    /// The way mails leave.
    #[must_use]
    pub const fn post(&self) -> &Arc<PostOffice> {
        &self.post
    }

    /// Tells the server to stop.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Answers, and works the night shift, until SIGTERM, SIGINT or the handle says stop. What was taken is
    /// answered, what was begun is finished.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn run_until_stopped(self) -> std::io::Result<()> {
        let shift = NightShift::begin(&self.lockbox, Arc::clone(&self.post), self.witness);
        let figures = self.figures.map(Figures::run);
        let outcome = self.server.await;
        shift.end().await;
        if let Some(figures) = figures {
            figures.stop(false).await;
        }
        outcome
    }

    /// Answers without a night shift, so that a test decides when what is done.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn run_without_night_shift(self) -> std::io::Result<()> {
        self.server.await
    }
}

/// The figures for Prometheus, on an address of their own.
struct Figures {
    server: Server,
    handle: PrometheusHandle,
}

impl Figures {
    fn serve(
        listen: SocketAddr,
        lockbox: &Lockbox,
        readiness: &web::Data<Readiness>,
    ) -> Result<Self, StartError> {
        let cannot_listen = |e| StartError::Listen(listen, e);
        let listener = TcpListener::bind(listen).map_err(cannot_listen)?;
        let handle = metrics::begin()?;
        let server = metrics::serve(listener, handle.clone(), lockbox, readiness.clone())
            .map_err(cannot_listen)?;
        Ok(Self { server, handle })
    }

    fn run(self) -> ServerHandle {
        let stop = self.server.handle();
        actix_web::rt::spawn(self.server);
        actix_web::rt::spawn(metrics::gather(self.handle));
        stop
    }
}

fn serve(
    settings: &Settings,
    listener: TcpListener,
    lockbox: &Lockbox,
    site: Site,
    readiness: web::Data<Readiness>,
) -> Result<Server, StartError> {
    let (shared_lockbox, site) = (web::Data::new(lockbox.clone()), web::Data::new(site));
    let portal_url = PortalUrl(site.base_url.clone());
    let document = web::Data::new(api::openapi::Document::of(portal_url.clone()));
    let portal_url = web::Data::new(portal_url);
    let limits = Limits::new(settings.operations.key_requests_per_second, &lockbox.store);
    let limits = web::Data::new(limits);
    let calls = web::Data::new(Calls {
        entropy: lockbox.entropy.clone(),
        proxies: TrustedProxies::new(settings.operations.trusted_proxy.clone()),
        counted: settings.operations.metrics_listen.is_some(),
    });
    let listen = settings.listen;
    let application = move || {
        let (lockbox, site) = (shared_lockbox.clone(), site.clone());
        ActixApp::new()
            .app_data(lockbox.clone())
            .app_data(site.clone())
            .app_data(portal_url.clone())
            .app_data(document.clone())
            .app_data(limits.clone())
            .app_data(readiness.clone())
            .wrap(from_fn(calls::attend))
            .app_data(calls.clone())
            .configure(api::routes)
            .configure(ops::routes)
            .configure(|config| portal::routes(config, &lockbox, &site))
    };
    let mut server = HttpServer::new(application)
        .client_request_timeout(HEAD_MAX)
        .keep_alive(KEEP_ALIVE)
        .tcp_nodelay(true)
        .shutdown_timeout(STOPPING_MAX.as_secs());
    if let Some(workers) = settings.workers {
        server = server.workers(workers);
    }
    let server = match &settings.tls {
        None => server.listen(listener),
        Some(files) => server.listen_rustls_0_23(listener, tls(files)?),
    };
    Ok(server.map_err(|e| StartError::Listen(listen, e))?.run())
}

fn tls(files: &TlsFiles) -> Result<rustls::ServerConfig, StartError> {
    let wrong = |what: &Path, e: &dyn std::fmt::Display| {
        StartError::Tls(format!("{}: {e}", what.display()))
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .map_err(|e| wrong(&files.certificate, &e))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|e| wrong(&files.key, &e))?;
    rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|e| wrong(&files.certificate, &e))
}

fn mailer(settings: &Settings) -> Result<Mailer, SmtpConfigError> {
    match &settings.mail {
        MailRoute::Folder(folder) => Ok(Mailer::Folder(folder.clone())),
        MailRoute::Smtp(url) => Mailer::smtp(&SmtpConfig {
            url: url.clone(),
            ca_file: settings.mail_ca_file.clone(),
        }),
    }
}

/// One server per SQLite file: its lock is a file beside it. Commands do not take it and may run at the same time.
pub(crate) fn lock_file(database: &DatabaseUrl) -> Result<Option<File>, StartError> {
    let DatabaseUrl::Sqlite(path) = database else {
        return Ok(None);
    };
    let path = path.with_extension("lock");
    let shown = path.display().to_string();
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|e| StartError::LockFile(shown.clone(), e))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::FileInUse(database.shown())),
        Err(std::fs::TryLockError::Error(error)) => Err(StartError::LockFile(shown, error)),
    }
}
