//! `merge-run`: steps of one job in several layers.

use super::Context;
use super::declare::declare_rule;
use super::support::joining::{lingering, obstacle, obstacle_but_base};
use super::support::one_job::{Made, Trail};
use crate::model::{Instruction, InstructionKind};
use crate::{Applicability, Edit, Finding, Fix};

declare_rule! {
    /// What one `RUN` makes and the next removes is made and removed in one `RUN`.
    ///
    /// ## Why
    ///
    /// A layer keeps what was there when its instruction ended. A file that a later `RUN` removes is hidden, but every pull of
    /// the image still transfers it. A download, its unpacking and its removal are one job and belong into one layer.
    ///
    /// ## Example
    ///
    /// ```dockerfile
    /// FROM buildpack-deps:bookworm
    /// RUN wget -q https://example.org/tool-1.2.tgz
    /// RUN tar -xzf tool-1.2.tgz -C /usr/local
    /// RUN rm tool-1.2.tgz
    /// ```
    ///
    /// ```dockerfile
    /// FROM buildpack-deps:bookworm
    /// RUN wget -q https://example.org/tool-1.2.tgz \
    ///  && tar -xzf tool-1.2.tgz -C /usr/local \
    ///  && rm tool-1.2.tgz
    /// ```
    ///
    /// ## Safety
    ///
    /// Safe when the `RUN` instructions follow one another directly, have equal flags and a known shell, consist of commands
    /// joined by `&&`, and leave nothing behind that the next would notice in the same shell: no variable, option or mask, no
    /// process, and no other directory unless the next only removes what absolute paths name. Unsafe where a program might
    /// leave a process that the next command meets.
    ///
    /// ```dockerfile,report
    /// FROM buildpack-deps:bookworm
    /// RUN umask 077 && wget -q -O /tmp/tool-1.2.tgz https://example.org/tool-1.2.tgz
    /// RUN rm /tmp/tool-1.2.tgz && touch /ready
    /// ```
    ///
    /// ## Not reported
    ///
    /// `RUN` instructions that have nothing to do with each other: fewer layers alone are no gain, and a change in one of them
    /// would build all of them again. For the same reason the cache of a package manager is not worth a `RUN` that also does
    /// something else. Files that come from a `COPY` or from the base image can't be removed from their layer.
    ///
    /// ```dockerfile,silent
    /// FROM buildpack-deps:bookworm
    /// RUN make tool
    /// RUN make docs
    /// COPY a.tgz /tmp/
    /// RUN rm /tmp/a.tgz
    /// ```
    META: RuleMeta {
        id: "merge-run",
        aliases: ["DL3059"],
        group: Layers,
        phase: Structure,
        severity: Warning,
        fix: Safe,
        laws: [LayersMerged],
        default: true,
        since: "0.1.0",
    }
}

/// How far above its removal a file is looked for. Steps of one job stand closer.
const REACH: usize = 40;

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    for stage in ctx.analysis.stages.iter().filter(|stage| !stage.windows) {
        let instructions: Vec<&Instruction> =
            ctx.analysis.stage_instructions(stage.index).collect();
        let mut runs = instructions
            .iter()
            .filter(|instruction| instruction.kind == InstructionKind::Run);
        if runs.next().is_none() {
            continue;
        }
        let Some(last) = runs.rfind(|run| may_remove(ctx, run)) else {
            continue;
        };
        // What stands below the last removal is never looked at.
        let trails: Vec<Option<Trail<'_>>> = instructions
            .iter()
            .take_while(|instruction| instruction.index <= last.index)
            .map(|instruction| trail(ctx, instruction))
            .collect();
        for (at, last) in instructions.iter().enumerate() {
            let Some(Some(trail)) = trails.get(at) else {
                continue;
            };
            let from = at.saturating_sub(REACH);
            let above = trails.get(from..at).unwrap_or_default();
            let jobs = trail.jobs(above);
            let candidates = jobs.iter().filter_map(|(first, made)| {
                let steps = instructions.get(from + first..=at)?;
                let trails = trails.get(from + first..=at)?;
                Some(judge(ctx, steps, trails, made))
            });
            // The nearest maker of those that can be joined best: what else belongs to the job is found in the next round.
            let mut best: Option<Verdict> = None;
            for candidate in candidates {
                if best
                    .as_ref()
                    .is_none_or(|best| candidate.rank() >= best.rank())
                {
                    best = Some(candidate);
                }
            }
            if let Some(verdict) = best {
                findings.push(verdict.finding(ctx, last));
            }
        }
    }
}

