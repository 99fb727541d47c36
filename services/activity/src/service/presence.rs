use crate::{
    error::Error,
    store::presence::{self, Presence},
};
use patron_chassis::{
    clock::Clock,
    pg::Database,
    principal::{Principal, Subject},
    status::Problem,
};
use patron_ledger::reference::References;
use patron_proto::activity::v1::{
    self as proto, AnnouncePresenceRequest, AnnouncePresenceResponse,
    presence_service_server::PresenceService,
};
use patron_values::id::CustomerId;
use tonic::{Request, Response, Status};

/// Answers `patron.activity.v1.PresenceService`.
pub struct PresenceRpc {
    /// Where it is kept as long as it lasts.
    pub database: Database,
    /// The customers.
    pub references: References,
    /// What time it is.
    pub clock: Clock,
}

#[tonic::async_trait]
impl PresenceService for PresenceRpc {
    async fn announce_presence(
        &self,
        request: Request<AnnouncePresenceRequest>,
    ) -> Result<Response<AnnouncePresenceResponse>, Status> {
        let principal = Principal::of(&request);
        let (user, scope) = (principal.user()?, principal.known_scope()?);
        let Subject::Staff(staff) = user.subject else {
            return Ok(Response::new(AnnouncePresenceResponse::default()));
        };
        let customer = CustomerId::parse(&request.get_ref().parent)
            .map_err(|error| Problem::invalid("parent", error.to_string()))?;
        let looking = Presence { staff, display_name: user.display_name.to_string() };
        let (database, now) = (&self.database, self.clock.now());
        let announce =
            || async { Ok::<_, Error>(presence::announce(database, customer, scope, &looking, now).await?) };
        let others = self.references.resolve(customer, announce).await?;
        let others = others.ok_or(Error::CustomerNotFound(customer))?;
        let others = others.into_iter().map(proto::Presence::from).collect();
        Ok(Response::new(AnnouncePresenceResponse { others }))
    }
}

impl From<Presence> for proto::Presence {
    fn from(presence: Presence) -> Self {
        Self { staff: presence.staff.resource_name(), display_name: presence.display_name }
    }
}
