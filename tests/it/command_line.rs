//! The binary as somebody types it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::world::command::{done, refused};
use crate::world::new_postgres_database;
use crate::world::secrets::assert_shows_none;
use lockbox::store::conn::DatabaseUrl;

/// The binary on a database, with its key in `folder` and nothing of the test run's environment.
fn lockbox(folder: &Path, database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lockbox"));
    command
        .args(arguments)
        .env_clear()
        .env("LOCKBOX_DATABASE_URL", database)
        .env("LOCKBOX_SECRET_KEY_FILE", folder.join("lockbox.key"))
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(folder: &Path, database: &str, arguments: &[&str], typed: &str) -> Output {
    let mut child = lockbox(folder, database, arguments).spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(typed.as_bytes())
        .unwrap();
    ended(child)
}

/// What it came to; what it says beside its purpose shows no secret.
fn ended(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    assert_shows_none(&String::from_utf8_lossy(&output.stderr), []);
    output
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_deployment_is_enrolled_and_verified_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    enrol_and_verify(
        folder.path(),
        &format!("sqlite://{}/lockbox.db", folder.path().display()),
    );
}

#[test]
fn a_deployment_is_enrolled_and_verified_on_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let DatabaseUrl::Postgres(url) = new_postgres_database() else {
        unreachable!()
    };
    enrol_and_verify(folder.path(), &url);
}

fn enrol_and_verify(folder: &Path, database: &str) {
    let lockbox = |words: &str, typed: &str| {
        let arguments: Vec<&str> = words.split(' ').collect();
        run(folder, database, &arguments, typed)
    };
    let password = "a long enough password\n";
    let tenant = "tenant add --key fabrikam --name Fabrikam --zone Europe/Berlin";
    let kim = "person add --email Kim@Fabrikam.example --name Kim --role global_administrator --tenant fabrikam";
    done(&lockbox("migrate", ""));
    done(&lockbox(tenant, ""));
    refused(&lockbox(tenant, ""), "the tenant's key is taken");
    done(&lockbox("service add --key teams --name Teams", ""));
    let secret = done(&lockbox(kim, password));
    assert_eq!(
        secret.trim().len(),
        32,
        "the second factor's secret in base 32"
    );
    refused(&lockbox(kim, password), "this mail address is taken");
    refused(&lockbox(kim, "short\n"), "at least 12 characters");
    let other_side =
        "person add --email x@provider.example --name X --role engineer --tenant fabrikam";
    refused(&lockbox(other_side, password), "roles of the side");
    let key = done(&lockbox(
        "key add --name tool --scope requests:write,access:read",
        "",
    ));
    assert!(key.starts_with("lbx_"), "{key}");
    set_what_the_provider_sets(&lockbox);
    let pass = "access pass --base-url https://lockbox.example --request";
    refused(
        &lockbox(&format!("{pass} LBX-7Q2M-9XKD"), ""),
        "there is no such thing",
    );
    refused(&lockbox(&format!("{pass} LBX-1"), ""), "is no reference");
    for rotate in ["pass-key rotate", "pass-key rotate --at-once"] {
        let said = done(&lockbox(rotate, ""));
        assert!(said.contains("signs access passes from"), "{said}");
    }
    assert!(done(&lockbox("audit verify", "")).contains("Nothing was found"));
    let kept = folder.join("checkpoint");
    std::fs::write(
        &kept,
        done(&lockbox("audit checkpoint --tenant fabrikam", "")),
    )
    .unwrap();
    done(&lockbox(
        &format!("audit verify --checkpoint {}", kept.display()),
        "",
    ));
    verify_against_a_mail(
        &lockbox,
        "fabrikam",
        &std::fs::read_to_string(&kept).unwrap(),
    );
    verify_against_a_mail(
        &lockbox,
        "provider",
        &done(&lockbox("audit checkpoint", "")),
    );
    let mut other_key = self::lockbox(
        folder,
        database,
        &["tenant", "add", "--key", "x", "--name", "X"],
    );
    other_key
        .env_remove("LOCKBOX_SECRET_KEY_FILE")
        .env("LOCKBOX_SECRET_KEY", "ab".repeat(32));
    refused(&other_key.output().unwrap(), "does not open this database");
}

