//! The line without its guards: the same conversation, committed before its answer by the same writer, behind a plain
//! hyper. No limits, no seats, no patience, no journal, nothing that watches. What the line costs above it is what the
//! guards cost.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use ringback::clock::Clock;
use ringback::dialect::{self, Route, twilio};
use ringback::settings::{Environment, Home, Secret};
use ringback::store::Writer;
use ringback::switchboard::{Answer, Draft, Live, Moment};
use tokio::net::{TcpListener, TcpStream};

use crate::Failure;
use crate::load::{PUBLIC_URL, TOKEN};
use crate::servers::end_of_stdin;

/// What every connection shares.
struct Line {
    writer: Writer,
    moment: Moment,
    clock: Clock,
}

pub(crate) async fn serve(folder: &Path) -> Result<(), Failure> {
    let home = Home::new(folder);
    let environment = Environment { twilio_auth_token: Some(Secret::new(TOKEN)), ..Environment::default() };
    let draft = Draft::read(&home, &environment, false)?;
    let (writer, _) = Writer::start(&home.database())?;
    let clock = Clock::system();
    let live = Live::start(&draft, &writer, PUBLIC_URL, clock.now()).await?;
    let moment = Moment::new(Arc::new(live), clock.now());
    let line = Arc::new(Line { writer, moment, clock });
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let mut stop = pin!(end_of_stdin());
    loop {
        tokio::select! {
            () = &mut stop => return Ok(()),
            accepted = listener.accept() => {
                tokio::spawn(serve_connection(accepted?.0, line.clone()));
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, line: Arc<Line>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: Request<Incoming>| {
        let line = line.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            let answer = line.answer(&Request::from_parts(head, ()), &body).await;
            Ok::<_, Infallible>(answer.unwrap_or_else(|| with(StatusCode::FORBIDDEN)))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(150))
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    // A connection that breaks shows at the other side.
    let _ = connection.await;
}

impl Line {
    /// `None` when it is not genuine, not understood or not kept: the load is, and what is not stops the bench.
    async fn answer(&self, request: &Request<()>, body: &Bytes) -> Option<Response<Full<Bytes>>> {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let read = dialect::Request {
            is_get: false,
            target: request.uri().path(),
            content_type: header("content-type"),
            signature: header("x-twilio-signature"),
            body,
        };
        if !twilio::genuine(&read, PUBLIC_URL, TOKEN) {
            return None;
        }
        let route = Route::parse(request.uri().path().strip_prefix("/twilio/")?)?;
        let now = self.clock.now();
        let webhook = twilio::read(&read, &route, now).ok()?;
        let moment = self.moment.at(now, self.clock.steady());
        match self.writer.write(move |tx| moment.answer(tx, webhook)).await.ok()? {
            Answer::Document(document) => {
                let mut reply = Response::new(Full::from(document));
                let kind = HeaderValue::from_static("text/xml; charset=utf-8");
                reply.headers_mut().insert(CONTENT_TYPE, kind);
                Some(reply)
            }
            Answer::Nothing => Some(with(StatusCode::NO_CONTENT)),
            Answer::Safe => None,
        }
    }
}

fn with(status: StatusCode) -> Response<Full<Bytes>> {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = status;
    reply
}
