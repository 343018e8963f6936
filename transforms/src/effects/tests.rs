use dfix_syntax::TextRange;

use super::{
    Domain, Effects, Index, Use, index_use, reads_apt_lists, refreshes_apt_lists, resolve,
};
use crate::commands::fixture::{command, script};
use crate::model::{Args, Flag, Instruction, InstructionKind, Origin, Pair, State, Value, Word};

fn of(text: &str) -> Effects {
    Effects::of_script(&script(text), Some("/w"))
}

#[test]
fn what_is_created_and_deleted() {
    let mut wrong = Vec::new();
    for (text, created, deleted) in [
        ("touch /a b", "/a /w/b", ""),
        ("touch -c /a", "", ""),
        ("mkdir -p /a/b", "/a/b", ""),
        ("rm -rf /a b", "", "/a /w/b"),
        ("rm -i /a", "", ""),
        ("mv -n a /b", "/b", ""),
        ("rm -rf /tmp/*", "", ""),
        ("cp a /b", "/b", ""),
        ("mv a /b", "/b", "/w/a"),
        ("ln -s /a/b", "/w/b", ""),
        ("ln -sf /a /b", "/b", ""),
        ("echo x > /a", "/a", ""),
        ("echo x >> a", "/w/a", ""),
        ("echo x > /dev/null", "", ""),
        ("echo x 2>&1", "", ""),
        ("wget https://e/x.tgz", "/w/x.tgz", ""),
        ("wget -P /d https://e/x.tgz", "/d/x.tgz", ""),
        ("wget -O /t/x https://e/y", "/t/x", ""),
        ("wget -qO- https://e/y", "", ""),
        ("wget https://e/x?y=z", "", ""),
        ("curl -fsSL https://e/x -o /t/x", "/t/x", ""),
        ("curl -LO 'https://e/d/x.tgz?y'", "/w/x.tgz", ""),
        ("curl -LOJ https://e/d/x.tgz", "/w/x.tgz", ""),
        ("curl https://e/x", "", ""),
        ("tar czf /a.tgz /d", "/a.tgz", ""),
        ("git clone https://e/a/r.git", "/w/r", ""),
        ("git clone https://e/a/r /s", "/s", ""),
        ("touch /a && rm /a", "", "/a"),
        ("rm /a && touch /a", "/a", ""),
        ("touch /a && make", "", ""),
        ("touch /a || true", "", ""),
        ("touch /a ; true", "", ""),
        ("touch /a | true", "", ""),
        ("cd /d && touch a", "/d/a", ""),
        ("cd d && touch a", "/w/d/a", ""),
        ("cd ../d && touch a", "", ""),
        ("cd $D && touch a", "", ""),
        ("cd /d ; touch a", "", ""),
        ("( cd /d ) && touch a", "/w/a", ""),
        ("touch /a $B", "", ""),
        ("sed -i s/a/b/ /f", "/f", ""),
    ] {
        let effects = of(text);
        let found = (effects.created().join(" "), effects.deleted().join(" "));
        if (found.0.as_str(), found.1.as_str()) != (created, deleted) {
            wrong.push((text, found));
        }
    }
    assert!(
        wrong.is_empty(),
        "(command, (created, deleted)): {wrong:#?}"
    );
    assert!(of("rm -rf /a").deletes("/a/b/c") && !of("rm -rf /a").deletes("/ab"));
}

#[test]
fn what_is_emptied() {
    for (text, expected) in [
        ("rm -rf /var/lib/apt/lists/*", true),
        ("rm -rf /tmp/x /var/lib/apt/lists/*", true),
        ("rm -rf /var/lib/apt/lists", true),
        ("rm -r -f /var/lib/apt/*", true),
        ("apt-get install -y a && rm -rf /var/lib/apt/lists/*", true),
        ("rm -rf /var/lib/apt/lists/* && apt-get install -y a", false),
        ("rm -rf /var/lib/apt/lists/* || true", false),
        ("rm -f /var/lib/apt/lists/*", false),
        ("rm -rf /var/lib/apt/lists/*_dists_*", false),
        ("rm -rf /var/lib/apt/lists/partial/*", false),
        ("rm -rf \"/var/lib/apt/lists/*\"", false),
        ("rm -rf /var/lib/*/lists/*", false),
    ] {
        assert_eq!(of(text).empties("/var/lib/apt/lists"), expected, "{text}");
    }
}

