//! Time-based one-time codes: RFC 6238 with HMAC-SHA-1, 6 digits and 30 second steps, which is what
//! authenticator apps understand.

use std::fmt::{self, Write as _};

use secrecy::{ExposeSecret, SecretBox, SecretString};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// Digits of a code.
pub const DIGITS: u8 = 6;
/// Seconds for which one code stands.
pub const STEP: u64 = 30;
/// Steps before and after the current one whose code is still taken, for phones whose clocks are off.
pub const SKEW: u64 = 1;

/// The secret shared with a person's authenticator app: 20 bytes, the length RFC 4226 recommends.
pub struct TotpSecret(SecretBox<[u8; 20]>);

impl TotpSecret {
    /// The secret with exactly these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The bytes, to be sealed before they are kept.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 20] {
        self.0.expose_secret()
    }

    /// The secret as 32 letters and digits (RFC 4648 base 32), for who types it in.
    #[must_use]
    pub fn base32(&self) -> SecretString {
        Secret::new_stack(*self.as_bytes()).to_base32().into()
    }

    /// The `otpauth://` address (Key URI format) that an authenticator app takes from a QR code.
    ///
    /// Issuer and account are what the app shows. The format has no room for a colon in either; a space
    /// stands in for it.
    #[must_use]
    pub fn provisioning_uri(&self, account: &str, issuer: &str) -> SecretString {
        let (account, issuer) = (label(account), label(issuer));
        let secret = self.base32();
        let secret = secret.expose_secret();
        format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}").into()
    }

    /// The code of the step that contains this time.
    #[must_use]
    pub fn code_at(&self, unix_seconds: u64) -> String {
        self.totp().generate(unix_seconds).to_string()
    }

    /// The step (Unix time / 30 s) whose code was typed, if that is the current one or a neighbour. Spaces
    /// in the code are ignored.
    ///
    /// A code counts once: the caller keeps the last step it took from a person and takes only later ones.
    /// Where two steps share a code, the later is given, so that the code is used up for both.
    #[must_use]
    pub fn check(&self, code: &str, unix_seconds: u64) -> Option<u64> {
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let totp = self.totp();
        let now = unix_seconds / STEP;
        let (mut found, mut matched) = (Choice::from(0), 0);
        // Every step is tried, whichever matches, and the comparing never ends early.
        for step in now.saturating_sub(SKEW)..=now.saturating_add(SKEW) {
            let right = totp.generate(step.saturating_mul(STEP)).to_string();
            let same = right.as_bytes().ct_eq(typed.as_bytes());
            matched.conditional_assign(&step, same);
            found |= same;
        }
        bool::from(found).then_some(matched)
    }

    fn totp(&self) -> Totp {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_step_duration(STEP)
            .with_secret(Secret::new_stack(*self.as_bytes()))
            .build_noncompliant()
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn label(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.replace(':', " ").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(byte.into());
            }
            _ => {
                // Writing to a String does not fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(*b"12345678901234567890")
    }

    /// RFC 6238, appendix B, SHA-1; the last six of its eight digits.
    const VECTORS: [(u64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    #[test]
    fn agrees_with_rfc_6238() {
        for (time, code) in VECTORS {
            assert_eq!(secret().code_at(time), code);
            assert_eq!(secret().check(code, time), Some(time / STEP));
        }
    }

    #[test]
    fn takes_the_neighbouring_steps_and_names_the_one_that_matched() {
        let code = secret().code_at(1_234_567_890);
        let step = 1_234_567_890 / STEP;
        let starts = step * STEP;
        let at = |time| secret().check(&code, time);
        assert_eq!(at(starts - STEP - 1), None);
        assert_eq!(at(starts - STEP), Some(step));
        assert_eq!(at(starts), Some(step));
        assert_eq!(at(starts + 2 * STEP - 1), Some(step));
        assert_eq!(at(starts + 2 * STEP), None);
    }

    #[test]
    fn ignores_spaces_and_takes_nothing_else() {
        let at = |code: &str| secret().check(code, 59);
        for code in ["287082", "287 082", " 28\t70\u{a0}82\n"] {
            assert_eq!(at(code), Some(1), "{code:?}");
        }
        for code in [
            "",
            "28708",
            "2870820",
            "+87082",
            "287-082",
            "２８７０８２",
            "94287082",
        ] {
            assert_eq!(at(code), None, "{code:?}");
        }
    }

    #[test]
    fn stays_whole_at_both_ends_of_time() {
        assert_eq!(secret().check(&secret().code_at(0), 0), Some(0));
        assert_eq!(secret().check("000000", u64::MAX), None);
    }

    #[test]
    fn an_authenticator_reads_the_uri() {
        let uri = secret().provisioning_uri("\"a:b\"+ö@fabrikam.example", "Lockbox & Söhne");
        let uri = uri.expose_secret();
        assert_eq!(
            uri,
            "otpauth://totp/Lockbox%20%26%20S%C3%B6hne:%22a%20b%22%2B%C3%B6%40fabrikam.example\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Lockbox%20%26%20S%C3%B6hne"
        );
        let app = Totp::from_url(uri).unwrap();
        assert_eq!(app.account_name(), "\"a b\"+ö@fabrikam.example");
        assert_eq!(app.issuer(), Some("Lockbox & Söhne"));
        assert_eq!(app.generate(59).to_string(), "287082");
    }

    #[test]
    fn prints_nothing() {
        assert_eq!(format!("{:?}", secret()), "TotpSecret(…)");
        assert_eq!(secret().base32().expose_secret().len(), 32);
    }
}
