use crate::{
    consent::Purpose,
    operations::{Audience, Follower, Seen},
    store::audience::{self, Change, Selection},
};
use futures::{StreamExt as _, stream::BoxStream};
use patron_chassis::{
    permission::Permission,
    pg::Database,
    principal::{Principal, Scope},
    status::Problem,
};
use patron_proto::profile::v1::{
    ListSubscriberChangesRequest, ListSubscriberChangesResponse, ListSubscribersRequest,
    ListSubscribersResponse, Subscriber, SubscriberChange, WatchSubscribersRequest,
    subscriber_service_server::SubscriberService,
};
use patron_values::{id::CustomerId, language::Language, optional, page::Page, seal::Seal, timestamp};
use tonic::{Request, Response, Status};

/// Subscribers that are looked at for one page where only some are wanted: a few hundredths of a second.
const LOOKED_AT: i64 = 2_000;

/// Answers `patron.profile.v1.SubscriberService`.
pub struct SubscriberRpc {
    /// Who follows it.
    pub audience: Audience,
    /// Where it is kept.
    pub database: Database,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl SubscriberService for SubscriberRpc {
    type WatchSubscribersStream = BoxStream<'static, Result<SubscriberChange, Status>>;

    async fn list_subscribers(
        &self,
        request: Request<ListSubscribersRequest>,
    ) -> Result<Response<ListSubscribersResponse>, Status> {
        let (principal, message) = (Principal::of(&request), request.get_ref());
        let selection = selection(principal.known_scope()?, message)?;
        let page = Page::<CustomerId>::parse(message, &principal.to_string(), &self.seal);
        let page = page.map_err(Problem::from)?;
        let limit = page.limit();
        let filtered = selection.language.is_some()
            || selection.country_code.is_some()
            || !matches!(selection.scope, Scope::All);
        let most = if filtered { LOOKED_AT } else { limit };
        let found = audience::list(&self.database, &selection, page.after().copied(), (limit, most)).await;
        let (mut examined, more) = found.map_err(Problem::from)?;
        let mut next_page_token = page.finish(&mut examined, |last| last.customer);
        if let (Some(last), true, true) = (examined.last(), more, next_page_token.is_empty()) {
            next_page_token = page.next_token(&last.customer);
        }
        let subscribers = examined.into_iter().filter_map(|it| it.subscriber).map(Subscriber::from);
        Ok(Response::new(ListSubscribersResponse { subscribers: subscribers.collect(), next_page_token }))
    }

    async fn list_subscriber_changes(
        &self,
        request: Request<ListSubscriberChangesRequest>,
    ) -> Result<Response<ListSubscriberChangesResponse>, Status> {
        let (principal, message) = (Principal::of(&request), request.get_ref());
        check_sees_all(principal)?;
        let page = Page::<Seen>::parse(message, &principal.to_string(), &self.seal);
        let page = page.map_err(Problem::from)?;
        let (changes, seen) = match page.after() {
            None => (Vec::new(), self.audience.begin().await?),
            Some(seen) => {
                let purpose = Purpose::from_proto(message.purpose());
                self.audience.changes(purpose, *seen, page.limit() - 1).await?
            }
        };
        let changes = changes.into_iter().map(|(change, seen)| shown(change, page.next_token(&seen)));
        let (changes, next_page_token) = (changes.collect(), page.next_token(&seen));
        Ok(Response::new(ListSubscriberChangesResponse { changes, next_page_token }))
    }

    async fn watch_subscribers(
        &self,
        request: Request<WatchSubscribersRequest>,
    ) -> Result<Response<Self::WatchSubscribersStream>, Status> {
        let principal = Principal::of(&request);
        check_sees_all(principal)?;
        let WatchSubscribersRequest { purpose, page_token } = request.get_ref().clone();
        // so that a token of the one is good for the other
        let message = ListSubscriberChangesRequest { purpose, page_size: 0, page_token };
        let (user, purpose) = (principal.user()?.clone(), Purpose::from_proto(message.purpose()));
        let caller = principal.to_string();
        let parse = |seal| Page::<Seen>::parse(&message, &caller, seal).map_err(Problem::from);
        let seen = parse(&self.seal)?.after().copied();
        let changes = self.audience.watch(Follower { user, purpose, seen }).await?;
        let (seal, caller) = (self.seal.clone(), caller.clone());
        let changes = changes.map(move |next| {
            let (change, seen) = next?;
            let page = Page::<Seen>::parse(&message, &caller, &seal).map_err(Problem::from)?;
            Ok(shown(change, page.next_token(&seen)))
        });
        Ok(Response::new(changes.boxed()))
    }
}

/// Fails for who does not see all customers: of whom somebody sees no more, nobody could say whether they left.
fn check_sees_all(principal: &Principal) -> Result<(), Problem> {
    match principal.known_scope()? {
        Scope::All => Ok(()),
        Scope::Assigned(_) | Scope::Own(_) => Err(Problem::PermissionDenied(Permission::CustomerExport)),
    }
}

fn shown(change: Change, page_token: String) -> SubscriberChange {
    SubscriberChange {
        customer: change.customer.resource_name(),
        subscriber: change.subscriber.map(Subscriber::from),
        change_time: Some(timestamp(change.changed_at)),
        page_token,
    }
}

fn selection(scope: Scope, message: &ListSubscribersRequest) -> Result<Selection, Problem> {
    if let Scope::Own(_) = scope {
        // No role of customers gets here.
        return Err(Problem::PermissionDenied(Permission::CustomerExport));
    }
    let language: Option<Language> = optional(&message.language)
        .map_err(|error: patron_values::language::Error| Problem::invalid("language", error.to_string()))?;
    Ok(Selection {
        purpose: Purpose::from_proto(message.purpose()),
        scope,
        language: language.map(|language| language.to_string()),
        country_code: Some(message.country_code.clone()).filter(|code| !code.is_empty()),
    })
}

impl From<audience::Subscriber> for Subscriber {
    fn from(subscriber: audience::Subscriber) -> Self {
        Self {
            customer: subscriber.customer.resource_name(),
            first_name: subscriber.first_name,
            last_name: subscriber.last_name,
            email: subscriber.email,
            preferred_language: subscriber.preferred_language.unwrap_or_default(),
            country_code: subscriber.country_code,
            subscribe_time: Some(timestamp(subscriber.since)),
        }
    }
}
