//! File descriptors: connections never take the last ones, which database and journal need to be opened again.

use std::fs;

/// Held back for the database, the journal and what is asked of others. A database that is opened again takes three,
/// and the journal one; a request to the provider, a notice and an edited file take one each, and so does the file
/// that a refused connection is told with.
const HELD_BACK: usize = 16;
/// Fewer connections than these are no server; it tries all the same, and accepting backs off.
const FEWEST: usize = 4;

/// How many connections fit into what the process may have open, and no more than `wanted`.
pub(super) fn room_for(wanted: usize) -> usize {
    let (Some(limit), Some(open)) = (soft_limit(), open_now()) else { return wanted };
    let room = limit.saturating_sub(open + HELD_BACK).max(FEWEST);
    if room < wanted {
        tracing::warn!(
            connections = room,
            limit,
            "fewer connections than usual fit into the limit of open files; raise it (`ulimit -n`, LimitNOFILE=)"
        );
    }
    wanted.min(room)
}

/// Linux tells it in a file; where there is none, accepting still backs off.
fn soft_limit() -> Option<usize> {
    soft_limit_in(&fs::read_to_string("/proc/self/limits").ok()?)
}

fn soft_limit_in(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn open_now() -> Option<usize> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_the_first_of_the_two() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max processes             100                  200                  processes \n\
                      Max open files            1024                 524288               files     \n";
        assert_eq!(soft_limit_in(limits), Some(1024));
        assert_eq!(soft_limit_in(&limits.replace("1024 ", "unlimited")), None);
        assert_eq!(soft_limit_in(""), None);
    }

    #[test]
    fn a_crowd_leaves_room_for_what_must_be_opened() {
        assert_eq!(room_for(1), 1);
        let limit = soft_limit().unwrap();
        assert!(room_for(usize::MAX) + HELD_BACK <= limit, "{limit}");
    }
}
