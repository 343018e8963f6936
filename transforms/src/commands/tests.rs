use super::fixture::command;
use super::{Builtin, Invocation, Leaves, builtin, changes_shell, leaves_process};

/// One line per command: program, sub-command, flags with values, operands, and what is not certain.
fn describe(text: &str) -> String {
    let command = command(text);
    let Some(invocation) = Invocation::of(&command) else {
        return "-".to_owned();
    };
    let mut line = String::new();
    for wrapper in invocation.wrappers() {
        line += &format!("{:?} ", wrapper.kind).to_lowercase();
    }
    line += invocation.name();
    if let Some(sub) = invocation.subcommand() {
        line += &format!(" <{sub}>");
    }
    for flag in invocation.flags() {
        line += &format!(" {}", flag.name);
        if let Some(value) = &flag.value {
            line += &format!("={}", value.text.as_deref().unwrap_or("?"));
        }
        if !flag.known {
            line += "!";
        }
    }
    let operands: Vec<_> = invocation
        .operands()
        .iter()
        .map(|operand| operand.value.as_deref().unwrap_or("?"))
        .collect();
    line += &format!(" [{}]", operands.join(" "));
    if !invocation.known_flags_only() {
        line += " unknown";
    } else if !invocation.all_static() {
        line += " dynamic";
    }
    line
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(text, expected)| (*text, describe(text), *expected))
        .filter(|(_, found, expected)| found != expected)
        .collect();
    assert!(wrong.is_empty(), "(command, found, expected): {wrong:#?}");
}

#[test]
fn system_package_managers() {
    check(&[
        ("apt-get update", "apt-get <update> []"),
        (
            "apt-get install -qqy curl wget",
            "apt-get <install> -q -q -y [curl wget]",
        ),
        ("apt-get -y install curl", "apt-get <install> -y [curl]"),
        (
            "apt-get install curl --assume-yes",
            "apt-get <install> -y [curl]",
        ),
        (
            "apt-get -qq -o Dpkg::Use-Pty=0 install a",
            "apt-get <install> -q -q -o=Dpkg::Use-Pty=0 [a]",
        ),
        (
            "apt-get -o=Acquire::Retries=3 install a",
            "apt-get <install> -o=Acquire::Retries=3 [a]",
        ),
        (
            "apt-get install -t bookworm-backports a",
            "apt-get <install> -t=bookworm-backports [a]",
        ),
        (
            "apt-get install -tstable a",
            "apt-get <install> -t=stable [a]",
        ),
        ("apt-get install -q=2 a", "apt-get <install> -q=2 [a]"),
        (
            "apt-get install --no-install-recommends -y foo-",
            "apt-get <install> --no-install-recommends -y [foo-]",
        ),
        ("apt-get install $PKGS", "apt-get <install> [?] unknown"),
        ("apt-get install nginx=$V", "apt-get <install> [?] unknown"),
        (
            "apt-get install \"nginx=$V\"",
            "apt-get <install> [?] dynamic",
        ),
        ("apt-get install \"$V\"", "apt-get <install> [?] unknown"),
        (
            "apt-get --frobnicate install a",
            "apt-get <install> --frobnicate! [a] unknown",
        ),
        ("apt-get frobnicate a", "apt-get <frobnicate> [a] unknown"),
        ("apt full-upgrade -y", "apt <dist-upgrade> -y []"),
        ("/usr/bin/apt-get update", "apt-get <update> []"),
        ("./apt-get update", "./apt-get [update] unknown"),
        (
            "DEBIAN_FRONTEND=noninteractive apt-get install a",
            "apt-get <install> [a]",
        ),
        (
            "apk add --no-cache --virtual .deps gcc musl-dev",
            "apk <add> --no-cache -t=.deps [gcc musl-dev]",
        ),
        ("apk --update add bash", "apk <add> -U [bash]"),
        (
            "apk -U --no-progress add bash",
            "apk <add> -U --no-progress [bash]",
        ),
        ("apk del .deps", "apk <del> [.deps]"),
        ("yum -y install a b", "yum <install> -y [a b]"),
        ("yum localinstall -y a.rpm", "yum <install> -y [a.rpm]"),
        (
            "dnf install -y --setopt=install_weak_deps=False a",
            "dnf <install> -y --setopt=install_weak_deps=False [a]",
        ),
        (
            "dnf install --setopt tsflags=nodocs a",
            "dnf <install> --setopt=tsflags=nodocs [a]",
        ),
        (
            "dnf group install -y Development",
            "dnf <groupinstall> -y [Development]",
        ),
        ("microdnf clean all", "microdnf <clean> [all]"),
        (
            "zypper -n in --no-recommends a",
            "zypper <install> -n --no-recommends [a]",
        ),
        ("zypper install -y -n a", "zypper <install> -y -n [a]"),
        ("dpkg -i a.deb", "dpkg -i [a.deb]"),
        ("rpm -Uvh a.rpm", "rpm -U -v -h [a.rpm]"),
        (
            "pacman -Syu --noconfirm git",
            "pacman -S -y -u --noconfirm [git]",
        ),
    ]);
}

