//! The engine with synthetic rules that conflict, oscillate, break the syntax, lie, grow and never end.
//!
//! The toy language: one instruction a line, `#` comments, `!!` is a syntax error, `EOT` hides all lines below it.
//! The toy proof: a text is another image when it has more `lie`s than before, unless it says `ok`.

use dfix_syntax::{SourceText, SyntaxError, TextRange, TextSize};

use super::{Company, Machine, Outcome, Report};
use crate::model::{Analysis, Args, Instruction, InstructionKind};
use crate::proof::{Law, Verdict};
use crate::rules::{Context, Group, Phase, Rule, RuleMeta};
use crate::{Applicability, Companion, Edit, Facts, Finding, Fix, IgnoreFile, Settings, Severity};

const fn meta(id: &'static str, phase: Phase) -> RuleMeta {
    RuleMeta {
        id,
        aliases: &[],
        group: Group::Style,
        phase,
        severity: Severity::Info,
        fix: Some(Applicability::Safe),
        laws: &[],
        default: true,
        nature: crate::rules::Nature::Ordinary,
        mentions: &[],
        needs: &[],
        since: "0",
        summary: "",
        page: "",
    }
}

/// A rule that replaces each occurrence of a word.
macro_rules! replacing {
    ($name:ident, $id:literal, $phase:ident, $applicability:ident, $from:literal, $to:literal) => {
        const $name: Rule = {
            static META: RuleMeta = meta($id, Phase::$phase);
            fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
                replace(
                    context,
                    &META,
                    Applicability::$applicability,
                    $from,
                    $to,
                    &[],
                    findings,
                );
            }
            Rule { meta: &META, check }
        };
    };
}

fn replace(
    context: &Context<'_>,
    meta: &'static RuleMeta,
    applicability: Applicability,
    from: &str,
    to: &str,
    laws: &'static [Law],
    findings: &mut Vec<Finding>,
) {
    for (at, _) in context.analysis.source.match_indices(from) {
        let range = range(at, at + from.len());
        let edit = Edit::replace(range, to);
        let fix = Fix::new(format!("{from} to {to}"), applicability, laws, vec![edit]);
        findings.push(Finding::new(meta, range, "").with_fix(fix));
    }
}

replacing!(X_TO_A, "x-to-a", Repair, Safe, "x", "a");
replacing!(A_TO_B, "a-to-b", Content, Safe, "a", "b");
replacing!(B_TO_A, "b-to-a", Structure, Safe, "b", "a");
replacing!(ONE_TO_TWO, "one-to-two", Content, Safe, "one", "two");
replacing!(ONE_TO_THREE, "pair", Content, Safe, "one", "three");
replacing!(LIE, "lie", Content, Safe, "truth", "lie");
replacing!(MAYBE, "maybe", Layout, Safe, "maybe", "ok");
replacing!(BREAK, "break", Content, Safe, "p", "!!");
replacing!(GROW, "grow", Content, Safe, "g", "gg");
replacing!(HIDE, "hide", Content, Safe, "h", "EOT");
replacing!(UNCOMMENT, "uncomment", Content, Safe, "# c\n", "");
replacing!(MEND, "mend", Repair, Safe, "!!", "p");
replacing!(RISK, "risk", Content, Unsafe, "r", "s");
replacing!(NOTHING, "nothing", Content, Safe, "q", "q");

/// Counts up for ever.
const COUNT: Rule = {
    static META: RuleMeta = meta("count", Phase::Content);
    fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
        let text = context.analysis.source.as_str();
        let Some(at) = text.find("n=") else { return };
        let digits: String = text[at + 2..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let next = digits.parse::<u64>().unwrap_or(0) + 1;
        let range = range(at + 2, at + 2 + digits.len());
        let edit = Edit::replace(range, next.to_string());
        let fix = Fix::new("count", Applicability::Safe, &[], vec![edit]);
        findings.push(Finding::new(&META, range, "").with_fix(fix));
    }
    Rule { meta: &META, check }
};

