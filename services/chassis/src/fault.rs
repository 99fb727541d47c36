//! Places where tests let a process die, to prove that nothing is lost there. Without effect in release builds.

/// Kills the process, as `kill -9` does, where the variable `PATRON_FAULT_POINT` names this place, with `PATRON_FAULT_SKIP`
/// passes before.
#[cfg(debug_assertions)]
pub fn point(place: &str) {
    use std::sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    };

    struct Fault {
        place: String,
        passes_left: AtomicU32,
    }

    #[expect(clippy::disallowed_methods, reason = "no setting of a deployed process, so not read with them")]
    static FAULT: LazyLock<Option<Fault>> = LazyLock::new(|| {
        let place = std::env::var("PATRON_FAULT_POINT").ok()?;
        let skip = std::env::var("PATRON_FAULT_SKIP").ok().and_then(|skip| skip.parse().ok()).unwrap_or(0);
        Some(Fault { place, passes_left: AtomicU32::new(skip) })
    });

    if let Some(fault) = FAULT.as_ref().filter(|fault| fault.place == place) {
        let left =
            fault.passes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_err() {
            // Unlike a panic, nothing runs after it: no drop, no rollback, no flush.
            std::process::abort();
        }
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub fn point(_place: &str) {}
