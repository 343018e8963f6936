//! `ADD` of an address, and the RUN below it that unpacks what came.

use super::META;
use super::archive::{Unpack, file_name, is_archive, is_named_below, unpacks, verifies};
use super::fetcher::Fetcher;
use crate::layout::Comments;
use crate::model::{Args, Instruction, InstructionKind, Pipeline, Script, State, join_path};
use crate::rules::Context;
use crate::rules::support::directories::exists;
use crate::{Applicability, Edit, Finding, Fix};

pub(super) fn find(
    ctx: &Context<'_>,
    run: &Instruction,
    script: &Script,
    pipelines: &[&Pipeline],
) -> Option<Finding> {
    let unpacks = unpacks(ctx, run, pipelines);
    unpacks.iter().find_map(|unpack| {
        let add = Add::above(ctx, run, &unpack.path)?;
        let finding = Finding::new(
            &META,
            add.instruction.range,
            format!(
                "`{}` stays in a layer of its own after it was unpacked",
                file_name(&add.path)
            ),
        )
        .relate(unpack.command.range, "unpacked here");
        Some(match add.rewrite(ctx, run, script, pipelines, unpack) {
            Ok(edits) => {
                let title = "Fetch, unpack and remove the archive in one RUN";
                let fix = Fix::new(title, Applicability::Unsafe, META.laws, edits);
                finding.with_fix(fix).refuse(
                    "a program of the image fetches it, with its own certificates and proxies; the RUN is not done again when the file behind the address changes",
                )
            }
            Err(reason) => finding.refuse(reason),
        })
    })
}

/// An `ADD` of one address.
struct Add<'a> {
    instruction: &'a Instruction,
    /// The address as written.
    url: String,
    /// Where the file comes to lie.
    path: String,
    /// The directory that it makes.
    directory: String,
    /// The value of `--checksum`.
    checksum: Option<String>,
}

impl<'a> Add<'a> {
    /// The `ADD` above a RUN that brings a file, with nothing between that runs.
    fn above(ctx: &Context<'a>, run: &Instruction, path: &str) -> Option<Self> {
        let above = ctx.analysis.stage_instructions(run.stage?).rev();
        for other in above.filter(|it| it.index < run.index) {
            match other.kind {
                InstructionKind::Add => {
                    if let Some(add) = Self::of(ctx, other)
                        && add.path == path
                    {
                        return (!ctx.is_frozen(other)).then_some(add);
                    }
                }
                InstructionKind::Copy
                | InstructionKind::Label
                | InstructionKind::Expose
                | InstructionKind::Cmd
                | InstructionKind::Entrypoint
                | InstructionKind::Maintainer
                | InstructionKind::Stopsignal
                | InstructionKind::Workdir => {}
                _ => return None,
            }
        }
        None
    }

    fn of(ctx: &Context<'a>, instruction: &'a Instruction) -> Option<Self> {
        let Args::Copy {
            sources,
            dest,
            json,
        } = &instruction.args
        else {
            return None;
        };
        let [source] = sources.as_slice() else {
            return None;
        };
        let known = |name: &str| matches!(name, "checksum" | "link");
        let plain = instruction.flags.iter().all(|flag| known(&flag.name));
        let url = source.text.as_str();
        let remote = url.starts_with("https://") || url.starts_with("http://");
        let name = file_name(url.split(['?', '#']).next().unwrap_or(url));
        // Quotes and escapes of the expansion layer are not followed.
        let odd = |text: &str| text.contains(['"', '\'', '\\', '`', ' ']);
        if !plain || *json || !remote || !is_archive(name) || odd(url) || odd(&dest.text) {
            return None;
        }
        let workdir = ctx.analysis.state(instruction)?.known_workdir();
        let dest = dest.text.as_str();
        let absolute = match dest.starts_with(['/', '$']) {
            true => dest.to_owned(),
            false => join_path(workdir?, dest),
        };
        let is_folder = dest.ends_with('/') || matches!(dest, "." | "..") || dest.ends_with("/.");
        let path = match is_folder {
            true => format!("{}/{name}", absolute.trim_end_matches('/')),
            false => absolute,
        };
        let (directory, _) = path.rsplit_once('/')?;
        let directory = match directory {
            "" => "/".to_owned(),
            directory => directory.to_owned(),
        };
        Some(Self {
            instruction,
            url: url.to_owned(),
            checksum: instruction
                .flag("checksum")
                .and_then(|flag| flag.value.as_ref())
                .map(ToString::to_string),
            path,
            directory,
        })
    }

