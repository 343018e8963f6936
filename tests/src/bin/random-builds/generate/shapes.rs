//! Shapes of instructions: what people write, and what rules look for.

use super::{Generator, commands, packages};

impl Generator {
    pub(super) fn plain_run(&mut self) {
        let count = 1 + self.random.below(4);
        let list = (0..count).map(|_| commands::any(self)).collect();
        self.run(list);
    }

    pub(super) fn packages(&mut self) {
        let mut before = Vec::new();
        if self.random.once_in(4) {
            before.push(commands::any(self));
        }
        let mut lists = packages::packages(self);
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

    pub(super) fn directory(&mut self) {
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

    pub(super) fn changed_directory(&mut self) {
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

    pub(super) fn run_one(&mut self) {
        let command = commands::any(self);
        self.run(vec![command]);
    }

    pub(super) fn copied(&mut self) {
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
        match self.random.below(16) {
            0 | 1 => list.insert(0, commands::any(self)),
            2 => list.insert(0, commands::add_user(self)),
            _ => {}
        }
        self.run(list);
    }

    pub(super) fn workdir(&mut self) {
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
        if self.random.once_in(2) {
            return;
        }
        match self.random.below(3) {
            0 => self.run_one(),
            1 => self.metadata(),
            _ => {}
        }
        let again = match self.random.below(3) {
            0 => self.pick(&["sub", "a/../b", ".", "..", "./"]).to_owned(),
            1 => format!("{path}/sub"),
            _ => path,
        };
        self.instruction("WORKDIR", &again);
    }

    pub(super) fn user(&mut self) {
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

    pub(super) fn variables(&mut self) {
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
        let soup = self.soup();
        let text = match self.random.below(14) {
            0 | 1 => format!("ENV E {soup}"),
            2 => format!("ENV E={soup}"),
            3 => format!("LABEL a {soup}"),
            4 => format!("ENV E x{soup}\nENV F $E"),
            5 => format!(
                "ENV E=1 {0}\n    # why\n    F=\"2 3\" {0}\n\n    G=$V",
                self.escape
            ),
            6 => format!("ENV E one {0}\n    two{0}\n  three", self.escape),
            7 => format!("LABEL a one {0}\n# c\n  two", self.escape),
            _ => text.to_owned(),
        };
        self.line(&text);
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

    pub(super) fn download(&mut self) {
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

    pub(super) fn language(&mut self) {
        let lists = packages::language(self);
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

    pub(super) fn stage_copy(&mut self) {
        let mut stages = self.stages.clone();
        if self.is_named {
            stages.pop();
        }
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

    pub(super) fn shell(&mut self) {
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

    pub(super) fn metadata(&mut self) {
        let text = self.pick(&[
            "MAINTAINER Jane Doe <jane@example.org>",
            "MAINTAINER \"J D\"",
            "LABEL org.opencontainers.image.authors=other",
            "LABEL maintainer=\"$V\" org.opencontainers.image.authors='$V'",
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
        let (soup, program) = (self.soup(), self.program());
        let text = match self.random.below(12) {
            0 | 1 => format!("CMD {program}"),
            2 => format!("ENTRYPOINT {program}"),
            3 => format!("HEALTHCHECK CMD {program}"),
            4 => format!("MAINTAINER {soup}"),
            5 => format!("LABEL a {soup}"),
            _ => text.to_owned(),
        };
        self.line(&text);
    }

    pub(super) fn heredoc_file(&mut self) {
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

    pub(super) fn trigger(&mut self) {
        let command = commands::any(self);
        let path = commands::path(self);
        let text = match self.random.below(10) {
            0 => "ONBUILD COPY a.txt /triggered/".to_owned(),
            1 => format!("ONBUILD WORKDIR {path}"),
            2 => "ONBUILD USER nobody".to_owned(),
            3 => "ONBUILD ENV DIR /triggered".to_owned(),
            4 => "ONBUILD ARG V=triggered".to_owned(),
            5 => "onbuild add dir/x.sh /triggered/x".to_owned(),
            6 => "ONBUILD SHELL [\"/bin/sh\", \"-ec\"]".to_owned(),
            _ if command.contains('\n') => return,
            _ => format!("ONBUILD RUN {command}"),
        };
        self.line(&text);
    }

    /// A link to a directory, and its name in the place of the directory's.
    pub(super) fn linked(&mut self) {
        let target = self.pick(&["/srv/app", "/opt", "/usr/local/share", "../opt", "/none"]);
        let link = self.pick(&["/link", "/srv/l", "/app/l"]);
        let mut list = vec![format!("ln -sfn {target} {link}")];
        if link == "/app/l" {
            list.insert(0, "mkdir -p /app".to_owned());
        }
        if self.random.once_in(2) {
            list.insert(0, format!("mkdir -p {target}"));
        }
        self.run(list);
        let below = self.pick(&["", "", "/sub", "/a/b"]);
        self.folders.push(format!("{link}{below}"));
        for _ in 0..1 + self.random.below(3) {
            let path = format!("{link}{below}");
            match self.random.below(8) {
                0 => self.instruction("WORKDIR", &path),
                1 => self.run(vec![
                    format!("mkdir -p {path}"),
                    format!("cd {path}"),
                    "make".to_owned(),
                    "cd ..".to_owned(),
                    "touch up".to_owned(),
                ]),
                2 => self.run(vec![
                    format!("cd {path}"),
                    "pwd > /where".to_owned(),
                    "touch ../x".to_owned(),
                ]),
                3 => {
                    self.run(vec![format!("mkdir -p {path}")]);
                    self.instruction("WORKDIR", &path);
                }
                4 => {
                    let (source, slash) = (
                        self.pick(&["a.txt", "dir", "run.sh"]),
                        self.pick(&["", "/", "/new"]),
                    );
                    self.instruction("COPY", &format!("{source} {path}{slash}"));
                    let deep = self.pick(&["-R ", "", "-h "]);
                    self.run(vec![format!("chown {deep}daemon {path}{slash}")]);
                }
                5 => self.run(vec![format!("rm -rf {link}")]),
                6 => self.changed_directory(),
                _ => self.run_one(),
            }
        }
        self.instruction("WORKDIR", "/srv");
    }
}
