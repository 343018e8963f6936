ARG BASE
FROM $BASE
ARG VERSION
RUN groupadd --system --gid 101 nginx \
    && useradd --system --uid 101 --gid nginx --home-dir /nonexistent --no-create-home --shell /bin/false nginx \
    && apt-get update && apt-get install -y --no-install-recommends ca-certificates curl nginx && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /usr/share/nginx/html /docker-entrypoint.d && rm -f /etc/nginx/sites-enabled/default \
    && sed -i 's/^user www-data;/user nginx;/' /etc/nginx/nginx.conf \
    && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
COPY <<'EOF' /etc/nginx/conf.d/default.conf
server {
    listen 80;
    server_name localhost;
    location / {
        root /usr/share/nginx/html;
        index index.html;
    }
}
EOF
COPY <<'EOF' /usr/share/nginx/html/index.html
<!DOCTYPE html>
<title>nginx</title>
<p>nginx runs.
EOF
COPY --chmod=755 <<'EOF' /docker-entrypoint.sh
#!/bin/sh
# Scripts of the folder run before the server.
set -e
for script in /docker-entrypoint.d/*.sh; do
  ! [ -x "$script" ] || "$script"
done
exec "$@"
EOF
ENV NGINX_VERSION=$VERSION
EXPOSE 80
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["nginx", "-g", "daemon off;"]
