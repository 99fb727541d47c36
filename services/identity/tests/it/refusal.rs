//! What a refused call says of the reason.

use tonic::Status;
use tonic_types::StatusExt as _;

/// The fields that a call was refused for.
pub(crate) fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().into_iter().flat_map(|it| &it.field_violations);
    violations.map(|violation| violation.field.clone()).collect()
}

/// Why a call was refused, for programs.
pub(crate) fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// Which rule of state refused a call.
pub(crate) fn rule(status: &Status) -> String {
    let details = status.get_error_details();
    details.precondition_failure().map(|it| it.violations[0].r#type.clone()).unwrap_or_default()
}
