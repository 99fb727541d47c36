//! Streams that nobody reads delay no call.

use super::{
    figures::Figures,
    load::{Outcome, load, quantile},
    page::Visitor,
    scale::Scale,
    traffic::{Traffic, Write},
};
use bytes::Bytes;
use patron_tests::{Person, Role, World, wire};
use std::time::Duration;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};
use tonic::Streaming;

/// Pages a second, and changes that the streams would show.
const PAGES: f64 = 80.0;
const WRITES: f64 = 20.0;
/// Streams of each caller, each way; more than one may have.
const STREAMS: usize = 30;
/// Times below this are as good as each other to people. Source: Nielsen, Usability Engineering, 1993, chapter 5.
const UNNOTICED: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_nobody_reads_delay_no_call() {
    let scale = Scale::asked_for();
    let world = scale.world().await;
    let visitor = Visitor::prepare(&world).await;
    let traffic = Traffic::prepare(&world, Write::ALL).await;
    let look = |number| visitor.look_around(number);
    let both = || {
        let pages = load(scale.rate(PAGES), look, sleep(scale.part));
        let writes = traffic.run(scale.rate(WRITES), sleep(scale.part));
        async move { tokio::join!(pages, writes) }
    };
    let (before, _) = both().await;
    let customer = Person::customer(&world).await;
    let unread = Unread::begin(&world, Some(&customer)).await;
    let ((pages, ()), (writes, ())) = both().await;

    let mut figures = Figures::of(scale, "unread");
    figures.note(format_args!("{} streams over HTTP, {} over gRPC", unread.http.len(), unread.grpc.len()));
    let lost = |outcome: &mut dyn Iterator<Item = Outcome>| outcome.filter(|it| *it != Outcome::Done).count();
    figures.at_most("pages lost", lost(&mut pages.iter().map(|seen| seen.outcome)), 0);
    figures.at_most("writes lost", lost(&mut writes.iter().map(|seen| seen.outcome)), 0);
    let [usual, slow] = [&before.0, &pages].map(|seen| quantile(seen.iter().map(|seen| seen.took), 990));
    figures.note(format_args!("{} pages and {} writes, p99 before {usual:.1?}", pages.len(), writes.len()));
    figures.within("p99", slow, (2 * usual).max(UNNOTICED));
    drop(unread);
    traffic.check().await;
    figures.end();
    world.end().await;
}

/// Streams that are open and not read, until this is dropped.
pub(crate) struct Unread {
    http: Vec<TcpStream>,
    grpc: Vec<Streaming<Bytes>>,
}

impl Unread {
    /// Streams of every member of staff, and of a customer.
    pub(crate) async fn begin(world: &World, customer: Option<&Person>) -> Self {
        let mut tokens = Vec::new();
        for role in Role::ALL {
            tokens.push((String::new(), world.staff(role).await.token(world).await));
        }
        if let Some(customer) = customer {
            tokens.push((format!("/{}", customer.name), customer.token(world).await));
        }
        let gateway = world.mesh().gateway();
        let place = gateway.trim_start_matches("http://");
        let (mut http, mut grpc) = (Vec::new(), Vec::new());
        for (of, token) in &tokens {
            let channel = world.channel("activity").await;
            for _ in 0..STREAMS {
                let request = format!(
                    "GET /v1{of}/events:watch HTTP/1.1\r\nhost: {place}\r\nauthorization: Bearer {token}\r\n\r\n"
                );
                let mut connection = TcpStream::connect(place).await.expect("the gateway listens");
                connection.write_all(request.as_bytes()).await.expect("the gateway reads");
                http.push(connection);
                let path = "/patron.activity.v1.ActivityService/WatchActivityEvents";
                // More than one may have are refused.
                if of.is_empty()
                    && let Ok(stream) = wire::open(channel.clone(), Some(token), path, Bytes::new()).await
                {
                    grpc.push(stream);
                }
            }
        }
        Self { http, grpc }
    }
}