#[test]
fn subshells_keep_the_directory() {
    assert!(!of("( cd /d ) && touch a").may_write("/d/a"));
    let effects = of("( cd /d && touch a )");
    assert!(effects.may_write("/d/a") && !effects.may_write("/w/a"));
}

/// Reads and writes of one path, or a barrier.
fn access(text: &str, path: &str) -> &'static str {
    let effects = of(text);
    match (
        effects.everything,
        effects.may_read(path),
        effects.may_write(path),
    ) {
        (true, ..) => "everything",
        (_, false, false) => "-",
        (_, true, false) => "r",
        (_, false, true) => "w",
        (_, true, true) => "rw",
    }
}

#[test]
fn paths() {
    let mut wrong = Vec::new();
    for (text, path, expected) in [
        ("cat /a", "/a", "r"),
        ("cat /a", "/b", "-"),
        ("cat /a", "/a/b", "r"),
        ("cat /a/b", "/a", "r"),
        ("cat a", "/w/a", "r"),
        ("cat $A", "/a", "r"),
        ("cat /tmp/*.txt", "/tmp/x", "r"),
        ("cat /tmp/*.txt", "/a", "-"),
        ("rm -rf /tmp/*", "/tmp/x", "rw"),
        ("rm -rf /tmp/*", "/a", "-"),
        ("rm -rf $A", "/a", "everything"),
        ("rm -rf /d/$A", "/a", "everything"),
        ("rm -rf \"/d/$A\"", "/a", "w"),
        ("rm -rf /bin/x", "/usr/bin/x", "w"),
        ("rm -rf /d/../a", "/b", "w"),
        ("tar xf /a.tgz", "/a.tgz", "r"),
        ("tar xf /a.tgz", "/w/x", "rw"),
        ("tar xf /a.tgz -C /d", "/d/x", "rw"),
        ("tar xf /a.tgz -C /d", "/w", "-"),
        ("tar xPf /a.tgz", "/b", "everything"),
        ("tar xf /a.tgz $OPTS", "/b", "everything"),
        ("unzip -q /a.zip -d /d", "/d/x", "rw"),
        ("unzip /a", "/a.zip", "r"),
        ("gunzip /d/a.gz", "/d/a", "w"),
        ("gzip -c /d/a", "/d/a", "r"),
        ("chmod +x /a", "/a", "rw"),
        ("chown -R app /a", "/b", "-"),
        ("sed -i 's/a/b/g; /x/d' /f", "/f", "rw"),
        ("sed -n 's/a/b/p' /f", "/f", "r"),
        ("sed -i 's/a/b/e' /f", "/f", "everything"),
        ("sed 's/a/b/w /x' /f", "/f", "everything"),
        ("sed -i.bak s/a/b/ /d/f", "/d/f.bak", "w"),
        ("grep -q /p /f", "/f", "r"),
        ("grep -q /p /f", "/p", "-"),
        ("awk '{print $1}' /f", "/f", "r"),
        ("awk '{system(1)}' /f", "/f", "everything"),
        ("find /d -name x -delete", "/d/x", "rw"),
        ("find /d -name x -delete", "/e", "-"),
        ("find /d -type f", "/d/x", "r"),
        ("find /d -exec rm {} +", "/d/x", "rw"),
        ("find /d -exec foo {} +", "/e", "everything"),
        ("find /d -exec rm -rf /e +", "/f", "everything"),
        ("test -f /a", "/a", "r"),
        ("[ -d /a ]", "/a", "r"),
        ("test a = /b", "/b", "-"),
        ("apt-get install -y curl", "/usr/bin/curl", "rw"),
        ("apt-get install -y curl", "/app/x", "-"),
        ("apt-get install -y ./a.deb", "/w/a.deb", "r"),
        ("apt-get -o Dir::State=/x install a", "/app", "everything"),
        ("apt-get --frob install a", "/app", "everything"),
        ("apk add --no-cache curl", "/app", "-"),
        ("apk -p /d add a", "/app", "everything"),
        ("useradd -d /data/app app", "/data/app", "rw"),
        ("userdel -r app", "/data", "rw"),
        ("dnf install -y --setopt=tsflags=nodocs a", "/app", "-"),
        (
            "dnf install -y --setopt=cachedir=/app a",
            "/app",
            "everything",
        ),
        ("tar xf /a -I ./unpack", "/app", "everything"),
        ("tar xf /a -I zstd -X /list -C /d", "/list", "r"),
        ("make", "/a", "everything"),
        ("pip install x", "/a", "everything"),
        ("./run", "/a", "everything"),
        ("$CMD", "/a", "everything"),
        ("curl https://e/x | sh", "/a", "everything"),
        ("curl -K /c https://e", "/a", "everything"),
        ("env -C /d cat a", "/a", "everything"),
        ("env A=b cat /a", "/a", "r"),
        ("sudo rm /a", "/a", "w"),
    ] {
        if access(text, path) != expected {
            wrong.push((text, path, access(text, path), expected));
        }
    }
    assert!(
        wrong.is_empty(),
        "(command, path, found, expected): {wrong:#?}"
    );
}

