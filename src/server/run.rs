//! Accepting connections, and stopping without leaving anybody in the middle of an answer.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::clock::Clock;
use crate::trouble::Trouble;

use super::Answers;
use super::noted::Noted;
use super::respond::Desk;
use super::seat::{Seat, Seats};

/// How much of everything one caller, or one stranger, may take.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time. When all are taken, strangers have to go and then who has rested longest, so that a caller
    /// finds room.
    pub connections: usize,
    /// How long a connection that has to go is still listened to: whoever uses it may have begun to send.
    pub last_look: Duration,
    /// How long a request's header may take, from its first byte or from the connection's beginning, and how long
    /// its answer may take to be read.
    pub header: Duration,
    /// How long a connection may rest between two requests. Longer than the reverse proxy's own time (Caddy: two
    /// minutes), else the proxy sends a request into a connection that is being closed, and a caller hears an error.
    pub rest: Duration,
    /// How long a body may take.
    pub body: Duration,
    /// Requests at a time whose answer steers nothing: reports of what happened. Beyond it they are refused, so that
    /// callers never wait behind more of them than one commit takes.
    pub reports: usize,
    /// Bodies beyond the usual 64 kB at a time.
    pub big_bodies: usize,
    /// By when a genuine request has its answer.
    pub answer: Duration,
    /// How long stopping may take.
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            last_look: Duration::from_millis(2),
            header: Duration::from_secs(10),
            rest: Duration::from_secs(150),
            body: Duration::from_secs(5),
            reports: 256,
            big_bodies: 4,
            answer: Duration::from_secs(1),
            stop: Duration::from_secs(5),
        }
    }
}

/// Requests were in progress when the time for stopping was over.
#[derive(Debug, thiserror::Error)]
#[error("{connections} connections were cut off when stopping")]
pub struct CutOff {
    /// How many.
    pub connections: usize,
}

/// hyper's buffer for a header and the start of a body; a longer header is answered 431.
const HEADER_BYTES: usize = 16 * 1024;
/// The pause after a connection could not be accepted, which happens when there are no file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long a header may still take when stopping.
const STOP_HEADER: Duration = Duration::from_secs(1);
const ROUNDS_WHEN_STOPPING: Duration = Duration::from_millis(50);

/// Answers on `listener` until `shutdown`, then finishes what is in progress.
pub async fn run<A: Answers>(
    listener: TcpListener,
    answers: Arc<A>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> Result<(), CutOff> {
    let desk = Arc::new(Desk::new(answers, limits));
    let mut connections = JoinSet::new();
    let mut seats = Seats::default();
    let accepting = Trouble::new(
        "connections of the provider cannot be accepted",
        "connections of the provider are accepted again",
        Clock::system(),
    );
    let mut rounds = interval((limits.header / 4).max(Duration::from_millis(1)));
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut shutdown = pin!(shutdown);
    loop {
        let is_full = seats.len() >= limits.connections.max(1);
        if is_full {
            seats.make_room();
        }
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {
                seats.tidy();
                continue;
            }
            _ = rounds.tick() => {
                seats.dismiss_slow(limits.header);
                continue;
            }
            accepted = listener.accept(), if !is_full => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                accepting.is_over();
                let seat = Arc::new(Seat::new());
                let connection = connections.spawn(serve(stream, Arc::clone(&seat), Arc::clone(&desk)));
                seats.take(seat, connection);
            }
            Err(error) => {
                accepting.is_met(error);
                seats.make_room();
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    stop(connections, &seats, limits).await
}

async fn serve<A: Answers>(stream: TcpStream, seat: Arc<Seat>, desk: Arc<Desk<A>>) {
    // Without it an answer waits for the provider's acknowledgement; where it cannot be set, it only waits.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        seat.begin();
        let (desk, seat) = (Arc::clone(&desk), Arc::clone(&seat));
        async move {
            let mut response = desk.respond(request, &seat).await;
            if seat.is_leaving() {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            seat.answered();
            Ok::<_, Infallible>(response)
        }
    });
    // Not `max_headers`: setting it moves the headers of every request to the heap, and 16 kB bound them already.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(desk.limits().rest)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(Noted::new(stream, Arc::clone(&seat)), service);
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        // A connection that breaks is the other side's affair: the provider asks again.
        _ = connection.as_mut() => return,
        () = seat.dismissed() => {}
    }
    let is_gone = timeout(desk.limits().last_look, connection.as_mut()).await.is_ok();
    if is_gone || seat.is_quiet() {
        return;
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

async fn stop(mut connections: JoinSet<()>, seats: &Seats, limits: Limits) -> Result<(), CutOff> {
    let mut rounds = interval(ROUNDS_WHEN_STOPPING);
    let all_gone = async {
        loop {
            tokio::select! {
                gone = connections.join_next() => if gone.is_none() { return },
                _ = rounds.tick() => {
                    seats.dismiss_all(STOP_HEADER.min(limits.header));
                    seats.dismiss_slow(limits.header);
                }
            }
        }
    };
    let in_time = timeout(limits.stop, all_gone).await.is_ok();
    if in_time { Ok(()) } else { Err(CutOff { connections: connections.len() }) }
}
