//! How far continued lines are indented.
//!
//! Lines that begin with parts of one construct form a *group*: the operands of a command, the `&&`s of a list, the
//! commands between `then` and `fi`. All lines of a group get one indentation. It is that of the line on which the
//! construct begins, plus a step; or plus nothing, where the author writes the group flat. How wide a step is, is what
//! most groups of the same sort in the file show. So the structure is the author's, and only its widths become even.
//!
//! The result of a result is itself: after it, all groups of a sort show the one step, and flat groups stay flat.

use dfix_syntax::{SyntaxKind, TextRange, TextSize};
use rustc_hash::FxHashMap;

use crate::Edit;

use super::lines::{Content, Line, Place, Role, Sketch};
use super::options::{FormatOptions, Indent};

/// Steps wider than this are there to align lines with something above, and are kept.
const WIDEST_STEP: usize = 12;

/// What the continued lines of a file show.
#[derive(Debug, Default)]
pub(super) struct Votes {
    /// The widths of steps, by sort.
    steps: FxHashMap<Sort, Tally>,
    tabs: usize,
    spaces: usize,
}

/// Values with their number, in the order in which they were first seen.
type Tally = Vec<(usize, usize)>;

/// Groups whose steps ought to be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Sort {
    /// A line that begins with an operator, in a list that begins behind the keyword.
    Connective,
    /// Another line of a construct that begins behind the keyword.
    Argument,
    /// A line of a construct that begins on a continued line, or deeper than the commands around it.
    Nested {
        role: Role,
        parent: SyntaxKind,
        /// Whether the construct is the first thing on its line.
        first: bool,
    },
}

/// The lines that begin with parts of one construct.
#[derive(Debug)]
struct Group {
    place: Place,
    /// Its lines' numbers in the instruction.
    lines: Vec<usize>,
    /// The column that most of them are at.
    own: usize,
    /// The line on which the construct begins; 0 is the keyword's.
    base: usize,
    /// Whether the construct is the first thing on that line.
    first: bool,
}

/// An instruction's groups.
#[derive(Debug)]
pub(super) struct Groups {
    groups: Vec<Group>,
    /// The group of each line.
    of_line: Vec<Option<usize>>,
    /// The columns of the lines as written.
    columns: Vec<usize>,
    /// The column of the first argument, as written and as it will be; that of the first string of a JSON array.
    aligned: [Option<(usize, usize)>; 2],
    /// The least deep column of the commands in a list that begins behind the keyword: what stands deeper is nested in
    /// one of these commands.
    command_level: Option<usize>,
}

/// How the continued lines of a file are to look.
#[derive(Debug)]
pub(super) struct Indentation {
    /// The step of most groups of a sort.
    steps: FxHashMap<Sort, usize>,
    /// The step where the file shows none.
    unit: usize,
    /// Whether every step is the unit.
    fixed: bool,
    tabs: bool,
    tab: usize,
}

