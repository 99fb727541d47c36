use super::{DeadLetter, Which};
use crate::queue::Queue;
use patron_chassis::{principal::Principal, status::Problem};
use patron_proto::operation::v1::{self as proto, dead_letter_service_server::DeadLetterService};
use patron_values::{fields::Fields, id::CustomerId, page::Page, seal::Seal, timestamp};
use tonic::{Request, Response, Status};

/// What stands in names before the id.
const PREFIX: &str = "deadLetters/";

/// Answers `patron.operation.v1.DeadLetterService`.
pub(crate) struct DeadLetterRpc {
    pub(crate) queue: Queue,
    pub(crate) seal: Seal,
}

#[tonic::async_trait]
impl DeadLetterService for DeadLetterRpc {
    async fn get_dead_letter(
        &self,
        request: Request<proto::GetDeadLetterRequest>,
    ) -> Result<Response<proto::DeadLetter>, Status> {
        let name = request.into_inner().name;
        let absent = || Problem::not_found("deadLetter", name.clone());
        let id = name.strip_prefix(PREFIX).and_then(|id| id.parse().ok()).ok_or_else(absent)?;
        let found = self.queue.dead_letters(Which::These(vec![id]), 0, 1).await;
        let found = found.map_err(Problem::from)?.pop().ok_or_else(absent)?;
        Ok(Response::new(found.into()))
    }

    async fn list_dead_letters(
        &self,
        request: Request<proto::ListDeadLettersRequest>,
    ) -> Result<Response<proto::ListDeadLettersResponse>, Status> {
        let caller = Principal::of(&request).to_string();
        let page = Page::<i64>::parse(request.get_ref(), &caller, &self.seal).map_err(Problem::from)?;
        let after = page.after().copied().unwrap_or_default();
        let found = self.queue.dead_letters(Which::All, after, page.limit()).await;
        let mut found = found.map_err(Problem::from)?;
        let next_page_token = page.finish(&mut found, |last| last.id);
        let dead_letters = found.into_iter().map(Into::into).collect();
        Ok(Response::new(proto::ListDeadLettersResponse { dead_letters, next_page_token }))
    }

    async fn retry_dead_letters(
        &self,
        request: Request<proto::RetryDeadLettersRequest>,
    ) -> Result<Response<proto::RetryDeadLettersResponse>, Status> {
        let which = which(&request.get_ref().names)?;
        let retried = self.queue.retry_dead_letters(which).await.map_err(Problem::from)?;
        tracing::info!(retried, by = %Principal::of(&request), "dead letters are tried again");
        let retried_count = i64::try_from(retried).unwrap_or(i64::MAX);
        Ok(Response::new(proto::RetryDeadLettersResponse { retried_count }))
    }

    async fn drop_dead_letters(
        &self,
        request: Request<proto::DropDeadLettersRequest>,
    ) -> Result<Response<proto::DropDeadLettersResponse>, Status> {
        let which = which(&request.get_ref().names)?;
        let dropped = self.queue.drop_dead_letters(which).await.map_err(Problem::from)?;
        tracing::info!(dropped, by = %Principal::of(&request), "dead letters were dropped");
        let dropped_count = i64::try_from(dropped).unwrap_or(i64::MAX);
        Ok(Response::new(proto::DropDeadLettersResponse { dropped_count }))
    }
}

/// The dead letters of these names, or all where that alone is asked for.
fn which(names: &[String]) -> Result<Which, Problem> {
    let mut wrong = Fields::default();
    let mut ids = Vec::with_capacity(names.len());
    for (place, name) in names.iter().enumerate() {
        match name.strip_prefix(PREFIX) {
            Some("-") if names.len() == 1 => return Ok(Which::All),
            Some("-") => wrong.refuse(&format!("names[{place}]"), "means all, and stands alone"),
            Some(id) => ids.extend(id.parse::<i64>()),
            None => {}
        }
    }
    wrong.into_result().map_err(Problem::from)?;
    Ok(Which::These(ids))
}

impl From<DeadLetter> for proto::DeadLetter {
    fn from(letter: DeadLetter) -> Self {
        let event = letter.event().map(|event| format!("{} {}", event.r#type, event.event_id));
        let customers = letter.customers.iter().flatten().copied();
        Self {
            name: format!("{PREFIX}{}", letter.id),
            customers: customers.map(CustomerId::resource_name).collect(),
            event: event.unwrap_or_default(),
            payload_bytes: letter
                .payload
                .as_ref()
                .map_or(0, |payload| i64::try_from(payload.len()).unwrap_or(i64::MAX)),
            kind: letter.kind,
            key: letter.key.unwrap_or_default(),
            version: letter.version.unwrap_or_default(),
            error: letter.error,
            attempts: letter.attempts,
            create_time: Some(timestamp(letter.created_at)),
            dead_time: Some(timestamp(letter.since)),
        }
    }
}
