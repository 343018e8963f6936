//! The text of the two stages, in the author's style, with the reason for each line.

use dfix_syntax::{TextRange, TextSize};

use super::keeping::Kept;
use super::place::{parent, within};
use super::plan::{Extra, Plan, Purpose, Step};
use super::planner::destination;
use super::settle::mentions;
use super::{Explained, Stage};
use crate::layout::{Layout, keywords_are_lower};
use crate::model::{Analysis, Args, Instruction, InstructionKind};

/// The new text from the stage's FROM to the end of the file, and why each line is there.
pub(super) struct Written {
    pub(super) range: TextRange,
    pub(super) text: String,
    pub(super) lines: Vec<Explained>,
}

struct Writer<'w> {
    analysis: &'w Analysis,
    start: &'w Instruction,
    out: String,
    /// The number of the next line of the new file.
    line: usize,
    lines: Vec<Explained>,
    lower: bool,
}

/// Writes a plan.
pub(super) fn write(analysis: &Analysis, start: &Instruction, plan: &Plan<'_>) -> Written {
    let layout = Layout::new(analysis);
    let begin = layout.block_start(start);
    let before = analysis
        .source
        .get(..usize::from(begin))
        .unwrap_or_default();
    let mut writer = Writer {
        analysis,
        start,
        out: String::new(),
        line: before.matches('\n').count() + 1,
        lines: Vec::new(),
        lower: keywords_are_lower(analysis),
    };
    let stage = plan.stage;
    let name = match &start.args {
        Args::From { name, .. } => name.as_ref().map(|name| name.text.to_string()),
        _ => None,
    };
    let mut end = start.lines.end();
    if plan.single {
        writer.other_from(begin, plan);
        writer.runtime(plan, &layout, stage);
        end = plan
            .steps
            .last()
            .map_or(end, |step| step.instruction.lines.end());
    } else {
        end = writer.build(begin, plan, &layout);
        writer.raw(analysis.eol);
        writer.runtime_from(plan, name.as_deref());
        writer.runtime(plan, &layout, stage);
    }
    let rest = TextRange::new(end, TextSize::of(&*analysis.source));
    let tail = analysis.text(rest).to_owned();
    if !tail.trim().is_empty() {
        writer.raw(&tail);
    }
    let ends_with_line = analysis.source.ends_with('\n');
    let mut text = writer.out;
    while text.ends_with("\n\n") || text.ends_with("\r\n\r\n") {
        text.truncate(text.len() - analysis.eol.len());
    }
    if !ends_with_line {
        let trimmed = text.trim_end_matches(['\r', '\n']).len();
        text.truncate(trimmed);
    }
    Written {
        range: TextRange::new(begin, TextSize::of(&*analysis.source)),
        text,
        lines: writer.lines,
    }
}

