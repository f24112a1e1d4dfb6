//! Places where a test of the whole program makes it fail. Without the feature `failpoints` nothing of them is compiled.
//!
//! `RINGBACK_FAIL_POINTS` names a file, which is looked at whenever one is reached, so that a test can wait until the
//! line is open: `store.job=panic;journal.append=2*panic`. Each has its name, how often it fails (always, where that is
//! not said), and how: `panic`, `abort`, or `sleep(310)` for so many milliseconds. `door.verify=3+1*panic` lets three by
//! before.

/// Fails here if the surroundings say so.
macro_rules! fail_point {
    ($name:literal) => {
        #[cfg(feature = "failpoints")]
        crate::fail_point::reach($name);
    };
}
pub(crate) use fail_point;

#[cfg(feature = "failpoints")]
pub(crate) use armed::reach;

#[cfg(feature = "failpoints")]
mod armed {
    use std::collections::HashMap;
    use std::fs;
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;

    #[derive(Copy, Clone, Debug, PartialEq, Eq)]
    enum Failure {
        Panic,
        Abort,
        Sleep(Duration),
    }

    #[derive(Copy, Clone, Debug, PartialEq, Eq)]
    struct Point {
        /// How many it still lets by.
        passes: u32,
        /// How often it fails then.
        times: u32,
        failure: Failure,
    }

    type Points = HashMap<String, Point>;

    /// What the file said when it was read last, and what is left of that.
    static POINTS: Mutex<Option<(String, Points)>> = Mutex::new(None);

    pub(crate) fn reach(name: &str) {
        let Some(failure) = next(name) else { return };
        match failure {
            Failure::Panic => panic!("as the fail point `{name}` wants it"),
            Failure::Abort => std::process::abort(),
            Failure::Sleep(time) => std::thread::sleep(time),
        }
    }

    fn next(name: &str) -> Option<Failure> {
        let words = fs::read_to_string(std::env::var_os("RINGBACK_FAIL_POINTS")?).unwrap_or_default();
        let mut points = POINTS.lock().unwrap_or_else(PoisonError::into_inner);
        if points.as_ref().is_none_or(|(known, _)| *known != words) {
            let read = read(&words).unwrap_or_else(|wrong| panic!("`{wrong}` is no fail point"));
            *points = Some((words, read));
        }
        let (_, points) = points.as_mut()?;
        let point = points.get_mut(name)?;
        if point.passes > 0 {
            point.passes -= 1;
            return None;
        }
        point.times = point.times.checked_sub(1)?;
        Some(point.failure)
    }

    fn read(words: &str) -> Result<Points, &str> {
        let points = words.split(';').filter(|point| !point.trim().is_empty());
        points.map(|point| read_one(point.trim()).ok_or(point)).collect()
    }

    fn read_one(point: &str) -> Option<(String, Point)> {
        let (name, how) = point.split_once('=')?;
        let (passes, how) = match how.split_once('+') {
            Some((passes, how)) => (passes.parse().ok()?, how),
            None => (0, how),
        };
        let (times, how) = match how.split_once('*') {
            Some((times, how)) => (times.parse().ok()?, how),
            None => (u32::MAX, how),
        };
        let failure = match how {
            "panic" => Failure::Panic,
            "abort" => Failure::Abort,
            _ => {
                let millis = how.strip_prefix("sleep(")?.strip_suffix(')')?.parse().ok()?;
                Failure::Sleep(Duration::from_millis(millis))
            }
        };
        Some((name.to_owned(), Point { passes, times, failure }))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_words_are_read_or_refused() {
            let points = read("a=panic; b.c=2*sleep(310);d=3+1*abort;").unwrap();
            let point = |name| (points[name].passes, points[name].times, points[name].failure);
            assert_eq!(point("a"), (0, u32::MAX, Failure::Panic));
            assert_eq!(point("b.c"), (0, 2, Failure::Sleep(Duration::from_millis(310))));
            assert_eq!(point("d"), (3, 1, Failure::Abort));
            for wrong in ["a", "a=", "a=x*panic", "a=x+panic", "a=sleep(x)", "a=sleep 3"] {
                assert!(read(wrong).is_err(), "{wrong}");
            }
        }
    }
}