#[test]
fn unknown_directory() {
    let effects = Effects::of_script(&script("touch a"), None);
    assert!(effects.may_write("/anything") && effects.created().is_empty());
}

#[test]
fn commuting() {
    for (a, b, expected) in [
        ("touch /a", "touch /b", true),
        ("touch /a", "touch /a", false),
        ("touch /a", "cat /a", false),
        ("cat /a", "cat /a", true),
        ("mkdir /d", "touch /d/a", false),
        ("apt-get install -y a", "touch /app/x", true),
        ("apt-get install -y a", "touch /etc/x", false),
        ("apt-get install -y a", "curl -o /app/x https://e", false),
        ("apt-get update", "apt-get install -y a", false),
        ("apt-get install -y a", "apt-get install -y b", false),
        ("useradd app", "chown app /a", false),
        ("useradd app", "chown 1:1 /a", true),
        ("curl -o /a https://e", "curl -o /b https://e", true),
        ("curl -X POST https://e", "curl -o /b https://e", false),
        ("X=1", "echo $X", false),
        ("X=1", "echo $Y", true),
        ("export X=1", "echo $X", false),
        ("cd /d", "pwd", false),
        ("umask 077", "touch /a", false),
        ("cd /d", "touch a", false),
        ("PATH=/x", "touch /a", false),
        ("make", "touch /a", false),
    ] {
        let (first, second) = (of(a), of(b));
        assert_eq!(first.commutes(&second), expected, "{a} / {b}");
        assert_eq!(second.commutes(&first), expected, "{b} / {a}");
    }
}

#[test]
fn indexes() {
    use Index::{Apk, Apt, Rpm};
    use Use::{Maybe, No, Yes};
    for (text, index, needs, refreshes) in [
        ("apt-get update", Apt, No, true),
        ("apt-get install -y a", Apt, Yes, false),
        ("apt-get update && apt-get install -y a", Apt, No, true),
        ("apt-get update ; apt-get install -y a", Apt, No, true),
        ("apt-get install -y a && apt-get update", Apt, Yes, true),
        (
            "true || apt-get update && apt-get install a",
            Apt,
            Yes,
            false,
        ),
        ("( apt-get update ) && apt-get install a", Apt, No, true),
        ("apt-get update | cat", Apt, No, false),
        ("apt-get remove a", Apt, Yes, false),
        ("apt-get clean && apt-get autoremove -y", Apt, No, false),
        ("apt-cache search a", Apt, Yes, false),
        ("add-apt-repository x", Apt, Yes, false),
        ("dpkg -i a.deb && curl https://e", Apt, No, false),
        ("./install.sh", Apt, Maybe, false),
        ("curl https://e | sh -", Apt, Maybe, false),
        ("pip install x", Apt, No, false),
        ("npm run build", Apt, Maybe, false),
        (
            "sudo apt-get update && sudo apt-get install a",
            Apt,
            No,
            true,
        ),
        ("$CMD", Apt, Maybe, false),
        ("cd /x && export A=1", Apt, No, false),
        ("apk add a", Apk, Yes, false),
        ("apk add --no-cache a", Apk, No, false),
        ("apk -U add a", Apk, No, true),
        ("apk update && apk add a", Apk, No, true),
        ("apk del a", Apk, No, false),
        ("dnf install -y a", Rpm, No, false),
        ("dnf -C install a", Rpm, Yes, false),
        ("npm ci --offline", Index::Npm, Yes, false),
    ] {
        let found = index_use(&script(text), index);
        assert_eq!((found.needs, found.refreshes), (needs, refreshes), "{text}");
    }
    assert_eq!(reads_apt_lists(&command("apt-get install a")), Yes);
    assert!(refreshes_apt_lists(&command("apt-get -q update")));
}

