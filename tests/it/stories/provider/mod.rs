//! The provider's own pages: the queue, active access, more time, tenants, services.

mod active_access;
mod more_time;
mod queue;
mod services;
mod tenants;

use scraper::{Html, Selector};

use crate::world::Page;

/// The text of everything on a page that fits a CSS selector.
fn texts(page: &Page, selector: &str) -> Vec<String> {
    let html = Html::parse_document(&page.html);
    html.select(&Selector::parse(selector).unwrap())
        .map(|found| found.text().collect())
        .collect()
}

/// The references in a page's table, in their order.
fn listed(page: &Page) -> Vec<String> {
    texts(page, "tbody th a")
}
