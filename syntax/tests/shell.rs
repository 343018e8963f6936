//! The shell grammar from outside: nothing is lost whatever the text, and the views see through what the builder drops.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at the first surprise"
)]

use dfix_syntax::ast::shell::{AndOr, AnyCommand, Command, Connector, Script, ShellText, Word};
use dfix_syntax::shell::{Dialect, parse};
use dfix_syntax::{SourceText, SyntaxKind, SyntaxNode};
use rowan::ast::AstNode;

/// Texts that use every construct.
const SAMPLES: [&str; 12] = [
    "set -ex; A=1 B=\"$x ${y:-z}\" apt-get update && apt-get install -y a b=1.* || { echo 'no'; exit 1; } # why",
    "if [ -f \"$f\" ]; then a | b; elif ! c; then d & else e; fi > out 2>&1",
    "for x in a $(b \"c\" `d`) *.e; do case $x in (f|g*) h;; *) i ;; esac; done",
    "while read -r l; do echo \"${l%%/*}\" \"$((1 + $n * (2)))\"; done < <(a) <<< b",
    "f() { local a; }; function g { (b); }; until c; do { d; }; done",
    "[[ -f a && ! ( $b == c* || $d =~ ^(e|f)$ ) ]] && (( i++ )) && a=(b 'c' [1]=d) e+=f",
    "cat <<X > f && b\n$a $(c)\n\\$d\nX\ncat <<-'Y'\n\te\n\tY\n# end\ng \\\n  h\n",
    "a &> b; c &>> d; e |& f; time -p g; coproc h; select i in j; do k; done; for ((l=0;l<1;l++)); do m; done",
    "echo $'a\\'b' $\"c\" \"d\\\"e\" f\\ g {h,i} $[1+2] ${j//k/l} ${!m} ${#n} ${o[@]} é日本",
    "a=`b \\`c\\``; d=\"`e`\" f='g\nh' i",
    "! a && \"$@\" >&2 <&- 3<>x >|y \\",
    "x[$i]=1 declare -a y=(1 2) {fd}>z",
];

#[track_caller]
fn lossless(text: &str) {
    for dialect in [Dialect::Posix, Dialect::Bash] {
        let root = parse(text, dialect);
        assert!(root.text() == text, "{dialect:?} loses bytes of {text:?}");
        let known = matches!(
            root.kind(),
            SyntaxKind::SCRIPT | SyntaxKind::BASHISM | SyntaxKind::OPAQUE
        );
        assert!(known, "{dialect:?}: root {:?} of {text:?}", root.kind());
        for node in root.descendants() {
            // Every question answers on every tree.
            if let Some(word) = Word::cast(node.clone()) {
                word.static_value();
                word.has_braces();
                word.text();
            } else if let Some(script) = Script::cast(node) {
                script.statements().for_each(drop);
            }
        }
    }
}

#[test]
fn every_piece_of_the_samples_is_lossless() {
    for sample in SAMPLES {
        let bounds: Vec<usize> = sample
            .char_indices()
            .map(|(at, _)| at)
            .chain([sample.len()])
            .collect();
        for &end in &bounds {
            lossless(&sample[..end]);
            lossless(&sample[end..]);
        }
    }
}

#[test]
fn samples_are_scripts_of_bash() {
    for sample in &SAMPLES {
        assert_eq!(
            parse(sample, Dialect::Bash).kind(),
            SyntaxKind::SCRIPT,
            "{sample}"
        );
    }
}

/// A generator of numbers, the same in each run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

#[test]
fn random_texts_are_lossless() {
    let pieces: Vec<&str> = SAMPLES
        .iter()
        .flat_map(|sample| sample.split_inclusive(|char: char| !char.is_ascii_alphanumeric()))
        .collect();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..numbers.below(24) {
            match numbers.below(8) {
                0 => text.push(char::from(u8::try_from(numbers.below(128)).unwrap())),
                1 => text.extend(char::from_u32(
                    u32::try_from(numbers.below(0x11_0000)).unwrap(),
                )),
                _ => text.push_str(pieces[numbers.below(pieces.len())]),
            }
        }
        lossless(&text);
    }
}

