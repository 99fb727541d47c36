//! Connections that say nothing and bodies that never end, at every port, keep nobody else waiting.

use super::{
    figures::Figures,
    load::{Outcome, load, quantile},
    page::Visitor,
    scale::Scale,
    traffic::{Traffic, Write},
};
use http::uri::PathAndQuery;
use patron_local::{mesh::Mesh, probe};
use patron_proto::codec::Verbatim;
use patron_tests::{Bearer, Role, World};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::sleep,
};
use tonic::{Request, client::Grpc, service::interceptor::InterceptedService};

/// Pages a second, and writes.
const PAGES: f64 = 80.0;
const WRITES: f64 = 10.0;
/// Silent connections to each port, half of them in the midst of a header, and requests to the gateway whose body never ends.
const CONNECTIONS: u32 = 300;
/// Connections to each service whose streams never send, and streams of each: without a token, then with one.
const STREAMING: u32 = 20;
const STREAMS: u32 = 50;
/// Times below this are as good as each other to people. Source: Nielsen, Usability Engineering, 1993, chapter 5.
const UNNOTICED: Duration = Duration::from_millis(100);

const PROCESSES: [&str; 6] = ["gateway", "identity", "profile", "address", "group", "activity"];

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_and_bodies_without_end_keep_nobody_waiting() {
    let scale = Scale::asked_for();
    let world = scale.world().await;
    let visitor = Visitor::prepare(&world).await;
    let traffic = Traffic::prepare(&world, Write::ALL).await;
    let look = |number| visitor.look_around(number);
    let (before, ()) = load(scale.rate(PAGES), look, sleep(scale.part)).await;
    let silence = Silence::begin(&world, scale).await;
    let pages = load(scale.rate(PAGES), look, sleep(scale.part));
    let writes = traffic.run(scale.rate(WRITES), sleep(scale.part));
    let probes =
        load(10.0, |number| serves(world.mesh(), PROCESSES[number % PROCESSES.len()]), sleep(scale.part));
    let ((pages, ()), (writes, ()), (probes, ())) = tokio::join!(pages, writes, probes);

    let mut figures = Figures::of(scale, "silent");
    figures.note(format_args!("{} held by {} tasks", silence.what, silence.tasks.len()));
    for (what, lost) in [
        ("pages", pages.iter().filter(|seen| seen.outcome != Outcome::Done).count()),
        ("writes", writes.iter().filter(|seen| seen.outcome != Outcome::Done).count()),
        ("probes", probes.iter().filter(|seen| seen.outcome != Outcome::Done).count()),
    ] {
        figures.at_most(&format!("{what} lost"), lost, 0);
    }
    let [usual, slow] = [&before, &pages].map(|seen| quantile(seen.iter().map(|seen| seen.took), 990));
    figures.note(format_args!("{} pages and {} writes, p99 before {usual:.1?}", pages.len(), writes.len()));
    figures.within("p99", slow, (2 * usual).max(UNNOTICED));
    drop(silence);
    traffic.check().await;
    figures.end();
    world.end().await;
}

/// Connections and requests that never come to an end. What is closed is opened again, until this is dropped.
pub(crate) struct Silence {
    tasks: JoinSet<()>,
    what: String,
}

impl Silence {
    pub(crate) async fn begin(world: &World, scale: Scale) -> Self {
        let (mesh, mut tasks) = (world.mesh(), JoinSet::new());
        let token = world.staff(Role::Viewer).await.token(world).await;
        let place = |url: &str| -> SocketAddr {
            let (_, place) = url.rsplit_once('/').expect("a URL");
            place.parse().expect("a place")
        };
        let connections = scale.count(CONNECTIONS);
        let half = |place: SocketAddr| format!("GET /livez HTTP/1.1\r\nhost: {place}\r\n");
        let endless = |place: SocketAddr, token: &str| {
            format!(
                "POST /v1/customers HTTP/1.1\r\nhost: {place}\r\ncontent-type: application/json\r\n\
                 authorization: Bearer {token}\r\ncontent-length: 60000\r\n\r\n{{"
            )
        };
        let gateway = place(&mesh.gateway());
        for number in 0..connections {
            tasks.spawn(mute(gateway, number, endless(gateway, &token)));
        }
        for process in PROCESSES {
            let own = if process == "gateway" { gateway } else { place(&mesh.url(process)) };
            for place in [own, place(&mesh.probe_url(process))] {
                for number in 0..connections {
                    let said = if number % 2 == 0 { String::new() } else { half(place) };
                    tasks.spawn(mute(place, number, said));
                }
            }
        }
        let (streaming, streams) = (scale.count(STREAMING), scale.count(STREAMS));
        for process in &PROCESSES[1..] {
            for number in 0..streaming {
                let channel = world.channel(process).await;
                let token = (number % 2 == 1).then_some(token.as_str());
                for _ in 0..streams {
                    let channel = InterceptedService::new(channel.clone(), Bearer::new(token));
                    tasks.spawn(async move {
                        let path =
                            PathAndQuery::from_static("/patron.profile.v1.CustomerService/GetCustomer");
                        let mut client = Grpc::new(channel);
                        loop {
                            if client.ready().await.is_ok() {
                                let request = Request::new(tokio_stream::pending());
                                drop(client.streaming(request, path.clone(), Verbatim).await);
                            }
                            sleep(Duration::from_millis(500)).await;
                        }
                    });
                }
            }
        }
        let what = format!(
            "{connections} connections at each of 12 ports, {connections} bodies, {} streams at each service",
            streaming * streams
        );
        Self { tasks, what }
    }
}

/// Connects, says something and no more. From an address of its own, as strangers have.
async fn mute(place: SocketAddr, number: u32, said: String) {
    let [low, ..] = number.to_le_bytes();
    loop {
        if let Ok(mut connection) = connect(place, low).await {
            let mut nothing = [0; 256];
            if connection.write_all(said.as_bytes()).await.is_ok() {
                while connection.read(&mut nothing).await.is_ok_and(|read| read > 0) {}
            }
        }
        sleep(Duration::from_millis(500)).await;
    }
}

async fn connect(place: SocketAddr, low: u8) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 200, 0, low.max(1)], 0).into())?;
    socket.connect(place).await
}

async fn serves(mesh: &Mesh, process: &'static str) -> (&'static str, Outcome) {
    let url = mesh.probe_url(process);
    let serves = probe::serves(url.trim_start_matches("http://")).await;
    (process, if serves { Outcome::Done } else { Outcome::Broken })
}
