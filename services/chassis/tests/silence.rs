//! What a process makes of its calls while no collector is configured. Its own binary, since the telemetry of a process is set up
//! once.

use patron_chassis::{
    config::{self, Source},
    context::Trace,
    peer::Peer,
    telemetry::{Telemetry, consumer_span},
};
use tracing::level_filters::LevelFilter;

#[tokio::test]
async fn without_a_collector_no_span_is_made() {
    let settings: config::Telemetry = config::load(&Source::from_iter([("", ""); 0])).unwrap().0;
    let _telemetry = Telemetry::start(Peer::PROFILE, &settings).unwrap();
    assert_eq!(LevelFilter::current(), LevelFilter::INFO, "lines are written");
    let trace = Trace::parse(b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
    assert!(consumer_span("work", &trace).is_disabled());
}
