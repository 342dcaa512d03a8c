//! The pictures of a story, for people to look at: `target/screenshots/<story>/<number>-<place>-<width>.png`.

use std::fs;
use std::path::{Path, PathBuf};

use super::chromium::{Chromium, Viewport};

/// A page is shown whole, but not longer than this many pixels.
const HEIGHT_MAX: u64 = 6000;

pub struct Album {
    folder: PathBuf,
    pages: usize,
    /// Whether the door is in it already; people go through it again and again.
    has_door: bool,
    schemes: &'static [&'static str],
}

impl Album {
    /// An empty album, with pictures in these colour schemes.
    pub fn of(story: &str, schemes: &'static [&'static str]) -> Self {
        Self {
            folder: folder_of(story),
            pages: 0,
            has_door: false,
            schemes,
        }
    }

    /// Takes the pictures of the page that is open, and leaves the viewport wide.
    pub async fn take(&mut self, chromium: &Chromium) {
        let place = place(chromium.client.current_url().await.unwrap().path());
        if self.has_door && place.starts_with("sign-in") {
            return;
        }
        self.has_door |= place == "sign-in-second-factor";
        self.pages += 1;
        for viewport in [Viewport::PHONE, Viewport::TABLET, Viewport::DESK] {
            whole(chromium, viewport).await;
            for scheme in self.schemes {
                chromium.paint(scheme).await;
                let picture = chromium.client.screenshot().await.unwrap();
                let ending = if *scheme == "light" { "" } else { "-dark" };
                let name = format!("{:02}-{place}-{}{ending}.png", self.pages, viewport.width);
                fs::write(self.folder.join(name), picture).unwrap();
            }
            chromium.paint("light").await;
        }
    }
}

/// The folder for a story's pictures, empty.
pub fn folder_of(story: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name("screenshots")
        .join(story);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Makes the viewport as high as the page.
async fn whole(chromium: &Chromium, viewport: Viewport) {
    chromium.resize(viewport).await;
    let height = chromium
        .ask("return document.documentElement.scrollHeight")
        .await;
    let height = height.as_u64().unwrap_or_default().min(HEIGHT_MAX);
    let height = u32::try_from(height).unwrap().max(viewport.height);
    chromium.resize(Viewport { height, ..viewport }).await;
}

/// The path as part of a file's name, without references, which differ from run to run.
fn place(path: &str) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && !part.starts_with("LBX-"))
        .collect();
    if parts.is_empty() {
        "home".to_owned()
    } else {
        parts.join("-")
    }
}
