//! How instructions are written: continuations, comments, heredocs, letter case.

use super::Generator;

impl Generator {
    /// A RUN of commands that depend on each other, in one of the ways in which people write that.
    pub(super) fn run(&mut self, list: Vec<String>) {
        let stage = self.stages.first().cloned().unwrap_or_default();
        let flags = match self.random.below(24) {
            0 => "--mount=type=cache,target=/var/cache/apk ".to_owned(),
            1 => "--mount=type=cache,target=/root/.cache ".to_owned(),
            2 => "--mount=type=tmpfs,target=/tmp ".to_owned(),
            3 => "--network=none ".to_owned(),
            4 => "--mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt ".to_owned(),
            5 => "--mount=type=cache,target=/root/.npm ".to_owned(),
            6 => format!("--mount=type=bind,target={} ", self.pick(&["/src", "/app", "sub"])),
            7 if !self.is_named && !stage.is_empty() => {
                format!("--mount=from={stage},source={},target=/from ", self.pick(&["/opt", "/etc", "/"]))
            }
            _ => String::new(),
        };
        let flags = if self.buildkit { flags.as_str() } else { "" };
        let heredocs = list.iter().any(|command| command.contains('\n'));
        let style = self.random.below(20);
        if style < 3 && !heredocs {
            return self.heredoc_run(flags, &list);
        }
        if let ([command], 3, false) = (list.as_slice(), style, heredocs)
            && !command.contains([
                '\'', '"', '$', '&', '|', '>', '<', ';', '*', '~', '(', '{', '\\', '\n', '=', '`',
            ])
            && !command.starts_with("cd ")
        {
            let words: Vec<String> = command
                .split_whitespace()
                .map(|word| format!("\"{word}\""))
                .collect();
            return self.line(&format!("RUN {flags}[{}]", words.join(", ")));
        }
        let escape = self.escape;
        let indent = self.pick(&["    ", "  ", "\t", " "]);
        let keyword = self.keyword("RUN");
        let mut text = format!("{keyword} {flags}");
        if heredocs {
            // Only the last command can have a body below it.
            let (bodies, plain): (Vec<_>, Vec<_>) =
                list.into_iter().partition(|command| command.contains('\n'));
            let mut list = plain;
            list.extend(bodies.into_iter().next());
            return self.line(&format!("{text}{}", list.join(" && ")));
        }
        let strict = self.random.once_in(10);
        let mut list = list;
        if self.random.once_in(2) {
            // Chains are no place to leave early, mostly.
            list.retain(|command| command != "exit 0");
        }
        if list.is_empty() {
            list.push("true".to_owned());
        }
        let list: Vec<String> = if strict {
            let set = self.pick(&["set -e", "set -ex", "set -eux", "set -o errexit"]);
            std::iter::once(set.to_owned()).chain(list).collect()
        } else {
            list
        };
        let joint = match (strict, self.random.below(12)) {
            (true, 0..=8) => ";",
            (false, 0) => ";",
            (false, 1) if self.random.once_in(3) => "||",
            _ => "&&",
        };
        let mut one_line = style < 9;
        if list.iter().any(|command| command.ends_with('&')) {
            one_line = true;
        }
        let leading = self.random.once_in(2) && joint != ";";
        let count = list.len();
        for (index, command) in list.into_iter().enumerate() {
            text.push_str(&command);
            if index + 1 == count {
                break;
            }
            // `;` after `&` is no shell.
            let joint = if command.ends_with('&') && joint == ";" {
                ""
            } else {
                joint
            };
            let joint = if command.ends_with('&') { "" } else { joint };
            let before = if joint == ";" { "" } else { " " };
            if one_line {
                text.push_str(&format!("{before}{joint} "));
                continue;
            }
            let comment = match self.random.below(12) {
                0 => "# why\n",
                1 => "    # another one\n",
                2 => "\n",
                _ => "",
            };
            if leading {
                text.push_str(&format!(" {escape}\n{comment}{indent}{joint} "));
            } else {
                text.push_str(&format!("{before}{joint} {escape}\n{comment}{indent}"));
            }
        }
        if self.random.once_in(40) {
            text.push_str(&format!(" {escape}\n"));
        }
        self.line(&text);
    }

    pub(super) fn heredoc_run(&mut self, flags: &str, list: &[String]) {
        let (open, tab) = self.pick(&[
            ("<<EOF", ""),
            ("<<'EOF'", ""),
            ("<<-EOF", "\t"),
            ("<<EOF", ""),
        ]);
        let mut text = format!("RUN {flags}{open}\n");
        if self.random.once_in(2) {
            let first = self.pick(&["set -e", "set -ex", "#!/bin/sh\nset -e", "# what it does"]);
            for line in first.lines() {
                text.push_str(&format!("{tab}{line}\n"));
            }
        }
        for command in list {
            text.push_str(&format!("{tab}{command}\n"));
        }
        text.push_str(&format!("{tab}EOF"));
        self.line(&text);
    }

    pub(super) fn instruction(&mut self, keyword: &str, rest: &str) {
        let keyword = self.keyword(keyword);
        let blank = if self.random.once_in(20) { "   " } else { " " };
        self.line(&format!("{keyword}{blank}{rest}"));
    }

    pub(super) fn keyword(&mut self, keyword: &str) -> String {
        match self.random.below(25) {
            0 => keyword.to_lowercase(),
            1 => keyword
                .chars()
                .take(1)
                .chain(keyword.to_lowercase().chars().skip(1))
                .collect(),
            _ => keyword.to_owned(),
        }
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    pub(super) fn pick<T: Copy>(&mut self, things: &[T]) -> T {
        let at = self.random.below(things.len());
        *things
            .get(at)
            .unwrap_or_else(|| unreachable!("the slice is not empty"))
    }
}
