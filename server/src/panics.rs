//! A panic in one file must not stop the others.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    /// What the last panic of this thread said, and where; `None` outside [`caught`].
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Calls a function; a panic in it becomes an error that says what happened and where.
pub(crate) fn caught<R>(function: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        // The default hook prints to standard error by itself; the report does that in its place and order.
        let default = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if LAST.with_borrow(Option::is_some) {
                LAST.set(Some(describe(info)));
            } else {
                default(info);
            }
        }));
    });
    let outer = LAST.replace(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(function));
    let said = LAST.replace(outer);
    result.map_err(|_| said.unwrap_or_default())
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("no message");
    match info.location() {
        Some(place) => format!("{message} at {}:{}", place.file(), place.line()),
        None => message.to_owned(),
    }
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
