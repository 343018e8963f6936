//! Texts and the trees they give, in a compact form: nodes in parentheses with a short name, tokens as their text.

use super::{Dialect, parse};
use crate::{SyntaxElement, SyntaxKind, SyntaxNode};

/// A node as an s-expression. A WORD of one literal is the bare text, a COMMAND is `(words...)`, and AND_OR and PIPELINE
/// nodes with a single child are left out.
fn dump(node: &SyntaxNode, out: &mut String) {
    let significant: Vec<SyntaxElement> = node
        .children_with_tokens()
        .filter(|child| child.kind() != SyntaxKind::WHITESPACE)
        .collect();
    if let [only] = significant.as_slice() {
        let transparent = match node.kind() {
            SyntaxKind::AND_OR | SyntaxKind::PIPELINE => true,
            SyntaxKind::WORD => matches!(
                only.kind(),
                SyntaxKind::SH_LITERAL | SyntaxKind::SH_SINGLE_QUOTED | SyntaxKind::SH_VARIABLE
            ),
            _ => false,
        };
        if transparent {
            return dump_element(only, out);
        }
    }
    out.push('(');
    if node.kind() != SyntaxKind::COMMAND {
        out.push_str(&format!("{:?}", node.kind()).to_lowercase());
        if !significant.is_empty() {
            out.push(' ');
        }
    }
    for (index, child) in significant.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        dump_element(child, out);
    }
    out.push(')');
}

fn dump_element(element: &SyntaxElement, out: &mut String) {
    match element {
        SyntaxElement::Node(node) => dump(node, out),
        SyntaxElement::Token(token) => match token.kind() {
            SyntaxKind::SH_NEWLINE => out.push_str("\\n"),
            SyntaxKind::CONTINUATION => out.push_str("\\\\n"),
            SyntaxKind::SH_LITERAL if token.text().contains(' ') => {
                out.push_str(&format!("{:?}", token.text()));
            }
            SyntaxKind::SH_HEREDOC_TEXT | SyntaxKind::SH_COMMENT => {
                out.push_str(&format!("{:?}", token.text()));
            }
            _ => out.push_str(token.text()),
        },
    }
}

fn tree(text: &str, dialect: Dialect) -> String {
    let root = parse(text, dialect);
    assert_eq!(root.text().to_string(), text, "the tree lost bytes");
    let mut out = String::new();
    dump(&root, &mut out);
    out
}

#[track_caller]
fn posix(text: &str, expected: &str) {
    assert_eq!(tree(text, Dialect::Posix), expected, "posix: {text}");
}

#[track_caller]
fn bash(text: &str, expected: &str) {
    assert_eq!(tree(text, Dialect::Bash), expected, "bash: {text}");
}

/// The same tree in both dialects.
#[track_caller]
fn both(text: &str, expected: &str) {
    posix(text, expected);
    bash(text, expected);
}

/// Only bash accepts the text.
#[track_caller]
fn bash_only(text: &str, expected: &str) {
    bash(text, expected);
    posix(text, &format!("(bashism {expected})"));
}

/// No shell accepts the text.
#[track_caller]
fn refused(text: &str) {
    let expected = format!("(opaque {text})");
    both(text, &expected);
}

#[test]
fn lists() {
    both("", "(script)");
    both("  ", "(script)");
    both("a b c", "(script (a b c))");
    both(" a ", "(script (a))");
    both("a && b || c", "(script (and_or (a) && (b) || (c)))");
    both("a; b & c;", "(script (a) ; (b) & (c) ;)");
    both("a | b | c", "(script (pipeline (a) | (b) | (c)))");
    both("! a | b", "(script (pipeline ! (a) | (b)))");
    both("a && ! b", "(script (and_or (a) && (pipeline ! (b))))");
    both("a # b && c", "(script (a) \"# b && c\")");
    both("a#b c", "(script (a#b c))");
    both("# only", "(script \"# only\")");
    both("a\nb\n\nc", "(script (a) \\n (b) \\n \\n (c))");
    both(
        "a &&\n# why\nb",
        "(script (and_or (a) && \\n \"# why\" \\n (b)))",
    );
    both("a \\\n b", "(script (a \\\\n b))");
    both("a\\\n b", "(script (a \\\\n b))");
    both("a b\\\nc", "(script (a (word b \\\\n c)))");
    bash_only("a |& b", "(script (pipeline (a) |& (b)))");
    bash_only("! ! a", "(script (pipeline ! ! (a)))");
    bash_only("!", "(script !)");
    for text in [
        ";",
        "&",
        "a;;b",
        "a & ; b",
        "a ; ; b",
        "a &&",
        "&& a",
        "a || && b",
        "a |",
        "| a",
        "a | ! b",
        ")",
        "(",
        "()",
        "}",
        "{ }",
        "fi",
        "then",
        "in",
        "a )",
        "a (",
        "{ a; } b",
        "(a) b",
        "a &&& b",
    ] {
        refused(text);
    }
}

