//! Everything that the decisions are made from: the image, what each RUN does, and what the program needs.

use super::acts::{self, Act, Done, Made, Work};
use super::image::Image;
use super::needs::Needs;
use super::place::Place;
use super::refusal::{Refusal, quote};
use super::{Answer, extensions};
use crate::Facts;
use crate::model::{Analysis, Base, Instruction, InstructionKind};

/// What a RUN does, by the kinds of its commands.
pub(super) struct Run<'a> {
    pub(super) instruction: &'a Instruction,
    pub(super) done: Vec<Done>,
}

impl Run<'_> {
    pub(super) fn work(&self) -> Option<Work> {
        let works = self.done.iter().filter_map(|done| match &done.act {
            Act::Make(made) => Some(made.kind),
            _ => None,
        });
        works.max()
    }

    pub(super) fn has(&self, test: impl Fn(&Act) -> bool) -> bool {
        self.done.iter().any(|done| test(&done.act))
    }

    /// Whether it only cleans up.
    pub(super) fn only_cleans(&self) -> bool {
        self.has(|act| matches!(act, Act::Remove(_) | Act::Housekeeping))
            && !self.has(|act| !matches!(act, Act::Remove(_) | Act::Housekeeping | Act::Nothing))
    }
}

/// Everything that the decisions are made from.
pub(super) struct World<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) from: &'a Instruction,
    pub(super) facts: &'a Facts,
    pub(super) image: Image,
    pub(super) needs: Needs,
    pub(super) runs: Vec<Run<'a>>,
}

impl<'a> World<'a> {
    /// The instruction that says what is run, for messages; the FROM where none does.
    pub(super) fn command(&self) -> &'a Instruction {
        let index = self.needs.commands.first();
        index
            .and_then(|index| self.analysis.instructions.get(*index))
            .unwrap_or(self.from)
    }
}

/// Whether what a RUN leaves is copied, rather than made again.
pub(super) fn is_build(run: &Run<'_>) -> bool {
    run.work().is_some()
}

pub(super) fn is_server(image: &Image) -> bool {
    matches!(
        image.family(),
        "nginx"
            | "httpd"
            | "tomcat"
            | "php"
            | "postgres"
            | "mysql"
            | "mariadb"
            | "redis"
            | "mongo"
            | "memcached"
            | "haproxy"
            | "wordpress"
            | "jenkins/jenkins"
            | "jenkins"
            | "rabbitmq"
            | "drupal"
            | "nextcloud"
    )
}

/// Reads a file that builds something, or says why it is no candidate.
pub(super) fn world<'a>(analysis: &'a Analysis, facts: &'a Facts) -> Result<World<'a>, Answer> {
    read(analysis, facts, true)
}

/// Reads a file whether it builds something or not; `None` when it can't be read or is no candidate.
pub(super) fn ready<'a>(analysis: &'a Analysis, facts: &'a Facts) -> Option<World<'a>> {
    read(analysis, facts, false).ok()
}

fn read<'a>(analysis: &'a Analysis, facts: &'a Facts, builds: bool) -> Result<World<'a>, Answer> {
    if !analysis.errors.is_empty() || !analysis.expansion_errors.is_empty() {
        return Err(Answer::Nothing("the file has errors"));
    }
    let [stage] = analysis.stages.as_slice() else {
        return Err(Answer::Nothing("the file has several stages already"));
    };
    if stage.windows || !matches!(stage.base, Base::Image(_)) {
        return Err(Answer::Nothing(
            "the stage starts from no image that programs run in",
        ));
    }
    let (Some(from), Some(image)) = (super::from_of(analysis), Image::of(analysis, stage)) else {
        return Err(Answer::Nothing("the stage starts from no image"));
    };
    let mut runs = Vec::new();
    let mut unread = None;
    for instruction in analysis
        .stage_instructions(0)
        .filter(|it| it.kind == InstructionKind::Run)
    {
        match acts::read(analysis, instruction, &image) {
            Some(done) => runs.push(Run { instruction, done }),
            None => unread = unread.or(Some(instruction)),
        }
    }
    if builds && !runs.iter().any(|run| run.work().is_some()) {
        return Err(Answer::Nothing("the file builds nothing"));
    }
    let refuse = |instruction: &Instruction, kind, why: String| {
        Answer::Refused(Refusal::of(analysis, instruction, kind, why))
    };
    let compiles = runs.iter().any(|run| run.work() >= Some(Work::Packages));
    if let Some(instruction) = unread.filter(|_| compiles) {
        return Err(refuse(
            instruction,
            "unreadable",
            format!(
                "what {} does can't be read",
                quote(analysis, instruction.range)
            ),
        ));
    }
    if let Some((instruction, freeze)) = analysis.frozen().next().filter(|_| compiles) {
        return Err(refuse(instruction, "frozen", freeze.message.to_string()));
    }
    if unread.is_some() || analysis.frozen().next().is_some() {
        return Err(Answer::Nothing("the file builds nothing"));
    }
    let onbuild = analysis
        .stage_instructions(0)
        .find(|it| it.kind == InstructionKind::Onbuild);
    if let Some(instruction) = onbuild {
        return Err(refuse(
            instruction,
            "onbuild",
            "the image is made to build others, which need its tools".to_owned(),
        ));
    }
    if image.has_word("onbuild") {
        return Err(refuse(
            from,
            "onbuild",
            format!(
                "`{}` runs instructions of its own in this build",
                image.text
            ),
        ));
    }
    own_node(&image, &mut runs);
    extensions::of_packages(&image, &mut runs);
    of_servers(&image, &mut runs);
    if !has_sources(facts) {
        only_installed(analysis, &mut runs);
    }
    let mut needs = Needs::of(analysis);
    needs.look_up(&runs);
    let mut world = World {
        needs,
        from,
        analysis,
        facts,
        image,
        runs,
    };
    for text in super::scripts::texts(&world) {
        world.needs.also(text);
    }
    Ok(world)
}

