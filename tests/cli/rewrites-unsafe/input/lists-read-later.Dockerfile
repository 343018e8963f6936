FROM debian:12 AS tools
RUN apt-get update && apt-get install -y jq

FROM tools
RUN apt-get install -y tig
