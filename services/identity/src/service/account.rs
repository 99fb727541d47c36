use super::client_address;
use crate::{
    account::{self, Code},
    error::Error,
    operations::Accounts,
    password::Password,
    store,
};
use patron_chassis::{
    permission::{Permission, Permissions},
    principal::Principal,
    status::Problem,
};
use patron_ledger::{
    change::{Caller, context_of},
    inbox::Inbox,
};
use patron_proto::identity::v1::{self as proto, account_service_server::AccountService};
use patron_values::{
    id::CustomerId,
    optional,
    text::{self, Line},
    timestamp,
};
use std::mem;
use tonic::{Request, Response, Status};

/// Answers `patron.identity.v1.AccountService`.
pub struct AccountRpc {
    /// Changes accounts.
    pub accounts: Accounts,
    /// How far references have come.
    pub inbox: Inbox,
}

#[tonic::async_trait]
impl AccountService for AccountRpc {
    async fn create_account(
        &self,
        mut request: Request<proto::CreateAccountRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let mut new = request.get_mut().account.take().unwrap_or_default();
        // Taken out first: no digest of it may stay behind with the request's id.
        let password = mem::take(&mut new.password);
        request.get_mut().account = Some(new.clone());
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let customer = parse_parent(&request.get_ref().parent)?;
        if !password.is_empty() {
            may_act_as_customer(Principal::of(&request))?;
        }
        let new = proto::NewAccount { password, ..new };
        Ok(self.accounts.create(customer, &new, &caller).await?.reply(|account| account.into()))
    }

    async fn get_account(
        &self,
        request: Request<proto::GetAccountRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let scope = Principal::of(&request).known_scope()?;
        let name = account::Name::parse(&request.get_ref().name)?;
        let account = self.accounts.find(name, scope).await?;
        let account = account.ok_or_else(|| Problem::not_found("account", name.to_string()))?;
        Ok(Response::new(proto::Account::from(&account)))
    }

    async fn batch_get_accounts(
        &self,
        request: Request<proto::BatchGetAccountsRequest>,
    ) -> Result<Response<proto::BatchGetAccountsResponse>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let scope = Principal::of(&request).known_scope()?;
        let parents = request.get_ref().parents.iter();
        let customers = parents.map(|name| parse_parent(name)).collect::<Result<Vec<_>, _>>()?;
        let database = &self.accounts.tools.database;
        let accounts = store::account::list(database, &customers, scope).await.map_err(Error::from)?;
        let accounts = accounts.iter().map(proto::Account::from).collect();
        Ok(freshness.reply(proto::BatchGetAccountsResponse { accounts }))
    }

    async fn set_account_password(
        &self,
        mut request: Request<proto::SetAccountPasswordRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let password = Password::new(&mem::take(&mut request.get_mut().password));
        may_act_as_customer(Principal::of(&request))?;
        let caller = Caller::of(&request, "")?;
        let setter = Principal::of(&request).user()?;
        let name = account::Name::parse(&request.get_ref().name)?;
        let set = self.accounts.set_password(name, &password, &caller, setter).await?;
        Ok(set.reply(|account| account.into()))
    }

    async fn create_reset_code(
        &self,
        request: Request<proto::CreateResetCodeRequest>,
    ) -> Result<Response<proto::ResetCode>, Status> {
        may_act_as_customer(Principal::of(&request))?;
        let caller = Caller::of(&request, "")?;
        let name = account::Name::parse(&request.get_ref().name)?;
        let created = self.accounts.create_reset_code(name, &caller).await?;
        Ok(created.reply(|(code, expires_at)| proto::ResetCode {
            code: code.expose(),
            expire_time: Some(timestamp(*expires_at)),
        }))
    }

    async fn reset_password(
        &self,
        request: Request<proto::ResetPasswordRequest>,
    ) -> Result<Response<()>, Status> {
        let (context, address) = (context_of(&request), client_address(&request));
        let message = request.into_inner();
        let (code, password) = (Code::shown(&message.code), Password::new(&message.password));
        self.accounts.reset_password(&code, &password, address, context).await?;
        Ok(Response::new(()))
    }

    async fn disable_account(
        &self,
        request: Request<proto::DisableAccountRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let message = request.get_ref();
        let name = account::Name::parse(&message.name)?;
        let caller = because(Caller::of(&request, &message.request_id)?, &message.reason)?;
        Ok(self.accounts.disable(name, &message.etag, &caller).await?.reply(|account| account.into()))
    }

    async fn enable_account(
        &self,
        request: Request<proto::EnableAccountRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let message = request.get_ref();
        let name = account::Name::parse(&message.name)?;
        let caller = because(Caller::of(&request, &message.request_id)?, &message.reason)?;
        Ok(self.accounts.enable(name, &message.etag, &caller).await?.reply(|account| account.into()))
    }
}

fn parse_parent(name: &str) -> Result<CustomerId, Problem> {
    CustomerId::parse(name).map_err(|error| Problem::invalid("parent", error.to_string()))
}

/// Who knows a customer's password can do all that the customer can: nobody sets one without having those rights.
fn may_act_as_customer(principal: &Principal) -> Result<(), Problem> {
    let own = principal.user()?.permissions;
    let missing =
        |needed: Permissions| needed.iter().find(|permission: &Permission| !own.contains(*permission));
    missing(account::customer_permissions())
        .map_or(Ok(()), |permission| Err(Problem::PermissionDenied(permission)))
}

/// Why a caller does something, for the history: one line.
type Reason = Line<400>;

fn because(mut caller: Caller, reason: &str) -> Result<Caller, Problem> {
    let reason: Option<Reason> =
        optional(reason).map_err(|error: text::Error| Problem::invalid("reason", error.to_string()))?;
    caller.context.reason = reason.map(|reason| reason.to_string()).unwrap_or_default();
    Ok(caller)
}
