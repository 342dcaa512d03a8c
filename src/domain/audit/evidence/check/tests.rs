use chrono::{DateTime, TimeDelta};
use uuid::Uuid;

use super::*;
use crate::domain::activity::{KnownBy, root};
use crate::domain::audit::checkpoint::Signer;
use crate::domain::audit::entry::{Actor, Author};
use crate::domain::audit::evidence::{FORMAT, VERSION};
use crate::domain::audit::inclusion::Prover;
use crate::domain::fact::Filed;
use crate::domain::id::{DeedId, PersonId, Reference, RequestId, ServiceId, TenantId};
use crate::domain::request::FiledBy;
use crate::domain::request::state::StateKind;
use crate::domain::scope::Scope;
use crate::domain::text::{Line, Prose};
use crate::domain::time::{Minutes, Moment};

const TENANT: TenantId = TenantId(Uuid::from_u128(11));
const OURS: RequestId = RequestId(Uuid::from_u128(10));
const OTHER: RequestId = RequestId(Uuid::from_u128(20));
/// Where the log has what is about our request.
const PLACES: [u64; 2] = [3, 9];
const SEALED_AT: u64 = 12;

fn signer() -> Signer {
    Signer::new("lockbox.example", [42; 32]).unwrap()
}

fn at(place: u64) -> Moment {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(i64::try_from(place).unwrap())
}

fn filed(request: RequestId, byte: u8) -> Fact {
    Fact::RequestFiled(Box::new(Filed {
        id: request,
        reference: Reference::from_random([byte; 5]),
        tenant: TENANT,
        service: ServiceId(Uuid::from_u128(13)),
        engineer: PersonId(Uuid::from_u128(2)),
        engineer_name: Line::parse("Ivo Brandt").unwrap(),
        filed_by: FiledBy::Engineer,
        case: None,
        reason: Prose::parse("To see.").unwrap(),
        scope: Scope::parse(Prose::parse("Kim's calendar").unwrap(), [], []).unwrap(),
        asked: Minutes::hours(4),
        quorum: 1,
        expires_at: at(720),
        follows: None,
    }))
}

fn deed(number: u64) -> Deed {
    Deed {
        id: DeedId(Uuid::from_u128(number.into())),
        tenant: TENANT,
        request: if number % 2 == 1 { OURS } else { OTHER },
        happened_at: at(10),
        recorded_at: at(10),
        action: "read".to_owned(),
        object: None,
        known_by: KnownBy::Allowed,
        recorded_by: Line::parse("gate").unwrap(),
    }
}

fn deeds() -> Vec<Deed> {
    (0..5).map(deed).collect()
}

/// A log of two requests and a seal over five records, among other entries.
fn log(size: u64) -> Vec<String> {
    let about = |place| match place {
        3 => (Some(OURS), filed(OURS, 7)),
        4 => (Some(OTHER), filed(OTHER, 8)),
        8 => (Some(OTHER), Fact::RequestWithdrawn),
        9 => (Some(OURS), Fact::RequestWithdrawn),
        SEALED_AT => (
            None,
            Fact::ActivitySealed {
                deeds: 5,
                root: root(deeds()).unwrap().hex(),
            },
        ),
        _ => (None, Fact::LockboxTurnedOff),
    };
    let entry = |place| {
        let (request, fact) = about(place);
        Entry {
            log: Log::Tenant(TENANT),
            seq: place,
            at: at(place),
            author: Author::local(Actor::System),
            asked: None,
            request,
            fact,
        }
    };
    (0..size)
        .map(|place| entry(place).canonical().unwrap())
        .collect()
}

/// What proves these places of these texts.
fn leaves(texts: &[String], places: &[u64]) -> (Hash, Vec<Leaf>) {
    let mut prover = Prover::of(places.iter().copied());
    for text in texts {
        prover.append(leaf_hash(text.as_bytes()));
    }
    let made = prover.finish().unwrap();
    let leaf = |place: &u64| Leaf {
        place: *place,
        text: texts[usize::try_from(*place).unwrap()].clone(),
        proof: made.by_place[place].clone(),
    };
    (made.root, places.iter().map(leaf).collect())
}

fn evidence_of(places: &[u64], size: u64) -> Evidence {
    let log = log(size);
    let (root, entries) = leaves(&log, places);
    let (_, seal) = leaves(&log, &[SEALED_AT]);
    let texts: Vec<String> = deeds()
        .iter()
        .map(|deed| deed.canonical().unwrap())
        .collect();
    let checkpoint = Checkpoint {
        origin: origin("lockbox.example", Log::Tenant(TENANT)),
        size,
        root,
    };
    Evidence {
        format: FORMAT.to_owned(),
        version: VERSION,
        reference: Reference::from_random([7; 5]),
        request: OURS,
        log: TENANT,
        key: signer().verifier().vkey(),
        checkpoint: signer().sign(&checkpoint).unwrap(),
        entries,
        activity: vec![Seal {
            entry: seal[0].clone(),
            deeds: leaves(&texts, &[1, 3]).1,
        }],
        goes_on_after: None,
    }
}

