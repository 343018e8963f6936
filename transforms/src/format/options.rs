//! What a person can choose about the layout.

/// How a file is laid out. The default is what `dfix fmt` does without configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatOptions {
    /// The letter case of instruction keywords.
    pub keyword_case: KeywordCase,
    /// The indentation of continued lines in every file; `None` takes what most lines of the file show.
    pub indent: Option<Indent>,
    /// The indentation of continued lines where the file shows none.
    pub default_indent: Indent,
    /// How many columns a tab is wide, from one to sixteen.
    pub tab_width: usize,
    /// How many blank lines may stand between two instructions; at least one.
    pub max_blank_lines: usize,
    /// Whether a blank line is put before each stage but the first.
    pub blank_line_before_stage: bool,
    /// Whether blanks at the ends of lines are removed where they mean nothing.
    pub trim_trailing_blanks: bool,
    /// Whether the last line gets a line end.
    pub insert_final_newline: bool,
    /// Whether blank lines at the end of the file are removed.
    pub trim_final_newlines: bool,
}

/// The letter case of instruction keywords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeywordCase {
    /// The one that most keywords of the file have; upper case when there are as many of each. It is what BuildKit's
    /// check `ConsistentInstructionCasing` asks for, and it leaves a file alone whose author has made up their mind.
    #[default]
    Consistent,
    /// `FROM`
    Upper,
    /// `from`
    Lower,
    /// As written.
    Preserve,
}

/// One step of indentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indent {
    /// So many spaces, from one to sixteen.
    Spaces(usize),
    /// A tab.
    Tab,
}

impl Default for FormatOptions {
    fn default() -> Self {
        Self {
            keyword_case: KeywordCase::default(),
            indent: None,
            default_indent: Indent::Spaces(4),
            tab_width: 4,
            max_blank_lines: 1,
            blank_line_before_stage: true,
            trim_trailing_blanks: true,
            insert_final_newline: true,
            trim_final_newlines: true,
        }
    }
}

/// The widest indentation that can be asked for.
const WIDEST: usize = 16;

impl FormatOptions {
    /// These options in an editor that shows tabs so wide, and indents with them or with as many spaces.
    pub fn in_editor(self, tab_width: u32, inserts_spaces: bool) -> Self {
        let tab_width = usize::try_from(tab_width).unwrap_or(WIDEST);
        Self {
            tab_width,
            default_indent: match inserts_spaces {
                true => Indent::Spaces(tab_width),
                false => Indent::Tab,
            },
            ..self
        }
    }

    /// The width of a tab, whatever a client asks for.
    pub(super) fn tab(&self) -> usize {
        self.tab_width.clamp(1, WIDEST)
    }

    /// The columns of a step of indentation.
    pub(super) fn columns(&self, indent: Indent) -> usize {
        match indent {
            Indent::Spaces(spaces) => spaces.clamp(1, WIDEST),
            Indent::Tab => self.tab(),
        }
    }
}
