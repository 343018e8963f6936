//! The instructions and their flags, to the newest BuildKit.

use dfix_transforms::model::InstructionKind;

use super::{Flag, Form, Instruction};

const FLAGS: (&str, &str) = (
    "[flags]",
    "Words that start with `--`, before anything else.",
);
const SHELL_COMMAND: (&str, &str) = (
    "<command>",
    "A text for the shell, to the end of the (continued) line. The builder expands nothing in it; the shell does.",
);
const PROGRAM: (&str, &str) = (
    "\"<program>\"",
    "The program, looked up in PATH. No shell runs, so nothing is expanded.",
);
const ARGUMENT: (&str, &str) = (
    "\"<argument>\"...",
    "One argument of the program for each element.",
);

const CHOWN: Flag = Flag {
    name: "chown",
    value: "<user>[:<group>]",
    summary: "sets the owner of what is copied; without it everything from the build context belongs to root, whatever USER says. A number alone stands for the group too.",
    example: "COPY --chown=app:app src/ /app/",
    since: None,
    values: &[],
};
const CHMOD: Flag = Flag {
    name: "chmod",
    value: "<mode>",
    summary: "sets the permissions of everything that is copied, files and folders alike. An octal mode also goes to parents that the copy has to make; a symbolic one such as `u=rwX,go=rX` tells files and folders apart and needs version 1.14.",
    example: "COPY --chmod=755 entrypoint.sh /usr/local/bin/",
    since: Some("1.2"),
    values: &["755", "644", "0755", "0644", "+x", "u=rwX,go=rX"],
};
const LINK: Flag = Flag {
    name: "link",
    value: "",
    summary: "puts the files into a layer of their own that doesn't depend on what stands before it, so a changed base image doesn't make it outdated. Links at the destination are not followed then, and the owner has to be a number or root. Together with `--chmod` it has no effect.",
    example: "COPY --link dist/ /srv/www/",
    since: Some("1.4"),
    values: &[],
};
const EXCLUDE: Flag = Flag {
    name: "exclude",
    value: "<pattern>",
    summary: "leaves out what the pattern matches, with the patterns of .dockerignore, relative to each source. May be repeated; variables are not expanded.",
    example: "COPY --exclude=*.md --exclude=test/ . /app/",
    since: Some("1.19"),
    values: &[],
};