/// Needs a law that the user may switch off.
const RESIDUE: Rule = {
    static META: RuleMeta = RuleMeta {
        laws: &[Law::AptListsRemoved],
        ..meta("residue", Phase::Content)
    };
    fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
        let laws = META.laws;
        replace(
            context,
            &META,
            Applicability::Safe,
            "lists",
            "none",
            laws,
            findings,
        );
    }
    Rule { meta: &META, check }
};

/// Says something about every line and never has a fix that it may have.
const REPORT: Rule = {
    static META: RuleMeta = RuleMeta {
        fix: None,
        ..meta("report", Phase::Content)
    };
    fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
        replace(context, &META, Applicability::Safe, "z", "y", &[], findings);
    }
    Rule { meta: &META, check }
};

fn range(start: usize, end: usize) -> TextRange {
    let size = |at: usize| TextSize::try_from(at).expect("short");
    TextRange::new(size(start), size(end))
}

fn toy_analysis(source: SourceText, settings: &Settings) -> Analysis {
    let mut analysis = Analysis::new(SourceText::new(b"").expect("nothing"), settings);
    analysis.source = source.clone();
    analysis.errors.clear();
    let mut comments: Vec<TextRange> = Vec::new();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let lines = range(at, at + line.len());
        at += line.len();
        let line = line.trim_end();
        let content = range(
            usize::from(lines.start()),
            usize::from(lines.start()) + line.len(),
        );
        if line.contains("!!") {
            let message = "bang".to_owned();
            analysis.errors.push(SyntaxError {
                range: content,
                message,
            });
        }
        if line.starts_with('#') {
            comments.push(content);
            continue;
        }
        if line.is_empty() {
            comments.clear();
            continue;
        }
        let index = analysis.instructions.len();
        for comment in &comments {
            if let Some(name) = analysis.text(*comment).strip_prefix("# ignore=") {
                analysis
                    .pragmas
                    .instruction
                    .push((index, name.into(), *comment));
            }
        }
        analysis.instructions.push(Instruction {
            index,
            kind: InstructionKind::Unknown,
            keyword: content,
            range: content,
            lines,
            comments: std::mem::take(&mut comments),
            flags: Vec::new(),
            args: Args::Malformed,
            heredocs: Vec::new(),
            breaks: Vec::new(),
            stage: None,
        });
        if line.contains("EOT") {
            break;
        }
    }
    analysis
}

fn toy_proof(
    before: &Analysis,
    after: &Analysis,
    laws: &[Law],
    _: &Settings,
    _: &Facts,
) -> Verdict {
    let lies = |analysis: &Analysis| analysis.source.matches("lie").count();
    match lies(after) > lies(before) && !after.source.contains("ok") {
        true => Verdict::Different("a lie".to_owned()),
        false => Verdict::Equivalent(laws.to_vec()),
    }
}

/// A machine of some rules.
struct Toy {
    rules: Vec<Rule>,
    settings: Settings,
    facts: Facts,
}

impl Toy {
    fn new(rules: &[Rule]) -> Self {
        Self {
            rules: rules.to_vec(),
            settings: Settings::default(),
            facts: Facts::default(),
        }
    }

    fn machine(&self) -> Machine<'_> {
        Machine {
            rules: &self.rules,
            settings: &self.settings,
            facts: &self.facts,
            analyse: toy_analysis,
            analyse_edited: |_, source, settings| toy_analysis(source, settings),
            prove: toy_proof,
        }
    }

    fn lint(&self, text: &str) -> Report {
        self.machine().lint(&source(text), Company::Together)
    }

    /// Fixes, and sees to it that a second run has nothing to do and that nothing unproven is left as safe.
    #[track_caller]
    fn fix(&self, text: &str, threshold: Applicability) -> Outcome {
        let outcome = self.machine().fix(&source(text), threshold);
        let again = self.machine().fix(&source(&outcome.text), threshold);
        assert_eq!(again.text, outcome.text, "a second run changed the result");
        assert!(!again.changed && again.applied.is_empty());
        let is_safe = |finding: &Finding| {
            finding
                .fix
                .as_ref()
                .is_some_and(|fix| fix.applicability == Applicability::Safe)
        };
        let left = &outcome.remaining.findings;
        assert!(!left.iter().any(is_safe), "a safe fix is left: {left:#?}");
        outcome
    }

    #[track_caller]
    fn check(&self, before: &str, after: &str) -> Outcome {
        let outcome = self.fix(before, Applicability::Safe);
        assert_eq!(outcome.text, after, "{outcome:#?}");
        assert_eq!(outcome.changed, before != after);
        outcome
    }
}