/// The first of these names for a stage that nothing in the file stands for.
pub(super) fn stage_name(analysis: &Analysis, names: &[&'static str]) -> &'static str {
    let taken = |name: &str| {
        analysis.source.contains(&format!("from={name} "))
            || analysis.source.contains(&format!("from={name},"))
    };
    let free = names.iter().copied().find(|name| !taken(name));
    free.unwrap_or("dfix-build")
}

impl Writer<'_> {
    fn raw(&mut self, text: &str) {
        self.out.push_str(text);
        self.line += text.matches('\n').count();
    }

    /// Whole lines that are explained by one reason.
    fn block(&mut self, stage: Stage, text: &str, source: Option<TextRange>, reason: String) {
        let first = self.line;
        self.raw(text);
        if !text.ends_with('\n') {
            let eol = self.analysis.eol;
            self.raw(eol);
        }
        let comments = text
            .lines()
            .take_while(|line| line.trim_start().starts_with('#') || line.trim().is_empty())
            .count();
        self.lines.push(Explained {
            first: first + comments,
            last: self.line.saturating_sub(1),
            stage,
            source,
            reason,
        });
    }

    /// Blank lines and comments that belong to no instruction.
    fn gap(&mut self, range: TextRange) {
        let text = self.analysis.text(range).to_owned();
        let text = text.as_str();
        if text.trim().is_empty() && (self.out.ends_with("\n\n") || self.out.ends_with("\n\r\n")) {
            return;
        }
        self.raw(text);
    }

    fn trim_blank_lines(&mut self) {
        let eol = self.analysis.eol;
        let doubled = format!("{eol}{eol}");
        while self.out.ends_with(&doubled) {
            self.out.truncate(self.out.len() - eol.len());
            self.line -= 1;
        }
        if !self.out.ends_with('\n') {
            self.raw(eol);
        }
    }

    fn keyword<'t>(&self, upper: &'t str, lower: &'t str) -> &'t str {
        if self.lower { lower } else { upper }
    }

    fn build_from(&mut self, begin: TextSize, plan: &Plan<'_>, stage: &str) {
        let analysis = self.analysis;
        let start = self.start;
        let Args::From { image, .. } = &start.args else {
            return;
        };
        let head = analysis
            .text(TextRange::new(begin, image.range.end()))
            .to_owned();
        let kept = TextRange::new(start.range.end(), start.lines.end());
        let line = format!(
            "{head} {} {stage}{}",
            self.keyword("AS", "as"),
            analysis.text(kept)
        );
        let reason = match (plan.download, plan.recipe) {
            (true, _) => {
                "this stage only downloads, so that a change elsewhere does not download again"
            }
            (false, super::recipes::spring::ID) if plan.kept.is_empty() => {
                "this stage holds the jar, and takes it apart"
            }
            (false, _) => "this stage builds, with all its tools",
        };
        self.block(Stage::Build, &line, Some(start.range), reason.to_owned());
    }

    /// The build stage; where its last instruction ends in the original.
    fn build(&mut self, begin: TextSize, plan: &Plan<'_>, layout: &Layout<'_>) -> TextSize {
        let analysis = self.analysis;
        let mut end = self.start.lines.end();
        self.build_from(begin, plan, plan.stage);
        for step in &plan.steps {
            let gap = TextRange::new(end, layout.block_start(step.instruction).max(end));
            end = step.instruction.lines.end();
            if step.purpose == Purpose::Runtime {
                continue;
            }
            self.gap(gap);
            let parted = plan
                .parted
                .iter()
                .find(|parted| parted.instruction == step.instruction.index);
            if let Some(parted) = parted {
                let head = layout.block_start(step.instruction);
                let first = TextRange::new(head, parted.first.end());
                let source = Some(step.instruction.range);
                let text = analysis.text(first).to_owned();
                let reason = "what it fetches stays cached while it is the same".to_owned();
                self.block(Stage::Build, &text, source, reason);
                let second = &parted.second;
                self.block(Stage::Build, &second.text, source, second.reason.clone());
                continue;
            }
            let block = TextRange::new(
                layout.block_start(step.instruction),
                step.instruction.lines.end(),
            );
            let mut text = analysis.text(block).to_owned();
            for (at, new) in plan.inserted.iter().rev() {
                let inside = block
                    .contains_inclusive(*at)
                    .then(|| usize::from(*at - block.start()));
                if let Some(at) = inside.filter(|at| text.is_char_boundary(*at)) {
                    text.insert_str(at, new);
                }
            }
            self.block(
                Stage::Build,
                &text,
                Some(step.instruction.range),
                match step.purpose {
                    Purpose::Both if step.runtime.is_some() => {
                        "the build needs all of it".to_owned()
                    }
                    _ => step.reason.clone(),
                },
            );
        }
        self.trim_blank_lines();
        for extra in &plan.prepare {
            self.extra(Stage::Build, extra);
        }
        end
    }

    /// The FROM of a file that stays in one stage, on another image.
    fn other_from(&mut self, begin: TextSize, plan: &Plan<'_>) {
        let analysis = self.analysis;
        let start = self.start;
        let Args::From { image, .. } = &start.args else {
            return;
        };
        let head = analysis.text(TextRange::new(begin, image.range.start()));
        let tail = analysis.text(TextRange::new(image.range.end(), start.lines.end()));
        let line = format!("{head}{}{tail}", plan.runtime.text);
        let reason = plan.runtime_reason.clone();
        self.block(Stage::Runtime, &line, Some(start.range), reason);
    }

    fn runtime_from(&mut self, plan: &Plan<'_>, name: Option<&str>) {
        let analysis = self.analysis;
        let start = self.start;
        let platform = start
            .flag("platform")
            .map(|flag| analysis.text(flag.range))
            .filter(|text| !text.contains("BUILDPLATFORM"));
        let mut line = self.keyword("FROM", "from").to_owned();
        if let Some(platform) = platform {
            line.push(' ');
            line.push_str(platform);
        }
        line.push(' ');
        line.push_str(&plan.runtime.text);
        if let Some(name) = name {
            line.push_str(&format!(" {} {name}", self.keyword("AS", "as")));
        }
        self.block(Stage::Runtime, &line, None, plan.runtime_reason.clone());
    }

    fn runtime(&mut self, plan: &Plan<'_>, layout: &Layout<'_>, stage: &str) {
        let mut steps: Vec<&Step<'_>> = plan
            .steps
            .iter()
            .filter(|step| step.purpose != Purpose::Build)
            .collect();
        let mut moved = false;
        if plan.download {
            // What comes from the context changes more often than what was downloaded.
            let context = |step: &&Step<'_>| {
                step.instruction.index <= plan.last_build
                    && matches!(
                        step.instruction.kind,
                        InstructionKind::Copy | InstructionKind::Add
                    )
            };
            let late: Vec<&Step<'_>> = steps.iter().copied().filter(context).collect();
            if late.iter().all(|step| may_move(self.analysis, plan, step)) {
                steps.retain(|step| !context(step));
                let at = steps
                    .iter()
                    .take_while(|step| step.instruction.index <= plan.last_build)
                    .count();
                steps.splice(at..at, late);
                moved = true;
            }
        }
        let place = place_of_copies(plan, &steps, moved);
        for extra in &plan.first {
            self.extra(Stage::Runtime, extra);
        }
        let mut directory = "/".to_owned();
        let mut known = false;
        let mut copied = false;
        for (at, step) in steps.iter().enumerate() {
            if at == place {
                self.copies(plan, stage, known.then_some(directory.as_str()));
                copied = true;
            }
            self.step(step, layout, !plan.single && at == 0 || at == place);
            if step.instruction.kind == InstructionKind::Workdir {
                let next = self
                    .analysis
                    .states
                    .get(step.instruction.index + 1)
                    .map(|state| state.as_ref())
                    .or_else(|| self.analysis.end_state(0));
                let path = next.and_then(|state| state.known_workdir());
                known = path.is_some();
                directory = path.unwrap_or_default().to_owned();
            }
        }
        if !copied {
            self.copies(plan, stage, known.then_some(directory.as_str()));
        }
    }

    fn step(&mut self, step: &Step<'_>, layout: &Layout<'_>, tight: bool) {
        let analysis = self.analysis;
        let block_start = layout.block_start(step.instruction);
        // The blank line above an instruction comes with it.
        let above = analysis
            .source
            .get(..usize::from(block_start))
            .unwrap_or_default();
        let blank = above.ends_with("\n\n") || above.ends_with("\r\n\r\n");
        if blank && !tight && !self.out.ends_with("\n\n") && !self.out.ends_with("\n\r\n") {
            let eol = analysis.eol;
            self.raw(eol);
        }
        if step.purpose == Purpose::Runtime && blank && !tight {
            // Comments that stand alone above it.
            if let Some(comment) = lonely(above) {
                let comment = comment.to_owned();
                self.raw(&comment);
            }
        } else if step.purpose == Purpose::Runtime
            && let Some(comment) = lonely(above)
        {
            let comment = comment.to_owned();
            self.raw(&comment);
        }
        let comments = TextRange::new(block_start, step.instruction.lines.start());
        let text = match &step.runtime {
            Some(text) => format!("{}{text}", analysis.text(comments)),
            None => analysis
                .text(TextRange::new(block_start, step.instruction.lines.end()))
                .to_owned(),
        };
        self.block(
            Stage::Runtime,
            &text,
            Some(step.instruction.range),
            step.reason.clone(),
        );
    }

    fn extra(&mut self, stage: Stage, extra: &Extra) {
        let text = match self.lower {
            true => extra
                .text
                .split_once(' ')
                .map_or(extra.text.clone(), |(keyword, rest)| {
                    format!("{} {rest}", keyword.to_ascii_lowercase())
                }),
            false => extra.text.clone(),
        };
        self.block(stage, &text, None, extra.reason.clone());
    }

    fn copies(&mut self, plan: &Plan<'_>, stage: &str, directory: Option<&str>) {
        for kept in &plan.kept {
            let target = match directory {
                Some(directory)
                    if directory != "/" && kept.directory && kept.target == directory =>
                {
                    "./".to_owned()
                }
                Some(directory)
                    if directory != "/"
                        && !kept.directory
                        && parent(&kept.target) == directory
                        && super::place::base_name(&kept.target).contains('.') =>
                {
                    "./".to_owned()
                }
                _ => kept.target.clone(),
            };
            let certificates = kept.path.ends_with("/ca-certificates.crt");
            let target = match certificates {
                true => format!("{}/", parent(&kept.target)),
                false => target,
            };
            let keyword = self.keyword("COPY", "copy");
            let line = match kept.path.contains(' ') || target.contains(' ') {
                true => format!("{keyword} --from={stage} [\"{}\", \"{target}\"]", kept.path),
                false => format!("{keyword} --from={stage} {} {target}", kept.path),
            };
            self.block(Stage::Runtime, &line, None, kept.reason.clone());
        }
        for extra in &plan.after {
            self.extra(Stage::Runtime, extra);
        }
    }
}

