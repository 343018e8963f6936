FROM example.org/base

ENV APP_HOME="/data" \
    APP_VERSION="2.1.2"

COPY ./app.state ${APP_HOME}/

WORKDIR /app
RUN wget -O app.war https://example.org/war/${APP_VERSION}/app.war

EXPOSE 8080
ENTRYPOINT java -Duser.home=${APP_HOME} -jar /app/app.war
