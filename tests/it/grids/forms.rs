//! Form × what is wrong with it: a field that is missing, empty, broken, too long or hostile, and a body that is no form
//! (PROOF 4, 15 and 20). A new form is in both tables as soon as the stories know how to fill it in.

use chrono::TimeDelta;
use lockbox::domain::id::Reference;
use lockbox::domain::request::Request;

use super::Grid;
use crate::world::page::Page;
use crate::world::places::{self, Place};
use crate::world::{Visitor, World, stories};

/// What is put into one field, as it stands in the body; `None` leaves the field out.
const WRONG: [(&str, Option<&str>); 18] = [
    ("missing", None),
    ("empty", Some("")),
    ("blank", Some("+%09+")),
    ("NUL", Some("a%00b")),
    ("escape", Some("a%1b%5b31mb")),
    ("turned", Some("a%e2%80%aeb")),
    ("separator", Some("a%e2%80%a8b")),
    ("lines", Some("a%0d%0ab")),
    ("no UTF-8", Some("%ff%fe")),
    ("lone %", Some("100%zz%")),
    ("markup", Some("%22%3e%3cscript%3ealert(1)%3c/script%3e")),
    ("-1", Some("-1")),
    ("2^64", Some("18446744073709551616")),
    ("PT0M", Some("PT0M")),
    ("PT-1H", Some("PT-1H")),
    ("10 years", Some("PT87600H")),
    ("unknown", Some("00000000-0000-4000-8000-000000000000")),
    ("2,001", Some("@2001")),
];

stories! {
    /// Every field of every form × everything in [`WRONG`]. What is refused changes nothing, and a form shown again
    /// keeps what was typed; nothing breaks.
    async fn a_wrong_field_is_answered_as_the_grid_says(world: &World) {
        let mut grid = Grid::of(["right"].into_iter().chain(WRONG.map(|(name, _)| name)));
        for place in places::portal().iter().filter(|place| place.posts) {
            let mut form = Filled::of(world, place).await;
            for at in 0..form.fields.len() {
                let name = form.fields[at].0.clone();
                let right = encoded(&form.fields[at].1);
                let mut cells = vec![form.answer(Some((at, Some(&right)))).await];
                for (_, value) in WRONG {
                    cells.push(form.answer(Some((at, value))).await);
                }
                grid.row(format!("{} {name}", place.pattern), cells);
            }
            if form.fields.is_empty() {
                let mut cells = vec![form.answer(None).await];
                cells.resize(grid.columns.len(), String::new());
                grid.row(&place.pattern, cells);
            }
            world.close(&form.request.reference);
        }
        insta::assert_snapshot!("a_wrong_field", grid.text());
    }

    /// Every form × bodies that are none, too large, or of another type.
    async fn a_wrong_body_is_answered_as_the_grid_says(world: &World) {
        const FORM: &str = "application/x-www-form-urlencoded";
        let names = ["nothing", "token alone", "no type", "text", "JSON", "parts", "gzip", "other field", "20,000 fields", "brackets", "nothing but &", "64 KiB + 1", "10 MB"];
        let mut grid = Grid::of(names);
        for place in places::portal().iter().filter(|place| place.posts) {
            let mut form = Filled::of(world, place).await;
            let mut cells = Vec::new();
            for name in names {
                let token = format!("csrf={}", form.token);
                let right = format!("{token}&{}", form.body(None));
                let (kind, coding, body) = match name {
                    "nothing" => (FORM, "", String::new()),
                    "token alone" => (FORM, "", token),
                    "no type" => ("", "", right),
                    "text" => ("text/plain", "", right),
                    "JSON" => ("application/json", "", "{\"status\":\"approved\"}".to_owned()),
                    "parts" => ("multipart/form-data; boundary=x", "", format!("--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n--x--\r\n", form.token)),
                    "gzip" => (FORM, "gzip", right),
                    "other field" => (FORM, "", format!("{right}&status=approved")),
                    "20,000 fields" => (FORM, "", format!("{right}{}", "&a".repeat(20_000))),
                    "brackets" => (FORM, "", format!("{right}&a{}=1", "[a]".repeat(5_000))),
                    "nothing but &" => (FORM, "", format!("{right}{}", "&".repeat(20_000))),
                    "64 KiB + 1" => (FORM, "", format!("{right}&a={}", "x".repeat(64 * 1024 + 1 - right.len() - 3))),
                    _ => (FORM, "", format!("{right}&a={}", "x".repeat(10 * 1024 * 1024))),
                };
                cells.push(form.sent(kind, coding, body, None).await);
            }
            grid.row(&place.pattern, cells);
            world.close(&form.request.reference);
        }
        insta::assert_snapshot!("a_wrong_body", grid.text());
    }
}

/// A form that can be sent again and again: whenever it was taken, there is a new request for it.
struct Filled<'w> {
    world: &'w World,
    place: &'w Place,
    name: &'static str,
    visitor: Visitor<'w>,
    token: String,
    request: Request,
    fields: Vec<(String, String)>,
}