/// The comments at the end of a text that stand alone, between blank lines, with the blank line behind them.
fn lonely(above: &str) -> Option<&str> {
    let body = above
        .strip_suffix("\r\n\r\n")
        .or_else(|| above.strip_suffix("\n\n"))?;
    let start = body
        .rfind("\n\n")
        .map(|at| at + 2)
        .or_else(|| body.rfind("\r\n\r\n").map(|at| at + 4))?;
    let block = body.get(start..)?;
    let only_comments =
        !block.is_empty() && block.lines().all(|line| line.trim_start().starts_with('#'));
    only_comments.then(|| above.get(start..)).flatten()
}

/// Whether a copy from the build context does the same below what was downloaded: in the same directory, with the same
/// variables, and where the download replaces none of its files.
fn may_move(analysis: &Analysis, plan: &Plan<'_>, step: &Step<'_>) -> bool {
    let copy = step.instruction;
    let Args::Copy { dest, .. } = &copy.args else {
        return false;
    };
    let found = analysis.expand(copy, &dest.text).ok();
    let relative = !found.is_some_and(|found| found.value.prefix().starts_with('/'));
    let text = analysis.text(copy.range);
    let between = plan.steps.iter().map(|step| step.instruction);
    let mut between = between.filter(|it| it.index > copy.index && it.index <= plan.last_build);
    let changes = between.any(|it| match &it.args {
        Args::Pairs(pairs) => pairs.iter().any(|pair| mentions(text, &pair.name.text)),
        _ => relative && it.kind == InstructionKind::Workdir,
    });
    let target = destination(analysis, copy);
    let apart = |kept: &Kept| {
        let root = target.root();
        root.is_some_and(|path| !within(&kept.target, path))
    };
    !changes && plan.kept.iter().all(apart)
}

/// Before which step of the runtime stage the copies stand: where the build ended, but above the working directory when
/// nothing is copied into it.
fn place_of_copies(plan: &Plan<'_>, steps: &[&Step<'_>], moved: bool) -> usize {
    let mut place = steps
        .iter()
        .take_while(|step| {
            step.instruction.index <= plan.last_build
                && !(moved
                    && matches!(
                        step.instruction.kind,
                        InstructionKind::Copy | InstructionKind::Add
                    ))
        })
        .count();
    if plan.download {
        return place;
    }
    let outside = |directory: &str| {
        plan.kept
            .iter()
            .all(|kept| !within(&kept.target, directory))
    };
    while let Some(previous) = place.checked_sub(1).and_then(|at| steps.get(at)) {
        let Args::Value(word) = &previous.instruction.args else {
            break;
        };
        if previous.instruction.kind != InstructionKind::Workdir
            || !word.text.starts_with('/')
            || word.text == "/"
            || !outside(&word.text)
            || !plan.after.is_empty()
        {
            break;
        }
        place -= 1;
    }
    place
}
