//! Lines on stderr while the line is open: whoever reads them may stop, and nobody is held up.
//!
//! One thread writes; everybody else leaves lines in a bounded queue. What finds no room there is lost and counted,
//! and the count is told as soon as somebody reads again.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Lines that wait at the most.
const QUEUE: usize = 1024;
/// Lines of the log that wait at the most; the rest is held back for what must be said.
const LOG: usize = QUEUE - 64;

/// Lines on their way to stderr, or to whatever stands in for it.
pub struct Lines {
    queue: SyncSender<Line>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    waiting: AtomicUsize,
    lost: AtomicU64,
}

struct Line {
    text: Vec<u8>,
    /// Whoever waits until it is written; told whether it was.
    asker: Option<std::sync::mpsc::Sender<bool>>,
}

/// The lines of this process. Its thread starts with the first of them.
pub fn lines() -> &'static Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES.get_or_init(|| {
        // Not `io::Stderr`: a thread that writes holds its lock, and a reader that has stopped would stop everybody
        // who says anything, a panic too.
        match io::stderr().as_fd().try_clone_to_owned() {
            Ok(stderr) => Lines::to(File::from(stderr)),
            Err(_) => Lines::to(io::sink()),
        }
    })
}

impl Lines {
    /// Starts the thread that writes to `out`.
    pub fn to(out: impl Write + Send + 'static) -> Self {
        let (queue, waiting) = sync_channel(QUEUE);
        let counts = Arc::<Counts>::default();
        let theirs = counts.clone();
        // Without a thread the queue has no reader, and every line is lost and counted.
        let _ =
            std::thread::Builder::new().name("stderr".into()).spawn(move || write(out, &waiting, &theirs));
        Self { queue, counts }
    }

    /// Leaves text to be written; loses it when too much waits already.
    pub fn log(&self, text: &[u8]) {
        if self.counts.waiting.load(Relaxed) >= LOG {
            self.counts.lost.fetch_add(1, Relaxed);
            return;
        }
        self.leave(Line { text: text.to_owned(), asker: None });
    }

    /// Leaves a line that must be said and waits for it, but not longer than `patience`; whether it was written.
    pub fn say(&self, line: &str, patience: Duration) -> bool {
        self.wait(format!("{line}\n").into_bytes(), patience)
    }

    /// Waits until everything that was left before is written, but not longer than `patience`; whether it was.
    pub fn flush(&self, patience: Duration) -> bool {
        self.wait(Vec::new(), patience)
    }

    /// How many lines were lost.
    pub fn lost(&self) -> u64 {
        self.counts.lost.load(Relaxed)
    }

    fn wait(&self, text: Vec<u8>, patience: Duration) -> bool {
        let (asker, written) = channel();
        self.leave(Line { text, asker: Some(asker) });
        written.recv_timeout(patience).unwrap_or(false)
    }

    fn leave(&self, line: Line) {
        self.counts.waiting.fetch_add(1, Relaxed);
        if self.queue.try_send(line).is_err() {
            self.counts.waiting.fetch_sub(1, Relaxed);
            self.counts.lost.fetch_add(1, Relaxed);
        }
    }
}

/// For a log that writes a whole line at a time.
impl Write for &Lines {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.log(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(mut out: impl Write, waiting: &Receiver<Line>, counts: &Counts) {
    let mut told = 0;
    while let Ok(line) = waiting.recv() {
        let lost = counts.lost.load(Relaxed);
        if lost > told && writeln!(out, "{} lines of the log were lost", lost - told).is_ok() {
            told = lost;
        }
        let written = out.write_all(&line.text).and_then(|()| out.flush()).is_ok();
        counts.waiting.fetch_sub(1, Relaxed);
        if !written {
            counts.lost.fetch_add(1, Relaxed);
        }
        if let Some(asker) = line.asker {
            // Whoever asked may have given up.
            let _ = asker.send(written);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, PipeReader, Read};

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    fn pipe() -> (PipeReader, Lines) {
        let (reader, writer) = io::pipe().unwrap();
        (reader, Lines::to(writer))
    }

    #[test]
    fn what_is_left_is_written_in_its_order() {
        let (reader, lines) = pipe();
        lines.log(b"one\n");
        assert!(lines.say("two", LONG));
        (&lines).write_all(b"three\n").unwrap();
        assert!(lines.flush(LONG));
        drop(lines);
        let read: Vec<_> = BufReader::new(reader).lines().map(Result::unwrap).collect();
        assert_eq!(read, ["one", "two", "three"]);
    }

    #[test]
    fn a_reader_that_has_stopped_holds_nobody_up_and_what_is_lost_is_counted() {
        let (mut reader, lines) = pipe();
        let long = [b"x".repeat(1000), b"\n".to_vec()].concat();
        // 64 kB fit into the pipe, and the rest into the queue up to its bound.
        (0..3 * QUEUE).for_each(|_| lines.log(&long));
        let lost = lines.lost();
        assert!((1..3 * QUEUE as u64).contains(&lost), "{lost}");
        assert!(
            !lines.say("there is room for last words, and nobody to hear them", Duration::from_millis(1))
        );
        assert_eq!(lines.lost(), lost, "it waits");

        let reading = std::thread::spawn(move || {
            let mut read = String::new();
            reader.read_to_string(&mut read).unwrap();
            read
        });
        assert!(lines.flush(LONG));
        drop(lines);
        let read = reading.join().unwrap();
        let whole = read.lines().filter(|line| line.len() == 1000).count() as u64;
        assert_eq!(whole + lost, 3 * QUEUE as u64);
        let told = read.lines().filter_map(|line| line.strip_suffix(" lines of the log were lost"));
        assert_eq!(told.map(|lost| lost.parse::<u64>().unwrap()).sum::<u64>(), lost);
        assert!(read.contains("last words"));
    }

    #[test]
    fn where_nothing_can_be_written_everything_is_lost_and_counted() {
        let (reader, lines) = pipe();
        drop(reader);
        assert!(!lines.say("nobody is there", LONG));
        assert_eq!(lines.lost(), 1);
        let full = Lines::to(File::options().write(true).open("/dev/full").unwrap());
        assert!(!full.say("it is full", LONG));
        assert_eq!(full.lost(), 1);
    }
}
