//! A service that is down or hangs takes nothing with it that does not need it, and what needs it is refused at once.

use super::{
    figures::Figures,
    load::{Outcome, Seen, load, quantile},
    page::{Page, Visitor},
    scale::Scale,
};
use futures::future::join_all;
use patron_tests::{World, until};
use std::time::{Duration, Instant};

/// Pages a second that need the service, and as many that do not.
const PAGES: f64 = 80.0;
/// Time in which it is found out that a service does not answer, or was answered for from memory (revocations: 5 s).
const FOUND_OUT: Duration = Duration::from_secs(6);
/// How long a refusal may take after that.
const FAST: Duration = Duration::from_millis(250);
/// By when all works again.
const RECOVERED: Duration = Duration::from_secs(5);
/// Times below this are as good as each other to people. Source: Nielsen, Usability Engineering, 1993, chapter 5.
const UNNOTICED: Duration = Duration::from_millis(100);

const SERVICES: [&str; 5] = ["identity", "profile", "address", "group", "activity"];

/// How a service is stopped.
#[derive(Debug, Clone, Copy)]
enum Stop {
    Killed,
    Suspended,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_stopped_takes_only_what_needs_it_with_it() {
    let scale = Scale::asked_for();
    let world = scale.world().await;
    let visitor = Visitor::prepare(&world).await;
    let services = if scale.form.is_whole() { SERVICES.as_slice() } else { &["address"] };
    let mut all = Vec::new();
    for service in services {
        for stop in [Stop::Killed, Stop::Suspended] {
            visitor.renew(&world).await;
            all.push(trial(scale, &world, &visitor, service, stop).await);
        }
    }
    Figures::end_all(all);
    world.end().await;
}

async fn trial(scale: Scale, world: &World, visitor: &Visitor<'_>, service: &str, stop: Stop) -> Figures {
    let (needing, others): (Vec<Page>, Vec<Page>) =
        Page::ALL.into_iter().partition(|page| page.needs(service));
    let rate = scale.rate(2.0 * PAGES);
    let look = |number: usize| {
        let of = if number.is_multiple_of(2) { &needing } else { &others };
        let page = of[number / 2 % of.len()];
        async move { (page.needs(service), visitor.look(page, number / 2).await) }
    };
    let (before, ()) = load(rate, look, tokio::time::sleep(scale.part)).await;
    let stopping = async {
        let mesh = world.mesh();
        match stop {
            Stop::Killed => mesh.kill(service).await.expect("a process can be killed"),
            Stop::Suspended => mesh.suspend(service).expect("a process can be suspended"),
        }
        tokio::time::sleep(scale.part).await;
        match stop {
            Stop::Killed => mesh.start_again(service).await.expect("the service starts"),
            Stop::Suspended => mesh.resume(service).expect("a process can be resumed"),
        }
        let back = Instant::now();
        until("all works again", 4 * RECOVERED, async || {
            let looks = join_all(needing.iter().map(|page| visitor.look(*page, 0))).await;
            looks.iter().all(|outcome| *outcome == Outcome::Done).then_some(())
        })
        .await;
        back.elapsed()
    };
    let (during, recovered) = load(rate, look, stopping).await;

    let mut figures = Figures::of(scale, format!("stopped, {service} {stop:?}"));
    let apart = |seen: &[Seen<bool>], needs: bool| -> Vec<Seen<bool>> {
        seen.iter().filter(|seen| seen.kind == needs).copied().collect()
    };
    let (others, needing) = (apart(&during, false), apart(&during, true));
    figures.note(format_args!("{} pages at {rate:.0}/s without it", others.len()));
    let lost = others.iter().filter(|seen| seen.outcome != Outcome::Done).count();
    figures.at_most("lost of them", lost, 0);
    let slow = |seen: &[Seen<bool>]| quantile(seen.iter().map(|seen| seen.took), 990);
    let usual = slow(&apart(&before, false));
    figures.note(format_args!("their p99 before {usual:.1?}"));
    figures.within("p99", slow(&others), (2 * usual).max(UNNOTICED));

    let refused: Vec<_> = needing.iter().filter(|seen| seen.outcome != Outcome::Done).collect();
    figures.note(format_args!("{} of {} with it refused", refused.len(), needing.len()));
    let unannounced = refused.iter().filter(|seen| seen.outcome != Outcome::Later).count();
    let first = refused.iter().find(|seen| seen.outcome != Outcome::Later);
    if let Some(Seen { due, took, outcome, .. }) = first {
        figures.note(format_args!("the first other answer {outcome:?} due {due:.1?}, after {took:.1?}"));
    }
    figures.at_most("not by 503 with Retry-After", unannounced, 0);
    let known = |seen: &&&Seen<bool>| seen.due > FOUND_OUT && seen.due < scale.part;
    let fast = quantile(refused.iter().filter(known).map(|seen| seen.took), 990);
    figures.within("p99 of refusals once it is known", fast, FAST);
    figures.within("recovered in", recovered, RECOVERED);
    figures
}
