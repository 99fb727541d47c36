//! Browser sessions: who a request is made for.
//!
//! A browser holds an opaque secret in a cookie and never sees a token; the gateway exchanges the one for the other. Other callers
//! show their token themselves. What either may do is decided by the services.

mod cookie;
mod csrf;
mod service;
mod token;

pub use self::csrf::CSRF_TOKEN;
use self::{cookie::Cookies, token::Tokens};
use crate::{
    admission::Admission,
    config,
    consistency_token::ConsistencyTokens,
    origin::Origins,
    problem::Rejection,
    transcode::Route,
    upstream::{Upstream, Upstreams},
};
use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, header, request};
use patron_chassis::{clock::Clock, peer::Peer};
use patron_proto::{
    gateway::v1::browser_session_service_server::BrowserSessionServiceServer, identity::v1::Session,
};
use prost::Message as _;
use std::net::IpAddr;
use tonic::{Code, Status};

/// The sessions of browsers.
#[derive(Clone)]
pub struct Sessions {
    cookies: Cookies,
    storefronts: Origins,
    tokens: Tokens,
    identity: Upstream,
    clock: Clock,
}

/// Who a request is made for.
#[derive(Clone, Default)]
pub(crate) struct Caller {
    /// What services are shown: a token, or nothing.
    pub(crate) authorization: Option<HeaderValue>,
    /// What its lists shall wait for.
    pub(crate) consistency_tokens: ConsistencyTokens,
    /// The secret of its cookie, where that is what it is known by.
    pub(crate) browser: Option<Secret>,
    /// What its program calls itself, where it has no token yet.
    pub(crate) agent: Option<Box<str>>,
}

/// Most bytes of what a program calls itself that go on to a service.
const AGENT_BYTES: usize = 400;

/// The secret of a browser's session. Goes to the gateway's own RPCs along with the request.
#[derive(Clone)]
pub(crate) struct Secret(Box<str>);

/// What a reply does to the session of a browser. Comes from the gateway's own RPCs along with the reply.
#[derive(Clone)]
enum Change {
    SignedIn(HeaderValue),
    SignedOut(HeaderValue),
}

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// What a browser forgets when its user signs out. Not all cookies: those of a company's other sites would go too.
const CLEARED: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

impl Secret {
    fn expose(&self) -> &str {
        &self.0
    }
}

/// Full name of the message in which identity gives tokens out.
const SESSION: &str = "patron.identity.v1.Session";

impl Sessions {
    /// Sessions that identity keeps.
    pub(crate) fn new(
        config: &config::Browser,
        upstreams: &Upstreams,
        admission: Admission,
        clock: Clock,
    ) -> Self {
        let identity = upstreams.get(Peer::IDENTITY);
        Self {
            cookies: Cookies::new(!config.plain_cookies),
            storefronts: config.storefront_origins.clone(),
            tokens: Tokens::new(identity.clone(), admission, clock.clone()),
            identity,
            clock,
        }
    }

    /// The RPCs that sign browsers in and out.
    pub fn service(&self) -> BrowserSessionServiceServer<Self> {
        BrowserSessionServiceServer::new(self.clone())
    }

    /// Finds out who a request is made for, and refuses one that a page of another site may have sent.
    pub(crate) async fn caller(
        &self,
        route: &Route,
        request: &request::Parts,
        from: IpAddr,
    ) -> Result<Caller, Rejection> {
        let headers = &request.headers;
        let consistency_tokens = ConsistencyTokens::of_headers(headers);
        let agent = headers.get(header::USER_AGENT).filter(|_| route.access.public);
        let agent = agent.and_then(|agent| agent.to_str().ok());
        // What can be read as text has one byte a character.
        let agent = agent.map(|agent| agent[..agent.len().min(AGENT_BYTES)].into());
        if let Some(shown) = headers.get(header::AUTHORIZATION) {
            let authorization = Some(shown.clone());
            return Ok(Caller { authorization, consistency_tokens, browser: None, agent });
        }
        if !route.reads {
            csrf::check_site(headers, &request.uri, &self.storefronts)?;
        }
        let Some(secret) = self.cookies.secret(headers) else {
            return Ok(Caller { authorization: None, consistency_tokens, browser: None, agent });
        };
        let mut caller =
            Caller { authorization: None, consistency_tokens, browser: Some(Secret(secret.into())), agent };
        caller.consistency_tokens.merge(&self.cookies.consistency_tokens(headers));
        if route.access.public {
            return Ok(caller);
        }
        if !route.reads {
            csrf::check_token(secret, headers)?;
        }
        caller.authorization = Some(self.exchange(secret, from).await?);
        Ok(caller)
    }

