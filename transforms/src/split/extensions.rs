//! Extensions of a PHP that was installed from packages: where they are put depends on the distribution.

use super::acts::{Act, Done, Install, Made, Output, Work};
use super::image::Image;
use super::place::{Place, base_name};
use super::recipes::php::ID;
use super::world::Run;

/// Gives what `pecl` and `phpize` do its place, where the packages of PHP tell it.
///
/// Debian and Ubuntu keep extensions below `/usr/lib/php` in a directory named after the interface's number (before PHP 7
/// below `/usr/lib/php5`), the Red Hat family in `/usr/lib64/php/modules`, and Alpine in `/usr/lib/php7/modules` with the
/// version of the packages' names. All packages of PHP in the other stage are the same, so a copy of such a directory adds
/// what was built.
pub(super) fn of_packages(image: &Image, runs: &mut [Run<'_>]) {
    let all = || runs.iter().flat_map(|run| &run.done);
    let open =
        |done: &&Done| matches!(done.act, Act::Unknown | Act::Make(_)) && tool(done).is_some();
    if image.family() == "php" || !all().any(|done| open(&done)) {
        return;
    }
    let packages: Vec<String> = all()
        .filter_map(|done| match &done.act {
            Act::Install(Install { packages, .. }) => Some(packages),
            _ => None,
        })
        .flatten()
        .map(|(_, name)| name.clone())
        .filter(|name| name.starts_with("php"))
        .collect();
    let Some(directory) = directory(image, &packages) else {
        return;
    };
    for done in runs.iter_mut().flat_map(|run| &mut run.done) {
        let place = Place::At(directory.clone());
        let outputs = match tool(done) {
            Some(Tool::Pecl) => vec![Output::One(place)],
            Some(Tool::Phpize) => vec![
                Output::Tree(done.directory.clone()),
                Output::Configured(Some(place)),
            ],
            None => continue,
        };
        done.act = Act::Make(Made {
            recipe: ID,
            kind: Work::Compile,
            outputs,
        });
    }
}

enum Tool {
    Pecl,
    Phpize,
}

/// Which of the tools an act that isn't known, or whose place isn't, belongs to.
fn tool(done: &Done) -> Option<Tool> {
    let name = base_name(&done.program);
    let unknown = done.act == Act::Unknown;
    if unknown && name == "pecl" {
        return Some(Tool::Pecl);
    }
    let version = name.strip_prefix("phpize")?;
    let plain = version.chars().all(|c| c.is_ascii_digit() || c == '.');
    plain.then_some(Tool::Phpize)
}

fn directory(image: &Image, packages: &[String]) -> Option<String> {
    if image.system.alpine {
        let stem = |name: &String| {
            let end = name.find('-').unwrap_or(name.len());
            name.get(..end).map(str::to_owned)
        };
        let mut stems: Vec<String> = packages.iter().filter_map(stem).collect();
        stems.sort();
        stems.dedup();
        return match stems.as_slice() {
            // `php` alone was PHP 5's before Alpine 3.5.
            [one] if one != "php" => Some(format!("/usr/lib/{one}/modules")),
            _ => None,
        };
    }
    if packages.is_empty() {
        return None;
    }
    if image.system.rpm {
        return Some("/usr/lib64/php/modules".to_owned());
    }
    let old = |name: &String| name.starts_with("php5-") || name == "php5";
    match (image.system.debian_like, packages.iter().any(old)) {
        (false, _) => None,
        (true, true) if packages.iter().all(old) => Some("/usr/lib/php5".to_owned()),
        (true, true) => None,
        (true, false) => Some("/usr/lib/php".to_owned()),
    }
}
