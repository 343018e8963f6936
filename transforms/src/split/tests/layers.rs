//! Splits of what is installed among the system's own files, and of images that gain by their layers alone.

use super::{check, nothing_gained, refused};

#[test]
fn what_a_later_layer_removes() {
    check(
        "FROM alpine:3.19\nENV GOPATH=/go\nCOPY . /go/src/app\nRUN apk add --no-cache go \\\n && cd /go/src/app \\\n && go build -o /usr/bin/app . \\\n && rm -rf /go \\\n && apk del go\nCMD [\"app\"]\n",
        "FROM alpine:3.19 AS build\nENV GOPATH=/go\nCOPY . /go/src/app\nRUN apk add --no-cache go \\\n && cd /go/src/app \\\n && go build -o /usr/bin/app . \\\n && rm -rf /go \\\n && apk del go\n\nFROM alpine:3.19\nENV GOPATH=/go\nCOPY --from=build /usr/bin/app /usr/bin/app\nCMD [\"app\"]\n",
    );
    // Here no other layer has it.
    nothing_gained(
        "FROM alpine:3.19\nRUN apk add --no-cache go git \\\n && git clone https://example.org/app /go/src/app \\\n && cd /go/src/app \\\n && go build -o /usr/bin/app . \\\n && rm -rf /go \\\n && apk del go git\nCMD [\"app\"]\n",
    );
}

#[test]
fn caches() {
    // What a rule takes away where it stands is no reason for a second stage.
    refused(
        "FROM node:20-alpine\nWORKDIR /srv\nCOPY . .\nRUN npm ci && npm run build\nCMD [\"node\", \"dist/main.js\"]\n",
        "only a cache would be left out, which the rule npm-cache-clean does",
    );
    check(
        "FROM php:8.2-cli\nWORKDIR /srv\nCOPY . .\nRUN composer install\nCMD [\"php\", \"main.php\"]\n",
        "FROM php:8.2-cli AS build\nWORKDIR /srv\nCOPY . .\nRUN composer install\n\nFROM php:8.2-cli\nWORKDIR /srv\nCOPY --from=build /srv ./\nCMD [\"php\", \"main.php\"]\n",
    );
    nothing_gained(
        "FROM node:20-alpine\nWORKDIR /srv\nCOPY . .\nRUN npm ci && npm run build && npm cache clean --force\nCMD [\"node\", \"dist/main.js\"]\n",
    );
}

#[test]
fn what_the_build_removes_of_copied_files_is_removed_in_both() {
    check(
        "FROM debian:12-slim\nCOPY root/ /\nRUN apt-get update && apt-get install -y gcc && gcc -o /usr/bin/app /src/app.c && rm -rf /src /etc/app/draft\nCMD [\"app\"]\n",
        "FROM debian:12-slim AS build\nCOPY root/ /\nRUN apt-get update && apt-get install -y gcc && gcc -o /usr/bin/app /src/app.c && rm -rf /src /etc/app/draft\n\nFROM debian:12-slim\nCOPY root/ /\nRUN rm -rf /src /etc/app/draft\nCOPY --from=build /usr/bin/app /usr/bin/app\nCMD [\"app\"]\n",
    );
    refused(
        "FROM debian:12-slim\nCOPY root/ /\nRUN apt-get update && apt-get install -y gcc && gcc -o /usr/bin/app /src/app.c && rm /src/app.c\nCMD [\"app\"]\n",
        "line 3: `rm /src/app.c` removes files that both stages would get",
    );
}

#[test]
fn an_installation_among_the_systems_own_files() {
    check(
        "FROM debian:12-slim\nRUN apt-get update && apt-get install -y gcc make\nCOPY . /src/app\nWORKDIR /src/app\nRUN ./configure --prefix=/usr --sysconfdir=/etc && make && make install\nCMD [\"app\"]\n",
        "FROM debian:12-slim AS build\nRUN apt-get update && apt-get install -y gcc make\nCOPY . /src/app\nWORKDIR /src/app\nRUN ./configure --prefix=/usr --sysconfdir=/etc && make && make install && make install DESTDIR=/runtime\nRUN test -d /runtime/usr\n\nFROM debian:12-slim\nCOPY . /src/app\nWORKDIR /src/app\nCOPY --from=build /runtime /\nRUN ldconfig\nCMD [\"app\"]\n",
    );
    // What is changed behind the installation would not be changed in the tree.
    refused(
        "FROM debian:12-slim\nRUN apt-get update && apt-get install -y gcc make\nCOPY . /src/app\nWORKDIR /src/app\nRUN ./configure --prefix=/usr && make && make install && chmod 4755 /usr/bin/app\nCMD [\"app\"]\n",
        "line 5: where `chmod 4755 /usr/bin/app` leaves its files isn't known",
    );
}

