//! Stages, states and variables of whole files.

use std::collections::BTreeMap;

use dfix_syntax::SourceText;

use crate::model::{Analysis, Args, Base, InstructionKind, Scope, Value, WriteKind};
use crate::{ImageConfig, Settings};

fn analyse_with(text: &str, settings: &Settings) -> Analysis {
    Analysis::new(SourceText::new(text.as_bytes()).unwrap(), settings)
}

fn analyse(text: &str) -> Analysis {
    analyse_with(text, &Settings::default())
}

/// What variables are before the last instruction; `-` for one that is certainly not set.
#[track_caller]
fn check_variables(text: &str, expected: &[(&str, &str)]) {
    let analysis = analyse(text);
    let scope = analysis.scope(analysis.instructions.last().unwrap());
    for (name, expected) in expected {
        let value = scope.lookup(name);
        let value = value.map_or("-".to_owned(), |value| value.to_string());
        assert_eq!(value, *expected, "{name} in {text}");
    }
}

#[test]
fn env_and_arg() {
    // The pairs of one ENV don't see each other, those of one ARG do.
    check_variables(
        "FROM scratch\nENV x=1\nENV x=2 y=$x\nRUN r",
        &[("x", "2"), ("y", "1"), ("z", "-")],
    );
    check_variables("FROM scratch\nARG x=1 y=$x\nRUN r", &[("y", "${y=${x=1}}")]);
    // ARG without a value keeps what was there.
    check_variables("FROM scratch\nARG x=1\nARG x\nRUN r", &[("x", "${x=1}")]);
    check_variables("FROM scratch\nENV x=1\nARG x\nRUN r", &[("x", "${x=1}")]);
    check_variables(
        "FROM scratch\nARG x\nENV y=$x-\nRUN r",
        &[("x", "${x}"), ("y", "${x}-")],
    );
    // The last writer wins.
    check_variables("FROM scratch\nENV x=1\nARG x=2\nRUN r", &[("x", "${x=2}")]);
    check_variables("FROM scratch\nARG x=2\nENV x=1\nRUN r", &[("x", "1")]);
    check_variables(
        "FROM scratch\nARG x=1\nENV x=${x:-2}\nRUN r",
        &[("x", "${${x=1}:-2}")],
    );
    check_variables(
        "FROM scratch\nENV a=K\nENV $a=1 L$a=2\nRUN r",
        &[("K", "1"), ("LK", "2")],
    );
    check_variables("FROM scratch\nENV A \"b c\"  d\nRUN r", &[("A", "b c  d")]);
    check_variables("FROM scratch\nENV a=1\nLABEL a=2\nRUN r", &[("a", "1")]);
    check_variables("FROM scratch\nONBUILD ENV a=1\nRUN r", &[("a", "-")]);
}

#[test]
fn scopes_of_arg() {
    check_variables("ARG v=1\nFROM scratch\nRUN r", &[("v", "-")]);
    check_variables("ARG v=1\nFROM scratch\nARG v\nRUN r", &[("v", "${v=1}")]);
    check_variables("ARG v=1\nFROM scratch\nARG v=2\nRUN r", &[("v", "${v=2}")]);
    check_variables("ARG a=1\nARG b=${a}x\nFROM i:$b", &[("b", "${b=${a=1}x}")]);
    // Arguments of the stages above are no global arguments.
    check_variables("FROM scratch\nARG v=1\nFROM i:$v", &[("v", "-")]);
    // Automatic arguments have to be declared, too.
    check_variables("FROM scratch\nRUN r", &[("TARGETARCH", "-")]);
    check_variables(
        "FROM scratch\nARG TARGETARCH\nRUN r",
        &[("TARGETARCH", "${TARGETARCH}")],
    );
    check_variables(
        "FROM scratch\nARG TARGETOS=foo\nRUN r",
        &[("TARGETOS", "${TARGETOS=foo}")],
    );
    check_variables(
        "FROM scratch\nARG TARGETOS\nENV a=${TARGETOS-x} b=${v-x}\nRUN r",
        &[("a", "${TARGETOS}"), ("b", "x")],
    );
    check_variables(
        "FROM scratch\nARG BUILDKIT_SBOM_SCAN_STAGE=true\nRUN r",
        &[("BUILDKIT_SBOM_SCAN_STAGE", "-")],
    );
}

