use crate::{
    activity_event::{ActivityEvent, Position},
    broadcaster::Broadcaster,
    error::Error,
    permits::StreamPermits,
    store::{
        self,
        list::{Cursor, Selection},
    },
    subscription::{self, Wanted},
    viewer::Viewer,
};
use futures::{StreamExt as _, stream::BoxStream};
use patron_chassis::{pg::Database, principal::Principal, status::Problem, token::Validity};
use patron_ledger::{inbox::Inbox, reference::References};
use patron_proto::activity::v1::{
    self as proto, GetActivityEventRequest, ListActivityEventsRequest, ListActivityEventsResponse,
    WatchActivityEventsRequest, activity_service_server::ActivityService,
};
use patron_values::{
    filter::Filter,
    id::{CustomerId, EventId},
    page::Page,
    seal::Seal,
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

/// How long a stream waits for the position of the event after which it begins, which a process gives within a few milliseconds of
/// its commit, and how long it rests between two looks.
const POSITION_WAIT: Duration = Duration::from_secs(1);
const POSITION_PAUSE: Duration = Duration::from_millis(5);

/// Answers `patron.activity.v1.ActivityService`.
pub struct ActivityRpc {
    /// Where events are kept.
    pub database: Database,
    /// Whom they concern.
    pub references: References,
    /// How far the events of others have come.
    pub inbox: Inbox,
    /// Seals page tokens.
    pub seal: Seal,
    /// Feeds streams.
    pub broadcaster: Broadcaster,
    /// What streams take.
    pub permits: StreamPermits,
    /// Ends them with the token.
    pub validity: Validity,
    /// Ends them with the process.
    pub stopping: CancellationToken,
}

#[tonic::async_trait]
impl ActivityService for ActivityRpc {
    type WatchActivityEventsStream = BoxStream<'static, Result<proto::ActivityEvent, Status>>;

    async fn get_activity_event(
        &self,
        request: Request<GetActivityEventRequest>,
    ) -> Result<Response<proto::ActivityEvent>, Status> {
        let viewer = Viewer::of(Principal::of(&request))?;
        let found = self.find("name", &request.get_ref().name, viewer).await?;
        Ok(Response::new(viewer.show(&found)))
    }

    async fn list_activity_events(
        &self,
        request: Request<ListActivityEventsRequest>,
    ) -> Result<Response<ListActivityEventsResponse>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let principal = Principal::of(&request);
        let viewer = Viewer::of(principal)?;
        let message = request.get_ref();
        let customer = viewer.parent(&message.parent)?;
        let filter =
            Filter::parse(&message.filter, store::list::filters(viewer.scope)).map_err(Problem::from)?;
        let page =
            Page::<Cursor>::parse(message, &principal.to_string(), &self.seal).map_err(Problem::from)?;
        let selection = Selection { viewer, customer, filter };
        let mut events = self.list(&selection, page.after(), page.limit()).await?;
        let next_page_token = page.finish(&mut events, Cursor::of);
        let events = events.iter().map(|event| viewer.show(event)).collect();
        let total_size = if message.count_total_size && customer.is_some() {
            store::list::count(&self.database, &selection).await.map_err(Error::from)?
        } else {
            0
        };
        Ok(freshness.reply(ListActivityEventsResponse { events, next_page_token, total_size }))
    }

    async fn watch_activity_events(
        &self,
        request: Request<WatchActivityEventsRequest>,
    ) -> Result<Response<Self::WatchActivityEventsStream>, Status> {
        let principal = Principal::of(&request);
        let (user, viewer) = (principal.user()?.clone(), Viewer::of(principal)?);
        let message = request.get_ref();
        let customer = viewer.parent(&message.parent)?;
        if let Some(customer) = customer {
            self.require(customer, viewer).await?;
        }
        let seen = match message.after.as_str() {
            "" => None,
            name => Some(self.find_seen(name, viewer).await?),
        };
        let after = self.position(seen).await?;
        let permit = self.permits.take(user.actor.as_ref().unwrap_or(&user.subject).clone())?;
        let (validity, stopping) = (self.validity.clone(), self.stopping.clone());
        let wanted = Wanted { viewer, customer, after, user, validity, stopping };
        let events = subscription::open(self.broadcaster.clone(), permit, wanted);
        Ok(Response::new(events.map(|event| event.map_err(Status::from)).boxed()))
    }
}

impl ActivityRpc {
    async fn find(&self, field: &str, name: &str, viewer: Viewer) -> Result<ActivityEvent, Error> {
        let event = EventId::parse(name).map_err(|error| Problem::invalid(field, error.to_string()))?;
        let found = store::activity_event::find(&self.database, event, viewer).await?;
        found.ok_or(Error::NotFound(event))
    }

    /// The event that a stream showed last. It may have gone since, with the history of its customer.
    async fn find_seen(&self, name: &str, viewer: Viewer) -> Result<EventId, Error> {
        match self.find("after", name, viewer).await {
            Err(Error::NotFound(event)) if store::arrival::is_deleted(&self.database, event).await? => {
                Ok(event)
            }
            found => found.map(|event| event.id),
        }
    }

    /// Where a stream begins: after an event, or now. An event so new that it has no position yet is waited for.
    async fn position(&self, after: Option<EventId>) -> Result<Position, Problem> {
        let Some(event) = after else { return Ok(self.broadcaster.last().await?) };
        let given = async {
            loop {
                if let Some(position) = store::arrival::find(&self.database, event).await? {
                    return Ok::<_, Problem>(position);
                }
                store::arrival::sequence(&self.database).await?;
                tokio::time::sleep(POSITION_PAUSE).await;
            }
        };
        tokio::time::timeout(POSITION_WAIT, given).await.map_err(|_| Problem::Unavailable)?
    }

    /// A page of events. An empty one is checked: NOT_FOUND where there is no such customer.
    async fn list(
        &self,
        selection: &Selection,
        after: Option<&Cursor>,
        limit: i64,
    ) -> Result<Vec<ActivityEvent>, Error> {
        let events = store::list::list(&self.database, selection, after, limit).await?;
        if let (Some(customer), true) = (selection.customer, events.is_empty()) {
            self.require(customer, selection.viewer).await?;
        }
        Ok(events)
    }

    /// Fails unless `viewer` sees the events of this customer.
    async fn require(&self, customer: CustomerId, viewer: Viewer) -> Result<(), Error> {
        let look = || async {
            let exists = store::customer::exists(&self.database, customer, viewer).await?;
            Ok::<_, Error>(exists.then_some(()))
        };
        self.references.resolve(customer, look).await?.ok_or(Error::CustomerNotFound(customer))
    }
}
