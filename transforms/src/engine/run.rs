//! Round by round to a fixpoint.
//!
//! A round takes the first phase that has something to apply, applies one batch, and analyses the new text. Refused
//! fixes are remembered for the rest of a *pass*. When a pass that refused something has changed the text, another pass
//! starts with an empty memory, so the last pass sees the final text as a second run would see it: idempotence needs no
//! other argument. Rules that misbehave (undo each other's work, let the file grow, never end) are named, banned, and
//! the run starts again from the source.

use std::hash::{Hash, Hasher};

use dfix_syntax::SourceText;
use rustc_hash::{FxHashMap, FxHasher};

use super::attempt::{Accepted, Budget, Rejection};
use super::findings::{refuse, sort};
use super::select::{Candidate, choose};
use super::{Applied, Company, Machine, Outcome, Refusal, Report};
use crate::model::Analysis;
use crate::rules::{Phase, RuleMeta};
use crate::{Applicability, Companion, Finding, Fix};

/// What a fix is remembered by within a pass: its rule, its text before and after, and its number among equal ones.
/// Positions move with every round.
pub(super) type Key = (&'static str, u64, u32);

/// Rounds that a run may take.
const MAX_ROUNDS: usize = 100;
/// Bytes that a run may analyse in its rounds; it ends earlier on a huge file.
const MAX_ROUND_BYTES: usize = 512 << 20;
/// Rounds that every file has, however large.
const MIN_ROUNDS: usize = 12;
/// Passes that a run may take: a rule whose fixes are refused again and again is stopped.
const MAX_PASSES: usize = 8;
/// Runs that start again without the rules that misbehaved.
const MAX_RESTARTS: usize = 4;
/// The last rounds whose rules are blamed for growth or for not ending.
const BLAMED_ROUNDS: usize = 6;

impl Machine<'_> {
    pub(super) fn fix(&self, source: &SourceText, threshold: Applicability) -> Outcome {
        let threshold = threshold.max(Applicability::Unsafe);
        let (done, banned) = self.settle(source, threshold);
        // With all rules a run from the result must end where it began, or the result isn't one.
        let stable = |done: &Done| {
            banned.is_empty() || {
                let again = self.settle(&done.analysis.source, threshold).0;
                again.is_some_and(|again| again.analysis.source == done.analysis.source)
            }
        };
        match done.filter(stable) {
            Some(done) => done.outcome(source, &banned),
            None => self.give_up(source, &banned),
        }
    }

    /// Runs until no rule misbehaves. `None` when too many do.
    fn settle(&self, source: &SourceText, threshold: Applicability) -> (Option<Done>, Banned) {
        let mut banned = Banned::default();
        for _ in 0..=MAX_RESTARTS {
            let run = Run {
                machine: self,
                threshold,
                banned: &banned,
                memory: FxHashMap::default(),
                applied: Vec::new(),
                companions: Vec::new(),
                log: Vec::new(),
            };
            match run.until_settled(source) {
                Ok(done) => return (Some(done), banned),
                Err(misbehaviour) => banned.extend(misbehaviour),
            }
        }
        (None, banned)
    }

    /// The outcome that leaves the file as it is and says why.
    fn give_up(&self, source: &SourceText, banned: &Banned) -> Outcome {
        let mut remaining = self.lint(source, Company::Together);
        let refused = blame(&mut remaining.findings, banned);
        Outcome {
            text: source.as_str().to_owned(),
            changed: false,
            applied: Vec::new(),
            refused,
            companions: Vec::new(),
            remaining,
        }
    }
}

/// Rules that may not apply anything, with the reason.
type Banned = FxHashMap<&'static str, String>;

/// A run that ended at a fixpoint.
struct Done {
    analysis: Analysis,
    findings: Vec<Finding>,
    applied: Vec<Applied>,
    refused: Vec<Refusal>,
    companions: Vec<Companion>,
}

impl Done {
    fn outcome(mut self, source: &SourceText, banned: &Banned) -> Outcome {
        let blamed = blame(&mut self.findings, banned);
        self.refused.extend(blamed);
        sort(&mut self.findings);
        let text = self.analysis.source.as_str().to_owned();
        Outcome {
            changed: text != source.as_str(),
            text,
            applied: self.applied,
            refused: self.refused,
            companions: self.companions,
            remaining: Report {
                errors: self.analysis.errors,
                findings: self.findings,
            },
        }
    }
}

/// Bans rules for what they do.
fn ban(mut rules: Vec<&'static str>, what: &str) -> Banned {
    rules.sort_unstable();
    rules.dedup();
    let reason = format!("the fixes of {} {what} in this file", rules.join(", "));
    rules
        .into_iter()
        .map(|rule| (rule, reason.clone()))
        .collect()
}

