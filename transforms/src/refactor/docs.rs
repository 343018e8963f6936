//! The pages of the refactorings as one file: `docs/refactorings.md`.

use super::ALL;

/// What stands above the pages.
const HEAD: &str = "# Refactorings

What the language server offers in the refactor menu, at a cursor or for a selection, where nothing is wrong. Each is one
step that can be undone as one.

A refactoring that is proven to build the same image is made at once. For any other the editor says why it is not proven,
and asks first, where it can. Where the result would be no good Dockerfile, would lose a comment or is known to mean
something else, the refactoring is not offered.
";

/// The start of an example that a person has to agree to.
const UNSAFE: &str = "Not proven, so the editor says why and asks first:

```dockerfile";

/// The whole file.
pub fn file() -> String {
    let mut out = HEAD.to_owned();
    for kind in ALL {
        let page = kind.page.replace("$0", "");
        let page = page.replace("```dockerfile,unsafe", UNSAFE);
        out.push_str(&format!("\n## {}\n\n{}\n", kind.id, page.trim_end()));
    }
    out
}
