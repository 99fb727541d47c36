//! What a caller learns of a problem.

use std::time::Duration;

use patron_chassis::{
    permission::Permission,
    status::{DOMAIN, Problem},
};
use patron_proto::error::v1::ErrorReason;
use patron_values::violation::Violation;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

#[test]
fn every_problem_has_its_code_and_a_listed_reason() {
    for (problem, code) in [
        (Problem::Invalid(Vec::new()), Code::InvalidArgument),
        (Problem::RequestIdReused, Code::InvalidArgument),
        (Problem::CredentialsMissing, Code::Unauthenticated),
        (Problem::CredentialsInvalid, Code::Unauthenticated),
        (Problem::PermissionDenied(Permission::CustomerRead), Code::PermissionDenied),
        (Problem::PasswordChangeRequired, Code::PermissionDenied),
        (Problem::PendingApproval, Code::PermissionDenied),
        (Problem::StepUpRequired, Code::PermissionDenied),
        (Problem::PeerNotAllowed, Code::PermissionDenied),
        (Problem::not_found("customer", "customers/1"), Code::NotFound),
        (Problem::Taken { kind: "customer", field: "customer.email" }, Code::AlreadyExists),
        (Problem::Conflict { fields: Vec::new(), changed_by: None }, Code::Aborted),
        (
            Problem::State { rule: "RULE", subject: String::new(), description: String::new() },
            Code::FailedPrecondition,
        ),
        (Problem::Limit { retry_after: Duration::ZERO }, Code::ResourceExhausted),
        (Problem::Late, Code::DeadlineExceeded),
        (Problem::Unavailable, Code::Unavailable),
        (Problem::Unimplemented, Code::Unimplemented),
        (Problem::NotOneMessage, Code::Unimplemented),
        (Problem::Compressed, Code::Unimplemented),
        (Problem::Panicked, Code::Internal),
        (Problem::internal("broken"), Code::Internal),
    ] {
        let status = Status::from(problem);
        let info = status.get_details_error_info().unwrap();
        assert_eq!((status.code(), info.domain.as_str()), (code, DOMAIN));
        assert!(
            ErrorReason::from_str_name(&format!("ERROR_REASON_{}", info.reason)).is_some(),
            "{}",
            info.reason
        );
    }
}

#[test]
fn all_violations_are_named_at_once() {
    let violations = vec![
        Violation::new("customer.email", "has no @"),
        Violation::new("customer.phones[1]", "is too long"),
    ];
    let status = Status::from(Problem::Invalid(violations));
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(
        violations.iter().map(|it| it.field.as_str()).collect::<Vec<_>>(),
        ["customer.email", "customer.phones[1]"]
    );
}

#[test]
fn details_stay_below_8_kib_and_say_how_much_is_missing() {
    let long = "ł".repeat(10_000);
    let violations = |count| vec![Violation::new(format!("names[{long}]"), long.clone()); count];
    let problems = [
        Problem::Invalid(violations(1)),
        Problem::Invalid(violations(800)),
        Problem::Invalid(vec![Violation::new("a", "b"); 800]),
        Problem::not_found("customer", long.clone()),
        Problem::State { rule: "RULE", subject: long.clone(), description: long.clone() },
        Problem::Conflict { fields: vec![long.clone(); 10], changed_by: Some(long.clone()) },
    ];
    for problem in problems {
        let status = Status::from(problem);
        assert!(status.details().len() < 8 * 1024, "{} bytes", status.details().len());
        assert!(status.message().len() <= 500);
    }
    let status = Status::from(Problem::Invalid(vec![Violation::new("a", "b"); 800]));
    let all = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!((all.len(), all[99].description.as_str()), (100, "701 more fields are wrong"));
}

#[test]
fn a_conflict_names_what_changed_and_by_whom() {
    let by = Some("staff/1".to_owned());
    let status =
        Status::from(Problem::Conflict { fields: vec!["email".into(), "phones".into()], changed_by: by });
    let metadata = status.get_details_error_info().unwrap().metadata;
    assert_eq!((metadata["fields"].as_str(), metadata["changed_by"].as_str()), ("email,phones", "staff/1"));
}

#[test]
fn whoever_may_try_again_learns_when() {
    for problem in [Problem::Unavailable, Problem::Limit { retry_after: Duration::from_secs(3) }] {
        let retry = Status::from(problem).get_details_retry_info().unwrap();
        assert!(retry.retry_delay.unwrap() >= Duration::from_secs(1));
    }
}

#[test]
fn nothing_of_an_internal_error_leaves() {
    let status = Status::from(Problem::internal("select secret from customer"));
    assert!(!format!("{status:?}").contains("secret"));
    assert_eq!(status.message(), "internal error");
}
