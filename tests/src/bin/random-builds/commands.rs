//! Shell commands of a generated file: each may stand in a chain.

use super::generate::{Family, Generator};

/// A path where a directory is, mostly.
pub(crate) fn path(generator: &mut Generator) -> String {
    let known = generator.folders.clone();
    match generator.random.pick(&known) {
        Some(path) if !generator.random.once_in(25) => path.clone(),
        _ => some_path(generator),
    }
}

/// A path where a directory is from now on.
pub(crate) fn new_path(generator: &mut Generator) -> String {
    let path = some_path(generator);
    generator.folders.push(path.clone());
    path
}

/// A path of the small set that makes files meet.
fn some_path(generator: &mut Generator) -> String {
    let paths = [
        "/app",
        "/app/src",
        "/srv",
        "/srv/app",
        "/opt/x",
        "/data",
        "/tmp/w",
        "/home/app",
        "/var/lib/x",
        "/usr/src/app",
        "/a/b",
        "/etc/x",
        "/link",
        "/opt",
        "/var/log/x",
        "/usr/local/share/x",
    ];
    generator.pick(&paths).to_owned()
}

/// A directory as a word of a command: also relative ones and ones with variables.
fn word(generator: &mut Generator) -> String {
    match generator.random.below(40) {
        0 => "x".to_owned(),
        1 => "./y".to_owned(),
        2 => "sub/z".to_owned(),
        3 => "\"$DIR\"".to_owned(),
        4 => "$DIR".to_owned(),
        5 => "~".to_owned(),
        6 => "../up".to_owned(),
        7 => format!("{}/.", path(generator)),
        8 => ".".to_owned(),
        9 | 10 => format!("{}/*", path(generator)),
        _ => path(generator),
    }
}

/// A directory that is made.
fn new_word(generator: &mut Generator) -> String {
    match generator.random.below(12) {
        0 => "x".to_owned(),
        1 => "./y".to_owned(),
        2 => "sub/z".to_owned(),
        3 => "\"$DIR\"/n".to_owned(),
        4 => "~/h".to_owned(),
        _ => new_path(generator),
    }
}

/// A file that is written.
fn new_file(generator: &mut Generator) -> String {
    let file = match generator.random.below(6) {
        0 => return generator.pick(&["f", "./f", "~/f", "$DIR/f"]).to_owned(),
        1 => "/f".to_owned(),
        2 => "/tmp/f".to_owned(),
        _ => format!(
            "{}/{}",
            path(generator),
            generator.pick(&["f", "g", "run.sh"])
        ),
    };
    generator.files.push(file.clone());
    file
}

/// A file that is there, mostly.
fn file(generator: &mut Generator) -> String {
    let known = generator.files.clone();
    match generator.random.pick(&known) {
        Some(file) if !generator.random.once_in(15) => file.clone(),
        _ => generator
            .pick(&["/etc/motd", "/etc/issue", "/etc/motd", "f"])
            .to_owned(),
    }
}

/// Any command.
pub(crate) fn any(generator: &mut Generator) -> String {
    let command = simple(generator);
    match generator.random.below(60) {
        0 => format!("{command} || true"),
        1 => format!("({command})"),
        2 => format!("{{ {command}; }}"),
        3 => {
            let test = test(generator);
            format!("if {test}; then {command}; fi")
        }
        4 => {
            let test = test(generator);
            format!("{test} || {command}")
        }
        5 => format!("for i in 1 2; do {command}; done"),
        6 => format!("(cd /tmp && {command})"),
        7 => format!("sh -c '{}'", command.replace('\'', "")),
        8 if generator.random.once_in(3) => format!("! {command}"),
        9 => format!("sudo {command}"),
        10 => format!("X=1 {command}"),
        11 => {
            let other = simple(generator);
            format!("{command}; {other}")
        }
        _ => command,
    }
}

fn test(generator: &mut Generator) -> String {
    let path = word(generator);
    let operator = generator.pick(&["-d", "-f", "-e", "-L", "-n"]);
    match generator.random.below(3) {
        0 => format!("test {operator} {path}"),
        1 => format!("[ ! {operator} {path} ]"),
        _ => format!("[ {operator} {path} ]"),
    }
}

