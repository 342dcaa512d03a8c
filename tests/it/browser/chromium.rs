//! One Chromium under chromedriver. It ends with its story, whatever becomes of the story.

use std::io::{Read, Write};
use std::net::TcpStream;

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::{ParseError, Url};

/// Whether pages may run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    On,
    Off,
}

/// The size of what is seen of a page, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewport {
    pub width: u32,
    pub height: u32,
}

impl Viewport {
    pub const DESK: Self = Self {
        width: 1440,
        height: 900,
    };
    pub const TABLET: Self = Self {
        width: 768,
        height: 1024,
    };
    pub const PHONE: Self = Self {
        width: 390,
        height: 844,
    };
    pub const SMALL_PHONE: Self = Self {
        width: 320,
        height: 568,
    };

    /// A screen for fingers.
    const fn is_phone(self) -> bool {
        self.width < 640
    }
}

pub struct Chromium {
    pub client: Client,
    /// Its session at the driver.
    session: Url,
    /// Its profile, so that nothing is left of the people before.
    _profile: TempDir,
}

impl Chromium {
    pub async fn start(scripts: Scripts) -> Self {
        let driver = std::env::var("LOCKBOX_TEST_WEBDRIVER").expect(
            "LOCKBOX_TEST_WEBDRIVER names the chromedriver of the test run; tests/run.sh starts one",
        );
        let profile = tempfile::tempdir().unwrap();
        let capabilities = capabilities(scripts, &profile);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&driver)
            .await
            .unwrap();
        let id = client.session_id().await.unwrap().unwrap();
        let chromium = Self {
            client,
            session: Url::parse(&driver)
                .unwrap()
                .join(&format!("session/{id}"))
                .unwrap(),
            _profile: profile,
        };
        chromium.paint("light").await;
        chromium
    }

    /// Makes the viewport this large; a small one is a phone's, with its touch screen.
    pub async fn resize(&self, viewport: Viewport) {
        let (width, height, mobile) = (viewport.width, viewport.height, viewport.is_phone());
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        self.devtools(
            "Emulation.setTouchEmulationEnabled",
            json!({"enabled": mobile}),
        )
        .await;
        // The page is laid out anew a moment later.
        let resized = format!(
            "return innerHeight >= {height} && document.documentElement.clientWidth > {width} - 20 && document.documentElement.clientWidth <= {width}"
        );
        self.until("the page has its size", async || {
            self.ask(&resized).await == json!(true)
        })
        .await;
    }

    /// Shows pages in `light` or `dark`, and never in the middle of a motion.
    pub async fn paint(&self, scheme: &str) {
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features}))
            .await;
    }

    /// A device of this browser's that makes passkeys and verifies its user; its id.
    pub async fn plug_in_a_device(&self) -> String {
        let device = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserConsenting": true,
            "isUserVerified": true,
        });
        let id = self.post("webauthn/authenticator", device).await;
        id.as_str().unwrap().to_owned()
    }

    /// Whether the device can make sure who holds it: while it cannot, it offers nothing by itself.
    pub async fn let_the_device_verify(&self, id: &str, verifies: bool) {
        let path = format!("webauthn/authenticator/{id}/uv");
        self.post(&path, json!({"isUserVerified": verifies})).await;
    }

    /// The device is lost, with all that is in it.
    pub async fn lose_the_device(&self, id: &str) {
        let path = format!("webauthn/authenticator/{id}");
        self.command(Method::DELETE, path, None).await;
    }

    /// The page is shown as it is printed.
    pub async fn prints(&self) {
        self.devtools("Emulation.setEmulatedMedia", json!({"media": "print"}))
            .await;
    }

    /// The page is shown on the screen again.
    pub async fn prints_no_more(&self) {
        self.devtools("Emulation.setEmulatedMedia", json!({"media": ""}))
            .await;
    }

    /// What the console has been told since the last look.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.post("se/log", json!({"type": "browser"})).await;
        let words = |entry: &Value| entry["message"].as_str().unwrap().to_owned();
        entries.as_array().unwrap().iter().map(words).collect()
    }

    /// What a screen reader calls this element.
    pub async fn accessible_name(&self, element: &Element) -> String {
        let path = format!("element/{}/computedlabel", &*element.element_id());
        let name = self.command(Method::GET, path, None).await;
        name.as_str().unwrap().to_owned()
    }

    /// Asks the page itself; this works where its own scripts may not run, too.
    pub async fn ask(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until something is so, 10 seconds at most.
    pub async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        for _ in 0..500 {
            if is_so().await {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("waited in vain until {what}");
    }

    async fn devtools(&self, command: &str, params: Value) {
        self.post(
            "goog/cdp/execute",
            json!({"cmd": command, "params": params}),
        )
        .await;
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.command(Method::POST, path.to_owned(), Some(body))
            .await
    }

    async fn command(&self, method: Method, path: String, body: Option<Value>) -> Value {
        let command = Command { method, path, body };
        self.client.issue_cmd(command).await.unwrap()
    }
}

impl Drop for Chromium {
    /// Blocks until the browser is gone, since a story that panics waits for nothing any more.
    fn drop(&mut self) {
        let driver = (
            self.session.host_str().unwrap_or_default(),
            self.session.port_or_known_default().unwrap_or_default(),
        );
        let ended = TcpStream::connect(driver).and_then(|mut driver| {
            let (path, host) = (self.session.path(), self.session.authority());
            write!(
                driver,
                "DELETE {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            )?;
            driver.read(&mut [0; 64])
        });
        if let Err(error) = ended {
            eprintln!("a browser was not ended: {error}");
        }
    }
}

fn capabilities(scripts: Scripts, profile: &TempDir) -> Value {
    let mut options = json!({"args": [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--hide-scrollbars",
        // The identity provider of stories has a certificate of their own.
        "--ignore-certificate-errors",
        format!("--user-data-dir={}", profile.path().display()),
    ]});
    if scripts == Scripts::Off {
        // What an administrator sets to forbid scripts everywhere: 2 means block.
        options["prefs"] = json!({"profile.managed_default_content_settings.javascript": 2});
    }
    json!({
        "goog:chromeOptions": options,
        "goog:loggingPrefs": {"browser": "ALL"},
        "webauthn:virtualAuthenticators": true,
    })
}

/// A command of chromedriver's that the standard does not have.
#[derive(Debug)]
struct Command {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, driver: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        driver.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (
            self.method.clone(),
            self.body.as_ref().map(Value::to_string),
        )
    }
}
