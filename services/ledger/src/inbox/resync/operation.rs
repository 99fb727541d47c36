use crate::{
    inbox::{Consumer, Delivery},
    operation::{Counts, Operations, Progress, Stop, Work},
};
use patron_chassis::{
    client::Channel,
    peer::Peer,
    pg::{self, Database},
    principal::Principal,
    status::Problem,
};
use patron_proto::operation::{
    internal::v1::ResyncPlace,
    v1::{Operation, Resync, StartResyncRequest, resync_service_server::ResyncService},
};
use std::{collections::HashMap, marker::PhantomData};
use tonic::{Request, Response, Status};

/// A resync as an operation: `patron.operation.v1.StartResyncRequest` says of what.
pub(crate) struct ResyncWork<C> {
    pub(crate) delivery: Delivery<C>,
    pub(crate) channels: HashMap<Peer, Channel>,
}

impl<C> ResyncWork<C> {
    /// Those from whom it can be filled.
    pub(crate) fn channels(&self) -> Vec<(Peer, Channel)> {
        self.channels.iter().map(|(peer, channel)| (*peer, channel.as_service())).collect()
    }
}

#[tonic::async_trait]
impl<C: Consumer> Work for ResyncWork<C> {
    const KIND: &'static str = "resync";

    type Argument = StartResyncRequest;
    type Place = ResyncPlace;
    type Response = Resync;

    async fn run(
        &self,
        StartResyncRequest { source, force }: StartResyncRequest,
        mut place: ResyncPlace,
        progress: &Progress<ResyncPlace>,
    ) -> Result<Resync, Stop> {
        let known = source.parse::<Peer>().ok().and_then(|source| self.channels.get_key_value(&source));
        let (source, channel) = known.ok_or_else(|| Problem::internal("a resync of an unknown source"))?;
        loop {
            let done = self.delivery.resync_part(*source, channel.as_service(), force, &mut place).await;
            let more = done.map_err(|error| stopped(*source, &error))?;
            let so_far = place.so_far.unwrap_or_default();
            let done = so_far.listed_count - so_far.failed_count + so_far.ended_count;
            progress.note(&place, Counts { done, failed: so_far.failed_count, total: 0 }).await?;
            if !more {
                return Ok(so_far);
            }
        }
    }
}

/// What went wrong, which may pass or not.
fn stopped(source: Peer, error: &anyhow::Error) -> Problem {
    let unavailable = |cause: &Problem| matches!(cause, Problem::Unavailable);
    let passes = error.chain().any(|cause| {
        cause.downcast_ref().is_some_and(pg::is_outage) || cause.downcast_ref().is_some_and(unavailable)
    });
    tracing::warn!(%source, error = format!("{error:#}"), passes, "a resync stopped");
    if passes {
        return Problem::Unavailable;
    }
    Problem::State {
        rule: "RESYNC_FAILED",
        subject: format!("services/{source}"),
        description: "what the source lists cannot be taken; the log of this service says why".to_owned(),
    }
}

/// Answers `patron.operation.v1.ResyncService`.
pub(crate) struct ResyncRpc<C> {
    pub(crate) database: Database,
    pub(crate) operations: Operations,
    pub(crate) consumer: PhantomData<fn(C)>,
}

#[tonic::async_trait]
impl<C: Consumer> ResyncService for ResyncRpc<C> {
    async fn start_resync(
        &self,
        request: Request<StartResyncRequest>,
    ) -> Result<Response<Operation>, Status> {
        let started_by = Principal::of(&request).to_string();
        let argument = request.into_inner();
        if !C::SOURCES.iter().any(|source| source.name() == argument.source) {
            let sources: Vec<_> = C::SOURCES.iter().map(|source| source.name()).collect();
            let expected =
                format!("is none of the services whose events this one takes: {}", sources.join(", "));
            return Err(Problem::invalid("source", expected).into());
        }
        let mut transaction = self.database.begin().await.map_err(Problem::from)?;
        let operation = self.operations.start::<ResyncWork<C>>(&mut transaction, &argument, started_by).await;
        let operation = operation.map_err(Problem::from)?;
        transaction.commit().await.map_err(Problem::from)?;
        Ok(Response::new(operation.into()))
    }
}
