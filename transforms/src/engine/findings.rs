//! What the enabled rules say about one text, after the ignore comments and the user's settings.

use dfix_syntax::{SourceText, TextRange};

use super::attempt::{Budget, Rejection};
use super::select::Taken;
use super::{Company, Machine, Report};
use crate::model::{Analysis, Instruction};
use crate::proof::Law;
use crate::rules::{Context, Phase, Rule, RuleMeta};
use crate::{Applicability, Finding, Fix, Settings};

impl Machine<'_> {
    /// What rules see of a file in one round.
    pub(super) fn context<'c>(&'c self, analysis: &'c Analysis) -> Context<'c> {
        Context::new(analysis, self.settings, self.facts)
    }

    pub(super) fn lint(&self, source: &SourceText, company: Company) -> Report {
        let analysis = (self.analyse)(source.clone(), self.settings);
        let mut findings = self.unproven(&analysis);
        self.judge(&analysis, &mut findings, company);
        sort(&mut findings);
        Report {
            errors: analysis.errors,
            findings,
        }
    }

    /// What the enabled rules say before any proof, phase by phase.
    pub(super) fn unproven(&self, analysis: &Analysis) -> Vec<Finding> {
        let context = self.context(analysis);
        let mut findings = Vec::new();
        for phase in Phase::ALL {
            findings.extend(self.findings(&context, phase, |_| true));
        }
        findings
    }

    /// Asks for the proof of a single finding; the laws that it used.
    pub(super) fn judge_alone(&self, analysis: &Analysis, finding: &mut Finding) -> Vec<Law> {
        let Some(fix) = finding.fix.as_ref().filter(|fix| is_safe(fix)) else {
            return Vec::new();
        };
        let mut budget = Budget::for_judging(analysis);
        match self.attempt(analysis, &[fix], true, &mut budget) {
            Ok(accepted) => accepted.laws,
            Err(rejection) => {
                refuse(finding, &rejection);
                Vec::new()
            }
        }
    }

    /// Asks for the proof of the safe fixes: each alone, or together with those that it doesn't meet. What fails together
    /// is tried again in smaller company; what fails alone is refused.
    fn judge(&self, analysis: &Analysis, findings: &mut [Finding], company: Company) {
        let mut budget = Budget::for_judging(analysis);
        let mut rejections: Vec<(usize, Rejection)> = Vec::new();
        let mut left: Vec<usize> = (0..findings.len())
            .filter(|at| safe_fix(findings, *at).is_some())
            .collect();
        while !left.is_empty() {
            let (batch, others) = match company {
                Company::Together => disjoint(findings, &left),
                Company::Alone => (left.split_off(left.len() - 1), left),
            };
            left = others;
            let mut parts = vec![batch];
            while let Some(part) = parts.pop() {
                let fixes: Vec<&Fix> = part
                    .iter()
                    .filter_map(|at| safe_fix(findings, *at))
                    .collect();
                let Err(rejection) = self.attempt(analysis, &fixes, true, &mut budget) else {
                    continue;
                };
                match part.as_slice() {
                    [alone] => rejections.push((*alone, rejection)),
                    _ => {
                        let (first, second) = part.split_at(part.len() / 2);
                        parts.extend([second.to_vec(), first.to_vec()]);
                    }
                }
            }
        }
        for (at, rejection) in rejections {
            if let Some(finding) = findings.get_mut(at) {
                refuse(finding, &rejection);
            }
        }
    }

    /// The findings of those enabled rules of one phase that are wanted, in source order. Fixes have the applicability that
    /// the rule's page and the user's settings allow; no proof has been asked for yet.
    pub(super) fn findings(
        &self,
        context: &Context<'_>,
        phase: Phase,
        wanted: impl Fn(&RuleMeta) -> bool,
    ) -> Vec<Finding> {
        let analysis = context.analysis;
        if !is_dockerfile(analysis) {
            return Vec::new();
        }
        let mut findings = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.meta.phase == phase) {
            if wanted(rule.meta) && self.settings.enables(rule.meta) && may_look_at(rule, context) {
                (rule.check)(context, &mut findings);
            }
        }
        findings.retain_mut(|finding| respect_pragmas(analysis, finding));
        for finding in &mut findings {
            limit_applicability(self.settings, finding);
            leave_frozen(context, finding);
        }
        sort(&mut findings);
        findings
    }
}

/// Turns a fix that was called safe into what is left of it: an unsafe one when only the proof is missing, none when
/// its result is no good file.
pub(super) fn refuse(finding: &mut Finding, rejection: &Rejection) {
    match &mut finding.fix {
        Some(fix) if rejection.only_unproven => fix.applicability = Applicability::Unsafe,
        fix => *fix = None,
    }
    finding.refused = Some(rejection.reason.clone());
}

/// Source order, then rule id.
pub(super) fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.range.start(), finding.rule.id, finding.range.end());
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
}