/// A mail says the size and the root that the checkpoint says, and they are compared as it is.
fn verify_against_a_mail(lockbox: &impl Fn(&str, &str) -> Output, whose: &str, checkpoint: &str) {
    let mut lines = checkpoint.lines().skip(1);
    let (size, root) = (lines.next().unwrap(), lines.next().unwrap());
    let verify = |size: &str, root: &str| {
        lockbox(
            &format!("audit verify --tenant {whose} --size {size} --root {root}"),
            "",
        )
    };
    let found = |output: &Output, words: &str| {
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            !output.status.success() && said.contains(words),
            "{output:?}"
        );
    };
    done(&verify(size, root));
    let longer = (size.parse::<u64>().unwrap() + 1).to_string();
    found(
        &verify(&longer, root),
        "they are missing, or an older copy was put back",
    );
    let other = root.replace(|c: char| c.is_ascii_alphabetic(), "A");
    found(&verify(size, &other), "are not those it was made of");
    refused(&lockbox("audit verify --size 3", ""), "--root");
}

/// Entitlement, suspension and proposed coverage, each with its words and its refusals.
fn set_what_the_provider_sets(lockbox: &impl Fn(&str, &str) -> Output) {
    let said = |words: &str| done(&lockbox(words, ""));
    let listed = || said("tenant list");
    assert_eq!(listed(), "fabrikam\tFabrikam\toff\tincluded\n");
    let entitle = "tenant entitle --key fabrikam";
    assert!(said(&format!("{entitle} --trial")).starts_with("Fabrikam (fabrikam): trial until "));
    assert_eq!(
        said(&format!("{entitle} --plan E5")),
        "Fabrikam (fabrikam): included in E5.\n"
    );
    said(&format!("{entitle} --without-plan"));
    assert_eq!(listed(), "fabrikam\tFabrikam\toff\twithout a plan\n");
    refused(&lockbox(entitle, ""), "say --plan NAME, --trial or");
    refused(
        &lockbox(&format!("{entitle} --trial --plan E5"), ""),
        "cannot be used with",
    );
    refused(
        &lockbox("tenant entitle --key nobody --trial", ""),
        "There is no tenant with this key",
    );

    let suspend = "tenant suspend --key fabrikam --reason Unpaid";
    said(suspend);
    assert!(listed().contains("\tsuspended since 20"));
    refused(&lockbox(suspend, ""), "suspended already");
    said("tenant resume --key fabrikam");
    refused(
        &lockbox("tenant resume --key fabrikam", ""),
        "not suspended",
    );

    let propose = "service propose --key teams --not-covered";
    assert!(said(propose).contains("Nothing changes for a tenant until"));
    refused(&lockbox(propose, ""), "what is proposed already");
    said("service propose --key teams");
}

#[test]
fn a_database_that_is_not_there_is_said_and_nothing_is_made_in_its_stead() {
    let folder = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (database, words) in [
        (
            "mysql://db/lockbox".to_owned(),
            "must be sqlite:///absolute/path.db or postgres://",
        ),
        (
            "sqlite://lockbox.db".to_owned(),
            "must be sqlite:///absolute/path.db or postgres://",
        ),
        (
            format!("postgres://nobody@{closed}/lockbox"),
            "cannot be opened",
        ),
        (
            format!("sqlite://{}/no/such/folder.db", folder.path().display()),
            "cannot be opened",
        ),
    ] {
        refused(&run(folder.path(), &database, &["migrate"], ""), words);
    }
    let missing = format!("sqlite://{}/typo.db", folder.path().display());
    for arguments in [
        &["audit", "verify"][..],
        &["tenant", "add", "--key", "x", "--name", "X"],
    ] {
        refused(
            &run(folder.path(), &missing, arguments, ""),
            "there is no database",
        );
    }
    assert_eq!(files(folder.path()), 0);
}

#[test]
fn postgresql_is_reached_over_tls_and_only_with_the_right_authority() {
    let folder = tempfile::tempdir().unwrap();
    let authority = std::env::var("LOCKBOX_TEST_POSTGRES_CA")
        .expect("tests/run.sh names the certificate of its PostgreSQL");
    let DatabaseUrl::Postgres(url) = new_postgres_database() else {
        unreachable!()
    };
    let with = |authority: &str| format!("{url}?sslmode=verify-full&sslrootcert={authority}");
    done(&run(folder.path(), &with(&authority), &["migrate"], ""));
    let stranger = folder.path().join("stranger.pem");
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=stranger",
            "-days",
            "2",
            "-keyout",
            "/dev/null",
            "-out",
        ])
        .arg(&stranger)
        .output()
        .unwrap();
    assert!(made.status.success());
    let strange = with(stranger.to_str().unwrap());
    refused(
        &run(folder.path(), &strange, &["migrate"], ""),
        "certificate verify failed",
    );
}

