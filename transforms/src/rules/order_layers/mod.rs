//! `order-layers`: what changes rarely stands above what changes often.

#[cfg(test)]
mod tests;

use super::Context;
use super::declare::declare_rule;
use super::support::swaps::{Swap, Swaps};
use crate::Finding;
use crate::model::{Args, Instruction, InstructionKind, Stage};
use crate::order::evidence::{Evidence, Ground, Kind, of_copy};
use crate::order::price::{Work, seconds, work};
use crate::order::{Cache, Cost, Reach};

declare_rule! {
    /// What changes rarely stands above what changes often, so that less is built again.
    ///
    /// ## Why
    ///
    /// The builder runs a step again when it, or anything above it, has changed. A package install below `COPY . .` is
    /// repeated with every commit, although it reads nothing of what was copied; the libraries of a program are pushed and
    /// pulled again when they stand below its classes.
    ///
    /// The rule weighs how often each step changes against the time of what runs again below it, and moves an instruction,
    /// with its comments, when that saves at least a second of an average rebuild. How often copied files change is read
    /// from the history of the repository, if there is one with at least 20 commits; else the kinds of files say it:
    /// manifests and lock files before libraries, libraries before sources, the layers of an unpacked Spring Boot
    /// application in their order. How long a step takes is read from the log of a build (`--timings`), else from a table:
    /// compiling takes longer than installing dependencies, that longer than packages, these longer than a download, and
    /// a copy takes next to nothing.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM python:3.12-slim
    /// WORKDIR /app
    /// # the application
    /// COPY . .
    /// RUN apt-get update && apt-get install -y libpq5 && rm -rf /var/lib/apt/lists/*
    /// CMD ["python", "main.py"]
    /// ```
    ///
    /// ```dockerfile
    /// FROM python:3.12-slim
    /// WORKDIR /app
    /// RUN apt-get update && apt-get install -y libpq5 && rm -rf /var/lib/apt/lists/*
    /// # the application
    /// COPY . .
    /// CMD ["python", "main.py"]
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe when neither of two instructions that change places can notice the other: copies to places that have nothing in
    /// common, by their names or by what the build context holds; a copy and a command of which it is known what it reads
    /// and writes (package managers of distributions, downloads, tools for files and users) that doesn't touch the
    /// destination. Any other command may read anything, and nothing passes it.
    ///
    /// It is unsafe to pass
    ///
    /// - what is copied to a place of the system that packages leave alone (below `/usr/local/bin`, `/usr/src`, `/opt`, `/srv`,
    ///   `/var/www`) by an install of packages: a script of a package might look there all the same;
    /// - anything copied, by the install of a tool by its name (`npm install -g pnpm`, `pip install gunicorn`): its scripts may
    ///   do anything, but have no reason to look into the project;
    /// - a command that sets up such files (`chmod +x /usr/local/bin/service`) by an install.
    ///
    /// ```dockerfile,unsafe
    /// FROM golang:1.25-alpine AS build
    /// WORKDIR /src
    /// COPY . .
    /// RUN go build -o /service .
    /// FROM alpine:3.21
    /// COPY --from=build /service /usr/local/bin/service
    /// RUN chmod +x /usr/local/bin/service
    /// RUN apk --no-cache add ca-certificates
    /// ENTRYPOINT ["service"]
    /// ```
    ///
    /// ```dockerfile
    /// FROM golang:1.25-alpine AS build
    /// WORKDIR /src
    /// COPY . .
    /// RUN go build -o /service .
    /// FROM alpine:3.21
    /// RUN apk --no-cache add ca-certificates
    /// COPY --from=build /service /usr/local/bin/service
    /// RUN chmod +x /usr/local/bin/service
    /// ENTRYPOINT ["service"]
    /// ```
    ///
    /// An `ARG` whose value changes with each build (`GIT_COMMIT`) is part of the environment of every command below it.
    /// Moving it down to its first reader is unsafe as well, since a program may read it without being told to.
    ///
    /// ```dockerfile,unsafe
    /// FROM debian:12
    /// ARG GIT_COMMIT
    /// RUN apt-get update && apt-get install -y curl
    /// LABEL revision=$GIT_COMMIT
    /// ```
    ///
    /// ```dockerfile
    /// FROM debian:12
    /// RUN apt-get update && apt-get install -y curl
    /// ARG GIT_COMMIT
    /// LABEL revision=$GIT_COMMIT
    /// ```
    ///
    /// ## Not reported
    ///
    /// Instructions that are entries of the configuration (`LABEL`, `EXPOSE`, `CMD`): BuildKit keeps no cache for them, so
    /// their place costs nothing. Steps of which nothing is known about how often they change. Anything that would have to
    /// pass an `ONBUILD`, a `VOLUME`, or a `USER`, `WORKDIR` or `SHELL` that it depends on.
    ///
    /// ```dockerfile,silent
    /// FROM node:22
    /// LABEL version=1.2.3
    /// WORKDIR /app
    /// COPY . .
    /// RUN npm ci
    /// COPY one.conf /etc/one.conf
    /// RUN apt-get update && apt-get install -y two
    /// ```
    META: RuleMeta {
        id: "order-layers",
        aliases: ["order-by-churn", "early-arg"],
        group: Layers,
        phase: Order,
        severity: Info,
        fix: Safe,
        laws: [StepsSwapped],
        default: true,
        since: "0.1.0",
        mentions: ["COPY", "ADD", "ARG", "copy", "add", "arg"],
        needs: [Project, History, Timings],
    }
}

