//! Somebody at the front door, with a browser that has no JavaScript.

use std::net::IpAddr;
use std::sync::Arc;

use reqwest::Client;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::redirect::Policy;

use super::World;
use super::authenticator::Authenticator;
use super::page::{Form, Page};

pub struct Visitor<'w> {
    world: &'w World,
    name: String,
    jar: Arc<Jar>,
    pub client: Client,
}

impl<'w> Visitor<'w> {
    /// At one of this machine's own addresses: `127.0.0.9`.
    pub fn at(world: &'w World, address: [u8; 4]) -> Self {
        let jar = Arc::<Jar>::default();
        let client = Client::builder()
            .cookie_provider(Arc::clone(&jar))
            .local_address(IpAddr::from(address))
            .redirect(Policy::none())
            .build()
            .unwrap();
        Self {
            world,
            name: String::new(),
            jar,
            client,
        }
    }

    /// Signs in through the pages: password, then code.
    pub async fn sign_in(&mut self, name: &str) -> Page {
        name.clone_into(&mut self.name);
        let account = self.world.account(name).clone();
        let page = self.get("/sign-in").await;
        let form = page
            .form("Sign in")
            .with("email", &account.email)
            .with("password", &account.password);
        let page = self.submit(form).await;
        let code = self.world.code(name);
        let page = self
            .submit(page.form("Verify").with("verification_code", &code))
            .await;
        assert!(
            !page.path.starts_with("/sign-in"),
            "{name} could not sign in:\n{}",
            page.words()
        );
        page
    }

    /// Opens a page and follows where it leads.
    pub async fn get(&self, path: &str) -> Page {
        let mut page = self.get_one(path).await;
        for _ in 0..5 {
            match page.location().map(str::to_owned) {
                Some(next) => page = self.get_one(&next).await,
                None => break,
            }
        }
        page
    }

    /// Opens a page and follows nothing.
    pub async fn get_one(&self, path: &str) -> Page {
        self.read(self.client.get(self.url(path)), path).await
    }

    /// Sends a form and follows where it leads. A verification code is entered where the form asks for one and the
    /// story gave none.
    pub async fn submit(&self, form: Form) -> Page {
        let page = self.submit_one(form).await;
        match page.location() {
            Some(next) => self.get(next).await,
            None => page,
        }
    }

    /// Sends a form and follows nothing.
    pub async fn submit_one(&self, mut form: Form) -> Page {
        if let Some(code) = form
            .fields
            .iter_mut()
            .find(|(name, value)| name == "verification_code" && value.is_empty())
            && !self.name.is_empty()
        {
            code.1 = self.world.code(&self.name);
        }
        self.send(&form).await
    }

    /// Sends a form exactly as it is.
    pub async fn send(&self, form: &Form) -> Page {
        self.world.secrets.know_form(form);
        let address = self.url(&form.action);
        let request = if form.method == "post" {
            let post = self.client.post(address);
            post.header("sec-fetch-site", "same-origin")
                .form(&form.fields)
        } else {
            let query: String = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&form.fields)
                .finish();
            self.client.get(format!("{address}?{query}"))
        };
        self.read(request, &form.action).await
    }

    /// What a script is told that asks for a challenge.
    pub async fn asked(&self, path: &str) -> serde_json::Value {
        let answer = self.get_one(path).await.expect_status(200);
        serde_json::from_str(&answer.html).unwrap()
    }

    /// Adds the device's passkey through the pages, with a fresh second factor, and follows where that leads.
    pub async fn add_passkey(&self, device: &mut Authenticator) -> Page {
        let page = self.get("/security/passkeys/new").await;
        let page = if page.has_button("Continue") {
            self.submit(page.form("Continue")).await
        } else {
            page
        };
        let said = device.create(&self.asked("/passkey/creation").await);
        self.submit(page.form("Create the passkey").with("passkey", &said))
            .await
    }

    /// Signs in with the device's passkey alone.
    pub async fn sign_in_with(&self, device: &mut Authenticator) -> Page {
        let page = self.get("/sign-in").await;
        let said = device.get(&self.asked("/passkey/request?door").await);
        let form = page.form("Sign in with a passkey");
        self.submit(form.with("passkey", &said)).await
    }

    /// A cookie of this visitor's.
    pub fn cookie(&self, name: &str) -> String {
        let url = self.world.base_url.parse().unwrap();
        let all = self.jar.cookies(&url).unwrap();
        let all = all.to_str().unwrap().to_owned();
        let mut pairs = all.split("; ").filter_map(|pair| pair.split_once('='));
        pairs.find(|(of, _)| *of == name).unwrap().1.to_owned()
    }

    /// Puts a cookie into this visitor's browser.
    pub fn set_cookie(&self, name: &str, value: &str) {
        let url = self.world.base_url.parse().unwrap();
        self.jar
            .add_cookie_str(&format!("{name}={value}; Path=/"), &url);
    }

    pub async fn read(&self, request: reqwest::RequestBuilder, path: &str) -> Page {
        let page = read(request, path).await.unwrap();
        self.world.secrets.know_page(&page);
        page
    }

    /// Nothing when the server stopped listening before all was said.
    pub async fn try_read(&self, request: reqwest::RequestBuilder, path: &str) -> Option<Page> {
        let page = read(request, path).await.ok()?;
        self.world.secrets.know_page(&page);
        Some(page)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.world.base_url)
    }
}

async fn read(request: reqwest::RequestBuilder, path: &str) -> reqwest::Result<Page> {
    let answer = request.send().await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    Ok(Page {
        status,
        path: path.to_owned(),
        headers,
        html: answer.text().await?,
    })
}
