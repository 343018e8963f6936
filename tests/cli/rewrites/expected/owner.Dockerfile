FROM debian:12
RUN useradd --uid 1100 shop
COPY --chown=shop:shop pages /srv/pages
