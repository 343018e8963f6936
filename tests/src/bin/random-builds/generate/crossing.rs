//! Steps of which some may change places: copies beside and inside each other, commands that read none of them, and what
//! both stand in.

use super::{Family, Generator};

impl Generator {
    /// A few instructions in any order.
    pub(super) fn crossing(&mut self) {
        let top = self.pick(&["/w", "/w", "/w/in", "/srv/w", "/opt/w", "/data"]);
        if self.random.once_in(2) {
            self.line(&format!("WORKDIR {top}"));
        }
        for _ in 0..2 + self.random.below(4) {
            match self.random.below(9) {
                0..=4 => self.crossing_copy(top),
                5..=6 => self.crossing_run(top),
                7 => {
                    let line = self.pick(&[
                        "ENV K=v",
                        "ARG K=w",
                        "ARG GIT_COMMIT",
                        "ENV PATH=/w/bin:$PATH",
                        "ENV HOME=/w",
                        "LABEL k=v",
                        "VOLUME /w",
                        "EXPOSE 80",
                        "ENV D=/w/d",
                        "USER 1000",
                        "USER root",
                    ]);
                    self.line(line);
                }
                _ => {
                    let sub = self.pick(&["", "/d", "/d/e"]);
                    self.line(&format!("WORKDIR {top}{sub}"));
                }
            }
        }
    }

    fn crossing_copy(&mut self, top: &str) {
        let keyword = self.pick(&["COPY", "COPY", "COPY", "ADD"]);
        let source = self.pick(&[
            ".",
            "dir",
            "dir/sub",
            "site",
            "package.json",
            "conf.json",
            "a.txt",
            "run.sh",
            "tool",
            "requirements.txt",
            "package.json package-lock.json",
            "*.json",
            "data.tgz",
        ]);
        let flag = match self.random.below(10) {
            0 => "--chown=1000 ",
            1 => "--chown=1000:1000 ",
            2 => "--chown=nobody ",
            3 => "--chmod=755 ",
            4 if !self.random.once_in(3) => "--chmod=700 ",
            _ => "",
        };
        let several = source.contains([' ', '*']);
        let dest = self.pick(&[
            "/", "/d/", "/sub/", "/d/e/", "/sub", "/d/x.sh", "/site/", "/link/",
        ]);
        let dest = match self.random.below(4) {
            0 if !several => dest.trim_start_matches('/').to_owned(),
            1 => format!("{}/", dest.trim_end_matches('/').trim_start_matches('/')),
            _ if several => format!("{top}{}/", dest.trim_end_matches('/')),
            _ => format!("{top}{dest}"),
        };
        let dest = match dest.as_str() {
            "" | "/" => ".",
            dest => dest,
        };
        self.line(&format!("{keyword} {flag}{source} {dest}"));
    }

    fn crossing_run(&mut self, top: &str) {
        let install = match self.family {
            Family::Debian => "apt-get update && apt-get install -y curl".to_owned(),
            Family::Alpine => "apk add --no-cache curl".to_owned(),
            Family::Rpm(name) => format!("{name} install -y curl"),
        };
        let run = match self.random.below(12) {
            0..=4 => install,
            5 => "useradd -m app".to_owned(),
            6 => "mkdir -p /x/y && touch /x/y/z".to_owned(),
            7 => format!("mkdir -p {top}/d"),
            8 => format!("rm -rf {top}/d /tmp/x"),
            9 => "ls > /listing".to_owned(),
            10 => format!("cp -r {top} /copy || true"),
            _ => "ln -sf /x /y".to_owned(),
        };
        self.line(&format!("RUN {run}"));
    }
}
