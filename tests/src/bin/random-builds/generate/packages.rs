//! Package managers.

use super::{Family, Generator};

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
pub(super) fn packages(generator: &mut Generator) -> Vec<Vec<String>> {
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
pub(super) fn language(generator: &mut Generator) -> Vec<Vec<String>> {
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
