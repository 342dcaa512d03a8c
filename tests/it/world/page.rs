//! A page as somebody reads it: its words, its links, its forms.

use reqwest::StatusCode;
use scraper::{ElementRef, Html, Selector};

/// An answer that was read whole.
pub struct Page {
    pub status: StatusCode,
    pub path: String,
    pub headers: reqwest::header::HeaderMap,
    pub html: String,
}

/// A form as it stands on a page, with what it would send.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    pub method: String,
    pub fields: Vec<(String, String)>,
}

impl Page {
    fn parsed(&self) -> Html {
        Html::parse_document(&self.html)
    }

    /// Everything a reader sees, in one line.
    pub fn words(&self) -> String {
        words(self.parsed().root_element())
    }

    /// Where it leads, if it leads elsewhere.
    pub fn location(&self) -> Option<&str> {
        let location = self.headers.get("location");
        let location = location.filter(|_| self.status.is_redirection())?;
        Some(location.to_str().unwrap())
    }

    pub fn says(&self, words: &str) -> bool {
        self.words().contains(words)
    }

    #[track_caller]
    pub fn expect(self, words: &str) -> Self {
        assert!(
            self.says(words),
            "{words:?} is not on {} ({}):\n{}",
            self.path,
            self.status,
            self.words()
        );
        self
    }

    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}:\n{}",
            self.path,
            self.words()
        );
        self
    }

    /// Where a link with these words leads.
    #[track_caller]
    pub fn link(&self, text: &str) -> String {
        let html = self.parsed();
        let link = html
            .select(&select("a[href]"))
            .find(|a| words(*a).contains(text));
        link.unwrap_or_else(|| panic!("no link {text:?} on {}:\n{}", self.path, self.words()))
            .attr("href")
            .unwrap()
            .to_owned()
    }

    /// Whether there is such an element, by a CSS selector.
    pub fn has(&self, selector: &str) -> bool {
        self.parsed().select(&select(selector)).next().is_some()
    }

    /// Whether a field of this name is filled in with this, as a browser reads it.
    pub fn has_filled_in(&self, name: &str, value: &str) -> bool {
        let fields =
            format!("input[name=\"{name}\"], textarea[name=\"{name}\"], select[name=\"{name}\"]");
        let html = self.parsed();
        html.select(&select(&fields))
            .filter_map(field)
            .any(|(_, shown)| shown.replace("\r\n", "\n") == value.replace("\r\n", "\n"))
    }

    pub fn has_button(&self, text: &str) -> bool {
        self.parsed()
            .select(&select("button"))
            .any(|button| words(button).contains(text))
    }

    /// The form that the button with these words sends, as it is filled in now.
    #[track_caller]
    pub fn form(&self, button: &str) -> Form {
        let html = self.parsed();
        let found = html
            .select(&select("button"))
            .find(|b| words(*b).contains(button));
        let button = found.unwrap_or_else(|| {
            panic!(
                "no button {button:?} on {} ({}):\n{}",
                self.path,
                self.status,
                self.words()
            )
        });
        let form = match button.attr("form") {
            Some(id) => html
                .select(&select(&format!("form[id=\"{id}\"]")))
                .next()
                .unwrap(),
            None => button
                .ancestors()
                .filter_map(ElementRef::wrap)
                .find(|e| e.value().name() == "form")
                .unwrap(),
        };
        let mut fields: Vec<(String, String)> = form
            .select(&select("input[name], textarea[name], select[name]"))
            .filter_map(field)
            .collect();
        if let Some(id) = form.attr("id") {
            fields.extend(html.select(&select(&format!("input[form=\"{id}\"][name], select[form=\"{id}\"][name], textarea[form=\"{id}\"][name]"))).filter_map(field));
        }
        if let (Some(name), value) = (
            button.attr("name"),
            button.attr("value").unwrap_or_default(),
        ) {
            fields.push((name.to_owned(), value.to_owned()));
        }
        Form {
            action: button
                .attr("formaction")
                .or(form.attr("action"))
                .unwrap_or(&self.path)
                .to_owned(),
            method: button
                .attr("formmethod")
                .or(form.attr("method"))
                .unwrap_or("get")
                .to_owned(),
            fields,
        }
    }
}

impl Form {
    /// Fills a field in, or adds one that the form does not have.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(known, _)| known == name) {
            Some(field) => value.clone_into(&mut field.1),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known == name)
    }
}

fn field(element: ElementRef<'_>) -> Option<(String, String)> {
    let name = element.attr("name")?.to_owned();
    match element.value().name() {
        "textarea" => Some((name, element.text().collect())),
        "select" => {
            let options: Vec<_> = element.select(&select("option")).collect();
            let chosen = options
                .iter()
                .find(|o| o.attr("selected").is_some())
                .or(options.first())?;
            Some((name, chosen.attr("value").unwrap_or_default().to_owned()))
        }
        _ => match element.attr("type") {
            Some("checkbox" | "radio") if element.attr("checked").is_none() => None,
            _ => Some((name, element.attr("value").unwrap_or_default().to_owned())),
        },
    }
}

fn select(selector: &str) -> Selector {
    Selector::parse(selector).unwrap()
}

fn words(element: ElementRef<'_>) -> String {
    element
        .text()
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>()
        .join(" ")
}