fn evidence() -> Evidence {
    evidence_of(&PLACES, 20)
}

fn given() -> Against {
    Against {
        key: Some(signer().verifier().clone()),
        kept: None,
    }
}

/// What is wrong with it, a line each.
fn wrong(evidence: &Evidence, against: &Against) -> String {
    let faults = check(evidence, against).unwrap_err();
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn changed(change: impl FnOnce(&mut Evidence)) -> String {
    let mut evidence = evidence();
    change(&mut evidence);
    wrong(&evidence, &given())
}

#[test]
fn evidence_proves_its_entries_and_records_at_every_size_of_the_log() {
    for size in 13..40 {
        let evidence = evidence_of(&PLACES, size);
        let text = serde_json::to_string(&evidence).unwrap();
        assert_eq!(Evidence::parse(&text).unwrap(), evidence);
        for against in [Against::default(), given()] {
            let proven = check(&evidence, &against).unwrap();
            let places: Vec<u64> = proven.entries.iter().map(|entry| entry.seq).collect();
            assert_eq!(places, PLACES);
            let read: Vec<&Deed> = proven.deeds.iter().map(|sealed| &sealed.deed).collect();
            assert_eq!(read, [&deed(1), &deed(3)]);
            assert_eq!(proven.request.state.kind(), StateKind::Withdrawn);
            assert_eq!(proven.checkpoint.size, size);
        }
    }
}

#[test]
fn every_changed_byte_is_found() {
    let text = serde_json::to_string(&evidence()).unwrap();
    for place in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[place] ^= 1;
        let Ok(other) = String::from_utf8(bytes) else {
            continue;
        };
        for against in [Against::default(), given()] {
            let whole = Evidence::parse(&other).is_ok_and(|read| check(&read, &against).is_ok());
            assert!(
                !whole,
                "byte {place}: {}",
                &other[place.saturating_sub(20)..]
            );
        }
    }
}

#[test]
fn what_is_put_elsewhere_or_taken_from_elsewhere_is_named() {
    for (words, found) in [
        (
            changed(|e| e.entries.swap(0, 1)),
            "entry 3: it is not after entry 9",
        ),
        (
            changed(|e| e.entries.insert(1, e.entries[0].clone())),
            "entry 3: it is not after entry 3",
        ),
        (
            changed(|e| drop(e.entries.remove(0))),
            "entry 9: it does not file LBX-",
        ),
        (
            changed(|e| e.entries.clear()),
            "request: nothing is said of LBX-",
        ),
        (
            changed(|e| e.entries[1].proof[0].0[0] ^= 1),
            "entry 9: its text and proof do not lead",
        ),
        (
            changed(|e| e.entries[1].place = 8),
            "entry 8: its text says that it stands elsewhere",
        ),
        (
            changed(|e| e.entries[1].proof.truncate(1)),
            "entry 9: its text and proof do not lead",
        ),
        (
            changed(|e| e.entries[1].text.push(' ')),
            "entry 9: the text is not in canonical form",
        ),
        (
            changed(|e| e.entries[1].text = "{}".to_owned()),
            "entry 9: no audit entry of version 1",
        ),
        (
            changed(|e| e.entries[1] = evidence_of(&[8], 20).entries.remove(0)),
            "entry 8: it is not about this request",
        ),
        (
            changed(|e| e.entries = evidence_of(&[4, 8], 20).entries),
            "entry 4: it does not file LBX-",
        ),
        (
            changed(|e| e.reference = Reference::from_random([8; 5])),
            "entry 3: it does not file LBX-",
        ),
        (
            changed(|e| e.request = OTHER),
            "entry 3: it is not about this request",
        ),
        (
            changed(|e| e.log = TenantId(Uuid::from_u128(12))),
            "checkpoint: it is another log's",
        ),
        (
            changed(|e| e.activity[0].deeds.swap(0, 1)),
            "record 1 of those that entry 12 seals: it is not after",
        ),
        (
            changed(|e| e.activity[0].deeds.clear()),
            "entry 12: nothing of what it seals is here",
        ),
        (
            changed(|e| e.activity[0].deeds[0].place = 2),
            "record 2 of those that entry 12 seals: its text and proof",
        ),
        (
            changed(|e| e.activity[0].deeds[0].text = deed(2).canonical().unwrap()),
            "record 1 of those that entry 12 seals: it is not of this request",
        ),
        (
            changed(|e| e.activity[0].entry = e.entries[0].clone()),
            "entry 3: it seals no activity",
        ),
        (
            changed(|e| e.activity.push(e.activity[0].clone())),
            "entry 12: it is not after entry 12",
        ),
        (
            changed(|e| e.checkpoint = e.checkpoint.replace("\n20\n", "\n21\n")),
            "checkpoint: the checkpoint's signature is not valid",
        ),
    ] {
        assert!(words.contains(found), "{found}: {words}");
    }
}

