//! `split-stages`: a single stage that builds and runs becomes two.

use super::Context;
use super::declare::declare_rule;
use crate::Finding;
use crate::model::InstructionKind;
use crate::split::{Answer, Split, from_of, split};

declare_rule! {
    /// A file that builds in the image that it ships becomes a build stage and a runtime stage.
    ///
    /// ## Why
    ///
    /// Compilers, headers and sources make up most of such an image. They are downloaded with each deployment, and each of
    /// them is one more program that an intruder finds. The program needs none of them.
    ///
    /// ## Example
    ///
    /// ```dockerfile,unsafe
    /// FROM python:3.12-slim
    /// RUN apt-get update && apt-get install -y --no-install-recommends \
    ///     gcc \
    ///     libpq-dev \
    ///  && rm -rf /var/lib/apt/lists/*
    /// WORKDIR /app
    /// COPY requirements.txt .
    /// RUN pip install --no-cache-dir -r requirements.txt
    /// COPY . .
    /// CMD ["gunicorn", "app:app"]
    /// ```
    ///
    /// ```dockerfile
    /// FROM python:3.12-slim AS build
    /// RUN apt-get update && apt-get install -y --no-install-recommends \
    ///     gcc \
    ///     libpq-dev \
    ///  && rm -rf /var/lib/apt/lists/*
    /// WORKDIR /app
    /// COPY requirements.txt .
    /// RUN pip install --no-cache-dir -r requirements.txt
    ///
    /// FROM python:3.12-slim
    /// RUN apt-get update && apt-get install -y --no-install-recommends \
    ///     libpq5 \
    ///  && rm -rf /var/lib/apt/lists/*
    /// COPY --from=build /usr/local/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages
    /// COPY --from=build /usr/local/bin /usr/local/bin
    /// WORKDIR /app
    /// COPY . .
    /// CMD ["gunicorn", "app:app"]
    /// ```
    ///
    /// ## Safety
    ///
    /// Always unsafe: whether the program finds everything that it needs only a start of the image shows. What is known is
    /// kept: the environment, the user, the working directory, ports, volumes, labels, the health check, the entrypoint and
    /// the command are those of the original, and every line of it stands in one of the stages. `dfix split --explain` says
    /// for each line why it stands where it does, and what is taken for granted.
    ///
    /// ## Not reported
    ///
    /// Files with several stages, files that build nothing, images whose command needs the tools, and files that remove
    /// their tools in the instruction that installs them.
    ///
    /// ```dockerfile,silent
    /// FROM debian:12-slim
    /// COPY server /usr/local/bin/
    /// CMD ["server"]
    /// ```
    META: RuleMeta {
        id: "split-stages",
        aliases: [],
        group: Stages,
        phase: Structure,
        severity: Info,
        fix: Unsafe,
        laws: [],
        default: false,
        since: "0.1.0",
        needs: [Project, Named],
    }
}

fn check(ctx: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(start) = from_of(ctx.analysis) else {
        return;
    };
    let mut builds = ctx.analysis.instructions.iter();
    let builds = builds.any(|it| it.kind == InstructionKind::Run);
    let message = match builds {
        true => "the image is shipped with everything that built it",
        false => "the program needs less than its image has",
    };
    let finding = Finding::new(&META, start.range, message);
    match split(ctx.analysis, ctx.settings, ctx.facts) {
        Answer::Refused(_) if !builds => {}
        Answer::Nothing(_) => {}
        Answer::Refused(refusal) if refusal.is_choice() => {}
        Answer::Refused(refusal) => {
            let finding = finding.relate(refusal.range, refusal.reason.clone());
            findings.push(finding.refuse(refusal.message()));
        }
        Answer::Split(split) => {
            let doubt = doubt(&split);
            findings.push(finding.offer(title(&split), split.edits, Some(doubt)));
        }
    }
}

/// What will happen, in the imperative.
pub(crate) fn title(split: &Split) -> String {
    match split.single {
        true => format!("Start from `{}`", split.runtime),
        false => format!(
            "Split into a build stage and a stage on `{}`",
            split.runtime
        ),
    }
}

/// Why a person has to judge it.
pub(crate) fn doubt(split: &Split) -> String {
    let mut text =
        "whether the program finds all that it needs only a start of the image shows".to_owned();
    if let [first, rest @ ..] = split.assumptions.as_slice() {
        text.push_str(&format!("; taken for granted: {first}"));
        for assumption in rest {
            text.push_str(&format!("; {assumption}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_refused, check_silent};

    #[test]
    fn a_refusal_names_the_line() {
        check_refused(
            &RULE,
            "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make\nCOPY . /src\nRUN ./setup.sh\nRUN make -C /src\nCMD [\"/src/a\"]\n",
            "line 4: `./setup.sh` may write anywhere",
        );
    }

    #[test]
    fn what_nobody_would_split() {
        for text in [
            "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make\nRUN make\nCMD [\"make\", \"run\"]\n",
            "FROM golang:1.22\nRUN go build -o /a .\nCMD [\"bash\"]\n",
            "FROM golang:1.22 AS a\nRUN go build -o /a .\nFROM debian:12\nCOPY --from=a /a /a\nCMD [\"/a\"]\n",
        ] {
            check_silent(&RULE, text);
        }
    }
}
