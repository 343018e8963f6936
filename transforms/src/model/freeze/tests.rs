//! Lines that are frozen, and lines that look alike and are not.

use dfix_syntax::SourceText;

use super::*;
use crate::Settings;

/// The kind of the first frozen instruction of a file, and the frozen text.
fn frozen(text: &str) -> Option<(FreezeKind, String)> {
    let source = SourceText::new(text.as_bytes()).unwrap();
    let analysis = Analysis::new(source, &Settings::default());
    let (_, freeze) = analysis.frozen().next()?;
    Some((freeze.kind, analysis.text(freeze.range).to_owned()))
}

fn check(text: &str, expected: Option<(FreezeKind, &str)>) {
    let expected = expected.map(|(kind, text)| (kind, text.to_owned()));
    assert_eq!(frozen(&format!("FROM scratch\n{text}")), expected, "{text}");
}

use FreezeKind::*;

#[test]
fn heredocs() {
    check("RUN cat <<EOF >f\na\nEOF\n", None);
    check("RUN <<EOF\ncat <<X\nX\nEOF\n", None);
    check("RUN 3<<EOF cat <&3\nEOF\n", None);
    check("RUN <<A cat && <<B cat\nA\nB\n", None);
    check("RUN cat <<<x\n", None);
    check("RUN echo $((1<<3))\n", None);
    check("RUN cat<<EOF\n", Some((Heredoc, "<<EOF")));
    check("RUN cat <<- EOF\n", Some((Heredoc, "<<- EOF")));
    check("RUN (cat <<- A)\n", Some((Heredoc, "<<- A")));
    check("RUN { cat; } <<- A\n", Some((Heredoc, "<<- A")));
    check(
        "RUN echo x # see <<EOF\nEOF\n",
        Some((Heredoc, "echo x # see <<EOF")),
    );
    check("COPY <<EOF /x\nEOF\n", None);
    check("COPY <<A <<-B /x/\nA\nB\n", None);
    check("COPY << EOF /x\nEOF\n", Some((Heredoc, "<<")));
    check("COPY <<- EOF /x\n", Some((Heredoc, "<<-")));
    check("ONBUILD RUN cat<<EOF\n", Some((Heredoc, "<<EOF")));
}

#[test]
fn comments() {
    check("RUN a # why\n", None);
    check("RUN a && \\\n  # why\n  b\n", None);
    check("RUN a # why \\\n  # more\n", None);
    check(
        "RUN a # why \\\n  && b\n",
        Some((CommentSwallows, "# why \\\n  && b")),
    );
    check(
        "RUN a # why \\\n# more\n  b\n",
        Some((CommentSwallows, "# why \\\n# more\n  b")),
    );
    check("RUN <<EOF\na # why \\\nb\nEOF\n", None);
    check("RUN echo a#b \\\n c\n", None);
}

#[test]
fn json() {
    let broken = |text: &str| {
        let (_, array) = text.split_once(' ').unwrap();
        check(text, Some((BrokenJson, array)));
    };
    broken("CMD ['a']");
    broken("CMD [ 'a' ]");
    broken("CMD [\"a\", \"b\",]");
    broken("CMD [\"a\"] # why");
    broken("CMD [\"a\" \"b\"]");
    broken("ENTRYPOINT [\u{201c}a\u{201d}, \u{201c}b\u{201d}]");
    broken("ENTRYPOINT [a, b]");
    broken("CMD [\"C:\\Program\", \"x\"]");
    broken("RUN [\"a\", \"b\"] && c");
    broken("RUN [ 'a', 'b' ]");
    broken("VOLUME ['/a', '/b']");
    broken("VOLUME [ /a ]");
    broken("COPY ['a', 'b']");
    for text in [
        "CMD [\"a\"]",
        "CMD [ -f x ] && a",
        "RUN [ -f x ] && a",
        "RUN [[ $x == 'a,b' ]]",
        "RUN [ \"$x\" = 'a' ] && b",
        "RUN [ 'a' ]",
        "RUN [ \"$x\" = \"a,b\" ]",
        "COPY [a-z]*.txt /x/",
        "HEALTHCHECK CMD [ \"$(a)\" = 200 ]",
        "HEALTHCHECK CMD [ -e /x ] || exit 1",
    ] {
        check(text, None);
    }
}

#[test]
fn next_instructions() {
    let next = |text: &str, keyword: &str| check(text, Some((NextInstruction, keyword)));
    next("RUN a \\\n\nCMD b\n", "CMD");
    next("RUN a \\\n# why\nENV X 1\n", "ENV");
    next("RUN a && \\\n\nCMD b\n", "CMD");
    next("RUN a \\\nRUN b\n", "RUN");
    next("RUN a \\\n\n  USER b\n", "USER");
    next("USER a \\\n\nWORKDIR /b\n", "WORKDIR");
    for text in [
        "RUN a \\\n  env b\n",
        "RUN a \\\n  ENV b\n",
        "RUN a \\\nrun b\n",
        "RUN a && \\\n\n  ENV b\n",
        "RUN echo 'x \\\nRUN y'\n",
        "RUN a \\\nCMD=1 b\n",
        "HEALTHCHECK --interval=1s \\\nCMD a\n",
        "ONBUILD \\\nRUN a\n",
        "RUN <<E\na \\\n\nCMD b\nE\n",
    ] {
        check(text, None);
    }
}

#[test]
fn flags_of_run_and_copy() {
    check("RUN --mount=type=cache,target=/x a\n", None);
    check(
        "RUN --mount=type=cache, target=/x a\n",
        Some((BrokenMount, "--mount=type=cache,")),
    );
    check(
        "RUN --mount=type=cache,\\\n  target=/x a\n",
        Some((BrokenMount, "--mount=type=cache,")),
    );
    check(
        "COPY --chown=\u{e9} a b\n",
        Some((NonAsciiFlag, "--chown=\u{e9}")),
    );
}

#[test]
fn sources() {
    check("COPY $X /x\n", Some((UndefinedSource, "$X")));
    check(
        "ADD [\"a$X\", \"/x\"]\n",
        Some((UndefinedSource, "\"a$X\"")),
    );
    check("COPY ${X:-a} /x\n", None);
    check("ARG X\nCOPY $X /x\n", None);
    check("ENV X=\nCOPY $X /x\n", None);
    check("COPY \\$X '$X' /x\n", None);
    check("ONBUILD COPY $X /x\n", None);
    // The base may set it.
    assert_eq!(frozen("FROM a\nCOPY $X /x\n"), None);
    assert_eq!(frozen("FROM debian\nCOPY $X_VERSION /x\n"), None);
    let forgotten = frozen("ARG X=1\nFROM a\nCOPY $X /x\n");
    assert_eq!(forgotten, Some((UndefinedSource, "$X".to_owned())));
}