#[test]
fn language_package_managers() {
    check(&[
        (
            "pip install --no-cache-dir -r req.txt x==1.2",
            "pip <install> --no-cache-dir -r=req.txt [x==1.2]",
        ),
        ("pip3.9 install x", "pip <install> [x]"),
        (
            "pip3 --no-cache-dir install x",
            "pip <install> --no-cache-dir [x]",
        ),
        ("python -m pip install -U pip", "pip <install> -U [pip]"),
        ("python3.11 -u -m pip install x", "pip <install> [x]"),
        ("/opt/venv/bin/pip install x", "pip <install> [x]"),
        ("python -m venv /v", "python -m=venv [/v]"),
        ("python setup.py install", "python [setup.py install]"),
        ("npm i -g yarn", "npm <install> -g [yarn]"),
        ("npm install --production", "npm <install> --production []"),
        ("npm cache clean --force", "npm <cache clean> --force []"),
        ("npm cache verify", "npm <cache verify> []"),
        ("npm run build -- --prod", "npm <run> [build -- --prod]"),
        ("yarn", "yarn []"),
        (
            "yarn install --frozen-lockfile",
            "yarn <install> --frozen-lockfile []",
        ),
        ("yarn global add x", "yarn <global add> [x]"),
        ("yarn cache clean", "yarn <cache clean> []"),
        ("yarn --cwd ui install", "yarn <install> --cwd=ui []"),
        ("go mod download", "go <mod download> []"),
        (
            "go build -o /app -ldflags \"-s -w\" ./...",
            "go <build> -o=/app -ldflags=-s -w [./...]",
        ),
        ("cargo build --release", "cargo <build> --release []"),
        (
            "mvn -q -DskipTests package",
            "mvn -q -D=skipTests [package]",
        ),
        ("./mvnw -B package", "mvn -B [package]"),
        (
            "./gradlew build --no-daemon -x test",
            "gradle --no-daemon -x=test [build]",
        ),
        (
            "gem install -N rails -v 5.0",
            "gem <install> --no-document -v=5.0 [rails]",
        ),
        (
            "bundle install -j4 --without test",
            "bundle <install> -j=4 --without=test []",
        ),
        (
            "composer install --no-dev -o",
            "composer <install> --no-dev -o []",
        ),
        ("uv pip install -r r.txt", "uv <pip install> -r=r.txt []"),
        (
            "conda install -y -c conda-forge numpy",
            "conda <install> -y -c=conda-forge [numpy]",
        ),
        ("dotnet restore a.csproj", "dotnet <restore> [a.csproj]"),
    ]);
}

#[test]
fn tools() {
    check(&[
        (
            "curl -fsSL https://e/x.tgz -o /tmp/x.tgz",
            "curl -f -s -S -L -o=/tmp/x.tgz [https://e/x.tgz]",
        ),
        ("curl -LO https://e/x", "curl -L -O [https://e/x]"),
        ("wget -qO- https://e/x", "wget -q -O=- [https://e/x]"),
        ("wget -nv -O x https://e/x", "wget -nv -O=x [https://e/x]"),
        (
            "wget --progress=dot:giga https://e/x",
            "wget --progress=dot:giga [https://e/x]",
        ),
        ("tar xzf x.tgz -C /opt", "tar -x -z -f=x.tgz -C=/opt []"),
        (
            "tar -xzf x.tgz --strip-components=1",
            "tar -x -z -f=x.tgz --strip-components=1 []",
        ),
        ("tar xfC x.tar /opt a", "tar -x -f=x.tar -C=/opt [a]"),
        ("unzip -q x.zip -d /opt", "unzip -q -d=/opt [x.zip]"),
        ("7z x -o/opt x.7z", "7z -o=/opt [x x.7z]"),
        ("rm -rf /a /b", "rm -r -f [/a /b]"),
        ("rm -rf /tmp/*", "rm -r -f [?] dynamic"),
        ("rm -rf *", "rm -r -f [?] unknown"),
        ("rm -rf /tmp/$X*", "rm -r -f [?] unknown"),
        ("pip install .[dev]", "pip <install> [?] dynamic"),
        ("mkdir -pm 755 /x", "mkdir -p -m=755 [/x]"),
        ("chmod -x f", "chmod [-x f]"),
        ("chmod -R +x f", "chmod -R [+x f]"),
        ("chown -R app:app /srv", "chown -R [app:app /srv]"),
        ("sed -i.bak s/a/b/ f", "sed -i=.bak [s/a/b/ f]"),
        ("sed -i -e s/a/b/ f", "sed -i -e=s/a/b/ [f]"),
        ("head -20 f", "head -NUM=20 [f]"),
        ("useradd -ms /bin/sh app", "useradd -m -s=/bin/sh [app]"),
        (
            "git clone --depth 1 -b v1 https://e/r /r",
            "git <clone> --depth=1 -b=v1 [https://e/r /r]",
        ),
        ("git -C /r checkout v2", "git <checkout> -C=/r [v2]"),
        ("rm -- -f", "rm [-f]"),
        ("rm -f", "rm -f []"),
        ("gunzip -k x.gz", "gunzip -k [x.gz]"),
        ("umask 077", "umask [077]"),
        ("nodejs x.js -p", "node [x.js -p]"),
        ("bash -ec ls", "bash -e -c=ls []"),
        ("php -- --install-dir=/x", "php [--install-dir=/x]"),
        (
            "conda config --add channels x",
            "conda <config> --add [channels x]",
        ),
        (
            "apk --no-cache --virtual .b add gcc",
            "apk <add> --no-cache -t=.b [gcc]",
        ),
        ("make -j8 install", "make -j=8 [install]"),
        ("./configure --prefix=/usr", "configure [--prefix=/usr]"),
    ]);
}