/// The seconds of an average rebuild that a move must save. Less is not worth a line in a diff, and beyond the precision of
/// prices and chances.
const LEAST_GAIN: f64 = 1.0;

/// How many times rarer than another one something must change to stand above it by the kinds of files alone; by the
/// history.
const CLEARLY: (f64, f64) = (3.0, 1.5);

/// The most instructions of a stage that are put in order.
const MAX_INSTRUCTIONS: usize = 100;

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let swaps = Swaps::new(ctx);
    for stage in &ctx.analysis.stages {
        if stage.windows {
            continue;
        }
        let Some(order) = Order::of(ctx, stage) else {
            continue;
        };
        let best = order.best(|swap| swap == Swap::Free, &swaps);
        let best = best.or_else(|| order.best(|swap| !matches!(swap, Swap::Bound(_)), &swaps));
        findings.extend(best.and_then(|best| order.finding(&best, &swaps)));
    }
}

/// The instructions of a stage with what their order costs.
struct Order<'c, 'a> {
    ctx: &'c Context<'a>,
    steps: &'a [Instruction],
    costs: Vec<Cost>,
    evidence: Vec<Option<Evidence>>,
    /// What is left of the cache before each instruction.
    caches: Vec<Cache>,
    /// The seconds that it takes down to each instruction.
    sums: Vec<f64>,
    /// The seconds of all instructions below each one, when nothing is in the cache.
    below: Vec<f64>,
}

/// A move of one instruction.
struct Move {
    /// Which.
    from: usize,
    /// To whose place.
    to: usize,
    /// The seconds that it saves.
    gain: f64,
}

