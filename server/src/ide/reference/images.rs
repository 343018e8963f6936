//! Tags to offer for the image families that people start from, and what the families are.
//!
//! Which families there are is known to `dfix_transforms::images`. Tags come and go; these are shapes that stay, newest
//! first, for a person to adapt.

/// A family to offer.
#[derive(Debug)]
pub(crate) struct Offer {
    pub name: &'static str,
    pub summary: &'static str,
    pub tags: &'static [&'static str],
}

/// The families, those that people use most first.
pub(crate) static ALL: &[Offer] = &[
    Offer {
        name: "alpine",
        summary: "a small distribution (musl, busybox)",
        tags: &["3.22", "3.21", "3.20", "3", "edge", "latest"],
    },
    Offer {
        name: "debian",
        summary: "the Debian distribution",
        tags: &[
            "trixie-slim",
            "trixie",
            "bookworm-slim",
            "bookworm",
            "bullseye-slim",
            "stable-slim",
            "latest",
        ],
    },
    Offer {
        name: "ubuntu",
        summary: "the Ubuntu distribution",
        tags: &["24.04", "22.04", "noble", "jammy", "latest"],
    },
    Offer {
        name: "node",
        summary: "Node.js with npm and yarn",
        tags: &[
            "24-slim",
            "24-alpine",
            "24",
            "22-slim",
            "22-alpine",
            "22",
            "lts-slim",
            "lts-alpine",
            "22-bookworm-slim",
            "latest",
        ],
    },
    Offer {
        name: "python",
        summary: "Python with pip",
        tags: &[
            "3.13-slim",
            "3.13-alpine",
            "3.13",
            "3.12-slim",
            "3.12-alpine",
            "3.12",
            "3.11-slim",
            "3.12-slim-bookworm",
            "3-slim",
            "latest",
        ],
    },
    Offer {
        name: "golang",
        summary: "the Go compiler",
        tags: &[
            "1.25-alpine",
            "1.25",
            "1.24-alpine",
            "1.24",
            "1.24-bookworm",
            "latest",
        ],
    },
    Offer {
        name: "rust",
        summary: "the Rust compiler with cargo",
        tags: &[
            "1-slim",
            "1-alpine",
            "1",
            "1-slim-bookworm",
            "1-bookworm",
            "latest",
        ],
    },
    Offer {
        name: "eclipse-temurin",
        summary: "a Java development kit or runtime",
        tags: &[
            "21-jre-alpine",
            "21-jre",
            "21-jdk-alpine",
            "21-jdk",
            "17-jre",
            "17-jdk",
        ],
    },
    Offer {
        name: "maven",
        summary: "Maven on a Java development kit",
        tags: &[
            "3-eclipse-temurin-21",
            "3-eclipse-temurin-21-alpine",
            "3-eclipse-temurin-17",
            "latest",
        ],
    },
    Offer {
        name: "gradle",
        summary: "Gradle on a Java development kit",
        tags: &["8-jdk21", "8-jdk21-alpine", "8-jdk17", "latest"],
    },
    Offer {
        name: "ruby",
        summary: "Ruby with bundler",
        tags: &["3.4-slim", "3.4-alpine", "3.4", "3.3-slim", "3.3", "latest"],
    },
    Offer {
        name: "php",
        summary: "PHP, for the command line, Apache or FPM",
        tags: &[
            "8.4-fpm",
            "8.4-fpm-alpine",
            "8.4-apache",
            "8.4-cli",
            "8.3-fpm",
            "8.3-apache",
            "latest",
        ],
    },
    Offer {
        name: "composer",
        summary: "Composer for PHP",
        tags: &["2", "latest"],
    },
    Offer {
        name: "nginx",
        summary: "the nginx web server",
        tags: &[
            "1.28-alpine",
            "1.28",
            "stable-alpine",
            "alpine",
            "stable",
            "mainline",
            "latest",
        ],
    },
    Offer {
        name: "httpd",
        summary: "the Apache web server",
        tags: &["2.4-alpine", "2.4", "latest"],
    },
    Offer {
        name: "redis",
        summary: "the Redis database",
        tags: &["8-alpine", "8", "7-alpine", "7", "latest"],
    },
    Offer {
        name: "postgres",
        summary: "the PostgreSQL database",
        tags: &["17-alpine", "17", "16-alpine", "16", "latest"],
    },
    Offer {
        name: "mysql",
        summary: "the MySQL database",
        tags: &["8.4", "8", "lts", "latest"],
    },
    Offer {
        name: "mariadb",
        summary: "the MariaDB database",
        tags: &["11.4", "11", "lts", "latest"],
    },
    Offer {
        name: "mongo",
        summary: "the MongoDB database",
        tags: &["8", "7", "latest"],
    },
    Offer {
        name: "busybox",
        summary: "one program with the common tools",
        tags: &["1.37", "musl", "glibc", "stable", "latest"],
    },
    Offer {
        name: "fedora",
        summary: "the Fedora distribution",
        tags: &["42", "41", "latest"],
    },
    Offer {
        name: "rockylinux",
        summary: "the Rocky Linux distribution",
        tags: &["9", "9-minimal", "8", "8-minimal"],
    },
    Offer {
        name: "almalinux",
        summary: "the AlmaLinux distribution",
        tags: &["9", "9-minimal", "8", "8-minimal", "latest"],
    },
    Offer {
        name: "amazonlinux",
        summary: "the Amazon Linux distribution",
        tags: &["2023", "2", "latest"],
    },
    Offer {
        name: "oraclelinux",
        summary: "the Oracle Linux distribution",
        tags: &["9", "9-slim", "8", "8-slim"],
    },
    Offer {
        name: "opensuse/leap",
        summary: "the openSUSE Leap distribution",
        tags: &["15.6", "15", "latest"],
    },
    Offer {
        name: "opensuse/tumbleweed",
        summary: "the openSUSE rolling distribution",
        tags: &["latest"],
    },
    Offer {
        name: "archlinux",
        summary: "the Arch Linux distribution",
        tags: &["base", "base-devel", "latest"],
    },
    Offer {
        name: "buildpack-deps",
        summary: "Debian or Ubuntu with compilers and common libraries",
        tags: &["bookworm", "bookworm-curl", "bookworm-scm", "noble"],
    },
    Offer {
        name: "gcc",
        summary: "the GNU compilers",
        tags: &["15", "14", "14-bookworm", "latest"],
    },
    Offer {
        name: "swift",
        summary: "the Swift compiler",
        tags: &["6.1", "6.1-slim", "6.0", "latest"],
    },
    Offer {
        name: "elixir",
        summary: "Elixir on Erlang",
        tags: &["1.18-alpine", "1.18-slim", "1.18", "latest"],
    },
    Offer {
        name: "erlang",
        summary: "Erlang/OTP",
        tags: &["27-alpine", "27-slim", "27", "latest"],
    },
    Offer {
        name: "perl",
        summary: "Perl",
        tags: &["5-slim", "5", "latest"],
    },
    Offer {
        name: "haskell",
        summary: "the Haskell compiler",
        tags: &["9-slim", "9", "latest"],
    },
    Offer {
        name: "pypy",
        summary: "PyPy, another Python",
        tags: &["3.11-slim", "3.11", "latest"],
    },
    Offer {
        name: "tomcat",
        summary: "the Tomcat server for Java",
        tags: &["11-jre21-temurin", "10.1-jre21-temurin", "10.1", "latest"],
    },
    Offer {
        name: "docker",
        summary: "Docker itself",
        tags: &["cli", "dind", "28-cli", "latest"],
    },
    Offer {
        name: "memcached",
        summary: "the memcached cache",
        tags: &["1.6-alpine", "1.6", "latest"],
    },
    Offer {
        name: "rabbitmq",
        summary: "the RabbitMQ message broker",
        tags: &["4-management-alpine", "4-alpine", "4", "latest"],
    },
    Offer {
        name: "haproxy",
        summary: "the HAProxy load balancer",
        tags: &["lts-alpine", "lts", "latest"],
    },
    Offer {
        name: "wordpress",
        summary: "WordPress",
        tags: &["php8.3-apache", "php8.3-fpm-alpine", "cli", "latest"],
    },
    Offer {
        name: "nvidia/cuda",
        summary: "CUDA on a distribution",
        tags: &[
            "12.8.1-runtime-ubuntu24.04",
            "12.8.1-devel-ubuntu24.04",
            "12.8.1-base-ubuntu24.04",
        ],
    },
];

/// The tags to offer for a family.
pub(crate) fn offer(name: &str) -> Option<&'static Offer> {
    ALL.iter().find(|offer| offer.name == name)
}
