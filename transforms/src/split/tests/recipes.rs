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

#[test]
fn what_is_fetched_and_what_is_unpacked() {
    // A line of the download stage becomes two.
    let parted = |run: &str, stage: &str| {
        let text = format!(
            "FROM debian:12-slim\nCOPY a.conf /etc/\nWORKDIR /srv\n{run}\nCMD [\"cat\", \"/srv/one/b\"]\n"
        );
        let split = made(&text, &Settings::default(), &Facts::default());
        let (found, _) = split.text.split_once("\n\nFROM").unwrap();
        let expected = format!("FROM debian:12-slim AS download\nWORKDIR /srv\n{stage}");
        assert_eq!(found, expected);
    };
    parted(
        "RUN --network=default curl -o a.tgz https://a \\\n # the sum\n && echo 0 a.tgz | sha256sum -c - \\\n # only one\n && tar -xf a.tgz one/b \\\n && chmod 755 one/b \\\n && rm a.tgz",
        "RUN --network=default curl -o a.tgz https://a \\\n # the sum\n && echo 0 a.tgz | sha256sum -c -\n# only one\nRUN --network=default tar -xf a.tgz one/b \\\n && chmod 755 one/b",
    );
    parted(
        "RUN cd /srv && curl -o a.tgz https://a && mkdir -p one && tar -xf a.tgz -C one && rm a.tgz",
        "RUN cd /srv && curl -o a.tgz https://a\nRUN cd /srv && mkdir -p one && tar -xf a.tgz -C one",
    );
    parted(
        "RUN set -eux; \\\n  curl -o a.tgz https://a; \\\n  tar -xf a.tgz one/b; \\\n  rm a.tgz",
        "RUN set -eux; \\\n  curl -o a.tgz https://a\nRUN set -eux && tar -xf a.tgz one/b",
    );
    // What is left in a directory that is copied is removed as before, and so is what a person says something about.
    parted(
        "RUN curl -o a.tgz https://a && tar -xf a.tgz && rm a.tgz",
        "RUN curl -o a.tgz https://a\nRUN tar -xf a.tgz && rm a.tgz",
    );
    parted(
        "RUN curl -o a.tgz https://a && tar -xf a.tgz one/b \\\n # large\n && rm a.tgz",
        "RUN curl -o a.tgz https://a\nRUN tar -xf a.tgz one/b \\\n # large\n && rm a.tgz",
    );
    // Lines that stay one, since the second would miss something, or would fetch again all the same.
    for run in [
        "RUN curl https://a | tar -x one/b",
        "RUN curl -o a.tgz https://a; tar -xf a.tgz one/b",
        "RUN curl -o a.tgz https://a && tar -xf a.tgz one/b || true",
        "RUN V=$(cat /etc/a) && curl -o a.tgz https://a/1 && tar -xf a.tgz one/b",
        "RUN curl -o a.tgz https://a && tar -xf a.tgz one/b && echo $? && rm a.tgz",
        "RUN curl -o a.tgz https://a && tar -xf a.tgz one/b && curl -o b.tgz https://b && tar -xf b.tgz one/c",
        "RUN curl -o a.tgz https://a\nRUN tar -xf a.tgz one/b\nRUN rm a.tgz",
    ] {
        parted(run, run);
    }
}

