//! A grammar of Dockerfiles: shapes that rules look for, with everything around them that may make a rewrite wrong.

use dfix_tests::random::Random;

use super::commands;
use super::fault::Fault;

/// A generated file and what it is built with.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) text: String,
    /// Values for `--build-arg`.
    pub(crate) build_args: Vec<(String, String)>,
    /// Whether dfix is told what is in the build context.
    pub(crate) facts: bool,
    /// What fails although it would work.
    pub(crate) fault: Option<Fault>,
}

/// The package managers of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Debian,
    Alpine,
    /// With the name of its package manager.
    Rpm(&'static str),
}

/// What is generated so far, and what later parts can refer to.
pub(crate) struct Generator {
    pub(crate) random: Random,
    pub(crate) family: Family,
    pub(crate) out: String,
    /// Directories that are there, if nothing went wrong.
    pub(crate) folders: Vec<String>,
    /// Files that are there, if nothing went wrong.
    pub(crate) files: Vec<String>,
    pub(crate) users: Vec<&'static str>,
    stages: Vec<String>,
    /// The continuation character.
    escape: char,
    /// Whether the file says that it is for BuildKit.
    buildkit: bool,
}

/// The case that belongs to a number.
pub(crate) fn case(seed: u64) -> Case {
    let random = Random::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x5bd1_e995);
    let mut generator = Generator {
        random,
        family: Family::Debian,
        out: String::new(),
        folders: Vec::new(),
        files: Vec::new(),
        users: vec!["root"],
        stages: Vec::new(),
        escape: '\\',
        buildkit: false,
    };
    // The first numbers of neighbouring seeds are much alike.
    for _ in 0..8 {
        generator.random.below(2);
    }
    generator.file();
    let names = [("V", "given"), ("DIR", "/given"), ("WHO", "nobody")];
    let given = names.iter().filter(|_| generator.random.once_in(6));
    let build_args = given
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let facts = generator.random.once_in(2);
    let mut text = generator.out;
    if generator.random.once_in(12) {
        text = text.replace('\n', "\r\n");
    }
    if generator.random.once_in(10) {
        text.truncate(text.trim_end().len());
    }
    Case {
        text,
        build_args,
        facts,
        fault: None,
    }
}

impl Generator {
    fn file(&mut self) {
        if self.random.once_in(3) {
            self.buildkit = true;
            self.line("# syntax=docker/dockerfile:1");
        }
        if self.random.once_in(25) {
            self.escape = '`';
            self.line("# escape=`");
        }
        if self.random.once_in(6) {
            self.line("ARG V=global");
        }
        let stages = if self.random.once_in(3) {
            2 + self.random.below(2)
        } else {
            1
        };
        for index in 0..stages {
            self.stage(index, stages);
        }
    }

    fn stage(&mut self, index: usize, stages: usize) {
        let keyword = self.keyword("FROM");
        let on_stage = index > 0 && self.random.once_in(3);
        let parent = self.stages.last().cloned().filter(|_| on_stage);
        let image = match parent {
            Some(parent) => parent,
            None => {
                let folders = ["/opt", "/srv", "/tmp", "/etc", "/usr/local/share", "/home"];
                self.folders = folders.map(str::to_owned).to_vec();
                self.files.clear();
                self.users = vec!["root"];
                let (image, family) = self.image();
                self.family = family;
                image.to_owned()
            }
        };
        let name = format!("s{index}");
        if index + 1 < stages || self.random.once_in(6) {
            let shown = if self.random.once_in(8) {
                name.to_uppercase()
            } else {
                name.clone()
            };
            let alias = if self.random.once_in(4) { "as" } else { "AS" };
            self.line(&format!("{keyword} {image} {alias} {shown}"));
            self.stages.push(name);
        } else {
            self.line(&format!("{keyword} {image}"));
        }
        if self.random.once_in(2) {
            self.line(
                self.random
                    .clone()
                    .pick(&["ENV DIR=/data", "ARG DIR=/opt/x", "ENV DIR /srv"])
                    .unwrap_or(&""),
            );
        }
        for _ in 0..1 + self.random.below(5) {
            self.shape();
        }
        if index + 1 == stages || self.random.once_in(4) {
            self.ending();
        }
    }