#[test]
fn nginx() {
    check(
        "FROM debian:12-slim\nRUN apt-get update && apt-get install -y curl gcc make\nRUN mkdir -p /tmp/nginx && curl -fsSL https://example.org/nginx.tar.gz | tar -xz -C /tmp/nginx --strip-components=1 \\\n && cd /tmp/nginx && ./configure --prefix=/etc/nginx --sbin-path=/usr/sbin/nginx --http-log-path=/var/log/nginx/access.log && make && make install\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n",
        "FROM debian:12-slim AS build\nRUN apt-get update && apt-get install -y curl gcc make\nRUN mkdir -p /tmp/nginx && curl -fsSL https://example.org/nginx.tar.gz | tar -xz -C /tmp/nginx --strip-components=1 \\\n && cd /tmp/nginx && ./configure --prefix=/etc/nginx --sbin-path=/usr/sbin/nginx --http-log-path=/var/log/nginx/access.log && make && make install\n\nFROM debian:12-slim\nCOPY --from=build /usr/sbin/nginx /usr/sbin/nginx\nCOPY --from=build /var/log/nginx /var/log/nginx\nCOPY --from=build /etc/nginx /etc/nginx\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n",
    );
}

#[test]
fn an_extension_of_packaged_php() {
    check(
        "FROM debian:12-slim\nRUN apt-get update && apt-get install -y php-cli php-dev gcc make\nCOPY ext /src/ext\nRUN cd /src/ext && phpize && ./configure && make && make install\nCOPY app.php /srv/\nCMD [\"php\", \"/srv/app.php\"]\n",
        "FROM debian:12-slim AS build\nRUN apt-get update && apt-get install -y php-cli php-dev gcc make\nCOPY ext /src/ext\nRUN cd /src/ext && phpize && ./configure && make && make install\n\nFROM debian:12-slim\nRUN apt-get update && apt-get install -y php-cli\nCOPY --from=build /usr/lib/php /usr/lib/php\nCOPY app.php /srv/\nCMD [\"php\", \"/srv/app.php\"]\n",
    );
}

#[test]
fn a_download_among_the_systems_own_files() {
    check(
        "FROM php:8.2-cli-bookworm\nRUN curl -fsSL https://example.org/tool.tar.gz | tar -xz -C /usr/local/bin\nRUN apt-get update && apt-get install -y libpq-dev && docker-php-ext-install pgsql\nCOPY app.php /srv/\nCMD [\"php\", \"/srv/app.php\"]\n",
        "FROM php:8.2-cli-bookworm AS build\nRUN curl -fsSL https://example.org/tool.tar.gz | tar -xz -C /usr/local/bin\nRUN apt-get update && apt-get install -y libpq-dev && docker-php-ext-install pgsql\n\nFROM php:8.2-cli-bookworm\nRUN curl -fsSL https://example.org/tool.tar.gz | tar -xz -C /usr/local/bin\nRUN apt-get update \\\n && apt-get install -y libpq5\nCOPY --from=build /usr/local/lib/php/extensions /usr/local/lib/php/extensions\nCOPY --from=build /usr/local/etc/php/conf.d /usr/local/etc/php/conf.d\nCOPY app.php /srv/\nCMD [\"php\", \"/srv/app.php\"]\n",
    );
}

#[test]
fn a_clone_of_a_branch() {
    check(
        "FROM debian:12-slim\nRUN apt-get update && apt-get install -y gcc git make\nRUN git clone https://example.org/app -b 1.x /opt/app && cd /opt/app && make\nCMD [\"/opt/app/app\"]\n",
        "FROM debian:12-slim AS build\nRUN apt-get update && apt-get install -y gcc git make\nRUN git clone https://example.org/app -b 1.x /opt/app && cd /opt/app && make\n\nFROM debian:12-slim\nCOPY --from=build /opt/app/app /opt/app/app\nCMD [\"/opt/app/app\"]\n",
    );
}
