//! A service that was restored from an older backup, and filled as the recipe says, is at one with the others again.

use super::{
    figures::Figures,
    rebuilt::{KEPT, different, lose_and_rebuild},
    scale::Scale,
    traffic::{Traffic, Write},
};
use crate::behind::Behind;
use futures::{StreamExt as _, stream};
use patron_local::postgres::Binaries;
use patron_tests::{Caller, Role, World, holds};
use serde_json::json;
use std::{ffi::OsStr, path::Path, time::Duration};
use tokio::{process::Command, time::sleep};

/// Writes a second, before the backup and after it.
const WRITES: f64 = 20.0;
/// What the recipe says to wait once the service serves again, and some.
const WAIT: Duration = Duration::from_secs(65);
/// By when a change is in the history.
const IN_HISTORY: Duration = Duration::from_secs(10);
/// Customers looked at at once.
const LOOKS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_restored_from_an_older_backup_is_at_one_with_the_others_again() {
    let scale = Scale::asked_for();
    let world = scale.world().await;
    let (mesh, behind) = (world.mesh(), Behind::of(&world).await);
    let traffic = Traffic::prepare(&world, Write::ALL).await;
    let writing = || traffic.run(scale.rate(WRITES), sleep(scale.part));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let backup = folder.path().join("address.dump");
    let (before, ()) = writing().await;
    postgres(&world, "pg_dump", &["--format=custom".as_ref(), "--schema=address".as_ref()], &backup).await;
    let (after, ()) = writing().await;
    behind.everything_is_delivered().await;
    mesh.kill("address").await.expect("a process can be killed");
    mesh.drop_schema("address").await.expect("a schema can be dropped");
    postgres(&world, "pg_restore", &[], &backup).await;
    mesh.start_again("address").await.expect("the service starts");

    let resync = async |service, source, force: &[&str]| {
        let arguments = [&["resync", source], force].concat();
        mesh.command(service, &arguments).await.expect("the command runs")
    };
    resync("address", "profile", &[]).await;
    sleep(WAIT).await;
    for service in ["profile", "activity"] {
        resync(service, "address", &["--force"]).await;
    }
    mesh.command("address", &["dead-letters", "retry", "all"]).await.expect("the command runs");
    behind.everything_is_delivered().await;

    let mut figures = Figures::of(scale, "restored");
    figures.note(format_args!("{} writes before the backup, {} after it", before.len(), after.len()));
    let customers = behind.assert_all_know_the_same().await;
    figures.note(format_args!("{customers} customers known to all"));
    let kept = behind.json(KEPT).await;
    lose_and_rebuild(mesh, &behind).await;
    let rebuilt = behind.json(KEPT).await;
    figures.at_most("kept otherwise at profile than it would be made anew", different(&rebuilt, &kept), 0);
    let manager = world.signed_in(Role::Manager).await;
    let customers = traffic.customers();
    let goes_on =
        stream::iter(&customers).map(|customer| goes_on(&manager, customer)).buffer_unordered(LOOKS);
    figures.note(format_args!("the history of {} of them goes on", goes_on.count().await));
    let letters = mesh.command("address", &["dead-letters"]).await.expect("the command runs");
    figures.at_most("dead letters", usize::from(letters != "none"), 0);
    figures.end();
    world.end().await;
}

/// Adds an address, which is to be in the history.
async fn goes_on(manager: &Caller<'_>, customer: &str) {
    let body =
        json!({"line1": "1 New Street", "city": "London", "postalCode": "SW1Y 4JH", "countryCode": "GB"});
    let added = manager.post(&format!("/v1/{customer}/addresses"), &body).await.ok();
    let filter = format!("resource = {}", added["name"]);
    holds("a change after the restoration is in the history", IN_HISTORY, async || {
        let found = manager.find(&format!("/v1/{customer}/events"), &[("filter", &filter)]).await.ok();
        found["events"].as_array().is_some_and(|events| !events.is_empty())
    })
    .await;
}

/// Runs a program of Postgres on the database; `file` is what it writes or reads.
async fn postgres(world: &World, program: &str, arguments: &[&OsStr], file: &Path) {
    let binaries = Binaries::find().expect("Postgres is installed");
    let mut command = Command::new(binaries.program(program));
    command.args(arguments).arg("--dbname").arg(world.mesh().database_url().as_str());
    if program == "pg_dump" {
        command.arg("--file");
    }
    let output = command.arg(file).output().await.expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