/// In an image without Node, of which no package is installed, it was unpacked or built below `/usr/local`, and what npm
/// installs for all goes there too.
fn own_node(image: &Image, runs: &mut [Run<'_>]) {
    let acts = || runs.iter().flat_map(|run| &run.done).map(|done| &done.act);
    let packaged = acts().any(|act| match act {
        Act::Install(install) => install
            .packages
            .iter()
            .any(|(_, name)| name.starts_with("node") || name.starts_with("npm") || name == "yarn"),
        // It may bring anything.
        Act::Unknown => true,
        _ => false,
    });
    if packaged || !image.is_plain() {
        return;
    }
    for done in runs.iter_mut().flat_map(|run| &mut run.done) {
        if done.act == Act::System && matches!(done.program.as_str(), "npm" | "yarn" | "pnpm") {
            done.act = Act::Make(Made {
                recipe: super::recipes::node::ID,
                kind: Work::Packages,
                outputs: vec![acts::Output::Prefix(Place::At("/usr/local".to_owned()))],
            });
        }
    }
}

/// Whether the build context holds what compilers read.
fn has_sources(facts: &Facts) -> bool {
    const ENDS: &[&str] = &[
        ".c", ".cc", ".cpp", ".cxx", ".f90", ".go", ".m", ".rs", ".s",
    ];
    facts.project.as_ref().is_some_and(|project| {
        project
            .below("")
            .any(|(path, _)| ENDS.iter().any(|end| path.ends_with(end)))
    })
}

/// Where nothing is configured or compiled before, `make install` may put scripts in place that compile when they run.
fn only_installed(analysis: &Analysis, runs: &mut [Run<'_>]) {
    let is_installation = |done: &Done| {
        let installs = |made: &Made| {
            made.outputs
                .iter()
                .any(|output| matches!(output, acts::Output::Prefix(_)))
        };
        let compiles = || {
            let words = analysis.text(done.range).split_ascii_whitespace();
            words.skip(1).any(|word| word == "all" || word == "build")
        };
        done.program == "make"
            && matches!(&done.act, Act::Make(made) if installs(made))
            && !compiles()
    };
    let compiles = |done: &Done| matches!(&done.act, Act::Make(made) if made.kind == Work::Compile);
    let all = || runs.iter().flat_map(|run| &run.done);
    if all().any(|done| compiles(done) && !is_installation(done)) {
        return;
    }
    for done in runs.iter_mut().flat_map(|run| &mut run.done) {
        if is_installation(done) {
            done.act = Act::Unknown;
        }
    }
}

/// Extensions of a server are installed where its own tools say (`pg_config`, `apxs`, `pkg-config varnishapi`), whatever
/// prefix was configured.
fn of_servers(image: &Image, runs: &mut [Run<'_>]) {
    const HEADERS: &[&str] = &[
        "postgresql-server-dev",
        "apache2-dev",
        "apache2-threaded-dev",
        "apache2-prefork-dev",
        "httpd-devel",
        "asterisk-dev",
        "dovecot-dev",
        "libpurple-dev",
        "libvarnishapi-dev",
        "libvarnish-dev",
        "proftpd-dev",
        "squid-dev",
        "varnish-dev",
    ];
    let of_server = |name: &str| HEADERS.iter().any(|stem| name.starts_with(stem));
    let acts = || runs.iter().flat_map(|run| &run.done).map(|done| &done.act);
    let installed = acts().any(|act| match act {
        Act::Install(install) => install.packages.iter().any(|(_, name)| of_server(name)),
        _ => false,
    });
    if !installed && image.family() != "postgres" {
        return;
    }
    for done in runs.iter_mut().flat_map(|run| &mut run.done) {
        let Act::Make(made) = &mut done.act else {
            continue;
        };
        for output in &mut made.outputs {
            if matches!(output, acts::Output::Prefix(Place::Below(text)) if text.is_empty()) {
                *output = acts::Output::Prefix(Place::Unknown);
            }
        }
    }
}

/// Whether the only stage of a file compiles something.
pub(super) fn compiles(analysis: &Analysis) -> bool {
    let [stage] = analysis.stages.as_slice() else {
        return false;
    };
    let Some(image) = Image::of(analysis, stage) else {
        return false;
    };
    analysis
        .stage_instructions(0)
        .filter(|it| it.kind == InstructionKind::Run)
        .filter_map(|run| acts::read(analysis, run, &image))
        .flatten()
        .any(|done| matches!(&done.act, Act::Make(made) if made.kind == Work::Compile))
}