#[test]
fn resolving() {
    for (path, directory, expected) in [
        ("/a//b/./c/", None, Some("/a/b/c")),
        ("a", Some("/w"), Some("/w/a")),
        (".", Some("/w/"), Some("/w")),
        ("a", None, None),
        ("a/../b", Some("/w"), None),
        ("a", Some("relative"), None),
        ("/", None, Some("/")),
        ("", Some("/w"), None),
    ] {
        assert_eq!(resolve(path, directory).as_deref(), expected, "{path}");
    }
}

fn word(text: &str) -> Word {
    Word {
        range: TextRange::default(),
        text: text.into(),
    }
}

fn instruction(kind: InstructionKind, args: Args) -> Instruction {
    Instruction {
        index: 0,
        kind,
        keyword: TextRange::default(),
        range: TextRange::default(),
        lines: TextRange::default(),
        comments: Vec::new(),
        flags: Vec::new(),
        args,
        heredocs: Vec::new(),
        breaks: Vec::new(),
        stage: Some(0),
    }
}

fn state() -> State {
    State {
        workdir: Some(Value::literal("/w")),
        user: Some(Value::default()),
        shell: Some(vec!["/bin/sh".into(), "-c".into()]),
        bash_env: false,
        origin: Origin::File,
    }
}

fn copy(source: &str, dest: &str, chown: Option<&str>) -> Effects {
    let args = Args::Copy {
        sources: vec![word(source)],
        dest: word(dest),
        json: false,
    };
    let mut copy = instruction(InstructionKind::Copy, args);
    copy.flags.extend(chown.map(|owner| Flag {
        range: TextRange::default(),
        name: "chown".into(),
        value: Some(owner.into()),
        value_range: None,
    }));
    Effects::of_instruction(&copy, &state())
}

fn pair(kind: InstructionKind, name: &str, value: &str) -> Effects {
    let pair = Pair {
        range: TextRange::default(),
        name: word(name),
        value: Some(word(value)),
        legacy: false,
    };
    Effects::of_instruction(&instruction(kind, Args::Pairs(vec![pair])), &state())
}

fn value(kind: InstructionKind, text: &str) -> Effects {
    Effects::of_instruction(&instruction(kind, Args::Value(word(text))), &state())
}

#[test]
fn instructions() {
    use InstructionKind::{Arg, Env, Label, User, Workdir};
    let apt = of("apt-get install -y a");
    for (a, b, expected) in [
        (copy("a", "/d/", None), copy("b", "/e/", None), true),
        (copy("a", "/d/", None), copy("b", "/d/", None), false),
        (copy("a", "/d/", None), copy("b", "/d/x", None), false),
        (copy("a", "x", None), copy("b", "/w/", None), false),
        (copy("a", "/d/", None), value(Workdir, "/e"), true),
        (copy("a", "d/", None), value(Workdir, "/e"), false),
        (copy("a", "/d/", None), apt.clone(), true),
        (copy("a", "/etc/a", None), apt.clone(), false),
        (copy("a", "/d/", Some("app")), apt.clone(), false),
        (copy("a", "/d/", Some("1:1")), apt.clone(), true),
        (copy("a", "/", None), copy("b", "/e/", None), false),
        (copy("a", "$D", None), copy("b", "/e/", None), false),
        (pair(Env, "A", "1"), pair(Env, "B", "1"), true),
        (pair(Env, "A", "1"), pair(Env, "B", "$A"), false),
        (pair(Env, "A", "1"), pair(Arg, "A", "2"), false),
        (pair(Env, "D", "/x"), copy("a", "${D}/x", None), false),
        (pair(Label, "a", "1"), copy("a", "/d/", None), true),
        (pair(Label, "a", "$V"), pair(Arg, "V", "1"), false),
        (value(User, "app"), value(Workdir, "/d"), false),
        (value(User, "app"), copy("a", "/d/", None), true),
    ] {
        assert_eq!(a.commutes(&b), expected, "{a:?} / {b:?}");
    }
    assert!(value(Workdir, "d").creates("/w/d"));
    assert!(
        value(Workdir, "/d")
            .writes
            .domains
            .contains(Domain::Workdir)
    );
    assert!(
        Effects::of_instruction(
            &instruction(InstructionKind::From, Args::Malformed),
            &state()
        )
        .everything
    );
}

