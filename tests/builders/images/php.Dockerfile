# Debian's PHP with the extensions that the official image has built in; there are no docker-php-ext-* tools.
ARG BASE
FROM $BASE
ARG VERSION
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates curl "php$VERSION-cli" "php$VERSION-curl" "php$VERSION-mbstring" "php$VERSION-sqlite3" "php$VERSION-xml" xz-utils \
    && rm -rf /var/lib/apt/lists/* \
    && ln -s "/usr/bin/php$VERSION" /usr/local/bin/php && mkdir -p /usr/local/etc/php/conf.d /var/www/html \
    && chown www-data:www-data /var/www/html && chmod 1777 /var/www/html
COPY --chmod=755 <<'EOF' /usr/local/bin/docker-php-entrypoint
#!/bin/sh
# Options alone are for php.
set -e
case ${1:-} in
-*) exec php "$@" ;;
esac
exec "$@"
EOF
ENV PHP_VERSION=$VERSION PHP_INI_DIR=/usr/local/etc/php
ENTRYPOINT ["docker-php-entrypoint"]
CMD ["php", "-a"]