#[test]
fn wrappers() {
    check(&[
        ("sudo apt-get update", "user apt-get <update> []"),
        ("sudo -E -u root apt-get update", "user apt-get <update> []"),
        ("sudo -nH VAR=1 apt-get update", "user apt-get <update> []"),
        (
            "sudo --frob apt-get update",
            "sudo --frob! [apt-get update] unknown",
        ),
        ("env A=b C=\"$D\" pip install x", "env pip <install> [x]"),
        ("exec nginx -g x", "exec nginx [-g x]"),
        ("time nice -n 5 make", "plain plain make []"),
        ("timeout 10 curl -f https://e", "plain curl -f [https://e]"),
        ("command -v curl", "command -v! [curl] unknown"),
        ("sudo", "sudo [] unknown"),
        ("$CMD x", "-"),
        ("A=1", "-"),
    ]);
}

#[test]
fn questions() {
    let text = "sudo DEBIAN_FRONTEND=x apt-get install --yes a";
    let command = command(text);
    let apt = Invocation::of(&command).unwrap();
    assert!(apt.through_sudo() && apt.is_any(&["apt", "apt-get"]));
    assert!(apt.sub("install") && apt.has_flag("-y") && apt.has_flag("--assume-yes"));
    assert!(!apt.has_any_flag(&["-q", "--no-install-recommends"]));
    assert_eq!(apt.assignment("DEBIAN_FRONTEND"), Some("x"));
    assert_eq!(apt.assignment("OTHER"), None);
    assert_eq!(
        usize::from(apt.flag_position()),
        "sudo DEBIAN_FRONTEND=x apt-get install".len()
    );
    assert_eq!(apt.words_after_sub().len(), 2);
    assert_eq!(apt.static_operands(), Some(vec!["a"]));
}