    /// The edits: the RUN fetches what the ADD brought.
    ///
    /// # Errors
    /// Why it can't.
    fn rewrite(
        &self,
        ctx: &Context<'_>,
        run: &Instruction,
        script: &Script,
        pipelines: &[&Pipeline],
        unpack: &Unpack<'_>,
    ) -> Result<Vec<Edit>, String> {
        let analysis = ctx.analysis;
        let state = analysis.state(run);
        if !state.is_some_and(State::is_root) {
            return Err(
                "the user of the RUN is not known to be root, who owns what `ADD` brings"
                    .to_owned(),
            );
        }
        if run.flag("network").is_some() {
            return Err("the RUN has a network of its own".to_owned());
        }
        if !simple_variables(&self.url) || !simple_variables(&self.path) {
            return Err("a shell may read the variables in another way than `ADD`".to_owned());
        }
        if is_named_below(ctx, run, &self.path) {
            return Err("the archive is named again below".to_owned());
        }
        let Some(fetcher) = Fetcher::before(ctx, run) else {
            return Err("nothing shows that `curl` or `wget` is in the image".to_owned());
        };
        let later = pipelines.get(unpack.number + 1..).unwrap_or_default();
        let text = |pipeline: &Pipeline| analysis.text(pipeline.range);
        let name = file_name(&self.path);
        // It may go when nothing behind the unpacking asks for it; a check goes before.
        let late: Vec<&&Pipeline> = later.iter().filter(|it| verifies(it)).collect();
        if !late.is_empty() {
            return Err(
                "the RUN verifies it only after the unpacking: move that before it first"
                    .to_owned(),
            );
        }
        let mut others = later.iter().filter(|it| text(it).contains(name));
        let removal = others.next().filter(|it| is_removal(it, &self.path));
        if others.next().is_some()
            || removal.is_none() && later.iter().any(|it| text(it).contains(name))
        {
            return Err("the RUN uses the archive for something else as well".to_owned());
        }
        // With one name in the whole RUN it can lie where it is in nobody's way.
        let whole = analysis.text(run.range);
        let mentions = whole.matches(name).count();
        let moved = mentions == 1
            && unpack.word.value.as_deref() == Some(self.path.as_str())
            && self.directory != "/tmp";
        let place = match moved {
            true => format!("/tmp/{name}"),
            false => self.path.clone(),
        };
        let style = ctx.layout.style(run);
        let and = style.and([]);
        let mut before = String::new();
        let makes = match moved {
            true => (unpack.place.as_str() == self.directory).then_some(self.directory.as_str()),
            false => Some(self.directory.as_str()),
        };
        if let Some(directory) = makes
            && !exists(analysis, self.instruction, directory)
            && state.and_then(State::known_workdir) != Some(directory)
        {
            before.push_str(&format!("mkdir -p {}{and}", word(directory)));
        }
        before.push_str(&fetcher.command(&word(&self.url), &word(&place)));
        before.push_str(&and);
        if let Some(checksum) = &self.checksum {
            let (algorithm, sum) = checksum
                .split_once(':')
                .ok_or("the checksum has no algorithm")?;
            if !matches!(algorithm, "sha256" | "sha384" | "sha512")
                || sum.contains(['"', '`'])
                || !simple_variables(sum)
            {
                return Err("the checksum is none that a program of the image verifies".to_owned());
            }
            before.push_str(&format!(
                "echo \"{sum}  {place}\" | {algorithm}sum -c -{and}"
            ));
        }
        let first = script
            .items
            .first()
            .map(|item| item.and_or.first.range.start());
        let first = first.ok_or("there is no command")?;
        let mut edits = ctx
            .layout
            .remove_instruction(self.instruction, Comments::MoveTo(run));
        edits.push(Edit::insert(first, before));
        if moved {
            edits.push(Edit::replace(unpack.word.range, place.clone()));
        }
        if removal.is_none() {
            let end = unpack.command.range.end();
            edits.push(Edit::insert(end, format!("{and}rm {}", word(&place))));
        }
        Ok(edits)
    }
}

/// Whether a pipeline removes a file by its name.
fn is_removal(pipeline: &Pipeline, path: &str) -> bool {
    let command = pipeline.simple();
    command.is_some_and(|command| {
        command.word(0) == Some("rm")
            && command
                .words
                .iter()
                .any(|word| file_name(&word.text).contains(file_name(path)))
    })
}

/// Whether the variables in a text are of the kinds that the builder and a shell read alike.
fn simple_variables(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('$') {
        let inner = match after.strip_prefix('{') {
            Some(braced) => braced.split_once('}').map(|(name, _)| name),
            None => Some(
                after
                    .split(|ch: char| !ch.is_ascii_alphanumeric() && ch != '_')
                    .next()
                    .unwrap_or_default(),
            ),
        };
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if !inner.is_some_and(is_name) {
            return false;
        }
        rest = after;
    }
    true
}

/// A text as one word of a shell, in which variables are expanded.
fn word(text: &str) -> String {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/:._-+=@%,~".contains(&byte));
    match plain && !text.starts_with('~') {
        true => text.to_owned(),
        false => format!("\"{text}\""),
    }
}
