//! Why a customer cannot sign in, and what helps.

use super::{Account, Approval, Status};
use patron_chassis::permission::Permission;
use patron_proto::identity::v1::{self as proto, sign_in_obstacle::Reason};
use patron_values::timestamp;
use std::time::Duration;
use time::OffsetDateTime;

/// What keeps a customer from signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// There is no account.
    NoAccount,
    /// The account is disabled.
    Disabled,
    /// The customer was declined.
    Declined,
    /// The customer waits for approval.
    PendingApproval,
    /// The email is not confirmed.
    PendingVerification,
    /// There is no password.
    NoPassword,
    /// The password was temporary, and its time is over.
    PasswordExpired,
    /// After failures the next attempt must wait until this time.
    TooManyAttempts(OffsetDateTime),
}

/// All that keeps a customer with this account from signing in at `now`. `held_until` is when the next attempt may come, where that must
/// wait, and `temporary_life` how long a temporary password is good for.
pub fn obstacles(
    account: Option<&Account>,
    held_until: Option<OffsetDateTime>,
    now: OffsetDateTime,
    temporary_life: Duration,
) -> Vec<Obstacle> {
    let Some(account) = account else { return vec![Obstacle::NoAccount] };
    let status = match (account.standing.status, account.standing.approval) {
        (Status::Active, _) => None,
        (Status::PendingApproval, _) => Some(Obstacle::PendingApproval),
        (Status::PendingVerification, _) => Some(Obstacle::PendingVerification),
        (Status::Disabled, Approval::Declined) => Some(Obstacle::Declined),
        (Status::Disabled, _) => Some(Obstacle::Disabled),
    };
    let password = match account.password_set_at {
        None => Some(Obstacle::NoPassword),
        Some(set_at) if account.password_temporary && set_at + temporary_life <= now => {
            Some(Obstacle::PasswordExpired)
        }
        Some(_) => None,
    };
    [status, password, held_until.map(Obstacle::TooManyAttempts)].into_iter().flatten().collect()
}

impl Obstacle {
    fn reason(self) -> Reason {
        match self {
            Self::NoAccount => Reason::NoAccount,
            Self::Disabled => Reason::Disabled,
            Self::Declined => Reason::Declined,
            Self::PendingApproval => Reason::PendingApproval,
            Self::PendingVerification => Reason::PendingVerification,
            Self::NoPassword => Reason::NoPassword,
            Self::PasswordExpired => Reason::PasswordExpired,
            Self::TooManyAttempts(_) => Reason::TooManyAttempts,
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::NoAccount => "the customer has no account: create one",
            Self::Disabled => "the account is disabled: enable it",
            Self::Declined => "the customer was declined: approve it",
            Self::PendingApproval => "the customer waits for approval: approve it",
            Self::PendingVerification => "the email is not confirmed yet",
            Self::NoPassword => "the account has no password: give the customer a code to set one with",
            Self::PasswordExpired => {
                "the temporary password was not changed in time: give the customer a code to set one with"
            }
            Self::TooManyAttempts(_) => {
                "after wrong passwords the next attempt must wait: unlock the account"
            }
        }
    }

    /// The RPC that removes it, and what its caller must be allowed.
    fn remedy(self) -> Option<(&'static str, Permission)> {
        match self {
            Self::NoAccount => Some(("CreateAccount", Permission::CustomerSendReset)),
            Self::Disabled => Some(("EnableAccount", Permission::CustomerDisable)),
            Self::Declined | Self::PendingApproval => Some(("ApproveAccount", Permission::CustomerApprove)),
            Self::NoPassword | Self::PasswordExpired => {
                Some(("CreateResetCode", Permission::CustomerSendReset))
            }
            Self::TooManyAttempts(_) => Some(("UnlockAccount", Permission::CustomerUnlock)),
            Self::PendingVerification => None,
        }
    }
}

impl From<Obstacle> for proto::SignInObstacle {
    fn from(obstacle: Obstacle) -> Self {
        let remedy = obstacle.remedy();
        Self {
            reason: obstacle.reason().into(),
            description: obstacle.description().to_owned(),
            remedy: remedy
                .map(|(rpc, _)| format!("patron.identity.v1.AccountService.{rpc}"))
                .unwrap_or_default(),
            remedy_permission: remedy.map(|(_, permission)| permission.into()).unwrap_or_default(),
            end_time: match obstacle {
                Obstacle::TooManyAttempts(until) => Some(timestamp(until)),
                _ => None,
            },
        }
    }
}