#[test]
fn a_download_without_a_command() {
    let start =
        "FROM example.org/base\n\nARG URL=https://example.org/d.tar.gz\n\nWORKDIR /dataset\n\n";
    check(
        &format!(
            "{start}RUN wget -O d.tar.gz ${{URL}} && \\\n    tar -xf d.tar.gz d/one.svm && \\\n    rm -f d.tar.gz\n"
        ),
        "FROM example.org/base AS download\n\nARG URL=https://example.org/d.tar.gz\n\nWORKDIR /dataset\n\nRUN wget -O d.tar.gz ${URL}\nRUN tar -xf d.tar.gz d/one.svm\n\n\
         FROM example.org/base\nWORKDIR /dataset\nCOPY --from=download /dataset/d/one.svm /dataset/d/one.svm\n",
    );
    // An archive that a later layer removes stays in the image for ever.
    let split = made(
        &format!(
            "{start}RUN wget -O d.tar.gz ${{URL}}\nRUN tar -xf d.tar.gz d/one.svm && rm -f d.tar.gz\n"
        ),
        &Settings::default(),
        &Facts::default(),
    );
    assert!(
        split
            .text
            .contains("RUN tar -xf d.tar.gz d/one.svm && rm -f d.tar.gz\n")
    );
    // All that is unpacked is copied, and nothing else changes: there is nothing to gain.
    nothing(&format!(
        "{start}RUN wget -O d.tar.gz ${{URL}} && tar -xf d.tar.gz && rm -f d.tar.gz\n"
    ));
    nothing(&format!(
        "{start}RUN wget -O d.tar.gz ${{URL}} && tar -xf d.tar.gz\n"
    ));
    // Nobody knows what of it is needed, so all stays, and so do the tools.
    check(
        "FROM debian:12\nCOPY a.conf /etc/\nRUN apt-get update && apt-get install -y curl\nRUN curl -o /opt/a.tgz https://a\nRUN tar -xf /opt/a.tgz -C /srv\n",
        "FROM debian:12 AS download\nRUN apt-get update && apt-get install -y curl\nRUN curl -o /opt/a.tgz https://a\nRUN tar -xf /opt/a.tgz -C /srv\n\n\
         FROM debian:12\nRUN apt-get update && apt-get install -y curl\nCOPY --from=download /srv /srv\nCOPY --from=download /opt/a.tgz /opt/a.tgz\nCOPY a.conf /etc/\n",
    );
    // Directories above a copied file would be root's.
    nothing("FROM example.org/base\nCOPY a.conf /etc/\nUSER app\nRUN curl -o /opt/a/b https://a\n");
}

#[test]
fn variables_of_a_download() {
    let split = |lines: &str| {
        let text = format!(
            "FROM debian:12-slim\n{lines}\nCOPY a.conf /etc/\nRUN curl -o /opt/a https://a/$V\nCMD [\"/opt/a\"]\n"
        );
        made(&text, &Settings::default(), &Facts::default()).text
    };
    for (line, build, runtime) in [
        ("ENV OTHER=1", 0, 1),
        ("ENV V=1", 1, 1),
        ("ENV https_proxy=http://proxy", 1, 1),
        ("ARG V=1", 1, 0),
        ("ARG HTTPS_PROXY=http://proxy", 1, 0),
    ] {
        let text = split(line);
        let (first, second) = text.split_once("\n\n").unwrap();
        assert_eq!(first.matches(line).count(), build, "{text}");
        assert_eq!(second.matches(line).count(), runtime, "{text}");
    }
}

#[test]
fn a_line_about_what_is_copied_stays_below_the_copy() {
    let with = |lines: &str| {
        nothing(&format!(
            "FROM debian:12-slim\n{lines}\nRUN curl -o /opt/b https://b\nCMD [\"/opt/b\"]\n"
        ));
    };
    with("ADD a /opt/a\nRUN chmod 755 /opt/a");
    with("ADD assets/ /opt/resource/\nRUN chmod +x /opt/resource/*");
    with("COPY a /opt/app/\nRUN chown -R nobody /opt");
    with("COPY a /opt/app/\nRUN mkdir -p /opt/app/logs && sed -i s/a/b/ /opt/app/a");
    // Whoever looks into a container that only waits may call any tool.
    let idle = "FROM debian:12-slim\nCOPY a.conf /etc/\nRUN apt-get update && apt-get install -y curl\nRUN curl -o /opt/b https://b\nCMD [\"sleep\", \"infinity\"]\n";
    let split = made(idle, &Settings::default(), &Facts::default());
    assert_eq!(
        split.text.matches("install -y curl").count(),
        2,
        "{}",
        split.text
    );
}

