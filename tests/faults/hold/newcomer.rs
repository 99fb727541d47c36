//! A service that is added to a mesh with many customers, under traffic, ends knowing exactly those.

use super::{
    figures::Figures,
    scale::Scale,
    traffic::{Traffic, Write},
};
use crate::behind::Behind;
use patron_local::demo;
use patron_tests::assert_unbroken_chains;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Writes a second meanwhile.
const WRITES: f64 = 20.0;
/// How many customers a second a new service takes in, at least.
const A_SECOND: u32 = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_added_to_a_mesh_with_customers_ends_knowing_exactly_those() {
    let scale = Scale::asked_for();
    let world = scale.world().await;
    let (mesh, behind) = (world.mesh(), Behind::of(&world).await);
    demo::fill(mesh, scale.customers).await.expect("customers can be created");
    let traffic = Traffic::prepare(&world, Write::OF_PROFILE).await;
    behind.everything_is_delivered_within(Duration::from_mins(2)).await;

    // As the recipe says: its schema is made, it starts, and is then filled.
    let adding = async {
        mesh.kill("address").await.expect("a process can be killed");
        mesh.drop_schema("address").await.expect("a schema can be dropped");
        sleep(scale.part).await;
        mesh.migrate("address").await.expect("the schema is made");
        mesh.start_again("address").await.expect("the service starts");
        sleep(scale.part).await;
        let began = Instant::now();
        let said = mesh.command("address", &["resync", "profile"]).await.expect("the command runs");
        let took = began.elapsed();
        sleep(scale.part).await;
        (said, took)
    };
    let (writes, (said, took)) = Box::pin(traffic.run(scale.rate(WRITES), adding)).await;
    behind.everything_is_delivered_within(Duration::from_mins(2)).await;

    let mut figures = Figures::of(scale, "newcomer");
    figures.note(said.lines().last().unwrap_or_default());
    figures.note(format_args!("{} writes meanwhile", writes.len()));
    figures.within("filled in", took, Duration::from_secs(u64::from(5 + scale.customers / A_SECOND)));
    let customers = behind.assert_all_know_the_same().await;
    figures.note(format_args!("{customers} customers known to all"));
    traffic.check().await;
    assert_unbroken_chains(&world).await;
    figures.end();
    world.end().await;
}
