//! The yardstick of `tests/bench.sh`: one bare route that answers "ok", to a GET and to a POST
//! whose body it takes.
//!
//! `plaintext PORT` serves it on 127.0.0.1 with one worker until it is told to stop.

use std::io::{Error, ErrorKind};
use std::net::Ipv4Addr;

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpServer};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port: u16 = std::env::args()
        .nth(1)
        .and_then(|port| port.parse().ok())
        .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "usage: plaintext PORT"))?;
    let routes = || {
        App::new()
            .route("/", web::get().to(async || "ok"))
            .route("/", web::post().to(async |_: Bytes| "ok"))
    };
    HttpServer::new(routes)
        .workers(1)
        .bind((Ipv4Addr::LOCALHOST, port))?
        .run()
        .await
}
