FROM python:3.12
LABEL org.opencontainers.image.authors="Shop Team <shop@example.org>"
COPY . /shop
WORKDIR /shop
RUN pip install --no-cache-dir -r requirements.txt
CMD ["python", "shop.py"]