/// Whoever has another key signs another history. The key that was kept elsewhere tells.
#[test]
fn a_history_under_another_key_is_found_by_the_key_that_was_kept() {
    let forger = Signer::new("lockbox.example", [1; 32]).unwrap();
    let mut other = evidence();
    let signed = signer().verifier().open(&other.checkpoint).unwrap();
    other.checkpoint = forger.sign(&signed).unwrap();
    assert!(wrong(&other, &Against::default()).contains("not signed by this key"));
    other.key = forger.verifier().vkey();
    assert!(check(&other, &Against::default()).is_ok());
    assert_eq!(
        wrong(&other, &given()),
        "key: the file names another key than the one given"
    );
}

#[test]
fn a_head_that_was_kept_elsewhere_is_compared_where_it_is_of_the_same_size() {
    let (small, large) = (evidence_of(&PLACES, 20), evidence_of(&PLACES, 30));
    let root = signer().verifier().open(&small.checkpoint).unwrap().root;
    let against = |kept| Against {
        kept: Some(kept),
        ..given()
    };
    let mailed = |size, root| against(Kept::Mailed { size, root });
    let kept = |evidence: &Evidence, against| check(evidence, &against).unwrap().kept;
    assert_eq!(kept(&small, mailed(20, root)), Some(Agreement::Same));
    assert_eq!(
        kept(&large, mailed(20, root)),
        Some(Agreement::OtherSize(20))
    );
    assert_eq!(kept(&small, given()), None);
    let note = |evidence: &Evidence| against(Kept::Checkpoint(evidence.checkpoint.clone()));
    assert_eq!(kept(&small, note(&small)), Some(Agreement::Same));
    assert_eq!(kept(&small, note(&large)), Some(Agreement::OtherSize(30)));

    let other_root = leaf_hash(b"another");
    assert!(
        wrong(&small, &mailed(20, other_root)).starts_with("kept elsewhere: a log of 20 entries")
    );
    let elsewhere = Checkpoint {
        origin: origin("lockbox.example", Log::Provider),
        size: 20,
        root,
    };
    let elsewhere = signer().sign(&elsewhere).unwrap();
    for (note, words) in [
        (elsewhere, "kept elsewhere: it is another log's"),
        ("no note".to_owned(), "kept elsewhere: not a signed note"),
    ] {
        assert_eq!(wrong(&small, &against(Kept::Checkpoint(note))), words);
    }
}

#[test]
fn a_file_beyond_the_bounds_or_of_another_form_is_not_read() {
    use crate::domain::audit::evidence::{DEEDS_MAX, ENTRIES_MAX, FILE_MAX};
    let refused = |evidence: &Evidence| {
        let text = serde_json::to_string(evidence).unwrap();
        Evidence::parse(&text).unwrap_err().to_string()
    };
    let with = |change: fn(&mut Evidence)| {
        let mut evidence = evidence();
        change(&mut evidence);
        evidence
    };
    let many = "more than 2000 entries or 2000 records";
    for (evidence, words) in [
        (with(|e| e.version = 2), "evidence of version 1"),
        (
            with(|e| e.format = "other".to_owned()),
            "evidence of version 1",
        ),
        (
            with(|e| e.entries = vec![e.entries[0].clone(); ENTRIES_MAX + 1]),
            many,
        ),
        (
            with(|e| e.activity[0].deeds = vec![e.entries[0].clone(); DEEDS_MAX + 1]),
            many,
        ),
        (
            with(|e| e.activity = vec![e.activity[0].clone(); DEEDS_MAX + 1]),
            many,
        ),
    ] {
        let said = refused(&evidence);
        assert!(said.contains(words), "{said}");
    }
    for (text, words) in [
        (" ".repeat(FILE_MAX + 1), "more than 32 MiB"),
        (String::new(), "no evidence of a request"),
        ("[".repeat(100_000), "no evidence of a request"),
        (
            "{\"format\":\"lockbox-evidence\",\"version\":1}".to_owned(),
            "missing field",
        ),
    ] {
        let said = Evidence::parse(&text).unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
}
