//! Texts that are hard to read: quotes, escapes, variables and blanks in any order.

use super::Generator;

/// Pieces of a text of an instruction.
const PIECES: &[&str] = &[
    "a", "b", "word", "1", "=", " ", " ", "  ", "\t", "\"", "'", "\\", "\\\\", "\\\"", "\\'", "$V",
    "${V}", "$DIR", "${V:-d}", "\\$V", "\"x y\"", "'x  y'", "\"$V\"", "'$V'", "é", "#", ";", "&&",
    "|", "*", "~", "{", "}", "[", "]", ",", "/", ".", "-", ":", "%", "(", ")", "!", "?", "<", ">",
    "@",
];

/// Pieces of a command line that a shell can read.
const WORDS: &[&str] = &[
    "ls",
    "/app",
    "-l",
    "echo",
    "'a b'",
    "\"a b\"",
    "a\\ b",
    "\"a'b\"",
    "'a\"b'",
    "x=1",
    "a#b",
    "#c",
    "~",
    "*",
    "$E",
    "é",
    "\"\"",
    "''",
    "a\"b\"'c'",
    "{a,b}",
    "\\\\",
    "'\\'",
    "\"\\\\\"",
    "!",
    "2",
    "[a]",
    "a;b",
    ">x",
    "%s",
    "-",
    "--",
    "\\n",
];

impl Generator {
    /// Some pieces one after the other, that don't end in a continuation.
    pub(super) fn soup(&mut self) -> String {
        let count = 1 + self.random.below(7);
        let mut text: String = (0..count).map(|_| self.pick(PIECES)).collect();
        if text.ends_with(['\\', '`']) {
            text.push('z');
        }
        text
    }

    /// The words of a CMD or ENTRYPOINT.
    pub(super) fn program(&mut self) -> String {
        let mut words = vec![self.pick(&[
            "ls", "/app/run", "./run.sh", "node", "echo", "exec ls", "nginx",
        ])];
        for _ in 0..self.random.below(4) {
            words.push(self.pick(WORDS));
        }
        let blank = if self.random.once_in(6) { "  " } else { " " };
        words.join(blank)
    }
}
