//! Python: packages that are compiled, virtual environments, projects.

use super::super::acts::{Act, Cmd, Made, Output, Work};
use super::super::image::Image;
use super::super::place::{Place, base_name};
use super::{Recipe, cache, here};

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: "Python",
    page: "Recognised: pip, pipenv, poetry, uv, `setup.py`, `easy_install`, virtual environments, and `manage.py`.\n\n\
        The directory into which packages are installed is copied: a virtual environment, `site-packages` and `/usr/local/bin` of the Python images, or\n\
        `/usr/local` of a distribution. Compilers and headers stay behind; the libraries of development packages are installed.\n\
        Refused: distributions whose pip installs beside the system's own files, and the full Python images when it isn't known which libraries the\n\
        packages were compiled with.",
    read,
};

pub(in super::super) const ID: &str = "python";

fn read(cmd: &Cmd<'_>) -> Option<Act> {
    let name = base_name(cmd.name());
    match name {
        "pip" | "pip2" | "pip3" | "easy_install" | "easy_install-2.7" => pip(cmd),
        "uv" => uv(cmd),
        "pipenv" | "poetry" | "pdm" => project(cmd),
        "virtualenv" | "pyvenv" | "virtualenv-3" => environment(cmd),
        "python" | "python2" | "python3" | "python2.7" => python(cmd),
        "tox" | "pytest" | "nosetests" | "flake8" | "py.test" | "invoke" | "fab" => {
            Some(here(cmd, ID, Work::Compile))
        }
        "mkdocs" | "sphinx-build" => Some(here(cmd, ID, Work::Compile)),
        "django-admin" | "django-admin.py"
            if cmd
                .operands()
                .first()
                .is_some_and(|sub| matches!(sub.as_str(), "startproject" | "startapp")) =>
        {
            let operands = cmd.operands();
            let place = operands
                .get(2)
                .map_or_else(|| cmd.here(), |path| cmd.at(path));
            Some(cmd.makes(ID, Work::Compile, vec![Output::Tree(place)]))
        }
        _ if cmd.invocation.path().ends_with("manage.py") => Some(here(cmd, ID, Work::Compile)),
        _ => None,
    }
}

fn pip(cmd: &Cmd<'_>) -> Option<Act> {
    let texts = cmd.texts();
    let sub = texts
        .iter()
        .find(|text| !text.starts_with('-'))
        .map(String::as_str);
    match sub {
        Some("install" | "uninstall" | "sync") => {}
        Some("wheel" | "download") => {
            let place = cmd
                .value_of(&["-w", "--wheel-dir", "-d", "--dest"])
                .unwrap_or_else(|| cmd.here());
            return Some(cmd.makes(ID, Work::Packages, vec![Output::Tree(place)]));
        }
        Some(
            "freeze" | "list" | "show" | "check" | "config" | "cache" | "--version" | "debug"
            | "completion",
        ) => return Some(Act::Nothing),
        None => return Some(Act::Nothing),
        Some(_) if cmd.name().contains("easy_install") => {}
        Some(_) => return None,
    }
    if texts.iter().any(|text| text == "--user") {
        return match cmd.shell.value("PYTHONUSERBASE") {
            Some(path) => Some(cmd.makes(ID, Work::Packages, vec![Output::One(cmd.at(path))])),
            None => Some(cmd.makes(
                ID,
                Work::Packages,
                vec![Output::One(Place::At("/root/.local".to_owned()))],
            )),
        };
    }
    if let Some(target) = cmd.value_of(&["-t", "--target", "--prefix", "--root"]) {
        return Some(cmd.makes(ID, Work::Packages, vec![Output::Prefix(target)]));
    }
    let mut outputs = site_packages(cmd)?;
    // An editable project stays where it is.
    let mut editable = false;
    for text in &texts {
        if std::mem::take(&mut editable) && !text.contains("://") {
            outputs.push(Output::Tree(
                cmd.at(text.split('[').next().unwrap_or_default()),
            ));
        }
        editable = text == "-e" || text == "--editable";
    }
    if texts
        .iter()
        .any(|text| text == "--editable" || text == "-e")
        && texts.iter().any(|text| text.contains("://"))
    {
        outputs.push(Output::Tree(cmd.here().join("src")));
    }
    Some(cmd.makes(ID, Work::Packages, outputs))
}

/// Where packages are installed: those of a virtual environment by the program's path.
fn site_packages(cmd: &Cmd<'_>) -> Option<Vec<Output>> {
    let path = cmd.invocation.path();
    let at = |path: String| Output::One(Place::At(path));
    if let Some((environment, _)) = path.rsplit_once("/bin/") {
        let absolute = cmd.at(environment);
        return match absolute.root() {
            Some("/usr" | "") => None,
            Some("/usr/local") => system_packages(cmd),
            Some(_) => Some(vec![Output::One(absolute)]),
            None => None,
        };
    }
    if let Some(environment) = cmd.shell.value("VIRTUAL_ENV") {
        return Some(vec![at(environment.to_owned())]);
    }
    let on_path = cmd
        .shell
        .value("PATH")
        .and_then(|path| path.split(':').next());
    if let Some(environment) = on_path
        .and_then(|path| path.strip_suffix("/bin"))
        .filter(|path| base_name(path).contains("env"))
    {
        return Some(vec![at(environment.to_owned())]);
    }
    system_packages(cmd)
}