/// Every instruction, in the order in which a person thinks of them.
pub(crate) static ALL: &[Instruction] = &[
    Instruction {
        kind: InstructionKind::From,
        keyword: "FROM",
        summary: "starts a build stage on an image, on an earlier stage, or on nothing (`scratch`). The last stage is what gets built unless another is asked for; stages that it doesn't need are skipped.",
        forms: &[Form {
            text: "FROM [--platform=<platform>] <image>[:<tag>|@<digest>] [AS <name>]",
            parameters: &[
                (
                    "[--platform=<platform>]",
                    "The platform of the image, where it isn't the target's.",
                ),
                (
                    "<image>[:<tag>|@<digest>]",
                    "An image, the name of a stage above, or `scratch`. Only arguments declared before the first FROM are expanded here.",
                ),
                (
                    "[AS <name>]",
                    "A name for the stage: lower-case letters, digits, `-`, `_` and `.`.",
                ),
            ],
        }],
        example: "FROM golang:1.24-alpine AS build",
        notes: &[
            "Only ARG may stand before the first FROM.",
            "A tag may point to another image tomorrow; a digest never does.",
            "The stage inherits user, working directory, shell, variables and ONBUILD triggers of its base.",
        ],
        flags: &[Flag {
            name: "platform",
            value: "<os>/<arch>[/<variant>]",
            summary: "takes the image for this platform in place of the target's. With `$BUILDPLATFORM` the stage runs natively on the builder's machine, which is how cross-compilation stays fast.",
            example: "FROM --platform=$BUILDPLATFORM golang:1.24 AS build",
            since: None,
            values: &[
                "$BUILDPLATFORM",
                "$TARGETPLATFORM",
                "linux/amd64",
                "linux/arm64",
                "linux/arm/v7",
                "linux/386",
                "linux/ppc64le",
                "linux/riscv64",
                "linux/s390x",
                "windows/amd64",
            ],
        }],
    },
    Instruction {
        kind: InstructionKind::Run,
        keyword: "RUN",
        summary: "runs a command in the stage and keeps what it changes in the file system as a layer. Nothing else survives: processes, variables and the current directory of the shell end with it.",
        forms: &[
            Form {
                text: "RUN [flags] <command>",
                parameters: &[FLAGS, SHELL_COMMAND],
            },
            Form {
                text: "RUN [flags] [\"<program>\", \"<argument>\"...]",
                parameters: &[FLAGS, PROGRAM, ARGUMENT],
            },
        ],
        example: "RUN apt-get update && apt-get install -y --no-install-recommends curl \\\n    && rm -rf /var/lib/apt/lists/*",
        notes: &[
            "Shell form: the shell of the last SHELL runs the text, `/bin/sh -c` unless something else was set.",
            "Exec form: the JSON array is run as it is, without a shell; what isn't valid JSON silently counts as shell form.",
            "Heredoc form (frontend 1.4): `RUN <<EOF` takes the following lines as the script. It doesn't stop at a failing command unless it says `set -e`.",
            "A file that a later RUN removes still lies in the earlier layer.",
        ],
        flags: &[
            Flag {
                name: "mount",
                value: "type=<type>,<key>=<value>,...",
                summary: "makes something available while the command runs, without making it part of the image: files of the context or a stage (`bind`), a directory that lasts between builds (`cache`), memory (`tmpfs`), a secret, or the SSH agent. May be repeated; no blanks are allowed between the parts.",
                example: "RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt",
                since: Some("1.2"),
                values: &[],
            },
            Flag {
                name: "network",
                value: "default|none|host",
                summary: "says which network the command sees: the builder's usual one, none at all, or the machine's own, which the builder must have been allowed to give.",
                example: "RUN --network=none make test",
                since: Some("1.3"),
                values: &["default", "none", "host"],
            },
            Flag {
                name: "security",
                value: "sandbox|insecure",
                summary: "with `insecure` runs the command with all privileges, as far as the builder was allowed to give them.",
                example: "RUN --security=insecure ./needs-mount.sh",
                since: Some("1.20"),
                values: &["sandbox", "insecure"],
            },
            Flag {
                name: "device",
                value: "name=<device>[,required]",
                summary: "gives the command a device that the builder offers under a CDI name, such as a graphics card. May be repeated.",
                example: "RUN --device=name=nvidia.com/gpu=all nvidia-smi",
                since: Some("1.14-labs"),
                values: &[],
            },
        ],
    },
    Instruction {
        kind: InstructionKind::Copy,
        keyword: "COPY",
        summary: "copies files and folders from the build context, or from another stage or image, into the image. Of a folder its content is copied, not the folder itself.",
        forms: &[
            Form {
                text: "COPY [flags] <source>... <destination>",
                parameters: &[
                    FLAGS,
                    (
                        "<source>...",
                        "Paths in the build context (or in what `--from` names). `*` and `?` match within one path element.",
                    ),
                    (
                        "<destination>",
                        "A path in the image, relative to WORKDIR. Ends with `/` when it is a folder.",
                    ),
                ],
            },
            Form {
                text: "COPY [flags] [\"<source>\"..., \"<destination>\"]",
                parameters: &[
                    FLAGS,
                    (
                        "\"<source>\"...",
                        "Paths, which may hold blanks in this form.",
                    ),
                    ("\"<destination>\"", "A path in the image."),
                ],
            },
        ],
        example: "COPY package.json package-lock.json ./",
        notes: &[
            "What .dockerignore excludes isn't there.",
            "USER has no effect on the owner: use `--chown`.",
            "`COPY <<EOF /path` (frontend 1.4) writes the following lines to a file.",
            "Unlike ADD it never unpacks archives and never downloads.",
        ],
        flags: &[
            Flag {
                name: "from",
                value: "<stage|number|image>",
                summary: "takes the files from another stage, by name or number, or from an image, in place of the build context. Paths start at the root of that file system, and owners are kept.",
                example: "COPY --from=build /out/app /usr/local/bin/app",
                since: None,
                values: &[],
            },
            CHOWN,
            CHMOD,
            LINK,
            Flag {
                name: "parents",
                value: "",
                summary: "keeps the folders of each source's path below the destination, from the root or from a `/./` in it on. `**` matches folders of any depth.",
                example: "COPY --parents ./packages/*/package.json ./",
                since: Some("1.20"),
                values: &[],
            },
            EXCLUDE,
        ],
    },
    Instruction {
        kind: InstructionKind::Workdir,
        keyword: "WORKDIR",
        summary: "sets the directory in which the following RUN, CMD, ENTRYPOINT, COPY and ADD work, and makes it if it doesn't exist. A relative path counts from the last one.",
        forms: &[Form {
            text: "WORKDIR <path>",
            parameters: &[(
                "<path>",
                "A directory in the image; variables of ENV and ARG are expanded. `~` means nothing here.",
            )],
        }],
        example: "WORKDIR /app",
        notes: &[
            "BuildKit makes the directory for the current USER, the classic builder for root.",
            "Use it in place of `RUN cd ...`, which ends with its RUN.",
        ],
        flags: &[],
    },
    Instruction {
        kind: InstructionKind::Env,
        keyword: "ENV",
        summary: "sets environment variables for the following instructions and for the containers that run the image.",
        forms: &[Form {
            text: "ENV <name>=<value>...",
            parameters: &[(
                "<name>=<value>...",
                "One or more pairs; quote a value that holds blanks.",
            )],
        }],
        example: "ENV NODE_ENV=production PATH=/app/bin:$PATH",
        notes: &[
            "All values of one ENV are expanded with what held before it.",
            "A variable that only the build needs belongs in ARG, or before the command of a RUN.",
            "The old form `ENV name value` sets one variable to the rest of the line.",
            "Everybody who has the image can read it: no secrets.",
        ],
        flags: &[],
    },
    Instruction {
        kind: InstructionKind::Arg,
        keyword: "ARG",
        summary: "declares a variable that the build may be given with `--build-arg`. It holds from here to the end of the stage, during the build only.",
        forms: &[Form {
            text: "ARG <name>[=<default>]...",
            parameters: &[(
                "<name>[=<default>]...",
                "One or more names; the default holds when the build gives no value.",
            )],
        }],
        example: "ARG VERSION=1.0",
        notes: &[
            "Before the first FROM it is for FROM lines only; a stage that needs it repeats `ARG name` without a default.",
            "A stage sees TARGETARCH and its like only after `ARG TARGETARCH`.",
            "Its value is in the environment of every following RUN, so changing it makes their cached results outdated.",
            "The history of the image shows it: no secrets, use `RUN --mount=type=secret`.",
        ],
        flags: &[],
    },
    Instruction {
        kind: InstructionKind::Cmd,
        keyword: "CMD",
        summary: "sets what a container runs by default: a program, or the arguments of ENTRYPOINT if there is one. The last CMD of a stage counts.",
        forms: &[
            Form {
                text: "CMD [\"<program>\", \"<argument>\"...]",
                parameters: &[PROGRAM, ARGUMENT],
            },
            Form {
                text: "CMD <command>",
                parameters: &[SHELL_COMMAND],
            },
        ],
        example: "CMD [\"node\", \"server.js\"]",
        notes: &[
            "Exec form: the program is process 1 and receives the signal of `docker stop`.",
            "Shell form: a shell is process 1, and most shells don't pass signals on.",
            "The arguments of `docker run image ...` replace it.",
        ],
        flags: &[],
    },
    Instruction {
        kind: InstructionKind::Entrypoint,
        keyword: "ENTRYPOINT",
        summary: "sets the program that a container always runs; CMD, or what stands behind the image in `docker run`, becomes its arguments. The last one of a stage counts.",
        forms: &[
            Form {
                text: "ENTRYPOINT [\"<program>\", \"<argument>\"...]",
                parameters: &[PROGRAM, ARGUMENT],
            },
            Form {
                text: "ENTRYPOINT <command>",
                parameters: &[SHELL_COMMAND],
            },
        ],
        example: "ENTRYPOINT [\"/usr/local/bin/app\"]",
        notes: &[
            "Shell form ignores CMD and the arguments of `docker run`, and its shell gets the signals.",
            "It clears a CMD that comes from the base image.",
            "`ENTRYPOINT []` removes an inherited one.",
        ],
        flags: &[],
    },
    Instruction {
        kind: InstructionKind::Expose,
        keyword: "EXPOSE",
        summary: "notes which ports the program listens on. It opens nothing: `docker run -P` publishes these ports, and people read them.",
        forms: &[Form {
            text: "EXPOSE <port>[-<port>][/<protocol>]...",
            parameters: &[(
                "<port>[-<port>][/<protocol>]...",
                "A port or a range; the protocol is `tcp` (the default), `udp` or `sctp`.",
            )],
        }],
        example: "EXPOSE 8080 53/udp",
        notes: &[],
        flags: &[],
    },
    Instruction {
        kind: InstructionKind::User,
        keyword: "USER",
        summary: "sets who runs the following RUN commands and the container.",
        forms: &[Form {
            text: "USER <user>[:<group>]",
            parameters: &[(
                "<user>[:<group>]",
                "A name from the image's /etc/passwd, or a number. With a group, that is the only one.",
            )],
        }],
        example: "USER 1000:1000",
        notes: &[
            "It doesn't change the owner of what COPY and ADD bring: use `--chown`.",
            "A number that has no entry runs with group 0.",
            "Only a number lets an orchestrator see that the container doesn't run as root.",
        ],
        flags: &[],
    },
    Instruction {
        kind: InstructionKind::Add,
        keyword: "ADD",
        summary: "copies as COPY does, and more: it unpacks local tar archives, downloads addresses, and fetches Git repositories. Prefer COPY where none of this is meant.",
        forms: &[
            Form {
                text: "ADD [flags] <source>... <destination>",
                parameters: &[
                    FLAGS,
                    (
                        "<source>...",
                        "Paths in the build context, addresses, or Git repositories.",
                    ),
                    (
                        "<destination>",
                        "A path in the image, relative to WORKDIR. Ends with `/` when it is a folder.",
                    ),
                ],
            },
            Form {
                text: "ADD [flags] [\"<source>\"..., \"<destination>\"]",
                parameters: &[
                    FLAGS,
                    (
                        "\"<source>\"...",
                        "Paths or addresses, which may hold blanks in this form.",
                    ),
                    ("\"<destination>\"", "A path in the image."),
                ],
            },
        ],
        example: "ADD rootfs.tar.xz /",
        notes: &[
            "Whether a local file is unpacked is decided by its content (tar, also with gzip, bzip2, xz or zstd), not by its name.",
            "A download is not unpacked unless `--unpack` says so, and has mode 0600.",
        ],
        flags: &[
            CHOWN,
            CHMOD,
            LINK,
            Flag {
                name: "keep-git-dir",
                value: "",
                summary: "keeps the `.git` folder of a repository that is fetched.",
                example: "ADD --keep-git-dir=true https://git.example/tool.git#v1 /src/",
                since: Some("1.1"),
                values: &["true", "false"],
            },
            Flag {
                name: "checksum",
                value: "sha256:<hash>|<commit>",
                summary: "stops the build when what was fetched isn't what the hash says: `sha256:` for a download, the commit for a Git repository.",
                example: "ADD --checksum=sha256:0123456789ab... https://files.example/x.tar.gz /tmp/",
                since: Some("1.6"),
                values: &["sha256:"],
            },
            Flag {
                name: "unpack",
                value: "",
                summary: "says whether archives are unpacked: `true` also for downloads, `false` not even for local ones.",
                example: "ADD --unpack=true https://files.example/x.tar.gz /opt/",
                since: Some("1.17"),
                values: &["true", "false"],
            },
            EXCLUDE,
        ],
    },
    Instruction {
        kind: InstructionKind::Label,
        keyword: "LABEL",
        summary: "attaches names and values to the image for people and tools; it changes nothing in the file system.",
        forms: &[Form {
            text: "LABEL <name>=<value>...",
            parameters: &[(
                "<name>=<value>...",
                "One or more pairs; quote a value that holds blanks.",
            )],
        }],
        example: "LABEL org.opencontainers.image.source=\"https://git.example/app\"",
        notes: &[
            "Common names are those of the OCI: `org.opencontainers.image.title`, `.version`, `.licenses`, `.source`.",
        ],
        flags: &[],
    },
    Instruction {
        kind: InstructionKind::Healthcheck,
        keyword: "HEALTHCHECK",
        summary: "says how to find out whether the container still works: the command runs now and then, and status 0 means healthy, 1 not.",
        forms: &[
            Form {
                text: "HEALTHCHECK [flags] CMD <command>",
                parameters: &[
                    FLAGS,
                    ("CMD", "Before the command, in shell or exec form."),
                    SHELL_COMMAND,
                ],
            },
            Form {
                text: "HEALTHCHECK NONE",
                parameters: &[("NONE", "Turns an inherited check off.")],
            },
        ],
        example: "HEALTHCHECK --interval=30s --timeout=3s CMD curl -f http://localhost/ || exit 1",
        notes: &[
            "The last one of a stage counts.",
            "Images in the OCI format, which podman makes by default, don't store it; Kubernetes doesn't read it.",
        ],
        flags: &[
            Flag {
                name: "interval",
                value: "<duration>",
                summary: "the time between two checks; 30s unless given.",
                example: "HEALTHCHECK --interval=1m CMD /check",
                since: None,
                values: &["10s", "30s", "1m", "5m"],
            },
            Flag {
                name: "timeout",
                value: "<duration>",
                summary: "how long a check may take before it counts as failed; 30s unless given.",
                example: "HEALTHCHECK --timeout=3s CMD /check",
                since: None,
                values: &["1s", "3s", "5s", "10s"],
            },
            Flag {
                name: "start-period",
                value: "<duration>",
                summary: "the time after the start in which failed checks don't count; 0s unless given.",
                example: "HEALTHCHECK --start-period=20s CMD /check",
                since: None,
                values: &["5s", "10s", "30s", "1m"],
            },
            Flag {
                name: "start-interval",
                value: "<duration>",
                summary: "the time between two checks during the start period; 5s unless given. Needs Docker Engine 25.",
                example: "HEALTHCHECK --start-period=30s --start-interval=1s CMD /check",
                since: Some("1.6"),
                values: &["1s", "2s", "5s"],
            },
            Flag {
                name: "retries",
                value: "<number>",
                summary: "how many checks in a row must fail before the container counts as unhealthy; 3 unless given.",
                example: "HEALTHCHECK --retries=5 CMD /check",
                since: None,
                values: &["1", "3", "5"],
            },
        ],
    },
    Instruction {
        kind: InstructionKind::Volume,
        keyword: "VOLUME",
        summary: "notes directories whose data doesn't belong to the container: each container gets a new volume there unless it is started with one.",
        forms: &[
            Form {
                text: "VOLUME <path>...",
                parameters: &[("<path>...", "One or more directories in the image.")],
            },
            Form {
                text: "VOLUME [\"<path>\"...]",
                parameters: &[(
                    "\"<path>\"...",
                    "One or more directories, which may hold blanks in this form.",
                )],
            },
        ],
        example: "VOLUME /var/lib/postgresql/data",
        notes: &[
            "An image that is built on this one can't remove it.",
            "The classic builder drops what later RUN instructions change below the path; BuildKit keeps it.",
        ],
        flags: &[],
    },
    Instruction {
        kind: InstructionKind::Shell,
        keyword: "SHELL",
        summary: "sets the shell that runs the shell form of the following RUN, CMD, ENTRYPOINT and HEALTHCHECK instructions.",
        forms: &[Form {
            text: "SHELL [\"<program>\", \"<argument>\"...]",
            parameters: &[
                (
                    "\"<program>\"",
                    "The shell. Always written as a JSON array.",
                ),
                (
                    "\"<argument>\"...",
                    "Its arguments; the last one, mostly `-c`, makes it take the text that follows.",
                ),
            ],
        }],
        example: "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]",
        notes: &[
            "Images that are built on this one inherit it.",
            "Images in the OCI format don't store it.",
        ],
        flags: &[],
    },
    Instruction {
        kind: InstructionKind::Stopsignal,
        keyword: "STOPSIGNAL",
        summary: "sets the signal that asks the container to stop; SIGTERM unless given. After a grace period it is killed.",
        forms: &[Form {
            text: "STOPSIGNAL <signal>",
            parameters: &[("<signal>", "A name such as `SIGQUIT`, or a number.")],
        }],
        example: "STOPSIGNAL SIGQUIT",
        notes: &[],
        flags: &[],
    },
    Instruction {
        kind: InstructionKind::Onbuild,
        keyword: "ONBUILD",
        summary: "keeps an instruction for later: it runs in builds that start from this image, right behind their FROM.",
        forms: &[Form {
            text: "ONBUILD <instruction>",
            parameters: &[(
                "<instruction>",
                "Any instruction but FROM, MAINTAINER and ONBUILD.",
            )],
        }],
        example: "ONBUILD COPY . /app",
        notes: &[
            "It sees the context, arguments and stages of that other build, and isn't inherited further.",
            "Images in the OCI format don't store it.",
        ],
        flags: &[],
    },
    Instruction {
        kind: InstructionKind::Maintainer,
        keyword: "MAINTAINER",
        summary: "is deprecated: it names the author of the image. Use a label.",
        forms: &[Form {
            text: "MAINTAINER <name>",
            parameters: &[("<name>", "The author, to the end of the line.")],
        }],
        example: "LABEL org.opencontainers.image.authors=\"ops@example.org\"",
        notes: &[],
        flags: &[],
    },
];