    fn image(&mut self) -> (&'static str, Family) {
        let images = [
            ("debian:12", Family::Debian),
            ("debian:12", Family::Debian),
            ("debian:bookworm-slim", Family::Debian),
            ("ubuntu:22.04", Family::Debian),
            ("python:3.12", Family::Debian),
            ("node:20", Family::Debian),
            ("golang:1.22", Family::Debian),
            ("alpine:3.19", Family::Alpine),
            ("alpine:3.19", Family::Alpine),
            ("node:20-alpine", Family::Alpine),
            ("python:3.12-alpine", Family::Alpine),
            ("fedora:40", Family::Rpm("dnf")),
            ("rockylinux:9", Family::Rpm("dnf")),
            ("rockylinux:9-minimal", Family::Rpm("microdnf")),
            ("centos:7", Family::Rpm("yum")),
            ("opensuse/leap:15", Family::Rpm("zypper")),
        ];
        self.pick(&images)
    }

    /// One of a few instructions that belong together.
    fn shape(&mut self) {
        if self.random.once_in(6) {
            let comment =
                self.pick(&["# a comment", "# build it", "#", "# hadolint ignore=DL3008"]);
            self.line(comment);
        }
        match self.random.below(30) {
            0..=5 => self.packages(),
            6..=8 => self.plain_run(),
            9..=10 => self.directory(),
            11..=12 => self.copied(),
            13 => self.workdir(),
            14 => self.user(),
            15 => self.variables(),
            16 => self.download(),
            17 => self.language(),
            18..=19 => self.changed_directory(),
            20 => self.stage_copy(),
            21 => self.shell(),
            22 => self.metadata(),
            23 => self.heredoc_file(),
            24 => self.trigger(),
            _ => self.plain_run(),
        }
        if self.random.once_in(8) {
            self.out.push('\n');
        }
    }

    // Instructions.

    fn plain_run(&mut self) {
        let count = 1 + self.random.below(4);
        let list = (0..count).map(|_| commands::any(self)).collect();
        self.run(list);
    }

    fn packages(&mut self) {
        let mut before = Vec::new();
        if self.random.once_in(4) {
            before.push(commands::any(self));
        }
        let mut lists = commands::packages(self);
        if let Some(first) = lists.first_mut() {
            before.append(first);
            *first = before;
        }
        for mut list in lists {
            if self.random.once_in(4) {
                let at = self.random.below(list.len() + 1);
                list.insert(at, commands::any(self));
            }
            if self.random.once_in(14) {
                let between = self.pick(&[
                    "ARG V=2",
                    "ENV E=1",
                    "LABEL a=b",
                    "# comment",
                    "COPY a.txt /z/",
                    "WORKDIR /srv",
                ]);
                self.line(between);
            }
            self.run(list);
        }
    }

    fn directory(&mut self) {
        let path = commands::new_path(self);
        let flags = self.pick(&["-p ", "-p ", "-p ", "", "-p -m 700 ", "-pv "]);
        let mut list = vec![format!("mkdir {flags}{path}")];
        if self.random.once_in(3) {
            list.insert(0, commands::any(self));
        }
        if self.random.once_in(3) {
            list.push(commands::any(self));
        }
        let before = self.random.once_in(8);
        if before {
            self.user();
        }
        self.run(list);
        if self.random.once_in(6) {
            self.metadata();
        }
        let path = if self.random.once_in(6) {
            format!("{path}/sub")
        } else {
            path
        };
        let slash = if self.random.once_in(8) { "/" } else { "" };
        self.instruction("WORKDIR", &format!("{path}{slash}"));
    }

    fn changed_directory(&mut self) {
        let path = commands::path(self);
        let mut list = Vec::new();
        if self.random.once_in(2) {
            list.push(format!("mkdir -p {path}"));
        }
        list.push(format!("cd {path}"));
        for _ in 0..1 + self.random.below(3) {
            list.push(commands::any(self));
        }
        self.run(list);
        if self.random.once_in(3) {
            self.run_one();
        }
        if !self.random.once_in(4) {
            let next = if self.random.once_in(2) {
                path
            } else {
                commands::path(self)
            };
            self.instruction("WORKDIR", &next);
        }
    }