fn answers(at: SocketAddr) -> bool {
    let Ok(mut stream) = std::net::TcpStream::connect(at) else {
        return false;
    };
    let ask = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    stream.write_all(ask).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

#[test]
fn a_sqlite_file_has_one_server_and_commands_run_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}/lockbox.db", folder.path().display());
    let mail = format!("folder://{}/mail", folder.path().display());
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let listen = port.to_string();
    let serve = ["serve", "--listen", &listen, "--mail", &mail];
    let server = served(lockbox(folder.path(), &database, &serve), port);
    refused(
        &run(folder.path(), &database, &serve, ""),
        "one server per SQLite file",
    );
    done(&run(
        folder.path(),
        &database,
        &["tenant", "add", "--key", "beside", "--name", "Beside"],
        "",
    ));
    stop(server);
}

/// Starts a server and waits until it answers: what only listens does not handle signals yet.
fn served(mut command: Command, at: SocketAddr) -> Child {
    let mut server = command.spawn().unwrap();
    while !answers(at) {
        assert!(
            server.try_wait().unwrap().is_none(),
            "the server did not start"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    server
}

fn stop(server: Child) {
    let stop = Command::new("kill")
        .arg(server.id().to_string())
        .status()
        .unwrap();
    assert!(
        stop.success() && ended(server).status.success(),
        "SIGTERM ends it in good order"
    );
}

/// A node that ran on would go on with the former key, and seal with it what the new one does not open.
#[test]
fn the_server_key_of_a_postgresql_is_rotated_while_nobody_serves() {
    let folder = tempfile::tempdir().unwrap();
    let DatabaseUrl::Postgres(database) = new_postgres_database() else {
        unreachable!()
    };
    let mail = format!("folder://{}/mail", folder.path().display());
    let nodes: Vec<_> = (0..2)
        .map(|_| {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap();
            let listen = port.to_string();
            let serve = ["serve", "--listen", &listen, "--mail", &mail];
            served(lockbox(folder.path(), &database, &serve), port)
        })
        .collect();
    let rotate = || {
        let rotate = ["key", "rotate", "--new-secret-key-file", "new.key"];
        run(folder.path(), &database, &rotate, "")
    };
    for node in nodes {
        refused(&rotate(), "stop every `lockbox serve` first");
        done(&run(folder.path(), &database, &["tenant", "list"], ""));
        stop(node);
    }
    assert!(!folder.path().join("new.key").exists(), "nothing was begun");
    // The database hears a moment later that the last one has gone.
    let mut rotated = rotate();
    for _ in 0..100 {
        if rotated.status.success() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
        rotated = rotate();
    }
    assert!(done(&rotated).contains("Sealed anew"));
}

#[test]
fn what_cannot_be_understood_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}/lockbox.db", folder.path().display());
    for (arguments, words) in [
        (&["serve"][..], "--mail"),
        (&["serve", "--mail", "folder://relative"], "absolute path"),
        (
            &["serve", "--mail", "http://mail.example"],
            "mail server must be",
        ),
        (
            &[
                "serve",
                "--mail",
                "folder:///tmp/x",
                "--listen",
                "0.0.0.0:0",
            ],
            "--base-url is needed",
        ),
        (
            &[
                "serve",
                "--mail",
                "folder:///tmp/x",
                "--base-url",
                "http://lockbox.example",
            ],
            "must be https",
        ),
        (
            &["serve", "--mail", "folder:///tmp/x", "--workers", "0"],
            "workers",
        ),
        (&["demo", "--listen", "0.0.0.0:0"], "loopback only"),
    ] {
        refused(&run(folder.path(), &database, arguments, ""), words);
    }
}

/// What the former key opened, the new one opens, and the former one no more.
#[test]
fn the_server_key_is_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let database = format!("sqlite://{}/lockbox.db", folder.display());
    let run = |command: &str, typed: &str| {
        let arguments: Vec<_> = command.split(' ').collect();
        run(folder, &database, &arguments, typed)
    };
    done(&run("migrate", ""));
    let person = "person add --email rosa@provider.example --name Rosa --role support_manager";
    for guessed_first in ["password12345", "rosa@provider.example", "short"] {
        refused(&run(person, &format!("{guessed_first}\n")), "password");
    }
    done(&run(person, "a password that is long\n"));
    let rotate = "key rotate --new-secret-key-file new.key";
    let said = done(&run(rotate, ""));
    assert!(said.contains("1 authenticator apps"), "{said}");
    refused(&run(rotate, ""), "does not open this database");
    done(&run("audit verify", ""));
    std::fs::rename(folder.join("new.key"), folder.join("lockbox.key")).unwrap();
    done(&run("key add --name tickets --scope requests:read", ""));
}
