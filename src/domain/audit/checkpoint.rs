//! A log's signed head: a C2SP checkpoint (<https://c2sp.org/tlog-checkpoint>) as a signed note
//! (<https://c2sp.org/signed-note>) with an Ed25519 signature.
//!
//! ```text
//! lockbox.example/log/fabrikam
//! 42
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — lockbox.example Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
//! ```
//!
//! Whoever keeps one elsewhere can show later that the log has not been rewritten.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::entry::Log;
use super::merkle::Hash;

/// The signed note's type byte for Ed25519.
const ED25519: u8 = 1;
/// What every signature line begins with.
const DASH: &str = "— ";
/// The longest note that is read, in bytes.
const LONGEST: usize = 1_000_000;
/// The most signatures that are read; the note's specification wants at least 16.
const MOST_SIGNATURES: usize = 100;

/// What the head of a log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: one line, the same for ever, such as `lockbox.example/log/fabrikam`.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of their Merkle tree.
    pub root: Hash,
}

/// Why a checkpoint could not be signed, or a note or key not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// A key's name is empty, or has a space, a control character or a plus.
    #[error("a key's name is not empty and has no space, control character or plus")]
    Name,
    /// An origin is empty, or has a control character.
    #[error("a log's origin is one line that is not empty")]
    Origin,
    /// A verifier key is not `name+hash+key`, or its parts do not belong together.
    #[error("not an Ed25519 verifier key of the form name+hash+key")]
    Key,
    /// The text is not a signed note.
    #[error("not a signed note")]
    Note,
    /// The note's text is not exactly origin, size and root.
    #[error("the note is not a checkpoint")]
    Checkpoint,
    /// This key has not signed the note.
    #[error("the checkpoint is not signed by this key")]
    Unsigned,
    /// A signature that says it is this key's is not.
    #[error("the checkpoint's signature is not valid")]
    Signature,
}

/// The origin line of a log's checkpoints: the signer's name and the log.
#[must_use]
pub fn origin(signer: &str, log: Log) -> String {
    format!("{signer}/{log}")
}

impl Checkpoint {
    /// The note's text, which is what is signed: three lines.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Reads exactly what [`Checkpoint::text`] writes; extension lines are refused.
    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.splitn(3, '\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Checkpoint);
        };
        let root = root.strip_suffix('\n').and_then(|root| root.parse().ok());
        let (Ok(size), Some(root)) = (size.parse(), root) else {
            return Err(CheckpointError::Checkpoint);
        };
        let read = Self {
            origin: origin.to_owned(),
            size,
            root,
        };
        // One text for one head: no plus sign, no leading zeros.
        if is_origin(origin) && read.text() == text {
            Ok(read)
        } else {
            Err(CheckpointError::Checkpoint)
        }
    }
}

/// Signs checkpoints.
pub struct Signer {
    key: SigningKey,
    verifier: Verifier,
}

impl Signer {
    /// The signer of this name and Ed25519 seed (RFC 8032's private key).
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Name`] where the name is empty or has a space, a control character or a plus.
    pub fn new(name: &str, seed: [u8; 32]) -> Result<Self, CheckpointError> {
        let key = SigningKey::from_bytes(&seed);
        let verifier = Verifier::new(name, key.verifying_key())?;
        Ok(Self { key, verifier })
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The complete signed note.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Origin`] where the origin is not one line: it could pass for another head.
    pub fn sign(&self, checkpoint: &Checkpoint) -> Result<String, CheckpointError> {
        if !is_origin(&checkpoint.origin) {
            return Err(CheckpointError::Origin);
        }
        let text = checkpoint.text();
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let signed = [self.verifier.id.as_slice(), &signature].concat();
        let (name, signed) = (&self.verifier.name, BASE64_STANDARD.encode(signed));
        Ok(format!("{text}\n{DASH}{name} {signed}\n"))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}, …)", self.verifier.vkey())
    }
}