/// Takes the trust from the fixes of banned rules and says why.
fn blame(findings: &mut [Finding], banned: &Banned) -> Vec<Refusal> {
    let mut refused = Vec::new();
    for finding in findings {
        let Some(reason) = banned.get(finding.rule.id) else {
            continue;
        };
        if finding.fix.is_none() {
            continue;
        }
        let rejection = Rejection {
            reason: reason.clone(),
            only_unproven: false,
        };
        refuse(finding, &rejection);
        refused.push(Refusal {
            rule: finding.rule,
            range: finding.range,
            reason: rejection.reason,
        });
    }
    refused
}

struct Run<'m> {
    machine: &'m Machine<'m>,
    threshold: Applicability,
    banned: &'m Banned,
    /// What this pass has refused.
    memory: FxHashMap<Key, Rejection>,
    applied: Vec<Applied>,
    /// What the applied fixes change in other files.
    companions: Vec<Companion>,
    /// The hash of the text before each round, and the rules that the round applied.
    log: Vec<(u64, Vec<&'static str>)>,
}

/// What a look at one text led to.
enum Round {
    /// Something was applied.
    Moved(Box<Analysis>),
    /// Nothing is left to apply: the findings of all phases, and what was refused.
    Settled(Vec<Finding>, Vec<Refusal>),
}