/// All paths below a directory with what they are, their content, mode and target.
fn snapshot(directory: &std::path::Path) -> std::collections::BTreeMap<String, String> {
    use std::os::unix::fs::PermissionsExt;
    let mut found = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let data = path.symlink_metadata().unwrap();
        let content = if data.is_file() {
            std::fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        let target = path.read_link().ok();
        found.insert(
            path.to_str().unwrap().to_owned(),
            format!(
                "{:?} {:o} {content:?} {target:?}",
                data.file_type(),
                data.permissions().mode()
            ),
        );
        if data.is_dir() {
            found.extend(snapshot(&path));
        }
    }
    found
}

/// What commands really do stays within what is said of them. Without a shell and the usual programs there is nothing to
/// compare with.
#[test]
#[cfg(unix)]
fn real_commands() {
    let prepare = "mkdir -p d/e && echo one > a && echo two > b && echo x > d/x && tar czf t.tgz -C d x && gzip -k b";
    for text in [
        "touch n m",
        "touch -c n",
        "mkdir -p n/m && touch n/m/o",
        "cd d && touch n",
        "( cd d ) && touch n",
        "rm a",
        "rm -rf a d",
        "rm -f missing",
        "rm -rf d/*",
        "rmdir d/e",
        "cp a n",
        "cp a d",
        "cp -r d n",
        "cp -t d a b",
        "mv a n",
        "mv a b d",
        "mv -n a b",
        "ln -s a n",
        "ln -sf b a",
        "ln -s ../a d",
        "ln d/x",
        "ln a n",
        "install -d n/o",
        "install -m 600 a n",
        "chmod 600 a",
        "chmod -R go-rwx d",
        "sed -i s/one/1/ a",
        "sed -i.bak s/one/1/ a",
        "sed -n p a > n",
        "sort -o n a",
        "cat a b > n",
        "cat a >> b",
        "echo x | tee n m",
        "tar xzf t.tgz",
        "tar xzf t.tgz -C d/e",
        "tar czf n.tgz a b",
        "tar cf n.tar -C d x",
        "gzip a",
        "gunzip -f b.gz",
        "gzip -c a > n.gz",
        "find d -name x -delete",
        "awk '{print $1}' a",
        "grep -q one a && touch n",
        "test -f a && touch n",
        "false || touch n",
        "touch n && rm n",
        "rm a && touch a",
        "cp a n ; false ; touch m",
    ] {
        let directory = std::env::temp_dir().join(format!("dfix-effects-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        let run = |text: &str| {
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", text]).current_dir(&directory);
            shell.output().is_ok_and(|output| output.status.success())
        };
        if !run(prepare) {
            return;
        }
        let before = snapshot(&directory);
        let success = run(text);
        let after = snapshot(&directory);
        let here = directory.to_str().unwrap();
        let effects = Effects::of_script(&script(text), Some(here));
        assert!(!effects.everything, "{text} is understood");
        for path in before.keys().chain(after.keys()) {
            // The times and the size of a directory change with what is in it; that is no difference.
            let changed = before.get(path) != after.get(path);
            assert!(!changed || effects.may_write(path), "{text} writes {path}");
        }
        assert!(success, "{text} succeeds");
        for path in effects.created() {
            assert!(after.contains_key(path.as_str()), "{text} makes {path}");
        }
        for path in effects.deleted() {
            assert!(!after.contains_key(path.as_str()), "{text} removes {path}");
        }
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