fn simple(generator: &mut Generator) -> String {
    let last = generator.users.last().copied().unwrap_or("root");
    let user = generator.pick(&[
        "nobody",
        last,
        "1000",
        "daemon",
        "1000:1000",
        "root:staff",
        ":staff",
        last,
    ]);
    let user = if generator.random.once_in(20) {
        "app:app"
    } else {
        user
    };
    let mode = generator.pick(&[
        "755", "644", "700", "+x", "u+x", "g+s", "1777", "a+rX", "o-r", "4755", "go=",
    ]);
    let deep = if generator.random.once_in(3) {
        "-R "
    } else {
        ""
    };
    match generator.random.below(46) {
        0..=3 => format!("mkdir -p {}", new_word(generator)),
        4 => format!("mkdir {}/d{}", path(generator), generator.random.below(20)),
        5 => format!("mkdir -p {} {}", new_word(generator), new_word(generator)),
        6..=7 => format!("touch {}", new_file(generator)),
        8..=9 => format!(
            "echo {} > {}",
            generator.pick(&["text", "$V", "\"$E\"", "'a  b'", "$HOME", "$PWD"]),
            new_file(generator)
        ),
        10 => format!("echo more >> {}", new_file(generator)),
        11 => format!("printf 'a\\nb\\n' > {}", new_file(generator)),
        12 => format!("cp {} {}", file(generator), new_file(generator)),
        13 => format!("cp -a {} {}", word(generator), new_word(generator)),
        14 => format!("mv {} {}", file(generator), new_file(generator)),
        15 => format!(
            "ln -s {} {}/l{}",
            word(generator),
            path(generator),
            generator.random.below(9)
        ),
        16 => format!("ln -sfn {} /link", word(generator)),
        17 => format!("rm -f {}", file(generator)),
        18 => format!(
            "rm -rf {}",
            generator.pick(&["/app", "/srv/app", "/data", "/opt/x", "/tmp/*", "/a", "x"])
        ),
        19 => format!("rm {}", file(generator)),
        20..=21 => format!("chmod {deep}{mode} {}", word(generator)),
        22..=23 => format!("chown {deep}{user} {}", word(generator)),
        24..=25 => format!("cd {}", word(generator)),
        26 => format!("umask {}", generator.pick(&["077", "027", "0", "022"])),
        27 => format!(
            "export {}",
            generator.pick(&["V=exported", "PATH=/opt/bin:$PATH", "E", "DIR=/srv"])
        ),
        28 => generator
            .pick(&[
                "V=assigned",
                "DIR=/data",
                "set -e",
                "set -u",
                "set -x",
                "unset E",
            ])
            .to_owned(),
        29..=32 => format!(
            "make{}",
            generator.pick(&["", " out", " /out", " all.log", " install"])
        ),
        33 => format!("ls -A {} > {}", word(generator), new_file(generator)),
        34 => format!(
            "cat {} | tr a-z A-Z > {}.up",
            file(generator),
            new_file(generator)
        ),
        35 => format!("echo piped | tee {}", new_file(generator)),
        36 => format!("{} || echo no > {}", test(generator), new_file(generator)),
        37 => match generator.random.below(6) {
            0 => generator
                .pick(&["false", "exit 3", "make --fail", "test -e /none"])
                .to_owned(),
            _ => generator
                .pick(&["true", "exit 0", ":", "true # why"])
                .to_owned(),
        },
        38 => add_user(generator),
        39 => format!(
            "git clone https://example.org/repo.git {}/r{}",
            path(generator),
            generator.random.below(20)
        ),
        40 => format!("find {} -name f -exec rm {{}} +", path(generator)),
        41 => generator
            .pick(&[
                "rm -rf /var/lib/apt/lists/*",
                "apt-get clean",
                "rm -rf /var/cache/apk/*",
                "rm -rf /root/.cache",
                "rm -rf /tmp/*",
                "rm -rf /var/cache/dnf",
                "ls /var/lib/apt/lists > /lists",
                "du -a /var/cache > /dev/null",
                "rm -f /etc/apt/apt.conf.d/docker-clean",
            ])
            .to_owned(),
        42 => generator
            .pick(&[
                "id > /id",
                "pwd >> /where",
                "umask >> /mask",
                "echo $- | tr -d c >> /options",
                "set >/dev/null",
                "sleep 0 &",
            ])
            .to_owned(),
        43 => format!("sed -i s/a/b/ {}", file(generator)),
        44 => {
            let file = new_file(generator);
            format!("cat <<END > {file}\nbody $V\n  two\nEND")
        }
        _ => format!("test -d {0} || mkdir {0}", path(generator)),
    }
}