impl<'c, 'a> Order<'c, 'a> {
    /// `None` when there is nothing to put in order.
    fn of(ctx: &'c Context<'a>, stage: &Stage) -> Option<Self> {
        let steps = ctx.analysis.instructions.get(stage.instructions.clone())?;
        if steps.len() < 2 || steps.len() > MAX_INSTRUCTIONS {
            return None;
        }
        let changes = |step: &Instruction| match step.kind {
            InstructionKind::Copy | InstructionKind::Add => true,
            InstructionKind::Arg => is_volatile(step),
            _ => false,
        };
        let first = steps.iter().position(changes)?;
        let builds = |step: &Instruction| {
            matches!(
                step.kind,
                InstructionKind::Run | InstructionKind::Copy | InstructionKind::Add
            )
        };
        if !steps.iter().skip(first + 1).any(builds) {
            return None;
        }
        let evidence: Vec<Option<Evidence>> = steps
            .iter()
            .map(|step| {
                let copies = matches!(step.kind, InstructionKind::Copy | InstructionKind::Add);
                copies.then(|| of_copy(ctx.analysis, step, ctx.facts))
            })
            .collect();
        let costs: Vec<Cost> = steps
            .iter()
            .zip(&evidence)
            .enumerate()
            .map(|(at, (step, evidence))| Cost {
                chance: match evidence {
                    Some(evidence) => evidence.chance,
                    None if step.kind == InstructionKind::Arg && is_volatile(step) => VOLATILE,
                    None => 0.0,
                },
                // What stands above the first change is never built again, and nothing is moved among it.
                seconds: match at < first {
                    true => 0.0,
                    false => {
                        let timings = ctx.facts.timings.as_ref();
                        seconds(ctx.analysis, step, evidence.as_ref(), timings)
                    }
                },
                reach: match step.kind {
                    InstructionKind::Run => Reach::Process,
                    InstructionKind::Arg | InstructionKind::Env => Reach::Processes,
                    _ => Reach::Below,
                },
            })
            .collect();
        let (mut caches, mut sums) = (Vec::new(), Vec::new());
        let (mut cache, mut sum) = (Cache::default(), 0.0);
        for cost in &costs {
            caches.push(cache);
            sums.push(sum);
            sum += cache.take(*cost);
        }
        sums.push(sum);
        let mut below = vec![0.0; costs.len()];
        let mut all = 0.0;
        for (slot, cost) in below.iter_mut().zip(&costs).rev() {
            *slot = all;
            all += cost.seconds;
        }
        (sum >= LEAST_GAIN).then_some(Self {
            ctx,
            steps,
            costs,
            evidence,
            caches,
            sums,
            below,
        })
    }

    /// The move that saves most; of several the shortest.
    fn best(&self, allowed: impl Fn(Swap) -> bool, swaps: &Swaps<'_, 'a>) -> Option<Move> {
        let mut best: Option<Move> = None;
        for from in 0..self.steps.len() {
            for (up, far) in [(true, from), (false, self.steps.len() - 1 - from)] {
                if !self.moves(from, up) || self.most(from, up) < LEAST_GAIN {
                    continue;
                }
                let place = |distance: usize| if up { from - distance } else { from + distance };
                let mut passed = 0;
                let mut wanted: Vec<(usize, f64)> = (1..=far)
                    .map(|distance| (distance, self.gain(from, place(distance))))
                    .filter(|(_, gain)| *gain >= LEAST_GAIN)
                    .collect();
                if wanted.is_empty() {
                    continue;
                }
                let last = wanted.last().map_or(0, |(distance, _)| *distance);
                while passed < last && self.passes(from, place(passed + 1), &allowed, swaps) {
                    passed += 1;
                }
                wanted.retain(|(distance, _)| *distance <= passed);
                let most = wanted.iter().map(|(_, gain)| *gain).fold(0.0, f64::max);
                // A little more is not worth a longer way.
                let Some((distance, gain)) =
                    wanted.into_iter().find(|(_, gain)| *gain > most - NEARLY)
                else {
                    continue;
                };
                let better = best.as_ref().is_none_or(|best| {
                    let length = best.from.abs_diff(best.to);
                    gain > best.gain + NEARLY || gain > best.gain - NEARLY && distance < length
                });
                if better {
                    best = Some(Move {
                        from,
                        to: place(distance),
                        gain,
                    });
                }
            }
        }
        best
    }

    /// More seconds than any move of an instruction in a direction can save: up, all that it takes when something above has
    /// changed; down, all that runs again because it has changed.
    fn most(&self, from: usize, up: bool) -> f64 {
        let of = |values: &[f64]| values.get(from).copied().unwrap_or_default();
        let (Some(moved), Some(cache)) = (self.costs.get(from), self.caches.get(from)) else {
            return 0.0;
        };
        match up {
            true => moved.seconds * cache.lost(),
            false => moved.chance * of(&self.below),
        }
    }

