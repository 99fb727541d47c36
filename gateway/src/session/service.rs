//! The RPCs that sign browsers in and out.

use super::{Change, Secret, Sessions, csrf};
use crate::client_address::{CLIENT_ADDRESS, CLIENT_AGENT};
use patron_chassis::status::Problem;
use patron_proto::{
    gateway::v1::{
        BrowserSession, CreateBrowserSessionRequest, DeleteBrowserSessionRequest, GetBrowserSessionRequest,
        browser_session_service_server::BrowserSessionService,
    },
    identity::v1::{
        CreateSessionRequest, DeleteSessionRequest, GetSessionRequest, Session,
        session_service_client::SessionServiceClient,
    },
};
use tonic::{Request, Response, Status};

/// Most bytes of a secret that identity looks at: a longer cookie is none of ours.
const SECRET_BYTES: usize = 100;
/// Name of the session that the caller's token belongs to.
const CURRENT: &str = "sessions/current";

#[tonic::async_trait]
impl BrowserSessionService for Sessions {
    async fn create_browser_session(
        &self,
        request: Request<CreateBrowserSessionRequest>,
    ) -> Result<Response<BrowserSession>, Status> {
        let (metadata, extensions, CreateBrowserSessionRequest { identifier, password, user_kind }) =
            request.into_parts();
        // Whoever knows what the browser held until now, holds nothing of the new session.
        let previous = extensions.get::<Secret>().filter(|secret| secret.expose().len() <= SECRET_BYTES);
        let previous_secret = previous.map(|secret| secret.expose().to_owned()).unwrap_or_default();
        let mut request =
            Request::new(CreateSessionRequest { identifier, password, user_kind, previous_secret });
        for name in [CLIENT_ADDRESS, CLIENT_AGENT] {
            if let Some(value) = metadata.get(name) {
                request.metadata_mut().insert(name, value.clone());
            }
        }
        let session =
            SessionServiceClient::new(self.identity.clone()).create_session(request).await?.into_inner();
        let cookie = self.secret_cookie(&session);
        let cookie = cookie.ok_or_else(|| Problem::internal("identity gave no usable secret"))?;
        if let Some(previous) = previous {
            self.tokens.forget(previous.expose()).await;
        }
        self.tokens.put(&session.secret, &session).await;
        let secret = Secret(session.secret.as_str().into());
        let mut response = Response::new(browser_session(session, &secret));
        response.extensions_mut().insert(Change::SignedIn(cookie));
        Ok(response)
    }

    async fn get_browser_session(
        &self,
        request: Request<GetBrowserSessionRequest>,
    ) -> Result<Response<BrowserSession>, Status> {
        let secret = secret(&request)?;
        let request = GetSessionRequest { name: CURRENT.to_owned() };
        let session =
            SessionServiceClient::new(self.identity.clone()).get_session(request).await?.into_inner();
        Ok(Response::new(browser_session(session, secret)))
    }

    async fn delete_browser_session(
        &self,
        request: Request<DeleteBrowserSessionRequest>,
    ) -> Result<Response<()>, Status> {
        let secret = secret(&request)?;
        let ended = DeleteSessionRequest { name: CURRENT.to_owned() };
        SessionServiceClient::new(self.identity.clone()).delete_session(ended).await?;
        self.tokens.forget(secret.expose()).await;
        let mut response = Response::new(());
        if let Some(cookie) = self.cookies.clear_secret() {
            response.extensions_mut().insert(Change::SignedOut(cookie));
        }
        Ok(response)
    }
}

/// The secret of the cookie. A caller without one is no browser that signed in here.
fn secret<T>(request: &Request<T>) -> Result<&Secret, Problem> {
    request.extensions().get().ok_or(Problem::CredentialsMissing)
}

fn browser_session(session: Session, secret: &Secret) -> BrowserSession {
    BrowserSession {
        user: session.user,
        user_display_name: session.user_display_name,
        expire_time: session.expire_time,
        permissions: session.permissions,
        csrf_token: csrf::token(secret.expose()),
        password_change_required: session.password_change_required,
        username: session.username,
    }
}
