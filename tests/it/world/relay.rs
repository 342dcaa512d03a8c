//! A network between a node and its database, which a story cuts: in silence, as real ones do.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use lockbox::store::conn::DatabaseUrl;
use url::Url;

/// Hands on what it is sent. It ends with this value.
pub struct Relay {
    address: SocketAddr,
    network: Arc<Network>,
}

#[derive(Default)]
struct Network {
    /// What is sent gets lost, and nobody is told.
    silent: AtomicBool,
    over: AtomicBool,
    streams: Mutex<Vec<TcpStream>>,
}

impl Relay {
    /// In front of the PostgreSQL of this URL.
    pub fn before(database: &DatabaseUrl) -> Self {
        let url = parsed(database);
        let host = url.host_str().unwrap();
        let server = format!("{host}:{}", url.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let network = Arc::new(Network::default());
        let accepting = Arc::clone(&network);
        thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.over.load(Ordering::SeqCst) {
                    return;
                }
                if let (Ok(client), Ok(server)) = (client, TcpStream::connect(&server)) {
                    join(&accepting, &client, &server);
                }
            }
        });
        Self { address, network }
    }

    /// The way to the same database through here.
    pub fn way_to(&self, database: &DatabaseUrl) -> DatabaseUrl {
        let mut url = parsed(database);
        url.set_ip_host(self.address.ip()).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        DatabaseUrl::parse(url.as_str()).unwrap()
    }

    /// From now on everything gets lost.
    pub fn cut(&self) {
        self.network.silent.store(true, Ordering::SeqCst);
    }

    /// The network is back. Connections from before have lost something and are broken.
    pub fn mend(&self) {
        self.network.silent.store(false, Ordering::SeqCst);
        for stream in self.network.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.network.over.store(true, Ordering::SeqCst);
        self.mend();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

fn parsed(database: &DatabaseUrl) -> Url {
    let DatabaseUrl::Postgres(url) = database else {
        panic!("there is no network before SQLite");
    };
    url.parse().unwrap()
}

fn join(network: &Arc<Network>, client: &TcpStream, server: &TcpStream) {
    let ends = || (client.try_clone().unwrap(), server.try_clone().unwrap());
    let mut streams = network.streams.lock().unwrap();
    let (one, other) = ends();
    streams.extend([one, other]);
    let (from, to) = ends();
    let ours = Arc::clone(network);
    thread::spawn(move || hand_on(from, to, &ours));
    let (to, from) = ends();
    let ours = Arc::clone(network);
    thread::spawn(move || hand_on(from, to, &ours));
}

fn hand_on(mut from: TcpStream, mut to: TcpStream, network: &Network) {
    let mut bytes = [0; 8 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let lost = network.silent.load(Ordering::SeqCst);
        if !lost && to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