    fn run_one(&mut self) {
        let command = commands::any(self);
        self.run(vec![command]);
    }

    fn copied(&mut self) {
        let keyword = self.pick(&["COPY", "COPY", "ADD"]);
        let (source, is_folder) = self.pick(&[
            ("a.txt", false),
            ("run.sh", false),
            ("tool", false),
            ("conf.json", false),
            ("dir", true),
            ("dir/", true),
            (".", true),
            ("site", true),
            ("*.txt", false),
            ("a.txt run.sh", false),
            ("none*", false),
            ("dir/x.sh", false),
            ("data.tgz", false),
            ("pkg.tar", false),
            ("blob", false),
            ("a.txt", false),
            ("run.sh", false),
        ]);
        let source = if self.random.once_in(25) {
            "missing.txt"
        } else {
            source
        };
        let dest = match self.random.below(6) {
            0 => ".".to_owned(),
            1 => format!("{}/", commands::path(self)),
            2 => self
                .pick(&[
                    "/usr/local/bin/run.sh",
                    "/etc/",
                    "/opt/tool",
                    "x/y",
                    "$DIR/",
                ])
                .to_owned(),
            _ => commands::path(self),
        };
        let last = self.users.last().copied().unwrap_or("root");
        let who = self.pick(&[
            "nobody",
            "1000",
            last,
            last,
            "1000:1000",
            "daemon:staff",
            "0",
        ]);
        let who = if self.random.once_in(20) {
            "app:app"
        } else {
            who
        };
        let mode = self.pick(&["755", "644", "0700", "+x", "u+x", "a+rx", "600", "go-w"]);
        let flag = match self.random.below(12) {
            0 => format!("--chown={who} "),
            1 => "--chmod=755 ".to_owned(),
            2 => "--chown=1000:1000 ".to_owned(),
            _ => String::new(),
        };
        if self.random.once_in(8) {
            self.line(&format!(
                "{keyword} {flag}[\"{}\", \"{dest}\"]",
                source.replace(' ', "\", \"")
            ));
        } else {
            self.instruction(keyword, &format!("{flag}{source} {dest}"));
        }
        if dest != "." {
            let list = if is_folder || dest.ends_with('/') {
                &mut self.folders
            } else {
                &mut self.files
            };
            list.push(dest.trim_end_matches('/').to_owned());
        }
        let deep = if is_folder || self.random.once_in(3) {
            "-R "
        } else {
            ""
        };
        let target = match self.random.below(4) {
            0 if !is_folder => format!("{}/{source}", dest.trim_end_matches('/')),
            1 if dest.ends_with('/') && !is_folder => format!("{dest}{source}"),
            _ => dest,
        };
        let mut list = match self.random.below(5) {
            0 | 1 => vec![format!("chown {deep}{who} {target}")],
            2 => vec![format!("chmod {deep}{mode} {target}")],
            3 => vec![
                format!("chmod {mode} {target}"),
                format!("chown {who} {target}"),
            ],
            _ => return,
        };
        if self.random.once_in(12) {
            self.run_one();
        }
        if self.random.once_in(3) {
            list.push(commands::any(self));
        }
        if self.random.once_in(8) {
            list.insert(0, commands::any(self));
        }
        self.run(list);
    }

    fn workdir(&mut self) {
        let path = match self.random.below(5) {
            0 => self
                .pick(&[
                    "sub",
                    "a/b",
                    "../x",
                    ".",
                    "./y/",
                    "$DIR",
                    "$DIR/z",
                    "\"/quoted\"",
                    "/a//b",
                ])
                .to_owned(),
            _ => commands::path(self),
        };
        self.instruction("WORKDIR", &path);
    }

    fn user(&mut self) {
        if self.random.once_in(2) {
            let command = commands::add_user(self);
            self.run(vec![command]);
        }
        let last = self.users.last().copied().unwrap_or("root");
        let user = self.pick(&[
            last,
            "nobody",
            "1000",
            "1234:0",
            "root",
            "0",
            "nobody:staff",
            "$WHO",
            "daemon",
        ]);
        self.instruction("USER", user);
        if self.random.once_in(2) {
            self.run_one();
        }
        if !self.random.once_in(4) {
            self.instruction("USER", "root");
        }
    }

