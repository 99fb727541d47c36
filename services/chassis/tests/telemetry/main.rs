//! What a collector is sent. Its own binary, since the telemetry of a process is set up once.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]
#![expect(clippy::disallowed_methods, reason = "the collector ends with its test")]

mod collector;
#[expect(dead_code, reason = "the other tests use all of it")]
#[path = "../it/fixture.rs"]
mod fixture;

use patron_chassis::{
    config::{self, Source},
    peer::Peer,
    pg::{Database, Migrations, SharedMigration},
    telemetry::Telemetry,
    testing::{TestDatabase, TestMesh, with_token},
};
use patron_proto::group::v1::{
    ListGroupsRequest, ListGroupsResponse, group_service_client::GroupServiceClient,
};
use tonic::Response;
use tracing::level_filters::LevelFilter;

use crate::{
    collector::Collector,
    fixture::{Groups, token, write},
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const STRANGE: &str = "1af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// The table that the handler reads.
const LETTER: SharedMigration = SharedMigration {
    version: 1,
    description: "letter",
    sql: "create table letter (number bigint, state text)",
    grants: &[],
};

/// Reads no trace unless the caller's is recorded.
fn settings(collector: &Collector) -> config::Telemetry {
    let url = collector.url();
    let variables = [("PATRON_TELEMETRY_OTLP_ENDPOINT", url.as_str()), ("PATRON_TELEMETRY_READ_RATIO", "0")];
    config::load(&Source::from_iter(variables)).unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_leads_from_the_caller_through_services_to_the_statement() {
    let collector = Collector::start().await;
    let telemetry = Telemetry::start(Peer::PROFILE, &settings(&collector)).unwrap();
    assert_eq!(LevelFilter::current(), LevelFilter::INFO, "what nobody reads costs nothing");
    let mesh = TestMesh::new();
    let migrations = Migrations { shared: &[LETTER], own: sqlx::migrate::Migrator::DEFAULT, grants: &[] };
    let stored = TestDatabase::create(Peer::GROUP, migrations).await;
    let database = Database::new(stored.pool().clone());
    let groups = Groups::reading(move |_| {
        let database = database.clone();
        async move {
            tracing::info!("in the handler");
            read(&database).await.unwrap();
            Ok(ListGroupsResponse::default())
        }
    });
    let _groups = groups.start(&mesh).await;
    let process = mesh.begin(Peer::ADDRESS, mesh.settings(Peer::ADDRESS)).await;
    let address = Groups::reading(move |_| {
        let mut groups = GroupServiceClient::new(process.channel(Peer::GROUP));
        async move { groups.list_groups(ListGroupsRequest::default()).await.map(Response::into_inner) }
    });
    let address = mesh.serve(Peer::ADDRESS, mesh.settings(Peer::ADDRESS), address.added()).await;

    let secret = token(&mesh);
    let mut request = with_token(&secret, ListGroupsRequest { page_token: "personal".into(), page_size: 1 });
    request.metadata_mut().insert("traceparent", format!("00-{TRACE}-{CALLER}-01").parse().unwrap());
    GroupServiceClient::new(mesh.client_as("gateway", &address)).list_groups(request).await.unwrap();
    // Not recorded: a stranger's word on that does not count.
    let mut request = with_token(&secret, ListGroupsRequest::default());
    request.metadata_mut().insert("traceparent", format!("00-{STRANGE}-{CALLER}-01").parse().unwrap());
    GroupServiceClient::new(mesh.client(&address)).list_groups(request).await.unwrap();
    // Not recorded: a read of a trace that begins here.
    GroupServiceClient::new(mesh.client(&address))
        .list_groups(with_token(&secret, ListGroupsRequest::default()))
        .await
        .unwrap();
    write(&mesh, mesh.client(&address)).await.unwrap();
    let page = telemetry.metrics().unwrap();
    tokio::task::spawn_blocking(move || telemetry.shut_down()).await.unwrap();
    stored.drop_database().await;

    let chain = collector.chain(TRACE, CALLER);
    let list = "patron.group.v1.GroupService/ListGroups";
    assert_eq!(chain, [list, list, list, "select letter"], "server, client, server, statement");
    let others = collector.names_outside(TRACE);
    assert_eq!(others, ["patron.group.v1.GroupService/CreateGroup"], "writes are always recorded");
    assert_eq!(collector.lines_of(TRACE), ["in the handler"]);
    let sent = collector.everything();
    assert!(!sent.contains(&secret) && !sent.contains("personal"), "nothing of the request is sent");
    assert!(page.contains("rpc_method=\"patron.group.v1.GroupService/ListGroups\""), "{page}");
    assert!(page.contains("rpc_server_call_duration_seconds_count"), "{page}");
}

/// A statement of a handler, with a value that is nobody's business.
#[expect(clippy::disallowed_methods, reason = "the macros would want a description of this statement")]
async fn read(database: &Database) -> Result<Vec<i64>, sqlx::Error> {
    let statement = sqlx::query_scalar("select number from letter where state = $1");
    statement.bind("personal").fetch_all(database).await
}