/// The first node of a view in the tree of a Dockerfile.
fn first<N: AstNode<Language = dfix_syntax::DockerfileLanguage>>(file: &str) -> N {
    let source = SourceText::new(file.as_bytes()).unwrap();
    let root: SyntaxNode = dfix_syntax::parse(&source).root();
    assert_eq!(root.text().to_string(), file);
    root.descendants().find_map(N::cast).unwrap()
}

#[test]
fn builder_trivia_between_and_inside_of_tokens() {
    let file = "FROM x\nRUN a &\\\n& b \\\n# why\n  'c\\\nd' |\\\n| e\\\nf; \\\n\n g 2>\\\n&1\n";
    let list: AndOr = first(file);
    let steps: Vec<_> = list
        .steps()
        .map(|step| {
            let command = step
                .pipeline
                .only_command()
                .and_then(AnyCommand::simple)
                .unwrap();
            let words: Vec<_> = command
                .words()
                .map(|word| word.static_value().unwrap().to_string())
                .collect();
            (
                step.connector.map(|(connector, _)| connector),
                words.join(" "),
            )
        })
        .collect();
    assert_eq!(
        steps,
        [
            (None, "a".to_owned()),
            (Some(Connector::And), "b cd".to_owned()),
            (Some(Connector::Or), "ef".to_owned()),
        ]
    );
    let script: Script = first(file);
    let last = script.and_ors().last().unwrap();
    let redirect = last
        .syntax()
        .descendants()
        .find_map(dfix_syntax::ast::shell::Redirect::cast)
        .unwrap();
    assert_eq!(redirect.operator(), "2>&");
    assert_eq!(redirect.target().unwrap().text(), "1");
}

#[test]
fn statements() {
    let root = parse("a & b; c", Dialect::Posix);
    let script = Script::cast(root).unwrap();
    let background: Vec<bool> = script
        .statements()
        .map(|statement| statement.is_background())
        .collect();
    assert_eq!(background, [true, false, false]);
    assert_eq!(script.only_and_or(), None);
    for (text, only) in [
        ("a && b", true),
        ("a;", false),
        ("a # c", true),
        ("", false),
        ("a\n", false),
    ] {
        let script = Script::cast(parse(text, Dialect::Posix)).unwrap();
        assert_eq!(script.only_and_or().is_some(), only, "{text:?}");
    }
}

#[test]
fn what_the_default_shell_may_not_understand_is_no_script() {
    for (text, dialect, is_script) in [
        ("a <(b)", Dialect::Posix, false),
        ("a <(b)", Dialect::Bash, true),
        ("a", Dialect::Posix, true),
        ("a;;", Dialect::Bash, false),
    ] {
        let shell = ShellText::cast(parse(text, dialect)).unwrap();
        assert_eq!(shell.script().is_some(), is_script, "{text}");
    }
}

#[test]
fn parts_of_a_command() {
    let command: Command = first("FROM x\nRUN A=1 B= c >d e 2>&1\n");
    let assignments: Vec<_> = command
        .assignments()
        .map(|part| (part.name(), part.static_value()))
        .collect();
    assert_eq!(
        assignments,
        [
            ("A".into(), Some("1".into())),
            ("B".into(), Some("".into()))
        ]
    );
    assert_eq!(command.name().unwrap().text(), "c");
    assert_eq!(
        command
            .arguments()
            .map(|word| word.text())
            .collect::<Vec<_>>(),
        ["e"]
    );
    assert_eq!(
        command
            .redirects()
            .map(|part| part.operator())
            .collect::<Vec<_>>(),
        [">", "2>&"]
    );
}