/// A command that adds a user.
pub(crate) fn add_user(generator: &mut Generator) -> String {
    if generator.users.contains(&"app") && !generator.random.once_in(10) {
        return generator
            .pick(&["id -u app > /dev/null", "grep -q ^app: /etc/passwd"])
            .to_owned();
    }
    generator.users.push("app");
    if generator.family == Family::Alpine {
        return generator
            .pick(&[
                "adduser -D app",
                "adduser -S app",
                "addgroup -S app && adduser -S -G app app",
                "adduser -D -u 1500 app",
            ])
            .to_owned();
    }
    generator
        .pick(&[
            "useradd app",
            "useradd -m app",
            "useradd --uid 1500 --create-home app",
            "groupadd -r app && useradd -r -g app app",
            "useradd -ms /bin/bash app",
            "useradd --uid 1500 app",
        ])
        .to_owned()
}

fn operands(generator: &mut Generator) -> String {
    let all = [
        "curl",
        "git",
        "nginx",
        "vim",
        "less",
        "jq",
        "build-essential",
        "postgresql",
        "python3-pip",
        "curl=1",
        "unzip",
    ];
    let mut found: Vec<&str> = (0..1 + generator.random.below(3))
        .map(|_| generator.pick(&all))
        .collect();
    if generator.random.once_in(90) {
        found.push("missing-package");
    }
    found.join(" ")
}

/// RUNs of the family's package manager, each as its commands.
pub(crate) fn packages(generator: &mut Generator) -> Vec<Vec<String>> {
    match generator.family {
        Family::Debian => apt(generator),
        Family::Alpine => apk(generator),
        Family::Rpm(name) => rpm(generator, name),
    }
}

fn apt(generator: &mut Generator) -> Vec<Vec<String>> {
    let apt = generator.pick(&["apt-get", "apt-get", "apt-get", "apt"]);
    let mut runs = Vec::new();
    let mut current = Vec::new();
    let update = format!("{apt}{} update", generator.pick(&["", "", " -y", " -qq"]));
    if !generator.random.once_in(20) {
        current.push(update.clone());
        if generator.random.once_in(3) {
            runs.push(std::mem::take(&mut current));
        }
    }
    for _ in 0..1 + generator.random.below(3) {
        let flags = generator.pick(&[
            "-y ",
            "-y ",
            "-y ",
            "-y ",
            "-y ",
            "",
            "-yq ",
            "--no-install-recommends -y ",
            "-y --no-install-recommends ",
            "-qq ",
            "--yes ",
        ]);
        let operands = operands(generator);
        let sub = generator.pick(&[
            "install",
            "install",
            "install",
            "install",
            "remove",
            "upgrade",
            "autoremove",
        ]);
        let operands = if matches!(sub, "upgrade" | "autoremove") {
            String::new()
        } else {
            operands
        };
        let set = if generator.random.once_in(8) {
            "DEBIAN_FRONTEND=noninteractive "
        } else {
            ""
        };
        current.push(
            format!("{set}{apt} {sub} {flags}{operands}")
                .trim_end()
                .to_owned(),
        );
        if generator.random.once_in(3) {
            runs.push(std::mem::take(&mut current));
            if generator.random.once_in(4) {
                current.push(update.clone());
            }
        }
    }
    let cleanup = [
        "rm -rf /var/lib/apt/lists/*",
        "apt-get clean",
        "apt-get clean && rm -rf /var/lib/apt/lists/*",
        "apt-get autoremove -y",
    ];
    if generator.random.once_in(3) {
        current.push(generator.pick(&cleanup).to_owned());
    }
    runs.push(current);
    runs.retain(|run| !run.is_empty());
    runs
}

