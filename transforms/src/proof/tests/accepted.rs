//! Pairs of equal builds: those of which the traces are equal, and those that laws explain.

use super::*;
use Law::*;

const CASES: &[(&str, &[Law], &str, &str)] = &[
    // Layout and spelling (C.1).
    (
        "casing",
        &[],
        "from debian:12 as Base\nrun x\nfrom alpine:3\ncopy --from=BASE /a /b\n",
        "FROM debian:12 AS base\nRUN x\nFROM alpine:3\nCOPY --from=base /a /b\n",
    ),
    (
        "a comment inside a RUN",
        &[],
        "FROM debian:12\nRUN a && \\\n# why\n    b\n",
        "FROM debian:12\n# why\nRUN a &&     b\n",
    ),
    (
        "a removal by absolute paths, in whatever directory",
        &[LayersMerged],
        "FROM debian:12\nRUN cd /opt && tar -xzf /tmp/a.tgz\nRUN rm -rf /tmp/a.tgz /tmp/b*\n",
        "FROM debian:12\nRUN cd /opt && tar -xzf /tmp/a.tgz && rm -rf /tmp/a.tgz /tmp/b*\n",
    ),
    (
        "an empty line inside a RUN",
        &[],
        "FROM debian:12\nRUN a \\\n\n && b\n",
        "FROM debian:12\nRUN a \\\n && b\n",
    ),
    (
        "a newer pip on an old release",
        &[PackageCacheRemoved],
        "FROM ubuntu:14.04\nRUN curl https://example.org/get-pip.py | python\nRUN pip install a\n",
        "FROM ubuntu:14.04\nRUN curl https://example.org/get-pip.py | python\nRUN pip install --no-cache-dir a\n",
    ),
    (
        "a list that is gone already",
        &[AptListsRemoved],
        "FROM debian:12\nRUN apt-get update && apt-get install -y a\nRUN apt-get clean && rm -rf /var/lib/apt/lists/*\nRUN curl https://example.org/b | bash\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN apt-get clean && rm -rf /var/lib/apt/lists/*\nRUN curl https://example.org/b | bash\n",
    ),
    (
        "an index that is gone already",
        &[PackageCacheRemoved],
        "FROM alpine:3.20\nRUN apk add -Uuv a && rm -rf /var/cache/apk/* && apk -v --purge del b\nRUN ./install.sh\n",
        "FROM alpine:3.20\nRUN apk add --no-cache -Uuv a && rm -rf /var/cache/apk/* && apk -v --purge del b\nRUN ./install.sh\n",
    ),
    (
        "what is no script that installs",
        &[AptListsRemoved],
        "FROM debian:12\nRUN apt-get update && apt-get install -y a\nRUN echo source /opt/dep/setup.bash > b && . ./deploy/bin/activate && c/bin/install.sh\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN echo source /opt/dep/setup.bash > b && . ./deploy/bin/activate && c/bin/install.sh\n",
    ),
    (
        "a path that nobody knows is copied",
        &[PackageCacheRemoved],
        "FROM alpine:3.20 AS b\nRUN apk --progress add a\nFROM scratch\nARG P\nCOPY --from=b /b/$P /b\n",
        "FROM alpine:3.20 AS b\nRUN apk --progress add --no-cache a\nFROM scratch\nARG P\nCOPY --from=b /b/$P /b\n",
    ),
    (
        "letters in one option",
        &[AptIsAptGet],
        "FROM debian:12\nRUN apt -qyy autoremove\n",
        "FROM debian:12\nRUN apt-get -qyy autoremove\n",
    ),
    (
        "pip as a module, in one word",
        &[PackageCacheRemoved],
        "FROM python:3.12\nRUN python3 -mpip install a\n",
        "FROM python:3.12\nRUN python3 -mpip install --no-cache-dir a\n",
    ),
    (
        "files moved into the directory",
        &[LayersMerged],
        "FROM debian:12\nWORKDIR /a\nRUN mv b/* .\nRUN rmdir b\n",
        "FROM debian:12\nWORKDIR /a\nRUN mv b/* . && rmdir b\n",
    ),
    (
        "wrapped again",
        &[],
        "FROM debian:12\nRUN a  x &&  b 'c  d'\n",
        "FROM debian:12\nRUN a x \\\n && b \\\n 'c  d'\n",
    ),
    (
        "quotes that do nothing",
        &[],
        "FROM debian:12\nRUN a \"b\" 'c'\n",
        "FROM debian:12\nRUN a b c\n",
    ),
    (
        "blanks of a compound",
        &[],
        "FROM debian:12\nRUN if  a ;  then b ; fi\n",
        "FROM debian:12\nRUN if a ; then b ; fi\n",
    ),
    (
        "blanks of a text that isn't understood",
        &[],
        "FROM debian:12\nRUN a  ; ; b\n",
        "FROM debian:12\nRUN a ; ; b\n",
    ),
    (
        "another escape in an argument",
        &[],
        "FROM debian:12\nLABEL a=b\\ c\n",
        "FROM debian:12\nLABEL a=\"b c\"\n",
    ),
    // The evidence of C.0.5.
    (
        "ENV merged",
        &[],
        "FROM debian:12\nENV a=1\nENV b=2\nRUN x\n",
        "FROM debian:12\nENV a=1 b=2\nRUN x\n",
    ),
    (
        "ARG merged",
        &[],
        "FROM debian:12\nARG A=1\nARG B=2\nRUN x\n",
        "FROM debian:12\nARG A=1 B=2\nRUN x\n",
    ),
    (
        "LABEL moved",
        &[],
        "FROM debian:12\nLABEL a=b\nRUN x\n",
        "FROM debian:12\nRUN x\nLABEL a=b\n",
    ),
    (
        "the shell spelled out",
        &[],
        "FROM debian:12\nCMD echo hi\n",
        "FROM debian:12\nCMD [\"/bin/sh\", \"-c\", \"echo hi\"]\n",
    ),
    (
        "a relative WORKDIR",
        &[],
        "FROM debian:12\nWORKDIR /a\nWORKDIR b/../c\n",
        "FROM debian:12\nWORKDIR /a\nWORKDIR /a/c\n",
    ),
    (
        "index or name",
        &[],
        "FROM debian:12\nRUN a\nFROM scratch\nCOPY --from=0 /x /x\n",
        "FROM debian:12 AS build\nRUN a\nFROM scratch\nCOPY --from=build /x /x\n",
    ),
    (
        "ports",
        &[],
        "FROM debian:12\nEXPOSE 8080:80 53/UDP 90-92\n",
        "FROM debian:12\nEXPOSE 80 53/udp 90 91 92\n",
    ),
    (
        "ARG moved over a WORKDIR",
        &[],
        "FROM debian:12\nARG A\nWORKDIR /x\nRUN a\n",
        "FROM debian:12\nWORKDIR /x\nARG A\nRUN a\n",
    ),
    (
        "latest",
        &[],
        "FROM docker.io/library/debian\nRUN x\n",
        "FROM debian:latest\nRUN x\n",
    ),
    (
        "the default platform",
        &[],
        "FROM --platform=$TARGETPLATFORM debian:12\n",
        "FROM debian:12\n",
    ),
    (
        "legacy ENV",
        &[],
        "FROM debian:12\nENV A \"b c\"  d ${U:-p q}\n",
        "FROM debian:12\nENV A=\"b c\"\\ \\ d\\ ${U:-p\\ q}\n",
    ),
    (
        "USER twice",
        &[],
        "FROM debian:12\nUSER a\nUSER b\nRUN x\n",
        "FROM debian:12\nUSER b\nRUN x\n",
    ),
    (
        "CMD twice",
        &[],
        "FROM debian:12\nCMD a\nCMD b\n",
        "FROM debian:12\nCMD b\n",
    ),
    (
        "ENTRYPOINT twice",
        &[],
        "FROM debian:12\nENTRYPOINT [\"a\"]\nENTRYPOINT [\"b\"]\n",
        "FROM debian:12\nENTRYPOINT [\"b\"]\n",
    ),
    (
        "a global ARG that nothing reads",
        &[],
        "ARG A=1\nFROM debian:12\nRUN x\n",
        "FROM debian:12\nRUN x\n",
    ),
    (
        "VOLUME as JSON",
        &[],
        "FROM debian:12\nVOLUME /a /b\n",
        "FROM debian:12\nVOLUME [\"/a\", \"/b\"]\n",
    ),
    (
        "the first of two ENV",
        &[Metadata],
        "FROM debian:12\nENV a=1\nENV b=2\nENV a=3\n",
        "FROM debian:12\nENV b=2\nENV a=3\n",
    ),
    (
        "Windows, only comments",
        &[],
        "FROM mcr.microsoft.com/windows/servercore:ltsc2022\n# a\nrun x\n",
        "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN x\n",
    ),
    // RUNs merged and split (C.2).
    (
        "merged",
        &[LayersMerged],
        "FROM debian:12\nRUN wget -q https://example.org/t.tgz\nRUN tar -xzf t.tgz -C /usr/local\nRUN rm t.tgz\n",
        "FROM debian:12\nRUN wget -q https://example.org/t.tgz \\\n && tar -xzf t.tgz -C /usr/local \\\n && rm t.tgz\n",
    ),
    (
        "split",
        &[LayersMerged],
        "FROM debian:12\nRUN echo a && touch b\n",
        "FROM debian:12\nRUN echo a\nRUN touch b\n",
    ),
    (
        "a pipe",
        &[LayersMerged],
        "FROM debian:12\nRUN curl https://example.org/x | tar xz\nRUN touch c\n",
        "FROM debian:12\nRUN curl https://example.org/x | tar xz && touch c\n",
    ),
    (
        "an or in front",
        &[LayersMerged],
        "FROM debian:12\nRUN test -e /a || touch /a\nRUN touch /c\n",
        "FROM debian:12\nRUN test -e /a || touch /a && touch /c\n",
    ),
    (
        "an or in braces",
        &[LayersMerged],
        "FROM debian:12\nRUN touch /c\nRUN test -e /a || touch /a\n",
        "FROM debian:12\nRUN touch /c && { test -e /a || touch /a; }\n",
    ),
    (
        "the same cd",
        &[LayersMerged],
        "FROM debian:12\nRUN cd /a && touch x\nRUN cd /a && touch y\n",
        "FROM debian:12\nRUN cd /a && touch x && touch y\n",
    ),
    (
        "equal mounts",
        &[LayersMerged],
        "FROM debian:12\nRUN --mount=type=cache,target=/c touch /c/a\nRUN --mount=type=cache,target=/c touch /b\n",
        "FROM debian:12\nRUN --mount=type=cache,target=/c touch /c/a && touch /b\n",
    ),
    (
        "metadata between",
        &[LayersMerged],
        "FROM debian:12\nRUN touch /a\nLABEL a=b\nRUN touch /c\n",
        "FROM debian:12\nRUN touch /a && touch /c\nLABEL a=b\n",
    ),
    (
        "copies joined",
        &[LayersMerged],
        "FROM debian:12\nCOPY a /d/\nCOPY b /d/\n",
        "FROM debian:12\nCOPY a b /d/\n",
    ),
    (
        "packages of apk in another order",
        &[OperandOrder],
        "FROM alpine:3.20\nRUN apk add --no-cache b a c=1\n",
        "FROM alpine:3.20\nRUN apk add --no-cache a b c=1\n",
    ),
    (
        "a RUN without its shell",
        &[ExecForm],
        "FROM debian:12\nRUN make 'a b' c=d\nRUN [\"e\", \"f\"]\n",
        "FROM debian:12\nRUN [\"make\", \"a b\", \"c=d\"]\nRUN e f\n",
    ),
    (
        "a heredoc with one command in a substitution",
        &[],
        "FROM debian:12\nRUN make -j$(nproc) && A=\"$(cat \"$(ls)\" | tail)\" && make \"$A\"\n",
        "FROM debian:12\nRUN <<E\nset -e\nmake -j$(nproc)\nA=\"$(cat \"$(ls)\" | tail)\"\nmake \"$A\"\nE\n",
    ),
    (
        "a heredoc with options",
        &[],
        "FROM debian:12\nRUN set -euo pipefail && touch a | touch b && touch c\n",
        "FROM debian:12\nRUN <<E\nset -euo pipefail\ntouch a | touch b\n# why\ntouch c\nE\n",
    ),
    (
        "a heredoc with -e",
        &[],
        "FROM debian:12\nRUN touch a && touch b\n",
        "FROM debian:12\nRUN <<E\nset -e\ntouch a\ntouch b\nE\n",
    ),
    (
        "semicolons under -e",
        &[],
        "FROM debian:12\nRUN set -eux; touch a; touch b\n",
        "FROM debian:12\nRUN set -eux && touch a && touch b\n",
    ),
    (
        "a program that isn't known, wrapped again",
        &[],
        "FROM debian:12\nRUN ./a  x && ./b\n",
        "FROM debian:12\nRUN ./a x \\\n && ./b\n",
    ),
    // Packages (C.3).
    (
        "apt lists",
        &[AptListsRemoved],
        "FROM debian:12\nRUN apt-get update && apt-get install -y a\nRUN make\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN make\n",
    ),
    (
        "apt lists of a base that isn't known",
        &[AptListsRemoved],
        "FROM example/base\nRUN apt-get update && apt-get install -y a\n",
        "FROM example/base\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "apt lists that are renewed",
        &[AptListsRemoved, PackageCacheRemoved],
        "FROM debian:12\nRUN apt-get update && apt-get install -y a\nRUN apt-get update && apt-get install -y b\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && apt-get clean && rm -rf /var/lib/apt/lists/*\nRUN apt-get update && apt-get install -y b\n",
    ),
    (
        "apt lists under -e",
        &[AptListsRemoved],
        "FROM debian:12\nRUN set -eux; apt-get update; apt-get install -y a\n",
        "FROM debian:12\nRUN set -eux; apt-get update; apt-get install -y a; rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "apt lists that are removed too late as well",
        &[AptListsRemoved],
        "FROM debian:12\nRUN apt-get update && apt-get install -y a\nRUN rm -rf /var/lib/apt/lists/*\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "an update before a program that isn't known",
        &[LayersMerged],
        "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y a && ./b\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && ./b\n",
    ),
    (
        "an update under a shell that may read start-up files",
        &[LayersMerged],
        "FROM example/base\nRUN A=b apt-get update\nRUN A=b apt-get install -y a && ./b $c\n",
        "FROM example/base\nRUN A=b apt-get update && A=b apt-get install -y a && ./b $c\n",
    ),
    (
        "installs with the same assignments and wrappers",
        &[InstallsJoined, LayersMerged],
        "FROM debian:12\nRUN A=b sudo -E apt-get install -y a\nRUN A=b sudo -E apt-get install -y c\n",
        "FROM debian:12\nRUN A=b sudo -E apt-get install -y a c\n",
    ),
    (
        "installs of the same package",
        &[InstallsJoined, LayersMerged],
        "FROM debian:12\nRUN apt-get install -y a b\nRUN apt-get install -y b c\n",
        "FROM debian:12\nRUN apt-get install -y a b b c\n",
    ),
    (
        "apt lists and a script that makes configure",
        &[AptListsRemoved],
        "FROM debian:12\nRUN apt-get update && apt-get install -y a\nRUN ./autogen.sh && ./configure && make\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN ./autogen.sh && ./configure && make\n",
    ),
    (
        "apt with options in one word",
        &[AptIsAptGet],
        "FROM debian:12\nRUN apt -qqyy install a && apt -qyy clean\n",
        "FROM debian:12\nRUN apt-get -qqyy install a && apt-get -qyy clean\n",
    ),
    (
        "apt in larger commands",
        &[AptIsAptGet],
        "FROM debian:12\nRUN apt update || b; if c; then apt install d; fi\n",
        "FROM debian:12\nRUN apt-get update || b; if c; then apt-get install d; fi\n",
    ),
    (
        "installs before one that needs another update",
        &[InstallsJoined],
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && apt-get install -y ca-certificates\nRUN apt-get update && apt-get install -y b\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a ca-certificates\nRUN apt-get update && apt-get install -y b\n",
    ),
    (
        "yes for aptitude",
        &[AssumeYes],
        "FROM debian:12\nRUN aptitude install a\n",
        "FROM debian:12\nRUN aptitude install -y a\n",
    ),
    (
        "yes",
        &[AssumeYes],
        "FROM debian:12\nRUN apt-get install a\n",
        "FROM debian:12\nRUN apt-get install -y a\n",
    ),
    (
        "yes for dnf",
        &[AssumeYes],
        "FROM fedora:40\nRUN dnf install a\n",
        "FROM fedora:40\nRUN dnf install -y a\n",
    ),
    (
        "apt-get for apt",
        &[AptIsAptGet],
        "FROM debian:12\nRUN apt update && apt install -y a\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a\n",
    ),
    (
        "apk",
        &[PackageCacheRemoved],
        "FROM alpine:3\nRUN apk add a b\n",
        "FROM alpine:3\nRUN apk add --no-cache a b\n",
    ),
    (
        "apk in a list",
        &[PackageCacheRemoved],
        "FROM alpine:3\nRUN apk update; apk add b; c\n",
        "FROM alpine:3\nRUN apk update; apk add --no-cache b; c\n",
    ),
    (
        "apk in a branch",
        &[PackageCacheRemoved],
        "FROM alpine:3\nRUN if a; then apk add b; fi\n",
        "FROM alpine:3\nRUN if a; then apk add --no-cache b; fi\n",
    ),
    (
        "apk update",
        &[PackageCacheRemoved],
        "FROM alpine:3\nRUN apk update && apk add x\n",
        "FROM alpine:3\nRUN apk add --no-cache x\n",
    ),
    (
        "pip",
        &[PackageCacheRemoved],
        "FROM python:3.12\nRUN pip install -r r.txt\n",
        "FROM python:3.12\nRUN pip install --no-cache-dir -r r.txt\n",
    ),
    (
        "python -m pip",
        &[PackageCacheRemoved],
        "FROM python:3.12\nRUN python -m pip install $X\n",
        "FROM python:3.12\nRUN python -m pip install --no-cache-dir $X\n",
    ),
    (
        "npm",
        &[PackageCacheRemoved],
        "FROM node:20\nRUN npm ci\n",
        "FROM node:20\nRUN npm ci && npm cache clean --force\n",
    ),
    (
        "yarn",
        &[PackageCacheRemoved],
        "FROM node:20\nWORKDIR /app\nCOPY package.json yarn.lock ./\nRUN yarn install --frozen-lockfile\nCOPY . .\n",
        "FROM node:20\nWORKDIR /app\nCOPY package.json yarn.lock ./\nRUN yarn install --frozen-lockfile && yarn cache clean\nCOPY . .\n",
    ),
    (
        "dnf",
        &[PackageCacheRemoved],
        "FROM fedora:40\nRUN dnf install -y x\n",
        "FROM fedora:40\nRUN dnf install -y x && dnf clean all && rm -rf /var/cache/dnf\n",
    ),
    (
        "yum",
        &[PackageCacheRemoved],
        "FROM centos:7\nRUN yum install -y x\n",
        "FROM centos:7\nRUN yum install -y x && yum clean all && rm -rf /var/cache/yum\n",
    ),
    (
        "microdnf",
        &[PackageCacheRemoved],
        "FROM example/ubi\nRUN microdnf install x\n",
        "FROM example/ubi\nRUN microdnf install x && microdnf clean all\n",
    ),
    (
        "zypper",
        &[PackageCacheRemoved],
        "FROM opensuse/leap:15.6\nRUN zypper -n install x\n",
        "FROM opensuse/leap:15.6\nRUN zypper -n install x && zypper clean -a\n",
    ),
    (
        "installs joined",
        &[InstallsJoined, LayersMerged],
        "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y a\nRUN apt-get install -y b=1.2-3\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a b=1.2-3\n",
    ),
    (
        "installs with updates joined",
        &[InstallsJoined, LayersMerged],
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN apt-get update && apt-get install -y b && rm -rf /var/lib/apt/lists/*\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a b && rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "installs of apk joined",
        &[InstallsJoined, LayersMerged],
        "FROM alpine:3\nRUN apk add --no-cache a\nRUN apk add --no-cache b\n",
        "FROM alpine:3\nRUN apk add --no-cache a b\n",
    ),
    (
        "everything for apt",
        &[AptListsRemoved, InstallsJoined, AssumeYes, LayersMerged],
        "FROM debian:12\nRUN apt-get update\nRUN apt-get install a\nRUN apt-get install b\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a b && rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "lists that were removed too late",
        &[AptListsRemoved],
        "FROM debian:12\nRUN apt-get update && apt-get install -y a\nRUN rm -rf /var/lib/apt/lists/*\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "lists after a failure that is ignored",
        &[AptListsRemoved],
        "FROM debian:12\nRUN apt-get update; touch b\n",
        "FROM debian:12\nRUN apt-get update; touch b && rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "apt in a condition",
        &[AptIsAptGet],
        "FROM debian:12\nRUN if /usr/bin/apt remove b || yes | apt purge c; then d; fi\n",
        "FROM debian:12\nRUN if /usr/bin/apt-get remove b || yes | apt-get purge c; then d; fi\n",
    ),
    (
        "aptitude",
        &[AssumeYes],
        "FROM debian:12\nRUN aptitude --quiet remove c\n",
        "FROM debian:12\nRUN aptitude --quiet remove -y c\n",
    ),
    (
        "installs of another loudness",
        &[InstallsJoined, LayersMerged],
        "FROM debian:12\nRUN apt-get -qq install b\nRUN apt-get install --yes -q c\n",
        "FROM debian:12\nRUN apt-get -qq install b c\n",
    ),
    (
        "an update before something unknown",
        &[LayersMerged],
        "FROM example/base\nRUN apt-get update\nRUN apt-get install -y b && ./c\n",
        "FROM example/base\nRUN apt-get update \\\n && apt-get install -y b && ./c\n",
    ),
    (
        "assignments before installs",
        &[LayersMerged],
        "FROM example/base\nRUN apt-get install -y b\nRUN DEBIAN_FRONTEND=noninteractive apt-get install -y c\n",
        "FROM example/base\nRUN apt-get install -y b \\\n && DEBIAN_FRONTEND=noninteractive apt-get install -y c\n",
    ),
    (
        "a placeholder for an image",
        &[],
        "FROM BASEIMAGE AS Base\nRUN a  b\n",
        "FROM BASEIMAGE AS base\nRUN a b\n",
    ),
    // Directories (C.4).
    (
        "mkdir before WORKDIR",
        &[WorkdirCreates],
        "FROM debian:12\nRUN mkdir -p /app\nWORKDIR /app\nCOPY . .\n",
        "FROM debian:12\nWORKDIR /app\nCOPY . .\n",
    ),
    (
        "mkdir before a copy elsewhere and WORKDIR",
        &[WorkdirCreates],
        "FROM debian:12\nRUN mkdir /app\nCOPY x /etc/x\nWORKDIR /app\nRUN x\n",
        "FROM debian:12\nCOPY x /etc/x\nWORKDIR /app\nRUN x\n",
    ),
    (
        "mkdir and cd",
        &[WorkdirCreates],
        "FROM node:20-slim\nRUN mkdir -p /app && cd /app && npm init -y\nWORKDIR /app\nCOPY . .\n",
        "FROM node:20-slim\nWORKDIR /app\nRUN npm init -y\nCOPY . .\n",
    ),
    (
        "cd before another WORKDIR",
        &[WorkdirCreates],
        "FROM debian:12\nRUN cd /src && make\nWORKDIR /out\n",
        "FROM debian:12\nWORKDIR /src\nRUN make\nWORKDIR /out\n",
    ),
    (
        "WORKDIR twice",
        &[WorkdirCreates],
        "FROM debian:12\nWORKDIR /app\nCOPY a .\nWORKDIR /app\n",
        "FROM debian:12\nWORKDIR /app\nCOPY a .\n",
    ),
    (
        "WORKDIR on a known base",
        &[],
        "FROM node:20\nWORKDIR app\n",
        "FROM node:20\nWORKDIR /app\n",
    ),
    // Copies (C.6).
    (
        "the whole context",
        &[AddIsCopy],
        "FROM debian:12\nADD . /x\n",
        "FROM debian:12\nCOPY . /x\n",
    ),
    (
        "files that are no archives by name",
        &[AddIsCopy],
        "FROM debian:12\nADD a.txt run.sh conf/*.conf /x/\n",
        "FROM debian:12\nCOPY a.txt run.sh conf/*.conf /x/\n",
    ),
    (
        "an archive that isn't unpacked",
        &[],
        "FROM debian:12\nADD --unpack=false x.tgz /x/\n",
        "FROM debian:12\nCOPY x.tgz /x/\n",
    ),
    (
        "owner",
        &[OwnerAtCopy],
        "FROM debian:12\nRUN useradd --uid 1000 app\nCOPY site /srv/site\nRUN chown -R app:app /srv/site\n",
        "FROM debian:12\nRUN useradd --uid 1000 app\nCOPY --chown=app:app site /srv/site\n",
    ),
    (
        "owner without a group",
        &[OwnerAtCopy],
        "FROM debian:12\nCOPY site /app\nRUN chown -R 1000 /app\n",
        "FROM debian:12\nCOPY --chown=1000:0 site /app\n",
    ),
    (
        "owner of a heredoc",
        &[OwnerAtCopy],
        "FROM debian:12\nCOPY <<E /usr/local/bin/x\na\nE\nRUN chmod 755 /usr/local/bin/x\n",
        "FROM debian:12\nCOPY --chmod=755 <<E /usr/local/bin/x\na\nE\n",
    ),
    (
        "an update for nobody",
        &[AptListsRemoved],
        "FROM debian:12\nRUN apt-get update\nRUN make\nRUN apt-get update && apt-get install -y a\n",
        "FROM debian:12\nRUN make\nRUN apt-get update && apt-get install -y a\n",
    ),
    // Configuration (C.5, C.7).
    (
        "author",
        &[AuthorToLabel],
        "FROM debian:12\nMAINTAINER A <a@example.org>\n",
        "FROM debian:12\nLABEL org.opencontainers.image.authors=\"A <a@example.org>\"\n",
    ),
    (
        "command",
        &[ExecForm],
        "FROM debian:12\nCMD node a.js\n",
        "FROM debian:12\nCMD [\"node\", \"a.js\"]\n",
    ),
    (
        "command with a transparent entrypoint",
        &[ExecForm],
        "FROM node:20\nCMD node 'a b.js'\n",
        "FROM node:20\nCMD [\"node\", \"a b.js\"]\n",
    ),
    (
        "entrypoint",
        &[ExecForm],
        "FROM eclipse-temurin:17-jre\nENTRYPOINT java -XX:+X -Da=file:/dev/./urandom -jar /s.jar\n",
        "FROM eclipse-temurin:17-jre\nENTRYPOINT [\"java\", \"-XX:+X\", \"-Da=file:/dev/./urandom\", \"-jar\", \"/s.jar\"]\n",
    ),
    (
        "health check",
        &[ExecForm],
        "FROM debian:12\nHEALTHCHECK --interval=5s CMD curl -f http://localhost/\n",
        "FROM debian:12\nHEALTHCHECK --interval=5s CMD [\"curl\", \"-f\", \"http://localhost/\"]\n",
    ),
    // What a user should see.
    (
        "apt in pieces",
        &[AptListsRemoved, InstallsJoined, LayersMerged],
        "FROM debian:12-slim\n\nRUN apt-get update\nRUN apt-get install -y curl=7.88.1-10+deb12u8\nRUN apt-get install -y socat\n",
        "FROM debian:12-slim\n\nRUN apt-get update \\\n && apt-get install -y curl=7.88.1-10+deb12u8 socat \\\n && rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "comments travel",
        &[AptListsRemoved, InstallsJoined, LayersMerged],
        "FROM debian:12\n# tools\nRUN apt-get update && apt-get install -y \\\n    # for gyp\n    python3 \\\n    make\n# for health\nRUN apt-get install -y curl\nUSER nobody\n",
        "FROM debian:12\n# tools\nRUN apt-get update && apt-get install -y \\\n    # for gyp\n    python3 \\\n    make \\\n    # for health\n    curl \\\n && rm -rf /var/lib/apt/lists/*\nUSER nobody\n",
    ),
    (
        "a Python application",
        &[PackageCacheRemoved, ExecForm, AuthorToLabel, AddIsCopy],
        "FROM python:3.12\nMAINTAINER Web Team <web@example.org>\nADD . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\nCMD python main.py\n",
        "FROM python:3.12\nLABEL org.opencontainers.image.authors=\"Web Team <web@example.org>\"\nCOPY . /app\nWORKDIR /app\nRUN pip install --no-cache-dir -r requirements.txt\nCMD [\"python\", \"main.py\"]\n",
    ),
];

#[test]
fn equal_builds_are_accepted() {
    for (name, laws, before, after) in CASES {
        let found = verdict(before, after, &Facts::default());
        let mut laws = laws.to_vec();
        laws.sort();
        assert_eq!(found, Verdict::Equivalent(laws), "{name}");
    }
}

/// Every file builds the same as itself.
#[test]
fn the_proof_is_reflexive() {
    for (name, _, before, after) in CASES {
        for text in [before, after] {
            let found = verdict(text, text, &Facts::default());
            assert_eq!(found, Verdict::Equivalent(Vec::new()), "{name}: {text}");
        }
    }
}

/// Two files that are equal without laws are so in both directions.
#[test]
fn equality_without_laws_is_symmetric() {
    for (name, laws, before, after) in CASES {
        // A name can be given to a stage, but not taken from it.
        if laws.is_empty() && *name != "index or name" {
            let found = verdict(after, before, &Facts::default());
            assert_eq!(found, Verdict::Equivalent(Vec::new()), "{name}");
        }
    }
}

#[test]
fn the_context_decides_about_add() {
    let facts = context(&[
        ("app", ContextKind::Directory),
        ("tool", ContextKind::File),
        ("data", ContextKind::Archive),
    ]);
    for (source, expected) in [
        ("app", true),
        ("tool", true),
        ("data", false),
        ("none", false),
    ] {
        let text = |keyword: &str| format!("FROM debian:12\n{keyword} {source} /x/\n");
        let found = verdict(&text("ADD"), &text("COPY"), &facts);
        assert_eq!(
            found == Verdict::Equivalent(vec![AddIsCopy]),
            expected,
            "{source}: {found:?}"
        );
    }
}

#[test]
fn the_mode_of_a_file_that_the_context_has() {
    let facts = context(&[("run.sh", ContextKind::File)]);
    let before =
        "FROM debian:12\nCOPY run.sh /usr/local/bin/\nRUN chmod +x /usr/local/bin/run.sh\n";
    let after = "FROM debian:12\nCOPY --chmod=+x run.sh /usr/local/bin/\n";
    assert_eq!(
        verdict(before, after, &facts),
        Verdict::Equivalent(vec![OwnerAtCopy])
    );
    assert!(matches!(
        verdict(before, after, &Facts::default()),
        Verdict::Different(_)
    ));
}

#[test]
fn a_script_that_the_kernel_starts() {
    let facts = context(&[
        ("run.sh", ContextKind::Program),
        ("bare.sh", ContextKind::File),
    ]);
    for (lines, program, expected) in [
        ("COPY run.sh /", "/run.sh", true),
        ("COPY . /app\nWORKDIR /app", "./run.sh", true),
        ("COPY run.sh /\nRUN chmod 755 /run.sh", "/run.sh", true),
        ("COPY bare.sh /", "/bare.sh", false),
        ("COPY run.sh /\nRUN ./configure", "/run.sh", false),
        (
            "COPY run.sh /\nRUN { chmod 755 /a; } > /run.sh",
            "/run.sh",
            false,
        ),
        ("COPY run.sh /\nRUN cat /a >> run.sh", "/run.sh", false),
        ("COPY run.sh /\nCOPY bare.sh /run.sh", "/run.sh", false),
        ("COPY run.sh /\nCOPY --from=busybox / /", "/run.sh", false),
        ("COPY r*.sh /", "/run.sh", false),
        ("COPY --exclude=run.sh . /", "/run.sh", false),
        ("RUN true", "/run.sh", false),
    ] {
        let before = format!("FROM debian:12\n{lines}\nCMD {program} -d\n");
        let after = format!("FROM debian:12\n{lines}\nCMD [\"{program}\", \"-d\"]\n");
        let found = verdict(&before, &after, &facts);
        let accepted = found == Verdict::Equivalent(vec![ExecForm]);
        assert_eq!(accepted, expected, "{lines}: {found:?}");
    }
}