#[test]
fn simple_commands() {
    both(
        "A=1 B= c D=2",
        "(script ((assignment A= 1) (assignment B=) c D=2))",
    );
    both("A=1", "(script ((assignment A= 1)))");
    both(
        "A='x y'\"$z\" b",
        "(script ((assignment A= (word 'x y' (double_quoted \" $z \"))) b))",
    );
    both("2A=1 b", "(script (2A=1 b))");
    both("a-b=1", "(script (a-b=1))");
    both("A=1 if", "(script ((assignment A= 1) if))");
    both("echo if then }", "(script (echo if then }))");
    both("if$x", "(script ((word if $x)))");
    both("{a,b}", "(script ({a,b}))");
    posix("a+=1", "(script (a+=1))");
    bash("a+=1", "(script ((assignment a+= 1)))");
    bash_only(
        "a=(b 'c' [3]=d)",
        "(script ((assignment a= (array ( b 'c' (assignment [3]= d) )))))",
    );
    bash_only("a=()", "(script ((assignment a= (array ( )))))");
    bash_only(
        "a=(b\n# c\n d)",
        "(script ((assignment a= (array ( b \\n \"# c\" \\n d )))))",
    );
    bash("a[$i]=b c", "(script ((assignment a[$i]= b) c))");
    bash_only(
        "declare -a x=(1 2)",
        "(script (declare -a (word x= (array ( 1 2 )))))",
    );
    refused("echo x=(1 2)");
    posix("a[", "(script (a[))");
    bash("a[", "(opaque a[)");
}

#[test]
fn redirections() {
    both("a > f", "(script (a (redirect > f)))");
    both(
        "a >f 2>&1 b",
        "(script (a (redirect > f) (redirect 2>& 1) b))",
    );
    both("> f", "(script ((redirect > f)))");
    both(
        "a <in >>out 3<>x >|y 2>&-",
        "(script (a (redirect < in) (redirect >> out) (redirect 3<> x) (redirect >| y) (redirect 2>& -)))",
    );
    both("a x2>f", "(script (a x2 (redirect > f)))");
    both("a > if", "(script (a (redirect > if)))");
    both(
        "(a) > f 2>g",
        "(script (subshell ( (script (a)) ) (redirect > f) (redirect 2> g)))",
    );
    posix("a &> f", "(script (a) & ((redirect > f)))");
    bash("a &> f", "(script (a (redirect &> f)))");
    bash("a &>>f", "(script (a (redirect &>> f)))");
    posix("a 10>f", "(script (a 10 (redirect > f)))");
    bash("a 10>f", "(script (a (redirect 10> f)))");
    posix("a {x}>f", "(script (a {x} (redirect > f)))");
    bash("a {x}>f", "(script (a (redirect {x}> f)))");
    bash_only("a <<< b", "(script (a (redirect <<< b)))");
    bash_only(
        "a <(b c) >(d)",
        "(script (a (word (substitution <( (script (b c)) ))) (word (substitution >( (script (d)) )))))",
    );
    bash_only(
        "a > >(b)",
        "(script (a (redirect > (word (substitution >( (script (b)) ))))))",
    );
    for text in ["a >", "a > ; b", "a >>> b", "a > &"] {
        refused(text);
    }
}