#[test]
fn a_file_that_builds_nothing_on_a_chosen_image() {
    let with = |text: &str, base: RuntimeBase| {
        let settings = Settings {
            runtime_base: base,
            ..Settings::default()
        };
        match answer(text, &settings, &Facts::default()) {
            Answer::Split(split) => {
                assert!(split.single);
                // Once is enough.
                let again = answer(&split.text, &settings, &Facts::default());
                assert!(matches!(again, Answer::Nothing(_)), "{again:?}");
                split.text
            }
            Answer::Refused(refusal) => refusal.message(),
            Answer::Nothing(_) => "nothing".to_owned(),
        }
    };
    let distroless = |text: &str| with(text, RuntimeBase::Distroless);
    let node = "# the base\nFROM node:20 AS app\n\n# files\nWORKDIR /app\nCOPY . .\n\nEXPOSE 80\nCMD [\"node\", \"hello.js\"]\n";
    assert_eq!(
        distroless(node),
        "# the base\nFROM gcr.io/distroless/nodejs20-debian12 AS app\n\n# files\nWORKDIR /app\nCOPY . .\n\nEXPOSE 80\nCMD [\"hello.js\"]\n"
    );
    assert_eq!(
        distroless("FROM node:22\nCOPY a.js /app/\nENTRYPOINT [\"node\", \"/app/a.js\"]\n"),
        "FROM gcr.io/distroless/nodejs22-debian12\nWORKDIR /\nCOPY a.js /app/\nENTRYPOINT [\"/nodejs/bin/node\", \"/app/a.js\"]\n"
    );
    assert_eq!(
        distroless(
            "FROM eclipse-temurin:17-jre\nCOPY a.jar /\nCMD [\"java\", \"-Xmx1g\", \"-jar\", \"/a.jar\"]\n"
        ),
        "FROM gcr.io/distroless/java17-debian12\nENTRYPOINT []\nCOPY a.jar /\nCMD [\"java\", \"-Xmx1g\", \"-jar\", \"/a.jar\"]\n"
    );
    for (text, why) in [
        (
            node.replace("EXPOSE 80", "USER node"),
            "no user or group `node`",
        ),
        (
            node.replace("COPY", "COPY --chown=node:node"),
            "no user or group `node`",
        ),
        (
            node.replace("[\"node\", \"hello.js\"]", "node hello.js"),
            "shell",
        ),
        (
            node.replace("[\"node\", \"hello.js\"]", "[\"npm\", \"start\"]"),
            "nothing",
        ),
        (node.replace("node:20", "node:10.17.0"), "nothing"),
        (node.replace("node:20", "node:20-alpine"), "nothing"),
        (node.replace("FROM node:20", "FROM debian:12"), "nothing"),
        (node.replace("COPY . .\n", ""), "nothing"),
        (
            node.replace("CMD", "HEALTHCHECK CMD curl -f localhost\nCMD"),
            "curl",
        ),
    ] {
        let found = distroless(&text);
        assert!(found.contains(why), "{text}\n{found}");
    }
    // The default is no choice, and neither is an image that the map has not.
    assert_eq!(with(node, RuntimeBase::SameFamilySlim), "nothing");
    let map = |to: &str| RuntimeBase::Map([("node".to_owned(), to.to_owned())].into());
    assert!(with(node, map("example.org/node:1")).contains("FROM example.org/node:1 AS app\n"));
    assert_eq!(with(node, map("node:20-alpine")), "nothing");
    assert_eq!(
        with(
            &node.replace("node:20", "python:3.12"),
            map("example.org/node:1")
        ),
        "nothing"
    );
    assert_eq!(with(node, RuntimeBase::Scratch), "nothing");
}

#[test]
fn copies_that_stay_above_a_download() {
    let stage = |lines: &str, download: &str| {
        let text = format!("FROM example.org/base\n{lines}\n{download}\nCMD [\"a\"]\n");
        let split = made(&text, &Settings::default(), &Facts::default());
        let (_, runtime) = split
            .text
            .split_once("\n\nFROM example.org/base\n")
            .unwrap();
        runtime.to_owned()
    };
    let fetch = "RUN curl -o /opt/a https://a";
    let copy = "COPY --from=download /opt/a /opt/a\n";
    for lines in [
        "WORKDIR /fonts\nCOPY a.ttf b.ttf\nWORKDIR /app",
        "ENV D=/one\nCOPY a.ttf $D/\nENV D=/two",
        "COPY rootfs /opt",
    ] {
        assert_eq!(stage(lines, fetch), format!("{lines}\n{copy}CMD [\"a\"]\n"));
    }
    assert_eq!(
        stage("WORKDIR /fonts\nCOPY a.ttf b.ttf", fetch),
        format!("WORKDIR /fonts\n{copy}COPY a.ttf b.ttf\nCMD [\"a\"]\n")
    );
}
