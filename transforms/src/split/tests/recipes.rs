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

#[test]
fn downloads_beside_configuration() {
    // The archive's member is what comes over; the tool of the download stays behind.
    check(
        "FROM debian:12\nARG URL=https://example.org/data.tar.gz\nCOPY settings.ini /etc/data/\nRUN apt-get update && apt-get install -y wget ca-certificates && rm -rf /var/lib/apt/lists/*\nWORKDIR /dataset\nRUN wget -O data.tar.gz ${URL} \\\n && tar -xf data.tar.gz data/day1.svm \\\n && rm -f data.tar.gz\nCMD [\"cat\", \"data/day1.svm\"]\n",
        "FROM debian:12 AS download\nARG URL=https://example.org/data.tar.gz\nRUN apt-get update && apt-get install -y wget ca-certificates && rm -rf /var/lib/apt/lists/*\nWORKDIR /dataset\nRUN wget -O data.tar.gz ${URL}\nRUN tar -xf data.tar.gz data/day1.svm\n\n\
         FROM debian:12-slim\nRUN apt-get update && apt-get install -y ca-certificates && rm -rf /var/lib/apt/lists/*\nWORKDIR /dataset\nCOPY --from=download /dataset/data/day1.svm /dataset/data/day1.svm\nCOPY settings.ini /etc/data/\nCMD [\"cat\", \"data/day1.svm\"]\n",
    );
    // An image that says nothing about what is run stays what it is, tools included.
    check(
        "FROM example.org/base:1\nCOPY settings.ini /etc/data/\nWORKDIR /dataset\nRUN wget -O data.tar.gz https://example.org/data.tar.gz && tar -xf data.tar.gz && rm -f data.tar.gz\n",
        "FROM example.org/base:1 AS download\nWORKDIR /dataset\nRUN wget -O data.tar.gz https://example.org/data.tar.gz\nRUN tar -xf data.tar.gz && rm -f data.tar.gz\n\n\
         FROM example.org/base:1\nWORKDIR /dataset\nCOPY --from=download /dataset ./\nCOPY settings.ini /etc/data/\n",
    );
    // What is copied takes part in the download, or nothing would be won.
    nothing(
        "FROM example.org/base:1\nCOPY list.txt /dataset/\nWORKDIR /dataset\nRUN wget -i list.txt -O all.txt\n",
    );
    nothing(
        "FROM example.org/base:1\nCOPY keys /keys\nRUN curl -o /o/a.gz https://a && sha256sum -c /keys/a.sum\n",
    );
    nothing("FROM example.org/base:1\nRUN curl -o /o/a.gz https://a\nCOPY list.txt /dataset/\n");
    nothing(
        "FROM example.org/base:1\nCOPY a.conf /etc/\nRUN curl -L https://a | tar -xz -C /usr/local/lib\n",
    );
}

#[test]
fn development_dependencies() {
    let text = "FROM node:20-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\nCMD [\"npm\", \"start\"]\n";
    let manifest = |start: &str| {
        format!(
            "{{\"scripts\": {{\"start\": \"{start}\"}}, \"devDependencies\": {{\"a\": \"1\"}}}}"
        )
    };
    let files = &["package.json", "package-lock.json", "index.js"];
    let with = |start: &str| facts(files, &[("package.json", &manifest(start))]);
    check_with(
        text,
        "FROM node:20-alpine AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\nRUN npm prune --omit=dev --ignore-scripts\n\nFROM node:20-alpine\nWORKDIR /app\nCOPY --from=build /app ./\nCMD [\"npm\", \"start\"]\n",
        &with("node index.js"),
    );
    for (text, facts) in [
        (text.to_owned(), with("next start")),
        (text.to_owned(), with("node -r ts-node/register index.ts")),
        (
            text.replace("npm ci", "npm ci --omit=dev"),
            with("node index.js"),
        ),
        (
            text.replace("COPY", "ENV NODE_ENV=production\nCOPY"),
            with("node index.js"),
        ),
        (
            text.to_owned(),
            facts(
                &["package.json"],
                &[("package.json", &manifest("node index.js"))],
            ),
        ),
    ] {
        let answer = answer(&text, &Settings::default(), &facts);
        // There may be the cache to gain, but nothing is taken out of what was installed.
        let prunes = |split: &super::super::Split| split.text.contains("prune");
        assert!(
            !matches!(&answer, Answer::Split(split) if prunes(split)),
            "{answer:?}"
        );
    }
}

#[test]
fn a_download_beside_a_line_about_a_copied_file() {
    // The copy would come below the line that names its file.
    nothing(
        "FROM example.org/base:1\nCOPY run.sh /root\nRUN curl -o /opt/a https://a && chmod +x /root/run.sh\nCMD [\"sh\", \"/root/run.sh\"]\n",
    );
    // Where nothing is compiled, a compiler is for what runs.
    nothing(
        "FROM example.org/agent:1\nRUN apt-get update && apt-get install -y build-essential\nRUN curl -o /opt/a https://a\n",
    );
}

/// Classes of other packages are put beside their sources, below the directory in which the compiler runs.
#[test]
fn classes_beside_their_sources() {
    check(
        "FROM eclipse-temurin:17\nADD . /srv/app\nWORKDIR /srv/app/src\nRUN javac peer/Main.java\nCMD [\"java\", \"peer.Main\"]\n",
        "FROM eclipse-temurin:17 AS build\nADD . /srv/app\nWORKDIR /srv/app/src\nRUN javac peer/Main.java\n\nFROM eclipse-temurin:17-jre\nADD . /srv/app\nWORKDIR /srv/app/src\nCOPY --from=build /srv/app/src ./\nCMD [\"java\", \"peer.Main\"]\n",
    );
}

#[test]
fn libraries_of_go_make_no_programs() {
    let split = made(
        "FROM alpine:3.5\nENV GOPATH=/home/go\nRUN apk add go git g++\nRUN go get example.org/library\nWORKDIR /opt/proxy\nCOPY . .\nRUN go build -o proxy main.go\nCOPY run.sh /run.sh\nCMD [\"/run.sh\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    assert!(!split.text.contains("/home/go/bin"), "{}", split.text);
    let told = "the program itself does not call what the build fetched with (git)";
    let service = made(
        "FROM golang:alpine\nRUN apk add git\nRUN go install example.org/service\nCMD [\"service\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    assert!(service.assumptions.iter().any(|it| it == told));
}

/// Tools that call the compiler, and images in which people work.
#[test]
fn commands_that_need_the_tools() {
    let go = |command: &str| {
        format!("FROM golang:1.22\nRUN go install example.org/tool\nCMD {command}\n")
    };
    refused(&go("[\"goimports\"]"), "runs `goimports`, which needs");
    for waits in [
        "[\"sleep\", \"infinity\"]",
        "tail -f /dev/null",
        "exec sleep 1d",
    ] {
        refused(&go(waits), "only waits");
    }
    refused(
        "FROM ubuntu:14.04\nRUN apt-get update && apt-get install -y gcc\nRUN ./ruby-install ruby 2.2.2\nENV PATH=/opt/rubies/ruby-2.2.2/bin:$PATH\nWORKDIR /app\nADD . /app\nRUN bundle install\nCMD [\"foreman\", \"start\"]\n",
        "",
    );
}
