//! Trouble of every kind, one after the other at random, under people who read and write: nothing acknowledged is lost, every change is
//! kept once, and every service knows the same customers.

mod trouble;

use self::trouble::{Bed, Trouble};
use super::{
    figures::Figures,
    load::{Outcome, load},
    page::Visitor,
    scale::Scale,
    traffic::{Traffic, Write},
};
use crate::{behind::Behind, form::Named, postgres::everything_works};
use patron_local::{
    mesh::own_address,
    postgres::{Options, Postgres},
};
use patron_tests::{Role, assert_unbroken_chains, holds};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Pages a second, and writes.
const PAGES: f64 = 40.0;
const WRITES: f64 = 20.0;
/// How long each trouble lasts, and the calm between two, in seconds.
const LASTS: std::ops::Range<f64> = 1.0..8.0;
const CALM: std::ops::Range<f64> = 0.5..4.0;
/// By when all works again after each.
const RECOVERED: Duration = Duration::from_secs(10);
/// Time for what is held up to be delivered, at the end.
const DELIVERED: Duration = Duration::from_mins(3);

#[tokio::test(flavor = "multi_thread")]
async fn after_trouble_of_every_kind_nothing_is_lost_and_all_know_the_same() {
    let scale = Scale::asked_for();
    let seed = scale.form.first_seed();
    let _named = Named(format!("random, seed {seed}"));
    let options =
        Options { address: own_address().expect("the system has random bytes"), port: 0, durable: false };
    let postgres = Postgres::start_temporary(&options).await.expect("Postgres starts");
    let world = scale.world_with(|options| options.server = postgres.url().clone()).await;
    let (visitor, traffic) = (Visitor::prepare(&world).await, Traffic::prepare(&world, Write::ALL).await);
    let behind = Behind::of(&world).await;
    let mut bed = Bed { world: &world, scale, behind: &behind, postgres };
    let (mut random, began) = (StdRng::seed_from_u64(seed), Instant::now());

    let troubling = async {
        let (mut counts, mut longest) = (BTreeMap::<Trouble, u32>::new(), Duration::ZERO);
        while began.elapsed() < scale.random {
            let manager = world.signed_in(Role::Manager).await;
            traffic.renew(&world).await;
            visitor.renew(&world).await;
            let trouble = *Trouble::ALL.choose(&mut random).expect("there is some");
            let lasts = Duration::from_secs_f64(random.random_range(LASTS));
            scale.form.say(format_args!("random: {trouble:?} for {lasts:.1?} after {:.0?}", began.elapsed()));
            bed.strike(trouble, lasts).await;
            *counts.entry(trouble).or_default() += 1;
            let over = Instant::now();
            let works = async || everything_works(&manager).await;
            holds(&format!("all works after {trouble:?}"), 6 * RECOVERED, works).await;
            longest = longest.max(over.elapsed());
            sleep(Duration::from_secs_f64(random.random_range(CALM))).await;
        }
        (counts, longest)
    };
    let writing = traffic.run(scale.rate(WRITES), troubling);
    let reading = async {
        let time = sleep(scale.random);
        load(scale.rate(PAGES), |number| visitor.look_around(number), time).await.0
    };
    let ((writes, (counts, longest)), pages) = tokio::join!(writing, reading);

    let mut figures = Figures::of(scale, format!("random, seed {seed}"));
    figures.note(format_args!("{counts:?}"));
    let done =
        |outcomes: &mut dyn Iterator<Item = Outcome>| outcomes.filter(|it| *it == Outcome::Done).count();
    figures.note(format_args!(
        "{} of {} pages shown, {} of {} writes acknowledged",
        done(&mut pages.iter().map(|seen| seen.outcome)),
        pages.len(),
        done(&mut writes.iter().map(|seen| seen.outcome)),
        writes.len()
    ));
    figures.within("longest recovery", longest, RECOVERED);
    let poisoned = counts.get(&Trouble::Poison).copied().unwrap_or_default();
    figures.at_most(
        "dead letters besides those that were poisoned",
        bed.dead_letters().await - i64::from(poisoned),
        0,
    );
    world.mesh().command("profile", &["dead-letters", "drop", "all"]).await.expect("the command runs");
    behind.everything_is_delivered_within(DELIVERED).await;
    traffic.renew(&world).await;
    figures.note(format_args!("{} acknowledged writes are there", traffic.check().await));
    figures.note(format_args!("{} customers known to all", behind.assert_all_know_the_same().await));
    assert_unbroken_chains(&world).await;
    figures.note("every chain unbroken");
    figures.end();
    let postgres = bed.postgres;
    world.end().await;
    postgres.stop().await.expect("Postgres stops");
}