fn source(text: &str) -> SourceText {
    SourceText::new(text.as_bytes()).expect("a good text")
}

fn applied(outcome: &Outcome) -> Vec<&str> {
    outcome
        .applied
        .iter()
        .map(|applied| applied.rule.id)
        .collect()
}

fn refused(outcome: &Outcome) -> Vec<(&str, &str)> {
    let refused = outcome.refused.iter();
    refused
        .map(|refusal| (refusal.rule.id, refusal.reason.as_str()))
        .collect()
}

#[test]
fn an_earlier_phase_comes_to_its_end_first() {
    let outcome = Toy::new(&[A_TO_B, X_TO_A]).check("a x\n", "b b\n");
    assert_eq!(applied(&outcome), ["x-to-a", "a-to-b", "a-to-b"]);
}

#[test]
fn of_two_fixes_of_one_place_the_first_rule_by_id_wins() {
    let outcome = Toy::new(&[ONE_TO_THREE, ONE_TO_TWO]).check("one\n", "two\n");
    assert_eq!(applied(&outcome), ["one-to-two"]);
}

#[test]
fn touching_edits_are_applied_one_after_the_other() {
    let outcome = Toy::new(&[ONE_TO_TWO]).check("oneoneone\n", "twotwotwo\n");
    assert_eq!(outcome.applied.len(), 3);
    let toy = Toy::new(&[ONE_TO_TWO]);
    let analysis = toy_analysis(source("oneone one"), &toy.settings);
    let machine = toy.machine();
    let findings = machine.findings(&machine.context(&analysis), Phase::Content, |_| true);
    let fixes: Vec<_> = findings
        .iter()
        .filter_map(|finding| {
            let fix = finding.fix.as_ref()?;
            Some(super::select::Candidate {
                finding,
                fix,
                applicability: Applicability::Safe,
                key: ("", 0, 0),
            })
        })
        .collect();
    let starts: Vec<u32> = super::select::choose(&fixes)
        .iter()
        .map(|candidate| candidate.finding.range.start().into())
        .collect();
    assert_eq!(starts, [0, 7]);
}

#[test]
fn rules_that_undo_each_other_are_named_and_the_others_go_on() {
    let outcome = Toy::new(&[A_TO_B, B_TO_A, ONE_TO_TWO]).check("a one\n", "a two\n");
    let reason = "the fixes of a-to-b, b-to-a undo each other's work in this file";
    assert_eq!(applied(&outcome), ["one-to-two"]);
    assert_eq!(refused(&outcome), [("a-to-b", reason)]);
}

/// What is said of a fix that the proof of these tests refuses.
const UNPROVEN: &str = "not proven to build the same image: a lie";

#[test]
fn a_fix_that_breaks_the_syntax_is_found_in_its_batch() {
    let outcome =
        Toy::new(&[ONE_TO_TWO, BREAK]).check("one one p one one\n", "two two p two two\n");
    assert_eq!(
        refused(&outcome),
        [("break", "the builder would refuse the result: bang")]
    );
    let left = &outcome.remaining.findings;
    assert!(
        left.iter()
            .all(|finding| finding.fix.is_none() && finding.refused.is_some())
    );
}

