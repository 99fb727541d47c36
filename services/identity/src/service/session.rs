use super::{client_address, client_agent};
use crate::{
    error::Error,
    operations::{Origin, Sessions},
    password::Password,
    session::{Device, Identifier, Name, Secret, Session},
    store,
    token::AccessToken,
    user::{User, UserKind},
};
use patron_chassis::{principal::Principal, status::Problem};
use patron_ledger::change::{Caller, context_of};
use patron_proto::identity::v1::{self as proto, session_service_server::SessionService};
use patron_values::{id::SessionId, page::Page, seal::Seal, timestamp};
use tonic::{Request, Response, Status};

/// What callers name the session of their token.
const CURRENT: &str = "sessions/current";

/// Answers `patron.identity.v1.SessionService`.
pub struct SessionRpc {
    /// Begins, goes on with and ends sessions.
    pub sessions: Sessions,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl SessionService for SessionRpc {
    async fn create_session(
        &self,
        request: Request<proto::CreateSessionRequest>,
    ) -> Result<Response<proto::Session>, Status> {
        let (context, address) = (context_of(&request), client_address(&request));
        let origin = Origin { address, device: Device::of(client_agent(&request), address) };
        let message = request.into_inner();
        let kind = UserKind::from_proto(message.user_kind())
            .ok_or_else(|| Problem::invalid("user_kind", "is needed"))?;
        let (identifier, password) = (Identifier::new(&message.identifier), Password::new(&message.password));
        let previous = Some(message.previous_secret).filter(|secret| !secret.is_empty());
        let previous = previous.as_deref().map(Secret::shown);
        let sign_in =
            self.sessions.sign_in(kind, &identifier, &password, previous.as_ref(), &origin, context);
        let signed_in = sign_in.await?;
        Ok(signed_in.reply(|it| proto::Session {
            secret: it.secret.expose().to_owned(),
            ..with_token(&it.session, &it.token)
        }))
    }

    async fn refresh_session(
        &self,
        request: Request<proto::RefreshSessionRequest>,
    ) -> Result<Response<proto::Session>, Status> {
        let secret = Secret::shown(&request.into_inner().secret);
        let (session, token) = self.sessions.refresh(&secret).await?;
        Ok(Response::new(with_token(&session, &token)))
    }

    async fn get_session(
        &self,
        request: Request<proto::GetSessionRequest>,
    ) -> Result<Response<proto::Session>, Status> {
        let (user, current) = user_of(&request)?;
        let name = request.into_inner().name;
        let id = parse(&name, current)?;
        let database = &self.sessions.tools.database;
        let session =
            store::session::find(database, user, id, self.sessions.live()).await.map_err(Error::from)?;
        let session = session.ok_or(Error::NotFound { kind: "session", name })?;
        Ok(Response::new(proto::Session::from(&session)))
    }

    async fn list_sessions(
        &self,
        request: Request<proto::ListSessionsRequest>,
    ) -> Result<Response<proto::ListSessionsResponse>, Status> {
        let (user, _) = user_of(&request)?;
        let page = Page::<SessionId>::parse(request.get_ref(), &user.resource_name(), &self.seal)
            .map_err(Problem::from)?;
        let (database, before) = (&self.sessions.tools.database, page.after().copied());
        let listed = store::session::list(database, user, before, page.limit(), self.sessions.live()).await;
        let mut sessions = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut sessions, |last: &Session| last.id);
        let sessions = sessions.iter().map(proto::Session::from).collect();
        Ok(Response::new(proto::ListSessionsResponse { sessions, next_page_token }))
    }

    async fn delete_session(
        &self,
        request: Request<proto::DeleteSessionRequest>,
    ) -> Result<Response<()>, Status> {
        let (user, current) = user_of(&request)?;
        let name = Name { user, session: parse(&request.get_ref().name, current)? };
        Ok(self.sessions.delete(name, &Caller::of(&request, "")?).await?.reply(|()| ()))
    }

    async fn change_password(
        &self,
        request: Request<proto::ChangePasswordRequest>,
    ) -> Result<Response<proto::Session>, Status> {
        let (user, current) = user_of(&request)?;
        let caller = Caller::of(&request, "")?;
        let message = request.into_inner();
        let (old, new) = (Password::new(&message.old_password), Password::new(&message.new_password));
        let changed = self.sessions.change_password(user, current, (&old, &new), &caller).await?;
        Ok(changed.reply(|it| proto::Session {
            secret: it.secret.expose().to_owned(),
            ..with_token(&it.session, &it.token)
        }))
    }
}

/// Who calls, and with which session. Service accounts have none, and who acts as a customer is not that customer.
fn user_of<T>(request: &Request<T>) -> Result<(User, SessionId), Problem> {
    let user = Principal::of(request).user()?;
    match (User::of(&user.subject), user.session, &user.actor) {
        (Some(subject), Some(session), None) => Ok((subject, session)),
        _ => Err(Problem::CredentialsInvalid),
    }
}

/// Reads `sessions/{uuid}` or `sessions/current`.
fn parse(name: &str, current: SessionId) -> Result<SessionId, Problem> {
    if name == CURRENT {
        return Ok(current);
    }
    SessionId::parse(name).map_err(|error| Problem::invalid("name", error.to_string()))
}

fn with_token(session: &Session, token: &AccessToken) -> proto::Session {
    proto::Session {
        access_token: token.text.clone(),
        access_token_expire_time: Some(timestamp(token.expires_at)),
        ..session.into()
    }
}