/// Each word after the program is flag, value, sub-command, operand or `--`, and only one of them.
#[test]
fn every_word_is_one_thing() {
    let pieces = [
        "install",
        "-y",
        "-qq",
        "--yes",
        "--",
        "-",
        "x",
        "-t",
        "--target=1",
        "cache",
        "clean",
        "-xzf",
        "$A",
        "\"$A\"",
        "-o$A",
        "--foo=$A",
        "*",
        "/a/*",
        "",
        "''",
        "=",
        "-=",
        "--=",
        "-é",
        "add",
        "run",
        "A=b",
    ];
    for program in [
        "apt-get",
        "npm",
        "tar",
        "pip",
        "go",
        "chmod",
        "xargs",
        "sh",
        "echo",
        "unheard",
        "sudo -u a env X=1 apk",
    ] {
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    let text = format!("{program} {first} {second} {third}");
                    let command = command(&text);
                    let Some(invocation) = Invocation::of(&command) else {
                        continue;
                    };
                    let words = command.words.len();
                    let mut seen = vec![0; words];
                    let mut flag_words: Vec<_> =
                        invocation.flags().iter().map(|flag| flag.word).collect();
                    let values = invocation
                        .flags()
                        .iter()
                        .filter_map(|flag| Some((flag.word, flag.value.as_ref()?.word)));
                    flag_words.extend(
                        values
                            .filter(|(flag, value)| flag != value)
                            .map(|(_, value)| value),
                    );
                    flag_words.sort_unstable();
                    flag_words.dedup();
                    let operands = invocation.operands().iter().map(|operand| operand.word);
                    let others = operands
                        .chain(invocation.subcommand_word())
                        .chain(invocation.double_dash());
                    flag_words
                        .into_iter()
                        .chain(others)
                        .for_each(|word| seen[word] += 1);
                    for (at, count) in seen.iter().enumerate() {
                        let before = at <= invocation.program_word();
                        let group = invocation.subcommand().is_some_and(|sub| sub.contains(' '))
                            && invocation.subcommand_word() > Some(at);
                        let expected = usize::from(!before);
                        assert!(
                            *count == expected || group && *count == 0,
                            "{text}: word {at} {count} times"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn flag_positions() {
    for (text, before) in [
        ("python -m pip install x", "python -m pip install"),
        ("python -m pip", "python -m pip"),
        ("npm cache clean", "npm cache clean"),
        ("rm -f x", "rm"),
        ("apt-get -q install x", "apt-get -q install"),
    ] {
        let command = command(text);
        let position = Invocation::of(&command).unwrap().flag_position();
        assert_eq!(&text[..usize::from(position)], before, "{text}");
    }
}

#[test]
fn shell_state() {
    for (text, expected) in [
        ("cd /x", true),
        ("export A=1", true),
        ("A=1", true),
        ("A=1 make", false),
        ("set -e", true),
        (". /env", true),
        ("exec > /log", true),
        ("exec nginx", true),
        ("command cd /x", true),
        ("$CMD", true),
        ("echo hi", false),
        ("echo ${X:=y}", true),
        ("printf -v x y", true),
        ("printf hi", false),
        ("sudo cd /x", false),
        ("make install", false),
        ("> /file", false),
        ("test -f x", false),
    ] {
        assert_eq!(changes_shell(&command(text)), expected, "{text}");
    }
}

#[test]
fn processes() {
    for (text, expected) in [
        ("apt-get install -y nginx", Leaves::No),
        ("service nginx start", Leaves::Yes),
        ("sudo service nginx start", Leaves::Yes),
        ("gpg --recv-keys X", Leaves::Yes),
        ("apt-key adv --recv-keys X", Leaves::Yes),
        ("gradle build", Leaves::Yes),
        ("gradle build --no-daemon", Leaves::No),
        ("wget -b https://e/x", Leaves::Yes),
        ("wget https://e/x", Leaves::No),
        ("./start.sh", Leaves::Maybe),
        ("$CMD", Leaves::Maybe),
        ("make", Leaves::Maybe),
        ("git clone https://e/r", Leaves::No),
        ("git pull", Leaves::Maybe),
        ("npm ci", Leaves::No),
        ("npm run build", Leaves::Maybe),
        ("eval x", Leaves::Maybe),
        ("command -v x", Leaves::No),
        ("cd /x", Leaves::No),
        ("A=1", Leaves::No),
        ("find / -exec foo ;", Leaves::Maybe),
        ("find / -name x -delete", Leaves::No),
        ("sudo -b make", Leaves::Yes),
        ("sudo -E git clone -b v1 https://e/r", Leaves::No),
    ] {
        assert_eq!(leaves_process(&command(text)), expected, "{text}");
    }
}

#[test]
fn builtins() {
    for (name, expected) in [
        ("cd", Builtin::Only),
        ("if", Builtin::Only),
        ("echo", Builtin::AlsoProgram),
        ("node", Builtin::No),
    ] {
        assert_eq!(builtin(name), expected, "{name}");
    }
}

#[test]
fn tables_are_well_formed() {
    let mut names = std::collections::BTreeSet::new();
    for program in super::table::all() {
        for name in program.names.split([' ', '|']) {
            assert!(names.insert(name), "{name} stands twice");
            assert!(!name.is_empty(), "{}", program.names);
        }
        let flags = program.subs.iter().map(|sub| sub.flags);
        for token in flags
            .chain([program.flags])
            .flat_map(str::split_ascii_whitespace)
        {
            for name in token.trim_end_matches(['=', '?', '*']).split('|') {
                assert!(
                    name.starts_with('-') || name.starts_with('/'),
                    "{}: {token}",
                    program.names
                );
            }
        }
        let mut subs = std::collections::BTreeSet::new();
        for sub in program.subs.iter().flat_map(|sub| sub.names.split('|')) {
            assert!(subs.insert(sub), "{}: {sub} stands twice", program.names);
        }
    }
}
