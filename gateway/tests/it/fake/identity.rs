use super::Asked;
use crate::world::ADA;
use patron_chassis::{clock::MockClock, status::Problem};
use patron_proto::{
    access::v1::Permission,
    identity::v1::{
        Account, ApproveAccountRequest, BatchApproveAccountsRequest, BatchApproveAccountsResponse,
        BatchDeclineAccountsRequest, BatchDeclineAccountsResponse, BatchGetAccountsRequest,
        BatchGetAccountsResponse, ChangePasswordRequest, CreateAccountRequest, CreateResetCodeRequest,
        CreateSessionRequest, DeclineAccountRequest, DeleteSessionRequest, DiagnoseSignInRequest,
        DisableAccountRequest, EnableAccountRequest, GetAccountRequest, GetSessionRequest,
        ListSessionsRequest, ListSessionsResponse, ListWaitingAccountsRequest, ListWaitingAccountsResponse,
        RefreshSessionRequest, ResetCode, ResetPasswordRequest, Session, SetAccountPasswordRequest,
        SetSecurityAnswerRequest, SignInDiagnosis, UnlockAccountRequest, VerifySecurityAnswerRequest,
        VerifySecurityAnswerResponse, account_service_server::AccountService,
        session_service_server::SessionService,
    },
};
use std::sync::Mutex;
use tonic::{Request, Response, Status};

/// The password of every user.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Signs everyone in who has the password. The first token is `token-1`, the next `token-2`.
#[derive(Default)]
pub(crate) struct Identity {
    pub(crate) create: Asked<CreateSessionRequest>,
    pub(crate) refresh: Asked<RefreshSessionRequest>,
    pub(crate) get: Asked<GetSessionRequest>,
    pub(crate) delete: Asked<DeleteSessionRequest>,
    pub(crate) change: Asked<ChangePasswordRequest>,
    pub(crate) account: Asked<GetAccountRequest>,
    tokens: Mutex<u32>,
}

impl Identity {
    fn session(&self, secret: &str) -> Session {
        let mut tokens = self.tokens.lock().expect("a lock");
        *tokens += 1;
        let now = MockClock::default().now().unix_timestamp();
        let after = |seconds: i64| Some(prost_types::Timestamp { seconds: now + seconds, nanos: 0 });
        Session {
            name: "sessions/1".to_owned(),
            user: "staff/1".to_owned(),
            user_display_name: "Grace".to_owned(),
            permissions: vec![Permission::CustomerRead.into()],
            access_token: format!("token-{tokens}"),
            access_token_expire_time: after(300),
            expire_time: after(43_200),
            secret: secret.to_owned(),
            ..Default::default()
        }
    }
}

#[tonic::async_trait]
impl SessionService for Identity {
    async fn create_session(
        &self,
        request: Request<CreateSessionRequest>,
    ) -> Result<Response<Session>, Status> {
        let right = request.get_ref().password == PASSWORD;
        self.create.note(request)?;
        if right {
            Ok(Response::new(self.session("secret-1")))
        } else {
            Err(Problem::CredentialsInvalid.into())
        }
    }

    async fn refresh_session(
        &self,
        request: Request<RefreshSessionRequest>,
    ) -> Result<Response<Session>, Status> {
        let known = request.get_ref().secret.starts_with("secret-");
        self.refresh.note(request)?;
        // lets others ask for the same meanwhile
        tokio::task::yield_now().await;
        if known { Ok(Response::new(self.session(""))) } else { Err(Problem::CredentialsInvalid.into()) }
    }

    async fn get_session(&self, request: Request<GetSessionRequest>) -> Result<Response<Session>, Status> {
        self.get.note(request)?;
        Ok(Response::new(Session { access_token: String::new(), ..self.session("") }))
    }

    async fn list_sessions(
        &self,
        _: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        Ok(Response::new(ListSessionsResponse::default()))
    }

