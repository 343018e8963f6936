FROM eclipse-temurin:17-jre
COPY shop.jar /shop.jar
ENTRYPOINT java $SHOP_OPTS -jar /shop.jar
