//! Reads the words after a program by its table entry.

use smol_str::SmolStr;

use super::invocation::{FlagUse, FlagValue, Operand};
use super::spec::{Arity, FlagSpec, Operands, ProgramSpec, Style, SubSpec};
use crate::model::{ShellWord, SimpleCommand};

/// What the words after the program are.
#[derive(Debug)]
pub(super) struct Details {
    pub(super) sub: Option<SmolStr>,
    pub(super) sub_word: Option<usize>,
    pub(super) sub_spec: Option<&'static SubSpec>,
    pub(super) flags: Vec<FlagUse>,
    pub(super) operands: Vec<Operand>,
    pub(super) operand_kind: Operands,
    pub(super) double_dash: Option<usize>,
    pub(super) all_static: bool,
    /// Whether it is certain for each word what it is.
    pub(super) certain: bool,
}

/// Reads the words from number `first` on.
pub(super) fn parse(
    command: &SimpleCommand,
    first: usize,
    spec: Option<&'static ProgramSpec>,
) -> Details {
    let words = command.words.get(first..).unwrap_or_default();
    let mut parser = Parser {
        words: &command.words,
        at: first,
        spec,
        style: spec.map_or(Style::Gnu, |spec| spec.entry.style),
        group: None,
        details: Details {
            sub: None,
            sub_word: None,
            sub_spec: None,
            flags: Vec::new(),
            operands: Vec::new(),
            operand_kind: spec.map_or(Operands::Text, |spec| spec.entry.operands),
            double_dash: None,
            all_static: words.iter().all(|word| word.value.is_some()),
            certain: true,
        },
    };
    parser.run();
    parser.details
}

struct Parser<'a> {
    words: &'a [ShellWord],
    at: usize,
    spec: Option<&'static ProgramSpec>,
    style: Style,
    /// The first word of a sub-command of two words, and its number.
    group: Option<(SmolStr, usize)>,
    details: Details,
}