    fn variables(&mut self) {
        let text = self.pick(&[
            "ENV E value",
            "ENV E two  words",
            "ENV E=\"two words\" F=$E",
            "ENV P=/opt/x\nENV PATH=$P/bin:$PATH",
            "ENV E it\\'s \"q\"",
            "ENV DIR /opt/x",
            "ENV DIR=/srv",
            "ARG DIR=/data",
            "ARG WHO=daemon",
            "ARG V",
            "ARG V=$E",
            "ENV E=${V:-none}",
            "ENV E $V/x",
            "LABEL a b",
            "LABEL a=$V b=\"x y\"",
            "ENV HOME=/srv",
            "ENV PIP_NO_CACHE_DIR=1",
            "ENV DEBIAN_FRONTEND noninteractive",
            "ENV A 1\nENV B=$A",
            "ENV NODE_ENV production",
            "ENV UMASK 022",
        ]);
        self.line(text);
        if self.random.once_in(2) {
            let read = self.pick(&[
                "echo \"$E\" >> /seen",
                "make",
                "env | grep -v ^OLDPWD | grep -v ^PWD | grep -v ^_= | sort > /env",
                "echo $V $DIR >> /seen",
            ]);
            self.run(vec![read.to_owned()]);
        }
    }

    fn download(&mut self) {
        let archive = self.pick(&["tool.tar.gz", "tool.tgz", "tool.tar", "tool.bin"]);
        let place = self.pick(&["", "/tmp/", "/opt/"]);
        let fetch = match self.random.below(4) {
            0 => format!("wget -q -O {place}{archive} https://example.org/{archive}"),
            1 => format!("curl -fsSL -o {place}{archive} https://example.org/{archive}"),
            2 => format!("wget https://example.org/{archive}"),
            _ => format!("curl -fsSLO https://example.org/{archive}"),
        };
        let file = if fetch.contains(" -O ") || fetch.contains(" -o ") {
            format!("{place}{archive}")
        } else {
            archive.to_owned()
        };
        let unpack = match archive {
            "tool.bin" => format!("chmod +x {file}"),
            _ => format!(
                "tar -xf {file} -C {}",
                self.pick(&["/usr/local", "/opt", "/"])
            ),
        };
        let remove = format!("rm {}{file}", self.pick(&["", "-f ", "-rf "]));
        let mut lists = vec![vec![fetch], vec![unpack], vec![remove]];
        if self.random.once_in(3) {
            let at = self.random.below(3);
            let more = commands::any(self);
            if let Some(list) = lists.get_mut(at) {
                list.insert(0, more);
            }
        }
        if self.random.once_in(3) {
            let at = 1 + self.random.below(2);
            let moved = lists.remove(at);
            if let Some(list) = lists.get_mut(at - 1) {
                list.extend(moved);
            }
        }
        for list in lists {
            self.run(list);
            if self.random.once_in(10) {
                self.instruction("WORKDIR", "/opt");
            }
        }
    }

    fn language(&mut self) {
        let lists = commands::language(self);
        if self.random.once_in(2) {
            let copy = self.pick(&[
                "COPY package.json package-lock.json ./",
                "COPY . .",
                "COPY requirements.txt /",
                "COPY requirements.txt .",
            ]);
            self.line(copy);
        }
        for mut list in lists {
            if self.random.once_in(5) {
                let at = self.random.below(list.len() + 1);
                list.insert(at, commands::any(self));
            }
            self.run(list);
        }
    }

