//! Arguments and what they expand to.

use super::*;

/// Variables of a test: `name=value`, or `name` for a build argument without default.
struct Variables(&'static [&'static str]);

impl Scope for Variables {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.0.iter().find_map(|line| match line.split_once('=') {
            Some((known, value)) => (known == name).then(|| Value::literal(value)),
            None => (*line == name).then(|| build_arg(name)),
        })
    }
}

fn build_arg(name: &str) -> Value {
    Value::part(Part::BuildArg {
        name: name.into(),
        default: None,
    })
}

const VARIABLES: Variables = Variables(&["a=abcabc", "K=1", "e=", "PATH=/usr/bin", "sp=x  y", "U"]);

fn check_with(escape: char, input: &str, expected: &str) {
    let actual = match expand(input, escape, &VARIABLES) {
        Ok(expansion) => expansion.value.to_string(),
        Err(error) => format!("error: {error}"),
    };
    assert_eq!(actual, expected, "{input}");
}

fn check(input: &str, expected: &str) {
    check_with('\\', input, expected);
}

#[test]
fn modifiers_of_known_variables() {
    check("${a#ab} ${a##*b} ${a%b*} ${a%%b*}", "cabc c abca a");
    check("${a/b/X} ${a//b/X}", "aXcabc aXcaXc");
    check("${u:-d} ${u-d} ${a:+y} ${u+y}", "d d y ");
    check("${e:-d} ${e-d} ${e:+y} ${e+y}", "d   y");
    check("${a:?no} ${e?no}", "abcabc ");
    check("${u:-${a%bc}$K} ${u:-'}'\"}\"\\}}", "abca1 }}}");
    check("${a/b/$K} ${a//[$K]/}", "a1cabc abcabc");
    check("${u#*} ${u/*/x}", " x");
}

#[test]
fn quotes_and_escapes() {
    check("\"$K\" '$K' \\$K \\\\$K", "1 $K $K \\1");
    check("\"b c\"  d", "b c  d");
    check("it\\'s", "it's");
    check("a\\ b\\tc  $PATH", "a btc  /usr/bin");
    check("\"\\a\\\"\\$K\\\\\" x\\", "\\a\"$K\\ x");
    check_with('`', "x`\"y", "x\"y");
    check_with('`', "\"c`$d\"", "c$d");
    check_with('`', "C:\\\\dir", "C:\\\\dir");
    check("L$K", "L1");
    check("[\"x\"]", "[x]");
    check("\u{feff}$K", "1");
}

#[test]
fn names() {
    check("$ $$ $1x $-q ${1} $Kx $K.x ${K}x", "$  x q   1.x 1x");
    check("$", "$");
    check("\"$\"", "$");
    check("${+x}${/a/b}", "");
}

#[test]
fn errors() {
    check("it's", "error: missing closing '");
    check("\"a", "error: missing closing \"");
    check("${b:?need}", "error: b: need");
    check("${b?}", "error: b: is not allowed to be unset or empty");
    check(
        "${b:/x/y}",
        "error: the builder has no modifier :/ in ${...}",
    );
    check("${b:#x}", "error: the builder has no modifier :# in ${...}");
    for modifier in ["^^", ",,", "=w", "@Q"] {
        let expected = &modifier[..1];
        check(
            &format!("${{b{modifier}}}"),
            &format!("error: the builder has no modifier {expected} in ${{...}}"),
        );
    }
    check(
        "${b:0:2}",
        "error: the builder has no modifier :0 in ${...}",
    );
    check("${#b}", "error: the builder has no modifier b in ${...}");
    check("${}", "error: ${ without a variable name");
    check("${b", "error: missing } of a ${");
    check("${b:-x", "error: missing } of a ${");
    check("${b/x}", "error: missing / after the pattern of a ${...}");
    check("${U%a\\b}", "error: invalid escape in the pattern a\\b");
    check(&"${x:-".repeat(100_000), "error: too large to follow");
}