fn safe_fix(findings: &[Finding], at: usize) -> Option<&Fix> {
    let fix = findings.get(at)?.fix.as_ref();
    fix.filter(|fix| is_safe(fix))
}

/// Takes from the findings of these numbers those whose fixes don't touch each other; the second part is the rest.
fn disjoint(findings: &[Finding], numbers: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut taken = Taken::default();
    numbers.iter().partition(|at| {
        let edits = safe_fix(findings, **at).map_or(&[][..], Fix::edits);
        taken.take_all(edits)
    })
}

fn is_safe(fix: &Fix) -> bool {
    fix.applicability == Applicability::Safe
}

/// Whether the file is read by the Dockerfile frontend. Another frontend named by `# syntax=` may give every line
/// another meaning (A.2).
pub(super) fn is_dockerfile(analysis: &Analysis) -> bool {
    let Some((_, image)) = &analysis.syntax else {
        return true;
    };
    let name = image.split('@').next().unwrap_or_default();
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.split(':').next().unwrap_or_default();
    matches!(name, "docker/dockerfile" | "docker/dockerfile-upstream")
}

/// Whether a rule can have something to say. On a file that BuildKit refuses only rules that report and rules that
/// repair have.
fn may_look_at(rule: &Rule, context: &Context<'_>) -> bool {
    let meta = rule.meta;
    let is_mentioned = |text: &&'static str| context.mentions(text);
    (context.analysis.errors.is_empty() || meta.fix.is_none() || meta.phase == Phase::Repair)
        && (meta.mentions.is_empty() || meta.mentions.iter().any(is_mentioned))
}

/// Whether the finding stays. A finding in an instruction that ignores the rule goes; a fix that would edit such an
/// instruction from elsewhere is taken off its finding.
fn respect_pragmas(analysis: &Analysis, finding: &mut Finding) -> bool {
    let rule: &RuleMeta = finding.rule;
    let pragmas = &analysis.pragmas;
    if pragmas.file.iter().any(|name| rule.answers_to(name)) {
        return false;
    }
    for (index, name, _) in &pragmas.instruction {
        let Some(instruction) = analysis.instructions.get(*index) else {
            continue;
        };
        if !rule.answers_to(name) {
            continue;
        }
        let whole = with_comments(instruction);
        if whole.contains_range(finding.range) || whole.contains(finding.range.start()) {
            return false;
        }
        let edits = finding.fix.as_ref().map_or(&[][..], Fix::edits);
        if edits.iter().any(|edit| touches(whole, edit.range)) {
            finding.fix = None;
            finding.refused = Some("a comment asks to leave one of the lines alone".to_owned());
        }
    }
    true
}

/// The lines of an instruction and of the comments above it.
fn with_comments(instruction: &Instruction) -> TextRange {
    let start = instruction.comments.first().map_or_else(
        || instruction.lines.start(),
        |comment| comment.start().min(instruction.lines.start()),
    );
    TextRange::new(start, instruction.lines.end())
}

/// No fix is trusted further than its rule's page says and than the user wants.
fn limit_applicability(settings: &Settings, finding: &mut Finding) {
    let Some(fix) = &mut finding.fix else { return };
    match finding.rule.fix {
        Some(highest) => fix.applicability = fix.applicability.min(highest),
        None => {
            finding.fix = None;
            return;
        }
    }
    if is_safe(fix)
        && let Some(kept) = fix.laws.iter().find_map(|law| kept_by(settings, *law))
    {
        fix.applicability = Applicability::Unsafe;
        finding.refused = Some(format!("the configuration keeps {kept} as it is"));
    }
}

/// Takes a fix away that would edit a frozen instruction.
fn leave_frozen(context: &Context<'_>, finding: &mut Finding) {
    let Some(fix) = &finding.fix else { return };
    let touched = context.analysis.frozen().find(|(instruction, _)| {
        let mut edits = fix.edits().iter();
        edits.any(|edit| touches(instruction.lines, edit.range))
    });
    if let Some((_, freeze)) = touched {
        let reason = freeze.kind.reason();
        finding.fix = None;
        finding.refused = Some(format!("an instruction is left as it is: {reason}"));
    }
}

/// Whether an edit changes one of these lines; text put in before the first of them is none of theirs.
pub(super) fn touches(lines: TextRange, edit: TextRange) -> bool {
    let both = lines.intersect(edit);
    both.is_some_and(|both| {
        !both.is_empty() || edit.start() > lines.start() && edit.start() < lines.end()
    })
}

/// What the user keeps that a law would change, in words.
pub(super) fn kept_by(settings: &Settings, law: Law) -> Option<&'static str> {
    let keep = &settings.keep;
    match law {
        Law::AptListsRemoved | Law::PackageCacheRemoved if keep.residue => {
            Some("package-manager residue")
        }
        Law::AuthorToLabel | Law::Metadata if keep.metadata => Some("metadata"),
        Law::InstallsJoined | Law::OperandOrder if keep.package_order => {
            Some("the order of installs")
        }
        _ => None,
    }
}