#[test]
fn a_fix_that_the_proof_refuses_stays_as_an_unsafe_one() {
    let toy = Toy::new(&[ONE_TO_TWO, LIE]);
    let outcome = toy.check("one truth one\n", "two truth two\n");
    assert_eq!(refused(&outcome), [("lie", UNPROVEN)]);
    let [finding] = outcome.remaining.findings.as_slice() else {
        panic!("{outcome:#?}")
    };
    let applicability = finding.fix.as_ref().map(|fix| fix.applicability);
    assert_eq!(applicability, Some(Applicability::Unsafe));

    let agreed = toy.fix("one truth one\n", Applicability::Unsafe);
    assert_eq!(agreed.text, "two lie two\n");
    let trust: Vec<Applicability> = agreed
        .applied
        .iter()
        .map(|applied| applied.applicability)
        .collect();
    assert_eq!(
        trust,
        [
            Applicability::Safe,
            Applicability::Safe,
            Applicability::Unsafe
        ]
    );
}

#[test]
fn equal_texts_are_judged_by_their_place() {
    // The second `truth` may become a lie once the first is one of the file's.
    let outcome = Toy::new(&[LIE, MAYBE]).check("truth truth\nmaybe\n", "lie lie\nok\n");
    assert_eq!(outcome.refused.len(), 0);
}

#[test]
fn a_refused_fix_is_tried_again_when_the_text_has_changed() {
    let outcome = Toy::new(&[LIE, MAYBE]).check("truth maybe\n", "lie ok\n");
    assert_eq!(applied(&outcome), ["maybe", "lie"]);
    assert_eq!(refused(&outcome), []);
}

#[test]
fn a_text_that_grows_without_end_is_left_alone() {
    let outcome = Toy::new(&[GROW, ONE_TO_TWO]).check("g one\n", "g two\n");
    assert!(
        outcome
            .refused
            .iter()
            .any(|refusal| refusal.rule.id == "grow")
    );
}

#[test]
fn a_rule_that_never_ends_is_stopped() {
    let outcome = Toy::new(&[COUNT, ONE_TO_TWO]).check("n=0 one\n", "n=0 two\n");
    let reason = "the fixes of count never come to an end in this file";
    assert_eq!(refused(&outcome), [("count", reason)]);
}

#[test]
fn a_fix_may_not_hide_instructions() {
    let outcome = Toy::new(&[HIDE]).check("h\nlast\nline\n", "h\nlast\nline\n");
    assert!(
        outcome.refused[0].reason.contains("doesn't account for"),
        "{outcome:#?}"
    );
}

#[test]
fn a_fix_may_not_lose_a_comment() {
    let outcome = Toy::new(&[UNCOMMENT]).check("# c\nline\n", "# c\nline\n");
    assert!(
        outcome.refused[0].reason.contains("lose the comment"),
        "{outcome:#?}"
    );
}

#[test]
fn a_fix_that_changes_nothing_is_refused() {
    let outcome = Toy::new(&[NOTHING]).check("q\n", "q\n");
    assert_eq!(refused(&outcome), [("nothing", "the fix changes nothing")]);
}

#[test]
fn only_repairs_look_at_a_broken_file() {
    let outcome = Toy::new(&[ONE_TO_TWO]).check("one\n!!\n", "one\n!!\n");
    assert_eq!(outcome.remaining.errors.len(), 1);
    assert_eq!(outcome.remaining.findings.len(), 0);
    Toy::new(&[ONE_TO_TWO, MEND]).check("one\n!!\n", "two\np\n");
}

#[test]
fn unsafe_fixes_wait_for_consent() {
    let toy = Toy::new(&[RISK, ONE_TO_TWO]);
    assert_eq!(toy.fix("r one\n", Applicability::Safe).text, "r two\n");
    assert_eq!(toy.fix("r one\n", Applicability::Unsafe).text, "s two\n");
    assert_eq!(toy.fix("r one\n", Applicability::Manual).text, "s two\n");
}

