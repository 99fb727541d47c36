//! The private Postgres server and the database of a mesh on it.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]
#![expect(clippy::disallowed_methods, reason = "statements on tables that the tests make")]

use std::net::Ipv4Addr;
use std::path::Path;

use patron_local::database::Database;
use patron_local::mesh::own_address;
use patron_local::postgres::{Options, Postgres};
use patron_local::secrets::Secrets;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use url::Url;

/// A folder that the user Postgres runs as can reach.
fn reachable_folder() -> TempDir {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o711);
    tempfile::Builder::new().permissions(permissions).tempdir().unwrap()
}

async fn start(folder: &Path) -> Postgres {
    let options = Options { address: own_address().unwrap(), port: 0, durable: false };
    Postgres::start(&folder.join("postgres"), &folder.join("log"), &options).await.unwrap()
}

async fn connect(url: &Url) -> PgConnection {
    PgConnection::connect(url.as_str()).await.unwrap()
}

async fn run(url: &Url, statement: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(statement).execute(&mut connect(url).await).await.map(drop)
}

#[tokio::test]
async fn a_second_start_finds_the_data_of_the_first() {
    let folder = reachable_folder();
    let server = start(folder.path()).await;
    run(server.url(), "create table kept ()").await.unwrap();
    server.stop().await.unwrap();

    let server = start(folder.path()).await;
    run(server.url(), "table kept").await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_server_comes_back_at_the_same_address_with_what_was_committed() {
    let folder = reachable_folder();
    let mut server = start(folder.path()).await;
    run(server.url(), "create table kept ()").await.unwrap();
    server.kill().await.unwrap();
    server.start_again().await.unwrap();
    run(server.url(), "table kept").await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_pid_file_that_names_another_program_stops_nobody() {
    let folder = reachable_folder();
    let server = start(folder.path()).await;
    server.stop().await.unwrap();
    // this test is a living process, and no server
    let file = folder.path().join("postgres/data/postmaster.pid");
    std::fs::write(file, format!("{}\n", std::process::id())).unwrap();
    start(folder.path()).await.stop().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let folder = reachable_folder();
    let server = start(folder.path()).await;
    let mut url = server.url().clone();
    url.set_password(Some("guess")).unwrap();
    assert!(PgConnection::connect(url.as_str()).await.is_err());
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_replaced_by_a_free_one() {
    let folder = reachable_folder();
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let options = Options { address: Ipv4Addr::LOCALHOST, port, durable: false };
    let server =
        Postgres::start(&folder.path().join("postgres"), &folder.path().join("log"), &options).await.unwrap();
    assert_ne!(server.url().port(), Some(port));
    server.stop().await.unwrap();
}

#[tokio::test]
async fn each_service_has_an_owner_and_a_runtime_role_that_reach_no_further() {
    let folder = reachable_folder();
    let server = start(folder.path()).await;
    let mut secrets = Secrets::open(&folder.path().join("secrets.json")).unwrap();
    let database = Database::new(server.url(), "trial").unwrap();
    database.prepare(&mut secrets).await.unwrap();
    // a second start finds everything in place
    database.prepare(&mut secrets).await.unwrap();

    let profile = database.service_urls("profile", &mut secrets).unwrap();
    let group = database.service_urls("group", &mut secrets).unwrap();
    run(&profile.owner, "create schema profile; create table profile.customer ()").await.unwrap();
    run(&profile.owner, "grant usage on schema profile to trial_profile").await.unwrap();
    run(&profile.owner, "grant select on profile.customer to trial_profile").await.unwrap();
    run(&profile.runtime, "table profile.customer").await.unwrap();
    for (url, statement) in [
        (&profile.runtime, "drop table profile.customer"),
        (&profile.runtime, "create schema own"),
        (&profile.runtime, "create table public.own ()"),
        (&profile.runtime, "create temporary table own ()"),
        (&group.owner, "table profile.customer"),
        (&group.runtime, "table profile.customer"),
    ] {
        assert!(run(url, statement).await.is_err(), "{} as {}", statement, url.username());
    }

    database.remove().await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from pg_roles where rolname like 'trial%'")
        .fetch_one(&mut connect(server.url()).await)
        .await
        .unwrap();
    assert_eq!(left, 0);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_user_who_may_create_databases_and_roles_needs_no_more() {
    let folder = reachable_folder();
    let server = start(folder.path()).await;
    run(server.url(), "create role manager login password 'manager' createdb createrole").await.unwrap();
    let mut url = server.url().clone();
    url.set_username("manager").unwrap();
    url.set_password(Some("manager")).unwrap();
    let mut secrets = Secrets::open(&folder.path().join("secrets.json")).unwrap();
    let database = Database::new(&url, "trial").unwrap();
    database.prepare(&mut secrets).await.unwrap();
    database.prepare(&mut secrets).await.unwrap();
    database.remove().await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_user_without_the_right_to_create_a_database_reads_which_right_is_missing() {
    let folder = reachable_folder();
    let server = start(folder.path()).await;
    run(server.url(), "create role plain login password 'plain'").await.unwrap();
    let mut url = server.url().clone();
    url.set_username("plain").unwrap();
    url.set_password(Some("plain")).unwrap();
    let mut secrets = Secrets::open(&folder.path().join("secrets.json")).unwrap();
    let refusal = Database::new(&url, "trial").unwrap().prepare(&mut secrets).await.unwrap_err();
    assert!(refusal.to_string().contains("alter role plain createdb"), "{refusal}");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn the_log_is_the_owners_and_says_nothing_of_what_is_in_rows_and_parameters() {
    let folder = reachable_folder();
    let server = start(folder.path()).await;
    run(
        server.url(),
        "create table person (email text unique); insert into person values ('ada@example.com')",
    )
    .await
    .unwrap();
    let mut connection = connect(server.url()).await;
    let again = sqlx::query("insert into person values ($1)").bind("ada@example.com");
    again.execute(&mut connection).await.unwrap_err();
    server.stop().await.unwrap();
    let log = folder.path().join("log");
    let mode = std::os::unix::fs::PermissionsExt::mode(&log.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let said = std::fs::read_to_string(log).unwrap();
    assert!(said.contains("duplicate key value") && !said.contains("ada@"), "{said}");
}