#[test]
fn words() {
    both("a'b c'd", "(script ((word a 'b c' d)))");
    both("a\\ b\\;c", "(script (\"a\\\\ b\\\\;c\"))");
    both("\"a b\"", "(script ((word (double_quoted \" \"a b\" \"))))");
    both("\"\"", "(script ((word (double_quoted \" \"))))");
    both(
        "\"a\\\"$b c$\"",
        "(script ((word (double_quoted \" a\\\" $b \" c$\" \"))))",
    );
    both(
        "$a$1$?${b}$",
        "(script ((word $a $1 $? (expansion ${ b }) $)))",
    );
    both("$a.b", "(script ((word $a .b)))");
    both("a\\", "(script (a\\))");
    both("é 日本", "(script (é 日本))");
    posix("a$'b'", "(script ((word a$ 'b')))");
    bash("a$'b\\'c'", "(script ((word a $'b\\'c')))");
    bash("$\"a\"", "(script ((word (double_quoted $\" a \"))))");
    bash("\"$'a'\"", "(script ((word (double_quoted \" $'a' \"))))");
    for text in ["'a", "\"a", "a\"b'c", "\"a\\"] {
        refused(text);
    }
}

#[test]
fn expansions() {
    both("${a:-b}", "(script ((word (expansion ${ a :- b }))))");
    both(
        "${a:-b c;d}",
        "(script ((word (expansion ${ a :- \"b c;d\" }))))",
    );
    both(
        "${#a} ${##} ${#-x} ${#}",
        "(script ((word (expansion ${ #a })) (word (expansion ${ ## })) (word (expansion ${ # - x })) (word (expansion ${ # }))))",
    );
    both("${a%%'}'}", "(script ((word (expansion ${ a %% '}' }))))");
    both(
        "\"${a:-\"b c\"}\"",
        "(script ((word (double_quoted \" (expansion ${ a :- (word (double_quoted \" \"b c\" \")) }) \"))))",
    );
    both(
        "${a:-${b:-$(c)}}",
        "(script ((word (expansion ${ a :- (word (expansion ${ b :- (word (substitution $( (script (c)) ))) })) }))))",
    );
    both(
        "${a//b/c} ${!a} ${a[@]} ${a:1:2}",
        "(script ((word (expansion ${ a // b/c })) (word (expansion ${ !a })) (word (expansion ${ a[@] })) (word (expansion ${ a : 1:2 }))))",
    );
    posix(
        "\"${a:-it's}\"",
        "(script ((word (double_quoted \" (expansion ${ a :- it's }) \"))))",
    );
    both(
        "$(a b; c)",
        "(script ((word (substitution $( (script (a b) ; (c)) )))))",
    );
    both("$()", "(script ((word (substitution $( )))))");
    both(
        "\"$(a \"b\")\"",
        "(script ((word (double_quoted \" (substitution $( (script (a (word (double_quoted \" b \")))) )) \"))))",
    );
    both(
        "$(case x in a) b;; esac)",
        "(script ((word (substitution $( (script (case case x in (case_item a ) (script (b)) ;;) esac)) )))))",
    );
    both(
        "`a b`c",
        "(script ((word (substitution ` (script (a b)) `) c)))",
    );
    both(
        "`a \\`b\\``",
        "(script ((word (substitution ` a \\`b\\` `))))",
    );
    both(
        "$((1 + (2)*$a))",
        "(script ((word (arithmetic $(( 1 + (2)* $a ))))))",
    );
    bash_only(
        "$((a); b)",
        "(script ((word (substitution $( (script (subshell ( (script (a)) )) ; (b)) )))))",
    );
    posix("$[1+2]", "(script ($[1+2]))");
    bash("$[1+a[2]]", "(script ((word (arithmetic $[ 1+a[2] ]))))");
    for text in [
        "${a", "$(a", "`a", "$((1)", "$(fi)", "$(a;;)", "`fi`", "${a:-'b}",
    ] {
        refused(text);
    }
}

