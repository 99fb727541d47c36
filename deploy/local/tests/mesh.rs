//! The life of a mesh, with stand-ins for its programs.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use patron_local::mesh::{Mesh, Options, own_address};
use patron_local::postgres::{self, Postgres};
use patron_local::{service, with_postgres};
use tempfile::TempDir;
use url::Url;

/// A Postgres server and a folder of stand-ins.
struct World {
    server: Url,
    _own_server: Option<Postgres>,
    programs: TempDir,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "tests have no other settings")]
    async fn new() -> Self {
        let given = std::env::var(with_postgres::VARIABLE).ok();
        let options = postgres::Options { address: own_address().unwrap(), port: 0, durable: false };
        let own_server =
            if given.is_none() { Some(Postgres::start_temporary(&options).await.unwrap()) } else { None };
        let server =
            own_server.as_ref().map_or_else(|| given.unwrap().parse().unwrap(), |own| own.url().clone());
        let programs = TempDir::new().unwrap();
        let built = Path::new(env!("CARGO_BIN_EXE_patron-local")).parent().unwrap();
        for service in service::all() {
            let place = programs.path().join(service.program());
            std::os::unix::fs::symlink(built.join("examples/stand_in"), place).unwrap();
        }
        Self { server, _own_server: own_server, programs }
    }

    fn options(&self) -> Options {
        let mut options = Options::temporary(&self.server).unwrap();
        self.programs.path().clone_into(&mut options.programs);
        options
    }

    /// Why a mesh does not start in which one process fails at one verb.
    async fn refusal(&self, process: &str, verb: &str) -> String {
        let mut options = self.options();
        options.settings.push((Some(process.to_owned()), "STAND_IN_FAILS".to_owned(), verb.to_owned()));
        Mesh::start(options).await.unwrap_err().to_string()
    }
}

fn alive(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None).is_ok()
}

fn log(mesh: &Mesh, name: &str) -> String {
    std::fs::read_to_string(mesh.log(name)).unwrap()
}

#[tokio::test]
async fn every_process_serves_and_none_is_left_after_the_shutdown() {
    let world = World::new().await;
    let mesh = Mesh::start(world.options()).await.unwrap();
    let pids: Vec<i32> = service::all().map(|service| mesh.pid(service.name).unwrap()).collect();
    assert!(pids.iter().all(|pid| alive(*pid)));
    mesh.shutdown().await.unwrap();
    assert!(!pids.into_iter().any(alive));
}

#[tokio::test]
async fn a_process_sees_its_own_variables_and_nothing_of_the_launcher() {
    let world = World::new().await;
    let mesh = Mesh::start(world.options()).await.unwrap();
    let seen = log(&mesh, "profile");
    assert!(seen.contains("PATRON_DATABASE_URL") && seen.contains("PATRON_PEERS_IDENTITY"), "{seen}");
    for foreign in ["PATH", "HOME", "CARGO", "OWNER_URL", "BOOTSTRAP"] {
        assert!(!seen.contains(foreign), "{foreign} in {seen}");
    }
    mesh.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_killed_process_stays_down_until_it_is_started() {
    let world = World::new().await;
    let mesh = Mesh::start(world.options()).await.unwrap();
    let before = mesh.pid("group").unwrap();
    mesh.kill("group").await.unwrap();
    assert_eq!(mesh.pid("group"), None);
    assert!(!alive(before));
    mesh.start_again("group").await.unwrap();
    assert_ne!(mesh.pid("group"), Some(before));
    mesh.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_process_that_ends_by_itself_is_started_again() {
    let world = World::new().await;
    let mut options = world.options();
    options.restart = true;
    let mesh = Mesh::start(options).await.unwrap();
    let before = mesh.pid("address").unwrap();
    kill(Pid::from_raw(before), Signal::SIGKILL).unwrap();
    mesh.until_restarted("address", before).await.unwrap();
    assert_ne!(mesh.pid("address"), Some(before));
    mesh.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_replica_runs_beside_the_first_process() {
    let world = World::new().await;
    let mut mesh = Mesh::start(world.options()).await.unwrap();
    let replica = mesh.add_replica("profile").await.unwrap();
    assert_ne!(mesh.url(&replica), mesh.url("profile"));
    assert_ne!(mesh.pid(&replica), mesh.pid("profile"));
    mesh.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_others_call_every_replica_that_a_mesh_begins_with() {
    let world = World::new().await;
    let mut options = world.options();
    options.replicas = vec!["profile".to_owned(), "profile".to_owned()];
    options.settings.push((None, "STAND_IN_SHOWS".to_owned(), "PATRON_PEERS_PROFILE".to_owned()));
    let mesh = Mesh::start(options).await.unwrap();
    let urls = ["profile", "profile-2", "profile-3"].map(|name| mesh.url(name)).join(",");
    assert!(log(&mesh, "address").contains(&urls), "{}", log(&mesh, "address"));
    assert!(log(&mesh, "gateway").contains(&urls), "{}", log(&mesh, "gateway"));
    mesh.shutdown().await.unwrap();
}

#[tokio::test]
async fn meshes_live_beside_each_other() {
    let world = World::new().await;
    let (one, other) = tokio::join!(Mesh::start(world.options()), Mesh::start(world.options()));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_ne!(one.gateway(), other.gateway());
    assert_ne!(one.database_url(), other.database_url());
    one.shutdown().await.unwrap();
    other.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_process_that_cannot_start_is_shown_with_its_last_words() {
    let world = World::new().await;
    let refusal = world.refusal("activity", "serve").await;
    assert!(refusal.contains("activity ended") && refusal.contains("cannot serve"), "{refusal}");
}

#[tokio::test]
async fn a_failed_migration_is_shown_with_what_it_said() {
    let world = World::new().await;
    let refusal = world.refusal("profile", "migrate").await;
    assert!(
        refusal.contains("migrations of profile failed") && refusal.contains("cannot migrate"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_variable_that_is_set_counts_from_the_next_start() {
    let world = World::new().await;
    let mesh = Mesh::start(world.options()).await.unwrap();
    mesh.set("group", "STAND_IN_FAILS", "serve").await.unwrap();
    mesh.stop("group").await.unwrap();
    assert!(mesh.start_again("group").await.is_err());
    mesh.shutdown().await.unwrap();
}
