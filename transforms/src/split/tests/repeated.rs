//! Lines that are repeated where the program runs, and what they call.

use crate::{Facts, Settings};

use super::{check, made, nothing_gained, refused};

#[test]
fn tools_that_the_small_image_lacks() {
    for (line, program) in [
        (
            "RUN set -eux && wget -O /srv/model https://example.org/model",
            "wget",
        ),
        ("RUN curl -s https://example.org/key | tee /srv/key", "curl"),
        (
            "RUN ssh-keyscan example.org >> /etc/ssh_known",
            "ssh-keyscan",
        ),
    ] {
        refused(
            &format!(
                "FROM python:3.12\nRUN pip install numpy\nWORKDIR /srv\n{line}\nCOPY main.py .\nCMD [\"python\", \"main.py\"]\n"
            ),
            &format!("runs `{program}`, which `python:3.12-slim` may not have"),
        );
    }
}

#[test]
fn directories_that_packages_link_manuals_into() {
    for (release, line) in [
        (
            "buster",
            "FROM debian:buster-slim\nRUN mkdir -p /usr/share/man/man1 /usr/share/man/man7\n",
        ),
        ("bookworm", "FROM debian:bookworm-slim\nRUN apt-get update"),
    ] {
        let split = made(
            &format!(
                "FROM debian:{release}\nRUN apt-get update && apt-get install -y gcc default-jre-headless\nCOPY . .\nRUN gcc -o /usr/local/bin/a a.c\nCMD [\"a\"]\n"
            ),
            &Settings::default(),
            &Facts::default(),
        );
        assert!(split.text.contains(line), "{}", split.text);
    }
}

