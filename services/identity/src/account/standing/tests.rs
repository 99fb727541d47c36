use super::{
    Approval::{Approved, Declined, Needed, NotNeeded},
    Move::{Approve, Ask, Decline, Disable, Enable},
    Status::{Active, Disabled, PendingApproval, PendingVerification},
    *,
};

/// Every standing that the database takes.
const STANDINGS: [(Status, Approval); 10] = [
    (Active, NotNeeded),
    (Active, Approved),
    (PendingApproval, Needed),
    (PendingVerification, NotNeeded),
    (PendingVerification, Needed),
    (PendingVerification, Approved),
    (Disabled, NotNeeded),
    (Disabled, Needed),
    (Disabled, Approved),
    (Disabled, Declined),
];

fn after(
    step: Move,
    (status, approval): (Status, Approval),
) -> Result<Option<(Status, Approval)>, &'static str> {
    let moved = Standing { status, approval }.after(step);
    moved.map(|it| it.map(|it| (it.status, it.approval))).map_err(|refusal| refusal.rule)
}

#[test]
fn every_move_leads_where_the_table_says() {
    let to = |status, approval| Ok(Some((status, approval)));
    let stays = Ok(None);
    for (step, expected) in [
        (
            Ask,
            [
                to(PendingApproval, Needed),
                stays,
                stays,
                to(PendingVerification, Needed),
                stays,
                stays,
                to(Disabled, Needed),
                stays,
                stays,
                stays,
            ],
        ),
        (
            Approve,
            [
                to(Active, Approved),
                stays,
                to(Active, Approved),
                to(PendingVerification, Approved),
                to(PendingVerification, Approved),
                stays,
                Err("ACCOUNT_DISABLED"),
                Err("ACCOUNT_DISABLED"),
                Err("ACCOUNT_DISABLED"),
                to(Active, Approved),
            ],
        ),
        (
            Decline,
            [
                Err("APPROVAL_NOT_NEEDED"),
                to(Disabled, Declined),
                to(Disabled, Declined),
                Err("APPROVAL_NOT_NEEDED"),
                to(Disabled, Declined),
                to(Disabled, Declined),
                Err("APPROVAL_NOT_NEEDED"),
                to(Disabled, Declined),
                to(Disabled, Declined),
                stays,
            ],
        ),
        (
            Disable,
            [
                to(Disabled, NotNeeded),
                to(Disabled, Approved),
                to(Disabled, Needed),
                to(Disabled, NotNeeded),
                to(Disabled, Needed),
                to(Disabled, Approved),
                stays,
                stays,
                stays,
                stays,
            ],
        ),
        (
            Enable,
            [
                stays,
                stays,
                Err("ACCOUNT_NOT_DISABLED"),
                Err("ACCOUNT_NOT_DISABLED"),
                Err("ACCOUNT_NOT_DISABLED"),
                Err("ACCOUNT_NOT_DISABLED"),
                to(Active, NotNeeded),
                to(PendingApproval, Needed),
                to(Active, Approved),
                Err("ACCOUNT_DECLINED"),
            ],
        ),
    ] {
        assert_eq!(STANDINGS.map(|from| after(step, from)), expected, "{step:?}");
    }
}

#[test]
fn no_move_leads_out_of_what_the_database_takes() {
    for step in [Ask, Approve, Decline, Disable, Enable] {
        for from in STANDINGS {
            if let Ok(Some(to)) = after(step, from) {
                assert!(STANDINGS.contains(&to), "{step:?} from {from:?} to {to:?}");
            }
        }
    }
}
