//! Spring Boot: jars that are taken apart into layers.

use super::Recipe;

pub(super) const RECIPE: Recipe = Recipe {
    id: ID,
    name: "Spring Boot",
    page: "Recognised: a command `java [options] -jar X`, where `X` is copied from the build context or made by Maven or Gradle in the file.\n\n\
        The jar is taken apart where it is built, or in a stage for that, and each of its layers is copied alone: libraries, launcher, snapshots,\n\
        classes. A new version of the program then replaces nothing but its classes. The command starts the launcher instead of the jar, with\n\
        the same options.\n\
        Only where the jar in the build context (`BOOT-INF/layers.idx`), or `pom.xml` or `build.gradle` beside it, tells the version of Spring Boot and that its\n\
        jar has layers; they decide on the launcher and on the command that takes the jar apart. Otherwise the jar stays as it is.",
    read: |_| None,
};

pub(in super::super) const ID: &str = "spring-boot";
