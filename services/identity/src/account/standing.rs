//! Whether a customer may sign in, and every move from one answer to the next.

use patron_proto::identity::v1::account::{Approval as ProtoApproval, Status as ProtoStatus};

/// Where an account is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Status {
    /// The customer may sign in.
    Active,
    /// The email is not yet confirmed.
    PendingVerification,
    /// A member of staff must approve first.
    PendingApproval,
    /// The customer may not sign in.
    Disabled,
}

/// Whether a member of staff must approve the customer, and what was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Approval {
    /// No group of the customer has asked for it.
    NotNeeded,
    /// A group asks, and nobody has decided.
    Needed,
    /// The customer is approved: groups do not ask again.
    Approved,
    /// The customer is declined.
    Declined,
}

/// Status and approval together. The database refuses those that do not fit: `account_standing_check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Where the account is.
    pub status: Status,
    /// What is decided of the customer.
    pub approval: Approval,
}

/// What can happen to a standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// The customer is put into a group that requires approval.
    Ask,
    /// A member of staff approves the customer.
    Approve,
    /// A member of staff declines the customer, or takes the approval away.
    Decline,
    /// A member of staff keeps the customer from signing in.
    Disable,
    /// A member of staff lets a disabled customer sign in again.
    Enable,
}

/// A move that does not lead on from where the account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Which rule refuses it, for programs.
    pub rule: &'static str,
    /// Why, and what is possible instead, for people.
    pub description: &'static str,
}

impl Standing {
    /// That of a new account. One that is disabled and needs approval waits for it once it is enabled.
    pub fn new(approval_needed: bool, disabled: bool) -> Self {
        let approval = if approval_needed { Approval::Needed } else { Approval::NotNeeded };
        let status = match (disabled, approval_needed) {
            (true, _) => Status::Disabled,
            (false, true) => Status::PendingApproval,
            (false, false) => Status::Active,
        };
        Self { status, approval }
    }

    /// Where a move leads from here; `None` where that is here.
    pub fn after(self, step: Move) -> Result<Option<Self>, Refusal> {
        use self::{Approval as A, Status as S};
        let Self { status, approval } = self;
        let (status, approval) = match (step, status, approval) {
            (Move::Ask, S::Active, A::NotNeeded) => (S::PendingApproval, A::Needed),
            (Move::Ask, _, A::NotNeeded) => (status, A::Needed),
            (Move::Ask, ..) => (status, approval),

            (Move::Approve, S::Active | S::PendingApproval, _)
            | (Move::Approve, S::Disabled, A::Declined) => (S::Active, A::Approved),
            (Move::Approve, S::PendingVerification, _) => (status, A::Approved),
            (Move::Approve, S::Disabled, A::Needed) => {
                return refuse(
                    "ACCOUNT_DISABLED",
                    "the account is disabled: enable it, then it waits for approval",
                );
            }
            (Move::Approve, S::Disabled, A::NotNeeded | A::Approved) => {
                return refuse(
                    "ACCOUNT_DISABLED",
                    "the account is disabled: enable it, no approval is needed",
                );
            }

            (Move::Decline, _, A::NotNeeded) => {
                return refuse(
                    "APPROVAL_NOT_NEEDED",
                    "nobody has to approve this customer: to keep it from signing in, disable the account",
                );
            }
            (Move::Decline, ..) => (S::Disabled, A::Declined),

            (Move::Disable, ..) => (S::Disabled, approval),

            (Move::Enable, S::Active, _) | (Move::Enable, S::Disabled, A::NotNeeded | A::Approved) => {
                (S::Active, approval)
            }
            (Move::Enable, S::Disabled, A::Needed) => (S::PendingApproval, approval),
            (Move::Enable, S::Disabled, A::Declined) => {
                return refuse("ACCOUNT_DECLINED", "the customer was declined: approve it");
            }
            (Move::Enable, S::PendingApproval, _) => {
                return refuse(
                    "ACCOUNT_NOT_DISABLED",
                    "the account is not disabled, it waits for approval: approve it or decline it",
                );
            }
            (Move::Enable, S::PendingVerification, _) => {
                return refuse(
                    "ACCOUNT_NOT_DISABLED",
                    "the account is not disabled: its email is to be confirmed",
                );
            }
        };
        let next = Self { status, approval };
        Ok((next != self).then_some(next))
    }
}

fn refuse<T>(rule: &'static str, description: &'static str) -> Result<T, Refusal> {
    Err(Refusal { rule, description })
}

impl Move {
    /// The type of its event.
    pub(crate) fn event(self) -> &'static str {
        match self {
            Self::Ask => "account.approval_asked",
            Self::Approve => "account.approved",
            Self::Decline => "account.declined",
            Self::Disable => "account.disabled",
            Self::Enable => "account.enabled",
        }
    }
}

impl Status {
    pub(super) fn to_proto(self) -> ProtoStatus {
        match self {
            Self::Active => ProtoStatus::Active,
            Self::PendingVerification => ProtoStatus::PendingVerification,
            Self::PendingApproval => ProtoStatus::PendingApproval,
            Self::Disabled => ProtoStatus::Disabled,
        }
    }

    /// `ACTIVE`, as in events.
    pub(crate) fn name(self) -> &'static str {
        self.to_proto().as_str_name().trim_start_matches("STATUS_")
    }
}

impl Approval {
    pub(super) fn to_proto(self) -> ProtoApproval {
        match self {
            Self::NotNeeded => ProtoApproval::Unspecified,
            Self::Needed => ProtoApproval::Needed,
            Self::Approved => ProtoApproval::Approved,
            Self::Declined => ProtoApproval::Declined,
        }
    }
}

#[cfg(test)]
mod tests;
