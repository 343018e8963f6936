//! Kinds of files that were met in the wild, each with what makes it right to split or to refuse.

use super::*;

fn text(before: &str) -> String {
    made(before, &Settings::default(), &Facts::default()).text
}

#[track_caller]
fn holds(text: &str, parts: &[&str], absent: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let runtime = text.split_once("\n\nFROM ").map_or("", |(_, rest)| rest);
    for part in absent {
        assert!(!runtime.contains(part), "{part} is in\n{runtime}");
    }
}

/// A tag of PHP's images tells the release of Debian where all that it may stand for name a library alike.
#[test]
fn libraries_of_php_images() {
    let file = |tag: &str| {
        format!(
            "FROM php:{tag}\nRUN apt-get update && apt-get install -y libpng-dev libicu-dev && docker-php-ext-install gd intl\nCOPY . /var/www/html\n"
        )
    };
    holds(
        &text(&file("7.2-apache")),
        &["apt-get install -y libpng16-16 libicu63\n"],
        &["-dev"],
    );
    holds(
        &text(&file("7.2.5-apache")),
        &["apt-get install -y libpng16-16 libicu-dev\n"],
        &["libpng-dev"],
    );
    // The oldest of these images names both libraries otherwise.
    refused(&file("7.1.14-apache"), "nothing that only the build needs");
}

#[test]
fn extensions_of_servers() {
    let file = |packages: &str| {
        format!(
            "FROM postgres:16\nRUN apt-get update && apt-get install -y gcc make {packages}\nCOPY . /tmp/a\nRUN cd /tmp/a && make && make install\n"
        )
    };
    holds(
        &text(&file("postgresql-server-dev-16")),
        &[
            "make && make install && make install DESTDIR=/runtime\nRUN test -d /runtime/usr\n",
            "COPY --from=build /runtime /\n",
        ],
        &["make"],
    );
    refused(
        &file("apache2-dev"),
        "where `make install` leaves its files isn't known",
    );
}

#[test]
fn packages_of_composer_for_all_projects() {
    let file = |path: &str| {
        format!(
            "FROM php:8.2-cli\nRUN apt-get update && apt-get install -y libpq-dev && docker-php-ext-install pdo_pgsql\nRUN composer global require a/b && ln -s {path} /usr/local/bin/b\nCMD [\"b\"]\n"
        )
    };
    holds(
        &text(&file("/root/.composer/vendor/bin/b")),
        &["COPY --from=build /root/.composer /root/.composer\n"],
        &["composer global"],
    );
    refused(
        &file("/opt/b"),
        "where `composer global require a/b` leaves its files isn't known",
    );
}

/// What of a build tool's image a script needs nobody knows, so it stays; what nobody takes of a build can't be told either.
#[test]
fn scripts_on_the_images_of_build_tools() {
    let file = |built: &str| {
        format!(
            "FROM maven:3.6-jdk-8\nRUN mkdir /opt/a\nCOPY . {built}\nWORKDIR {built}\nRUN mvn package\nRUN cp target/a.jar /opt/a\nRUN cp -r bin /opt/a\nWORKDIR /opt/a\nRUN rm -rf {built}\nCMD [\"./bin/start.sh\"]\n"
        )
    };
    holds(
        &text(&file("/opt/a/code")),
        &[
            "\n\nFROM maven:3.6-jdk-8\n",
            "COPY --from=build /opt/a ./\n",
        ],
        &["rm -rf", "COPY . "],
    );
    refused(
        "FROM maven:3.6-jdk-8\nCOPY . /tmp/a\nRUN cd /tmp/a && mvn install && cp src/start.sh /opt/\nCMD [\"/opt/start.sh\"]\n",
        "nothing is known to take what `mvn install` makes out of `/tmp/a`",
    );
}

/// A line behind the build is taken apart only where nothing of it would be lost.
#[test]
fn lines_that_fetch_behind_the_build() {
    let found = text(
        "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc\nCOPY a.c /src/\nRUN gcc -o /usr/local/bin/a /src/a.c\nCOPY b /b\nRUN apt-get update && apt-get install -y gcc curl && cd /tmp && curl -o c https://example.org/c && install -D c /opt/c && apt-get purge -y curl gcc\nCMD [\"a\"]\n",
    );
    holds(
        &found,
        &[
            "\nRUN apt-get update && apt-get install -y gcc curl && cd /tmp && curl -o c https://example.org/c && install -D c /opt/c && apt-get purge -y curl gcc\nCMD",
        ],
        &[],
    );
    refused(
        "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc\nCOPY a.c /src/\nRUN gcc -o /usr/local/bin/a /src/a.c && cd /etc && chmod 600 \"a.conf\"\nCMD [\"a\"]\n",
        "its paths start in a directory of the build",
    );
}

#[test]
fn names_with_variables_and_patterns() {
    holds(
        &text(
            "FROM debian:bookworm\nENV V=1.2\nRUN apt-get update && apt-get install -y gcc make curl && curl -L https://example.org/a.tar.gz | tar xzC /usr/src && cd /usr/src/a-1.2 && ./configure && make && make install && cd .. && rm -rf a-${V}*\nCMD [\"a\"]\n",
        ),
        &["COPY --from=build /usr/local /usr/local\n"],
        &["gcc", "curl"],
    );
}

/// What no table could change is told first.
#[test]
fn files_that_can_not_be_split() {
    refused(
        "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc\nCOPY . /src\nRUN gcc -o /usr/local/bin/a /src/a.c\nRUN ./setup.sh\n",
        "the file says nothing about what is run",
    );
    // Such images start their services by themselves.
    let server = "FROM lsiobase/alpine:3.10\nRUN apk add --no-cache gcc musl-dev\nCOPY . /src\nRUN gcc -o /usr/local/bin/a /src/a.c\nCOPY root/ /\n";
    holds(
        &text(server),
        &["COPY --from=build /usr/local"],
        &["musl-dev"],
    );
    refused(
        "FROM nvidia/cuda:12.2.0-devel-ubuntu22.04\nRUN apt-get update && apt-get install -y cmake\nCOPY . /src\nRUN cd /src && cmake . && make install\nCMD [\"a\"]\n",
        "`/usr/local` of `nvidia/cuda:12.2.0-devel-ubuntu22.04` would be copied onto itself",
    );
    refused(
        "FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc\nCOPY . /src\nRUN gcc -o /usr/local/bin/a /src/a.c && mkdir -p /var/log/a/b && chown -R www-data:www-data /var/log\nCMD [\"a\"]\n",
        "changes directories above what would be copied",
    );
}
