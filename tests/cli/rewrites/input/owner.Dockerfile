FROM debian:12
RUN useradd --uid 1100 shop
COPY pages /srv/pages
RUN chown -R shop:shop /srv/pages
