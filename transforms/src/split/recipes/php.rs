//! PHP: Composer, and the extensions of the PHP images.

use super::super::acts::{Act, Cmd, Output, Work};
use super::super::place::{Place, base_name};
use super::{Recipe, cache, here};

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: "PHP",
    page: "Recognised: Composer, `docker-php-ext-install` and its like, `pecl`, `phpize` and `artisan`.\n\n\
        The project's directory is copied with `vendor`, and the compiled extensions with their configuration, into the same PHP image without the\n\
        development packages. Libraries of development packages stay installed.",
    read,
};

pub(in super::super) const ID: &str = "php";

fn read(cmd: &Cmd<'_>) -> Option<Act> {
    let at = |path: &str| Output::One(Place::At(path.to_owned()));
    let extensions = || {
        vec![
            at("/usr/local/lib/php/extensions"),
            at("/usr/local/etc/php/conf.d"),
        ]
    };
    match cmd.name() {
        "docker-php-ext-configure" | "docker-php-source" => Some(cache(cmd, ID, Work::Compile)),
        "docker-php-ext-install" | "docker-php-ext-enable" => {
            Some(cmd.makes(ID, Work::Compile, extensions()))
        }
        "phpize" => match cmd.image.family() {
            // Where `make install` puts the extension is said by `php-config`.
            "php" => Some(cmd.makes(
                ID,
                Work::Compile,
                vec![
                    Output::Tree(cmd.here()),
                    Output::Configured(Some(Place::At("/usr/local/lib/php/extensions".to_owned()))),
                ],
            )),
            _ => Some(cmd.makes(
                ID,
                Work::Compile,
                vec![
                    Output::Tree(cmd.here()),
                    Output::Configured(Some(Place::Unknown)),
                ],
            )),
        },
        "pecl" | "pear"
            if cmd.operands().first().is_some_and(|sub| {
                matches!(
                    sub.as_str(),
                    "update-channels" | "channel-update" | "clear-cache" | "config-set" | "list"
                )
            }) =>
        {
            Some(cache(cmd, ID, Work::Packages))
        }
        "pecl" | "pear" if cmd.image.family() == "php" => {
            let mut outputs = extensions();
            if cmd.is_any(&["pear"]) {
                outputs.push(at("/usr/local/lib/php"));
            }
            Some(cmd.makes(ID, Work::Compile, outputs))
        }
        name if matches!(base_name(name), "composer" | "composer.phar") => composer(cmd, 0),
        "phpunit" => Some(here(cmd, ID, Work::Compile)),
        // Other commands of it work on the home directory and on databases.
        "drush"
            if cmd
                .operands()
                .first()
                .is_some_and(|sub| matches!(sub.as_str(), "make" | "dl" | "pm-download")) =>
        {
            Some(here(cmd, ID, Work::Compile))
        }
        "php" | "php7" => {
            let operands = cmd.operands();
            let first = operands.first().map(|text| base_name(text).to_owned());
            match first.as_deref() {
                Some("composer.phar" | "composer") => composer(cmd, 1),
                Some("artisan" | "console" | "yii" | "bin") => Some(here(cmd, ID, Work::Compile)),
                Some("composer-setup.php") => {
                    let directory = cmd
                        .value_of(&["--install-dir"])
                        .unwrap_or_else(|| cmd.here());
                    let name = cmd
                        .texts()
                        .iter()
                        .find_map(|text| text.strip_prefix("--filename=").map(str::to_owned));
                    Some(cmd.makes(
                        ID,
                        Work::Fetch,
                        vec![Output::One(
                            directory.join(name.as_deref().unwrap_or("composer.phar")),
                        )],
                    ))
                }
                _ => {
                    let texts = cmd.texts();
                    let asks = texts.first().is_some_and(|text| {
                        matches!(
                            text.as_str(),
                            "-v" | "-m" | "-i" | "--version" | "--ri" | "-l"
                        )
                    });
                    let code = texts.iter().skip_while(|text| *text != "-r").nth(1);
                    let code = code.map(|code| code.trim_start().trim_start_matches(['"', '\'']));
                    let prints = code.is_some_and(|code| {
                        code.starts_with("echo ") && !code.contains(';')
                            || code.starts_with("echo ")
                                && code.trim_end().ends_with(';')
                                && code.matches(';').count() == 1
                            || code.starts_with("readfile(")
                    });
                    let fetches = texts.iter().any(|text| {
                        text.contains("getcomposer.org/installer")
                            || text.contains("composer.github.io")
                            || text.contains("composer-setup.php")
                    });
                    match (asks || prints, fetches) {
                        (true, _) => Some(Act::Nothing),
                        (false, true) => Some(here(cmd, ID, Work::Fetch)),
                        (false, false) => None,
                    }
                }
            }
        }
        _ => None,
    }
}

/// Where Composer keeps the packages for all projects. Without a variable that depends on the system (Composer's
/// `Factory::getHomeDir`), which the search path of the file tells when it names that directory.
fn home(cmd: &Cmd<'_>) -> Place {
    if let Some(path) = cmd.shell.value("COMPOSER_HOME") {
        return cmd.at(path);
    }
    let path = cmd.shell.value("PATH").unwrap_or_default();
    match ["/root/.composer", "/root/.config/composer"]
        .into_iter()
        .find(|home| path.contains(home))
    {
        Some(home) => Place::At(home.to_owned()),
        None => Place::Unknown,
    }
}

fn composer(cmd: &Cmd<'_>, skip: usize) -> Option<Act> {
    let operands = cmd.operands();
    Some(match operands.get(skip).map(String::as_str) {
        // It makes Composer itself faster.
        Some("global")
            if operands
                .iter()
                .skip(skip + 2)
                .all(|name| name.starts_with("hirak/prestissimo")) =>
        {
            cache(cmd, ID, Work::Packages)
        }
        Some("config")
            if cmd
                .texts()
                .iter()
                .any(|text| matches!(text.as_str(), "-g" | "--global")) =>
        {
            cmd.makes(ID, Work::Packages, vec![Output::One(home(cmd))])
        }
        Some("global") => cmd.makes(ID, Work::Packages, vec![Output::One(home(cmd))]),
        Some(
            "config" | "clear-cache" | "clearcache" | "self-update" | "selfupdate" | "validate"
            | "diagnose",
        ) => cache(cmd, ID, Work::Packages),
        _ => {
            let directory = cmd
                .value_of(&["-d", "--working-dir"])
                .unwrap_or_else(|| cmd.here());
            cmd.makes(ID, Work::Packages, vec![Output::Tree(directory)])
        }
    })
}
