use super::Asked;
use futures::{StreamExt as _, stream::BoxStream};
use patron_proto::{
    activity::v1::{
        ActivityEvent, GetActivityEventRequest, ListActivityEventsRequest, ListActivityEventsResponse,
        WatchActivityEventsRequest, activity_service_server::ActivityService,
    },
    event::v1::FieldChange,
};
use prost_types::{Value, value::Kind};
use std::sync::Mutex;
use tonic::{Request, Response, Status};

/// Gives the events that it is to give.
#[derive(Default)]
pub(crate) struct Activity {
    pub(crate) list: Asked<ListActivityEventsRequest>,
    pub(crate) watch: Asked<WatchActivityEventsRequest>,
    /// What the next watcher sees; with nothing left, the stream stays open.
    pub(crate) events: Mutex<Vec<Result<ActivityEvent, Status>>>,
    /// Whether a stream never begins.
    pub(crate) hangs: bool,
}

/// An event with this number.
pub(crate) fn event(number: u32) -> ActivityEvent {
    ActivityEvent {
        name: format!("events/{number}"),
        r#type: "customer.updated".to_owned(),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl ActivityService for Activity {
    type WatchActivityEventsStream = BoxStream<'static, Result<ActivityEvent, Status>>;

    async fn get_activity_event(
        &self,
        _: Request<GetActivityEventRequest>,
    ) -> Result<Response<ActivityEvent>, Status> {
        let change = FieldChange {
            field: "city".to_owned(),
            new: Some(Value { kind: Some(Kind::StringValue("London".to_owned())) }),
            ..Default::default()
        };
        Ok(Response::new(ActivityEvent { changes: vec![change], ..event(1) }))
    }

    async fn list_activity_events(
        &self,
        request: Request<ListActivityEventsRequest>,
    ) -> Result<Response<ListActivityEventsResponse>, Status> {
        self.list.note(request)?;
        Ok(Response::new(ListActivityEventsResponse { events: vec![event(1)], ..Default::default() }))
    }

    async fn watch_activity_events(
        &self,
        request: Request<WatchActivityEventsRequest>,
    ) -> Result<Response<Self::WatchActivityEventsStream>, Status> {
        self.watch.note(request)?;
        if self.hangs {
            std::future::pending::<()>().await;
        }
        let events = std::mem::take(&mut *self.events.lock().expect("a lock"));
        let rest = futures::stream::pending();
        let ends = events.last().is_some_and(Result::is_err);
        let events = futures::stream::iter(events);
        Ok(Response::new(if ends { events.boxed() } else { events.chain(rest).boxed() }))
    }
}
