use super::rights;
use crate::{
    export::Columns,
    operations::{Exports, Reader, Wanted},
    selection,
    store::{FIELDS, list::Count},
};
use bytes::Bytes;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use patron_chassis::{principal::Principal, status::Problem};
use patron_ledger::{change::context_of, inbox::Inbox};
use patron_proto::{
    google::api::HttpBody,
    profile::v1::{
        CustomerExportEstimate, CustomerMatch, EstimateCustomerExportRequest, ExportCustomersRequest,
        customer_export_service_server::CustomerExportService,
    },
    r#type::v1::Attachment,
};
use patron_values::{filter, order_by::OrderBy};
use prost_types::Any;
use tonic::{Request, Response, Status};

/// Answers `patron.profile.v1.CustomerExportService`.
pub struct CustomerExportRpc {
    /// Exports customers.
    pub exports: Exports,
    /// How far projections have come.
    pub inbox: Inbox,
}

#[tonic::async_trait]
impl CustomerExportService for CustomerExportRpc {
    type ExportCustomersStream = BoxStream<'static, Result<HttpBody, Status>>;

    async fn estimate_customer_export(
        &self,
        request: Request<EstimateCustomerExportRequest>,
    ) -> Result<Response<CustomerExportEstimate>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let principal = Principal::of(&request);
        let wanted = wanted(principal, &estimated(request.get_ref().clone()))?;
        let estimate = self.exports.estimate(&wanted, &principal.to_string()).await?;
        let (rows, row_count_estimated) = match estimate.count {
            Some(Count::Exact(rows)) => (rows, false),
            Some(Count::Estimated(rows)) => (rows, true),
            None => (0, true),
        };
        Ok(freshness.reply(CustomerExportEstimate {
            row_count: i32::try_from(rows).unwrap_or(i32::MAX),
            row_count_estimated,
            size_bytes: i64::try_from(estimate.bytes).unwrap_or(i64::MAX),
            duration: prost_types::Duration::try_from(estimate.duration).ok(),
        }))
    }

    async fn export_customers(
        &self,
        request: Request<ExportCustomersRequest>,
    ) -> Result<Response<Self::ExportCustomersStream>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let principal = Principal::of(&request);
        let wanted = wanted(principal, request.get_ref())?;
        let reader = Reader { user: principal.user()?.clone(), context: context_of(&request) };
        let (content_type, extension) = (wanted.format.content_type(), wanted.format.extension());
        let file_name = format!("customers-{}.{extension}", self.exports.today());
        let (first, parts) = self.exports.start(wanted, reader).await?;
        let attachment = Any::from_msg(&Attachment { file_name }).map_err(Problem::internal)?;
        let first =
            HttpBody { content_type: content_type.to_owned(), data: first, extensions: vec![attachment] };
        let rest = stream::unfold(parts, async |mut parts| Some((parts.recv().await?, parts)));
        let rest = rest.map(|part| part.map(body));
        Ok(freshness.reply(stream::once(async move { Ok(first) }).chain(rest).boxed()))
    }
}

/// A part of a file after the first one.
fn body(data: Bytes) -> HttpBody {
    HttpBody { data, ..HttpBody::default() }
}

/// The export that an estimate is of.
fn estimated(request: EstimateCustomerExportRequest) -> ExportCustomersRequest {
    let EstimateCustomerExportRequest {
        query,
        filter,
        order_by,
        create_time_from,
        create_time_before,
        format,
        columns,
    } = request;
    ExportCustomersRequest { query, filter, order_by, create_time_from, create_time_before, format, columns }
}

/// What is to be exported, where the caller may see all of it.
fn wanted(principal: &Principal, request: &ExportCustomersRequest) -> Result<Wanted, Problem> {
    let columns = Columns::parse(&request.columns)?;
    rights::check_export(principal, &columns)?;
    let matching = CustomerMatch {
        query: request.query.clone(),
        filter: request.filter.clone(),
        create_time_from: request.create_time_from,
        create_time_before: request.create_time_before,
    };
    let selection = selection::parse(principal.known_scope()?, &matching)?;
    let order = OrderBy::parse(&request.order_by, &FIELDS)?;
    let filtered = filter::field_names(&request.filter, FIELDS.fields());
    let searched = (!selection.query.is_empty()).then_some("query");
    let selected_by = searched.into_iter().chain(filtered).map(str::to_owned).collect();
    Ok(Wanted { selection, order, format: request.format().into(), columns, selected_by })
}
