//! How long the disk takes to keep something: nothing that is durable is faster.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use super::Done;
use super::times::median;

const TIMES: usize = 500;
/// As much as a small commit writes.
const BYTES: usize = 4096;

/// Appends to a file in this folder and waits for the disk, over and over. Prints the median in milliseconds.
pub fn measure(folder: &str) -> Done<()> {
    let path = Path::new(folder).join("fsync");
    let mut file = File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let since = Instant::now();
        file.write_all(&[1; BYTES])?;
        file.sync_data()?;
        times.push(since.elapsed());
    }
    fs::remove_file(path)?;
    println!("{:.3}", median(times) / 1000.0);
    Ok(())
}
