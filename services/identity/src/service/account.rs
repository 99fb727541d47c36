use super::{
    client_address,
    decision::{decision, decisions},
};
use crate::{
    account::{self, Code, Move},
    error::Error,
    operations::{Accounts, Decision},
    password::Password,
    security_question::{Answer, NewAnswer},
    store::{self, approval::Waiting},
};
use patron_chassis::{
    permission::{Permission, Permissions},
    principal::{Principal, Scope},
    status::{self, Problem},
};
use patron_ledger::{
    change::{Caller, Changed, context_of},
    inbox::{ConsistencyToken, Inbox},
};
use patron_proto::identity::v1::{self as proto, account_decision, account_service_server::AccountService};
use patron_values::{
    fields::Fields,
    id::{CustomerId, GroupId},
    page::Page,
    seal::Seal,
    timestamp,
};
use std::mem;
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

/// Answers `patron.identity.v1.AccountService`.
pub struct AccountRpc {
    /// Changes accounts.
    pub accounts: Accounts,
    /// How far references have come.
    pub inbox: Inbox,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl AccountService for AccountRpc {
    async fn create_account(
        &self,
        mut request: Request<proto::CreateAccountRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let mut new = request.get_mut().account.take().unwrap_or_default();
        // Taken out first: no digest of it may stay behind with the request's id.
        let (password, answer) = (mem::take(&mut new.password), mem::take(&mut new.security_answer));
        request.get_mut().account = Some(new.clone());
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let customer = parse_parent(&request.get_ref().parent)?;
        if !password.is_empty() {
            may_act_as_customer(Principal::of(&request))?;
        }
        let new = proto::NewAccount { password, security_answer: answer, ..new };
        Ok(self.accounts.create(customer, &new, &caller).await?.reply(|account| account.into()))
    }

    async fn get_account(
        &self,
        request: Request<proto::GetAccountRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let scope = Principal::of(&request).known_scope()?;
        let name = account::Name::parse("name", &request.get_ref().name)?;
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

    async fn diagnose_sign_in(
        &self,
        request: Request<proto::DiagnoseSignInRequest>,
    ) -> Result<Response<proto::SignInDiagnosis>, Status> {
        let scope = Principal::of(&request).known_scope()?;
        let name = account::Name::parse("name", &request.get_ref().name)?;
        let found = self.accounts.diagnose(name, scope).await?;
        let found = found.ok_or_else(|| Problem::not_found("customer", name.0.resource_name()))?;
        let (can_sign_in, obstacles) = (found.is_empty(), found.into_iter().map(Into::into).collect());
        Ok(Response::new(proto::SignInDiagnosis { can_sign_in, obstacles }))
    }

    async fn set_account_password(
        &self,
        mut request: Request<proto::SetAccountPasswordRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let password = Password::new(&mem::take(&mut request.get_mut().password));
        may_act_as_customer(Principal::of(&request))?;
        let caller = Caller::of(&request, "")?;
        let setter = Principal::of(&request).user()?;
        let name = account::Name::parse("name", &request.get_ref().name)?;
        let set = self.accounts.set_password(name, &password, &caller, setter).await?;
        Ok(set.reply(|account| account.into()))
    }

    async fn set_security_answer(
        &self,
        mut request: Request<proto::SetSecurityAnswerRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let answer = mem::take(&mut request.get_mut().security_answer);
        let caller = Caller::of(&request, "")?;
        may_set_answer(Principal::of(&request), self.accounts.tools.clock.now())?;
        let message = request.get_ref();
        let name = account::Name::parse("name", &message.name)?;
        let mut fields = Fields::default();
        let chosen = NewAnswer::parse(&mut fields, &message.security_question, &answer);
        fields.into_result().map_err(Problem::from)?;
        let set = self.accounts.set_security_answer(name, chosen.as_ref(), &caller).await?;
        Ok(set.reply(|account| account.into()))
    }

    async fn verify_security_answer(
        &self,
        mut request: Request<proto::VerifySecurityAnswerRequest>,
    ) -> Result<Response<proto::VerifySecurityAnswerResponse>, Status> {
        let answer = mem::take(&mut request.get_mut().security_answer);
        let caller = Caller::of(&request, "")?;
        let name = account::Name::parse("name", &request.get_ref().name)?;
        let answer =
            Answer::parse(&answer).map_err(|error| Problem::invalid("security_answer", error.to_string()))?;
        let verified = self.accounts.verify_security_answer(name, &answer, &caller).await?;
        Ok(verified.reply(|correct| proto::VerifySecurityAnswerResponse { correct: *correct }))
    }

    async fn create_reset_code(
        &self,
        request: Request<proto::CreateResetCodeRequest>,
    ) -> Result<Response<proto::ResetCode>, Status> {
        may_act_as_customer(Principal::of(&request))?;
        let caller = Caller::of(&request, "")?;
        let name = account::Name::parse("name", &request.get_ref().name)?;
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
        let decision = decision(request.get_ref(), Caller::of(&request, "")?)?;
        self.decide(Move::Disable, decision).await
    }

    async fn enable_account(
        &self,
        request: Request<proto::EnableAccountRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let decision = decision(request.get_ref(), Caller::of(&request, "")?)?;
        self.decide(Move::Enable, decision).await
    }

    async fn unlock_account(
        &self,
        request: Request<proto::UnlockAccountRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let caller = Caller::of(&request, "")?;
        let name = account::Name::parse("name", &request.get_ref().name)?;
        Ok(self.accounts.unlock(name, &caller).await?.reply(|account| account.into()))
    }

    async fn list_waiting_accounts(
        &self,
        request: Request<proto::ListWaitingAccountsRequest>,
    ) -> Result<Response<proto::ListWaitingAccountsResponse>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let principal = Principal::of(&request);
        let (scope, caller, message) = (principal.known_scope()?, principal.to_string(), request.get_ref());
        let page = Page::<(OffsetDateTime, CustomerId)>::parse(message, &caller, &self.seal);
        let page = page.map_err(Problem::from)?;
        let group = Some(message.group.as_str()).filter(|name| !name.is_empty()).map(GroupId::parse);
        let group = group.transpose().map_err(|error| Problem::invalid("group", error.to_string()))?;
        let which = Waiting { group, after: page.after().copied(), limit: page.limit() };
        let database = &self.accounts.tools.database;
        let found = store::approval::list_waiting(database, scope, which).await;
        let mut found = found.map_err(Error::from)?;
        let next_page_token =
            page.finish(&mut found, |last| (last.waiting_since.unwrap_or(last.created_at), last.customer));
        let accounts = found.iter().map(proto::Account::from).collect();
        Ok(freshness.reply(proto::ListWaitingAccountsResponse { accounts, next_page_token }))
    }

    async fn approve_account(
        &self,
        request: Request<proto::ApproveAccountRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let decision = decision(request.get_ref(), Caller::of(&request, "")?)?;
        self.decide(Move::Approve, decision).await
    }

    async fn decline_account(
        &self,
        request: Request<proto::DeclineAccountRequest>,
    ) -> Result<Response<proto::Account>, Status> {
        let decision = decision(request.get_ref(), Caller::of(&request, "")?)?;
        self.decide(Move::Decline, decision).await
    }

    async fn batch_approve_accounts(
        &self,
        request: Request<proto::BatchApproveAccountsRequest>,
    ) -> Result<Response<proto::BatchApproveAccountsResponse>, Status> {
        let decisions = decisions(&request.get_ref().requests, &Caller::of(&request, "")?)?;
        let decided = self.decide_all(Move::Approve, &decisions).await;
        Ok(decided.reply(|results| proto::BatchApproveAccountsResponse { results: results.clone() }))
    }

    async fn batch_decline_accounts(
        &self,
        request: Request<proto::BatchDeclineAccountsRequest>,
    ) -> Result<Response<proto::BatchDeclineAccountsResponse>, Status> {
        let decisions = decisions(&request.get_ref().requests, &Caller::of(&request, "")?)?;
        let decided = self.decide_all(Move::Decline, &decisions).await;
        Ok(decided.reply(|results| proto::BatchDeclineAccountsResponse { results: results.clone() }))
    }
}

impl AccountRpc {
    async fn decide(&self, step: Move, decision: Decision) -> Result<Response<proto::Account>, Status> {
        let Decision { name, etag, caller } = decision;
        let changed = self.accounts.change_standing(name, step, &etag, &caller).await?;
        Ok(changed.reply(|account| account.into()))
    }

