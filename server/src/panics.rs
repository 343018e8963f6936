//! A panic in one file must not stop the others.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    /// What the last panic of this thread said, and where.
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Calls a function; a panic in it becomes an error that says what happened and where.
pub(crate) fn caught<R>(function: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    // The default hook prints to standard error by itself; the report does that in its place and order.
    HOOK.call_once(|| panic::set_hook(Box::new(remember)));
    panic::catch_unwind(AssertUnwindSafe(function)).map_err(|_| LAST.take())
}

fn remember(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map_or_else(String::new, |location| {
        format!(" at {}:{}", location.file(), location.line())
    });
    LAST.with(|last| *last.borrow_mut() = format!("{message}{place}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_are_caught_with_their_place() {
        assert_eq!(caught(|| 1), Ok(1));
        let error = caught(|| panic!("no {}", "way")).unwrap_err();
        assert!(error.starts_with("no way at "), "{error}");
        assert!(error.contains("panics.rs:"), "{error}");
    }
}