#[test]
fn unknown_variables_stay() {
    check("a${U}b", "a${U}b");
    check("${U:-x}", "${U:-x}");
    check("x${U:-x$K}", "x${U:-x1}");
    check("${U%%.*}", "${U%%.*}");
    check("${a#$U}", "${abcabc#${U}}");
    check("${u:+$U}${u:-$U}", "${U}");
    assert_eq!(
        expand("\"$U\"", '\\', &VARIABLES),
        expand("${U}", '\\', &VARIABLES)
    );
    let different = [
        "${U-x}",
        "${U:-x}",
        "${U#x}",
        "${U##x}",
        "${U/x/y}",
        "${U//x/y}",
        "${U/x/z}",
    ];
    for (number, left) in different.iter().enumerate() {
        for right in &different[number + 1..] {
            let value = |text| expand(text, '\\', &VARIABLES).unwrap().value;
            assert_ne!(value(left), value(right));
        }
    }
}

#[test]
fn reads() {
    let expansion = expand("$K$U${u:-x}$v", '\\', &VARIABLES).unwrap();
    assert_eq!(expansion.reads, ["K", "U", "u", "v"]);
    assert_eq!(expansion.unset, ["u", "v"]);
    assert_eq!(expansion.undefined, ["v"]);
}

#[test]
fn words_of_expose() {
    let check = |input: &str, expected: &[&str], may_split| {
        let words = expand_words(input, '\\', &VARIABLES).unwrap();
        let texts: Vec<_> = words.words.iter().map(Value::to_string).collect();
        assert_eq!(
            (texts.as_slice(), words.may_split),
            (expected.map_owned().as_slice(), may_split)
        );
    };
    check("$sp/tcp", &["x", "y/tcp"], false);
    check("\"$sp\"", &["x  y"], false);
    check("$u", &[], false);
    check("1$U", &["1${U}"], true);
    check("\"$U\"", &["${U}"], false);
    check("a\\ b c", &["a b", "c"], false);
}

trait MapOwned {
    fn map_owned(&self) -> Vec<String>;
}

impl MapOwned for [&str] {
    fn map_owned(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

#[test]
fn heredoc_bodies() {
    let check = |input: &str, expected: &str| {
        let expansion = expand_heredoc(input, &VARIABLES).unwrap();
        assert_eq!(expansion.value.to_string(), expected);
    };
    check(
        "a\\\\nb $K ${K} \\$K \"q\" 's' \\\\\\\\ end\\\n",
        "a\\nb 1 1 $K \"q\" 's' \\\\ end\n",
    );
    check("a\\tb`n $K\n", "atb`n 1\n");
}

#[test]
fn growth_is_bounded() {
    struct Doubling;
    impl Scope for Doubling {
        fn lookup(&self, _: &str) -> Option<Value> {
            Some(Value::literal(&"x".repeat(1 << 20)))
        }
    }
    assert_eq!(expand("$a$a", '\\', &Doubling), Err(ExpandError::TooLarge));
}

#[test]
fn places_of_names() {
    let check = |text: &str, heredoc, expected: &[&str]| {
        let places = variable_places(text, '\\', heredoc);
        let names: Vec<&str> = places.iter().map(|place| &text[place.clone()]).collect();
        assert_eq!(names, expected, "{text}");
        assert!(places.windows(2).all(|pair| pair[0].end <= pair[1].start));
        assert!(
            places
                .iter()
                .all(|place| text[..place.start].ends_with(['$', '{']))
        );
    };
    check("a", false, &[]);
    check("$a/${b}\\$c'$d'\"$e\\$f\"", false, &["a", "b", "e"]);
    check(
        "${a:-$b${c#$d}}${e/$f/$g}",
        false,
        &["a", "b", "c", "d", "e", "f", "g"],
    );
    check("${a:?x}$b", false, &["a", "b"]);
    check("\u{feff}$é$1$$", false, &["é", "1", "$"]);
    check("$a ${b", false, &["a", "b"]);
    check("'$a' \\$b", true, &["a"]);
}
