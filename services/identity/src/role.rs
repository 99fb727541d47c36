//! Roles: what members of staff may do, and to whose customers.

use patron_chassis::{
    permission::{Permission, Permissions},
    principal::{Scope, User},
};
use patron_proto::identity::v1::{self as proto, role::Scope as ProtoScope};
use patron_values::{
    etag::etag,
    fields::Fields,
    fold,
    id::{CustomRoleId, StaffId},
    text::{Name, Prose},
    timestamp,
};
use time::OffsetDateTime;

/// The role that can manage staff, and that someone always has.
pub const ADMINISTRATOR: &str = "administrator";

/// What every role's resource name begins with.
const PREFIX: &str = "roles/";

/// Which role: a word such as `sales-rep` for those that every Patron has, a UUID for others.
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

    /// The word or UUID alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `roles/{role}`.
    pub fn resource_name(&self) -> String {
        format!("{PREFIX}{}", self.0)
    }

    /// The id of a role that people made; `None` for a word.
    pub fn custom(&self) -> Option<CustomRoleId> {
        self.0.parse().ok()
    }
}

impl From<CustomRoleId> for RoleId {
    fn from(id: CustomRoleId) -> Self {
        Self(id.to_string())
    }
}

/// A set of permissions that members of staff share.
#[derive(Debug, Clone)]
pub enum Role {
    /// One that every Patron has, and that never changes.
    BuiltIn {
        /// Which one.
        id: RoleId,
        /// What it says.
        content: Content,
    },
    /// One that people made.
    Custom(CustomRole),
}

/// A role that people made.
#[derive(Debug, Clone)]
pub struct CustomRole {
    /// Which one.
    pub id: CustomRoleId,
    /// What it says.
    pub content: Content,
    /// Rises by one with each change.
    pub version: i64,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// What a role says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its name for people.
    pub display_name: Name,
    /// What it is for.
    pub description: Option<Prose<400>>,
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

    fn from_proto(scope: ProtoScope) -> Option<Self> {
        match scope {
            ProtoScope::Unspecified => None,
            ProtoScope::All => Some(Self::All),
            ProtoScope::Assigned => Some(Self::Assigned),
        }
    }

    fn to_proto(self) -> ProtoScope {
        match self {
            Self::All => ProtoScope::All,
            Self::Assigned => ProtoScope::Assigned,
        }
    }
}

impl Role {
    /// Which one.
    pub fn id(&self) -> RoleId {
        match self {
            Self::BuiltIn { id, .. } => id.clone(),
            Self::Custom(role) => role.id.into(),
        }
    }

    /// What it says.
    pub fn content(&self) -> &Content {
        match self {
            Self::BuiltIn { content, .. } => content,
            Self::Custom(role) => &role.content,
        }
    }
}

impl Content {
    /// Parses what a caller sends in the field `role`; with all mistakes at once.
    pub fn parse(message: &proto::Role) -> Result<Self, Fields> {
        let mut fields = Fields::at("role");
        let display_name = fields.required("display_name", &message.display_name, Name::parse);
        let description = fields.optional("description", &message.description, Prose::parse);
        let permissions: Permissions = message.permissions().collect();
        if permissions.is_empty() {
            fields.refuse("permissions", "is needed");
        } else if message.permissions().any(|it| it == Permission::Unspecified) {
            fields.refuse("permissions", "holds a value that is no permission");
        }
        let scope = RoleScope::from_proto(message.scope());
        if scope.is_none() {
            fields.refuse("scope", "is needed");
        }
        match (display_name, scope, fields.is_clean()) {
            (Some(display_name), Some(scope), true) => {
                Ok(Self { display_name, description, permissions, scope })
            }
            _ => Err(fields),
        }
    }

    /// The form of the name in which no two roles are the same.
    pub fn display_name_key(&self) -> String {
        fold::identity(self.display_name.as_str())
    }

    /// A permission of the role that goes beyond what `granter` may do, or to whom: nobody grants such a role, changes it, nor
    /// touches someone who has it.
    pub fn beyond(&self, granter: &User) -> Option<Permission> {
        if self.scope == RoleScope::All && granter.scope != Scope::All {
            return self.permissions.iter().next();
        }
        self.permissions.iter().find(|permission| !granter.permissions.contains(*permission))
    }
}

impl From<&Role> for proto::Role {
    fn from(role: &Role) -> Self {
        match role {
            Role::BuiltIn { id, content } => {
                Self { name: id.resource_name(), built_in: true, ..content.into() }
            }
            Role::Custom(role) => role.into(),
        }
    }
}

impl From<&CustomRole> for proto::Role {
    fn from(role: &CustomRole) -> Self {
        Self {
            name: role.id.resource_name(),
            etag: etag(role.id.0, role.version),
            create_time: Some(timestamp(role.created_at)),
            update_time: Some(timestamp(role.updated_at)),
            ..(&role.content).into()
        }
    }
}

impl From<&Content> for proto::Role {
    fn from(content: &Content) -> Self {
        Self {
            display_name: content.display_name.to_string(),
            description: content.description.as_ref().map(ToString::to_string).unwrap_or_default(),
            permissions: content.permissions.iter().map(i32::from).collect(),
            scope: content.scope.to_proto().into(),
            ..Default::default()
        }
    }
}