#[test]
fn what_lies_beside_a_program() {
    let split = made(
        "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y git gcc make\nRUN git clone https://example.org/bench /opt/bench && cd /opt/bench && make\nENTRYPOINT [\"/opt/bench/bench\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    let told = "`/opt/bench/bench` reads nothing else of `/opt/bench` when it runs";
    assert!(
        split.assumptions.iter().any(|it| it == told),
        "{:?}",
        split.assumptions
    );
}

#[test]
fn workbenches() {
    for command in [
        "CMD [\"irb\"]",
        "CMD python3",
        "ENTRYPOINT /bin/bash\nCMD [\"--port 8080\"]",
        "ENTRYPOINT [\"bash\"]",
    ] {
        refused(
            &format!(
                "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make ruby\nCOPY . /src\nRUN cd /src && make && cp tool /usr/local/bin/tool\n{command}\n"
            ),
            "the image is a workbench",
        );
    }
}

#[test]
fn bower_keeps_git() {
    refused(
        "FROM node:20\nRUN npm install -g bower\nWORKDIR /srv\nCOPY . .\nRUN npm ci\nCMD [\"node\", \"main.js\"]\n",
        "`bower` runs `git`, which `node:20-slim` has not",
    );
    refused(
        "FROM node:20-slim\nRUN apt-get update && apt-get install -y git\nRUN npm install -g bower\nWORKDIR /srv\nCOPY . .\nCMD [\"bower\", \"install\"]\n",
        "only a cache would be left out",
    );
}

#[test]
fn an_index_behind_a_new_source() {
    let split = made(
        "FROM ubuntu:22.04\nRUN apt-get update\nRUN apt-get install -y python3-pip python3-dev\nRUN add-apt-repository -y ppa:nginx/stable\nRUN apt-get update\nRUN apt-get install -y nginx\nRUN pip install uwsgi\nCMD [\"uwsgi\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    let order = "RUN add-apt-repository -y ppa:nginx/stable\nRUN apt-get update\nRUN apt-get install -y nginx\n";
    assert_eq!(split.text.matches(order).count(), 2, "{}", split.text);
}

#[test]
fn what_a_build_leaves_beside_its_results() {
    refused(
        "FROM maven:3.9-eclipse-temurin-17\nWORKDIR /srv\nCOPY . .\nRUN mvn package\nRUN groupadd -r a && useradd -r -g a a && chown -R a:a . /tmp/data\nUSER a\nCMD [\"java\", \"-jar\", \"target/a.jar\"]\n",
        "`/tmp/data` is not there yet",
    );
}

#[test]
fn a_tree_that_becomes_its_target() {
    let split = made(
        "FROM debian:12\nRUN apt-get update && apt-get install -y npm g++ nginx\nWORKDIR /src\nCOPY . .\nRUN npm ci && npm run build\nRUN cp -r dist/ /var/www/site/\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    let copy = "COPY --from=build /var/www/site /var/www/site\n";
    assert!(split.text.contains(copy), "{}", split.text);
}

#[test]
fn packages_of_node_that_may_be_compiled() {
    let file = |package: &str| {
        format!(
            "FROM php:8.2-fpm\nRUN apt-get update && apt-get install -y g++ nodejs npm\nRUN docker-php-ext-install intl\nRUN npm install -g {package}\nCMD [\"php-fpm\"]\n"
        )
    };
    nothing_gained(&file("node-sass@4"));
    let split = made(
        &file("@angular/cli@17 gulp"),
        &Settings::default(),
        &Facts::default(),
    );
    assert!(
        split.gone.iter().any(|gone| gone == "the package g++"),
        "{:?}",
        split.gone
    );
}

#[test]
fn what_the_author_keeps_on_purpose() {
    // Marked packages outlive the development packages that brought them.
    check(
        "FROM debian:12\nWORKDIR /src\nCOPY . .\nRUN apt-get update \\\n && apt-get install -y gcc make libleveldb-dev \\\n && make \\\n && cp service /usr/local/bin/service \\\n && apt-mark manual libleveldb1d \\\n && apt-get purge -y --auto-remove gcc make libleveldb-dev\nCMD [\"service\"]\n",
        "FROM debian:12 AS build\nWORKDIR /src\nCOPY . .\nRUN apt-get update \\\n && apt-get install -y gcc make libleveldb-dev \\\n && make \\\n && cp service /usr/local/bin/service \\\n && apt-mark manual libleveldb1d \\\n && apt-get purge -y --auto-remove gcc make libleveldb-dev\n\nFROM debian:12-slim\nWORKDIR /src\nCOPY . .\nRUN apt-get update \\\n && apt-get install -y libleveldb1d\nCOPY --from=build /usr/local/bin/service /usr/local/bin/service\nCMD [\"service\"]\n",
    );
    // Others are removed, so Git is meant to stay.
    let split = made(
        "FROM python:3.12-alpine\nRUN apk add --no-cache gcc musl-dev make git\nRUN pip install --no-cache-dir lxml && git clone https://example.org/a /a\nRUN apk del make\nCMD [\"python\", \"/a/main.py\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    assert!(split.text.contains("git\n"), "{}", split.text);
    // Composer calls them.
    let split = made(
        "FROM php:8.2-cli-alpine\nRUN apk add --no-cache git unzip icu-dev g++\nRUN docker-php-ext-install intl\nRUN curl -sS https://getcomposer.org/installer | php -- --install-dir=/usr/local/bin --filename=composer\nWORKDIR /srv\nCOPY . .\nRUN composer install\nCMD [\"php\", \"main.php\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    assert!(
        split.text.contains("apk add --no-cache git unzip icu"),
        "{}",
        split.text
    );
    // What is installed behind the build is for what runs.
    nothing_gained(
        "FROM ruby:3.3-alpine\nRUN gem install service\nRUN apk add --no-cache make git\nCMD [\"service\"]\n",
    );
    // This names an extension of PHP, not the program.
    nothing_gained(
        "FROM php:8.2-apache\nRUN apt-get update && apt-get install -y zip\nRUN docker-php-ext-install zip\n",
    );
}

#[test]
fn an_extension_of_a_server_in_its_own_directory() {
    refused(
        "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make libvarnishapi-dev varnish\nWORKDIR /tmp/a\nCOPY . .\nRUN ./configure && make && make install\nCMD [\"varnishd\", \"-F\"]\n",
        "where `make install` leaves its files isn't known",
    );
}

#[test]
fn what_an_installation_of_python_is_taken_to_do() {
    let split = made(
        "FROM debian:12\nRUN apt-get update && apt-get install -y python3 python3-dev gcc\nWORKDIR /src\nCOPY . .\nRUN python3 setup.py install\nCMD [\"service\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    assert!(
        (split.assumptions.iter())
            .any(|it| it == "`python3 setup.py install` installs only among the packages of Python"),
        "{:?}",
        split.assumptions
    );
}

#[test]
fn certificates_that_came_with_a_tool() {
    let native = |install: &str| {
        format!(
            "FROM debian:12\n{install}RUN git clone https://example.org/a /src && make -C /src && cp /src/tool /usr/local/bin/tool\nCMD [\"tool\"]\n"
        )
    };
    let told =
        "the program does not check certificates of authorities, which may have come with `git`";
    for (install, line, assumed) in [
        // They take the place of the tool that they came with.
        (
            "RUN apt-get update && apt-get install -y gcc git libpq5 make\n",
            Some("apt-get install -y ca-certificates libpq5\n"),
            false,
        ),
        // Nothing recommends them.
        (
            "RUN apt-get update && apt-get install -y --no-install-recommends gcc git libpq5 make\n",
            Some("apt-get install -y --no-install-recommends libpq5\n"),
            true,
        ),
        // They are not installed for their own sake.
        (
            "RUN apt-get update && apt-get install -y gcc git make\n",
            None,
            true,
        ),
        // Who asks for them keeps them.
        (
            "RUN apt-get update && apt-get install -y ca-certificates gcc git make\n",
            Some("apt-get install -y ca-certificates\n"),
            false,
        ),
    ] {
        let split = made(&native(install), &Settings::default(), &Facts::default());
        let (_, runtime) = split.text.rsplit_once("\nFROM ").unwrap();
        let found = runtime
            .lines()
            .find(|text| text.contains("apt-get install"));
        assert_eq!(found.is_some(), line.is_some(), "{runtime}");
        assert!(runtime.contains(line.unwrap_or_default()), "{runtime}");
        let assumes = split.assumptions.iter().any(|it| it == told);
        assert_eq!(assumes, assumed, "{install}{:?}", split.assumptions);
    }
}

/// Programs of Go read one file, which takes no line of its own kind.
#[test]
fn certificates_for_go() {
    let split = made(
        "FROM debian:12\nRUN apt-get update && apt-get install -y golang git\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /usr/local/bin/app .\nCMD [\"app\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    let copied = "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\n";
    assert!(split.text.contains(copied), "{}", split.text);
}

/// The package of pip recommends the compilers that leave.
#[test]
fn pip_of_the_distribution() {
    let on = |install: &str, more: &str| {
        format!(
            "FROM debian:11\nRUN apt-get update && apt-get install -y {install}\nRUN pip3 install {more}\nCOPY . /srv\nCMD [\"python3\", \"/srv/main.py\"]\n"
        )
    };
    for (install, more, line) in [
        (
            "gcc python3-dev python3-pip",
            "numpy",
            "install -y python3 python3-setuptools python3-wheel ca-certificates\n",
        ),
        (
            "--no-install-recommends gcc python3-dev python3-pip",
            "numpy",
            "install -y --no-install-recommends python3-pip\n",
        ),
        // A program that holds an interpreter needs its library, which may have come with pip.
        (
            "gcc python3-dev python3-pip",
            "uwsgi",
            "install -y python3-dev python3 python3-setuptools python3-wheel ca-certificates\n",
        ),
        (
            "gcc gfortran python3-pip",
            "uwsgi",
            "install -y gcc libgfortran5 python3-pip\n",
        ),
    ] {
        let split = made(&on(install, more), &Settings::default(), &Facts::default());
        let (_, runtime) = split.text.rsplit_once("\nFROM ").unwrap();
        assert!(runtime.contains(line), "{runtime}");
    }
    // What an older one brings, pip takes for installed; the compilers come with it.
    let older = on("gcc python3-dev python3-pip", "numpy").replace("debian:11", "ubuntu:18.04");
    nothing_gained(&older);
}

#[test]
fn owner_and_group_of_one_directory() {
    let split = made(
        "FROM debian:12\nCOPY . /src\nRUN apt-get update && apt-get install -y gcc make && make -C /src && cp /src/tool /usr/local/bin/tool && useradd app && chown app /opt && chgrp app /opt\nCMD [\"tool\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    let (_, runtime) = split.text.rsplit_once("\nFROM ").unwrap();
    assert!(runtime.contains("chown app /opt"), "{runtime}");
    assert!(runtime.contains("chgrp app /opt"), "{runtime}");
}

#[test]
fn an_upgrade_of_alpine_fetches_the_index() {
    let split = made(
        "FROM alpine:3.19\nCOPY . /src\nRUN apk update && apk upgrade && apk add gcc make musl-dev libpq && make -C /src && cp /src/tool /usr/local/bin/tool && rm -rf /var/cache/apk/*\nCMD [\"tool\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    let (_, runtime) = split.text.rsplit_once("\nFROM ").unwrap();
    assert!(runtime.contains("RUN apk upgrade --no-cache "), "{runtime}");
}

#[test]
fn scripts_that_nobody_has_read() {
    let python = "FROM debian:12\nRUN apt-get update && apt-get install -y git python3-setuptools\nRUN git clone https://example.org/a /a && cd /a && python3 setup.py install && rm -rf /a\nCOPY start.sh /\nCMD [\"/start.sh\"]\n";
    refused(
        python,
        "may install files anywhere, and `/start.sh` may read them",
    );
    let builds = "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make\nCOPY src /src\nRUN make -C /src && cp /src/tool /usr/local/bin/\nCOPY start.sh build_all.sh /\nCOPY build_all.sh /build_all.sh\nCMD [\"/start.sh\"]\n";
    refused(builds, "may build when `/start.sh` runs");
}

/// What a line for both stages unpacks is removed in both, and nothing is gained by it.
#[test]
fn what_is_fetched_again_is_removed_again() {
    let source = |package: &str| {
        format!(
            "FROM debian:12\nENV V 1\nRUN apt-get update && apt-get install -y python3-setuptools wget\nRUN wget https://example.org/tool_$V.tgz\nRUN tar -xzf tool_$V.tgz\nRUN {package}cd tool-$V && python3 setup.py install\nRUN rm tool_$V.tgz\nRUN rm -rf tool-$V\nCMD [\"/usr/sbin/sshd\", \"-D\"]\n"
        )
    };
    let split = made(
        &source("apt-get install -y gcc && "),
        &Settings::default(),
        &Facts::default(),
    );
    let (_, runtime) = split.text.rsplit_once("\nFROM ").unwrap();
    assert!(runtime.contains("\nRUN rm -rf tool-$V\n"), "{runtime}");
    refused(&source(""), "works in `/`");
}

#[test]
fn a_ruby_that_is_found_first() {
    refused(
        "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make wget\nRUN wget -O- https://example.org/ruby.tgz | tar -xz -C /opt\nENV PATH /opt/rubies/ruby-3/bin:$PATH\nRUN gem install foreman\nCMD [\"foreman\", \"start\"]\n",
        "isn't known",
    );
}

#[test]
fn the_home_of_composer() {
    refused(
        "FROM php:8.2-cli\nWORKDIR /app\nRUN curl -sS https://getcomposer.org/installer | php -- --install-dir=/usr/local/bin --filename=composer && composer config -g repo.a composer https://example.org/\nCOPY . .\nRUN composer install\nCMD [\"php\", \"main.php\"]\n",
        "isn't known",
    );
}

/// A list of packages that is fetched is there before the packages are installed.
#[test]
fn sources_of_packages_that_are_fetched() {
    let split = made(
        "FROM debian:12\nCOPY . /src\nRUN apt-get update && apt-get install -y gcc make wget && wget -O /etc/apt/sources.list.d/a.list https://example.org/a.list && apt-get update && apt-get install -y special && make -C /src && cp /src/tool /usr/local/bin/tool\nCMD [\"tool\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    let (_, runtime) = split.text.rsplit_once("\nFROM ").unwrap();
    let place = |text: &str| runtime.find(text).unwrap_or(usize::MAX);
    assert!(
        place("wget -O /etc/apt") < place("install -y special"),
        "{runtime}"
    );
    assert!(!runtime.contains("COPY --from=build /etc"), "{runtime}");
}

/// A group that is removed again under its name is not for the runtime stage.
#[test]
fn groups_of_packages() {
    refused(
        "FROM gliderlabs/alpine:3.4\nCOPY . /src\nRUN apk-install -t deps gcc make && make -C /src && cp /src/tool /usr/local/bin/ && apk del deps\nCMD [\"tool\"]\n",
        "`apk-install -t deps gcc make` may write anywhere",
    );
}

#[test]
fn a_directory_that_belongs_to_somebody() {
    let split = made(
        "FROM node:20\nRUN useradd app\nRUN install -d /srv/app --owner=app --group=app\nWORKDIR /srv/app\nUSER app\nCOPY . .\nRUN npm ci && npm run build\nCMD [\"node\", \"main.js\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    let lines = "RUN install -d /srv/app --owner=app --group=app\nWORKDIR /srv/app\n";
    assert_eq!(split.text.matches(lines).count(), 2, "{}", split.text);
}

/// What may fail where it was written may fail where it is repeated.
#[test]
fn failures_that_do_not_matter() {
    let split = made(
        "FROM debian:12\nCOPY . /src\nRUN apt-get update && apt-get install -y gcc make libpq5 && make -C /src && cp /src/tool /usr/local/bin/ || true\nCMD [\"tool\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    assert!(
        split.text.contains("install -y libpq5 || true\n"),
        "{}",
        split.text
    );
}

#[test]
fn what_is_fetched_where_the_program_starts() {
    let split = made(
        "FROM debian:12\nRUN apt-get update && apt-get install -y gcc git make\nRUN git clone https://example.org/a /a\nWORKDIR /a\nRUN make && cp tool /usr/bin/tool\nENTRYPOINT [\"tool\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    let told = "the program starts in `/a` and reads nothing of what is fetched there";
    assert!(
        split.assumptions.iter().any(|it| it == told),
        "{:?}",
        split.assumptions
    );
}

/// `gb` puts programs into a directory of the project.
#[test]
fn another_builder_of_go() {
    refused(
        "FROM golang:1.9\nRUN go get github.com/constabulary/gb/...\nWORKDIR /src\nCOPY . .\nRUN gb build\nENV PATH $PATH:/src/bin\nCMD [\"app\"]\n",
        "`gb build`",
    );
}
