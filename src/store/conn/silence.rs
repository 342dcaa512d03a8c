//! Connections that a network cuts in silence: neither side is told, and whoever waits for an answer waits for ever. So
//! the system asks whether the other side is there, and gives a connection up within seconds.

/// What libpq is told where the operator's URL says nothing of it.
const DEFAULTS: [(&str, &str); 5] = [
    // Seconds for one server to take a connection.
    ("connect_timeout", "5"),
    // Seconds of silence before the other side is asked whether it is there, seconds between askings, and how many.
    ("keepalives_idle", "3"),
    ("keepalives_interval", "1"),
    ("keepalives_count", "3"),
    // Milliseconds for what was sent to be acknowledged.
    ("tcp_user_timeout", "6000"),
];

/// The URL with the defaults that it does not set itself. They come first: of two values libpq takes the last.
pub(super) fn noticed(url: &str) -> String {
    let (place, said) = match query_of(url) {
        Some(at) => (&url[..at], &url[at + 1..]),
        None => (url, ""),
    };
    let mut pairs: Vec<String> = DEFAULTS
        .into_iter()
        .filter(|(name, _)| !says(said, name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !said.is_empty() {
        pairs.push(said.to_owned());
    }
    format!("{place}?{}", pairs.join("&"))
}

fn says(query: &str, name: &str) -> bool {
    query
        .split('&')
        .any(|pair| pair.split_once('=').is_some_and(|(said, _)| said == name))
}

/// Where the query begins. A question mark in the password is none, as libpq reads it.
fn query_of(url: &str) -> Option<usize> {
    let from = url.find("://").map_or(0, |at| at + 3);
    let host = match url[from..].find(['@', '/']) {
        Some(at) if url[from + at..].starts_with('@') => from + at,
        _ => from,
    };
    url[host..].find('?').map(|at| host + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "connect_timeout=5&keepalives_idle=3&keepalives_interval=1&keepalives_count=3&tcp_user_timeout=6000";

    #[test]
    fn a_url_that_says_nothing_gets_every_default() {
        for url in [
            "postgres://lockbox@db/lockbox",
            "postgresql://lockbox:hunter2@db:5433/lockbox",
            "postgres://one:5432,two:5432/lockbox",
            "postgres://%2Frun%2Fpostgresql/lockbox",
            "postgres:///lockbox",
            "postgres://lockbox:hunter?2@db/lockbox",
        ] {
            assert_eq!(noticed(url), format!("{url}?{ALL}"));
        }
        assert_eq!(
            noticed("postgres://db/x?"),
            format!("postgres://db/x?{ALL}")
        );
    }

    #[test]
    fn what_the_operator_says_stays_and_wins() {
        let url = "postgres://db/x?sslmode=verify-full&tcp_user_timeout=60000&connect_timeout=30";
        assert_eq!(
            noticed(url),
            "postgres://db/x?keepalives_idle=3&keepalives_interval=1&keepalives_count=3&sslmode=verify-full&tcp_user_timeout=60000&connect_timeout=30"
        );
        for (name, _) in DEFAULTS {
            let theirs = format!("{name}=77");
            let url = noticed(&format!("postgres://db/x?{theirs}"));
            assert_eq!(url.matches(name).count(), 1, "{url}");
            assert!(url.ends_with(&theirs), "{url}");
        }
        let off = noticed("postgres://db/x?keepalives=0");
        assert_eq!(off, format!("postgres://db/x?{ALL}&keepalives=0"));
    }
}