impl Parser<'_> {
    fn run(&mut self) {
        if self.style == Style::Tar {
            self.tar_cluster();
        }
        while let Some(word) = self.words.get(self.at) {
            let number = self.at;
            self.at += 1;
            match word.value.clone() {
                Some(text) => self.static_word(number, &text),
                None => self.dynamic_word(number, word),
            }
        }
        if let Some((group, number)) = self.group.take() {
            self.set_sub(&group, number);
        }
        let needs_sub = self.spec.is_some_and(ProgramSpec::has_subs);
        if needs_sub && self.details.sub_spec.is_none() && self.details.sub.is_some() {
            self.details.certain = false;
        }
    }

    fn static_word(&mut self, number: usize, text: &str) {
        let flags_over = self.details.double_dash.is_some()
            || self.style == Style::Raw
            || self.stops_at_operand() && !self.details.operands.is_empty();
        if flags_over || !text.starts_with('-') || text == "-" {
            self.plain(number, Some(text.into()));
        } else if text == "--" {
            self.details.double_dash = Some(number);
        } else if self.style == Style::Mode && is_mode(text) {
            self.plain(number, Some(text.into()));
        } else if text.starts_with("--") || self.style == Style::Single {
            self.long(number, text);
        } else {
            self.cluster(number, text.get(1..).unwrap_or_default());
        }
    }

    /// Whether what follows the first operand belongs to another program, or can't be a flag.
    fn stops_at_operand(&self) -> bool {
        self.style == Style::Front || self.details.operand_kind == Operands::Command
    }

    /// A word with expansions: a flag when its static beginning says so, otherwise an operand that may turn out to be
    /// something else.
    fn dynamic_word(&mut self, number: usize, word: &ShellWord) {
        let head = static_head(&word.text);
        let over = self.details.double_dash.is_some() || self.style == Style::Raw;
        // What a glob stands for starts as the glob does.
        let only_glob = word.glob && word.variables.is_empty() && word.substitutions.is_empty();
        let names_files =
            only_glob && !word.effectful && !head.is_empty() && !head.starts_with('-');
        if word.splits && !names_files {
            self.details.certain = false;
        }
        if !over && head.starts_with('-') {
            let name = head.split('=').next().unwrap_or(head);
            if head.len() > name.len()
                && let Some(spec) = self.lookup(name)
                && spec.arity != Arity::Switch
            {
                self.push_known(number, name, spec, Some((None, number)));
                return;
            }
            let short: String = head.chars().take(2).collect();
            if let Some(spec) = self.lookup(&short)
                && !head.starts_with("--")
                && spec.arity != Arity::Switch
            {
                self.push_known(number, &short, spec, Some((None, number)));
                return;
            }
            if let Some((spec, _)) = self.by_prefix(head) {
                self.push_known(number, head, spec, Some((None, number)));
                return;
            }
            self.details.certain = false;
            self.push_unknown(number, name, Some((None, number)));
            return;
        }
        if head.is_empty() && !over {
            // It may be a flag, or nothing.
            self.details.certain = false;
        }
        self.plain(number, None);
    }

    /// A word that is no flag: sub-command or operand.
    fn plain(&mut self, number: usize, value: Option<SmolStr>) {
        let Some(spec) = self.spec.filter(|spec| spec.has_subs()) else {
            self.details.operands.push(Operand {
                word: number,
                value,
            });
            return;
        };
        if self.details.sub.is_some() {
            self.details.operands.push(Operand {
                word: number,
                value,
            });
            return;
        }
        let Some(text) = value else {
            // An unknown sub-command: nothing after it is certain.
            self.details.certain = false;
            self.details.operands.push(Operand {
                word: number,
                value: None,
            });
            return;
        };
        if let Some((group, at)) = self.group.take() {
            let both = format!("{group} {text}");
            if spec.sub(&both).is_some() {
                self.set_sub(&both, number);
            } else {
                self.set_sub(&group, at);
                self.details.operands.push(Operand {
                    word: number,
                    value: Some(text),
                });
            }
        } else if spec.is_group(&text) {
            self.group = Some((text, number));
        } else {
            self.set_sub(&text, number);
        }
    }

    fn set_sub(&mut self, text: &str, number: usize) {
        let found = self.spec.and_then(|spec| spec.sub(text));
        self.details.sub = Some(found.map_or_else(|| text.into(), |sub| sub.name.into()));
        self.details.sub_word = Some(number);
        self.details.sub_spec = found;
        if let Some(found) = found {
            self.details.operand_kind = found.operands;
        }
    }

    /// `--name`, `--name=value`, or `-name` where names have one dash.
    fn long(&mut self, number: usize, text: &str) {
        let (name, attached) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let attached_value = attached.map(|value| (Some(SmolStr::from(value)), number));
        if let Some(spec) = self.lookup(name) {
            let value = match (spec.arity, attached_value) {
                (_, Some(value)) => Some(value),
                (Arity::Value, None) => self.next_value(),
                (_, None) => None,
            };
            self.push_known(number, name, spec, value);
        } else if let Some((spec, length)) = self.by_prefix(text) {
            let rest = text.get(length..).unwrap_or_default();
            self.push_known(number, text, spec, Some((Some(rest.into()), number)));
        } else {
            self.details.certain = false;
            self.push_unknown(number, name, attached_value);
        }
    }

    /// Short flags in one word, without the dash.
    fn cluster(&mut self, number: usize, letters: &str) {
        let whole = format!("-{letters}");
        if self.numbers() && letters.chars().all(|c| c.is_ascii_digit()) {
            let spec = FlagSpec {
                name: "-NUM",
                arity: Arity::Attached,
            };
            self.push_known(number, &whole, spec, Some((Some(letters.into()), number)));
            return;
        }
        if letters.chars().count() > 1 {
            // Some programs have names of several letters behind one dash.
            let name = whole.split('=').next().unwrap_or(&whole);
            if name.len() > 2 && self.lookup(name).is_some() {
                self.long(number, &whole);
                return;
            }
        }
        let mut rest = letters;
        while let Some(letter) = rest.chars().next() {
            let after = rest.get(letter.len_utf8()..).unwrap_or_default();
            let name = format!("-{letter}");
            let Some(spec) = self.lookup(&name) else {
                if let Some((spec, length)) = self.by_prefix(&format!("-{rest}")) {
                    let value = rest.get(length - 1..).unwrap_or_default();
                    self.push_known(number, &whole, spec, Some((Some(value.into()), number)));
                } else {
                    self.details.certain = false;
                    let name = if rest.len() == letters.len() {
                        whole.as_str()
                    } else {
                        name.as_str()
                    };
                    self.push_unknown(number, name, None);
                }
                return;
            };
            let value = match spec.arity {
                Arity::Switch => {
                    self.push_known(number, &name, spec, None);
                    rest = after;
                    continue;
                }
                Arity::Value if after.is_empty() => self.next_value(),
                Arity::Attached | Arity::Prefix if after.is_empty() => None,
                Arity::Attached if self.style == Style::Apt && !after.starts_with('=') => {
                    self.push_known(number, &name, spec, None);
                    rest = after;
                    continue;
                }
                _ if self.style == Style::Apt => {
                    let value = after.strip_prefix('=').unwrap_or(after);
                    Some((Some(SmolStr::from(value)), number))
                }
                _ => Some((Some(SmolStr::from(after)), number)),
            };
            self.push_known(number, &name, spec, value);
            return;
        }
    }

    /// `tar xzf file`: the first word is a cluster, and its flags take their values from the next words in order.
    fn tar_cluster(&mut self) {
        let Some(text) = self.words.get(self.at).and_then(|word| word.value.clone()) else {
            return;
        };
        if text.is_empty()
            || text.starts_with('-')
            || !text.chars().all(|c| c.is_ascii_alphanumeric())
        {
            return;
        }
        let number = self.at;
        self.at += 1;
        for letter in text.chars() {
            let name = format!("-{letter}");
            match self.lookup(&name) {
                Some(spec) => {
                    let value = match spec.arity {
                        Arity::Value => self.next_value(),
                        _ => None,
                    };
                    self.push_known(number, &name, spec, value);
                }
                None => {
                    self.details.certain = false;
                    self.push_unknown(number, &name, None);
                }
            }
        }
    }

    /// Takes the next word as a value.
    fn next_value(&mut self) -> Option<(Option<SmolStr>, usize)> {
        let Some(word) = self.words.get(self.at) else {
            self.details.certain = false;
            return None;
        };
        let number = self.at;
        self.at += 1;
        if word.splits {
            self.details.certain = false;
        }
        Some((word.value.clone(), number))
    }

    fn lookup(&self, name: &str) -> Option<FlagSpec> {
        let group = || self.spec?.sub(&self.group.as_ref()?.0);
        let sub = self.details.sub_spec.or_else(group);
        let sub = sub.and_then(|sub| sub.flags.get(name));
        sub.or_else(|| self.spec?.flags().get(name))
    }

    fn by_prefix(&self, word: &str) -> Option<(FlagSpec, usize)> {
        let sub = self
            .details
            .sub_spec
            .and_then(|sub| sub.flags.by_prefix(word));
        sub.or_else(|| self.spec?.flags().by_prefix(word))
    }

    fn numbers(&self) -> bool {
        self.spec.is_some_and(|spec| spec.flags().numbers())
    }

    fn push_known(
        &mut self,
        word: usize,
        written: &str,
        spec: FlagSpec,
        value: Option<(Option<SmolStr>, usize)>,
    ) {
        self.details.flags.push(FlagUse {
            name: spec.name.into(),
            written: written.into(),
            word,
            value: value.map(|(text, word)| FlagValue { text, word }),
            known: true,
        });
    }

    fn push_unknown(
        &mut self,
        word: usize,
        written: &str,
        value: Option<(Option<SmolStr>, usize)>,
    ) {
        self.details.flags.push(FlagUse {
            name: written.into(),
            written: written.into(),
            word,
            value: value.map(|(text, word)| FlagValue { text, word }),
            known: false,
        });
    }
}

/// The text before the first expansion, escape, glob, or quote other than one at the start.
fn static_head(text: &str) -> &str {
    let text = text.strip_prefix('"').unwrap_or(text);
    let end = text
        .find(['$', '`', '"', '\'', '\\', '*', '?', '[', '{', '~'])
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Whether a word with a dash is a mode for `chmod`, such as `-x`.
fn is_mode(text: &str) -> bool {
    text.len() > 1
        && text.chars().skip(1).all(|c| {
            matches!(
                c,
                'r' | 'w' | 'x' | 'X' | 's' | 't' | ',' | '+' | '=' | '-' | 'u' | 'g' | 'o' | 'a'
            )
        })
}
