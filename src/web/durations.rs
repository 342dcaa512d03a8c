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
        .map(|duration| {
            let choice = Choice::new(duration.iso8601(), duration.to_string());
            if duration == chosen {
                choice.chosen()
            } else {
                choice
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
