//! A browser, as people call it.

use std::fmt;

/// What a browser says of itself, in the few words that its owner knows it by: "Firefox on Windows".
#[derive(Clone, Copy, Debug)]
pub struct Device<'a>(pub &'a str);

/// What a `User-Agent` contains and what that is called. The first that fits: most browsers also name those that they
/// descend from.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
];

impl fmt::Display for Device<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |names: &[(&str, &'static str)]| {
            let found = names.iter().find(|(part, _)| self.0.contains(part));
            found.map(|(_, name)| *name)
        };
        match (of(&BROWSERS), of(&SYSTEMS)) {
            (Some(browser), Some(system)) => write!(f, "{browser} on {system}"),
            (Some(name), None) | (None, Some(name)) => f.write_str(name),
            (None, None) => f.write_str("A browser we do not know"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Device;

    #[test]
    fn browsers_are_called_what_people_call_them() {
        for (agent, called) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", "A browser we do not know"),
            ("<script>alert(1)</script>", "A browser we do not know"),
            ("", "A browser we do not know"),
        ] {
            assert_eq!(Device(agent).to_string(), called);
        }
    }
}