impl<'w> Filled<'w> {
    async fn of(world: &'w World, place: &'w Place) -> Self {
        let (name, request) = place.doer(world);
        let visitor = world.signed_in(name).await;
        let token = visitor.token().await;
        let fields = place.fields(request.version);
        Self {
            world,
            place,
            name,
            visitor,
            token,
            request,
            fields,
        }
    }

    /// The body without its token; one field may have another value, as it stands there, or none.
    fn body(&self, other: Option<(usize, Option<&str>)>) -> String {
        let written = |(at, (name, value)): (usize, &(String, String))| match other {
            Some((changed, None)) if changed == at => None,
            Some((changed, Some("@2001"))) if changed == at => {
                Some(format!("{name}={}", "x".repeat(2_001)))
            }
            Some((changed, Some(value))) if changed == at => Some(format!("{name}={value}")),
            _ => Some(format!("{name}={}", encoded(value))),
        };
        let pairs: Vec<String> = self.fields.iter().enumerate().filter_map(written).collect();
        pairs.join("&")
    }

    async fn answer(&mut self, other: Option<(usize, Option<&str>)>) -> String {
        let body = format!("csrf={}&{}", self.token, self.body(other));
        let (kind, wrong) = ("application/x-www-form-urlencoded", other.map(|(at, _)| at));
        let answer = self.sent(kind, "", body.clone(), wrong).await;
        if answer != "429" {
            return answer;
        }
        // The table is not about how often one may try.
        self.world.pass(TimeDelta::minutes(10));
        self.sent(kind, "", body, wrong).await
    }

    /// The status of the answer, after all that must hold whatever it is.
    async fn sent(
        &mut self,
        kind: &str,
        coding: &str,
        body: String,
        wrong: Option<usize>,
    ) -> String {
        let path = self.place.path(self.request.reference.as_str());
        let before = self.world.entries();
        let mut request = self.visitor.client.post(self.visitor.url(&path));
        for (header, value) in [("content-type", kind), ("content-encoding", coding)] {
            if !value.is_empty() {
                request = request.header(header, value);
            }
        }
        let large = body.len() > 1024 * 1024;
        let sent = self
            .visitor
            .try_read(request.body(body.clone()), &path)
            .await;
        let Some(page) = sent else {
            // A server may stop listening before all was said.
            assert!(large, "{path}: no answer to {body:.200}");
            assert_eq!(self.world.entries(), before);
            return "413".to_owned();
        };
        let told = format!("{path} ({}): {body:.300}\n{}", page.status, page.words());
        assert!(!page.status.is_server_error(), "{told}");
        if page.status != 201 && !page.status.is_redirection() {
            assert_eq!(self.world.entries(), before, "{told}");
            assert!(page.html.contains("<h1"), "no words: {told}");
            assert!(!page.html.contains("<script>alert"), "{told}");
        }
        if page.status == 422 && wrong.is_some() && page.has(&format!("form[action=\"{path}\"]")) {
            self.assert_kept(&page, wrong, &told);
        }
        self.world.put_back("fabrikam", "telemetry");
        if page.status.is_redirection() {
            self.another_key();
        }
        if self.world.stored(&self.request.reference) != self.request {
            self.world.close(&self.request.reference);
            (_, self.request) = self.place.doer(self.world);
            self.fields = self.place.fields(self.request.version);
        }
        let made = page
            .headers
            .get("location")
            .and_then(|to| to.to_str().unwrap().strip_prefix("/requests/"));
        if let Some(Ok(made)) = made.map(Reference::parse) {
            self.world.close(&made);
        }
        self.world.turn_on("fabrikam", "kim");
        if !self.visitor.get("/help").await.says("Sign out") {
            self.visitor = self.world.signed_in(self.name).await;
            self.token = self.visitor.token().await;
        }
        page.status.as_u16().to_string()
    }

    /// A key is never used again, so that the next one has to be another.
    fn another_key(&mut self) {
        let entries = self.world.entries();
        if let Some(key) = self.fields.iter_mut().find(|(name, _)| name == "key") {
            key.1 = format!("key-{entries}");
        }
    }

    /// The form is there again with all that was typed into its other fields, and says that something is wrong.
    fn assert_kept(&self, page: &Page, wrong: Option<usize>, told: &str) {
        assert!(page.html.contains("<title>Error:"), "{told}");
        for (at, (name, value)) in self.fields.iter().enumerate() {
            let shown = page.has(&format!("textarea[name=\"{name}\"], select[name=\"{name}\"], input[name=\"{name}\"]:not([type=hidden]):not([type=password])"));
            if Some(at) == wrong || !shown || name == "verification_code" {
                continue;
            }
            assert!(
                page.has_filled_in(name, value),
                "{name} is not kept: {told}"
            );
        }
    }
}

fn encoded(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}