impl Run<'_> {
    fn until_settled(mut self, source: &SourceText) -> Result<Done, Banned> {
        let mut analysis = (self.machine.analyse)(source.clone(), self.machine.settings);
        let mut budget = Budget::for_batches(&analysis);
        let mut moved = false;
        let mut passes = 1;
        loop {
            match self.round(&analysis, &mut budget) {
                Round::Moved(next) => {
                    moved = true;
                    self.guard(source, &next)?;
                    analysis = *next;
                }
                // What was refused may be right for the new text.
                Round::Settled(_, refused) if moved && !refused.is_empty() => {
                    if passes == MAX_PASSES {
                        let rules = refused.iter().map(|refusal| refusal.rule.id);
                        return Err(ban(rules.collect(), "are refused too often"));
                    }
                    passes += 1;
                    moved = false;
                    self.memory.clear();
                    budget = Budget::for_batches(&analysis);
                }
                Round::Settled(findings, refused) => {
                    return Ok(Done {
                        analysis,
                        findings,
                        applied: self.applied,
                        refused,
                        companions: self.companions,
                    });
                }
            }
        }
    }

    fn round(&mut self, analysis: &Analysis, budget: &mut Budget) -> Round {
        let mut all = Vec::new();
        let context = self.machine.context(analysis);
        // Rules that have nothing to apply are asked only when nobody else has.
        let threshold = self.threshold;
        let may_apply = |rule: &RuleMeta| rule.fix.is_some_and(|fix| fix >= threshold);
        for phase in Phase::ALL {
            let findings = self.machine.findings(&context, phase, may_apply);
            loop {
                let chosen = choose(&self.candidates(analysis, &findings));
                if chosen.is_empty() {
                    break;
                }
                let (passed, accepted) = self.passing(analysis, &chosen, budget);
                if let Some(accepted) = accepted {
                    self.record(analysis, &passed, &accepted);
                    return Round::Moved(Box::new(accepted.analysis));
                }
            }
            all.extend(findings);
        }
        for phase in Phase::ALL {
            let others = |rule: &RuleMeta| !may_apply(rule);
            all.extend(self.machine.findings(&context, phase, others));
        }
        let refused = self.settle_refusals(analysis, &mut all);
        Round::Settled(all, refused)
    }

    /// The findings whose fixes may be applied, in their total order.
    fn candidates<'f>(&self, analysis: &Analysis, findings: &'f [Finding]) -> Vec<Candidate<'f>> {
        let mut candidates = Vec::new();
        for (key, finding, fix) in keyed(analysis, findings) {
            let applicability = match self.memory.get(&key) {
                None => fix.applicability,
                Some(rejection) if rejection.only_unproven => {
                    fix.applicability.min(Applicability::Unsafe)
                }
                Some(_) => continue,
            };
            if applicability >= self.threshold && !self.banned.contains_key(finding.rule.id) {
                candidates.push(Candidate {
                    finding,
                    fix,
                    applicability,
                    key,
                });
            }
        }
        candidates
    }

    /// A part of a batch that passes, as large as halving finds it; what fails alone is remembered as refused.
    fn passing<'f>(
        &mut self,
        analysis: &Analysis,
        batch: &[Candidate<'f>],
        budget: &mut Budget,
    ) -> (Vec<Candidate<'f>>, Option<Accepted>) {
        let mut rejection = match self.try_batch(analysis, batch, budget) {
            Ok(accepted) => return (batch.to_vec(), Some(accepted)),
            Err(rejection) => rejection,
        };
        if let [alone] = batch {
            // A fix that fails as an unsafe one has nothing left to lose.
            rejection.only_unproven &= alone.applicability == Applicability::Safe;
            self.memory.insert(alone.key, rejection);
            return (Vec::new(), None);
        }
        let (left, right) = split(batch);
        let (mut left, left_accepted) = self.passing(analysis, &left, budget);
        let (right, right_accepted) = self.passing(analysis, &right, budget);
        if left.is_empty() {
            return (right, right_accepted);
        }
        if right.is_empty() {
            return (left, left_accepted);
        }
        let alone = left.len();
        left.extend(right);
        match self.try_batch(analysis, &left, budget) {
            Ok(accepted) => (left, Some(accepted)),
            Err(_) => {
                left.truncate(alone);
                (left, left_accepted)
            }
        }
    }

    fn try_batch(
        &self,
        analysis: &Analysis,
        batch: &[Candidate<'_>],
        budget: &mut Budget,
    ) -> Result<Accepted, Rejection> {
        let fixes: Vec<&Fix> = batch.iter().map(|candidate| candidate.fix).collect();
        // A batch is of one kind, see `choose`.
        let safe = batch
            .iter()
            .all(|candidate| candidate.applicability == Applicability::Safe);
        self.machine.attempt(analysis, &fixes, safe, budget)
    }

    fn record(&mut self, analysis: &Analysis, passed: &[Candidate<'_>], accepted: &Accepted) {
        let rules = passed.iter().map(|candidate| candidate.finding.rule.id);
        self.log
            .push((hash(analysis.source.as_str()), rules.collect()));
        for candidate in passed {
            let mut laws = candidate.fix.laws.to_vec();
            laws.retain(|law| accepted.laws.contains(law));
            for companion in candidate.fix.companions() {
                Companion::collect(&mut self.companions, companion);
            }
            self.applied.push(Applied {
                rule: candidate.finding.rule,
                title: candidate.fix.title.clone(),
                applicability: candidate.applicability,
                laws,
            });
        }
    }

    /// Stops a run that doesn't lead anywhere. The error names the rules and says what they do.
    fn guard(&self, source: &SourceText, next: &Analysis) -> Result<(), Banned> {
        let text = next.source.as_str();
        let now = hash(text);
        let blame = |since: usize, what: &str| {
            let rounds = self.log.iter().skip(since);
            ban(rounds.flat_map(|(_, rules)| rules).copied().collect(), what)
        };
        if let Some(seen) = self.log.iter().position(|(before, _)| *before == now) {
            return Err(blame(seen, "undo each other's work"));
        }
        let blamed = self.log.len().saturating_sub(BLAMED_ROUNDS);
        if text.len() > source.len().saturating_mul(4).saturating_add(16 << 10) {
            return Err(blame(blamed, "let the file grow without end"));
        }
        let rounds = (MAX_ROUND_BYTES / source.len().max(1)).clamp(MIN_ROUNDS, MAX_ROUNDS);
        if self.log.len() >= rounds {
            return Err(blame(blamed, "never come to an end"));
        }
        Ok(())
    }

    /// Takes the trust from the fixes that were refused, so that nothing unproven is shown as safe.
    fn settle_refusals(&self, analysis: &Analysis, findings: &mut [Finding]) -> Vec<Refusal> {
        let mut refused = Vec::new();
        let keys: Vec<Key> = keyed(analysis, findings).map(|(key, ..)| key).collect();
        let with_fix = findings.iter_mut().filter(|finding| finding.fix.is_some());
        for (finding, key) in with_fix.zip(keys) {
            let Some(rejection) = self.memory.get(&key) else {
                continue;
            };
            refuse(finding, rejection);
            refused.push(Refusal {
                rule: finding.rule,
                range: finding.range,
                reason: rejection.reason.clone(),
            });
        }
        refused
    }
}

/// Two parts of a batch: half of its rules and the others, or half of the fixes of a single rule. A rule that is wrong
/// once is often wrong at every place.
fn split<'f>(batch: &[Candidate<'f>]) -> (Vec<Candidate<'f>>, Vec<Candidate<'f>>) {
    let mut rules: Vec<&str> = batch
        .iter()
        .map(|candidate| candidate.finding.rule.id)
        .collect();
    rules.sort_unstable();
    rules.dedup();
    match rules.get(rules.len() / 2) {
        Some(middle) if rules.len() > 1 => batch
            .iter()
            .partition(|candidate| candidate.finding.rule.id < *middle),
        _ => {
            let (left, right) = batch.split_at(batch.len() / 2);
            (left.to_vec(), right.to_vec())
        }
    }
}

/// The findings that have a fix, with what each is remembered by.
fn keyed<'f>(
    analysis: &Analysis,
    findings: &'f [Finding],
) -> impl Iterator<Item = (Key, &'f Finding, &'f Fix)> {
    let mut equal: FxHashMap<(&'static str, u64), u32> = FxHashMap::default();
    findings.iter().filter_map(move |finding| {
        let fix = finding.fix.as_ref()?;
        let mut hasher = FxHasher::default();
        analysis.text(fix.range()).hash(&mut hasher);
        for edit in fix.edits() {
            (edit.range.start() - fix.range().start()).hash(&mut hasher);
            edit.range.len().hash(&mut hasher);
            edit.insert.hash(&mut hasher);
        }
        let hash = hasher.finish();
        let number = equal.entry((finding.rule.id, hash)).or_default();
        *number += 1;
        Some(((finding.rule.id, hash, *number), finding, fix))
    })
}

fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}
