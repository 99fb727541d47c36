use super::rights;
use crate::{
    bulk::{Action, Meant},
    operations::{Bulks, History},
    selection,
    store::{
        self,
        bulk::{Item, Which},
        list::Count,
    },
};
use patron_chassis::{
    principal::{Principal, Scope},
    status::Problem,
};
use patron_ledger::{
    change::Caller,
    operation::{self, Work as _, visible_to},
};
use patron_proto::{
    google::rpc,
    operation::v1::{Operation, OperationMetadata, operation::Result as Ending},
    profile::v1::{
        BulkAddToGroupRequest, BulkDeleteCustomersRequest, BulkDisableAccountsRequest,
        BulkEnableAccountsRequest, BulkRemoveFromGroupRequest, BulkResult, BulkSummary, CustomerSelection,
        ListBulkResultsRequest, ListBulkResultsResponse, bulk_result::State,
        customer_bulk_service_server::CustomerBulkService,
    },
};
use patron_values::{
    id::{CustomerId, GroupId, OperationId},
    optional,
    page::Page,
    seal::Seal,
    text::{self, Line},
    violation::Violation,
};
use prost::Message as _;
use tonic::{Request, Response, Status};

/// Why, as history keeps it: a line like every other.
type Reason = Line<400>;

/// Answers `patron.profile.v1.CustomerBulkService`.
pub struct BulkRpc {
    /// Starts bulk operations.
    pub bulks: Bulks,
    /// Seals page tokens.
    pub seal: Seal,
}

/// What every request to start one has.
trait Start: prost::Name {
    fn parts(&self) -> (Option<&CustomerSelection>, &str, bool);

    fn action(&self) -> Result<Action, Problem>;

    /// Why; empty where nothing asks for it.
    fn reason(&self) -> String {
        String::new()
    }
}

macro_rules! starts {
    ($($request:ident: $action:expr $(, $reason:ident)?;)*) => {$(
        impl Start for $request {
            fn parts(&self) -> (Option<&CustomerSelection>, &str, bool) {
                (self.selection.as_ref(), &self.request_id, self.validate_only)
            }

            fn action(&self) -> Result<Action, Problem> {
                let action: fn(&Self) -> Result<Action, Problem> = $action;
                action(self)
            }

            $(fn reason(&self) -> String {
                self.$reason.clone()
            })?
        }
    )*};
}

starts! {
    BulkDeleteCustomersRequest: |request| Ok(Action::Delete(history(request)));
    BulkAddToGroupRequest: |request| Ok(Action::AddTo(group(&request.group)?));
    BulkRemoveFromGroupRequest: |request| Ok(Action::RemoveFrom(group(&request.group)?));
    BulkDisableAccountsRequest: |_| Ok(Action::Disable), reason;
    BulkEnableAccountsRequest: |_| Ok(Action::Enable), reason;
}

#[tonic::async_trait]
impl CustomerBulkService for BulkRpc {
    async fn bulk_delete_customers(
        &self,
        request: Request<BulkDeleteCustomersRequest>,
    ) -> Result<Response<Operation>, Status> {
        if request.get_ref().delete_history {
            rights::check_delete_history(Principal::of(&request))?;
        }
        self.start(&request).await
    }

    async fn bulk_add_to_group(
        &self,
        request: Request<BulkAddToGroupRequest>,
    ) -> Result<Response<Operation>, Status> {
        self.start(&request).await
    }

    async fn bulk_remove_from_group(
        &self,
        request: Request<BulkRemoveFromGroupRequest>,
    ) -> Result<Response<Operation>, Status> {
        self.start(&request).await
    }

    async fn bulk_disable_accounts(
        &self,
        request: Request<BulkDisableAccountsRequest>,
    ) -> Result<Response<Operation>, Status> {
        self.start(&request).await
    }

    async fn bulk_enable_accounts(
        &self,
        request: Request<BulkEnableAccountsRequest>,
    ) -> Result<Response<Operation>, Status> {
        self.start(&request).await
    }