/// Verifies checkpoints, and needs no secret for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl Verifier {
    fn new(name: &str, key: VerifyingKey) -> Result<Self, CheckpointError> {
        if !is_key_name(name) {
            return Err(CheckpointError::Name);
        }
        let mut digest = Sha256::new();
        digest.update(name);
        digest.update([b'\n', ED25519]);
        digest.update(key.as_bytes());
        let [a, b, c, d, ..]: [u8; 32] = digest.finalize().into();
        Ok(Self {
            name: name.to_owned(),
            id: [a, b, c, d],
            key,
        })
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key as text: its name, 8 hexadecimal digits of its id, and the base64 of 0x01 and the public
    /// key, with a plus between them.
    #[must_use]
    pub fn vkey(&self) -> String {
        let id = u32::from_be_bytes(self.id);
        let key = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        format!("{}+{id:08x}+{}", self.name, BASE64_STANDARD.encode(key))
    }

    /// Reads exactly what [`Verifier::vkey`] writes.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Key`] for anything else, [`CheckpointError::Name`] for a bad name.
    pub fn parse(vkey: &str) -> Result<Self, CheckpointError> {
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(_id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(CheckpointError::Key);
        };
        let key = BASE64_STANDARD.decode(key).unwrap_or_default();
        let Some((&ED25519, key)) = key.split_first() else {
            return Err(CheckpointError::Key);
        };
        let key = key.try_into().map_err(|_| CheckpointError::Key)?;
        let verifier = Self::new(name, key)?;
        if verifier.vkey() == vkey {
            Ok(verifier)
        } else {
            Err(CheckpointError::Key)
        }
    }

    /// Reads a signed note, and gives what it says only if this key has signed it. Signatures of other keys
    /// are ignored; a wrong one in this key's name spoils the note.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`], in the order: not a note, not signed by this key, not a checkpoint.
    pub fn open(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        let (text, lines) = split(note)?;
        let mut signed = false;
        for (count, line) in lines.split('\n').enumerate() {
            if count == MOST_SIGNATURES {
                return Err(CheckpointError::Note);
            }
            let (name, id, signature) = signature_line(line).ok_or(CheckpointError::Note)?;
            if name == self.name && id == self.id {
                self.check(text, &signature)?;
                signed = true;
            }
        }
        if !signed {
            return Err(CheckpointError::Unsigned);
        }
        Checkpoint::parse(text)
    }

    fn check(&self, text: &str, signature: &[u8]) -> Result<(), CheckpointError> {
        Signature::from_slice(signature)
            .and_then(|signature| self.key.verify_strict(text.as_bytes(), &signature))
            .map_err(|_| CheckpointError::Signature)
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.vkey())
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({self})")
    }
}

/// The note's text with its newline, and the signature lines without the last one.
fn split(note: &str) -> Result<(&str, &str), CheckpointError> {
    let odd = |c: char| c < ' ' && c != '\n';
    if note.len() > LONGEST || note.contains(odd) {
        return Err(CheckpointError::Note);
    }
    let blank = note.rfind("\n\n").ok_or(CheckpointError::Note)?;
    let (text, rest) = note.split_at(blank + 1);
    let lines = rest
        .strip_prefix('\n')
        .and_then(|rest| rest.strip_suffix('\n'))
        .ok_or(CheckpointError::Note)?;
    Ok((text, lines))
}

/// The key's name, its id, and the signature.
fn signature_line(line: &str) -> Option<(&str, [u8; 4], Vec<u8>)> {
    let (name, signed) = line.strip_prefix(DASH)?.split_once(' ')?;
    let signed = BASE64_STANDARD.decode(signed).ok()?;
    let (id, signature) = signed.split_first_chunk()?;
    let whole = is_key_name(name) && !signature.is_empty();
    whole.then(|| (name, *id, signature.to_vec()))
}

fn is_key_name(name: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    !name.is_empty() && !name.contains(odd)
}

