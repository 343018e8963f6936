//! Open documents: their texts as the client has them, and what was worked out about them.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::Arc;

use dfix_syntax::SourceText;
use dfix_transforms::model::Analysis;
use dfix_transforms::proof::Law;
use dfix_transforms::{Facts, Finding, findings_of, judge_finding};
use tower_lsp::lsp_types::{TextDocumentContentChangeEvent, Url};

use super::features::tokens::Answered;
use super::positions::{Encoding, Lines};
use super::world::World;
use crate::config::Config;
use crate::file::template_problem;
use crate::world::problem::{Problem, ProblemKind};

/// An open document.
#[derive(Debug)]
pub(super) struct Document {
    /// Its name, as the client wrote it.
    pub uri: Url,
    /// Where it is saved; `None` for one that never was.
    pub path: Option<PathBuf>,
    /// The client's number of the text.
    pub version: i32,
    /// The text.
    pub text: String,
    /// The lines of the text.
    pub lines: Lines,
    /// The semantic tokens that the client has.
    pub tokens: Answered,
    /// What was worked out last; of an earlier text when it is stale.
    state: State,
    stale: bool,
    /// When it was asked about last, in the session's count.
    used: u64,
}

/// What is known of a text.
#[derive(Debug)]
enum State {
    Unknown,
    /// It is no text for a Dockerfile.
    Unfit(Problem),
    Checked(Box<Checked>),
}

/// What was worked out about a text.
#[derive(Debug)]
pub(super) struct Checked {
    pub analysis: Analysis,
    /// What holds for the document; the default when its configuration is in error.
    pub config: Arc<Config>,
    pub facts: Facts,
    /// What the rules say; no proof has been asked for. Empty when there is a problem.
    pub findings: Vec<Finding>,
    /// Why the document is not checked.
    pub problem: Option<Problem>,
    /// The findings after the proof, where one was asked for.
    judged: Vec<OnceCell<Judged>>,
}

/// A finding after the proof.
#[derive(Debug)]
pub(super) struct Judged {
    pub finding: Finding,
    /// The laws that the proof used.
    pub laws: Vec<Law>,
}

impl Document {
    pub(super) fn new(uri: Url, version: i32, text: String, encoding: Encoding) -> Self {
        Self {
            path: uri.to_file_path().ok(),
            uri,
            version,
            tokens: Answered::default(),
            lines: Lines::new(&text, encoding),
            text,
            state: State::Unknown,
            stale: true,
            used: 0,
        }
    }

    /// Applies what the client changed, in its order.
    pub(super) fn change(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        for change in changes {
            match change.range {
                None => self.text = change.text,
                Some(range) => {
                    let a = usize::from(self.lines.offset(&self.text, range.start));
                    let b = usize::from(self.lines.offset(&self.text, range.end));
                    self.text.replace_range(a.min(b)..a.max(b), &change.text);
                }
            }
            // The next change speaks of the text after this one.
            self.lines = Lines::new(&self.text, encoding);
        }
        self.version = version;
        self.stale = true;
    }

    /// Notes that it was asked about.
    pub(super) fn use_now(&mut self, count: u64) {
        self.used = count;
    }

    /// When it was asked about last, and the size of its text; `None` when nothing is known of it.
    pub(super) fn known_since(&self) -> Option<(u64, usize)> {
        let known = !matches!(self.state, State::Unknown);
        known.then_some((self.used, self.text.len()))
    }

    /// What is known of the text as it is now; the reason when it is no text for a Dockerfile.
    pub(super) fn check(&mut self, world: &mut World) -> Result<&Checked, &Problem> {
        if self.stale {
            let before = std::mem::replace(&mut self.state, State::Unknown);
            self.state = self.work_out(before, world);
            self.stale = false;
        }
        self.known()
    }

    /// As [`Self::check`], for a document that was checked.
    pub(super) fn known(&self) -> Result<&Checked, &Problem> {
        match &self.state {
            State::Checked(checked) => Ok(checked),
            State::Unfit(problem) => Err(problem),
            State::Unknown => Err(&NOT_CHECKED),
        }
    }

    /// Forgets what was worked out: the surroundings changed.
    pub(super) fn forget(&mut self) {
        self.state = State::Unknown;
        self.stale = true;
    }

    fn work_out(&self, before: State, world: &mut World) -> State {
        let bytes = self.text.as_bytes();
        let source = match SourceText::new(bytes) {
            Ok(source) => source,
            Err(error) => return State::Unfit(Problem::unfit(error, bytes)),
        };
        let path = self.path.as_deref();
        let (config, mut problem) = match world.config(path) {
            Ok(config) => (config, None),
            Err(error) => {
                let message = format!("its configuration is in error: {error}");
                let problem = Problem::new(ProblemKind::Config, message);
                (Arc::default(), Some(problem))
            }
        };
        let template = || template_problem(&source, path.unwrap_or("".as_ref()));
        problem = problem.or_else(template);
        let analysis = match before {
            State::Checked(before) if Arc::ptr_eq(&before.config, &config) => {
                before.analysis.into_edited(source, &config.settings)
            }
            _ => Analysis::new(source, &config.settings),
        };
        let facts = world.facts(path, &analysis, &config.settings);
        let findings = match problem {
            None => findings_of(&analysis, &config.settings, &facts),
            Some(_) => Vec::new(),
        };
        State::Checked(Box::new(Checked {
            judged: findings.iter().map(|_| OnceCell::new()).collect(),
            analysis,
            config,
            facts,
            findings,
            problem,
        }))
    }
}

/// Cannot be seen: every way to a document checks it first.
static NOT_CHECKED: Problem = Problem {
    kind: ProblemKind::Internal,
    place: None,
    message: String::new(),
};

impl Checked {
    /// A finding after the proof, by its place in [`Self::findings`].
    pub(super) fn judged(&self, index: usize) -> Option<&Judged> {
        let finding = self.findings.get(index)?;
        let cell = self.judged.get(index)?;
        Some(cell.get_or_init(|| {
            let mut finding = finding.clone();
            let settings = &self.config.settings;
            let laws = judge_finding(&self.analysis, settings, &self.facts, &mut finding);
            Judged { finding, laws }
        }))
    }
}