fn apk(generator: &mut Generator) -> Vec<Vec<String>> {
    let mut runs = Vec::new();
    let mut current = Vec::new();
    if !generator.random.once_in(12) {
        current.push(
            generator
                .pick(&[
                    "apk update",
                    "apk update",
                    "apk update",
                    "apk -U upgrade",
                    "apk --no-cache update",
                    "apk update && apk upgrade",
                ])
                .to_owned(),
        );
        if generator.random.once_in(3) {
            runs.push(std::mem::take(&mut current));
        }
    }
    for index in 0..1 + generator.random.below(3) {
        let flags = generator.pick(&[
            "",
            "",
            "--no-cache ",
            "--update ",
            "-U ",
            "--no-cache --virtual .deps ",
            "-t .deps ",
        ]);
        let operands = operands(generator);
        current.push(format!("apk add {flags}{operands}"));
        if flags.contains(".deps") && (index > 0 || generator.random.once_in(2)) {
            current.push("apk del .deps".to_owned());
        }
        if generator.random.once_in(3) {
            runs.push(std::mem::take(&mut current));
        }
    }
    if generator.random.once_in(3) {
        current.push(
            generator
                .pick(&[
                    "rm -rf /var/cache/apk/*",
                    "rm -f /var/cache/apk/*",
                    "rm /var/cache/apk/*",
                    "apk cache clean",
                ])
                .to_owned(),
        );
    }
    runs.push(current);
    runs.retain(|run| !run.is_empty());
    runs
}

fn rpm(generator: &mut Generator, name: &str) -> Vec<Vec<String>> {
    let mut runs = Vec::new();
    let mut current = Vec::new();
    for _ in 0..1 + generator.random.below(3) {
        let flags = generator.pick(&["-y ", "-y ", "-y ", "-y ", "", "-q -y "]);
        let sub = generator.pick(&["install", "install", "install", "remove", "update"]);
        let operands = if sub == "update" {
            String::new()
        } else {
            operands(generator)
        };
        let line = match name {
            "zypper" => format!(
                "zypper {}{sub} {}{operands}",
                generator.pick(&["", "-n ", "--non-interactive "]),
                generator.pick(&["", "-y "])
            ),
            _ => format!("{name} {sub} {flags}{operands}"),
        };
        current.push(line.trim_end().to_owned());
        if generator.random.once_in(3) {
            runs.push(std::mem::take(&mut current));
        }
    }
    if generator.random.once_in(3) {
        let cleanup = generator.pick(&["clean all", "clean all", "-y clean all"]);
        current.push(format!("{name} {cleanup}"));
        if generator.random.once_in(2) {
            current.push(format!(
                "rm -rf /var/cache/{}",
                if name == "zypper" { "zypp" } else { name }
            ));
        }
    }
    runs.push(current);
    runs.retain(|run| !run.is_empty());
    runs
}

/// RUNs of pip, npm or yarn.
pub(crate) fn language(generator: &mut Generator) -> Vec<Vec<String>> {
    let lines: &[&str] = match generator.random.below(3) {
        0 => &[
            "pip install flask",
            "pip install -r requirements.txt",
            "pip install --no-cache-dir flask",
            "pip3 install --upgrade pip",
            "pip install --user requests",
            "pip install .",
            "pip cache purge",
            "rm -rf ~/.cache/pip",
            "pip install missing-thing",
            "pip install --target /opt/site requests && pip install flask",
            "pip download flask",
        ],
        1 => &[
            "npm install",
            "npm ci",
            "npm i -g tool",
            "npm install --global yarn",
            "npm install express",
            "npm ci --prefer-offline",
            "npm cache clean --force",
            "npm run build",
            "npm install --offline express",
            "rm -rf ~/.npm",
        ],
        _ => &[
            "yarn install",
            "yarn",
            "yarn add express",
            "yarn global add tool",
            "yarn cache clean",
            "yarn build",
            "yarn install --offline",
            "rm -rf /usr/local/share/.cache",
        ],
    };
    let mut runs = Vec::new();
    let mut current = Vec::new();
    for _ in 0..1 + generator.random.below(3) {
        current.push(generator.pick(lines).to_owned());
        if generator.random.once_in(3) {
            runs.push(std::mem::take(&mut current));
        }
    }
    runs.push(current);
    runs.retain(|run| !run.is_empty());
    runs
}
