ARG BASE
FROM $BASE
ARG VERSION
RUN apt-get update && apt-get install -y --no-install-recommends bundler ca-certificates ruby ruby-dev && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /usr/local/bundle && chmod 1777 /usr/local/bundle
ENV LANG=C.UTF-8 RUBY_VERSION=$VERSION
ENV GEM_HOME=/usr/local/bundle
ENV BUNDLE_SILENCE_ROOT_WARNING=1 BUNDLE_APP_CONFIG=/usr/local/bundle PATH=/usr/local/bundle/bin:$PATH
CMD ["irb"]