    async fn decide_all(&self, step: Move, decisions: &[Decision]) -> Changed<Vec<proto::AccountDecision>> {
        let (mut results, mut consistency_tokens) = (Vec::with_capacity(decisions.len()), Vec::new());
        for decided in self.accounts.decide(step, decisions).await {
            let result = match decided {
                Ok(changed) => {
                    consistency_tokens.extend(changed.consistency_tokens);
                    account_decision::Result::Account(Box::new((&changed.result).into()))
                }
                Err(error) => account_decision::Result::Error(status::message(&error.into())),
            };
            results.push(proto::AccountDecision { result: Some(result) });
        }
        // A reply carries as many, and lists wait for the latest.
        let most = consistency_tokens.len().saturating_sub(ConsistencyToken::MOST);
        consistency_tokens.drain(..most);
        Changed { result: results, consistency_tokens }
    }
}

fn parse_parent(name: &str) -> Result<CustomerId, Problem> {
    CustomerId::parse(name).map_err(|error| Problem::invalid("parent", error.to_string()))
}

/// Who answers for a customer on the phone is taken for the customer: so customers prove who they are before they choose what to answer,
/// and who acts in their name does not choose it.
fn may_set_answer(principal: &Principal, now: OffsetDateTime) -> Result<(), Problem> {
    let user = principal.user()?;
    if user.actor.is_some() {
        return Err(Problem::PermissionDenied(Permission::CustomerUpdate));
    }
    match principal.known_scope()? {
        Scope::Own(_) => user.check_fresh(now),
        Scope::All | Scope::Assigned(_) => Ok(()),
    }
}

/// Who knows a customer's password can do all that the customer can: nobody sets one without having those rights.
fn may_act_as_customer(principal: &Principal) -> Result<(), Problem> {
    let own = principal.user()?.permissions;
    let missing =
        |needed: Permissions| needed.iter().find(|permission: &Permission| !own.contains(*permission));
    missing(account::customer_permissions())
        .map_or(Ok(()), |permission| Err(Problem::PermissionDenied(permission)))
}