fn is_origin(origin: &str) -> bool {
    !origin.is_empty() && !origin.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};

    const NAME: &str = "lockbox.example";
    /// The example key of the signed note's reference implementation.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PETER_PRIVATE: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

    fn signer() -> Signer {
        Signer::new(NAME, [42; 32]).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: "lockbox.example/log/fabrikam".to_owned(),
            size: 20_852_163,
            root: Hash([9; 32]),
        }
    }

    fn note() -> String {
        signer().sign(&checkpoint()).unwrap()
    }

    fn open(note: &str) -> Result<Checkpoint, CheckpointError> {
        signer().verifier().open(note)
    }

    /// A note with this text, rightly signed whatever it says.
    fn signed(text: &str) -> String {
        let signer = signer();
        let signature = signer.key.sign(text.as_bytes()).to_bytes();
        let line = BASE64_STANDARD.encode([&signer.verifier.id[..], &signature].concat());
        format!("{text}\n{DASH}{NAME} {line}\n")
    }

    fn oracle(vkey: &str) -> VerifierList {
        VerifierList::new(vec![Box::new(StandardVerifier::new(vkey).unwrap())])
    }

    #[test]
    fn opens_what_it_signed() {
        for size in [0, 1, 42, u64::MAX] {
            let checkpoint = Checkpoint {
                size,
                ..checkpoint()
            };
            let note = signer().sign(&checkpoint).unwrap();
            assert_eq!(open(&note), Ok(checkpoint));
        }
        assert_eq!(
            checkpoint().text(),
            "lockbox.example/log/fabrikam\n20852163\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n"
        );
    }

    #[test]
    fn another_implementation_reads_our_notes_and_keys() {
        let ours = note();
        let read = Note::from_bytes(ours.as_bytes()).unwrap();
        assert_eq!(read.text(), checkpoint().text().as_bytes());
        assert_eq!(read.to_bytes(), ours.as_bytes());
        let (verified, unknown) = read.verify(&oracle(&signer().verifier().vkey())).unwrap();
        assert_eq!((verified.len(), unknown.len()), (1, 0));
        assert_eq!(verified[0].name(), NAME);
    }

    #[test]
    fn reads_another_implementations_notes_and_keys() {
        let peter = Verifier::parse(PETER).unwrap();
        assert_eq!(peter.vkey(), PETER);
        let mut theirs = Note::new(checkpoint().text().as_bytes(), &[]).unwrap();
        let signer = StandardSigner::new(PETER_PRIVATE).unwrap();
        theirs.add_sigs(&[&signer]).unwrap();
        let theirs = String::from_utf8(theirs.to_bytes()).unwrap();
        assert_eq!(peter.open(&theirs), Ok(checkpoint()));
        assert_eq!(open(&theirs), Err(CheckpointError::Unsigned));
    }

    #[test]
    fn ignores_signatures_of_other_keys() {
        let other = Signer::new("witness.example", [1; 32]).unwrap();
        let same_name = Signer::new(NAME, [1; 32]).unwrap();
        for stranger in [other, same_name] {
            let theirs = stranger.sign(&checkpoint()).unwrap();
            assert_eq!(open(&theirs), Err(CheckpointError::Unsigned));
            let line = theirs.rsplit_once("\n\n").unwrap().1;
            let both = format!("{}{line}", note());
            assert_eq!(open(&both), Ok(checkpoint()));
            assert_eq!(stranger.verifier().open(&both), Ok(checkpoint()));
            // A signature of a kind and length unknown to us.
            let long = BASE64_STANDARD.encode([3; 2500]);
            let cosigned = format!("{both}{DASH}witness.example {long}\n");
            assert_eq!(open(&cosigned), Ok(checkpoint()));
        }
    }

    #[test]
    fn notices_every_changed_byte() {
        let note = note();
        for at in 0..note.len() {
            let mut changed = note.clone().into_bytes();
            changed[at] ^= 1;
            if let Ok(changed) = String::from_utf8(changed) {
                assert!(open(&changed).is_err(), "byte {at}: {changed}");
            }
        }
        for end in (0..note.len()).filter(|&end| note.is_char_boundary(end)) {
            assert!(open(&note[..end]).is_err(), "first {end} bytes");
        }
        let other = Checkpoint {
            size: 1,
            ..checkpoint()
        };
        let moved = note.replace(&checkpoint().text(), &other.text());
        assert_eq!(open(&moved), Err(CheckpointError::Signature));
        // Spoilt even beside a right one.
        let line = moved.rsplit_once("\n\n").unwrap().1.replace("AAA", "BBB");
        let right = signer().sign(&other).unwrap();
        assert_eq!(
            open(&format!("{right}{line}")),
            Err(CheckpointError::Signature)
        );
    }

    #[test]
    fn takes_one_writing_of_a_checkpoint_only() {
        let root = Hash([9; 32]).to_string();
        assert!(open(&signed(&format!("o\n5\n{root}\n"))).is_ok());
        for text in [
            format!("o\n05\n{root}\n"),
            format!("o\n+5\n{root}\n"),
            format!("o\n-5\n{root}\n"),
            format!("o\n 5\n{root}\n"),
            format!("o\n5 \n{root}\n"),
            format!("o\n\n{root}\n"),
            format!("o\n18446744073709551616\n{root}\n"),
            format!("\n5\n{root}\n"),
            format!("o\n5\n{}\n", root.trim_end_matches('=')),
            format!("o\n5\n{root}=\n"),
            format!("o\n5\n{root}\nextension\n"),
            format!("o\n5\n{root}\n\n"),
            "o\n5\nCQk=\n".to_owned(),
            "o\n5\n".to_owned(),
            "o\n".to_owned(),
        ] {
            let opened = open(&signed(&text));
            assert_eq!(opened, Err(CheckpointError::Checkpoint), "{text:?}");
        }
    }

    #[test]
    fn takes_one_form_of_a_note_only() {
        let note = note();
        let (text, line) = note.split_once("\n\n").unwrap();
        for wrong in [
            String::new(),
            "\n\n".to_owned(),
            note.trim_end().to_owned(),
            format!("{note}\n"),
            format!("{note}\n\n"),
            note.replace('\n', "\r\n"),
            note.replace("\n\n", "\n"),
            note.replace("— ", "- "),
            note.replace("— ", "—  "),
            note.replacen(NAME, "lockbox\t.example", 1),
            format!("{text}\n\n{}", line.replace('=', "")),
            format!("{note}— x AAAA\n"),
            format!("{note}— x AAAAAA==\n"),
            format!("{note}— a+b AAAAAAA=\n"),
            format!("{note}{}", line.repeat(MOST_SIGNATURES)),
            format!("{}{note}", "x".repeat(LONGEST)),
        ] {
            assert_eq!(open(&wrong), Err(CheckpointError::Note), "{wrong:.300}");
        }
        let many = format!("{text}\n\n{}", line.repeat(MOST_SIGNATURES));
        assert_eq!(open(&many), Ok(checkpoint()));
    }

    #[test]
    fn signs_nothing_that_could_pass_for_another_head() {
        for origin in ["", "a\nb", "a\r", "a\0"] {
            let checkpoint = Checkpoint {
                origin: origin.to_owned(),
                ..checkpoint()
            };
            assert_eq!(signer().sign(&checkpoint), Err(CheckpointError::Origin));
        }
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b", "a\0b"] {
            assert_eq!(
                Signer::new(name, [0; 32]).unwrap_err(),
                CheckpointError::Name
            );
        }
    }

    #[test]
    fn reads_a_verifier_key_only_as_it_is_written() {
        let vkey = signer().verifier().vkey();
        assert_eq!(Verifier::parse(&vkey).as_ref(), Ok(signer().verifier()));
        let rest = PETER.split_once('+').unwrap().1;
        for wrong in [
            "",
            "PeterNeumann",
            "PeterNeumann+c74f20a3",
            &PETER.replace("c74f20a3", "c74f20a4"),
            &PETER.replace("c74f20a3", "C74F20A3"),
            &PETER.replace("PeterN", "PetraN"),
            &PETER.replace("+AR", "+BR"),
            &PETER[..PETER.len() - 4],
            &format!("{PETER}\n"),
            &format!(" {PETER}"),
            &format!("+{rest}"),
        ] {
            assert!(Verifier::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn prints_no_secret() {
        let vkey = signer().verifier().vkey();
        assert_eq!(format!("{:?}", signer()), format!("Signer({vkey}, …)"));
    }
}