    async fn delete_session(&self, request: Request<DeleteSessionRequest>) -> Result<Response<()>, Status> {
        self.delete.note(request)?;
        Ok(Response::new(()))
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<Session>, Status> {
        let right = request.get_ref().old_password == PASSWORD;
        self.change.note(request)?;
        if right {
            Ok(Response::new(self.session("secret-2")))
        } else {
            Err(Problem::CredentialsInvalid.into())
        }
    }
}

#[tonic::async_trait]
impl AccountService for Identity {
    async fn create_account(&self, _: Request<CreateAccountRequest>) -> Result<Response<Account>, Status> {
        Ok(Response::new(Account::default()))
    }

    async fn get_account(&self, request: Request<GetAccountRequest>) -> Result<Response<Account>, Status> {
        self.account.note(request)?;
        Ok(Response::new(Account { name: format!("{ADA}/account"), ..Default::default() }))
    }

    async fn batch_get_accounts(
        &self,
        _: Request<BatchGetAccountsRequest>,
    ) -> Result<Response<BatchGetAccountsResponse>, Status> {
        Ok(Response::new(BatchGetAccountsResponse::default()))
    }

    async fn set_account_password(
        &self,
        _: Request<SetAccountPasswordRequest>,
    ) -> Result<Response<Account>, Status> {
        Ok(Response::new(Account::default()))
    }

    async fn set_security_answer(
        &self,
        _: Request<SetSecurityAnswerRequest>,
    ) -> Result<Response<Account>, Status> {
        Ok(Response::new(Account::default()))
    }

    async fn verify_security_answer(
        &self,
        _: Request<VerifySecurityAnswerRequest>,
    ) -> Result<Response<VerifySecurityAnswerResponse>, Status> {
        Ok(Response::new(VerifySecurityAnswerResponse::default()))
    }

    async fn create_reset_code(
        &self,
        _: Request<CreateResetCodeRequest>,
    ) -> Result<Response<ResetCode>, Status> {
        Ok(Response::new(ResetCode::default()))
    }

    async fn reset_password(&self, _: Request<ResetPasswordRequest>) -> Result<Response<()>, Status> {
        Ok(Response::new(()))
    }

    async fn disable_account(&self, _: Request<DisableAccountRequest>) -> Result<Response<Account>, Status> {
        Ok(Response::new(Account::default()))
    }

    async fn enable_account(&self, _: Request<EnableAccountRequest>) -> Result<Response<Account>, Status> {
        Ok(Response::new(Account::default()))
    }

    async fn unlock_account(&self, _: Request<UnlockAccountRequest>) -> Result<Response<Account>, Status> {
        Ok(Response::new(Account::default()))
    }

    async fn diagnose_sign_in(
        &self,
        _: Request<DiagnoseSignInRequest>,
    ) -> Result<Response<SignInDiagnosis>, Status> {
        Ok(Response::new(SignInDiagnosis::default()))
    }

    async fn list_waiting_accounts(
        &self,
        _: Request<ListWaitingAccountsRequest>,
    ) -> Result<Response<ListWaitingAccountsResponse>, Status> {
        Ok(Response::new(ListWaitingAccountsResponse::default()))
    }

    async fn approve_account(&self, _: Request<ApproveAccountRequest>) -> Result<Response<Account>, Status> {
        Ok(Response::new(Account::default()))
    }

    async fn decline_account(&self, _: Request<DeclineAccountRequest>) -> Result<Response<Account>, Status> {
        Ok(Response::new(Account::default()))
    }

    async fn batch_approve_accounts(
        &self,
        _: Request<BatchApproveAccountsRequest>,
    ) -> Result<Response<BatchApproveAccountsResponse>, Status> {
        Ok(Response::new(BatchApproveAccountsResponse::default()))
    }

    async fn batch_decline_accounts(
        &self,
        _: Request<BatchDeclineAccountsRequest>,
    ) -> Result<Response<BatchDeclineAccountsResponse>, Status> {
        Ok(Response::new(BatchDeclineAccountsResponse::default()))
    }
}
