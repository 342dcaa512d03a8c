//! Where somebody is signed in.

use super::super::{Place, SessionRow, SessionsPage};
use super::{Sample, administrator, before, sample};

pub(super) fn samples() -> Vec<Sample> {
    let row = |id: &str, device: &str, address: Option<&str>, since, used| SessionRow {
        id: id.to_owned(),
        device: device.to_owned(),
        address: address.map(str::to_owned),
        since: before(since),
        used: before(used),
        this: false,
        half: false,
    };
    let this = SessionRow {
        this: true,
        ..row("00", "Firefox on Windows", Some("203.0.113.9"), 40, 0)
    };
    let alone = SessionsPage {
        shell: administrator(Place::Elsewhere),
        sessions: vec![this.clone()],
        zone: "Europe/Berlin (CET)".to_owned(),
    };
    let half = SessionRow {
        half: true,
        ..row("02", "A browser we do not know", None, 3, 2)
    };
    let several = SessionsPage {
        sessions: vec![
            this,
            row("01", "Safari on iPhone", Some("2001:db8:2::9"), 600, 25),
            half,
        ],
        ..alone.clone()
    };
    vec![
        sample("sessions", &several),
        sample("sessions-alone", &alone),
    ]
}
