//! The yardstick of `tests/bench.sh`: one bare route that answers "ok".
//!
//! `plaintext PORT` serves it on 127.0.0.1 with one worker until it is told to stop.

use std::io::{Error, ErrorKind};
use std::net::Ipv4Addr;

use actix_web::{App, HttpServer, web};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port: u16 = std::env::args()
        .nth(1)
        .and_then(|port| port.parse().ok())
        .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "usage: plaintext PORT"))?;
    HttpServer::new(|| App::new().route("/", web::get().to(async || "ok")))
        .workers(1)
        .bind((Ipv4Addr::LOCALHOST, port))?
        .run()
        .await
}
