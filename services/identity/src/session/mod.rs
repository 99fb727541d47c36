//! A signed-in user on one device.

mod device;
mod identifier;
mod secret;

pub use self::{device::Device, identifier::Identifier, secret::Secret};

use crate::{
    account,
    role::{RoleId, RoleScope},
    store, token,
    user::User,
};
use patron_chassis::{config::Seconds, permission::Permissions, pg::Transaction, principal::Scope};
use patron_proto::identity::v1 as proto;
use patron_values::{id::SessionId, timestamp};
use std::time::Duration;
use time::OffsetDateTime;

patron_chassis::section! {
    /// How long people stay signed in.
    pub struct Settings = "SESSION" {
        /// Time after which an unused session of a staff user ends, in seconds. Source: the project's decisions.
        staff_idle_s: Seconds = "1800",
        /// Time after which every session of a staff user ends, in seconds.
        staff_life_s: Seconds = "43200",
        /// Time after which an unused session of a customer ends, in seconds.
        customer_idle_s: Seconds = "43200",
        /// Time after which every session of a customer ends, in seconds.
        customer_life_s: Seconds = "2592000",
    }
}

/// Time for which a revocation is listed beyond the life of the last token it concerns: clocks of services may differ by less.
const LEEWAY: Duration = Duration::from_mins(1);

/// Times before which a session must have been used last to be over, at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Idle {
    /// For staff.
    pub staff_since: OffsetDateTime,
    /// For customers.
    pub customer_since: OffsetDateTime,
}

impl Settings {
    /// What is idle too long at `now`.
    pub fn idle(&self, now: OffsetDateTime) -> Idle {
        Idle { staff_since: now - self.staff_idle_s.get(), customer_since: now - self.customer_idle_s.get() }
    }

    /// How long a session of a user lasts at most.
    pub fn life(&self, user: User) -> Duration {
        match user {
            User::Staff(_) => self.staff_life_s.get(),
            User::Customer(_) => self.customer_life_s.get(),
        }
    }
}

/// A session of a user.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    /// Whose it is.
    pub user: User,
    /// Which one.
    pub session: SessionId,
}

/// A session with what its user may do.
#[derive(Debug, Clone)]
pub struct Session {
    /// Which one.
    pub id: SessionId,
    /// Whose it is.
    pub user: User,
    /// The name of a member of staff; empty for customers.
    pub display_name: String,
    /// The name with which a member of staff signs in; empty for customers.
    pub username: String,
    /// When the user signed in.
    pub created_at: OffsetDateTime,
    /// When a token was last given for it.
    pub last_used_at: OffsetDateTime,
    /// When it ends whatever happens.
    pub expires_at: OffsetDateTime,
    /// The user's credential epoch.
    pub epoch: i64,
    /// The role of a member of staff, and its epoch.
    pub role: Option<(RoleId, i64)>,
    /// What the user may do: nothing before a temporary password is changed.
    pub permissions: Permissions,
    /// To whom.
    pub scope: Scope,
    /// Whether the password must be changed first.
    pub password_temporary: bool,
    /// With what it began.
    pub device: Device,
}

/// When a session began, was last used, and ends whatever happens.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// When the user signed in.
    pub created_at: OffsetDateTime,
    /// When a token was last given for it.
    pub last_used_at: OffsetDateTime,
    /// When it ends whatever happens.
    pub expires_at: OffsetDateTime,
}

/// What the row of a session's user says.
#[derive(Debug, Clone, Default)]
pub struct Rights {
    /// The user's credential epoch.
    pub epoch: i64,
    /// The name of a member of staff.
    pub display_name: Option<String>,
    /// The name with which a member of staff signs in.
    pub username: Option<String>,
    /// The role of a member of staff, and its epoch.
    pub role: Option<(RoleId, i64)>,
    /// What the role allows.
    pub permissions: Permissions,
    /// To whose customers; `None` for customers, who have no role.
    pub scope: Option<RoleScope>,
    /// Whether the password must be changed first.
    pub password_temporary: bool,
}

impl Session {
    /// The session of a user who has these rights.
    pub fn new(id: SessionId, user: User, times: Times, rights: Rights, device: Device) -> Self {
        let (permissions, scope) = match (user, rights.scope) {
            (User::Customer(customer), _) => (account::customer_permissions(), Scope::Own(customer)),
            (User::Staff(staff), scope) => {
                (rights.permissions, scope.unwrap_or(RoleScope::Assigned).of(staff))
            }
        };
        Self {
            id,
            user,
            display_name: rights.display_name.unwrap_or_default(),
            username: rights.username.unwrap_or_default(),
            created_at: times.created_at,
            last_used_at: times.last_used_at,
            expires_at: times.expires_at,
            epoch: rights.epoch,
            role: rights.role,
            permissions: if rights.password_temporary { Permissions::NONE } else { permissions },
            scope,
            password_temporary: rights.password_temporary,
            device,
        }
    }
}

impl From<&Session> for proto::Session {
    fn from(session: &Session) -> Self {
        Self {
            name: session.id.resource_name(),
            user: session.user.resource_name(),
            user_display_name: session.display_name.clone(),
            username: session.username.clone(),
            last_used_time: Some(timestamp(session.last_used_at)),
            create_time: Some(timestamp(session.created_at)),
            expire_time: Some(timestamp(session.expires_at)),
            permissions: session.permissions.iter().map(i32::from).collect(),
            password_change_required: session.password_temporary,
            client: session.device.client.clone().unwrap_or_default(),
            system: session.device.system.clone().unwrap_or_default(),
            network: session.device.network.clone().unwrap_or_default(),
            ..Default::default()
        }
    }
}

/// When a revocation made now can be forgotten.
pub fn forgotten_at(now: OffsetDateTime) -> OffsetDateTime {
    now + token::LIFE + LEEWAY
}

/// Ends the sessions of a user, but for one that may be kept, and revokes every token made before `epoch`.
pub async fn revoke_sessions(
    transaction: &mut Transaction,
    user: User,
    epoch: i64,
    keep: Option<SessionId>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    store::session::delete_all(transaction, user, keep).await?;
    store::revocation::insert_epoch(transaction, user, epoch, forgotten_at(now)).await
}
