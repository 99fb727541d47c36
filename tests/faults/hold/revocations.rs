//! However many sessions were ended lately, everybody else is served, by processes that start too.

use super::{
    figures::Figures,
    load::{Outcome, load, quantile},
    page::Visitor,
    scale::Scale,
};
use crate::behind::Behind;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Pages a second.
const PAGES: f64 = 80.0;
/// Sessions that have ended, which services hold for as long as a token is good.
const REVOCATIONS: u32 = 75_000;
/// By when a process that starts has heard of all of them.
const STARTED: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn however_many_sessions_have_ended_everybody_else_is_served_and_processes_start() {
    let scale = Scale::asked_for();
    let world = scale.world().await;
    let (visitor, behind) = (Visitor::prepare(&world).await, Behind::of(&world).await);
    let revoking = async {
        let revoked = revoke(scale, &behind).await;
        sleep(scale.part.max(Duration::from_secs(8))).await;
        revoked
    };
    let (pages, revoked) = load(scale.rate(PAGES), |number| visitor.look_around(number), revoking).await;
    let mut figures = Figures::of(scale, format!("revocations, {revoked} live"));
    let lost = pages.iter().filter(|seen| seen.outcome != Outcome::Done).count();
    figures.note(format_args!("p99 {:.1?}", quantile(pages.iter().map(|seen| seen.took), 990)));
    figures.at_most(&format!("of {} pages lost", pages.len()), lost, 0);
    for process in ["address", "identity", "gateway"] {
        world.mesh().kill(process).await.expect("a process can be killed");
        let began = Instant::now();
        world.mesh().start_again(process).await.expect("the process starts");
        figures.within(&format!("{process} started in"), began.elapsed(), STARTED);
        sleep(Duration::from_secs(2)).await;
        let looks = (0..16).map(|number| visitor.look_around(number));
        let looks = futures::future::join_all(looks).await;
        let lost = looks.iter().filter(|(_, outcome)| *outcome != Outcome::Done).count();
        figures.at_most("pages lost then", lost, 0);
    }
    figures.end();
    world.end().await;
}

/// Has as many sessions ended as people of a large company have. Gives how many.
pub(crate) async fn revoke(scale: Scale, behind: &Behind) -> i64 {
    behind
        .count(
            "with revoked as (
                 insert into identity.revocation (session_id, expires_at)
                 select gen_random_uuid(), now() + interval '6 minutes' from generate_series(1, $1::integer)
                 returning 1)
             select count(*) from revoked",
            &scale.count(REVOCATIONS).to_string(),
        )
        .await
}
