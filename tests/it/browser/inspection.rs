//! What holds for every page that somebody comes to.

use serde_json::json;

use super::chromium::{Chromium, Viewport};

/// Looks the open page over: nothing to scroll sideways on phones, and a console with nothing to say.
pub async fn inspect(chromium: &Chromium) {
    let page = chromium.client.current_url().await.unwrap();
    let said: Vec<String> = chromium.console().await;
    // A refusal's own status is what its page is about.
    let its_status =
        format!("{page} - Failed to load resource: the server responded with a status of 4");
    let faults: Vec<&String> = said
        .iter()
        .filter(|line| !line.starts_with(&its_status))
        .collect();
    assert!(faults.is_empty(), "the console of {page} says {faults:#?}");

    for phone in [Viewport::SMALL_PHONE, Viewport::PHONE] {
        chromium.resize(phone).await;
        let too_wide = chromium.ask(TOO_WIDE).await;
        assert_eq!(
            too_wide,
            json!([]),
            "{page} scrolls sideways at {} px, because of these",
            phone.width
        );
    }
}

/// If the page can be scrolled sideways, what sticks out, or else the page itself.
const TOO_WIDE: &str = "
    const page = document.documentElement;
    if (page.scrollWidth <= page.clientWidth && page.scrollWidth <= innerWidth) return [];
    const out = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > page.clientWidth);
    return [page.scrollWidth + ' px', ...out.map((e) => e.outerHTML.slice(0, 120))];
";