#[test]
fn variables_of_the_base() {
    check_variables("FROM a\nRUN r", &[("x", "${a $x}"), ("PATH", "${a $PATH}")]);
    check_variables(
        "FROM a\nENV PATH=/x:$PATH\nRUN r",
        &[("PATH", "/x:${a $PATH}")],
    );
    check_variables("FROM a\nARG x\nRUN r", &[("x", "${x=${a $x}}")]);
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    check_variables("FROM scratch\nRUN r", &[("PATH", path)]);
    // Two bases are two unknowns.
    let analysis = analyse("FROM a\nRUN r\nFROM b\nRUN r\nFROM --platform=x a\nRUN r");
    let values: Vec<Option<Value>> = analysis
        .instructions
        .iter()
        .map(|it| analysis.scope(it).lookup("x"))
        .collect();
    assert!(values[1] != values[3] && values[1] != values[5] && values[3] != values[5]);
}

#[test]
fn stage_boundaries() {
    let inherits = "FROM scratch AS b\nARG x=1\nENV e=1\nFROM b\nRUN r";
    check_variables(inherits, &[("x", "${x=1}"), ("e", "1")]);
    // What ENV says is applied again at a boundary.
    check_variables(
        "FROM scratch AS b\nENV x=1\nARG x=2\nFROM b\nRUN r",
        &[("x", "1")],
    );
    check_variables(
        "FROM scratch AS b\nENV x=1\nFROM b AS c\nARG x=2\nFROM c\nRUN r",
        &[("x", "1")],
    );
    check_variables(
        "FROM scratch AS b\nARG x=2\nFROM b AS c\nENV y=1\nFROM c\nRUN r",
        &[("x", "${x=2}")],
    );
    check_variables(
        "FROM a AS b\nARG x=2\nFROM b\nRUN r",
        &[("x", "${a $x-${x=2}}")],
    );
    check_variables(
        "FROM scratch AS b\nARG PATH=/p\nFROM b\nRUN r",
        &[(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        )],
    );
    // Triggers run in the stage that starts from theirs, and only there.
    check_variables(
        "FROM scratch AS b\nONBUILD ENV x=1\nFROM b AS c\nRUN r",
        &[("x", "1")],
    );
    check_variables(
        "FROM scratch AS b\nONBUILD ARG y=1\nFROM b AS c\nFROM c\nONBUILD ENV x=1\nRUN r",
        &[("x", "-"), ("y", "${y=1}")],
    );
}

#[test]
fn names_that_are_not_known() {
    let text = |value: &str| format!("FROM scratch\nARG n\nENV a=1\nENV $n={value}\nRUN r");
    let value = |text: &str| {
        let analysis = analyse(text);
        analysis
            .scope(analysis.instructions.last().unwrap())
            .lookup("a")
            .unwrap()
    };
    assert_eq!(value(&text("1")).known(), None);
    assert_eq!(value(&text("1")), value(&text("1")));
    assert_ne!(value(&text("1")), value(&text("2")));
}

#[test]
fn order_of_the_environment() {
    let analysis =
        analyse("FROM scratch AS b\nENV x=1\nARG p\nFROM b\nENV y=1 x=2\nARG q\nENV z=1\nRUN r");
    let scope = analysis.scope(analysis.instructions.last().unwrap());
    assert_eq!(scope.names(None), ["x", "p", "y", "q", "z"]);
    assert_eq!(scope.names(Some(WriteKind::Env)), ["x", "y", "z"]);
    assert_eq!(scope.names(Some(WriteKind::Arg)), ["p", "q"]);
    assert_eq!(scope.find_env("x").unwrap().value.known(), Some("2"));
    assert_eq!(scope.find_env("p"), None);
    let kinds: Vec<_> = analysis
        .variables
        .stage_writes(1)
        .iter()
        .map(|write| write.instruction)
        .collect();
    assert_eq!(kinds, [4, 4, 5, 6]);
    assert!(analysis.variables.stage_end(0).find("p").is_some());
}

