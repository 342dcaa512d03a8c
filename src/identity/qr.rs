//! QR codes (ISO/IEC 18004), medium error correction, as a picture for a page and as text for a terminal.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around the code, as the standard wants.
const QUIET: i32 = 4;

/// The text is too long for any QR code (2,331 bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for a QR code")]
pub struct TooLong;

/// An inline SVG, black on white whatever the page's theme. It has no style, script, link or id, so the
/// strictest content security policy shows it.
///
/// # Errors
///
/// [`TooLong`] beyond 2,331 bytes.
pub fn svg(text: &str) -> Result<String, TooLong> {
    let code = encode(text)?;
    let size = code.size();
    let mut dark = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let run = (x..size).take_while(|&x| code.get_module(x, y)).count();
            let run = i32::try_from(run).map_err(|_| TooLong)?;
            if run > 0 {
                // Writing to a String does not fail.
                let _ = write!(dark, "M{x} {y}h{run}v1h-{run}z");
            }
            x += run + 1;
        }
    }
    let whole = size + 2 * QUIET;
    Ok(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="-{QUIET} -{QUIET} {whole} {whole}" width="{width}" height="{width}" role="img" aria-label="QR code" shape-rendering="crispEdges"><path fill="#fff" d="M-{QUIET} -{QUIET}h{whole}v{whole}h-{whole}z"/><path fill="#000" d="{dark}"/></svg>"##,
        width = whole * 4,
    ))
}

/// Lines of half blocks, two rows of the code in each. Light modules are drawn, as on the usual terminal
/// with light letters on a dark ground.
///
/// # Errors
///
/// [`TooLong`] beyond 2,331 bytes.
pub fn terminal(text: &str) -> Result<String, TooLong> {
    let code = encode(text)?;
    let shown = -QUIET..code.size() + QUIET;
    let mut lines = String::new();
    for y in shown.clone().step_by(2) {
        for x in shown.clone() {
            let light = |y| shown.contains(&y) && !code.get_module(x, y);
            lines.push(match (light(y), light(y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        lines.push('\n');
    }
    Ok(lines)
}

fn encode(text: &str) -> Result<QrCode, TooLong> {
    QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "otpauth://totp/Lockbox:ada%40contoso.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Lockbox";

    /// The dark modules that a path of runs draws.
    fn drawn(path: &str) -> Vec<(i32, i32)> {
        let number = |text: &str| text.parse::<i32>().unwrap();
        path.split_terminator('z')
            .flat_map(|run| {
                let (at, rest) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
                let (x, y) = at.split_once(' ').unwrap();
                let (length, back) = rest.split_once("v1h-").unwrap();
                assert_eq!(length, back);
                let (x, y) = (number(x), number(y));
                (x..x + number(length)).map(move |x| (x, y))
            })
            .collect()
    }

    #[test]
    fn svg_draws_every_dark_module_and_no_other() {
        let code = encode(TEXT).unwrap();
        let svg = svg(TEXT).unwrap();
        let path = svg.split(r##"fill="#000" d=""##).nth(1).unwrap();
        let path = path.strip_suffix(r#""/></svg>"#).unwrap();
        let dark: Vec<_> = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .filter(|&(x, y)| code.get_module(x, y))
            .collect();
        assert_eq!(drawn(path), dark);
    }

    #[test]
    fn svg_needs_no_exception_from_a_strict_policy() {
        let svg = svg("<script>alert(1)</script>\" onload=\"x").unwrap();
        for bad in ["style", "script", "href", "onload", " id=", "&"] {
            assert!(!svg.contains(bad), "{bad}");
        }
        assert_eq!(svg.matches('<').count(), 4);
    }

    #[test]
    fn terminal_shows_the_same_modules() {
        let code = encode(TEXT).unwrap();
        let text = terminal(TEXT).unwrap();
        let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        let side = code.size() + 2 * QUIET;
        assert_eq!(lines.len(), usize::try_from((side + 1) / 2).unwrap());
        for (row, line) in (0..).zip(&lines) {
            assert_eq!(line.len(), usize::try_from(side).unwrap());
            for (column, block) in (0..).zip(line) {
                let (x, y) = (column - QUIET, row * 2 - QUIET);
                assert_eq!("█▀".contains(*block), !code.get_module(x, y));
                if y + 1 < code.size() + QUIET {
                    assert_eq!("█▄".contains(*block), !code.get_module(x, y + 1));
                }
            }
        }
    }

    #[test]
    fn refuses_what_no_code_can_hold() {
        assert!(svg(&"x".repeat(2331)).is_ok());
        assert_eq!(svg(&"x".repeat(2332)), Err(TooLong));
        assert_eq!(terminal(&"x".repeat(2332)), Err(TooLong));
    }
}