#[test]
fn compounds() {
    both("(a; b)", "(script (subshell ( (script (a) ; (b)) )))");
    both(
        "{ a; }>f",
        "(script (group { (script (a) ;) } (redirect > f)))",
    );
    both(
        "if a; then b; elif c; then d; else e; fi",
        "(script (if if (script (a) ;) then (script (b) ;) elif (script (c) ;) then (script (d) ;) else (script (e) ;) fi))",
    );
    both(
        "while a; do b; done < f",
        "(script (while while (script (a) ;) do (script (b) ;) done (redirect < f)))",
    );
    both(
        "until a\ndo b\ndone",
        "(script (while until (script (a) \\n) do (script (b) \\n) done))",
    );
    both(
        "for x in a $b; do c; done",
        "(script (for for x in a $b ; do (script (c) ;) done))",
    );
    both(
        "for x do c; done",
        "(script (for for x do (script (c) ;) done))",
    );
    both(
        "for x\nin a\ndo c; done",
        "(script (for for x \\n in a \\n do (script (c) ;) done))",
    );
    both(
        "case $x in a|b) c;; (*) d; esac",
        "(script (case case $x in (case_item a | b ) (script (c)) ;;) (case_item ( * ) (script (d) ;)) esac))",
    );
    both("case x in esac", "(script (case case x in esac))");
    both(
        "case x in a) ;; esac",
        "(script (case case x in (case_item a ) ;;) esac))",
    );
    both(
        "case x in if) a;; esac",
        "(script (case case x in (case_item if ) (script (a)) ;;) esac))",
    );
    both(
        "f() { a; }",
        "(script (function f ( ) (group { (script (a) ;) })))",
    );
    both(
        "f() (a)",
        "(script (function f ( ) (subshell ( (script (a)) ))))",
    );
    posix("f() a b", "(script (function f ( ) (a b)))");
    posix(
        "((a))",
        "(script (subshell ( (script (subshell ( (script (a)) ))) )))",
    );
    bash(
        "((a > 1)) && b",
        "(script (and_or (arithmetic_command (( a > 1 ))) && (b)))",
    );
    bash(
        "((a); b)",
        "(script (subshell ( (script (subshell ( (script (a)) )) ; (b)) )))",
    );
    bash_only(
        "function f { a; }",
        "(script (function function f (group { (script (a) ;) })))",
    );
    bash_only(
        "function f (a)",
        "(script (function function f (subshell ( (script (a)) ))))",
    );
    bash_only(
        "function f ( ) (a)",
        "(script (function function f ( ) (subshell ( (script (a)) ))))",
    );
    bash_only(
        "f-x() { a; }",
        "(script (function f-x ( ) (group { (script (a) ;) })))",
    );
    bash_only(
        "export() { a; }",
        "(script (function export ( ) (group { (script (a) ;) })))",
    );
    bash_only(
        "for ((i=0; i<3; i++)); do a; done",
        "(script (for for (arithmetic_command (( i=0; i<3; i++ ))) ; do (script (a) ;) done))",
    );
    bash_only(
        "select x in a; do b; done",
        "(script (other_compound select x in a ; do (script (b) ;) done))",
    );
    bash_only(
        "case x in a) b;;& c) d;& esac",
        "(script (case case x in (case_item a ) (script (b)) ;;&) (case_item c ) (script (d)) ;&) esac))",
    );
    posix("time a", "(script (time a))");
    bash("time -p a | b", "(script (pipeline time -p (a) | (b)))");
    bash("coproc a b", "(script (other_compound coproc (a b)))");
    bash(
        "coproc X { a; }",
        "(script (other_compound coproc X (group { (script (a) ;) })))",
    );
    for text in [
        "if a; then fi",
        "if a; fi",
        "if a; then b",
        "while do a; done",
        "while a; done",
        "for 1 in a; do b; done",
        "for x in a { b; }",
        "case x in a) b esac",
        "case x",
        "f(",
        "f() ",
        "do a; done",
    ] {
        refused(text);
    }
}

#[test]
fn tests_of_bash() {
    posix("[[ a = b ]]", "(script ([[ a = b ]]))");
    posix("[[ -f a && b ]]", "(script (and_or ([[ -f a) && (b ]])))");
    bash(
        "[[ -f a && ! b == c* ]]",
        "(script (test [[ -f a && ! b == c* ]]))",
    );
    bash(
        "[[ ( a || $b ) && c < d ]]",
        "(script (test [[ ( a || $b ) && c < d ]]))",
    );
    bash(
        "[[ a =~ ^(x|y) ]] && b",
        "(script (and_or (test [[ a =~ (word ^ (x|y)) ]]) && (b)))",
    );
    bash(
        "[[ a == @(x|y)* ]]",
        "(script (test [[ a == (word @ (x|y) *) ]]))",
    );
    bash("[[ a = [[ ]]", "(script (test [[ a = [[ ]]))");
    for text in ["[[ a b ]]", "[[ ]]", "[[ -f ]]", "[[ a"] {
        bash(text, &format!("(opaque {text})"));
    }
}

