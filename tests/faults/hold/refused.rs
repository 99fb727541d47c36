//! Requests that are refused, many more than are answered, make no other fail, not even on the same connection.

use super::{
    figures::Figures,
    load::{Outcome, load, quantile},
    scale::Scale,
    traffic::{Traffic, Write},
};
use http::StatusCode;
use patron_tests::{Role, World};
use reqwest::RequestBuilder;
use std::{fmt::Write as _, net::IpAddr, time::Duration};
use tokio::time::sleep;

/// Refused requests a second, and writes of others.
const REFUSED: f64 = 800.0;
const WRITES: f64 = 20.0;
/// Addresses that refused requests come from, by their last number.
const ADDRESSES: [u8; 3] = [1, 2, 3];
/// Times below this are as good as each other to people. Source: Nielsen, Usability Engineering, 1993, chapter 5.
const UNNOTICED: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_refused_make_no_other_fail() {
    let scale = Scale::asked_for();
    let world = scale.world().await;
    let mut all = Vec::new();
    for shared in [false, true] {
        let traffic = Traffic::prepare(&world, Write::ALL).await;
        let flood = if shared {
            let http = client().http2_prior_knowledge().build().expect("an HTTP client");
            traffic.by(http.clone());
            Flood::over(&world, vec![http]).await
        } else {
            Flood::prepare(&world).await
        };
        let (before, ()) = traffic.run(scale.rate(WRITES), sleep(scale.part)).await;
        let refusals = load(scale.rate(REFUSED), |number| flood.send(number), sleep(scale.part));
        let writes = traffic.run(scale.rate(WRITES), sleep(scale.part));
        let ((refusals, ()), (writes, ())) = tokio::join!(refusals, writes);

        let how = if shared { "one connection over HTTP/2" } else { "connections of their own" };
        let mut figures = Figures::of(scale, format!("refused, {how}"));
        let end = refusals.iter().map(|seen| seen.due + seen.took).max().unwrap_or_default();
        let sent = u32::try_from(refusals.len()).expect("loads end");
        let reached = f64::from(sent) / end.as_secs_f64();
        figures.note(format_args!("{reached:.0} of {:.0} refusals/s reached", scale.rate(REFUSED)));
        let broken =
            refusals.iter().filter(|seen| !matches!(seen.outcome, Outcome::Failed(_) | Outcome::Later));
        figures.at_most("refusals without an answer", broken.count(), 0);
        let lost: Vec<_> = writes.iter().filter(|seen| seen.outcome != Outcome::Done).collect();
        figures.at_most(&format!("of {} writes failed", writes.len()), lost.len(), 0);
        figures.note(format_args!("the first of them {:?}", lost.first().map(|seen| seen.outcome)));
        let [usual, slow] = [&before, &writes].map(|seen| quantile(seen.iter().map(|seen| seen.took), 990));
        figures.note(format_args!("their p99 {slow:.1?}, before {usual:.1?}"));
        figures.within(
            "median",
            quantile(writes.iter().map(|seen| seen.took), 500),
            (4 * usual).max(UNNOTICED),
        );
        traffic.check().await;
        all.push(figures);
    }
    Figures::end_all(all);
    world.end().await;
}

fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy()
}

/// Requests that are refused, each in another way.
pub(crate) struct Flood {
    http: Vec<reqwest::Client>,
    gateway: String,
    token: String,
    wrong_names: String,
}

impl Flood {
    /// From some addresses of their own: the gateway has so many connections for one.
    pub(crate) async fn prepare(world: &World) -> Self {
        let clients = ADDRESSES.map(|last| client().local_address(IpAddr::from([127, 200, 1, last])).build());
        Self::over(world, clients.map(|client| client.expect("an HTTP client")).to_vec()).await
    }

    /// By these clients.
    async fn over(world: &World, http: Vec<reqwest::Client>) -> Self {
        let token = world.staff(Role::Viewer).await.token(world).await;
        let mut wrong_names = String::new();
        for number in 0..300 {
            write!(wrong_names, "names=wrong/{number}&").expect("text grows");
        }
        Self { http, gateway: world.mesh().gateway(), token, wrong_names }
    }

    pub(crate) async fn send(&self, number: usize) -> (StatusCode, Outcome) {
        let http = &self.http[number % self.http.len()];
        let post = || http.post(format!("{}/v1/customers", self.gateway));
        let (status, request): (_, RequestBuilder) = match number % 10 {
            0 => (StatusCode::UNAUTHORIZED, post().bearer_auth("none.such.token").body("{}")),
            1 => (StatusCode::BAD_REQUEST, post().bearer_auth(&self.token).body("{")),
            2 => {
                let url = format!("{}/v1/customers:batchGet?{}", self.gateway, self.wrong_names);
                (StatusCode::BAD_REQUEST, http.get(url).bearer_auth(&self.token))
            }
            3 => (StatusCode::NOT_FOUND, http.get(format!("{}/v1/nothing", self.gateway))),
            _ => (StatusCode::UNAUTHORIZED, post().body("x".repeat(2_000))),
        };
        (status, Outcome::of(request).await)
    }
}
