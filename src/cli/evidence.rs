//! `lockbox audit check`: what a file of evidence proves. It needs no database. Without a key of one's own the file's
//! is believed, which is then said.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use super::{Done, say};
use crate::config::CheckOptions;
use crate::domain::activity::{Deed, KnownBy};
use crate::domain::audit::checkpoint::Verifier;
use crate::domain::audit::entry::Entry;
use crate::domain::audit::evidence::{
    Against, Agreement, Evidence, FILE_MAX, Fault, Kept, Proven, SealedDeed, check as check_it,
};
use crate::domain::request::StateKind;
use crate::domain::text::is_unseen;
use crate::domain::time::rfc3339;
use crate::web::words;

/// Most faults that are told one by one. The others are counted.
const TOLD_MAX: usize = 100;
/// The longest checkpoint that is read, in bytes.
const CHECKPOINT_MAX: usize = 64 * 1024;

/// Says what the evidence proves, or what is wrong with it.
pub(super) fn check(options: CheckOptions) -> Done {
    let evidence = Evidence::parse(&text_of(&options.file, FILE_MAX)?)
        .map_err(|e| format!("{}: {}", options.file.display(), Plain(&e.to_string())))?;
    let key = options.verifier_key.as_deref().map(str::trim);
    let key = key.map(Verifier::parse).transpose();
    let against = Against {
        key: key.map_err(|e| format!("--verifier-key: {e}"))?,
        kept: match (options.checkpoint, options.size, options.root) {
            (Some(file), _, _) => Some(Kept::Checkpoint(text_of(&file, CHECKPOINT_MAX)?)),
            (None, Some(size), Some(root)) => Some(Kept::Mailed { size, root }),
            _ => None,
        },
    };
    let key_was_given = against.key.is_some();
    match check_it(&evidence, &against) {
        Ok(proven) => {
            say(&report(&evidence, &proven, key_was_given))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(faults) => {
            say(&refusal(&evidence, &faults))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// What stands in a file, if it is text and no longer than so many bytes.
fn text_of(file: &Path, most: usize) -> Result<String, Box<dyn Error>> {
    let of = |e: std::io::Error| format!("{}: {e}", file.display());
    let mut text = String::new();
    let bytes = u64::try_from(most)?.saturating_add(1);
    let read = File::open(file)
        .map_err(of)?
        .take(bytes)
        .read_to_string(&mut text);
    if read.map_err(of)? > most {
        return Err(format!("{}: the file has more than {most} bytes", file.display()).into());
    }
    Ok(text)
}

/// A text that others wrote, on one line of a terminal: what would steer or turn it is written out.
struct Plain<'a>(&'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            if c.is_control() || is_unseen(c) {
                write!(f, "{}", c.escape_unicode())
            } else {
                f.write_char(c)
            }
        })
    }
}

fn refusal(evidence: &Evidence, faults: &[Fault]) -> String {
    let mut lines = vec![format!(
        "This is no evidence of {}. What is wrong with it:",
        evidence.reference
    )];
    let told = faults.iter().take(TOLD_MAX);
    lines.extend(told.map(|fault| format!("  {}", Plain(&fault.to_string()))));
    if let Some(more) = faults.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
        lines.push(format!("  and {more} more"));
    }
    lines.join("\n")
}

fn report(evidence: &Evidence, proven: &Proven, key_was_given: bool) -> String {
    let checkpoint = &proven.checkpoint;
    let (reference, key) = (&evidence.reference, proven.verifier.vkey());
    let mut lines = vec![format!(
        "Evidence of {reference}, to the log {} of {} entries with the root {}",
        Plain(&checkpoint.origin),
        checkpoint.size,
        checkpoint.root
    )];
    lines.push(if key_was_given {
        format!("Signed with the key given: {}", Plain(&key))
    } else {
        format!(
            "Signed with the key that the file names: {}\nWhoever made the file could have named a key of their own. Compare it with the one that the page of the audit log shows, or give one you kept as --verifier-key.",
            Plain(&key)
        )
    });
    lines.extend(proven.kept.map(agreement));
    lines.push(String::new());
    lines.extend(proven.entries.iter().flat_map(happened));
    if !proven.deeds.is_empty() {
        lines.push("\nWhat was done under it:".to_owned());
        lines.extend(proven.deeds.iter().map(done));
    }
    let (entries, deeds) = (proven.entries.len(), proven.deeds.len());
    let state = stands(proven.request.state.kind());
    lines.push(format!(
        "\nProven: these {entries} entries and {deeds} records of activity stand in the log, each as it was sealed and in this order. After the last entry here the request was {state}.\nThat the log says nothing more about it, only the log itself shows: lockbox audit verify.",
    ));
    if let Some(after) = evidence.goes_on_after {
        lines.push(format!(
            "More was done under it: the file at …/evidence?after={after} goes on."
        ));
    }
    lines.join("\n")
}

fn agreement(agreement: Agreement) -> String {
    match agreement {
        Agreement::Same => "The head that was kept elsewhere is the same.".to_owned(),
        Agreement::OtherSize(size) => format!(
            "The head that was kept elsewhere is of {size} entries, so that this file alone does not compare with it: lockbox audit verify does."
        ),
    }
}

/// When, where, who and what; what was written with it on a line of its own.
fn happened(entry: &Entry) -> Vec<String> {
    let told = words::of(&entry.fact);
    let mut lines = vec![format!(
        "{}  entry {}  {}: {}",
        rfc3339(entry.at),
        entry.seq,
        Plain(&words::actor(&entry.author.actor).to_string()),
        Plain(&told.what)
    )];
    let note = told.note.as_deref().unwrap_or_default();
    lines.extend(note.lines().map(|line| format!("    {}", Plain(line))));
    lines
}

fn done(SealedDeed { deed, sealed_in }: &SealedDeed) -> String {
    let Deed { action, object, .. } = deed;
    let object = object.as_deref().unwrap_or("an object that was not named");
    let known = match deed.known_by {
        KnownBy::Allowed => "allowed, asked by",
        KnownBy::Reported => "reported by",
    };
    format!(
        "{}  sealed in entry {sealed_in}  {} {}, {known} {}",
        rfc3339(deed.happened_at),
        Plain(action),
        Plain(object),
        Plain(deed.recorded_by.as_str())
    )
}

const fn stands(state: StateKind) -> &'static str {
    match state {
        StateKind::AwaitingManager => "waiting for a manager",
        StateKind::AwaitingCustomer => "waiting for the customer",
        StateKind::Approved => "approved and not started",
        StateKind::Active => "active",
        StateKind::Rejected => "rejected",
        StateKind::Expired => "expired",
        StateKind::Withdrawn => "withdrawn",
        StateKind::Revoked => "revoked",
        StateKind::Ended => "ended",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_others_wrote_steers_a_terminal() {
        let hostile = "Kim\u{1b}[2J\nentry 9\u{202e}O'Brien \u{200b}é";
        let shown = Plain(hostile).to_string();
        assert_eq!(
            shown,
            "Kim\\u{1b}[2J\\u{a}entry 9\\u{202e}O'Brien \\u{200b}é"
        );
    }

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "1234").unwrap();
        assert_eq!(text_of(&file, 4).unwrap(), "1234");
        assert!(
            text_of(&file, 3)
                .unwrap_err()
                .to_string()
                .contains("more than 3 bytes")
        );
        std::fs::write(&file, [0xff]).unwrap();
        assert!(text_of(&file, 4).is_err());
        assert!(text_of(&folder.path().join("none"), 4).is_err());
    }
}
