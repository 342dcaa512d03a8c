//! What axe (<https://github.com/dequelabs/axe-core>) finds on the page that is open: all of its rules.

use std::fs;
use std::sync::LazyLock;

use serde_json::json;

use super::chromium::{Chromium, Viewport};
use crate::world::npm;

static AXE: LazyLock<String> = LazyLock::new(|| {
    let axe = npm::fetched("axe").join("node_modules/axe-core/axe.min.js");
    fs::read_to_string(axe).unwrap() + RUN
});

const RUN: &str = "
    ;const done = arguments[arguments.length - 1];
    const told = (rule) => rule.id + ': ' + rule.nodes.map((node) => node.html.slice(0, 200)).join(' | ');
    axe.run().then((found) => done(found.violations.map(told)), (error) => done(['axe: ' + error]));
";

/// Finds nothing on a phone in light nor at a desk in dark, or the story ends. What is not at this address is not ours.
pub async fn assert_accessible(chromium: &Chromium, base_url: &str) {
    let page = chromium.client.current_url().await.unwrap();
    if !page.as_str().starts_with(base_url) {
        return;
    }
    for (viewport, scheme) in [(Viewport::PHONE, "light"), (Viewport::DESK, "dark")] {
        chromium.resize(viewport).await;
        chromium.paint(scheme).await;
        let found = chromium.client.execute_async(&AXE, Vec::new()).await;
        assert_eq!(
            found.unwrap(),
            json!([]),
            "axe finds faults on {page}, {scheme}"
        );
    }
    chromium.paint("light").await;
}
