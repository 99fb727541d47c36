//! What is done to many customers, each by itself.

use crate::{operations::History, store::list::Selection};
use patron_ledger::operation::About;
use patron_proto::profile::{internal::v1::bulk_plan, v1::CustomerMatch};
use patron_values::id::{CustomerId, GroupId};

/// Customers of one operation at most. More would take hours, and their results gigabytes.
pub const MOST: i64 = 1_000_000;

/// What is done to each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is deleted, with or without what happened to it.
    Delete(History),
    /// It is put into a group.
    AddTo(GroupId),
    /// It is taken out of a group.
    RemoveFrom(GroupId),
    /// Its account is disabled.
    Disable,
    /// Its account is enabled.
    Enable,
}

/// Which customers are meant.
#[derive(Debug)]
pub enum Meant {
    /// These.
    Named(Vec<CustomerId>),
    /// All that match, as that was asked for and as it is understood.
    Matching(CustomerMatch, Box<Selection>),
}

impl Action {
    /// The group it is about.
    pub fn group(self) -> Option<GroupId> {
        match self {
            Self::AddTo(group) | Self::RemoveFrom(group) => Some(group),
            Self::Delete(_) | Self::Disable | Self::Enable => None,
        }
    }

    /// As it is stored, beside the group.
    pub fn stored(self) -> bulk_plan::Action {
        match self {
            Self::Delete(History::Keep) => bulk_plan::Action::Delete,
            Self::Delete(History::Delete) => bulk_plan::Action::DeleteWithHistory,
            Self::AddTo(_) => bulk_plan::Action::AddToGroup,
            Self::RemoveFrom(_) => bulk_plan::Action::RemoveFromGroup,
            Self::Disable => bulk_plan::Action::Disable,
            Self::Enable => bulk_plan::Action::Enable,
        }
    }

    /// What was stored; `None` for what cannot be.
    pub fn from_stored(action: bulk_plan::Action, group: &str) -> Option<Self> {
        let group = || GroupId::parse(group).ok();
        Some(match action {
            bulk_plan::Action::Unspecified => return None,
            bulk_plan::Action::Delete => Self::Delete(History::Keep),
            bulk_plan::Action::DeleteWithHistory => Self::Delete(History::Delete),
            bulk_plan::Action::AddToGroup => Self::AddTo(group()?),
            bulk_plan::Action::RemoveFromGroup => Self::RemoveFrom(group()?),
            bulk_plan::Action::Disable => Self::Disable,
            bulk_plan::Action::Enable => Self::Enable,
        })
    }

    /// As whoever follows the operation sees it.
    pub fn about(self) -> About {
        let action = match self {
            Self::Delete(History::Keep) => "delete",
            Self::Delete(History::Delete) => "delete_with_history",
            Self::AddTo(_) => "add_to_group",
            Self::RemoveFrom(_) => "remove_from_group",
            Self::Disable => "disable",
            Self::Enable => "enable",
        };
        About { action, target: self.group().map(GroupId::resource_name).unwrap_or_default() }
    }
}
