//! Spring Boot's jars in layers: how one is taken apart and started, by what the jar or its build file says.
//!
//! Layers came with 2.3 and are made unless told otherwise since 2.4; the launcher moved to a package of its own with 3.2, and
//! the tool that takes a jar apart got another name with 3.3 (release notes of these versions).

use super::world::World;
use crate::facts::Project;
use crate::{ContextKind, Facts};

/// How a jar in layers is taken apart and started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Boot {
    /// The class that starts what was taken apart.
    pub(super) launcher: &'static str,
    /// Whether the jar's own tool is the one of 3.3 and later.
    tools: bool,
    /// The layers, what changes least first.
    pub(super) layers: Vec<String>,
    /// What says so, for a person.
    pub(super) evidence: String,
}

impl Boot {
    /// The command that takes a jar apart, into a directory or where it runs.
    pub(super) fn extract(&self, jar: &str, directory: Option<&str>) -> String {
        let command = match self.tools {
            true => format!("java -Djarmode=tools -jar {jar} extract --layers --launcher"),
            false => format!("java -Djarmode=layertools -jar {jar} extract"),
        };
        match directory {
            Some(directory) => format!("{command} --destination {directory}"),
            None => command,
        }
    }

    /// Whether the jar can be taken apart in the directory that it lies in: the older tool makes a directory for each layer
    /// there, the newer one wants an empty directory.
    pub(super) fn in_place(&self) -> bool {
        !self.tools
    }
}

const OLD_LAUNCHER: &str = "org.springframework.boot.loader.JarLauncher";
const NEW_LAUNCHER: &str = "org.springframework.boot.loader.launch.JarLauncher";

/// The layers unless somebody says otherwise.
const LAYERS: &[&str] = &[
    "dependencies",
    "spring-boot-loader",
    "snapshot-dependencies",
    "application",
];

/// What is known of a jar that a COPY takes from the build context, by its key, which may have a wildcard.
pub(super) fn of_source(world: &World<'_>, key: &str) -> Option<Boot> {
    let project = world.facts.project.as_ref()?;
    let of_jar = |jar: &String| project.text(&format!("{jar}!/META-INF/MANIFEST.MF"));
    let known: Vec<(String, &str)> = jars(project, key)
        .into_iter()
        .filter_map(|jar| {
            let text = of_jar(&jar)?;
            Some((jar, text))
        })
        .collect();
    match known.as_slice() {
        [] => {
            let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
            let module = ["target", "build/libs"].iter().find_map(|output| {
                let module = folder.strip_suffix(output)?;
                (module.is_empty() || module.ends_with('/')).then_some(module)
            })?;
            let text = |name: &str| project.text(&Facts::key(&format!("{module}{name}")));
            of_build_files(text)
        }
        [(jar, manifest)] => {
            let layers = project.text(&format!("{jar}!/BOOT-INF/layers.idx"))?;
            of_manifest(jar, manifest, layers)
        }
        // Which of them it will be isn't known.
        [..] => None,
    }
}

/// What the build files of a project say of the jar that it makes; `text` gives what a file beside them holds.
pub(super) fn of_build_files<'t>(text: impl Fn(&str) -> Option<&'t str>) -> Option<Boot> {
    if let Some(pom) = text("pom.xml") {
        return of_pom(pom);
    }
    let name = "build.gradle";
    let build = text(name).or_else(|| text("build.gradle.kts"))?;
    of_gradle(build)
}

/// The jars of the build context that a source of a COPY means.
fn jars(project: &Project, key: &str) -> Vec<String> {
    let Some((head, tail)) = key.split_once('*') else {
        return vec![key.to_owned()];
    };
    let folder = head.rsplit_once('/').map_or("", |(folder, _)| folder);
    let fits = |path: &str| {
        path.starts_with(head)
            && path.ends_with(tail)
            && path
                .get(head.len()..)
                .is_some_and(|rest| !rest.contains('/'))
    };
    let files = project.below(folder);
    files
        .filter(|(path, kind)| *kind == ContextKind::UnreadFile && fits(path))
        .map(|(path, _)| path.to_owned())
        .collect()
}

