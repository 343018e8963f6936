FROM python:3.12
MAINTAINER Shop Team <shop@example.org>
ADD . /shop
WORKDIR /shop
RUN pip install -r requirements.txt
CMD python shop.py
