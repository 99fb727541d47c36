//! A group: what it holds once its form is known to be right, and who may put customers into it.

use crate::error::Error;
use patron_chassis::{permission::Permission, status::Problem};
use patron_proto::group::v1 as proto;
use patron_values::{
    etag::etag,
    fields::Fields,
    fold,
    id::GroupId,
    text::{Line, Prose},
    timestamp,
};
use time::OffsetDateTime;

/// A group as it is stored.
#[derive(Debug, Clone)]
pub struct Group {
    /// Which it is.
    pub id: GroupId,
    /// What it says.
    pub content: Content,
    /// How many customers are in it.
    pub members: MemberCount,
    /// Rises by one with each change.
    pub version: i64,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// What a group says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Name for people.
    pub display_name: Line<100>,
    /// What it is for.
    pub description: Option<Prose<400>>,
    /// Whether its new customers wait for approval before they can sign in.
    pub approval_required: bool,
    /// Whether nobody puts customers into it by hand.
    pub assignment_closed: bool,
}

/// How many customers are in a group, those who are being created left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemberCount {
    /// How many.
    pub members: i64,
    /// Whether that is an estimate: counting all would take too long.
    pub estimated: bool,
}

impl Content {
    /// Parses what a caller sends; mistakes are named with `path` in front.
    pub fn parse(path: &str, message: &proto::Group) -> Result<Self, Fields> {
        let mut fields = Fields::at(path);
        let display_name = fields.required("display_name", &message.display_name, Line::parse);
        let description = fields.optional("description", &message.description, Prose::parse);
        match (display_name, fields.is_clean()) {
            (Some(display_name), true) => Ok(Self {
                display_name,
                description,
                approval_required: message.approval_required,
                assignment_closed: message.assignment_closed,
            }),
            _ => Err(fields),
        }
    }

    /// The form of the name in which no two groups are the same.
    pub fn display_name_key(&self) -> String {
        fold::identity(self.display_name.as_str())
    }

    /// Refuses to put a customer into the group by hand where it is closed for that.
    pub fn check_open(&self, id: GroupId) -> Result<(), Error> {
        if self.assignment_closed { Err(Error::AssignmentClosed(id)) } else { Ok(()) }
    }

    /// Refuses to change who is in a group whose customers wait for approval, unless the caller is `unrestricted`: may assign groups to
    /// every customer, and not only to some.
    pub fn check_caller(&self, unrestricted: bool) -> Result<(), Error> {
        if self.approval_required && !unrestricted {
            return Err(Problem::PermissionDenied(Permission::GroupAssign).into());
        }
        Ok(())
    }
}

impl From<&Group> for proto::Group {
    fn from(group: &Group) -> Self {
        let content = &group.content;
        Self {
            name: group.id.resource_name(),
            etag: etag(group.id.0, group.version),
            create_time: Some(timestamp(group.created_at)),
            update_time: Some(timestamp(group.updated_at)),
            display_name: content.display_name.to_string(),
            description: content.description.as_ref().map(ToString::to_string).unwrap_or_default(),
            approval_required: content.approval_required,
            assignment_closed: content.assignment_closed,
            member_count: i32::try_from(group.members.members).unwrap_or(i32::MAX),
            member_count_estimated: group.members.estimated,
        }
    }
}
