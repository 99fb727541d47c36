//! Clients that were not made with Patron's code find out what there is by reflection, and call it.

use patron_tests::{Caller, Role, Sample, World};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The service that they call.
const CUSTOMERS: &str = "patron.profile.v1.CustomerService";

#[tokio::test]
async fn python_discovers_the_services_and_reads_a_customer() {
    let world = World::shared().await;
    let viewer = world.signed_in(Role::Viewer).await;
    let (name, sample) = create(world).await;
    let mut python = Command::new("python3");
    python.arg(here("get_customer.py")).arg(world.mesh().url("profile").trim_start_matches("https://"));
    python.arg(world.mesh().authority().certificate()).arg(name);
    python.env("TOKEN", viewer.token().unwrap());
    let answer: Value = serde_json::from_str(&output(python).await).unwrap();
    assert!(answer["services"].as_array().unwrap().contains(&json!(CUSTOMERS)), "{answer:#}");
    assert_eq!(answer["customer"]["email"], sample.email);
}

#[tokio::test]
async fn buf_lists_the_services() {
    let world = World::shared().await;
    let viewer = world.signed_in(Role::Viewer).await;
    let mut buf = buf_curl(world, &viewer);
    buf.arg("--list-services").arg(world.mesh().url("profile"));
    let services = output(buf).await;
    assert!(services.lines().any(|service| service == CUSTOMERS), "{services}");
}

#[tokio::test]
async fn buf_finds_a_customer() {
    let world = World::shared().await;
    let viewer = world.signed_in(Role::Viewer).await;
    let (name, sample) = create(world).await;
    let mut buf = buf_curl(world, &viewer);
    buf.arg("--data").arg(json!({"query": sample.last_name}).to_string());
    buf.arg(format!("{}/{CUSTOMERS}/ListCustomers", world.mesh().url("profile")));
    let found: Value = serde_json::from_str(&output(buf).await).unwrap();
    assert_eq!(found["customers"][0]["name"], name);
}

async fn create(world: &World) -> (String, Sample) {
    let sample = Sample::new();
    let created = world.signed_in(Role::Manager).await.create(&sample.json()).await;
    (created["name"].as_str().unwrap().to_owned(), sample)
}

fn buf_curl(world: &World, caller: &Caller<'_>) -> Command {
    let mut buf = Command::new(here("../../node_modules/.bin/buf"));
    buf.args(["curl", "--protocol=grpc", "--servername=profile", "--reflect-header=*"]);
    buf.arg("--cacert").arg(world.mesh().authority().certificate());
    buf.arg("--header").arg(format!("authorization: Bearer {}", caller.token().unwrap()));
    buf
}

/// What a program prints, which must succeed.
async fn output(mut program: Command) -> String {
    let output = program.kill_on_drop(true).output().await;
    let output = output.expect("the programs are installed by `tests/run`, which starts these tests");
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {out}{errors}", output.status);
    out.into_owned()
}

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mesh/clients").join(file)
}
