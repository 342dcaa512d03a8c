//! The static files, inside the binary, under addresses that carry the hash of their content.

use std::sync::LazyLock;

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed_for_web::{EmbedableFile, RustEmbed};
use sha2::{Digest, Sha256};

use super::error::WebError;
use super::page::Answer;
use super::view::Assets;
use crate::domain::hex::hex;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The addresses of the files pages name.
#[must_use]
pub fn addresses() -> Assets {
    Assets {
        css: address("app.css"),
        js: address("app.js"),
        icon: address("icon.svg"),
    }
}

/// `GET /static/{hash}/{name}`. The hash makes the address of another content another address, so the answer may
/// be kept for ever.
///
/// # Errors
/// 404 for an unknown name or another hash.
pub async fn serve(request: HttpRequest, path: web::Path<(String, String)>) -> Answer {
    let (hash, name) = path.into_inner();
    let file = Files::get(&name).filter(|file| hash_of(&bytes(file.data())) == hash);
    let file = file.ok_or(WebError::NotFound)?;
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, content_type(&name)))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((VARY, "accept-encoding"));
    let accepted = request
        .headers()
        .get(ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok());
    let brotli = accepted.is_some_and(|v| v.split(',').any(|coding| coding.trim() == "br"));
    match file.data_br() {
        Some(data) if brotli => Ok(answer
            .insert_header((CONTENT_ENCODING, "br"))
            .body(bytes(data))),
        _ => Ok(answer.body(bytes(file.data()))),
    }
}

fn address(name: &str) -> String {
    static HASHES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
        let hash = |name: &str| Some(hash_of(&bytes(Files::get(name)?.data())));
        ["app.css", "app.js", "icon.svg"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), hash(name)?)))
            .collect()
    });
    let hash = HASHES
        .iter()
        .find(|(known, _)| known == name)
        .map_or("", |(_, hash)| hash);
    format!("/static/{hash}/{name}")
}

/// A file's data is a slice in release builds and a vector in debug builds.
fn bytes(data: impl AsRef<[u8]>) -> Vec<u8> {
    data.as_ref().to_vec()
}

fn hash_of(data: &[u8]) -> String {
    hex(&Sha256::digest(data)[..8])
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