/// Whether a RUN can remove anything, by its text alone: by `rm`, or by what cleans a cache.
fn may_remove(ctx: &Context<'_>, run: &Instruction) -> bool {
    let text = ctx.analysis.text(run.range);
    ["rm", "clean", "cache"]
        .iter()
        .any(|word| text.contains(word))
}

/// What an instruction makes and removes, if it is a RUN that may be looked at.
fn trail<'a>(ctx: &Context<'_>, run: &'a Instruction) -> Option<Trail<'a>> {
    let script = run.script().filter(|_| run.kind == InstructionKind::Run)?;
    let usable = run.heredocs.is_empty() && !ctx.is_frozen(run);
    usable.then(|| Trail::of(run, script, ctx.analysis.state(run)))
}

/// What can be done about a file that is made in one RUN and removed in another.
struct Verdict<'a> {
    made: Made,
    steps: Vec<&'a Instruction>,
    applicability: Option<Applicability>,
    reason: Option<(String, Option<&'a Instruction>)>,
}

/// The doubt about a base image that is not known.
const UNKNOWN_BASE: &str = "the base image is not known, and may have another shell than `sh`";

fn judge<'a>(
    ctx: &Context<'_>,
    steps: &[&'a Instruction],
    trails: &[Option<Trail<'_>>],
    made: &Made,
) -> Verdict<'a> {
    let verdict = |applicability, reason: Option<(&str, Option<&'a Instruction>)>| Verdict {
        made: made.clone(),
        steps: steps.to_vec(),
        applicability,
        reason: reason.map(|(text, place)| (text.to_owned(), place)),
    };
    let inner = steps
        .iter()
        .zip(trails)
        .skip(1)
        .take(steps.len().saturating_sub(2));
    for (step, trail) in inner {
        if !trail.as_ref().is_some_and(|trail| trail.uses(made)) {
            let reason = "what stands between the two has nothing to do with it";
            return verdict(None, Some((reason, Some(step))));
        }
    }
    let others = steps.iter().zip(trails).skip(1);
    for (step, trail) in others {
        if !trail.as_ref().is_some_and(|trail| trail.belongs(made)) {
            let reason =
                "it does more than that, and a change in it would build the earlier RUN again";
            return verdict(None, Some((reason, Some(step))));
        }
    }
    if let Some((reason, place)) = obstacle(ctx, steps) {
        // A package manager's cache is no download: what is told from its commands is told from the image.
        if made.is_cache() || obstacle_but_base(ctx, steps).is_some() {
            return verdict(None, Some((reason, Some(place))));
        }
        return verdict(Some(Applicability::Unsafe), Some((UNKNOWN_BASE, None)));
    }
    match lingering(steps) {
        Some(step) => {
            let reason = "a program in it may leave a process that the next command would meet";
            verdict(Some(Applicability::Unsafe), Some((reason, Some(step))))
        }
        None => verdict(Some(Applicability::Safe), None),
    }
}

