//! What holds on every page, whatever it shows.

use super::{Sample, all};

fn each(broken: impl Fn(&Sample) -> bool) -> Vec<&'static str> {
    all()
        .iter()
        .filter(|sample| broken(sample))
        .map(|sample| sample.name)
        .collect()
}

fn nothing() -> Vec<&'static str> {
    Vec::new()
}

/// What stands between each pair of marks.
fn between<'a>(html: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    html.split(start)
        .skip(1)
        .filter_map(|rest| rest.split(end).next())
        .collect()
}

#[test]
fn every_page_is_whole_and_has_one_heading() {
    assert_eq!(
        each(|page| page.html.matches("<h1").count() != 1),
        nothing()
    );
    assert_eq!(
        each(|page| !page.html.starts_with("<!DOCTYPE html>")),
        nothing()
    );
    assert_eq!(
        each(|page| !page.html.trim_end().ends_with("</html>")),
        nothing()
    );
    assert_eq!(
        each(|page| between(&page.html, "<title>", "</title>").len() != 1),
        nothing()
    );
}

#[test]
fn no_sample_has_the_name_of_another() {
    let mut names: Vec<_> = all().iter().map(|sample| sample.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn no_page_needs_an_unsafe_policy() {
    for forbidden in [
        " style=\"",
        "<style",
        "javascript:",
        " onclick",
        " onload",
        " onsubmit",
    ] {
        assert_eq!(
            each(|page| page.html.contains(forbidden)),
            nothing(),
            "{forbidden}"
        );
    }
    assert_eq!(
        each(|page| page.html.matches("<script").count() != 1),
        nothing(),
        "the one script is the module of the layout"
    );
}

#[test]
fn every_form_that_posts_carries_the_token() {
    assert_eq!(
        each(
            |page| between(&page.html, "<form", "</form>").iter().any(|form| {
                form.contains("method=\"post\"") != form.contains("name=\"csrf\" value=\"c5rf\"")
            })
        ),
        nothing()
    );
}

#[test]
fn every_act_on_a_request_names_the_version_it_saw() {
    let acts = [
        "approval",
        "rejection",
        "revocation",
        "endorsement",
        "start",
        "end",
        "withdrawal",
    ];
    assert_eq!(
        each(
            |page| between(&page.html, "<form", "</form>").iter().any(|form| {
                form.contains("method=\"post\"")
                    && form.contains("/requests/")
                    && acts.iter().any(|act| form.contains(&format!("/{act}\"")))
                    && !form.contains("name=\"version\"")
            })
        ),
        nothing()
    );
}

#[test]
fn a_page_with_errors_says_so_in_its_title_and_in_focus() {
    assert_eq!(
        each(|page| {
            let said = page.html.contains("There is a problem");
            said != page.html.contains("<title>Error: ")
                || said && page.html.matches(" autofocus").count() != 1
        }),
        nothing()
    );
}

#[test]
fn every_error_leads_to_its_field() {
    assert_eq!(
        each(|page| between(&page.html, "<li><a href=\"#", "\"")
            .iter()
            .any(|id| !page.html.contains(&format!(" id=\"{id}\"")))),
        nothing()
    );
}

#[test]
fn what_people_typed_is_never_markup() {
    assert_eq!(each(|page| page.html.contains("<script>alert")), nothing());
    assert_eq!(each(|page| page.html.contains("</textarea><b>")), nothing());
}

#[test]
fn a_kept_answer_keeps_its_first_line_break() {
    let page = all()
        .into_iter()
        .find(|page| page.name == "new-request-refused")
        .unwrap();
    // HTML drops one line break after <textarea>; the answer's own must be the second.
    assert!(page.html.contains(">\n\nmailbox/kim"));
}

#[test]
fn ids_are_unique() {
    assert_eq!(
        each(|page| {
            let mut ids = between(&page.html, " id=\"", "\"");
            let count = ids.len();
            ids.sort_unstable();
            ids.dedup();
            ids.len() != count
        }),
        nothing()
    );
}

#[test]
fn the_words_that_tests_from_outside_rely_on_are_there() {
    for (name, words) in [
        ("sign-in", ">Sign in</button>"),
        ("sign-in", ">Email</label>"),
        ("sign-in", ">Password</label>"),
        ("second-factor", ">Verification code</label>"),
        ("second-factor", ">Verify</button>"),
        ("request-decider", ">Approve…</button>"),
        ("request-decider", ">Reject…</button>"),
        ("request-decider", ">Duration</label>"),
        ("request-active-tenant", ">Revoke access…</a>"),
        ("request-manager", ">Endorse request</button>"),
        ("request-manager", ">Reject…</a>"),
        ("request-engineer-start", ">Start access</button>"),
        ("request-engineer-start", ">Withdraw request</button>"),
        ("request-engineer-active", ">I am done</button>"),
        ("approve", ">Approve for 4 hours</button>"),
        ("approve", ">Note</label>"),
        ("reject", ">Reject request</button>"),
        ("reject", ">Reason</label>"),
        ("revoke", ">Revoke access now</button>"),
        ("revoke", ">Reason</label>"),
        ("new-request", ">Reason</label>"),
        ("new-request", ">Duration</label>"),
        (
            "lockbox-on",
            ">Require approval for all data access requests</label>",
        ),
        ("lockbox-on", ">Save</button>"),
        ("lockbox-on", ">Save limits</button>"),
        ("terms", ">Accept</button>"),
        ("trial", ">Start the trial</button>"),
        ("coverage-less", ">Accept: do not ask us</button>"),
        ("coverage-again", ">Ask us again</button>"),
        ("home", "<span>Sign out</span></button>"),
    ] {
        let page = all().into_iter().find(|page| page.name == name).unwrap();
        assert!(page.html.contains(words), "{name} must say {words}");
    }
}
