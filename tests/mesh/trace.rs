//! One trace from the HTTP request to SQL and through the outbox, and nothing of the customer in it.

use patron_tests::{Collector, Role, Sample, Span, World, holds};
use serde_json::json;
use std::{fs, time::Duration};

/// Time for spans to be exported: batches go out every 5 s (OpenTelemetry SDK).
const EXPORTED: Duration = Duration::from_secs(30);

/// Events of a creation with account and address: one of each.
const EVENTS: usize = 3;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[tokio::test]
async fn one_trace_leads_from_the_gateway_to_sql_and_to_activity_and_names_nobody() {
    let collector = Collector::start().await;
    let world = World::start(|options| options.otlp_endpoint = Some(collector.endpoint().to_owned())).await;
    let manager = world.signed_in(Role::Manager).await;
    let sample = Sample { first_name: "Aurelia".to_owned(), ..Sample::new() }.with_address();
    let mut request = sample.json();
    request["account"] = json!({"username": "aurelia-signs-in", "password": "a secret of aurelia"});
    let traced = manager
        .request(http::Method::POST, "/v1/customers")
        .header("traceparent", format!("00-{TRACE}-b7ad6b7169203331-01"))
        .json(&request);
    manager.send(traced).await.ok();
    manager.find("/v1/customers", &[("query", &sample.last_name)]).await.ok();
    manager.post("/v1/customers", &request).await.refused(409, "VALUE_TAKEN");

    let wanted =
        [("gateway", "profile"), ("profile", "identity"), ("profile", "address"), ("profile", "activity")];
    let complete = |spans: &[Span]| {
        wanted.iter().all(|(from, to)| is_edge(spans, from, to))
            && is_sql_under(spans, "profile")
            && kept_events(spans) == EVENTS
    };
    let seen = async || complete(&collector.trace(TRACE));
    assert!(
        tokio::time::timeout(EXPORTED, holds("all spans arrive", EXPORTED * 2, seen)).await.is_ok(),
        "edges are missing: {:#?}",
        edges(&collector.trace(TRACE))
    );

    let personal = [
        "Aurelia",
        "aurelia-signs-in",
        "a secret of aurelia",
        sample.last_name.as_str(),
        sample.email.as_str(),
        "St James",
        "SW1Y",
    ];
    // Stopped in order, processes send what they still have.
    let logs = world.mesh().state().logs();
    let copies = fs::read_dir(logs).unwrap().map(|log| fs::read_to_string(log.unwrap().path()).unwrap());
    let logs: Vec<String> = copies.collect();
    world.end().await;
    for text in personal {
        assert_eq!(collector.mentions(text), Vec::<String>::new(), "{text} was exported");
        let line = logs.iter().flat_map(|log| log.lines()).find(|line| line.contains(text));
        assert_eq!(line, None, "{text} was logged");
    }
    assert!(logs.iter().any(|log| !log.is_empty()), "nothing was logged at all");
}

/// Whether a span of one process is right under a span of another.
fn is_edge(spans: &[Span], from: &str, to: &str) -> bool {
    spans
        .iter()
        .any(|span| span.service == to && parent(spans, span).is_some_and(|parent| parent.service == from))
}

/// Whether an SQL statement of a process is in the trace, right under a span of that process.
fn is_sql_under(spans: &[Span], process: &str) -> bool {
    let mut sql = spans.iter().filter(|span| span.attributes.contains_key("db.system.name"));
    sql.any(|span| {
        span.service == process && parent(spans, span).is_some_and(|parent| parent.service == process)
    })
}

/// How many events activity keeps within the trace.
fn kept_events(spans: &[Span]) -> usize {
    spans.iter().filter(|span| span.service == "activity" && span.name == "keep event").count()
}

fn parent<'s>(spans: &'s [Span], span: &Span) -> Option<&'s Span> {
    spans.iter().find(|other| other.id == span.parent)
}

/// What the trace has, for people: `from -> to: name`.
fn edges(spans: &[Span]) -> Vec<String> {
    let edge = |span: &Span| {
        let from = parent(spans, span).map_or("nothing", |parent| parent.service.as_str());
        format!("{from} -> {}: {}", span.service, span.name)
    };
    spans.iter().map(edge).collect()
}
