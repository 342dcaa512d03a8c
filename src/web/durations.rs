//! The durations that can be chosen.

use super::view::Choice;
use crate::domain::time::Minutes;

/// What is offered, in minutes: 15 minutes to 24 hours.
const OFFERED: [u32; 8] = [15, 30, 60, 120, 240, 480, 720, 1440];

/// The durations below `longest` and `longest` itself, one of them chosen.
#[must_use]
pub fn up_to(longest: Minutes, chosen: Minutes) -> Vec<Choice> {
    OFFERED
        .into_iter()
        .filter_map(|minutes| Minutes::new(minutes).ok())
        .filter(|duration| *duration < longest)
        .chain([longest])
        .map(|duration| choice(duration, duration == chosen))
        .collect()
}

/// What is offered for the customer to answer, in minutes: 1 hour to 4 days.
const OFFERED_TO_ANSWER: [u32; 9] = [60, 120, 240, 480, 720, 1440, 2880, 4320, 5760];

/// The times to answer, one of them chosen.
#[must_use]
pub fn to_answer(chosen: Minutes) -> Vec<Choice> {
    with(chosen, &OFFERED_TO_ANSWER)
}

/// The durations of a day at most, one of them chosen.
#[must_use]
pub fn within_a_day(chosen: Minutes) -> Vec<Choice> {
    with(chosen, &OFFERED)
}

/// What is offered, and the chosen one where it is an odd one.
fn with(chosen: Minutes, offered: &[u32]) -> Vec<Choice> {
    let offered = offered.iter().filter_map(|m| Minutes::new(*m).ok());
    let mut lengths: Vec<Minutes> = offered.chain([chosen]).collect();
    lengths.sort_unstable();
    lengths.dedup();
    lengths
        .into_iter()
        .map(|length| choice(length, length == chosen))
        .collect()
}

fn choice(length: Minutes, chosen: bool) -> Choice {
    let choice = Choice::new(length.iso8601(), length.to_string());
    if chosen { choice.chosen() } else { choice }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_limit_stands_among_those_offered() {
        let values: Vec<_> = to_answer(Minutes::new(90).unwrap())
            .into_iter()
            .filter(|choice| choice.chosen || choice.value == "PT96H")
            .map(|choice| (choice.value, choice.chosen))
            .collect();
        assert_eq!(
            values,
            [("PT1H30M".to_owned(), true), ("PT96H".to_owned(), false)]
        );
    }

    #[test]
    fn the_longest_is_offered_even_when_it_is_an_odd_one() {
        let ninety = Minutes::new(90).unwrap();
        let choices = up_to(ninety, ninety);
        let values: Vec<_> = choices
            .iter()
            .map(|c| (c.value.as_str(), c.chosen))
            .collect();
        assert_eq!(
            values,
            [
                ("PT15M", false),
                ("PT30M", false),
                ("PT1H", false),
                ("PT1H30M", true)
            ]
        );
    }
}
