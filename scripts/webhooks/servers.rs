//! The servers: one that only speaks HTTP, one that also checks signatures, the line without its guards, and the line
//! itself.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use ringback::dialect::{self, Form, twilio};
use ringback::server::{Limits, Opening, Station};
use ringback::settings::{Environment, Home, SAMPLE, Secret};
use ringback::switchboard::Draft;
use tokio::net::{TcpListener, TcpStream};

use crate::Failure;
use crate::load::{PUBLIC_URL, TOKEN};
use crate::machine::now;
use crate::unguarded;

const FRONT_DESK: &str = include_str!("../../ivr-flows/front-desk.toml");

/// What the two servers that know no calls answer, by the end of the path.
const DOCUMENTS: &str = "documents.json";

/// Which server.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Kind {
    /// hyper, with the same settings and the same bytes
    Bare,
    /// The same, and the form is read and its signature checked
    Signed,
    /// The line without its guards: the conversation, durable before the answer, and nothing around it
    Unguarded,
    /// The line: everything, durable before the answer
    Ringback,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Bare, Self::Signed, Self::Unguarded, Self::Ringback];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Signed => "signed",
            Self::Unguarded => "unguarded",
            Self::Ringback => "ringback",
        }
    }
}

/// A server in a process of its own; it ends with this.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    pub(crate) began: Instant,
    child: Child,
}

impl Server {
    pub(crate) fn start(kind: Kind, folder: &Path, workers: usize) -> Result<Self, Failure> {
        let began = now();
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .arg(kind.word())
            .arg(folder)
            .arg(workers.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        BufReader::new(child.stdout.take().ok_or("no stdout")?).read_line(&mut said)?;
        let address = said.trim().strip_prefix("listening on http://").map(str::parse);
        let address = address.ok_or_else(|| format!("{kind:?} said `{said}`"))??;
        Ok(Self { kind, address, began, child })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// As a power cut would, as far as the process can tell.
    pub(crate) fn kill(mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already, or gone now: either way nothing is left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ridge Plumbing, always open, with the shipped front desk.
pub(crate) fn furnish(folder: &Path) -> Result<(), Failure> {
    fs::create_dir(folder.join("ivr-flows"))?;
    let settings = format!("public_url = \"{PUBLIC_URL}\"\n{SAMPLE}");
    fs::write(folder.join("ringback.toml"), settings)?;
    fs::write(folder.join("ivr-flows/front-desk.toml"), FRONT_DESK)?;
    Ok(())
}

/// What the line answered to one call, for the servers that know no calls.
pub(crate) fn keep_documents(folder: &Path, documents: &[String]) -> Result<(), Failure> {
    let ends = ["voice", "rang", "silence", "key"];
    let by_end: HashMap<&str, &String> = ends.into_iter().zip(documents).collect();
    Ok(fs::write(folder.join(DOCUMENTS), serde_json::to_string(&by_end)?)?)
}

/// Serves until stdin ends, which it does when the bench does.
pub(crate) fn serve(kind: Kind, folder: &Path, workers: usize) -> Result<(), Failure> {
    let mut builder = match workers {
        0 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.worker_threads(workers.max(1)).enable_all().build()?;
    let served = runtime.block_on(async {
        match kind {
            Kind::Bare => serve_documents(folder, answer_anybody).await,
            Kind::Signed => serve_documents(folder, answer_the_provider).await,
            Kind::Unguarded => unguarded::serve(folder).await,
            Kind::Ringback => serve_line(folder).await,
        }
    });
    runtime.shutdown_background();
    served
}

async fn serve_line(folder: &Path) -> Result<(), Failure> {
    let home = Home::new(folder);
    let environment = Environment { twilio_auth_token: Some(Secret::new(TOKEN)), ..Environment::default() };
    let draft = Draft::read(&home, &environment, false)?;
    let opening = Opening {
        home,
        environment,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        insecure: false,
        clock: ringback::clock::Clock::system(),
    };
    let station = Station::open(opening, &draft).await?;
    println!("listening on http://{}", station.address);
    Ok(station.serve(Limits::default(), end_of_stdin()).await?)
}

pub(crate) async fn end_of_stdin() {
    let wait = || io::stdin().read_to_end(&mut Vec::new());
    // An error of stdin is its end.
    let _ = tokio::task::spawn_blocking(wait).await;
}

type Documents = HashMap<String, Bytes>;
type Reply = Response<Full<Bytes>>;
type Respond = fn(&Documents, &Request<()>, &Bytes) -> Reply;

async fn serve_documents(folder: &Path, respond: Respond) -> Result<(), Failure> {
    let read: HashMap<String, String> = serde_json::from_slice(&fs::read(folder.join(DOCUMENTS))?)?;
    let read: Documents = read.into_iter().map(|(end, document)| (end, Bytes::from(document))).collect();
    let documents = Arc::new(read);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let mut stop = pin!(end_of_stdin());
    loop {
        tokio::select! {
            () = &mut stop => return Ok(()),
            accepted = listener.accept() => {
                tokio::spawn(serve_connection(accepted?.0, documents.clone(), respond));
            }
        }
    }
}

/// With the settings of the line's own server.
async fn serve_connection(stream: TcpStream, documents: Arc<Documents>, respond: Respond) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: Request<Incoming>| {
        let documents = documents.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            Ok::<_, Infallible>(respond(&documents, &Request::from_parts(head, ()), &body))
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

fn answer_anybody(documents: &Documents, request: &Request<()>, _body: &Bytes) -> Reply {
    let end = request.uri().path().rsplit('/').next().unwrap_or_default();
    let Some(document) = documents.get(end) else {
        let mut nothing = Response::new(Full::default());
        *nothing.status_mut() = StatusCode::NO_CONTENT;
        return nothing;
    };
    let mut reply = Response::new(Full::new(document.clone()));
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
    reply
}

fn answer_the_provider(documents: &Documents, request: &Request<()>, body: &Bytes) -> Reply {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let read = dialect::Request {
        is_get: false,
        target: request.uri().path(),
        content_type: header("content-type"),
        signature: header("x-twilio-signature"),
        body,
    };
    // The check reads the form for itself; a server that also wants to know what it says reads it again.
    let form = Form::parse(body);
    if !twilio::genuine(&read, PUBLIC_URL, TOKEN) || form == Form::default() {
        let mut forbidden = Response::new(Full::default());
        *forbidden.status_mut() = StatusCode::FORBIDDEN;
        return forbidden;
    }
    answer_anybody(documents, request, body)
}
