//! Somebody at a browser, in words. Who it is changes as the story goes: all that is between two people at one
//! browser is signing out. What they are shown and type is looked through for secrets of their world.

use std::sync::Arc;

use chrono::TimeDelta;
use fantoccini::Locator;
use fantoccini::elements::Element;
use lockbox::store::conn::DatabaseUrl;
use mail_parser::MessageParser;
use scraper::{Html, Selector};
use serde_json::Value;

use super::accessibility::assert_accessible;
use super::album::Album;
use super::chromium::{Chromium, Scripts, Viewport};
use super::inspection::inspect;
use crate::world::{Secrets, World};

pub struct Person {
    pub chromium: Chromium,
    base_url: String,
    viewport: Viewport,
    clicks: usize,
    album: Option<Album>,
    secrets: Option<Arc<Secrets>>,
}

impl Person {
    /// Somebody at a desk, in front of the portal at this address.
    pub async fn in_front_of(base_url: &str, scripts: Scripts) -> Self {
        Self {
            chromium: Chromium::start(scripts).await,
            base_url: base_url.to_owned(),
            viewport: Viewport::DESK,
            clicks: 0,
            album: None,
            secrets: None,
        }
    }

    /// Somebody at a desk, in front of this world's portal.
    pub async fn of(world: &World, scripts: Scripts) -> Self {
        Self {
            secrets: Some(Arc::clone(&world.secrets)),
            ..Self::in_front_of(&world.base_url, scripts).await
        }
    }

    /// Somebody at a desk in this world. The story's pictures are taken on one database, with scripts.
    pub async fn at_a_desk(world: &World, story: &str, scripts: Scripts) -> Self {
        let person = Self::of(world, scripts).await;
        match world.database {
            DatabaseUrl::Sqlite(_) if scripts == Scripts::On => {
                person.with(Album::of(story, &["light"]))
            }
            _ => person,
        }
    }

    /// The same, and pictures are taken of every page.
    pub fn with(self, album: Album) -> Self {
        Self {
            album: Some(album),
            ..self
        }
    }

    /// The next page is looked at with a phone.
    pub fn takes_a_phone(&mut self) {
        self.viewport = Viewport::PHONE;
    }

    /// The next page is looked at from a desk.
    pub fn goes_to_a_desk(&mut self) {
        self.viewport = Viewport::DESK;
    }

    pub async fn open(&mut self, path: &str) {
        let address = format!("{}{path}", self.base_url);
        self.chromium.client.goto(&address).await.unwrap();
        self.arrive().await;
    }

    /// Presses what has these words and leads to another page.
    pub async fn click(&mut self, words: &str) {
        self.clicks += 1;
        self.press(words).await;
    }

    /// Presses the button with these words in the entry of a list that has this heading.
    pub async fn click_in(&mut self, entry: &str, words: &str) {
        self.clicks += 1;
        let path = format!(
            "//li[.//b[normalize-space() = \"{entry}\"]]//button[normalize-space() = \"{words}\"]"
        );
        let button = self.shown(&path).await.remove(0);
        self.follow(button).await;
    }

    /// Clicks so far, without those of signing in.
    pub fn clicks(&self) -> usize {
        self.clicks
    }

    /// Signs in at the door, after whoever was signed in before has signed out.
    pub async fn sign_in(&mut self, world: &World, name: &str) {
        if self.can_press("Sign out").await {
            self.sign_out().await;
        } else {
            self.open("/sign-in").await;
        }
        self.show_both_factors(world, name).await;
    }

    /// Signs in where the door opened by itself.
    pub async fn show_both_factors(&mut self, world: &World, name: &str) {
        let account = world.account(name).clone();
        self.fill("Email", &account.email).await;
        self.fill("Password", &account.password).await;
        self.press("Sign in").await;
        self.fill("Verification code", &world.code(name)).await;
        self.press("Verify").await;
        let path = self.path().await;
        assert!(
            !path.starts_with("/sign-in"),
            "{name} could not sign in:\n{}",
            self.words().await
        );
    }

    /// Shows the password, and no second factor yet.
    pub async fn show_the_password(&mut self, world: &World, name: &str) {
        let account = world.account(name).clone();
        self.open("/sign-in").await;
        self.fill("Email", &account.email).await;
        self.fill("Password", &account.password).await;
        self.press("Sign in").await;
    }

