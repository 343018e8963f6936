//! `to-exec-form`: a text for a shell becomes a JSON array.

use super::declare::declare_refactoring;
use super::{Draft, Target};
use crate::proof::Law;
use crate::rules::exec_form::as_array;

declare_refactoring! {
    /// Writes `CMD`, `ENTRYPOINT`, `RUN` or a health check as a JSON array.
    ///
    /// Offered for a text that is one program with fixed arguments. The program starts without a shell: for `CMD` and
    /// `ENTRYPOINT` it is process 1 itself, and signals reach it. See the rule `exec-form` for when that is safe.
    ///
    /// ```dockerfile
    /// FROM node:22
    /// CMD node$0 --enable-source-maps 'my server.js'
    /// ```
    ///
    /// ```dockerfile
    /// FROM node:22
    /// CMD ["node", "--enable-source-maps", "my server.js"]
    /// ```
    KIND: "to-exec-form"
}

fn draft(target: &Target<'_>) -> Option<Draft> {
    let (edit, doubt) = as_array(target.ctx, target.one()?)?;
    Some(
        Draft::new("Convert to exec form", vec![edit])
            .under(&[Law::ExecForm])
            .doubt(doubt),
    )
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::refactor::testing::{check, check_none, check_unsafe};

    #[test]
    fn processes() {
        check(
            &KIND,
            "FROM debian:12\nENTRYPOINT a$0 \\\n  # b\n  --c \"d e\"\n",
            "FROM debian:12\nENTRYPOINT [\"a\", \\\n  # b\n  \"--c\", \"d e\"]\n",
        );
        check_unsafe(
            &KIND,
            "FROM debian:12\nENTRYPOINT a$0\nCMD [\"b\"]\n",
            "FROM debian:12\nENTRYPOINT [\"a\"]\nCMD [\"b\"]\n",
            "words of CMD",
        );
        check_unsafe(
            &KIND,
            "FROM debian:12\nHEALTHCHECK CMD a$0 b\n",
            "FROM debian:12\nHEALTHCHECK CMD [\"a\", \"b\"]\n",
            "health check",
        );
    }

    #[test]
    fn runs() {
        check(
            &KIND,
            "FROM debian:12\nRUN --network=none make$0 a\n",
            "FROM debian:12\nRUN --network=none [\"make\", \"a\"]\n",
        );
        check_unsafe(
            &KIND,
            "FROM debian:12\nSHELL [\"bash\", \"-c\"]\nRUN make$0 a\n",
            "FROM debian:12\nSHELL [\"bash\", \"-c\"]\nRUN [\"make\", \"a\"]\n",
            "not proven",
        );
        check_unsafe(
            &KIND,
            "FROM debian:12\nRUN ./a.sh$0\n",
            "FROM debian:12\nRUN [\"./a.sh\"]\n",
            "#!",
        );
    }

    #[test]
    fn what_needs_a_shell() {
        for text in [
            "CMD a$0 $B",
            "CMD a$0 && b",
            "RUN echo $0a",
            "RUN A=b c$0",
            "RUN a$0 > b",
            "CMD [\"a\"$0]",
            "RUN <<E\na$0\nE",
            "ONBUILD CMD a$0",
            "LABEL a$0=b",
        ] {
            check_none(&KIND, &format!("FROM debian:12\n{text}\n"));
        }
    }
}