    /// The seconds that it saves when one instruction takes the place of another. Above both nothing changes.
    fn gain(&self, from: usize, to: usize) -> f64 {
        let (low, high) = (from.min(to), from.max(to));
        let (Some(moved), Some(cache)) = (self.costs.get(from), self.caches.get(low)) else {
            return 0.0;
        };
        let cost = |at: usize| self.costs.get(at);
        let sum = |at: usize| self.sums.get(at).copied().unwrap_or_default();
        let mut cache = *cache;
        let mut then = 0.0;
        if to == low {
            then += cache.take(*moved);
        }
        for passed in (low..=high).filter(|at| *at != from).filter_map(cost) {
            then += cache.take(*passed);
        }
        if to == high {
            then += cache.take(*moved);
        }
        let mut now = sum(high + 1) - sum(low);
        // Below both the same is left of the cache, but for arguments that no process has seen.
        if self.costs.iter().any(|cost| cost.reach == Reach::Processes) {
            for rest in self.costs.iter().skip(high + 1) {
                then += cache.take(*rest);
            }
            now = self.sums.last().copied().unwrap_or_default() - sum(low);
        }
        now - then
    }

    /// Whether the rule moves such an instruction in a direction.
    fn moves(&self, from: usize, up: bool) -> bool {
        match self.steps.get(from).map(|step| step.kind) {
            Some(InstructionKind::Copy | InstructionKind::Add) => true,
            Some(InstructionKind::Run) => up,
            Some(InstructionKind::Arg) => !up,
            _ => false,
        }
    }

    fn passes(
        &self,
        from: usize,
        other: usize,
        allowed: &impl Fn(Swap) -> bool,
        swaps: &Swaps<'_, 'a>,
    ) -> bool {
        let (Some(moved), Some(passed)) = (self.steps.get(from), self.steps.get(other)) else {
            return false;
        };
        self.is_evident(from, other) && allowed(swaps.of(moved, passed))
    }

    /// Whether it is evident which of two copies changes more often. A command changes with the Dockerfile alone.
    fn is_evident(&self, a: usize, b: usize) -> bool {
        let of = |at: usize| self.evidence.get(at).and_then(Option::as_ref);
        let (Some(a), Some(b)) = (of(a), of(b)) else {
            return true;
        };
        let clearly = match (&a.ground, &b.ground) {
            (Ground::History { .. }, Ground::History { .. }) => CLEARLY.1,
            _ if is_certain(a) && is_certain(b) => CLEARLY.0,
            _ => return false,
        };
        let (low, high) = (a.chance.min(b.chance), a.chance.max(b.chance));
        low * clearly <= high
    }

    fn finding(&self, best: &Move, swaps: &Swaps<'_, 'a>) -> Option<Finding> {
        let (moved, target) = (self.steps.get(best.from)?, self.steps.get(best.to)?);
        let up = best.to < best.from;
        let between = match up {
            true => best.to..best.from,
            false => best.from + 1..best.to + 1,
        };
        let doubt = self.steps.get(between.clone())?.iter().find_map(|passed| {
            match swaps.of(moved, passed) {
                Swap::Doubtful(why) => Some(why),
                _ => None,
            }
        });
        let mut message = self.message(best, between)?;
        if self.ctx.facts.timings.is_some() {
            message.push_str(&format!(
                "; by the times of the log an average rebuild takes {:.0} s less",
                best.gain
            ));
        }
        let edits = self.ctx.layout.move_past(moved, target)?;
        let keyword = self.keyword(moved);
        let (title, note) = match up {
            true => (format!("Move the {keyword} up"), "it belongs above this"),
            false => (format!("Move the {keyword} down"), "it belongs below this"),
        };
        let finding = Finding::new(&META, moved.keyword, message).relate(target.keyword, note);
        Some(finding.offer(title, edits, doubt))
    }

