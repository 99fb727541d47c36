use std::panic::PanicHookInfo;

/// Has panics logged where they happen, as one line with the trace id. Only a message that is a literal of
/// the code is logged: a formatted one may hold a value, and with it someone's data.
pub(super) fn install_hook() {
    std::panic::set_hook(Box::new(log));
}

fn log(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    let message = info
        .payload()
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("(message withheld: it may hold data)");
    tracing::error!(place, message, "panicked");
}
