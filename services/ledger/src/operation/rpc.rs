use super::{
    Operation,
    store::{self, FILTERS, Which},
    visible_to,
};
use patron_chassis::{context::Context, pg::Database, principal::Principal, status::Problem};
use patron_proto::operation::v1::{
    self as proto, operation::Result as Ending, operation_service_server::OperationService,
};
use patron_values::{filter::Filter, id::OperationId, page::Page, seal::Seal, timestamp};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Longest wait of one call: it holds a place among the calls that are answered.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How often it looks, and the time kept back for its answer.
const LOOK: Duration = Duration::from_millis(200);

/// Answers `patron.operation.v1.OperationService`.
pub(crate) struct OperationRpc {
    pub(crate) database: Database,
    pub(crate) seal: Seal,
}

impl OperationRpc {
    /// An operation that the caller may see.
    async fn find<T>(&self, request: &Request<T>, name: &str) -> Result<(OperationId, Operation), Problem> {
        let id = OperationId::parse(name).map_err(|error| Problem::invalid("name", error.to_string()))?;
        let found = store::find(&self.database, id, visible_to(Principal::of(request))?.as_deref()).await?;
        let operation = found.ok_or_else(|| Problem::not_found("operation", name))?;
        Ok((id, operation))
    }
}

#[tonic::async_trait]
impl OperationService for OperationRpc {
    async fn get_operation(
        &self,
        request: Request<proto::GetOperationRequest>,
    ) -> Result<Response<proto::Operation>, Status> {
        let (_, operation) = self.find(&request, &request.get_ref().name).await?;
        Ok(Response::new(operation.into()))
    }

    async fn list_operations(
        &self,
        request: Request<proto::ListOperationsRequest>,
    ) -> Result<Response<proto::ListOperationsResponse>, Status> {
        let (principal, message) = (Principal::of(&request), request.get_ref());
        let page = Page::<Uuid>::parse(message, &principal.to_string(), &self.seal).map_err(Problem::from)?;
        let filter = Filter::parse(&message.filter, FILTERS.as_slice()).map_err(Problem::from)?;
        let started_by = visible_to(principal)?;
        let which = Which { started_by: started_by.as_deref(), only: None, before: page.after().copied() };
        let found = store::list(&self.database, which, &filter, page.limit()).await;
        let mut operations = found.map_err(Problem::from)?;
        let next_page_token = page.finish(&mut operations, |last| last.id.0);
        let operations = operations.into_iter().map(Into::into).collect();
        Ok(Response::new(proto::ListOperationsResponse { operations, next_page_token }))
    }

    async fn wait_operation(
        &self,
        request: Request<proto::WaitOperationRequest>,
    ) -> Result<Response<proto::Operation>, Status> {
        let asked = request.get_ref().timeout.and_then(|timeout| Duration::try_from(timeout).ok());
        let left = Context::current().and_then(|context| context.remaining());
        let left = left.map_or(LONGEST_WAIT, |left| left.saturating_sub(LOOK));
        let end = Instant::now() + asked.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT).min(left);
        loop {
            let (_, operation) = self.find(&request, &request.get_ref().name).await?;
            if operation.ended_at.is_some() || Instant::now() >= end {
                return Ok(Response::new(operation.into()));
            }
            sleep(LOOK).await;
        }
    }

    async fn cancel_operation(
        &self,
        request: Request<proto::CancelOperationRequest>,
    ) -> Result<Response<proto::Operation>, Status> {
        let name = &request.get_ref().name;
        let (id, _) = self.find(&request, name).await?;
        store::cancel(&self.database, id).await.map_err(Problem::from)?;
        let (_, operation) = self.find(&request, name).await?;
        Ok(Response::new(operation.into()))
    }

    async fn delete_operation(
        &self,
        request: Request<proto::DeleteOperationRequest>,
    ) -> Result<Response<()>, Status> {
        let name = &request.get_ref().name;
        let (id, operation) = self.find(&request, name).await?;
        if operation.ended_at.is_none() {
            return Err(Problem::State {
                rule: "OPERATION_UNDER_WAY",
                subject: name.clone(),
                description: "the operation is not done: cancel it first".to_owned(),
            }
            .into());
        }
        store::delete(&self.database, id).await.map_err(Problem::from)?;
        Ok(Response::new(()))
    }
}

impl From<Operation> for proto::Operation {
    fn from(operation: Operation) -> Self {
        let Operation { counts, .. } = operation;
        let error = operation.error.map(|error| Ending::Error(decoded(&error)));
        let response = operation.response.map(|response| Ending::Response(decoded(&response)));
        Self {
            name: operation.id.resource_name(),
            done: operation.ended_at.is_some(),
            metadata: Some(proto::OperationMetadata {
                kind: operation.kind,
                started_by: operation.started_by,
                create_time: Some(timestamp(operation.created_at)),
                start_time: operation.started_at.map(timestamp),
                end_time: operation.ended_at.map(timestamp),
                done_count: counts.done,
                failed_count: counts.failed,
                total_count: counts.total,
                cancel_requested: operation.cancelled,
                action: operation.action,
                target: operation.target,
            }),
            result: error.or(response),
        }
    }
}

/// What this service has encoded.
fn decoded<M: prost::Message + Default>(bytes: &[u8]) -> M {
    M::decode(bytes).unwrap_or_default()
}