    fn stage_copy(&mut self) {
        let stages = self.stages.clone();
        let Some(stage) = self.random.pick(&stages).cloned() else {
            return self.plain_run();
        };
        let stage = if self.random.once_in(6) {
            stage.to_uppercase()
        } else {
            stage
        };
        let source = self.pick(&[
            "/etc/passwd",
            "/etc",
            "/opt",
            "/srv",
            "/app",
            "/home",
            "/usr/local",
        ]);
        let dest = commands::new_path(self);
        let flag = if self.random.once_in(4) {
            "--chown=1000 "
        } else {
            ""
        };
        self.instruction("COPY", &format!("--from={stage} {flag}{source} {dest}"));
        self.folders.push(dest.clone());
        if self.random.once_in(3) {
            self.run(vec![format!("chown -R nobody {dest}")]);
        }
    }

    fn shell(&mut self) {
        let shell = self.pick(&[
            "SHELL [\"/bin/sh\", \"-c\"]",
            "SHELL [\"/bin/bash\", \"-c\"]",
            "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]",
            "SHELL [\"/bin/sh\", \"-ec\"]",
            "SHELL [\"/bin/sh\", \"-eu\", \"-c\"]",
        ]);
        self.line(shell);
        self.run_one();
    }

    fn metadata(&mut self) {
        let text = self.pick(&[
            "MAINTAINER Jane Doe <jane@example.org>",
            "MAINTAINER \"J D\"",
            "LABEL version 1.0",
            "LABEL a=b",
            "EXPOSE 80 443/tcp",
            "EXPOSE 8080:80",
            "VOLUME /data",
            "VOLUME [\"/data\", \"/opt/x\"]",
            "STOPSIGNAL SIGINT",
            "HEALTHCHECK --interval=5s CMD test -f /a",
            "HEALTHCHECK NONE",
            "CMD ls /app",
            "CMD [\"ls\"]",
            "CMD echo $E",
            "ENTRYPOINT ls -l",
            "ENTRYPOINT [\"ls\"]",
        ]);
        self.line(text);
    }

    fn heredoc_file(&mut self) {
        let dest = match self.random.below(3) {
            0 => "/run.sh".to_owned(),
            1 => commands::path(self),
            _ => "/usr/local/bin/".to_owned(),
        };
        let quote = self.pick(&["", "'", "\""]);
        let keyword = self.pick(&["COPY", "COPY", "ADD"]);
        self.line(&format!(
            "{keyword} <<{quote}run.sh{quote} {dest}\n#!/bin/sh\necho $E \\n \\\\ 'q'\n# comment\n\nrun.sh"
        ));
        let target = if dest.ends_with('/') {
            format!("{dest}run.sh")
        } else {
            dest
        };
        if self.random.once_in(2) {
            let mode = self.pick(&["755", "+x", "u+x", "700", "a+x"]);
            let mut list = vec![format!("chmod {mode} {target}")];
            if self.random.once_in(3) {
                list.push(commands::any(self));
            }
            self.run(list);
        }
    }

    fn trigger(&mut self) {
        let command = commands::any(self);
        if !command.contains('\n') && self.random.once_in(2) {
            self.line(&format!("ONBUILD RUN {command}"));
        }
    }

    /// The end of a stage.
    fn ending(&mut self) {
        for _ in 0..self.random.below(4) {
            self.metadata();
        }
    }

    // Layout.

    /// A RUN of commands that depend on each other, in one of the ways in which people write that.
    pub(crate) fn run(&mut self, list: Vec<String>) {
        let flags = match self.random.below(30) {
            0 => "--mount=type=cache,target=/var/cache/apt ",
            1 => "--mount=type=cache,target=/root/.cache ",
            2 => "--mount=type=tmpfs,target=/tmp ",
            3 => "--network=none ",
            _ => "",
        };
        let flags = if self.buildkit { flags } else { "" };
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

    fn heredoc_run(&mut self, flags: &str, list: &[String]) {
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

    pub(crate) fn instruction(&mut self, keyword: &str, rest: &str) {
        let keyword = self.keyword(keyword);
        let blank = if self.random.once_in(20) { "   " } else { " " };
        self.line(&format!("{keyword}{blank}{rest}"));
    }

    fn keyword(&mut self, keyword: &str) -> String {
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

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    pub(crate) fn pick<T: Copy>(&mut self, things: &[T]) -> T {
        let at = self.random.below(things.len());
        *things
            .get(at)
            .unwrap_or_else(|| unreachable!("the slice is not empty"))
    }
}