/// What the installer of pip makes.
pub(in super::super) fn installer(image: &Image) -> Option<Act> {
    Some(Act::Make(Made {
        recipe: ID,
        kind: Work::Packages,
        outputs: packages_of(image)?,
    }))
}

fn system_packages(cmd: &Cmd<'_>) -> Option<Vec<Output>> {
    packages_of(cmd.image)
}

fn packages_of(image: &Image) -> Option<Vec<Output>> {
    let at = |path: &str| Output::One(Place::At(path.to_owned()));
    if image.family() == "python" {
        let version = match image.version() {
            Some((major, Some(minor))) => {
                format!("/usr/local/lib/python{major}.{minor}/site-packages")
            }
            _ => return Some(vec![at("/usr/local")]),
        };
        return Some(vec![Output::One(Place::At(version)), at("/usr/local/bin")]);
    }
    if image.system.debian_like {
        return Some(vec![Output::Prefix(Place::At("/usr/local".to_owned()))]);
    }
    // Beside the system's own files.
    Some(vec![Output::Prefix(Place::At("/usr".to_owned()))])
}

fn uv(cmd: &Cmd<'_>) -> Option<Act> {
    let texts = cmd.texts();
    match texts
        .iter()
        .find(|text| !text.starts_with('-'))
        .map(String::as_str)?
    {
        "sync" | "venv" | "lock" | "run" | "add" => {
            let environment = cmd
                .shell
                .value("UV_PROJECT_ENVIRONMENT")
                .map(|path| cmd.at(path));
            let mut outputs = vec![Output::Tree(cmd.here())];
            outputs.extend(environment.map(Output::One));
            Some(cmd.makes(ID, Work::Packages, outputs))
        }
        "pip" => Some(cmd.makes(ID, Work::Packages, site_packages(cmd)?)),
        "cache" | "python" => Some(cache(cmd, ID, Work::Packages)),
        _ => None,
    }
}

fn project(cmd: &Cmd<'_>) -> Option<Act> {
    let texts = cmd.texts();
    let sub = texts
        .iter()
        .find(|text| !text.starts_with('-'))
        .map(String::as_str)?;
    let into_system = texts.iter().any(|text| text == "--system")
        || cmd.shell.value("POETRY_VIRTUALENVS_CREATE") == Some("false");
    Some(match sub {
        "config" | "check" | "--version" | "export" | "lock" | "build" | "requirements" => {
            here(cmd, ID, Work::Packages)
        }
        "install" | "sync" | "update" | "add" if into_system => {
            cmd.makes(ID, Work::Packages, site_packages(cmd)?)
        }
        // Where the environment is depends on settings.
        "install" | "sync" | "update" | "add" => match cmd
            .shell
            .value("PIPENV_VENV_IN_PROJECT")
            .or(cmd.shell.value("POETRY_VIRTUALENVS_IN_PROJECT"))
        {
            Some(_) => here(cmd, ID, Work::Packages),
            None => return None,
        },
        "run" => here(cmd, ID, Work::Compile),
        _ => return None,
    })
}

/// Whether code only prints what is known to the interpreter.
fn prints(code: &str) -> bool {
    let code = code.trim().trim_matches(['"', '\'']);
    let writes = [
        "open",
        "write",
        "system",
        "subprocess",
        "download",
        "exec",
        "eval",
        "setup(",
    ];
    let statement = |part: &str| {
        let part = part.trim();
        part.is_empty()
            || part.starts_with("import ")
            || part.starts_with("from ")
            || part.starts_with("print")
    };
    code.contains("print")
        && code.split(';').all(statement)
        && !writes.iter().any(|word| code.contains(word))
}

fn environment(cmd: &Cmd<'_>) -> Option<Act> {
    let operands = cmd.operands();
    let last = operands.last()?;
    Some(cmd.makes(ID, Work::Packages, vec![Output::One(cmd.at(last))]))
}

fn python(cmd: &Cmd<'_>) -> Option<Act> {
    let texts = cmd.texts();
    let first = texts
        .iter()
        .find(|text| !text.starts_with('-') || text.as_str() == "-m" || text.as_str() == "-c")?
        .as_str();
    match first {
        "-m" => {
            let module = texts.iter().skip_while(|text| *text != "-m").nth(1)?;
            match module.as_str() {
                "venv" | "virtualenv" => environment(cmd),
                "compileall" | "unittest" | "pytest" => Some(here(cmd, ID, Work::Compile)),
                "ensurepip" => Some(cmd.makes(ID, Work::Packages, system_packages(cmd)?)),
                "pip" => Some(cmd.makes(ID, Work::Packages, site_packages(cmd)?)),
                "nltk.downloader" | "spacy" => None,
                _ => None,
            }
        }
        "-c" => {
            let code = texts.iter().skip_while(|text| *text != "-c").nth(1)?;
            prints(code).then_some(Act::Nothing)
        }
        "-V" | "--version" => Some(Act::Nothing),
        script if base_name(script) == "setup.py" => {
            let mut outputs = vec![Output::Tree(cmd.here())];
            if texts
                .iter()
                .any(|text| text == "install" || text == "develop")
            {
                outputs.extend(system_packages(cmd)?);
            }
            Some(cmd.makes(ID, Work::Compile, outputs))
        }
        script if base_name(script) == "manage.py" => Some(here(cmd, ID, Work::Compile)),
        script if base_name(script) == "get-pip.py" => {
            Some(cmd.makes(ID, Work::Packages, system_packages(cmd)?))
        }
        _ => None,
    }
}