#[test]
fn heredocs() {
    both(
        "cat <<X > f",
        "(script (cat (redirect << X) (redirect > f)))",
    );
    both(
        "cat <<X\na\nX\nb",
        "(script (cat (redirect << X)) \\n (sh_heredoc \"a\\n\" X \\n) (b))",
    );
    both(
        "cat <<-X\n\ta\n\tX",
        "(script (cat (redirect <<- X)) \\n (sh_heredoc \"\\ta\\n\" X))",
    );
    both(
        "cat <<'X' && b\n$a\nX\n",
        "(script (and_or (cat (redirect << 'X')) && (b)) \\n (sh_heredoc \"$a\\n\" X \\n))",
    );
    both(
        "cat <<X <<\"Y\"\n$a `b`\nX\nc\nY\n",
        "(script (cat (redirect << X) (redirect << (word (double_quoted \" Y \")))) \\n (sh_heredoc $a \" \" (substitution ` (script (b)) `) \"\\n\" X \\n) (sh_heredoc \"c\\n\" Y \\n))",
    );
    both(
        "cat <<X\na\\\nX\nb\nX\n",
        "(script (cat (redirect << X)) \\n (sh_heredoc \"a\" \\\\n \"X\\nb\\n\" X \\n))",
    );
    both(
        "cat <<X\nit's \"\nX\n",
        "(script (cat (redirect << X)) \\n (sh_heredoc \"it's \\\"\\n\" X \\n))",
    );
    both(
        "cat <<X\na",
        "(script (cat (redirect << X)) \\n (sh_heredoc \"a\"))",
    );
    both(
        "if a; then cat <<X\nb\nX\nfi",
        "(script (if if (script (a) ;) then (script (cat (redirect << X)) \\n (sh_heredoc \"b\\n\" X \\n)) fi))",
    );
    both(
        "$(cat <<X\nb\nX\n)",
        "(script ((word (substitution $( (script (cat (redirect << X)) \\n (sh_heredoc \"b\\n\" X \\n)) )))))",
    );
}

/// Texts that would take minutes if any part of the grammar looked at the rest of the text for each of its tokens, or
/// overflow the stack if the depth weren't limited.
#[test]
fn hostile_texts_end_soon() {
    for (text, expected) in [
        ("(", SyntaxKind::OPAQUE),
        ("$(", SyntaxKind::OPAQUE),
        ("{ ", SyntaxKind::OPAQUE),
        ("${a:-", SyntaxKind::OPAQUE),
        ("\"$(", SyntaxKind::OPAQUE),
        ("if ", SyntaxKind::OPAQUE),
        ("[[ ( ", SyntaxKind::OPAQUE),
        ("$((", SyntaxKind::OPAQUE),
        ("`", SyntaxKind::OPAQUE),
        ("a=(", SyntaxKind::OPAQUE),
        ("<(", SyntaxKind::OPAQUE),
        ("case x in ", SyntaxKind::OPAQUE),
        ("f() { ", SyntaxKind::OPAQUE),
        ("((a) ", SyntaxKind::OPAQUE),
        ("a[", SyntaxKind::SCRIPT),
        ("coproc ", SyntaxKind::SCRIPT),
        ("! ", SyntaxKind::BASHISM),
        ("<<a ", SyntaxKind::SCRIPT),
        ("a <<a\n", SyntaxKind::SCRIPT),
        ("\\\n", SyntaxKind::SCRIPT),
        ("a\\\n", SyntaxKind::OPAQUE),
        ("-\\\n", SyntaxKind::SCRIPT),
        ("$a\\\n", SyntaxKind::SCRIPT),
        ("$'\\''", SyntaxKind::BASHISM),
        ("{a,", SyntaxKind::SCRIPT),
        ("#", SyntaxKind::SCRIPT),
        ("a;", SyntaxKind::SCRIPT),
        ("a|", SyntaxKind::OPAQUE),
    ] {
        let long = text.repeat(99_999);
        assert_eq!(parse(&long, Dialect::Posix).kind(), expected, "{text:?}");
        parse(&long, Dialect::Bash);
    }
    let nested = |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(tree(&nested(150), Dialect::Posix).starts_with("(script"));
    assert!(tree(&nested(300), Dialect::Posix).starts_with("(opaque"));
}