    /// Gets another token for a caller whose token was refused: its rights may have changed, or its password. Gives whether it is
    /// worth to try again.
    pub(crate) async fn renew(&self, caller: &mut Caller, from: IpAddr) -> Result<bool, Rejection> {
        let (Some(secret), Some(refused)) = (&caller.browser, &caller.authorization) else {
            return Ok(false);
        };
        self.tokens.forget_refused(secret.expose(), refused).await;
        caller.authorization = Some(self.exchange(secret.expose(), from).await?);
        Ok(true)
    }

    /// Takes out of a reply about the session of a browser what no page must see, a new token and a new secret, and keeps them
    /// here and in its cookie.
    pub(crate) async fn withhold(
        &self,
        caller: &Caller,
        route: &Route,
        reply: Bytes,
        extensions: &mut Extensions,
    ) -> Bytes {
        let (Some(secret), Some(_)) = (&caller.browser, &caller.authorization) else { return reply };
        if &*route.output != SESSION {
            return reply;
        }
        let Ok(mut session) = Session::decode(reply.clone()) else { return reply };
        if session.secret.is_empty() {
            self.tokens.put(secret.expose(), &session).await;
        } else {
            self.tokens.forget(secret.expose()).await;
            self.tokens.put(&session.secret, &session).await;
            if let Some(cookie) = self.secret_cookie(&session) {
                extensions.insert(Change::SignedIn(cookie));
            }
        }
        session.access_token.clear();
        session.secret.clear();
        session.encode_to_vec().into()
    }

    /// The cookie for the secret of a session, which the browser keeps until the session ends.
    fn secret_cookie(&self, session: &Session) -> Option<HeaderValue> {
        let expires = session.expire_time.as_ref().map_or(0, |time| time.seconds);
        let max_age_s = expires - self.clock.now().unix_timestamp();
        self.cookies.set_secret(&session.secret, max_age_s).filter(|_| !session.secret.is_empty())
    }

    /// Has the browser keep what a reply gave it: session and consistency tokens.
    pub(crate) fn remember(
        &self,
        caller: &Caller,
        reply: &Extensions,
        written: &ConsistencyTokens,
        response: &mut HeaderMap,
    ) {
        match reply.get() {
            Some(Change::SignedIn(cookie)) => {
                response.append(header::SET_COOKIE, cookie.clone());
            }
            Some(Change::SignedOut(cookie)) => {
                response.append(header::SET_COOKIE, cookie.clone());
                response.insert(CLEAR_SITE_DATA, CLEARED);
            }
            None => {}
        }
        if caller.browser.is_some() && !written.is_empty() {
            let mut consistency_tokens = caller.consistency_tokens.clone();
            consistency_tokens.merge(written);
            if let Some(cookie) = self.cookies.set_consistency_tokens(&consistency_tokens) {
                response.append(header::SET_COOKIE, cookie);
            }
        }
    }

    async fn exchange(&self, secret: &str, from: IpAddr) -> Result<HeaderValue, Rejection> {
        self.tokens.get(secret, from).await.map_err(|status| match status.code() {
            // a cookie that holds no secret at all is as good as one that has ended, and would stay for ever
            Code::Unauthenticated | Code::InvalidArgument => {
                Rejection::SignedOut(self.cookies.clear_secret())
            }
            _ => Status::clone(&status).into(),
        })
    }
}