impl Groups {
    /// Reads an instruction and lets it vote.
    pub(super) fn new(source: &str, sketch: &Sketch, tab: usize, votes: &mut Votes) -> Self {
        let written = |range: TextRange| {
            let range = usize::from(range.start())..usize::from(range.end());
            source.get(range).unwrap_or_default()
        };
        let columns: Vec<usize> = sketch
            .lines
            .iter()
            .map(|line| width(written(line.indent), 0, tab))
            .collect();
        let mut found: FxHashMap<Place, usize> = FxHashMap::default();
        let mut groups: Vec<Group> = Vec::new();
        let mut of_line = vec![None; sketch.lines.len()];
        for (number, line) in sketch.lines.iter().enumerate() {
            let (Content::Part(place), true) = (line.content, line.free) else {
                continue;
            };
            let index = *found.entry(place).or_insert_with(|| {
                let (base, first) = line_of(&sketch.lines, place.start);
                groups.push(Group {
                    place,
                    lines: Vec::new(),
                    own: 0,
                    base,
                    first,
                });
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(index) {
                group.lines.push(number);
            }
            if let Some(slot) = of_line.get_mut(number) {
                *slot = Some(index);
            }
            let indent = written(line.indent);
            votes.tabs += usize::from(indent.starts_with('\t'));
            votes.spaces += usize::from(indent.starts_with(' '));
        }
        for group in &mut groups {
            let mut tally = Tally::new();
            for number in &group.lines {
                vote(&mut tally, columns.get(*number).copied().unwrap_or(0));
            }
            group.own = winner(&tally).unwrap_or(0);
        }
        let aligned = sketch.argument.map_or([None; 2], |argument| {
            let start = sketch
                .lines
                .first()
                .map_or(argument, |line| line.indent.end());
            first_argument(sketch, start, argument, |range| {
                width(written(range), 0, tab)
            })
        });
        let command_level = groups
            .iter()
            .filter(|group| is_level(group))
            .map(|group| group.own);
        let command_level = command_level.min();
        let groups = Self {
            groups,
            of_line,
            columns,
            aligned,
            command_level,
        };
        for group in &groups.groups {
            let (sort, step) = groups.step(group);
            if let Some(step) = step
                && (1..=WIDEST_STEP).contains(&step)
                && groups.aligned(group).is_none()
            {
                vote(votes.steps.entry(sort).or_default(), step);
            }
        }
        groups
    }

    /// The sort of a group and the step that it is written with; `None` when it stands less deep than its base.
    fn step(&self, group: &Group) -> (Sort, Option<usize>) {
        let base = match (group.base, self.command_level) {
            (0, _) if is_command_level(group) => {
                let sort = match group.place.role {
                    Role::Connective => Sort::Connective,
                    Role::Item | Role::Closer => Sort::Argument,
                };
                return (sort, Some(group.own));
            }
            (0, None) => return (Sort::Argument, Some(group.own)),
            (0, Some(level)) => level,
            (line, _) => self.written_column(line),
        };
        let sort = Sort::Nested {
            role: group.place.role,
            parent: group.place.parent,
            first: group.first,
        };
        (sort, group.own.checked_sub(base))
    }

    /// The column of a line, as most lines of its group have it.
    fn written_column(&self, line: usize) -> usize {
        let group = self.of_line.get(line).copied().flatten();
        let column = self.columns.get(line).copied().unwrap_or(0);
        let group = group.and_then(|index| self.groups.get(index));
        group.map_or(column, |group| group.own)
    }

    /// The column of a group that is aligned with the first argument.
    fn aligned(&self, group: &Group) -> Option<usize> {
        let [plain, json] = self.aligned;
        let (written, new) = match group.place.parent {
            SyntaxKind::JSON_ARRAY => json?,
            _ => plain?,
        };
        let aligned = group.base == 0 && group.place.role == Role::Item && group.own == written;
        // So near to the margin it is as likely to be a step.
        (aligned && new > 4).then_some(new)
    }

    /// The columns as written.
    pub(super) fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// The column that each line gets; `None` for lines whose indentation is no layout.
    pub(super) fn resolve(&self, lines: &[Line], style: &Indentation) -> Vec<Option<usize>> {
        let level = self.groups.iter().filter(|group| is_level(group));
        let level = level.map(|group| self.column(group, 0, style)).min();
        let mut new: Vec<usize> = Vec::with_capacity(self.groups.len());
        for group in &self.groups {
            let base = match group.base {
                0 => level.unwrap_or(0),
                // Its group begins further up than this one.
                line => match self.of_line.get(line).copied().flatten() {
                    Some(base) => new.get(base).copied().unwrap_or(0),
                    None => self.columns.get(line).copied().unwrap_or(0),
                },
            };
            new.push(self.column(group, base, style));
        }
        let column = |group: &Option<usize>| new.get((*group)?).copied();
        let mut columns: Vec<Option<usize>> = self.of_line.iter().map(column).collect();
        self.follow(lines, &mut columns);
        columns
    }

    /// The column of a group whose base is at a new column.
    fn column(&self, group: &Group, base: usize, style: &Indentation) -> usize {
        if let Some(column) = self.aligned(group) {
            return column;
        }
        let (sort, step) = self.step(group);
        let step = step.unwrap_or(0);
        let (shown, wanted) = style.step(sort);
        match sort {
            Sort::Nested { .. } if step > WIDEST_STEP => base + step,
            // What is nearer to none than to a step is a slip.
            Sort::Nested { .. } if step > 0 && step * 2 >= shown => base + wanted,
            Sort::Nested { .. } => base,
            Sort::Connective | Sort::Argument if step > WIDEST_STEP => step,
            // A `]` or `fi` below the keyword.
            Sort::Argument if group.place.role == Role::Closer && step == 0 => 0,
            Sort::Connective | Sort::Argument => wanted,
        }
    }

    /// Comment lines, and lines with nothing but an escape token, go with the line below them.
    fn follow(&self, lines: &[Line], columns: &mut [Option<usize>]) {
        let mut below: Option<(usize, usize, Role)> = None;
        for (number, line) in lines.iter().enumerate().rev() {
            let written = self.columns.get(number).copied().unwrap_or(0);
            let Some(slot) = columns.get_mut(number) else {
                continue;
            };
            match line.content {
                Content::Part(place) => {
                    below = slot.map(|column| (column, written, place.role));
                }
                Content::Comment | Content::Escape if line.free => {
                    let Some((column, below_written, role)) = below else {
                        continue;
                    };
                    // Above an operator, it may be aligned with the command behind the operator.
                    let behind = role == Role::Connective
                        && (written == below_written + OPERATOR || column < 2)
                        && written != below_written;
                    *slot = Some(if behind { column + OPERATOR } else { column });
                }
                Content::Keyword | Content::Comment | Content::Escape | Content::Blank => {}
            }
        }
    }
}

/// The width of `&& `.
const OPERATOR: usize = 3;

impl Indentation {
    /// What most groups show, unless the options say what to do.
    pub(super) fn new(votes: &Votes, options: &FormatOptions) -> Self {
        let winners = votes.steps.iter();
        let steps: FxHashMap<Sort, usize> = winners
            .filter_map(|(sort, tally)| Some((*sort, winner(tally)?)))
            .collect();
        // One blank before `&&` says nothing of other lines.
        let connective = steps.get(&Sort::Connective).filter(|step| **step > 1);
        let shown = steps.get(&Sort::Argument).or(connective).copied();
        let tabs = match options.indent {
            Some(indent) => indent == Indent::Tab,
            None if votes.tabs + votes.spaces > 0 => votes.tabs > votes.spaces,
            None => options.default_indent == Indent::Tab,
        };
        let unit = match options.indent {
            Some(indent) => options.columns(indent),
            None => shown.unwrap_or(options.columns(options.default_indent)),
        };
        Self {
            steps,
            unit,
            fixed: options.indent.is_some(),
            tabs,
            tab: options.tab(),
        }
    }

    /// The step that the file shows for a sort, and the one that it gets.
    fn step(&self, sort: Sort) -> (usize, usize) {
        let shown = self.steps.get(&sort).copied().unwrap_or(self.unit);
        let wanted = match (self.fixed, self.tabs) {
            (true, _) => self.unit,
            (false, true) => shown.next_multiple_of(self.tab),
            (false, false) => shown,
        };
        (shown, wanted)
    }

    /// What a line begins with.
    pub(super) fn text(&self, column: usize) -> String {
        match self.tabs {
            true => "\t".repeat(column / self.tab) + &" ".repeat(column % self.tab),
            false => " ".repeat(column),
        }
    }

    /// The column of a new line below the one with the keyword.
    pub(super) fn below_keyword(&self, is_run: bool) -> usize {
        match self.steps.get(&Sort::Connective) {
            Some(step) if is_run && !self.fixed => *step,
            _ => self.unit,
        }
    }
}

/// Where the first argument is, as written and when the line has got its edits; the same for the first string of a JSON
/// array. `width` measures a part of the line.
fn first_argument(
    sketch: &Sketch,
    start: TextSize,
    argument: TextSize,
    width: impl Fn(TextRange) -> usize,
) -> [Option<(usize, usize)>; 2] {
    let column = |at: TextSize| width(TextRange::new(start, at.max(start)));
    let blanks = |edit: &Edit| column(edit.range.end()) - column(edit.range.start());
    let written = column(argument);
    let mut new = written;
    let mut inside = 0;
    for edit in &sketch.inside {
        if edit.range.end() <= argument {
            new = (new + edit.insert.len()).saturating_sub(blanks(edit));
        } else if edit.range.start() == argument + TextSize::from(1) {
            inside = blanks(edit);
        }
    }
    [Some((written, new)), Some((written + 1 + inside, new + 1))]
}

/// Whether a group consists of the commands of the list that is the instruction's script.
fn is_command_level(group: &Group) -> bool {
    use SyntaxKind::{AND_OR, JSON_ARRAY, PIPELINE, SCRIPT};
    let Place { parent, role, .. } = group.place;
    let is_part = match role {
        Role::Connective => true,
        Role::Item => matches!(parent, AND_OR | PIPELINE | SCRIPT),
        // The end of a construct that begins behind the keyword is as deep as the command that it is.
        Role::Closer => parent != JSON_ARRAY,
    };
    is_part && !group.place.inner
}

/// Whether a group says how deep the commands behind a keyword are.
fn is_level(group: &Group) -> bool {
    let at_margin = group.place.role == Role::Closer && group.own == 0;
    group.base == 0 && is_command_level(group) && !at_margin
}

/// The line that holds an offset, and whether that is the first thing on it.
fn line_of(lines: &[Line], at: TextSize) -> (usize, bool) {
    let number = lines
        .partition_point(|line| line.indent.start() <= at)
        .saturating_sub(1);
    let first = lines
        .get(number)
        .is_some_and(|line| line.indent.end() == at);
    (number, first)
}

/// The columns that blanks take from a column on.
pub(super) fn width(text: &str, from: usize, tab: usize) -> usize {
    let mut column = from;
    for character in text.chars() {
        column = match character {
            '\t' => (column / tab + 1) * tab,
            _ => column + 1,
        };
    }
    column - from
}

fn vote(tally: &mut Tally, value: usize) {
    let known = tally.iter_mut().find(|(known, _)| *known == value);
    if let Some((_, count)) = known {
        *count += 1;
    } else if tally.len() < 64 {
        // Nobody has a style of so many widths.
        tally.push((value, 1));
    }
}

/// The most common value, the first of several.
fn winner(tally: &Tally) -> Option<usize> {
    let mut best: Option<(usize, usize)> = None;
    for (value, count) in tally {
        if best.is_none_or(|(_, most)| *count > most) {
            best = Some((*value, *count));
        }
    }
    best.map(|(value, _)| value)
}