/// What a jar says of itself.
fn of_manifest(jar: &str, manifest: &str, layers: &str) -> Option<Boot> {
    let manifest = manifest.replace("\r\n", "\n").replace("\n ", "");
    let value = |name: &str| {
        let mut lines = manifest.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    value("Spring-Boot-Layers-Index")?;
    let (_, tools) = by_version(value("Spring-Boot-Version")?)?;
    let launcher = match value("Main-Class")?.trim() {
        OLD_LAUNCHER => OLD_LAUNCHER,
        NEW_LAUNCHER => NEW_LAUNCHER,
        _ => return None,
    };
    let names = layers.lines().filter_map(|line| {
        let name = line.strip_prefix("- \"")?.trim_end().strip_suffix("\":")?;
        Some(name.to_owned())
    });
    let layers: Vec<String> = names.collect();
    let plain = |name: &String| {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !name.is_empty() && !name.starts_with('.') && name.chars().all(is_word)
    };
    (!layers.is_empty() && layers.iter().all(plain)).then(|| Boot {
        launcher,
        tools,
        layers,
        evidence: format!("`{jar}` says that it has layers"),
    })
}

/// The launcher of a version, and whether its tool is the newer one; `None` before there were layers unless they are asked
/// for, which 2.3 is.
fn by_version(version: &str) -> Option<(&'static str, bool)> {
    let mut numbers = version.trim().split('.').map(str::parse::<u32>);
    let version = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let launcher = match version < (3, 2) {
        true => OLD_LAUNCHER,
        false => NEW_LAUNCHER,
    };
    (version >= (2, 3)).then_some((launcher, version >= (3, 3)))
}

fn by_build(version: &str, asked: bool, file: &str) -> Option<Boot> {
    let (launcher, tools) = by_version(version)?;
    let optional = version.starts_with("2.3");
    (asked || !optional).then(|| Boot {
        launcher,
        tools,
        layers: LAYERS.iter().map(ToString::to_string).collect(),
        evidence: format!("`{file}` names Spring Boot {version}, whose jars have layers"),
    })
}

fn of_pom(text: &str) -> Option<Boot> {
    let text = without_comments(text);
    if elements(&text, "packaging").any(|packaging| packaging.trim() != "jar") {
        return None;
    }
    let is_boot = |plugin: &&str| plugin.contains("<artifactId>spring-boot-maven-plugin<");
    let mut asked = false;
    let mut own = None;
    let mut any = false;
    for plugin in elements(&text, "plugin").filter(is_boot) {
        any = true;
        // What makes another jar, starts it in another way, or sorts it in another way.
        const OTHERWISE: &[&str] = &[
            "<layout>",
            "<executable>",
            "<loaderImplementation>",
            "<includeTools>",
            "<includeLayerTools>",
            "<skip>",
            "<classifier>",
            "<attach>",
            "<outputDirectory>",
        ];
        if OTHERWISE.iter().any(|element| plugin.contains(element)) {
            return None;
        }
        for layers in elements(plugin, "layers") {
            if layers.split_whitespace().collect::<String>() != "<enabled>true</enabled>" {
                return None;
            }
            asked = true;
        }
        let version = elements(plugin, "version").next();
        own = own.or_else(|| version.filter(|_| plugin.contains("<goal>repackage</goal>")));
    }
    if !any {
        return None;
    }
    let parent = elements(&text, "parent").next();
    let starter = parent.filter(|it| it.contains("<artifactId>spring-boot-starter-parent<"));
    let version = starter.and_then(|parent| elements(parent, "version").next());
    by_build(own.or(version)?.trim(), asked, "pom.xml")
}

fn of_gradle(text: &str) -> Option<Boot> {
    const OTHERWISE: &[&str] = &[
        "layered",
        "launchScript",
        "loaderImplementation",
        "PropertiesLauncher",
        "archiveClassifier",
        "destinationDir",
        "enabled",
        "includeTools",
        "apply false",
        "apply(false)",
    ];
    let line = |line: &&str| !line.trim_start().starts_with("//");
    let lines: Vec<&str> = text.lines().filter(line).collect();
    if lines
        .iter()
        .any(|line| OTHERWISE.iter().any(|word| line.contains(word)))
    {
        return None;
    }
    let version = lines.iter().find_map(|line| {
        let (_, rest) = line
            .split_once("'org.springframework.boot'")
            .or_else(|| line.split_once("\"org.springframework.boot\""))?;
        let (_, rest) = rest.split_once("version")?;
        rest.split(['\'', '"']).nth(1)
    })?;
    by_build(version, false, "build.gradle")
}

/// The texts inside the elements of a name, none of which holds another one.
fn elements<'t>(text: &'t str, name: &str) -> impl Iterator<Item = &'t str> + use<'t> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, behind) = rest.split_once(open.as_str())?;
        let (inside, behind) = behind.split_once(close.as_str())?;
        rest = behind;
        Some(inside)
    })
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = behind.split_once("-->").map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pom(version: &str, plugin: &str) -> String {
        format!(
            "<project>\n<parent>\n<groupId>org.springframework.boot</groupId>\n<artifactId>spring-boot-starter-parent</artifactId>\n<version>{version}</version>\n</parent>\n<version>1.0</version>\n<build><plugins><plugin><groupId>org.springframework.boot</groupId>\n<artifactId>spring-boot-maven-plugin</artifactId>{plugin}</plugin></plugins></build></project>\n"
        )
    }

    #[track_caller]
    fn check(found: Option<Boot>, expected: &str) {
        let found = found.map_or_else(
            || "none".to_owned(),
            |boot| {
                let launcher = boot.launcher.replace("org.springframework.boot.", "");
                format!("{launcher}: {}", boot.extract("a.jar", None))
            },
        );
        assert_eq!(found, expected);
    }

    const OLD: &str = "loader.JarLauncher: java -Djarmode=layertools -jar a.jar extract";
    const MIDDLE: &str = "loader.launch.JarLauncher: java -Djarmode=layertools -jar a.jar extract";
    const NEW: &str =
        "loader.launch.JarLauncher: java -Djarmode=tools -jar a.jar extract --layers --launcher";

    #[test]
    fn what_a_pom_says() {
        for (version, plugin, expected) in [
            ("2.2.6.RELEASE", "", "none"),
            ("2.3.1.RELEASE", "", "none"),
            (
                "2.3.1.RELEASE",
                "<configuration><layers>\n<enabled>true</enabled>\n</layers></configuration>",
                OLD,
            ),
            ("2.7.18", "", OLD),
            ("3.1.0", "<!-- <layout>ZIP</layout> -->", OLD),
            ("3.2.5", "", MIDDLE),
            ("3.3.0", "", NEW),
            ("4.0.0", "", NEW),
            ("${boot}", "", "none"),
            (
                "3.1.0",
                "<configuration><layout>ZIP</layout></configuration>",
                "none",
            ),
            (
                "3.1.0",
                "<configuration><layers><configuration>${basedir}/l.xml</configuration></layers></configuration>",
                "none",
            ),
        ] {
            check(of_pom(&pom(version, plugin)), expected);
        }
        check(
            of_pom(
                "<project><parent><artifactId>spring-boot-starter-parent</artifactId><version>3.1.0</version></parent></project>",
            ),
            "none",
        );
        check(
            of_pom(
                &pom("3.1.0", "")
                    .replace("<version>1.0<", "<packaging>war</packaging><version>1.0<"),
            ),
            "none",
        );
    }

    #[test]
    fn what_a_gradle_file_says() {
        check(
            of_gradle(
                "plugins {\n  id 'java'\n  id 'org.springframework.boot' version '3.2.1'\n}\n",
            ),
            MIDDLE,
        );
        check(
            of_gradle("plugins {\n  id(\"org.springframework.boot\") version \"2.6.0\"\n}\n"),
            OLD,
        );
        check(
            of_gradle("plugins {\n  id 'org.springframework.boot'\n}\n"),
            "none",
        );
        check(
            of_gradle(
                "plugins {\n  id 'org.springframework.boot' version '3.2.1'\n}\nbootJar { layered { enabled = false } }\n",
            ),
            "none",
        );
    }

    #[test]
    fn what_a_jar_says() {
        let manifest = "Manifest-Version: 1.0\r\nMain-Class: org.springframework.boot.loader.launch.JarLaunch\r\n er\r\nSpring-Boot-Version: 3.2.5\r\nSpring-Boot-Layers-Index: BOOT-INF/layers.idx\r\n";
        let layers = "- \"dependencies\":\n  - \"BOOT-INF/lib/a.jar\"\n- \"company\":\n- \"application\":\n  - \"META-INF/\"\n";
        let boot = of_manifest("target/a.jar", manifest, layers).unwrap();
        assert_eq!(boot.layers, ["dependencies", "company", "application"]);
        check(Some(boot), MIDDLE);
        check(
            of_manifest(
                "a",
                &manifest.replace("launch.JarL", "launch.PropertiesL"),
                layers,
            ),
            "none",
        );
        check(
            of_manifest("a", &manifest.replace("Spring-Boot-L", "L"), layers),
            "none",
        );
        check(of_manifest("a", manifest, "- \"../x\":\n"), "none");
    }
}
