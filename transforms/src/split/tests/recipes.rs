//! What single recipes make of a file, and what the build context tells them.

use super::*;

/// A context with a Spring Boot project of a version.
fn spring(version: &str) -> Facts {
    let pom = format!(
        "<project><parent><artifactId>spring-boot-starter-parent</artifactId><version>{version}</version></parent><build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>"
    );
    facts(
        &["pom.xml", "target/service.jar", "src/main/A.java"],
        &[("pom.xml", &pom)],
    )
}

const SPRING: &str = "FROM eclipse-temurin:17-jdk\nWORKDIR /application\nCOPY target/service.jar application.jar\nENTRYPOINT [\"java\", \"-jar\", \"application.jar\"]\n";

#[test]
fn a_jar_of_spring_boot() {
    check_with(
        SPRING,
        "FROM eclipse-temurin:17-jdk AS extract\nWORKDIR /application\nCOPY target/service.jar application.jar\nRUN java -Djarmode=layertools -jar application.jar extract\n\n\
         FROM eclipse-temurin:17-jre\nWORKDIR /application\nCOPY --from=extract /application/dependencies/ ./\nCOPY --from=extract /application/spring-boot-loader/ ./\nCOPY --from=extract /application/snapshot-dependencies/ ./\nCOPY --from=extract /application/application/ ./\nENTRYPOINT [\"java\", \"org.springframework.boot.loader.launch.JarLauncher\"]\n",
        &spring("3.2.5"),
    );
    // Nothing says what the jar is.
    nothing(SPRING);
    // The newer tool wants a directory of its own; the jar in the root gets one too.
    check_with(
        "FROM eclipse-temurin:21-jre\nARG JAR=target/*.jar\nENV JAVA_OPTS=\"-Xmx1g\"\nVOLUME /tmp\nCOPY --chown=app ${JAR} /app.jar\nRUN sh -c 'touch /app.jar'\nEXPOSE 8080\nENTRYPOINT [\"sh\", \"-c\", \"java $JAVA_OPTS -jar /app.jar\"]\n",
        "FROM eclipse-temurin:21-jre AS extract\nARG JAR=target/*.jar\nCOPY --chown=app ${JAR} /app.jar\nRUN sh -c 'touch /app.jar'\nRUN java -Djarmode=tools -jar /app.jar extract --layers --launcher --destination /layers\n\n\
         FROM eclipse-temurin:21-jre\nENV JAVA_OPTS=\"-Xmx1g\"\nVOLUME /tmp\nCOPY --from=extract --chown=app /layers/dependencies/ /app\nCOPY --from=extract --chown=app /layers/spring-boot-loader/ /app\nCOPY --from=extract --chown=app /layers/snapshot-dependencies/ /app\nCOPY --from=extract --chown=app /layers/application/ /app\nEXPOSE 8080\nENTRYPOINT [\"sh\", \"-c\", \"java $JAVA_OPTS -cp /app org.springframework.boot.loader.launch.JarLauncher\"]\n",
        &spring("3.3.0"),
    );
}

#[test]
fn jars_that_stay() {
    let facts = spring("2.7.0");
    for text in [
        SPRING.replace("\"-jar\"", "\"-cp\", \"x\", \"-jar\""),
        SPRING.replace(
            "ENTRYPOINT",
            "HEALTHCHECK CMD ls application.jar\nENTRYPOINT",
        ),
        SPRING.replace("ENTRYPOINT", "RUN unzip application.jar\nENTRYPOINT"),
        SPRING.replace("ENTRYPOINT", "RUN ./prepare\nENTRYPOINT"),
        SPRING.replace(
            "ENTRYPOINT [\"java\", \"-jar\", \"application.jar\"]",
            "CMD java -jar application.jar && echo done",
        ),
        SPRING.replace("eclipse-temurin:17-jdk", "debian:12"),
    ] {
        let answer = answer(&text, &Settings::default(), &facts);
        assert!(matches!(answer, Answer::Nothing(_)), "{text}: {answer:?}");
    }
}