    async fn list_bulk_results(
        &self,
        request: Request<ListBulkResultsRequest>,
    ) -> Result<Response<ListBulkResultsResponse>, Status> {
        let (principal, message) = (Principal::of(&request), request.get_ref());
        let parsed = OperationId::parse(&message.parent);
        let operation = parsed.map_err(|error| Problem::invalid("parent", error.to_string()))?;
        let page = Page::<CustomerId>::parse(message, &principal.to_string(), &self.seal);
        let page = page.map_err(Problem::from)?;
        let database = self.bulks.customers.ledger.database();
        let started_by = visible_to(principal)?;
        let known = operation::find(database, operation, started_by.as_deref()).await;
        if known.map_err(Problem::from)?.is_none() {
            return Err(Problem::not_found("operation", &message.parent).into());
        }
        let (after, limit) = (page.after().copied(), page.limit());
        let which = Which { operation, failed_only: message.failed_only, after, limit };
        let found = store::bulk::list(database, principal.known_scope()?, which).await;
        let mut found = found.map_err(Problem::from)?;
        let next_page_token = page.finish(&mut found, |last| last.customer);
        let results = found.into_iter().map(BulkResult::from).collect();
        Ok(Response::new(ListBulkResultsResponse { results, next_page_token }))
    }
}

impl BulkRpc {
    async fn start<R: Start>(&self, request: &Request<R>) -> Result<Response<Operation>, Status> {
        let message = request.get_ref();
        let (selection, request_id, validate_only) = message.parts();
        let mut caller = Caller::of(request, request_id)?;
        let action = message.action()?;
        let reason: Option<Reason> = optional(&message.reason())
            .map_err(|error: text::Error| Problem::invalid("reason", error.to_string()))?;
        caller.context.reason = reason.map(|reason| reason.to_string()).unwrap_or_default();
        if let Scope::Own(_) = caller.scope {
            // No role of customers gets here. What is stored knows no such scope.
            return Err(Problem::PeerNotAllowed.into());
        }
        let meant = meant(selection.cloned().unwrap_or_default(), &caller)?;
        if validate_only {
            let count = self.bulks.count(&meant, caller.scope).await?;
            return Ok(Response::new(dry_run(action, count, caller.context.actor)));
        }
        Ok(Response::new(self.bulks.start(action, meant, &caller).await?.into()))
    }
}

fn meant(selection: CustomerSelection, caller: &Caller) -> Result<Meant, Problem> {
    let CustomerSelection { names, matching } = selection;
    match matching {
        Some(matching) if names.is_empty() => {
            let selection = selection::parse(caller.scope, &matching).map_err(inside_matching)?;
            Ok(Meant::Matching(matching, Box::new(selection)))
        }
        None if !names.is_empty() => {
            let parsed = names.iter().enumerate().map(|(place, name)| {
                CustomerId::parse(name)
                    .map_err(|error| Problem::invalid(format!("selection.names[{place}]"), error.to_string()))
            });
            Ok(Meant::Named(parsed.collect::<Result<_, _>>()?))
        }
        _ => Err(Problem::invalid("selection", "needs either names or matching, and not both")),
    }
}

/// What is wrong with what customers match, at its place in the request.
fn inside_matching(problem: Problem) -> Problem {
    match problem {
        Problem::Invalid(violations) => {
            let violations = violations.into_iter();
            let inside =
                |it: Violation| Violation::new(format!("selection.matching.{}", it.field), it.description);
            Problem::Invalid(violations.map(inside).collect())
        }
        problem => problem,
    }
}

fn history(request: &BulkDeleteCustomersRequest) -> History {
    if request.delete_history { History::Delete } else { History::Keep }
}

fn group(name: &str) -> Result<GroupId, Problem> {
    GroupId::parse(name).map_err(|error| Problem::invalid("group", error.to_string()))
}

/// The answer to who only asks: an operation that was never stored.
fn dry_run(action: Action, count: Option<Count>, started_by: String) -> Operation {
    let (customer_count, customer_count_estimated) = match count {
        Some(Count::Exact(count)) => (count, false),
        Some(Count::Estimated(count)) => (count, true),
        None => (0, true),
    };
    let summary = BulkSummary { customer_count, customer_count_estimated, ..BulkSummary::default() };
    let about = action.about();
    let metadata = OperationMetadata {
        kind: crate::operations::BulkWork::KIND.to_owned(),
        started_by,
        total_count: customer_count,
        action: about.action.to_owned(),
        target: about.target,
        ..OperationMetadata::default()
    };
    let response = prost_types::Any::from_msg(&summary).unwrap_or_default();
    Operation {
        done: true,
        metadata: Some(metadata),
        result: Some(Ending::Response(response)),
        ..Operation::default()
    }
}

impl From<Item> for BulkResult {
    fn from(item: Item) -> Self {
        let state = match item.done {
            None => State::Waiting,
            Some(true) => State::Done,
            Some(false) => State::Failed,
        };
        Self {
            customer: item.customer.resource_name(),
            customer_display_name: item.display_name.unwrap_or_default(),
            state: state.into(),
            error: item.error.map(|error| rpc::Status::decode(error.as_slice()).unwrap_or_default()),
        }
    }
}
