//! Roles: what members of staff may do, and to whose customers.

use patron_chassis::{
    permission::{Permission, Permissions},
    principal::{Scope, User},
};
use patron_proto::identity::v1::{self as proto, role::Scope as ProtoScope};
use patron_values::id::StaffId;

/// The role that can manage staff, and that someone always has.
pub const ADMINISTRATOR: &str = "administrator";

/// What every role's resource name begins with.
const PREFIX: &str = "roles/";

/// Which role: a word such as `sales-rep`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct RoleId(String);

/// A text that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the name of a role, such as roles/sales-rep")]
pub struct NoRole;

impl RoleId {
    /// The role that every administrator has.
    pub fn administrator() -> Self {
        Self(ADMINISTRATOR.to_owned())
    }

    /// Reads `roles/{role}`.
    pub fn parse(name: &str) -> Result<Self, NoRole> {
        let id = name.strip_prefix(PREFIX).ok_or(NoRole)?;
        let fits = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if id.is_empty() || !fits { Err(NoRole) } else { Ok(Self(id.to_owned())) }
    }

    /// The word alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `roles/{role}`.
    pub fn resource_name(&self) -> String {
        format!("{PREFIX}{}", self.0)
    }
}

/// A set of permissions that members of staff share.
#[derive(Debug, Clone)]
pub struct Role {
    /// Which one.
    pub id: RoleId,
    /// Its name for people.
    pub display_name: String,
    /// What it allows.
    pub permissions: Permissions,
    /// Whose customers that holds for.
    pub scope: RoleScope,
}

/// Whose customers a role's permissions hold for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RoleScope {
    /// Everyone's.
    All,
    /// Those that the member of staff is assigned to.
    Assigned,
}

impl RoleScope {
    /// The scope of a member of staff who has the role.
    pub fn of(self, staff: StaffId) -> Scope {
        match self {
            Self::All => Scope::All,
            Self::Assigned => Scope::Assigned(staff),
        }
    }
}

impl Role {
    /// A permission of the role that goes beyond what `granter` may do, or to whom: nobody grants such a role, nor touches
    /// someone who has it.
    pub fn beyond(&self, granter: &User) -> Option<Permission> {
        if self.scope == RoleScope::All && granter.scope != Scope::All {
            return self.permissions.iter().next();
        }
        self.permissions.iter().find(|permission| !granter.permissions.contains(*permission))
    }
}

impl From<&Role> for proto::Role {
    fn from(role: &Role) -> Self {
        let scope = match role.scope {
            RoleScope::All => ProtoScope::All,
            RoleScope::Assigned => ProtoScope::Assigned,
        };
        Self {
            name: role.id.resource_name(),
            display_name: role.display_name.clone(),
            permissions: role.permissions.iter().map(i32::from).collect(),
            scope: scope.into(),
        }
    }
}