    /// Opens the door, where a device offers itself, and is in without a press.
    pub async fn is_let_in_by_the_device(&mut self) {
        let address = format!("{}/sign-in", self.base_url);
        self.chromium.client.goto(&address).await.unwrap();
        self.chromium
            .until("the device has let them in", async || {
                let here = self.chromium.client.current_url().await.unwrap();
                here.path() == "/"
            })
            .await;
        self.arrive().await;
    }

    pub async fn sign_out(&mut self) {
        self.press("Sign out").await;
        self.see("Sign in").await;
    }

    /// Follows the button of the newest mail to this person; that is a click.
    pub async fn follow_the_mail_to(&mut self, world: &World, name: &str) {
        world.new_mails().await;
        let address = button_of(&world.newest_mail_to(name));
        self.clicks += 1;
        self.chromium.client.goto(&address).await.unwrap();
        self.arrive().await;
    }

    /// Types into the field with this label, in place of what is there.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        if let Some(secrets) = &self.secrets {
            let name = field.attr("name").await.unwrap();
            secrets.know_typed(&name.unwrap_or_default(), text);
        }
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses in the list with this label.
    pub async fn choose(&self, label: &str, option: &str) {
        self.field(label)
            .await
            .select_by_label(option)
            .await
            .unwrap();
    }

    /// Opens what is folded away under these words.
    pub async fn unfold(&self, words: &str) {
        let path = format!("//summary[normalize-space() = \"{words}\"]");
        self.shown(&path).await.remove(0).click().await.unwrap();
    }

    /// Looks at the page again after something else: then scripts look for news.
    pub async fn comes_back(&self) {
        let look = "document.dispatchEvent(new Event('visibilitychange'))";
        self.chromium.ask(look).await;
    }

    /// Time goes by before the open page, for the world and for the browser; then its scripts look.
    pub async fn sits_there(&self, world: &World, time: TimeDelta) {
        world.pass(time);
        let later = format!(
            "const before = Date.now; Date.now = () => before() + {};",
            time.num_milliseconds()
        );
        self.chromium.ask(&later).await;
        self.comes_back().await;
    }

    /// The code that the authenticator app set up by this page shows now.
    pub async fn code_of_the_page(&self, world: &World) -> String {
        world.code_of_words(&self.words().await)
    }

    /// The first of the recovery codes on the page.
    pub async fn first_code(&self) -> String {
        self.shown("//ol//code")
            .await
            .remove(0)
            .text()
            .await
            .unwrap()
    }

    /// Turns the switch with this label to its other side.
    pub async fn turn(&self, label: &str) {
        self.field(label).await.click().await.unwrap();
    }

    pub async fn is_turned_on(&self, label: &str) -> bool {
        self.field(label).await.is_selected().await.unwrap()
    }

    /// What stands in the field with this label.
    pub async fn value_of(&self, label: &str) -> String {
        self.field(label)
            .await
            .prop("value")
            .await
            .unwrap()
            .unwrap_or_default()
    }

    pub async fn has_field(&self, label: &str) -> bool {
        !self.labels(label).await.is_empty()
    }

    pub async fn says(&self, words: &str) -> bool {
        self.words().await.contains(words)
    }

    pub async fn see(&self, words: &str) {
        let seen = self.words().await;
        assert!(
            seen.contains(words),
            "{words:?} is not on {}:\n{seen}",
            self.path().await
        );
    }

    pub async fn title(&self) -> String {
        self.chromium.client.title().await.unwrap()
    }

    /// Whether something with these words can be pressed.
    pub async fn can_press(&self, words: &str) -> bool {
        !self.pressable(words).await.is_empty()
    }

    pub async fn path(&self) -> String {
        let address = self.chromium.client.current_url().await.unwrap();
        assert!(
            address.as_str().starts_with(&self.base_url),
            "{address} is elsewhere"
        );
        address.path().to_owned()
    }

    /// Where something with these words is that can be pressed.
    pub async fn button(&self, words: &str) -> Element {
        let found = self.pressable(words).await;
        let Some(target) = found.into_iter().next() else {
            panic!(
                "nothing to press says {words:?} on {}:\n{}",
                self.path().await,
                self.words().await
            );
        };
        let name = self.chromium.accessible_name(&target).await;
        assert!(name.starts_with(words), "{words:?} is called {name:?}");
        target
    }

    /// How many forms two presses of this button would send; none is sent.
    pub async fn forms_of_two_presses(&self, words: &str) -> Value {
        let button = serde_json::to_value(self.button(words).await).unwrap();
        let script = "let sent = 0; const [button] = arguments; \
            button.form.addEventListener('submit', (event) => { if (!event.defaultPrevented) sent += 1; event.preventDefault(); }); \
            button.click(); button.click(); return sent;";
        let counted = self.chromium.client.execute(script, vec![button]).await;
        counted.unwrap()
    }

    /// Where this fact of a request is.
    pub async fn fact(&self, name: &str) -> Element {
        let path = format!("//dl/div[dt[normalize-space() = \"{name}\"]]");
        self.shown(&path).await.remove(0)
    }

    async fn press(&mut self, words: &str) {
        let button = self.button(words).await;
        self.follow(button).await;
    }

    async fn follow(&mut self, button: Element) {
        let page = self
            .chromium
            .client
            .find(Locator::Css("html"))
            .await
            .unwrap();
        button.click().await.unwrap();
        self.chromium
            .until("another page is there", async || {
                page.tag_name().await.is_err()
            })
            .await;
        self.arrive().await;
    }

    /// What shows these words and can be pressed; if something says exactly these, only that.
    async fn pressable(&self, words: &str) -> Vec<Element> {
        let says = |test: &str| format!("//a[@href][{test}] | //button[{test}]");
        let exactly = says(&format!("normalize-space() = \"{words}\""));
        let roughly = says(&format!("starts-with(normalize-space(), \"{words}\")"));
        for path in [exactly, roughly] {
            let shown = self.shown(&path).await;
            if !shown.is_empty() {
                return shown;
            }
        }
        Vec::new()
    }

    async fn field(&self, label: &str) -> Element {
        let labels = self.labels(label).await;
        let Some(found) = labels.first() else {
            panic!(
                "no field {label:?} on {}:\n{}",
                self.path().await,
                self.words().await
            );
        };
        let id = found.attr("for").await.unwrap().unwrap();
        let field = self.chromium.client.find(Locator::Id(&id)).await.unwrap();
        assert_eq!(self.chromium.accessible_name(&field).await, label);
        field
    }

    async fn labels(&self, label: &str) -> Vec<Element> {
        self.shown(&format!("//label[normalize-space() = \"{label}\"]"))
            .await
    }

    async fn shown(&self, path: &str) -> Vec<Element> {
        let mut shown = Vec::new();
        for element in self
            .chromium
            .client
            .find_all(Locator::XPath(path))
            .await
            .unwrap()
        {
            if element.is_displayed().await.unwrap() {
                shown.push(element);
            }
        }
        shown
    }

    async fn words(&self) -> String {
        let body = self
            .chromium
            .client
            .find(Locator::Css("body"))
            .await
            .unwrap();
        let text = body.text().await.unwrap();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The page, its address and the browser's cookies.
    async fn know_what_is_shown(&self) {
        let Some(secrets) = &self.secrets else {
            return;
        };
        let client = &self.chromium.client;
        secrets.know_text(client.current_url().await.unwrap().as_str());
        secrets.know_text(&client.source().await.unwrap());
        for cookie in client.get_all_cookies().await.unwrap() {
            secrets.know(cookie.value());
        }
    }

    async fn arrive(&mut self) {
        self.know_what_is_shown().await;
        inspect(&self.chromium).await;
        if let Some(album) = &mut self.album {
            album.take(&self.chromium).await;
            assert_accessible(&self.chromium, &self.base_url).await;
        }
        self.chromium.resize(self.viewport).await;
    }
}

/// Where the one button of a mail leads.
fn button_of(mail: &str) -> String {
    let mail = MessageParser::default().parse(mail.as_bytes()).unwrap();
    let letter = Html::parse_document(&mail.body_html(0).unwrap());
    let links = Selector::parse("a[href]").unwrap();
    let mut buttons = letter
        .select(&links)
        .filter(|link| link.text().collect::<String>().trim() == "Review request");
    let button = buttons.next().expect("the mail has its button");
    button.attr("href").unwrap().to_owned()
}
