//! `order-layers`: what changes rarely stands above what changes often.

use super::Context;
use super::declare::declare_rule;
use super::support::swaps::{Swap, Swaps};
use crate::Finding;
use crate::model::{Args, Instruction, InstructionKind, Stage};
use crate::order::evidence::{Evidence, Ground, Kind, of_copy};
use crate::order::price::{Work, seconds, work};
use crate::order::{Cost, Reach, expected};

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
    /// An `ARG` whose value changes with each build (`GIT_COMMIT`) is part of the environment of every command below it.
    /// Moving it down to its first reader is unsafe, since a program may read it without being told to.
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
    now: f64,
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
            .map(|(step, evidence)| Cost {
                chance: match evidence {
                    Some(evidence) => evidence.chance,
                    None if step.kind == InstructionKind::Arg && is_volatile(step) => VOLATILE,
                    None => 0.0,
                },
                seconds: seconds(ctx.analysis, step, ctx.facts.timings.as_ref()),
                reach: match step.kind {
                    InstructionKind::Run => Reach::Process,
                    InstructionKind::Arg | InstructionKind::Env => Reach::Processes,
                    _ => Reach::Below,
                },
            })
            .collect();
        let now = expected(costs.iter().copied());
        (now >= LEAST_GAIN).then_some(Self {
            ctx,
            steps,
            costs,
            evidence,
            now,
        })
    }

    /// The move that saves most; of several the shortest.
    fn best(&self, allowed: impl Fn(Swap) -> bool, swaps: &Swaps<'_, 'a>) -> Option<Move> {
        let mut best: Option<Move> = None;
        for from in 0..self.steps.len() {
            for (up, far) in [(true, from), (false, self.steps.len() - 1 - from)] {
                let place = |distance: usize| if up { from - distance } else { from + distance };
                let mut passed = 0;
                let mut wanted: Vec<(usize, f64)> = (1..=far)
                    .map(|distance| (distance, self.gain(from, place(distance))))
                    .filter(|(_, gain)| *gain >= LEAST_GAIN)
                    .collect();
                if wanted.is_empty() || !self.moves(from, up) {
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

    /// The seconds that it saves when one instruction takes the place of another.
    fn gain(&self, from: usize, to: usize) -> f64 {
        let Some(moved) = self.costs.get(from) else {
            return 0.0;
        };
        let others = || {
            let all = self.costs.iter().enumerate();
            all.filter(|(at, _)| *at != from).map(|(_, cost)| *cost)
        };
        let order = others().take(to).chain([*moved]).chain(others().skip(to));
        self.now - expected(order)
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::rules::testing::{Tester, check, check_silent, check_unsafe};
    use crate::{Churn, ContextKind, Facts, History, Project, Timings};

    const APT: &str = "RUN apt-get update && apt-get install -y b";

    #[test]
    fn packages_before_the_sources() {
        for (above, copy) in [
            ("", "COPY . /app"),
            ("WORKDIR /app\n", "COPY . ."),
            ("WORKDIR /app\n", "ADD src ./src"),
            (
                "ENV HOME_OF_APP=/app\nWORKDIR $HOME_OF_APP\n",
                "COPY . $HOME_OF_APP",
            ),
            ("", "COPY --chown=1000 src /app/"),
        ] {
            check(
                &RULE,
                &format!("FROM debian:12\n{above}{copy}\n{APT}\nRUN make\n"),
                &format!("FROM debian:12\n{above}{APT}\n{copy}\nRUN make\n"),
            );
        }
        check(
            &RULE,
            "FROM golang:1 AS b\nCOPY . /src\nRUN go build -o /a /src\nFROM alpine:3\nCOPY --from=b /a /a\nRUN apk add b\n",
            "FROM golang:1 AS b\nCOPY . /src\nRUN go build -o /a /src\nFROM alpine:3\nRUN apk add b\nCOPY --from=b /a /a\n",
        );
    }

    #[test]
    fn past_the_directory_that_it_fills() {
        for copy in ["ADD . /app", "COPY src /app/src"] {
            check(
                &RULE,
                &format!("FROM debian:12\n{copy}\nWORKDIR /app\nENV B=c\n{APT}\nRUN make\n"),
                &format!("FROM debian:12\nWORKDIR /app\nENV B=c\n{APT}\n{copy}\nRUN make\n"),
            );
        }
    }

    #[test]
    fn comments_and_blank_lines() {
        check(
            &RULE,
            "FROM debian:12\n\n# the application\nCOPY . /app\n\n# tools\n# hadolint ignore=DL3008\nRUN apt-get install -y \\\n    # why\n    b\n\nCMD [\"c\"]\n",
            "FROM debian:12\n\n# tools\n# hadolint ignore=DL3008\nRUN apt-get install -y \\\n    # why\n    b\n\n# the application\nCOPY . /app\n\nCMD [\"c\"]\n",
        );
        // A remark by itself stays.
        check(
            &RULE,
            "FROM debian:12\nCOPY . /app\n\n# part two\n\nRUN apt-get install -y b\nRUN make\n",
            "FROM debian:12\n\n# part two\n\nRUN apt-get install -y b\nCOPY . /app\nRUN make\n",
        );
        check_silent(
            &RULE,
            "FROM debian:12\nCOPY . /app\n\n# check=skip=all\n\nRUN apt-get install -y b\nRUN make\n",
        );
    }

    #[test]
    fn several_moves() {
        check(
            &RULE,
            "FROM debian:12\nCOPY one.conf /a/\nCOPY . /app\nLABEL b=c\nENV D=e\nRUN apt-get install -y f\nRUN make\n",
            "FROM debian:12\nLABEL b=c\nENV D=e\nRUN apt-get install -y f\nCOPY one.conf /a/\nCOPY . /app\nRUN make\n",
        );
    }

    #[test]
    fn what_stays() {
        for lines in [
            // It reads or writes what is copied, or may.
            "COPY . /app\nRUN make",
            "COPY . /app\nRUN npm ci",
            "COPY . /app\nRUN pip install x",
            "COPY sources.list /etc/apt/\nRUN apt-get install -y b",
            "COPY . /\nRUN apt-get install -y b",
            "COPY . /usr/src/app\nRUN apt-get install -y b",
            "WORKDIR /app\nCOPY . .\nRUN apt-get install -y ./b.deb",
            "COPY . /app\nRUN --mount=target=/c apt-get install -y b",
            "COPY --chown=app . /app\nRUN apt-get install -y b",
            "ARG D\nCOPY . $D\nRUN apt-get install -y b",
            "ENV PATH=/app/bin:$PATH\nCOPY . /app\nRUN apt-get install -y b",
            "COPY . /app\nUSER b\nRUN apt-get install -y b",
            "COPY . /app\nSHELL [\"/bin/x\"]\nRUN apt-get install -y b",
            "COPY . /app\nWORKDIR /app/b\nRUN apt-get install -y b",
            "COPY . /app\nONBUILD RUN c\nRUN apt-get install -y b",
            "COPY . /app\nVOLUME /app\nRUN apt-get install -y b",
            "COPY . /app\nRUN make\nRUN apt-get install -y b && make",
            // It saves nothing.
            "RUN apt-get install -y b\nCOPY . /app",
            "COPY . /app\nRUN mkdir /b",
            "COPY . /app\nLABEL b=c\nCMD [\"d\"]",
            "COPY src /app/src\nCOPY package.json /app/",
            "COPY a /a\nCOPY b /b\nRUN make",
            // Nobody knows which changes more often.
            "COPY a /a\nCOPY vendor /b\nRUN make",
            "COPY one /app/one\nCOPY two /app/two\nRUN npm ci",
        ] {
            check_silent(&RULE, &format!("FROM debian:12\n{lines}\n"));
        }
        check_silent(&RULE, &format!("FROM unknown\nCOPY . /app\n{APT}\n"));
    }

    #[test]
    fn libraries_before_classes() {
        let before = "FROM eclipse-temurin:17-jre\nWORKDIR /opt/service\nARG UNPACKED=build/unpacked\nCOPY ${UNPACKED}/app .\nCOPY ${UNPACKED}/lib BOOT-INF/lib\nCMD [\"java\", \"org.springframework.boot.loader.launch.JarLauncher\"]\n";
        let after = "FROM eclipse-temurin:17-jre\nWORKDIR /opt/service\nARG UNPACKED=build/unpacked\nCOPY ${UNPACKED}/lib BOOT-INF/lib\nCOPY ${UNPACKED}/app .\nCMD [\"java\", \"org.springframework.boot.loader.launch.JarLauncher\"]\n";
        let facts = project(&[
            "build/",
            "build/unpacked/",
            "build/unpacked/app/",
            "build/unpacked/app/BOOT-INF/",
            "build/unpacked/app/BOOT-INF/classes/",
            "build/unpacked/lib/",
            "build/unpacked/lib/a.jar",
        ]);
        Tester::new(&RULE).facts(facts).check(before, after);
        let collides = project(&[
            "build/",
            "build/unpacked/",
            "build/unpacked/app/",
            "build/unpacked/app/BOOT-INF/",
            "build/unpacked/app/BOOT-INF/lib/",
            "build/unpacked/lib/",
            "build/unpacked/lib/a.jar",
        ]);
        Tester::new(&RULE).facts(collides).check_silent(before);
        check_unsafe(&RULE, before, after);
    }

    #[test]
    fn layers_of_a_framework() {
        let copy = |name: &str| format!("COPY --from=b /app/{name}/ ./\n");
        let file = |names: &[&str]| {
            let copies: String = names.iter().map(|name| copy(name)).collect();
            format!(
                "FROM eclipse-temurin:17 AS b\nWORKDIR /app\nCOPY a.jar a.jar\nRUN java -Djarmode=layertools -jar a.jar extract\nFROM eclipse-temurin:17-jre\nWORKDIR /app\n{copies}"
            )
        };
        check_unsafe(
            &RULE,
            &file(&[
                "application",
                "snapshot-dependencies",
                "spring-boot-loader",
                "dependencies",
            ]),
            &file(&[
                "spring-boot-loader",
                "dependencies",
                "snapshot-dependencies",
                "application",
            ]),
        );
        check_silent(
            &RULE,
            &file(&[
                "dependencies",
                "spring-boot-loader",
                "snapshot-dependencies",
                "application",
            ]),
        );
    }

    #[test]
    fn history_says_which() {
        let text = "FROM debian:12\nCOPY a /a/\nCOPY b /b/\nRUN make\n";
        let swapped = "FROM debian:12\nCOPY b /b/\nCOPY a /a/\nRUN make\n";
        let history = |commits: u32, a: u32, b: u32| {
            let churn = |changed: u32| Churn {
                changed,
                weight: f64::from(changed) / f64::from(commits),
            };
            Facts {
                history: Some(History {
                    commits,
                    churn: BTreeMap::from([("a".to_owned(), churn(a)), ("b".to_owned(), churn(b))]),
                }),
                timings: Some(Timings::new([("COPY a /a/", 1.0), ("COPY b /b/", 9.0)])),
                ..Facts::default()
            }
        };
        let tester = |facts| Tester::new(&RULE).facts(facts);
        tester(history(481, 437, 19)).check(text, swapped);
        tester(history(481, 19, 437)).check_silent(text);
        tester(history(481, 30, 29)).check_silent(text);
        tester(history(10, 9, 1)).check_silent(text);
        let message = message(text, history(481, 437, 19));
        assert!(
            message.contains("b changed in 4 % of the last 481 commits, a changed in 91 % of the last 481 commits"),
            "{message}"
        );
        assert!(message.contains("8 s less"), "{message}");
    }

    #[test]
    fn the_log_says_what_it_costs() {
        let text = format!("FROM debian:12\nCOPY . /app\n{APT}\nRUN make\n");
        let quick = Facts {
            timings: Some(Timings::new([(APT, 0.5)])),
            ..Facts::default()
        };
        Tester::new(&RULE).facts(quick).check_silent(&text);
    }

    #[test]
    fn arguments_that_change_with_each_build() {
        check_unsafe(
            &RULE,
            &format!("FROM debian:12\nARG GIT_COMMIT\n{APT}\nENV COMMIT=$GIT_COMMIT\nRUN make\n"),
            &format!("FROM debian:12\n{APT}\nARG GIT_COMMIT\nENV COMMIT=$GIT_COMMIT\nRUN make\n"),
        );
        for arg in ["VERSION=1", "TARGETARCH", "GIT_SSL_NO_VERIFY", "CACHEBUST"] {
            check_silent(&RULE, &format!("FROM debian:12\nARG {arg}\n{APT}\n"));
        }
        check_silent(
            &RULE,
            "FROM debian:12\nARG GIT_COMMIT\nRUN git clone https://example.org/a && git checkout $GIT_COMMIT\n",
        );
    }

    fn project(paths: &[&str]) -> Facts {
        let kind = |path: &str| match path.ends_with('/') {
            true => ContextKind::Directory,
            false => ContextKind::UnreadFile,
        };
        let listing = paths.iter().map(|path| (Facts::key(path), kind(path)));
        Facts {
            project: Some(Project::new(
                listing.collect(),
                BTreeSet::new(),
                BTreeMap::new(),
                None,
            )),
            ..Facts::default()
        }
    }

    /// What keeps a package install below the copies above it, over a folder of files.
    #[test]
    #[ignore = "a survey: DFIX_CORPUS=... cargo test -- --ignored --nocapture survey"]
    fn survey() {
        let Some(folder) = std::env::var_os("DFIX_CORPUS") else {
            return;
        };
        let settings = crate::Settings::default();
        let facts = Facts::default();
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
            let Ok(source) = dfix_syntax::SourceText::new(&bytes) else {
                continue;
            };
            let analysis = crate::model::Analysis::new(source, &settings);
            let ctx = Context::new(&analysis, &settings, &facts);
            let swaps = Swaps::new(&ctx);
            for stage in &analysis.stages {
                let Some(order) = Order::of(&ctx, stage) else {
                    continue;
                };
                let mut found: BTreeSet<&str> = BTreeSet::new();
                for from in 1..order.steps.len() {
                    let promising = order.moves(from, true)
                        && work(&analysis, &order.steps[from]) == [Work::Packages]
                        && (0..from).any(|to| order.gain(from, to) >= LEAST_GAIN);
                    if !promising {
                        continue;
                    }
                    let moved = &order.steps[from];
                    let first =
                        (0..from)
                            .rev()
                            .find_map(|at| match swaps.of(moved, &order.steps[at]) {
                                _ if !order.is_evident(from, at) => {
                                    Some("it is not evident which changes more often")
                                }
                                Swap::Bound(why) | Swap::Doubtful(why) => Some(why),
                                Swap::Free => None,
                            });
                    found.insert(first.unwrap_or("moved"));
                }
                found
                    .into_iter()
                    .for_each(|why| *reasons.entry(why).or_default() += 1);
            }
        }
        for (why, count) in reasons {
            println!("{count:6} {why}");
        }
    }

    fn message(text: &str, facts: Facts) -> String {
        let source = dfix_syntax::SourceText::new(text.as_bytes()).expect("a good text");
        let settings = crate::Settings {
            selected: Some(["order-layers"].into_iter().collect()),
            ..crate::Settings::default()
        };
        let report = crate::lint(&source, &settings, &facts, crate::Company::Together);
        report
            .findings
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }
}