#[test]
fn what_the_user_keeps_makes_a_fix_unsafe() {
    let mut toy = Toy::new(&[RESIDUE]);
    let outcome = toy.check("lists\n", "none\n");
    assert_eq!(outcome.applied[0].laws, [Law::AptListsRemoved]);
    toy.settings.keep.residue = true;
    let outcome = toy.check("lists\n", "lists\n");
    assert_eq!(refused(&outcome), []);
    let reason = outcome.remaining.findings[0].refused.as_deref();
    assert_eq!(
        reason,
        Some("the configuration keeps package-manager residue as it is")
    );
    assert_eq!(toy.fix("lists\n", Applicability::Unsafe).text, "none\n");
}

#[test]
fn no_fix_is_trusted_further_than_the_page_says() {
    let outcome = Toy::new(&[REPORT]).check("z\n", "z\n");
    assert!(outcome.remaining.findings[0].fix.is_none());
}

#[test]
fn comments_switch_rules_off_for_one_instruction() {
    let toy = Toy::new(&[ONE_TO_TWO]);
    toy.check(
        "one\n# ignore=one-to-two\none\none\n",
        "two\n# ignore=one-to-two\none\ntwo\n",
    );
    toy.check("# ignore=other\none\n", "# ignore=other\ntwo\n");
    toy.check("# ignore=all\none\n", "# ignore=all\none\n");
}

#[test]
fn settings_choose_the_rules() {
    let mut toy = Toy::new(&[ONE_TO_TWO, RISK]);
    toy.settings.ignored.insert("one-to-two");
    assert_eq!(toy.lint("one r\n").findings.len(), 1);
    toy.settings.selected = Some(["one-to-two"].into_iter().collect());
    assert_eq!(toy.lint("one r\n").findings.len(), 0);
}

#[test]
fn changes_of_other_files_come_with_the_fixes_that_were_applied() {
    fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
        static META: RuleMeta = meta("with-companion", Phase::Content);
        for (at, found) in context.analysis.source.match_indices("one") {
            let start = TextSize::try_from(at).unwrap();
            let range = TextRange::at(start, TextSize::of(found));
            let file = IgnoreFile {
                name: ".dockerignore".to_owned(),
                path: "/x/.dockerignore".into(),
                text: None,
            };
            let companion = Companion::ignoring(&file, [("a", "a")]);
            assert!(companion.is_some());
            let fix = Fix::new(
                "",
                Applicability::Safe,
                &[],
                vec![Edit::replace(range, "two")],
            );
            let fix = fix.map(|fix| fix.with_companion(companion));
            findings.push(Finding::new(&META, range, "").with_fix(fix));
        }
    }
    static META: RuleMeta = meta("with-companion", Phase::Content);
    let rule = Rule { meta: &META, check };
    let toy = Toy::new(&[rule]);
    let outcome = toy.fix("one one\n", Applicability::Unsafe);
    assert_eq!(outcome.text, "two two\n");
    let lines: Vec<&[String]> = outcome.companions.iter().map(Companion::lines).collect();
    assert_eq!(lines, [["a".to_owned()]]);
    // The proof knows nothing of other files.
    let outcome = toy.fix("one\n", Applicability::Safe);
    assert_eq!(outcome.text, "one\n");
    assert!(outcome.companions.is_empty());
}

#[test]
fn a_rule_only_looks_at_files_that_mention_its_subject() {
    let meta = RuleMeta {
        mentions: &["one and", "other"],
        ..meta("one-to-two", Phase::Content)
    };
    let rule = Rule {
        meta: Box::leak(Box::new(meta)),
        ..ONE_TO_TWO
    };
    let toy = Toy::new(&[rule]);
    assert_eq!(toy.lint("one\n").findings.len(), 0);
    assert_eq!(toy.lint("one other\n").findings.len(), 1);
}