/// Working directory, user and shell before the last instruction; `?` for what the base decides.
#[track_caller]
fn check_state(text: &str, expected: &str) {
    let analysis = analyse(text);
    let state = analysis
        .state(analysis.instructions.last().unwrap())
        .unwrap();
    let value = |value: &Option<Value>| value.as_ref().map_or("?".to_owned(), Value::to_string);
    let shell = state
        .shell
        .as_ref()
        .map_or("?".to_owned(), |shell| shell.join(" "));
    let shown = format!("{} {:?} {shell}", value(&state.workdir), value(&state.user));
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn states() {
    check_state("FROM scratch\nRUN r", "/ \"\" /bin/sh -c");
    check_state("FROM a\nRUN r", "? \"?\" ?");
    check_state(
        "FROM a\nENV u=bob\nUSER $u:grp\nWORKDIR /w\nRUN x",
        "/w \"bob:grp\" ?",
    );
    check_state(
        "FROM scratch\nUSER 1000\nWORKDIR /w/x\nUSER root\nWORKDIR y\nRUN x",
        "/w/x/y \"root\" /bin/sh -c",
    );
    check_state(
        "FROM scratch\nWORKDIR a\nWORKDIR b/../c\nRUN x",
        "/a/c \"\" /bin/sh -c",
    );
    check_state(
        "FROM scratch\nWORKDIR /a b/\nWORKDIR \"\"\nRUN x",
        "/a b/ \"\" /bin/sh -c",
    );
    check_state(
        "FROM scratch\nUSER x\nUSER $X\nWORKDIR $X/q\nRUN x",
        "/q \"\" /bin/sh -c",
    );
    check_state("FROM scratch\nWORKDIR ~/x\nRUN x", "/~/x \"\" /bin/sh -c");
    check_state(
        "FROM scratch\nARG d\nWORKDIR /x/$d\nWORKDIR y\nRUN x",
        "${/x/${d}workdiry} \"\" /bin/sh -c",
    );
    check_state(
        "FROM a AS b\nSHELL [\"/bin/bash\",\"-c\"]\nUSER u\nWORKDIR /q\nFROM b\nRUN x",
        "/q \"u\" /bin/bash -c",
    );
    check_state(
        "FROM scratch AS b\nONBUILD USER u\nONBUILD WORKDIR w\nRUN x\nFROM b\nRUN x",
        "/w \"u\" /bin/sh -c",
    );
    check_state("FROM scratch\nONBUILD USER u\nRUN x", "/ \"\" /bin/sh -c");
    let analysis = analyse("FROM scratch AS b\nWORKDIR /x");
    assert_eq!(analysis.end_state(0).unwrap().known_workdir(), Some("/x"));
}

#[test]
fn configured_bases() {
    let mut settings = Settings::default();
    let config = ImageConfig {
        user: Some("app".to_owned()),
        workdir: Some("/srv".to_owned()),
        env: BTreeMap::from([("x".to_owned(), "1".to_owned())]),
        ..ImageConfig::default()
    };
    settings
        .images
        .insert("example.org/base".to_owned(), config);
    let analysis = analyse_with(
        "FROM example.org/base:2 AS b\nFROM b\nWORKDIR $x\nRUN r",
        &settings,
    );
    let state = analysis
        .state(analysis.instructions.last().unwrap())
        .unwrap();
    assert_eq!(state.known_workdir(), Some("/srv/1"));
    assert_eq!(
        analysis.base_config(1).unwrap().user.as_deref(),
        Some("app")
    );
}

/// The bases of the stages: a number for a stage.
#[track_caller]
fn check_bases(text: &str, expected: &[&str]) {
    let analysis = analyse(text);
    let bases: Vec<String> = analysis
        .stages
        .iter()
        .map(|stage| match &stage.base {
            Base::Stage(number) => number.to_string(),
            Base::Scratch => "scratch".to_owned(),
            Base::Image(value) => format!("<{value}>"),
        })
        .collect();
    assert_eq!(bases, expected, "{text}");
}

#[test]
fn bases() {
    check_bases(
        "FROM a AS Base\nFROM base\nFROM Base",
        &["<a>", "0", "<Base>"],
    );
    check_bases("FROM a\nFROM 0", &["<a>", "<0>"]);
    check_bases("FROM x AS x\nFROM x AS x\nFROM x", &["<x>", "0", "1"]);
    check_bases("FROM c\nFROM a AS c", &["<c>", "<a>"]);
    check_bases(
        "FROM scratch\nFROM a AS scratch\nFROM scratch",
        &["scratch", "<a>", "1"],
    );
    check_bases(
        "ARG v=1\nFROM \"a:$v\" AS b\nFROM $b",
        &["<a:${v=1}>", "<>"],
    );
}

#[test]
fn children_and_references() {
    let analysis = analyse(
        "ARG T\nFROM a AS base-x\nFROM b AS Two\nFROM base-$T AS three\nFROM base-x\n\
         COPY --from=TWO a b\nCOPY --from=01 a b\nCOPY --from=nginx a b\n\
         RUN --mount=type=bind,from=two,target=/x r\nRUN --mount=from=1,target=/x r\n\
         ONBUILD COPY --from=three a b\nFROM c AS two\n",
    );
    let stage = |number: usize| &analysis.stages[number];
    assert_eq!(stage(0).children, [3]);
    assert_eq!(stage(0).possible_children, [2]);
    assert_eq!(stage(1).possible_children, Vec::<usize>::new());
    let references = |number: usize| {
        let all = stage(number).references.iter();
        all.map(|it| (analysis.text(it.range), it.by_number))
            .collect::<Vec<_>>()
    };
    assert_eq!(references(1), [("01", true)]);
    assert_eq!(references(2), [("three", false)]);
    // The last stage of a name counts.
    assert_eq!(references(4), [("TWO", false), ("two", false)]);
    assert_eq!(stage(3).root, 0);
    assert_eq!(analysis.stage_instructions(3).count(), 6);
    for instruction in &analysis.instructions {
        let here = instruction.stage.map(stage);
        let expected = here.is_none_or(|stage| {
            stage.from == instruction.index || stage.instructions.contains(&instruction.index)
        });
        assert!(expected);
        if let Args::Trigger(trigger) = &instruction.args {
            assert_eq!(trigger.stage, instruction.stage);
        }
    }
}

#[test]
fn windows() {
    for (text, expected) in [
        ("FROM debian", false),
        ("# escape=`\nFROM a", true),
        ("FROM mcr.microsoft.com/windows/servercore:ltsc2022", true),
        ("FROM --platform=windows/amd64 golang", true),
        ("FROM a AS b\nSHELL [\"powershell\", \"-Command\"]", true),
        (
            "FROM a\nSHELL [\"C:\\\\Windows\\\\System32\\\\CMD.EXE\", \"/C\"]",
            true,
        ),
    ] {
        assert_eq!(analyse(text).stages[0].windows, expected, "{text}");
    }
}

#[test]
fn errors_of_expansion() {
    let analysis = analyse("FROM scratch\nENV a=${b:?need}\nENV c=${a:/x/y}\nENV B it's\n");
    let errors: Vec<_> = analysis
        .expansion_errors
        .iter()
        .map(|error| (analysis.text(error.range), error.message.as_str()))
        .collect();
    assert_eq!(
        errors,
        [
            ("${b:?need}", "b: need"),
            ("${a:/x/y}", "the builder has no modifier :/ in ${...}"),
            ("it's", "missing closing '"),
        ]
    );
    assert!(analysis.errors.is_empty());
}

#[test]
fn hostile_growth_is_given_up() {
    let mut text = String::from("FROM scratch\nENV a=xxxxxxxxxx\n");
    text += &"ENV a=$a$a\n".repeat(60);
    assert!(!analyse(&text).errors.is_empty());
    let mut text = String::from("FROM a\n");
    text += &"ENV a=${a:-$b}\n".repeat(2000);
    assert!(!analyse(&text).errors.is_empty());
    let text = "FROM a\n".to_owned() + &"WORKDIR x\n".repeat(2000);
    assert!(!analyse(&text).errors.is_empty());
    let text = "FROM a AS a\n".repeat(2000);
    assert!(!analyse(&text).errors.is_empty());
}

#[test]
fn pragmas() {
    let analysis = analyse(
        "# check=skip=A\n\n# hadolint global ignore=DL1\nFROM a\n# check=skip=B\n\n# hadolint ignore=DL2\nRUN a\n\
         # dfix ignore=x\n\nRUN b\n# check=skip=C\n#\n# dfix ignore=y: why\nRUN c\n# dfix ignore-file=z\n",
    );
    let pragmas = &analysis.pragmas;
    let off = |name: &str| -> Vec<usize> {
        let all = analysis.instructions.iter();
        all.filter(|it| pragmas.ignores(it.index, [name]))
            .map(|it| it.index)
            .collect()
    };
    assert_eq!(off("a"), [0, 1, 2, 3]);
    assert_eq!(off("dl1"), [0, 1, 2, 3]);
    assert_eq!(off("Z"), [0, 1, 2, 3]);
    assert_eq!(off("b"), [1]);
    assert_eq!(off("DL2"), [1]);
    assert_eq!(off("x"), Vec::<usize>::new());
    assert_eq!(off("c"), Vec::<usize>::new());
    assert_eq!(off("y"), [3]);
    assert!(
        analysis
            .instructions
            .iter()
            .all(|it| it.kind != InstructionKind::Unknown)
    );
}
