//! Rewrites that come near a law and miss one of its conditions.

use super::*;

const CASES: &[(&str, &str, &str)] = &[
    ("another base", "FROM debian:12\n", "FROM debian:13\n"),
    (
        "another name of a stage",
        "FROM debian:12 AS a\nRUN echo\n",
        "FROM debian:12 AS b\nRUN echo\n",
    ),
    (
        "a constant platform",
        "FROM --platform=$BUILDPLATFORM golang:1\n",
        "FROM golang:1\n",
    ),
    (
        "the syntax directive",
        "# syntax=docker/dockerfile:1\nFROM debian:12\n",
        "FROM debian:12\n",
    ),
    (
        "the check directive",
        "# check=error=true\nFROM debian:12\n",
        "FROM debian:12\n",
    ),
    (
        "a frontend that isn't known",
        "# syntax=example/frontend\nFROM debian:12\nRUN a\n",
        "# syntax=example/frontend\nFROM debian:12\nRUN  a\n",
    ),
    (
        "a removal with a relative path",
        "FROM debian:12\nRUN cd /opt && tar -xzf /tmp/a.tgz\nRUN rm -f /tmp/a.tgz b\n",
        "FROM debian:12\nRUN cd /opt && tar -xzf /tmp/a.tgz && rm -f /tmp/a.tgz b\n",
    ),
    (
        "a removal with an operand that looks like an option",
        "FROM debian:12\nRUN cd /opt && tar -xzf /tmp/a.tgz\nRUN rm /tmp/a.tgz -f\n",
        "FROM debian:12\nRUN cd /opt && tar -xzf /tmp/a.tgz && rm /tmp/a.tgz -f\n",
    ),
    (
        "a removal by a variable",
        "FROM debian:12\nRUN cd /opt && tar -xzf /tmp/a.tgz\nRUN rm -f /tmp/$NAME\n",
        "FROM debian:12\nRUN cd /opt && tar -xzf /tmp/a.tgz && rm -f /tmp/$NAME\n",
    ),
    (
        "a removal by another program's name",
        "FROM debian:12\nRUN cd /opt && tar -xzf /tmp/a.tgz && export PATH=bin:$PATH\nRUN rm -f /tmp/a.tgz\n",
        "FROM debian:12\nRUN cd /opt && tar -xzf /tmp/a.tgz && export PATH=bin:$PATH && rm -f /tmp/a.tgz\n",
    ),
    (
        "a removal by a program that the directory chooses",
        "FROM debian:12\nENV PATH=bin:$PATH\nRUN cd /opt && tar -xzf /tmp/a.tgz\nRUN rm -f /tmp/a.tgz\n",
        "FROM debian:12\nENV PATH=bin:$PATH\nRUN cd /opt && tar -xzf /tmp/a.tgz && rm -f /tmp/a.tgz\n",
    ),
    (
        "a step gone",
        "FROM debian:12\nRUN a\nRUN b\n",
        "FROM debian:12\nRUN a\n",
    ),
    (
        "a step new",
        "FROM debian:12\nRUN a\n",
        "FROM debian:12\nRUN a\nRUN b\n",
    ),
    (
        "a cleanup without the PATH",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && PATH=/opt/a/bin\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && PATH=/opt/a/bin && rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "another shell for the next RUN",
        "FROM debian:12\nRUN ln -sf bash /bin/sh\nRUN tar xf a.{b,c}\n",
        "FROM debian:12\nRUN ln -sf bash /bin/sh && tar xf a.{b,c}\n",
    ),
    (
        "another shell for the next command",
        "FROM debian:12\nRUN rm -f /bin/sh && ln -s /bin/bash /bin/sh && rm a.{b,c}\n",
        "FROM debian:12\nRUN rm -f /bin/sh && ln -s /bin/bash /bin/sh\nRUN rm a.{b,c}\n",
    ),
    (
        "another shell by its package",
        "FROM debian:12\nRUN dpkg-reconfigure dash\nRUN apt-get install -y lib{a,b}\n",
        "FROM debian:12\nRUN dpkg-reconfigure dash && apt-get install -y lib{a,b}\n",
    ),
    (
        "apk's index, which a script may need",
        "FROM alpine:3.20\nRUN apk update && apk add --no-cache a && ./install.sh\n",
        "FROM alpine:3.20\nRUN apk add --no-cache a && ./install.sh\n",
    ),
    (
        "apk's index, which a script in a pipe may need",
        "FROM alpine:3.20\nRUN apk update && apk add --no-cache a\nRUN curl https://example.org/b | sh\n",
        "FROM alpine:3.20\nRUN apk add --no-cache a\nRUN curl https://example.org/b | sh\n",
    ),
    (
        "lists that a script in a heredoc reads, which is run as a file",
        "FROM debian:12\nRUN apt-get update\nRUN <<EOF\n#!/bin/sh\napt-get install -y a\nEOF\n",
        "FROM debian:12\nRUN <<EOF\n#!/bin/sh\napt-get install -y a\nEOF\n",
    ),
    (
        "lists that a text reads which can't be parsed",
        "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y a |\n",
        "FROM debian:12\nRUN apt-get install -y a |\n",
    ),
    (
        "apk's index, which a script in a heredoc reads",
        "FROM alpine:3.20\nRUN apk add -U a\nRUN <<EOF\n#!/bin/sh\napk add b\nEOF\n",
        "FROM alpine:3.20\nRUN apk add --no-cache -U a\nRUN <<EOF\n#!/bin/sh\napk add b\nEOF\n",
    ),
    (
        "apk's index, which a text needs",
        "FROM alpine:3.20\nRUN apk add -U a\nRUN bash -c 'apk add b'\n",
        "FROM alpine:3.20\nRUN apk add --no-cache -U a\nRUN bash -c 'apk add b'\n",
    ),
    (
        "apk without an index, whose failure nobody sees",
        "FROM alpine:3.20\nRUN apk add a; b\n",
        "FROM alpine:3.20\nRUN apk add --no-cache a; b\n",
    ),
    (
        "apk without an index, whose failure is dealt with",
        "FROM alpine:3.20\nRUN apk add a || b\n",
        "FROM alpine:3.20\nRUN apk add --no-cache a || b\n",
    ),
    (
        "options of the shell that a command asks for",
        "FROM debian:12\nRUN a && echo $- > /b\n",
        "FROM debian:12\nRUN <<EOF\nset -e\na\necho $- > /b\nEOF\n",
    ),
    (
        "a relative cd, which a variable leads elsewhere",
        "FROM debian:12\nENV CDPATH=/srv\nRUN mkdir /a /srv/a\nWORKDIR /\nRUN cd a && b\nWORKDIR /c\n",
        "FROM debian:12\nENV CDPATH=/srv\nRUN mkdir /a /srv/a\nWORKDIR /\nWORKDIR /a\nRUN b\nWORKDIR /c\n",
    ),
    (
        "apk's index, which an update that keeps nothing doesn't renew",
        "FROM alpine:3.20\nRUN apk add -U a\nRUN --mount=type=cache,target=/b apk --no-cache update; apk add c\n",
        "FROM alpine:3.20\nRUN apk add --no-cache -U a\nRUN --mount=type=cache,target=/b apk --no-cache update; apk add c\n",
    ),
    (
        "a directory that is made under the mask of a file which bash reads first",
        "FROM debian:12\nENV BASH_ENV=/e\nSHELL [\"/bin/bash\", \"-c\"]\nRUN mkdir -p /a/b\nWORKDIR /a/b\n",
        "FROM debian:12\nENV BASH_ENV=/e\nSHELL [\"/bin/bash\", \"-c\"]\nWORKDIR /a/b\n",
    ),
    (
        "a cd after a file which bash reads first",
        "FROM debian:12\nENV BASH_ENV=/e\nSHELL [\"/bin/bash\", \"-c\"]\nRUN cd /tmp && a\nWORKDIR /b\n",
        "FROM debian:12\nENV BASH_ENV=/e\nSHELL [\"/bin/bash\", \"-c\"]\nWORKDIR /tmp\nRUN a\nWORKDIR /b\n",
    ),
    (
        "apk without a network",
        "FROM alpine:3.20\nRUN apk add --no-network a\n",
        "FROM alpine:3.20\nRUN apk add --no-cache --no-network a\n",
    ),
    (
        "an apk that doesn't know the option",
        "FROM alpine:3.2 AS b\nRUN x\nFROM b\nRUN apk add a\n",
        "FROM alpine:3.2 AS b\nRUN x\nFROM b\nRUN apk add --no-cache a\n",
    ),
    (
        "a pip that doesn't know the option",
        "FROM ubuntu:14.04\nRUN pip install a\n",
        "FROM ubuntu:14.04\nRUN pip install --no-cache-dir a\n",
    ),
    (
        "apt's lists, which a text needs",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a\nRUN bash -c 'apt-get install -y b'\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN bash -c 'apt-get install -y b'\n",
    ),
    (
        "apt's lists, which a script in a pipe may need",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a\nRUN curl https://example.org/b | bash -\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN curl https://example.org/b | bash -\n",
    ),
    (
        "the directory moved away",
        "FROM debian:12\nWORKDIR /a\nRUN mv . /b\nRUN rmdir c\n",
        "FROM debian:12\nWORKDIR /a\nRUN mv . /b && rmdir c\n",
    ),
    (
        "apk's index, which must be there to be removed",
        "FROM alpine:3.20\nRUN apk add --update a && rm /var/cache/apk/*\n",
        "FROM alpine:3.20\nRUN apk add --no-cache --update a && rm /var/cache/apk/*\n",
    ),
    (
        "apk's index, which the next RUN removes strictly",
        "FROM alpine:3.20\nRUN apk add a\nRUN rm -r /var/cache/apk/*\n",
        "FROM alpine:3.20\nRUN apk add --no-cache a\nRUN rm -r /var/cache/apk/*\n",
    ),
    (
        "apt's lists, which must be there to be removed",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a\nRUN rm -r /var/lib/apt/lists/*\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN rm -r /var/lib/apt/lists/*\n",
    ),
    (
        "pip's cache, which must be there to be removed",
        "FROM python:3.12\nRUN pip install a && rm -r /root/.cache\n",
        "FROM python:3.12\nRUN pip install --no-cache-dir a && rm -r /root/.cache\n",
    ),
    (
        "dnf's cache, which must be there to be removed",
        "FROM fedora:40\nRUN dnf install -y a\nRUN rm -r /var/cache/dnf\n",
        "FROM fedora:40\nRUN dnf install -y a && dnf clean all && rm -rf /var/cache/dnf\nRUN rm -r /var/cache/dnf\n",
    ),
    (
        "a cleanup by an npm that is new",
        "FROM node:8\nRUN npm install -g npm@latest\n",
        "FROM node:8\nRUN npm install -g npm@latest && npm cache clean --force\n",
    ),
    (
        "a script that may have no line for the kernel",
        "FROM debian:12\nCOPY start-vpn /\nENTRYPOINT /start-vpn -v\n",
        "FROM debian:12\nCOPY start-vpn /\nENTRYPOINT [\"/start-vpn\", \"-v\"]\n",
    ),
    (
        "a script by its ending",
        "FROM debian:12\nCMD /a.sh\n",
        "FROM debian:12\nCMD [\"/a.sh\"]\n",
    ),
    (
        "quotes that matter",
        "FROM debian:12\nRUN a '$b'\n",
        "FROM debian:12\nRUN a \"$b\"\n",
    ),
    (
        "blanks in quotes",
        "FROM debian:12\nRUN printf 'a    b'\n",
        "FROM debian:12\nRUN printf 'a b'\n",
    ),
    (
        "a glob quoted",
        "FROM debian:12\nRUN a *\n",
        "FROM debian:12\nRUN a '*'\n",
    ),
    (
        "a tilde quoted after =",
        "FROM debian:12\nRUN export P=~/bin\n",
        "FROM debian:12\nRUN export P='~/bin'\n",
    ),
    (
        "failure becomes fatal",
        "FROM debian:12\nRUN a; b\n",
        "FROM debian:12\nRUN a && b\n",
    ),
    (
        "failure is ignored",
        "FROM debian:12\nRUN a\nRUN b; c\n",
        "FROM debian:12\nRUN a && b; c\n",
    ),
    (
        "the user",
        "FROM debian:12\nRUN echo\nUSER x\nRUN echo b\n",
        "FROM debian:12\nUSER x\nRUN echo && echo b\n",
    ),
    (
        "the network",
        "FROM debian:12\nRUN --network=none echo a\nRUN echo b\n",
        "FROM debian:12\nRUN --network=none echo a && echo b\n",
    ),
    (
        "a program that may stay behind",
        "FROM debian:12\nRUN ./start-database\nRUN ./fill-database\n",
        "FROM debian:12\nRUN ./start-database && ./fill-database\n",
    ),
    (
        "a package's service",
        "FROM debian:12\nRUN apt-get install -y postgresql\nRUN ./fill-database\n",
        "FROM debian:12\nRUN apt-get install -y postgresql && ./fill-database\n",
    ),
    (
        "a variable",
        "FROM debian:12\nRUN X=1\nRUN echo $X\n",
        "FROM debian:12\nRUN X=1 && echo $X\n",
    ),
    (
        "a default value",
        "FROM debian:12\nRUN echo ${X:=1}\nRUN echo $X\n",
        "FROM debian:12\nRUN echo ${X:=1} && echo $X\n",
    ),
    (
        "a loop's variable",
        "FROM debian:12\nRUN for i in 1 2; do echo; done\nRUN echo $i\n",
        "FROM debian:12\nRUN for i in 1 2; do echo; done && echo $i\n",
    ),
    (
        "pipefail leaks",
        "FROM debian:12\nRUN set -o pipefail && a | b\nRUN c | d\n",
        "FROM debian:12\nRUN set -o pipefail && a | b && c | d\n",
    ),
    (
        "an alias",
        "FROM debian:12\nRUN alias ll=ls; ll\n",
        "FROM debian:12\nRUN alias ll=ls; \\ll\n",
    ),
    (
        "background",
        "FROM debian:12\nRUN sleep 9 &\nRUN echo b\n",
        "FROM debian:12\nRUN sleep 9 & echo b\n",
    ),
    (
        "the status of the last command",
        "FROM debian:12\nRUN echo a\nRUN echo $?\n",
        "FROM debian:12\nRUN echo a && echo $?\n",
    ),
    (
        "another pip",
        "FROM debian:12\nRUN pip install --upgrade pip\nRUN pip install x\n",
        "FROM debian:12\nRUN pip install --upgrade pip && pip install x\n",
    ),
    (
        "a directory made again",
        "FROM debian:12\nWORKDIR /w\nRUN rm -rf /w && git clone https://example.org/w /w\nRUN ls\n",
        "FROM debian:12\nWORKDIR /w\nRUN rm -rf /w && git clone https://example.org/w /w && ls\n",
    ),
    (
        "/etc/hosts",
        "FROM debian:12\nRUN echo 1.2.3.4 a >> /etc/hosts\nRUN curl http://a/\n",
        "FROM debian:12\nRUN echo 1.2.3.4 a >> /etc/hosts && curl http://a/\n",
    ),
    (
        "tmpfs",
        "FROM debian:12\nRUN --mount=type=tmpfs,target=/t touch /t/x\nRUN --mount=type=tmpfs,target=/t ls /t\n",
        "FROM debian:12\nRUN --mount=type=tmpfs,target=/t touch /t/x && ls /t\n",
    ),
    (
        "start-up files",
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-lc\"]\nRUN conda init bash\nRUN conda activate x\n",
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-lc\"]\nRUN conda init bash && conda activate x\n",
    ),
    (
        "the shell of the base",
        "FROM example/base\nRUN ls $A\nRUN touch b\n",
        "FROM example/base\nRUN ls $A && touch b\n",
    ),
    (
        "packages of apt in another order",
        "FROM debian:12\nRUN apt-get install -y b a\n",
        "FROM debian:12\nRUN apt-get install -y a b\n",
    ),
    (
        "other packages of apk",
        "FROM alpine:3.20\nRUN apk add --no-cache b a\n",
        "FROM alpine:3.20\nRUN apk add --no-cache a c\n",
    ),
    (
        "packages of apk in another order, and a cache",
        "FROM alpine:3.20\nRUN apk add b a\n",
        "FROM alpine:3.20\nRUN apk add -U a b\n",
    ),
    (
        "a RUN without a shell that does something",
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-lc\"]\nRUN make a\n",
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-lc\"]\nRUN [\"make\", \"a\"]\n",
    ),
    (
        "a RUN without bash, which may know its program as a function",
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nRUN make a\n",
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nRUN [\"make\", \"a\"]\n",
    ),
    (
        "a RUN without the shell of a base that isn't known",
        "FROM example.org/a\nRUN make a\n",
        "FROM example.org/a\nRUN [\"make\", \"a\"]\n",
    ),
    (
        "a script without a shell",
        "FROM debian:12\nRUN ./a.sh\n",
        "FROM debian:12\nRUN [\"./a.sh\"]\n",
    ),
    (
        "other words without a shell",
        "FROM debian:12\nRUN make a b\n",
        "FROM debian:12\nRUN [\"make\", \"a b\"]\n",
    ),
    (
        "a part of a RUN without a shell",
        "FROM debian:12\nRUN make a && make b\n",
        "FROM debian:12\nRUN [\"make\", \"a\"]\nRUN make b\n",
    ),
    (
        "a RUN without a shell in another place",
        "FROM debian:12\nRUN make a\nWORKDIR /b\n",
        "FROM debian:12\nWORKDIR /b\nRUN [\"make\", \"a\"]\n",
    ),
    (
        "a heredoc with -e inside of an inner substitution",
        "FROM debian:12\nRUN touch a && echo \"$(cat \"$(false; echo b)\")\" && touch c\n",
        "FROM debian:12\nRUN <<E\nset -e\ntouch a\necho \"$(cat \"$(false; echo b)\")\"\ntouch c\nE\n",
    ),
    (
        "a heredoc with options but -e",
        "FROM debian:12\nRUN set -uo pipefail && touch a && touch b\n",
        "FROM debian:12\nRUN <<E\nset -uo pipefail\ntouch a\ntouch b\nE\n",
    ),
    (
        "a heredoc that gives up -e",
        "FROM debian:12\nRUN touch a && set +e && touch b && touch c\n",
        "FROM debian:12\nRUN <<E\nset -e\ntouch a\nset +e\ntouch b\ntouch c\nE\n",
    ),
    (
        "a heredoc with -e in a file that a substitution reads",
        "FROM debian:12\nRUN touch a && echo \"$(. ./x)\" && touch c\n",
        "FROM debian:12\nRUN <<E\nset -e\ntouch a\necho \"$(. ./x)\"\ntouch c\nE\n",
    ),
    (
        "a heredoc with -e in a text that a substitution evaluates",
        "FROM debian:12\nRUN touch a && echo \"$(command eval 'false; touch b')\" && touch c\n",
        "FROM debian:12\nRUN <<E\nset -e\ntouch a\necho \"$(command eval 'false; touch b')\"\ntouch c\nE\n",
    ),
    (
        "a heredoc with -e in a file that the shell reads",
        "FROM debian:12\nRUN touch a && . ./x && touch c\n",
        "FROM debian:12\nRUN <<E\nset -e\ntouch a\n. ./x\ntouch c\nE\n",
    ),
    (
        "a heredoc with -e in a text that the shell evaluates",
        "FROM debian:12\nRUN touch a && command eval 'false; touch b' && touch c\n",
        "FROM debian:12\nRUN <<E\nset -e\ntouch a\ncommand eval 'false; touch b'\ntouch c\nE\n",
    ),
    (
        "a heredoc with -e inside of a substitution",
        "FROM debian:12\nRUN touch a && echo \"$(false; touch b)\" && touch c\n",
        "FROM debian:12\nRUN <<E\nset -e\ntouch a\necho \"$(false; touch b)\"\ntouch c\nE\n",
    ),
    (
        "a heredoc without -e",
        "FROM debian:12\nRUN <<E\necho a\necho b\nE\n",
        "FROM debian:12\nRUN echo a && echo b\n",
    ),
    (
        "a list inside set -e",
        "FROM debian:12\nRUN <<E\nset -e\na && b\nc\nE\n",
        "FROM debian:12\nRUN a && b && c\n",
    ),
    (
        "Windows",
        "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN a\nRUN b\n",
        "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN a && b\n",
    ),
    (
        "powershell",
        "FROM debian:12\nSHELL [\"pwsh\", \"-Command\"]\nRUN a;  b\n",
        "FROM debian:12\nSHELL [\"pwsh\", \"-Command\"]\nRUN a; b\n",
    ),
    (
        "installs with other assignments",
        "FROM debian:12\nRUN A=b apt-get install -y a\nRUN apt-get install -y c\n",
        "FROM debian:12\nRUN A=b apt-get install -y a c\n",
    ),
    (
        "installs with and without sudo",
        "FROM debian:12\nRUN sudo apt-get install -y a\nRUN apt-get install -y c\n",
        "FROM debian:12\nRUN sudo apt-get install -y a c\n",
    ),
    (
        "apt with a letter in its options that nobody knows",
        "FROM debian:12\nRUN apt -qyk clean\n",
        "FROM debian:12\nRUN apt-get -qyk clean\n",
    ),
    (
        "apt in a pipe",
        "FROM debian:12\nRUN apt install a | tee b\n",
        "FROM debian:12\nRUN apt-get install a | tee b\n",
    ),
    (
        "apt whose output goes into a file",
        "FROM debian:12\nRUN { apt install a; } > b\n",
        "FROM debian:12\nRUN { apt-get install a; } > b\n",
    ),
    (
        "apt in a substitution",
        "FROM debian:12\nRUN b $(apt install a)\n",
        "FROM debian:12\nRUN b $(apt-get install a)\n",
    ),
    // Updates that are gone.
    (
        "an update that an install needs",
        "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y a\n",
        "FROM debian:12\nRUN apt-get install -y a\n",
    ),
    (
        "an update that a stage on it needs",
        "FROM debian:12 AS a\nRUN apt-get update\nFROM a\nRUN apt-get install -y b\n",
        "FROM debian:12 AS a\nFROM a\nRUN apt-get install -y b\n",
    ),
    (
        "an update whose failure is caught",
        "FROM debian:12\nRUN apt-get update || b\n",
        "FROM debian:12\n",
    ),
    (
        "an update that has to do more",
        "FROM debian:12\nRUN apt-get update -o Dir=/b\n",
        "FROM debian:12\n",
    ),
    // Cleanups.
    (
        "cleanup in the middle",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && make\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/* && make\n",
    ),
    (
        "cleanup that hides a failure",
        "FROM debian:12\nRUN a; apt-get install -y b\n",
        "FROM debian:12\nRUN a; apt-get install -y b; rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "cleanup by another user",
        "FROM debian:12\nUSER app\nRUN apt-get install -y b\n",
        "FROM debian:12\nUSER app\nRUN apt-get install -y b && rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "cleanup beside sudo",
        "FROM debian:12\nRUN sudo apt-get install -y b\n",
        "FROM debian:12\nRUN sudo apt-get install -y b && rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "cleanup of a cache mount",
        "FROM debian:12\nRUN --mount=type=cache,target=/var/lib/apt apt-get update && apt-get install -y b\n",
        "FROM debian:12\nRUN --mount=type=cache,target=/var/lib/apt apt-get update && apt-get install -y b && rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "cleanup of something else",
        "FROM debian:12\nRUN make\n",
        "FROM debian:12\nRUN make && rm -rf /tmp/*\n",
    ),
    (
        "cleanup in a later layer",
        "FROM debian:12\nRUN apt-get install -y b\n",
        "FROM debian:12\nRUN apt-get install -y b\nRUN rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "lists used by path",
        "FROM debian:12\nRUN apt-get update && apt-get install -y b\nRUN /usr/bin/apt-get install -y c\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y b && rm -rf /var/lib/apt/lists/*\nRUN /usr/bin/apt-get install -y c\n",
    ),
    (
        "lists used in a trigger",
        "FROM debian:12\nRUN apt-get update && apt-get install -y b\nONBUILD RUN apt-get install -y c\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y b && rm -rf /var/lib/apt/lists/*\nONBUILD RUN apt-get install -y c\n",
    ),
    (
        "lists used in a branch",
        "FROM debian:12\nRUN apt-get update && apt-get install -y b\nRUN if [ -n \"$X\" ]; then apt-get install -y c; fi\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y b && rm -rf /var/lib/apt/lists/*\nRUN if [ -n \"$X\" ]; then apt-get install -y c; fi\n",
    ),
    (
        "lists renewed in a branch only",
        "FROM debian:12\nRUN apt-get update && apt-get install -y b\nRUN if [ -n \"$X\" ]; then apt-get update; fi && apt-get install -y c\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y b && rm -rf /var/lib/apt/lists/*\nRUN if [ -n \"$X\" ]; then apt-get update; fi && apt-get install -y c\n",
    ),
    (
        "lists used by a stage that an argument names",
        "ARG B=base\nFROM debian:12 AS base\nRUN apt-get update && apt-get install -y b\nFROM $B\nRUN apt-get install -y c\n",
        "ARG B=base\nFROM debian:12 AS base\nRUN apt-get update && apt-get install -y b && rm -rf /var/lib/apt/lists/*\nFROM $B\nRUN apt-get install -y c\n",
    ),
    (
        "lists used by a script",
        "FROM debian:12\nRUN apt-get update && apt-get install -y b\nRUN ./install-deps.sh\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y b && rm -rf /var/lib/apt/lists/*\nRUN ./install-deps.sh\n",
    ),
    (
        "lists copied",
        "FROM debian:12 AS a\nRUN apt-get update && apt-get install -y b\nFROM debian:12\nCOPY --from=a /var/lib/apt/lists /var/lib/apt/lists\n",
        "FROM debian:12 AS a\nRUN apt-get update && apt-get install -y b && rm -rf /var/lib/apt/lists/*\nFROM debian:12\nCOPY --from=a /var/lib/apt/lists /var/lib/apt/lists\n",
    ),
    (
        "the index of apk",
        "FROM alpine:3\nRUN apk add -U a\nRUN apk add b\n",
        "FROM alpine:3\nRUN apk add -U --no-cache a\nRUN apk add b\n",
    ),
    (
        "the index of apk dropped",
        "FROM alpine:3\nRUN apk update\nRUN apk add b\n",
        "FROM alpine:3\nRUN apk add b\n",
    ),
    (
        "a modern yarn",
        "FROM node:20\nRUN corepack enable\nCOPY package.json yarn.lock ./\nRUN yarn install\n",
        "FROM node:20\nRUN corepack enable\nCOPY package.json yarn.lock ./\nRUN yarn install && yarn cache clean\n",
    ),
    (
        "perhaps a modern yarn",
        "FROM node:20\nCOPY . .\nRUN yarn install\n",
        "FROM node:20\nCOPY . .\nRUN yarn install && yarn cache clean\n",
    ),
    // Flags.
    (
        "a flag as a value",
        "FROM python:3.12\nRUN pip install -r r.txt\n",
        "FROM python:3.12\nRUN pip install -r --no-cache-dir r.txt\n",
    ),
    (
        "a flag behind --",
        "FROM debian:12\nRUN apt-get install -- a\n",
        "FROM debian:12\nRUN apt-get install -- a -y\n",
    ),
    (
        "a flag gone",
        "FROM alpine:3\nRUN apk add --no-cache a\n",
        "FROM alpine:3\nRUN apk add a\n",
    ),
    (
        "a question that is answered",
        "FROM debian:12\nRUN yes n | apt-get install foo\n",
        "FROM debian:12\nRUN yes n | apt-get install -y foo\n",
    ),
    (
        "a question that is answered by a file",
        "FROM debian:12\nRUN apt-get install foo < /answers\n",
        "FROM debian:12\nRUN apt-get install -y foo < /answers\n",
    ),
    (
        "recommended packages",
        "FROM debian:12\nRUN apt-get install -y a\n",
        "FROM debian:12\nRUN apt-get install -y --no-install-recommends a\n",
    ),
    (
        "pip's cache in a variable",
        "FROM python:3.12\nENV PIP_CACHE_DIR=/c\nRUN pip install x\n",
        "FROM python:3.12\nENV PIP_CACHE_DIR=/c\nRUN pip install --no-cache-dir x\n",
    ),
    (
        "apt's output read",
        "FROM debian:12\nRUN apt update > /log\n",
        "FROM debian:12\nRUN apt-get update > /log\n",
    ),
    (
        "apt's output in a pipe",
        "FROM debian:12\nRUN if apt install -y a | grep b; then c; fi\n",
        "FROM debian:12\nRUN if apt-get install -y a | grep b; then c; fi\n",
    ),
    (
        "apt's output redirected around",
        "FROM debian:12\nRUN { apt update; a; } > /log\n",
        "FROM debian:12\nRUN { apt-get update; a; } > /log\n",
    ),
    // Installs.
    (
        "another order",
        "FROM debian:12\nRUN apt-get install -y a\nRUN apt-get install -y b\n",
        "FROM debian:12\nRUN apt-get install -y b a\n",
    ),
    (
        "other options",
        "FROM debian:12\nRUN apt-get install -y a\nRUN apt-get install -y --no-install-recommends b\n",
        "FROM debian:12\nRUN apt-get install -y --no-install-recommends a b\n",
    ),
    (
        "a repository first",
        "FROM centos:7\nRUN yum install -y epel-release\nRUN yum install -y htop\n",
        "FROM centos:7\nRUN yum install -y epel-release htop\n",
    ),
    (
        "certificates before the update",
        "FROM debian:12\nRUN apt-get update && apt-get install -y ca-certificates\nRUN apt-get update && apt-get install -y b\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y ca-certificates b\n",
    ),
    (
        "something between",
        "FROM debian:12\nRUN apt-get install -y a\nCOPY x.list /etc/apt/sources.list.d/\nRUN apt-get install -y b\n",
        "FROM debian:12\nRUN apt-get install -y a b\nCOPY x.list /etc/apt/sources.list.d/\n",
    ),
    (
        "a package less",
        "FROM debian:12\nRUN apt-get install -y a\nRUN apt-get install -y b c\n",
        "FROM debian:12\nRUN apt-get install -y a b\n",
    ),
    (
        "pip",
        "FROM python:3.12\nRUN pip install a\nRUN pip install b\n",
        "FROM python:3.12\nRUN pip install a b\n",
    ),
    // Directories.
    (
        "the directory is used between",
        "FROM debian:12\nRUN mkdir -p /app\nRUN touch /app/x\nWORKDIR /app\n",
        "FROM debian:12\nRUN touch /app/x\nWORKDIR /app\n",
    ),
    (
        "another directory",
        "FROM debian:12\nRUN mkdir -p /app/a\nWORKDIR /app\n",
        "FROM debian:12\nWORKDIR /app\n",
    ),
    (
        "the user of the base",
        "FROM example/tool:1\nRUN mkdir -p /app\nWORKDIR /app\n",
        "FROM example/tool:1\nWORKDIR /app\n",
    ),
    (
        "a brace list in sh",
        "FROM debian:12\nRUN mkdir -p /app/{a,b}\nWORKDIR /app/a\n",
        "FROM debian:12\nWORKDIR /app/a\n",
    ),
    (
        "a directory that isn't there",
        "FROM debian:12\nRUN echo a\n",
        "FROM debian:12\nWORKDIR /x\nRUN echo a\nWORKDIR /\n",
    ),
    (
        "a directory of a mount",
        "FROM debian:12\nRUN --mount=target=/src cd /src && make\nWORKDIR /\n",
        "FROM debian:12\nWORKDIR /src\nRUN --mount=target=/src make\nWORKDIR /\n",
    ),
    (
        "the directory is asked for",
        "FROM debian:12\nRUN cd /src && pwd > /where\nWORKDIR /\n",
        "FROM debian:12\nWORKDIR /src\nRUN pwd > /where\nWORKDIR /\n",
    ),
    (
        "relative cd twice",
        "FROM debian:12\nRUN cd a && make\nRUN cd a && make install\n",
        "FROM debian:12\nRUN cd a && make && cd a && make install\n",
    ),
    // Copies.
    (
        "another destination",
        "FROM debian:12\nCOPY a b /c/\n",
        "FROM debian:12\nCOPY a b /c\n",
    ),
    (
        "a heredoc",
        "FROM debian:12\nCOPY <<E /x\na\nE\n",
        "FROM debian:12\nCOPY <<E /x\nb\nE\n",
    ),
    (
        "excluded files",
        "FROM debian:12\nCOPY --exclude=*.md . /x\n",
        "FROM debian:12\nCOPY . /x\n",
    ),
    (
        "an archive",
        "FROM debian:12\nADD x.tar.gz /x/\n",
        "FROM debian:12\nCOPY x.tar.gz /x/\n",
    ),
    (
        "a URL",
        "FROM debian:12\nADD https://example.org/x.txt /x/\n",
        "FROM debian:12\nCOPY x.txt /x/\n",
    ),
    (
        "the group of a user",
        "FROM debian:12\nCOPY site /srv/site\nRUN chown -R app /srv/site\n",
        "FROM debian:12\nCOPY --chown=app site /srv/site\n",
    ),
    (
        "a directory that buildah would not make",
        "FROM alpine:3.19\nWORKDIR /a/b\nRUN cd /a && touch c && cd b && touch d\n",
        "FROM alpine:3.19\nWORKDIR /a/b\nWORKDIR /a\nRUN touch c && cd b && touch d\n",
    ),
    (
        "a directory that nobody but the WORKDIR makes any more",
        "FROM debian:12\nRUN mkdir -p /a\nWORKDIR /a\nWORKDIR /b\n",
        "FROM debian:12\nWORKDIR /a\nWORKDIR /b\n",
    ),
    (
        "a directory that nothing happens in",
        "FROM debian:12\nRUN mkdir -p /a\nWORKDIR /a\nCMD [\"b\"]\n",
        "FROM debian:12\nWORKDIR /a\nCMD [\"b\"]\n",
    ),
    (
        "a directory that a copy gives away",
        "FROM debian:12\nRUN mkdir -p /a\nWORKDIR /a\nCOPY --chown=1000 b .\n",
        "FROM debian:12\nWORKDIR /a\nCOPY --chown=1000 b .\n",
    ),
    (
        "a directory that another user gets",
        "FROM debian:12\nRUN mkdir -p /a\nWORKDIR /a\nUSER nobody\nRUN id\n",
        "FROM debian:12\nWORKDIR /a\nUSER nobody\nRUN id\n",
    ),
    (
        "a backslash that only BuildKit keeps",
        "# escape=`\nFROM debian:12\nENV B C:\\d e\n",
        "# escape=`\nFROM debian:12\nENV B=\"C:\\d e\"\n",
    ),
    (
        "a folder in a home that hands its group on",
        "FROM alpine:3.19\nRUN adduser -D app\nRUN mkdir -p /home/app/work\nWORKDIR /home/app/work\n",
        "FROM alpine:3.19\nRUN adduser -D app\nWORKDIR /home/app/work\n",
    ),
    (
        "a folder below one that hands its group on",
        "FROM debian:12\nRUN mkdir /srv/s && chmod 2775 /srv/s\nRUN mkdir -p /srv/s/a\nWORKDIR /srv/s/a\n",
        "FROM debian:12\nRUN mkdir /srv/s && chmod 2775 /srv/s\nWORKDIR /srv/s/a\n",
    ),
    (
        "a folder below one that letters make hand its group on",
        "FROM debian:12\nRUN mkdir /srv/s && chmod u=rwx,g+rws /srv/s\nRUN mkdir -p /srv/s/a\nWORKDIR /srv/s/a\n",
        "FROM debian:12\nRUN mkdir /srv/s && chmod u=rwx,g+rws /srv/s\nWORKDIR /srv/s/a\n",
    ),
    (
        "a folder above that a small image does not have",
        "FROM busybox:1.36\nCOPY site /srv/site\nRUN chown -R 33:33 /srv/site\n",
        "FROM busybox:1.36\nCOPY --chown=33:33 site /srv/site\n",
    ),
    (
        "a folder above that older images did not have",
        "FROM alpine:3.5\nCOPY site /opt/site\nRUN chown -R 33:33 /opt/site\n",
        "FROM alpine:3.5\nCOPY --chown=33:33 site /opt/site\n",
    ),
    (
        "the group of a number",
        "FROM debian:12\nCOPY site /srv/site\nRUN chown -R 1000 /srv/site\n",
        "FROM debian:12\nCOPY --chown=1000 site /srv/site\n",
    ),
    (
        "a parent that may be new",
        "FROM debian:12\nCOPY --chown=1:1 x /y\nCOPY site /srv/a/site\nRUN chown -R 1:1 /srv/a/site\n",
        "FROM debian:12\nCOPY --chown=1:1 x /y\nCOPY --chown=1:1 site /srv/a/site\n",
    ),
    (
        "a destination that exists",
        "FROM debian:12\nRUN mkdir -p /srv/site\nCOPY site /srv/site\nRUN chown -R 1:1 /srv/site\n",
        "FROM debian:12\nRUN mkdir -p /srv/site\nCOPY --chown=1:1 site /srv/site\n",
    ),
    // Configuration.
    (
        "the order of a variable and a command",
        "FROM debian:12\nENV a=1\nRUN echo\nENV a=2\n",
        "FROM debian:12\nENV a=2\nRUN echo\n",
    ),
    (
        "a variable of the base",
        "FROM debian:12\nWORKDIR $HOME/a\n",
        "FROM debian:12\nWORKDIR /a\n",
    ),
    (
        "the author lost",
        "FROM debian:12\nMAINTAINER a\n",
        "FROM debian:12\n",
    ),
    (
        "the author over a label",
        "FROM debian:12\nLABEL org.opencontainers.image.authors=x\nMAINTAINER a\n",
        "FROM debian:12\nLABEL org.opencontainers.image.authors=a\n",
    ),
    (
        "the author with a variable",
        "FROM debian:12\nMAINTAINER a $X\n",
        "FROM debian:12\nLABEL org.opencontainers.image.authors=\"a $X\"\n",
    ),
    (
        "an entrypoint that is set",
        "FROM debian:12\nENTRYPOINT [\"e\"]\nCMD a b\n",
        "FROM debian:12\nENTRYPOINT [\"e\"]\nCMD [\"a\", \"b\"]\n",
    ),
    (
        "an entrypoint that may be set",
        "FROM example/tool\nSHELL [\"/bin/sh\", \"-c\"]\nCMD a b\n",
        "FROM example/tool\nSHELL [\"/bin/sh\", \"-c\"]\nCMD [\"a\", \"b\"]\n",
    ),
    (
        "an entrypoint that looks at its arguments",
        "FROM postgres:16\nCMD postgres -c x=y\n",
        "FROM postgres:16\nCMD [\"postgres\", \"-c\", \"x=y\"]\n",
    ),
    (
        "a command in a child",
        "FROM debian:12 AS a\nENTRYPOINT e x\nFROM a\nCMD [\"b\"]\n",
        "FROM debian:12 AS a\nENTRYPOINT [\"e\", \"x\"]\nFROM a\nCMD [\"b\"]\n",
    ),
    (
        "a builtin",
        "FROM debian:12\nCMD exec a b\n",
        "FROM debian:12\nCMD [\"exec\", \"a\", \"b\"]\n",
    ),
    (
        "a glob",
        "FROM debian:12\nCMD ls *\n",
        "FROM debian:12\nCMD [\"ls\", \"*\"]\n",
    ),
    (
        "an assignment",
        "FROM debian:12\nCMD A=b x\n",
        "FROM debian:12\nCMD [\"A=b\", \"x\"]\n",
    ),
    (
        "argument above an environment at a stage boundary",
        "FROM debian:12\nENV x=1\nARG x=2\nRUN echo $x\n",
        "FROM debian:12\nENV x=1\nRUN echo $x\n",
    ),
];

/// Merges of programs that may find each other by name, which the shell remembers.
const FOUND_AGAIN: &[(bool, &str, &str)] = &[
    (true, "pip install x", "pip install y"),
    (true, "mkdir $A/x", "mkdir $A/y"),
    (true, "cp a $B/a", "cp b $B/b"),
    (false, "pip install --upgrade pip", "pip install y"),
    (false, "pip install -r r.txt", "pip install y"),
    (false, "node -v && cp node /usr/local/bin/", "node -v"),
    (false, "npm install -g npm", "npm ci"),
];

#[test]
fn programs_that_are_found_again_must_be_the_same() {
    for (expected, first, second) in FOUND_AGAIN {
        let before = format!("FROM debian:12\nRUN {first}\nRUN {second}\n");
        let after = format!("FROM debian:12\nRUN {first} && {second}\n");
        let found = verdict(&before, &after, &Facts::default());
        let accepted = found == Verdict::Equivalent(vec![Law::LayersMerged]);
        assert_eq!(accepted, *expected, "{first} / {second}: {found:?}");
    }
}

#[test]
fn rewrites_that_miss_a_condition_are_refused() {
    for (name, before, after) in CASES {
        let found = verdict(before, after, &Facts::default());
        assert!(matches!(found, Verdict::Different(_)), "{name}: {found:?}");
    }
}

/// A stage that is cut at an ARG sees the image's own variable again behind the cut (C.0.5).
#[test]
fn a_stage_is_not_cut_at_an_argument() {
    let before = "FROM debian:12\nENV x=1\nARG x=2\nRUN echo\nRUN echo $x\n";
    let after = "FROM debian:12 AS b\nENV x=1\nARG x=2\nRUN echo\nFROM b\nRUN echo $x\n";
    let (before, after) = (analysis(before), analysis(after));
    let settings = Settings::default();
    let build =
        |analysis| super::super::trace::build(analysis, &settings, &Default::default()).unwrap();
    let (before, after) = (build(&before), build(&after));
    let last = |trace: &super::super::Trace<'_>| {
        let step = trace.stages.last().unwrap().steps.last().unwrap();
        match &step.op {
            super::super::trace::Op::Exec(exec) => trace.envs.get(exec.env, "x").cloned(),
            _ => None,
        }
    };
    assert_eq!(last(&before).unwrap().to_string(), "${x=2}");
    assert_eq!(last(&after).unwrap().to_string(), "1");
}

/// What a law explains is refused when the rewrite doesn't declare the law.
#[test]
fn laws_are_used_only_when_they_are_declared() {
    let before = analysis("FROM debian:12\nRUN apt-get update\nRUN apt-get install a\n");
    let after = analysis(
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\n",
    );
    let needed = [Law::AptListsRemoved, Law::AssumeYes, Law::LayersMerged];
    let prove = |laws: &[Law]| {
        prove(
            &before,
            &after,
            laws,
            &Settings::default(),
            &Facts::default(),
        )
    };
    assert_eq!(prove(&needed), Verdict::Equivalent(needed.to_vec()));
    for missing in needed {
        let laws: Vec<Law> = needed.into_iter().filter(|law| *law != missing).collect();
        match prove(&laws) {
            Verdict::Different(why) => assert!(why.contains(missing.id()), "{missing:?}: {why}"),
            found => panic!("{missing:?}: {found:?}"),
        }
    }
}

#[test]
fn a_reason_is_a_text_for_a_person() {
    let before = analysis("FROM debian:12\nRUN apt-get install -y $P\n");
    let after = analysis("FROM debian:12\nRUN [\"apt-get\", \"install\", \"-y\", \"$P\"]\n");
    match prove(
        &before,
        &after,
        &[],
        &Settings::default(),
        &Facts::default(),
    ) {
        Verdict::Different(why) => {
            assert!(why.contains("`[\"apt-get\", \"install\", "), "{why}");
        }
        found => panic!("{found:?}"),
    }
}
