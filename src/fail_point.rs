//! Places where a test of the whole program makes it fail. Without the feature `failpoints` nothing of them is compiled.
//!
//! `RINGBACK_FAIL_POINTS` names a file, which is looked at whenever one is reached, so that a test can wait until the
//! line is open: `store.job=panic;journal.append=2*panic`. Each has its name, how often it fails (always, where that is
//! not said), and how: `panic`, `abort`, or `sleep(310)` for so many milliseconds.

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

    /// How often it still fails, and how.
    type Points = HashMap<String, (u32, Failure)>;

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
        let (left, failure) = points.get_mut(name).filter(|(left, _)| *left > 0)?;
        *left -= 1;
        Some(*failure)
    }

    fn read(words: &str) -> Result<Points, &str> {
        let points = words.split(';').filter(|point| !point.trim().is_empty());
        points.map(|point| read_one(point.trim()).ok_or(point)).collect()
    }

    fn read_one(point: &str) -> Option<(String, (u32, Failure))> {
        let (name, how) = point.split_once('=')?;
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
        Some((name.to_owned(), (times, failure)))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_words_are_read_or_refused() {
            let points = read("a=panic; b.c=2*sleep(310);d=1*abort;").unwrap();
            assert_eq!(points["a"], (u32::MAX, Failure::Panic));
            assert_eq!(points["b.c"], (2, Failure::Sleep(Duration::from_millis(310))));
            assert_eq!(points["d"], (1, Failure::Abort));
            for wrong in ["a", "a=", "a=x*panic", "a=sleep(x)", "a=sleep 3"] {
                assert!(read(wrong).is_err(), "{wrong}");
            }
        }
    }
}
