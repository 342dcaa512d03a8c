//! A small SMTP server that keeps the mail it gets, and misbehaves as real ones do.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What the server does with a mail; read anew for every command, so a switch counts for open connections too.
#[derive(Clone, Copy, Debug)]
pub enum Behaviour {
    /// Takes the mail and says so.
    Keep,
    /// Refuses the recipient with 451: try again later.
    RefuseForNow,
    /// Refuses the recipient with 550: never try again.
    RefuseForGood,
    /// Refuses this recipient alone with 550, and repeats the address.
    RefuseForGoodTo(&'static str),
    /// Answers nothing for this long, once in each connection, and then takes the mail.
    Hang(Duration),
    /// Takes the recipient and closes the connection.
    DieAfterRecipient,
    /// Closes the connection in the middle of the mail.
    DieInData,
    /// Takes the mail and closes the connection instead of saying so.
    DieAfterData,
}

/// A mail as it came: its envelope, and its bytes without SMTP's dots.
#[derive(Clone, Debug)]
pub struct Kept {
    pub from: String,
    pub to: Vec<String>,
    pub raw: Vec<u8>,
}

/// The server. It lives on the runtime that started it and ends with this value.
pub struct SmtpSink {
    pub port: u16,
    state: Arc<Mutex<State>>,
    /// Bound and never listening: holds the port while the server is down, when connections are refused.
    _reserve: TcpSocket,
    listener: Option<JoinHandle<()>>,
}

impl SmtpSink {
    /// Opens a server on a free port of 127.0.0.1.
    pub fn start(behaviour: Behaviour) -> Self {
        let reserve = bind(0);
        let mut sink = Self {
            port: reserve.local_addr().unwrap().port(),
            state: Arc::new(Mutex::new(State {
                behaviour,
                connections: 0,
                mails: Vec::new(),
            })),
            _reserve: reserve,
            listener: None,
        };
        sink.up();
        sink
    }

    /// From now on the server does this.
    pub fn behave(&self, behaviour: Behaviour) {
        self.state.lock().unwrap().behaviour = behaviour;
    }

    /// Closes the door and cuts every connection.
    pub async fn down(&mut self) {
        if let Some(listener) = self.listener.take() {
            listener.abort();
            let _ = listener.await;
        }
    }

    /// Opens the door again, on the same port.
    pub fn up(&mut self) {
        if self.listener.is_none() {
            let door = bind(self.port).listen(64).unwrap();
            self.listener = Some(tokio::spawn(listen(door, Arc::clone(&self.state))));
        }
    }

    /// The mails taken so far, oldest first.
    pub fn mails(&self) -> Vec<Kept> {
        self.state.lock().unwrap().mails.clone()
    }

    /// Forgets the mails and connections so far.
    pub fn forget(&self) {
        let mut state = self.state.lock().unwrap();
        state.mails.clear();
        state.connections = 0;
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        if let Some(listener) = &self.listener {
            listener.abort();
        }
    }
}

struct State {
    behaviour: Behaviour,
    connections: usize,
    mails: Vec<Kept>,
}

fn bind(port: u16) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, port).into()).unwrap();
    socket
}

/// Owns the connections, so that ending this ends them.
async fn listen(door: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = door.accept().await.unwrap();
        state.lock().unwrap().connections += 1;
        connections.spawn(converse(stream, Arc::clone(&state)));
        while connections.try_join_next().is_some() {}
    }
}

/// One connection, until the other side leaves or the server dies of its behaviour.
async fn converse(stream: TcpStream, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    let behaviour = || state.lock().unwrap().behaviour;
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let (mut from, mut to) = (String::new(), Vec::new());
    let mut line = String::new();
    let mut answer = "220 sink.test ESMTP";
    let mut hung = false;
    loop {
        if let Behaviour::Hang(time) = behaviour()
            && !hung
        {
            tokio::time::sleep(time).await;
            hung = true;
        }
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;

        line.clear();
        if reader.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        answer = match (verb.as_str(), behaviour()) {
            ("EHLO", _) => "250-sink.test\r\n250-8BITMIME\r\n250 SMTPUTF8",
            ("RCPT", Behaviour::RefuseForNow) => "451 4.7.1 try again later",
            ("RCPT", Behaviour::RefuseForGood) => "550 5.1.1 no such mailbox",
            ("RCPT", Behaviour::RefuseForGoodTo(one)) if address(&line) == one => {
                writer
                    .write_all(format!("550-5.1.1 <{one}>\r\n").as_bytes())
                    .await?;
                "550 5.1.1 no such mailbox"
            }
            ("RCPT", _) => {
                to.push(address(&line));
                "250 2.1.5 ok"
            }
            ("DATA", Behaviour::DieAfterRecipient) => return Ok(()),
            ("MAIL", _) => {
                from = address(&line);
                to.clear();
                "250 2.1.0 ok"
            }
            ("DATA", _) if to.is_empty() => "503 5.5.1 nobody to send it to",
            ("DATA", _) => {
                writer.write_all(b"354 go on\r\n").await?;
                if matches!(behaviour(), Behaviour::DieInData) {
                    reader.read_line(&mut line).await?;
                    return Ok(());
                }
                let Some(raw) = data(&mut reader).await? else {
                    return Ok(());
                };
                state.lock().unwrap().mails.push(Kept {
                    from: std::mem::take(&mut from),
                    to: std::mem::take(&mut to),
                    raw,
                });
                if matches!(behaviour(), Behaviour::DieAfterData) {
                    return Ok(());
                }
                "250 2.0.0 kept"
            }
            ("RSET", _) => {
                to.clear();
                "250 2.0.0 ok"
            }
            ("QUIT", _) => return writer.write_all(b"221 2.0.0 bye\r\n").await,
            ("HELO" | "NOOP", _) => "250 2.0.0 ok",
            _ => "502 5.5.2 not known here",
        };
    }
}

/// The mail up to the line with the single dot; none when the connection ends before it.
async fn data(reader: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let (mut raw, mut line) = (Vec::new(), Vec::new());
    while reader.read_until(b'\n', &mut line).await? > 0 {
        if line == b".\r\n" {
            return Ok(Some(raw));
        }
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        line.clear();
    }
    Ok(None)
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap();
    let (address, _) = rest.split_once('>').unwrap();
    address.to_owned()
}
