FROM eclipse-temurin:17-jre
COPY shop.jar /shop.jar
ENTRYPOINT ["java", "-XX:+UseG1GC", "-Dfile.encoding=UTF-8", "-jar", "/shop.jar"]