#[test]
fn lint_proves_each_safe_fix() {
    let report = Toy::new(&[LIE, ONE_TO_TWO, BREAK]).lint("truth one p\n");
    let seen: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            let fix = finding.fix.as_ref().map(|fix| fix.applicability);
            (finding.rule.id, fix, finding.refused.as_deref())
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("lie", Some(Applicability::Unsafe), Some(UNPROVEN)),
            ("one-to-two", Some(Applicability::Safe), None),
            (
                "break",
                None,
                Some("the builder would refuse the result: bang")
            ),
        ]
    );
}

#[test]
fn another_frontend_is_left_alone() {
    let toy = Toy::new(&[ONE_TO_TWO]);
    let analysed = |image: &str| {
        let mut analysis = toy_analysis(source("one\n"), &toy.settings);
        analysis.syntax = Some((range(0, 0), image.to_owned()));
        let machine = toy.machine();
        let context = machine.context(&analysis);
        machine.findings(&context, Phase::Content, |_| true).len()
    };
    for image in [
        "docker/dockerfile",
        "docker.io/docker/dockerfile:1-labs",
        "docker/dockerfile-upstream@sha256:0",
    ] {
        assert_eq!(analysed(image), 1, "{image}");
    }
    for image in [
        "example.org/docker/dockerfile",
        "docker/dockerfile2",
        "mine:1",
    ] {
        assert_eq!(analysed(image), 0, "{image}");
    }
}

#[test]
fn thousands_of_refusals_end_in_time() {
    let text = "truth p one\n".repeat(4000);
    let outcome = Toy::new(&[LIE, BREAK, ONE_TO_TWO]).fix(&text, Applicability::Safe);
    assert!(!outcome.text.contains("lie"));
}

/// Any mixture of rules and words ends in a text that a second run leaves alone (`Toy::fix` looks).
#[test]
fn every_mixture_settles() {
    let all = [
        X_TO_A,
        A_TO_B,
        B_TO_A,
        ONE_TO_TWO,
        ONE_TO_THREE,
        LIE,
        MAYBE,
        BREAK,
        GROW,
        HIDE,
        UNCOMMENT,
        MEND,
        RISK,
        COUNT,
        RESIDUE,
        REPORT,
        NOTHING,
    ];
    let words = [
        "x", "a", "one", "truth", "maybe", "p", "g", "h\n", "\n# c\n", "!!", "r", "n=1", "lists",
        "z", "q", "\n", " ", " ",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..150 {
        let rules: Vec<Rule> = all.iter().filter(|_| random(3) == 0).copied().collect();
        let text: String = (0..random(14))
            .map(|_| words[random(words.len())])
            .collect();
        let toy = Toy::new(&rules);
        toy.fix(&text, Applicability::Safe);
        toy.fix(&text, Applicability::Unsafe);
    }
}

#[test]
fn a_fix_may_be_safe_in_company_only() {
    // The lie needs the `ok` that another fix makes.
    let toy = Toy::new(&[LIE, MAYBE]);
    let safe = |company| {
        let report = toy.machine().lint(&source("truth maybe\n"), company);
        let fixes = report.findings.into_iter().filter_map(|finding| {
            let fix = finding.fix?;
            (fix.applicability == Applicability::Safe).then_some(finding.rule.id)
        });
        fixes.collect::<Vec<_>>()
    };
    assert_eq!(safe(Company::Together), ["lie", "maybe"]);
    assert_eq!(safe(Company::Alone), ["maybe"]);
}

#[test]
fn what_an_editor_asks_for_is_what_a_check_finds() {
    let text = "FROM Debian:12 as x\nMAINTAINER me\nADD a /b/\nRUN apt-get update && apt-get install -y curl\n";
    let (settings, facts) = (Settings::default(), Facts::default());
    let analysis = Analysis::new(source(text), &settings);
    let unproven = super::findings_of(&analysis, &settings, &facts);
    let report = super::lint(&source(text), &settings, &facts, Company::Together);
    let told = |findings: &[Finding]| -> Vec<_> {
        let told = findings.iter().map(|found| (found.rule.id, found.range));
        told.collect()
    };
    assert!(!unproven.is_empty());
    assert_eq!(told(&unproven), told(&report.findings));
}
