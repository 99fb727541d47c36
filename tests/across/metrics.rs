//! What is measured of requests.

use http::Method;
use patron_tests::{Role, World};

/// The measure at the gateway and at services, as Prometheus names it.
const HTTP: &str = "http_server_request_duration_seconds_count";
const RPC: &str = "rpc_server_call_duration_seconds_count";

#[tokio::test]
async fn a_stream_has_no_part_in_how_long_requests_take() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let watching = manager.request(Method::GET, "/v1/events:watch").send().await.unwrap();
    assert!(watching.status().is_success());
    drop(watching);
    manager.get("/v1/events").await.ok();
    for (process, measure, answered, streamed) in [
        ("gateway", HTTP, "\"/v1/events\"", "events:watch"),
        ("activity", RPC, "ListActivityEvents\"", "WatchActivityEvents"),
    ] {
        let url = format!("{}/metrics", world.mesh().probe_url(process));
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        let counted: Vec<&str> = text.lines().filter(|line| line.starts_with(measure)).collect();
        assert!(counted.iter().any(|line| line.contains(answered)), "{process}: {counted:#?}");
        // one that was refused is a request like any other
        let went_on = |line: &&str| {
            ["\"200\"", "\"499\"", "\"OK\"", "\"CANCELLED\""].iter().any(|it| line.contains(it))
        };
        let streams = counted.iter().filter(|line| line.contains(streamed));
        assert_eq!(streams.filter(|line| went_on(line)).count(), 0, "{process}: {counted:#?}");
    }
}
