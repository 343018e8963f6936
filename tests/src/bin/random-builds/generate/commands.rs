//! Shell commands of a generated file: each may stand in a chain.

use super::{Family, Generator};

/// A path where a directory is, mostly.
pub(super) fn path(generator: &mut Generator) -> String {
    let known = generator.folders.clone();
    match generator.random.pick(&known) {
        Some(path) if !generator.random.once_in(25) => path.clone(),
        _ => some_path(generator),
    }
}

/// A path where a directory is from now on.
pub(super) fn new_path(generator: &mut Generator) -> String {
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
pub(super) fn any(generator: &mut Generator) -> String {
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
    match generator.random.below(50) {
        46 => quoted(generator),
        47 => special(generator),
        48 => format!("echo {} >> {}", shell_text(generator), new_file(generator)),
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
                "(sleep 0 &)",
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
pub(super) fn add_user(generator: &mut Generator) -> String {
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

/// Words with quotes, in which operators and blanks mean nothing.
fn shell_text(generator: &mut Generator) -> String {
    let pieces = [
        "a",
        "b",
        " ",
        "  ",
        "'x && y'",
        "\"p; q\"",
        "\"# no\"",
        "'#'",
        "a\\ b",
        "\"$V\"",
        "\"'\"",
        "'\"'",
        "\\\\",
        "\"\\\"\"",
        "$HOME",
        "`pwd`",
        "$(pwd)",
        "\"$(echo 'a b')\"",
        "$((1+2))",
        "{a,b}",
        "é",
        "\\n",
        "\t",
        "${V:-x}",
        "a#b",
        "$",
        "\\$V",
        "\"\\$V\"",
        "[ab]",
        "?",
    ];
    (0..1 + generator.random.below(5))
        .map(|_| generator.pick(&pieces))
        .collect()
}

/// A word that goes over several lines.
fn quoted(generator: &mut Generator) -> String {
    let escape = generator.escape;
    let file = new_file(generator);
    let text = generator.pick(&["one", "one  ", "a;", "x &&", "# no"]);
    let next = generator.pick(&["two", "  two", "\ttwo", "&& three", "# no comment?"]);
    match generator.random.below(3) {
        0 => format!("echo \"{text}{escape}\n{next}\" > {file}"),
        1 => format!("printf '%s\\n' {text}{escape}\n{next} > {file}").replace(['#', ';', '&'], ""),
        _ => format!("echo '{text} {escape}\n  {next}' > {file}"),
    }
}

/// What changes the shell itself, or where control goes.
fn special(generator: &mut Generator) -> String {
    generator
        .pick(&[
            "f() { make /by-f; }; f",
            "trap 'make /trapped' EXIT",
            "exec make /by-exec",
            "eval 'V=evaluated'",
            "command make /by-command",
            "set +e",
            "set -f",
            "IFS=:",
            "case $V in given) make /given ;; *) make /other ;; esac",
            "while read -r line; do echo \"$line\" >> /lines; done < /etc/motd",
            "alias make='make --fail'",
            ". /etc/profile.d/none || true",
            "read -r answer || true",
            "echo $? > /status",
            "echo $0 $# > /zero",
            "cd -",
            "cd / && cd",
            "export V E DIR",
            "{ make & wait; }",
            "test -t 0 || echo no >> /terminal",
            "ulimit -c 0",
            "umask 077; touch /secret",
            "[ \"$V\" = given ] && make /v || true",
            "hash -r",
            "return 0",
            "pwd -P > /where-p",
            "echo \"$OLDPWD\" > /dev/null",
            "env -i make /clean",
            "xargs -n1 make < /dev/null",
            "true | false",
            "false | true",
            "! false",
            "set -- a b; echo $1 > /one",
        ])
        .to_owned()
}