#[test]
fn a_jar_of_spring_boot_that_the_build_makes() {
    check_with(
        "FROM maven:3.9-eclipse-temurin-17\nWORKDIR /app\nCOPY . .\nRUN mvn -q package\nCMD java -Xmx512m -jar target/service.jar\n",
        "FROM maven:3.9-eclipse-temurin-17 AS build\nWORKDIR /app\nCOPY . .\nRUN mvn -q package\nRUN java -Djarmode=layertools -jar /app/target/service.jar extract --destination /layers\n\n\
         FROM eclipse-temurin:17-jre\nWORKDIR /app\nCOPY --from=build /layers/dependencies/ /app\nCOPY --from=build /layers/spring-boot-loader/ /app\nCOPY --from=build /layers/snapshot-dependencies/ /app\nCOPY --from=build /layers/application/ /app\nCMD java -Xmx512m org.springframework.boot.loader.JarLauncher\n",
        &facts(
            &["pom.xml", "src/main/A.java"],
            &[(
                "pom.xml",
                "<parent><artifactId>spring-boot-starter-parent</artifactId><version>3.1.0</version></parent><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin>",
            )],
        ),
    );
}

#[test]
fn node_without_a_shell() {
    let settings = Settings {
        runtime_base: RuntimeBase::Distroless,
        ..Settings::default()
    };
    let text = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD [\"node\", \"hello.js\"]\n";
    let facts = facts(&["package.json", "package-lock.json", "hello.js"], &[]);
    let split = made(text, &settings, &facts);
    assert_eq!(
        split.text,
        "FROM node:20 AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci\n\nFROM gcr.io/distroless/nodejs20-debian12\nWORKDIR /app\nCOPY --from=build /app ./\nCMD [\"hello.js\"]\n"
    );
    let entrypoint = text.replace("CMD", "ENTRYPOINT");
    assert!(
        made(&entrypoint, &settings, &facts)
            .text
            .ends_with("ENTRYPOINT [\"/nodejs/bin/node\", \"hello.js\"]\n")
    );
    for (change, reason) in [
        (
            "CMD [\"npm\", \"start\"]",
            "`npm` is no script that it could run",
        ),
        ("CMD node hello.js", "shell"),
        ("CMD [\"node\", \"--inspect\", \"hello.js\"]", "no script"),
    ] {
        let text = text.replace("CMD [\"node\", \"hello.js\"]", change);
        match answer(&text, &settings, &facts) {
            Answer::Refused(refusal) => {
                assert!(refusal.message().contains(reason), "{}", refusal.message());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn scripts_of_the_build_context() {
    let text = "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /bin/front .\nCOPY docker/entry.sh /\nENTRYPOINT [\"/entry.sh\"]\nCMD [\"/bin/front\"]\n";
    let files = &["go.mod", "main.go", "docker/entry.sh"];
    let with = |script: &str| {
        answer(
            text,
            &Settings::default(),
            &facts(files, &[("docker/entry.sh", script)]),
        )
    };
    match with("#!/bin/sh\nset -e\ncp /etc/hosts /tmp\nexec \"$@\"\n") {
        Answer::Split(split) => assert!(
            !split.assumptions.iter().any(|it| it.contains("entry.sh")),
            "{:?}",
            split.assumptions
        ),
        other => panic!("{other:?}"),
    }
    for (script, reason) in [
        ("#!/bin/sh\ngit pull\nexec \"$@\"\n", "calls `git`"),
        (
            "#!/bin/sh\n. ./env\nexec \"$@\"\n",
            "`. ./env`, which may call anything",
        ),
        ("#!/usr/bin/perl\n", "what `/entry.sh` calls isn't known"),
    ] {
        match with(script) {
            Answer::Refused(refusal) => {
                assert!(refusal.message().contains(reason), "{}", refusal.message());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn tools_that_only_the_build_calls() {
    let text = "FROM php:8.2-cli\nRUN apt-get update && apt-get install -y git unzip libzip4 && rm -rf /var/lib/apt/lists/*\nWORKDIR /app\nCOPY . .\nRUN composer install --no-dev\nCMD [\"php\", \"run.php\"]\n";
    let split = made(text, &Settings::default(), &Facts::default());
    assert!(
        split.text.contains("apt-get install -y libzip4 "),
        "{}",
        split.text
    );
    assert!(
        split
            .assumptions
            .iter()
            .any(|it| it.contains("(git, unzip)")),
        "{:?}",
        split.assumptions
    );
    // What runs calls it.
    let health = text.replace("CMD", "HEALTHCHECK CMD git status\nCMD");
    let split = made(&health, &Settings::default(), &Facts::default());
    assert!(
        split.text.contains("apt-get install -y git libzip4 "),
        "{}",
        split.text
    );
}