    /// What is the matter, and the evidence.
    fn message(&self, best: &Move, between: std::ops::Range<usize>) -> Option<String> {
        let moved = self.steps.get(best.from)?;
        let copied = |at: &usize| self.evidence.get(*at).is_some_and(Option::is_some);
        let chance = |at: &usize| self.costs.get(*at).map_or(0.0, |cost| cost.chance);
        let price = |at: &usize| self.costs.get(*at).map_or(0.0, |cost| cost.seconds);
        match moved.kind {
            InstructionKind::Arg => Some(
                "what is below this argument is built again whenever its value changes, long before anything mentions it"
                    .to_owned(),
            ),
            InstructionKind::Run => {
                let often = between.filter(copied).max_by(|a, b| chance(a).total_cmp(&chance(b)))?;
                let what = self.what(best.from);
                Some(format!(
                    "this step {what} and reads nothing of what is copied above it, but runs again whenever that changes ({})",
                    self.how_often(often)
                ))
            }
            _ => {
                let rival = between.clone().filter(copied).max_by(|a, b| {
                    let apart = |at: &usize| (chance(at) - chance(&best.from)).abs();
                    apart(a).total_cmp(&apart(b))
                });
                let run = between
                    .filter(|at| !copied(at))
                    .max_by(|a, b| price(a).total_cmp(&price(b)))
                    .filter(|at| price(at) >= LEAST_GAIN);
                match (run, rival) {
                    (Some(run), _) => Some(format!(
                        "a step below {} and reads nothing of what is copied here, but runs again whenever that changes ({})",
                        self.what(run),
                        self.how_often(best.from)
                    )),
                    (None, Some(rival)) => {
                        let (rare, often) = match chance(&rival) < chance(&best.from) {
                            true => (rival, best.from),
                            false => (best.from, rival),
                        };
                        Some(format!(
                            "what changes rarely is copied again whenever what changes often does: {}, {}",
                            self.how_often(rare),
                            self.how_often(often)
                        ))
                    }
                    (None, None) => None,
                }
            }
        }
    }

    /// What a step does, in a few words.
    fn what(&self, at: usize) -> &'static str {
        let work = self.steps.get(at).map(|step| work(self.ctx.analysis, step));
        let first = work.and_then(|work| work.first().copied());
        first.unwrap_or(Work::Other).name()
    }

    /// The evidence of a copy in words.
    fn how_often(&self, at: usize) -> String {
        match self
            .evidence
            .get(at)
            .and_then(Option::as_ref)
            .map(|evidence| &evidence.ground)
        {
            Some(Ground::History {
                source,
                churn,
                commits,
            }) => {
                let share = f64::from(churn.changed) * 100.0 / f64::from((*commits).max(1));
                let source = match source.as_str() {
                    "." | "./" => "the build context",
                    source => source,
                };
                format!("{source} changed in {share:.0} % of the last {commits} commits")
            }
            Some(Ground::Kind(kind)) => kind.name().to_owned(),
            Some(Ground::Stage { name, of }) => {
                format!("stage `{name}`, made of {}", of.name())
            }
            None => "an argument".to_owned(),
        }
    }

    fn keyword(&self, step: &Instruction) -> String {
        self.ctx.analysis.text(step.keyword).to_uppercase()
    }
}

/// Seconds that are not worth a longer way.
const NEARLY: f64 = LEAST_GAIN / 2.0;

fn is_certain(evidence: &Evidence) -> bool {
    match &evidence.ground {
        Ground::History { .. } => true,
        Ground::Kind(kind) => kind.is_certain(),
        Ground::Stage { of, .. } => matches!(of, Kind::Fixed | Kind::Everything | Kind::Sources),
    }
}

/// The chance that an argument which names a build has another value in the next.
const VOLATILE: f64 = 0.9;

/// Whether an ARG names a build or a commit, so that its value is another one each time.
fn is_volatile(arg: &Instruction) -> bool {
    let Args::Pairs(pairs) = &arg.args else {
        return false;
    };
    pairs.iter().any(|pair| {
        let name = pair.name.text.to_ascii_uppercase();
        let words: Vec<&str> = name.split('_').collect();
        let has = |known: &[&str]| words.iter().any(|word| known.contains(word));
        has(&["BUILD", "CI"]) && has(&["DATE", "NUMBER", "ID", "TIME", "TIMESTAMP"])
            || has(&["GIT", "VCS", "SOURCE", "CI"])
                && has(&["COMMIT", "SHA", "REF", "REV", "REVISION", "HASH"])
            || matches!(
                name.as_str(),
                "COMMIT" | "COMMIT_SHA" | "COMMIT_HASH" | "REVISION"
            )
    })
}