impl Verdict<'_> {
    fn rank(&self) -> u8 {
        match self.applicability {
            Some(Applicability::Safe) => 2,
            Some(_) => 1,
            None => 0,
        }
    }

    fn finding(self, ctx: &Context<'_>, last: &Instruction) -> Finding {
        let name = &self.made.shown;
        let message = format!(
            "{name} stays in the image: it is removed here, but the layer of an earlier RUN keeps it"
        );
        let range = last.command().map_or(last.range, |command| command.range);
        let mut finding = Finding::new(&META, range, message);
        if let Some(first) = self.steps.first() {
            finding = finding.relate(first.range, "made here");
        }
        let edits: Option<Vec<Edit>> = self
            .steps
            .windows(2)
            .map(|pair| match pair {
                [first, second] => ctx.layout.join_runs(first, second),
                _ => None,
            })
            .collect();
        let count = match self.steps.len() {
            2 => "two".to_owned(),
            3 => "three".to_owned(),
            count => count.to_string(),
        };
        let title = format!("Join the {count} RUNs, so that {name} is in no layer");
        if let (Some(applicability), Some(edits)) = (self.applicability, edits) {
            finding = finding.with_fix(Fix::new(title, applicability, META.laws, edits));
        }
        match self.reason {
            Some((reason, Some(place))) => finding.refuse(reason).relate(place.range, "this one"),
            Some((reason, None)) => finding.refuse(reason),
            None => finding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_refused, check_reports, check_silent, check_unsafe};

    const FROM: &str = "FROM buildpack-deps:bookworm\n";

    fn joined(before: &str, after: &str) {
        check(&RULE, &format!("{FROM}{before}"), &format!("{FROM}{after}"));
    }

    fn refused(text: &str, reason: &str) {
        check_refused(&RULE, &format!("{FROM}{text}"), reason);
    }

    #[test]
    fn style_and_comments() {
        joined(
            "# get it\nRUN curl -fsSL -o /tmp/a.tgz https://example.org/a.tgz &&\\\n    sha256sum -c sums\n\n# unpack it\nRUN tar -xzf /tmp/a.tgz -C /opt\nRUN rm -f /tmp/a.tgz\nRUN true\n",
            "# get it\nRUN curl -fsSL -o /tmp/a.tgz https://example.org/a.tgz &&\\\n    sha256sum -c sums && \\\n    # unpack it\n    tar -xzf /tmp/a.tgz -C /opt && \\\n    rm -f /tmp/a.tgz\nRUN true\n",
        );
    }

    #[test]
    fn names_with_variables() {
        joined(
            "ARG V\nRUN curl -fsSLO \"https://example.org/a-${V}.zip\"\nRUN unzip a-${V}.zip && rm a-${V}.zip\n",
            "ARG V\nRUN curl -fsSLO \"https://example.org/a-${V}.zip\" \\\n && unzip a-${V}.zip && rm a-${V}.zip\n",
        );
    }

    #[test]
    fn the_last_one_may_change_its_shell() {
        joined(
            "RUN git clone https://example.org/a /tmp/a\nRUN cd /tmp/a && make install && rm -rf /tmp/a\n",
            "RUN git clone https://example.org/a /tmp/a \\\n && cd /tmp/a && make install && rm -rf /tmp/a\n",
        );
    }

    #[test]
    fn directories() {
        let get = "RUN wget -O /tmp/a.tgz https://example.org/a.tgz";
        joined(
            &format!(
                "{get}\nRUN cd /opt && tar -xzf /tmp/a.tgz\nRUN rm -f /tmp/a.tgz /tmp/*.sig\n"
            ),
            &format!(
                "{get} \\\n && cd /opt && tar -xzf /tmp/a.tgz \\\n && rm -f /tmp/a.tgz /tmp/*.sig\n"
            ),
        );
        joined(
            "RUN cd /tmp && wget https://example.org/a.tgz\nRUN cd /tmp && tar -xzf a.tgz && rm a.tgz\n",
            "RUN cd /tmp && wget https://example.org/a.tgz \\\n && cd /tmp && tar -xzf a.tgz && rm a.tgz\n",
        );
        let moved = "RUN cd /opt && wget -O /tmp/a.tgz https://example.org/a.tgz";
        for after in [
            "cd tools && tar -xzf /tmp/a.tgz && rm /tmp/a.tgz",
            "rm /tmp/a.tgz -v",
            "rm -- -v /tmp/a.tgz",
            "rm \"$DIR/a\" /tmp/a.tgz",
            "tar -xzf /tmp/a.tgz && rm /tmp/a.tgz",
        ] {
            refused(&format!("{moved}\nRUN {after}\n"), "changes the shell");
        }
        refused(
            &format!("ENV PATH=bin:$PATH\n{moved}\nRUN rm /tmp/a.tgz\n"),
            "changes the shell",
        );
    }

    #[test]
    fn caches_of_package_managers() {
        check(
            &RULE,
            "FROM fedora:40\nRUN dnf install -y gcc\nRUN dnf clean all\n",
            "FROM fedora:40\nRUN dnf install -y gcc \\\n && dnf clean all\n",
        );
        check_silent(
            &RULE,
            "FROM fedora:40\nRUN dnf install -y gcc && dnf clean all\nRUN dnf clean all\n",
        );
    }

    #[test]
    fn equal_cache_mounts() {
        let mount = "--mount=type=cache,target=/root/.cache";
        joined(
            &format!(
                "RUN {mount} curl -o a.zip https://example.org/a.zip\nRUN {mount} unzip a.zip && rm a.zip\n"
            ),
            &format!(
                "RUN {mount} curl -o a.zip https://example.org/a.zip \\\n && unzip a.zip && rm a.zip\n"
            ),
        );
        refused(
            "RUN --mount=type=secret,id=t curl -o a.zip https://example.org/a.zip\nRUN unzip a.zip && rm a.zip\n",
            "flags",
        );
    }

    #[test]
    fn what_lies_in_a_mount_is_in_no_layer() {
        let mount = "--mount=type=cache,target=/cache";
        check_silent(
            &RULE,
            &format!(
                "{FROM}RUN {mount} curl -o /cache/a https://example.org/a && cp /cache/a /a\nRUN {mount} rm /cache/a\n"
            ),
        );
    }

    #[test]
    fn a_file_that_is_read_by_a_redirection() {
        joined(
            "RUN curl -o /tmp/list https://example.org/list\nRUN wc -l < /tmp/list > /count\nRUN rm /tmp/list\n",
            "RUN curl -o /tmp/list https://example.org/list \\\n && wc -l < /tmp/list > /count \\\n && rm /tmp/list\n",
        );
    }

    #[test]
    fn shells_and_lists() {
        let get = "RUN curl -o /tmp/a.zip https://example.org/a.zip";
        refused(&format!("{get}\nRUN rm /tmp/a.zip || true\n"), "more than");
        refused(&format!("{get}; true\nRUN rm /tmp/a.zip\n"), "more than");
        refused(&format!("{get} # why\nRUN rm /tmp/a.zip\n"), "more than");
        refused(
            &format!("{get} && umask 077\nRUN rm /tmp/a.zip\n"),
            "changes the shell",
        );
        refused(
            &format!("{get} && cd /opt\nRUN rm /tmp/a.zip ../tmp/b\n"),
            "changes the shell",
        );
        refused(
            &format!("{get} && ln -sf bash /bin/sh\nRUN rm /tmp/a.zip\n"),
            "changes the shell",
        );
        refused(
            &format!("{get}\nRUN rm /tmp/a.zip && echo $?\n"),
            "remembers",
        );
        refused(
            &format!("{get}\nARG V\nRUN rm /tmp/a.zip\n"),
            "nothing to do",
        );
        refused(
            &format!("{get}\nRUN make all\nRUN rm /tmp/a.zip\n"),
            "nothing to do",
        );
        refused(
            &format!("{get}\n# hadolint ignore=DL3003\nRUN rm /tmp/a.zip\n"),
            "speaks to",
        );
        check_refused(
            &RULE,
            "FROM example.org/a\nSHELL [\"/bin/zsh\", \"-c\"]\nRUN curl -o /a https://example.org/a\nRUN rm /a\n",
            "shell",
        );
    }

    #[test]
    fn a_base_that_nobody_knows() {
        check_unsafe(
            &RULE,
            "FROM example.org/base\nARG URL\nWORKDIR /data\nRUN wget -O a.tar.gz ${URL}\nRUN tar -xf a.tar.gz days/1.svm\nRUN rm -f a.tar.gz\n",
            "FROM example.org/base\nARG URL\nWORKDIR /data\nRUN wget -O a.tar.gz ${URL} \\\n && tar -xf a.tar.gz days/1.svm \\\n && rm -f a.tar.gz\n",
        );
        check_refused(
            &RULE,
            "FROM example.org/base\nENV BASH_ENV=/x\nRUN wget -O /a.tgz https://example.org/a\nRUN rm /a.tgz\n",
            "shell",
        );
        check_refused(
            &RULE,
            "FROM example.org/base\nRUN npm install -g a\nRUN npm cache clean --force\n",
            "shell",
        );
    }

    #[test]
    fn processes() {
        check_unsafe(
            &RULE,
            &format!("{FROM}RUN ./make-it > /tmp/a\nRUN install-it /tmp/a && rm /tmp/a\n"),
            &format!("{FROM}RUN ./make-it > /tmp/a \\\n && install-it /tmp/a && rm /tmp/a\n"),
        );
    }

    #[test]
    fn other_files() {
        check_silent(
            &RULE,
            &format!("{FROM}RUN curl -o a https://example.org/a\nRUN rm -rf /tmp/*\n"),
        );
        check_silent(
            &RULE,
            &format!("{FROM}RUN curl -o a https://example.org/a && rm a\nRUN rm -f a\n"),
        );
        check_silent(&RULE, &format!("{FROM}COPY a /tmp/a\nRUN rm /tmp/a\n"));
        check_silent(
            &RULE,
            &format!("{FROM}RUN curl -o a https://example.org/a\nFROM b\nRUN rm a\n"),
        );
        check_reports(
            &RULE,
            &format!("{FROM}RUN curl -o /tmp/a https://example.org/a\nUSER b\nRUN rm -rf /tmp/*\n"),
            1,
        );
    }
}
