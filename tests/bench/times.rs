//! How long things took.

use std::time::Duration;

/// The time, in microseconds, that so many of a hundred do not exceed.
pub fn percentile(mut times: Vec<Duration>, percent: usize) -> f64 {
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100);
    times
        .get(rank.saturating_sub(1))
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
}

/// In microseconds.
pub fn median(times: Vec<Duration>) -> f64 {
    percentile(times, 50)
}
