//! Variables that mean something without being declared.

/// A variable that a builder, or a base image, gives a meaning.
#[derive(Debug)]
pub(crate) struct Known {
    pub name: &'static str,
    pub summary: &'static str,
    pub kind: Kind,
}

/// Where such a variable comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The builder sets it before the first FROM; a stage has to declare it.
    Automatic,
    /// A build argument that needs no declaration and reaches every RUN.
    Proxy,
    /// It changes what the builder does.
    Switch,
    /// The environment of a process; the file may set it.
    Environment,
}

const fn automatic(name: &'static str, summary: &'static str) -> Known {
    Known {
        name,
        summary,
        kind: Kind::Automatic,
    }
}

const fn proxy(name: &'static str, summary: &'static str) -> Known {
    Known {
        name,
        summary,
        kind: Kind::Proxy,
    }
}

const fn switch(name: &'static str, summary: &'static str) -> Known {
    Known {
        name,
        summary,
        kind: Kind::Switch,
    }
}

const fn environment(name: &'static str, summary: &'static str) -> Known {
    Known {
        name,
        summary,
        kind: Kind::Environment,
    }
}

/// All of them.
pub(crate) static ALL: &[Known] = &[
    automatic(
        "TARGETPLATFORM",
        "the platform that is built for, such as `linux/arm64`",
    ),
    automatic(
        "TARGETOS",
        "the operating system that is built for, such as `linux`",
    ),
    automatic(
        "TARGETARCH",
        "the architecture that is built for, such as `amd64` or `arm64`",
    ),
    automatic(
        "TARGETVARIANT",
        "the variant of the architecture that is built for, such as `v7`; mostly empty",
    ),
    automatic(
        "TARGETOSVERSION",
        "the version of the operating system that is built for; mostly empty",
    ),
    automatic(
        "TARGETSTAGE",
        "the stage that is asked for; `default` for the last one",
    ),
    automatic(
        "BUILDPLATFORM",
        "the platform of the machine that builds, such as `linux/amd64`",
    ),
    automatic("BUILDOS", "the operating system of the machine that builds"),
    automatic("BUILDARCH", "the architecture of the machine that builds"),
    automatic(
        "BUILDVARIANT",
        "the variant of the architecture of the machine that builds",
    ),
    automatic(
        "BUILDOSVERSION",
        "the version of the operating system of the machine that builds",
    ),
    proxy("HTTP_PROXY", "the proxy for plain HTTP"),
    proxy("http_proxy", "the proxy for plain HTTP"),
    proxy("HTTPS_PROXY", "the proxy for HTTPS"),
    proxy("https_proxy", "the proxy for HTTPS"),
    proxy("FTP_PROXY", "the proxy for FTP"),
    proxy("ftp_proxy", "the proxy for FTP"),
    proxy("NO_PROXY", "hosts that are reached without a proxy"),
    proxy("no_proxy", "hosts that are reached without a proxy"),
    proxy("ALL_PROXY", "the proxy for everything else"),
    proxy("all_proxy", "the proxy for everything else"),
    switch(
        "SOURCE_DATE_EPOCH",
        "sets the times in the image, in seconds since 1970, for builds that can be repeated",
    ),
    switch(
        "BUILDKIT_SBOM_SCAN_CONTEXT",
        "says whether the list of components covers the build context",
    ),
    switch(
        "BUILDKIT_SBOM_SCAN_STAGE",
        "says whether the list of components covers this stage",
    ),
    switch(
        "BUILDKIT_INLINE_CACHE",
        "says whether the image carries what other builds need to take its layers from a registry",
    ),
    switch(
        "BUILDKIT_MULTI_PLATFORM",
        "says whether the result is an index even for one platform",
    ),
    switch(
        "BUILDKIT_SYNTAX",
        "replaces the frontend of the `# syntax=` line",
    ),
    switch(
        "BUILDKIT_CONTEXT_KEEP_GIT_DIR",
        "keeps `.git` of a context that is a repository",
    ),
    environment("PATH", "where programs are looked up"),
    environment(
        "HOME",
        "the user's home directory; it is set when a process starts, from /etc/passwd",
    ),
    environment(
        "DEBIAN_FRONTEND",
        "how the installers of Debian packages ask questions; `noninteractive` makes them ask none. Set it for a single command: in ENV it stays in the image",
    ),
    environment(
        "PYTHONUNBUFFERED",
        "if not empty, Python writes its output at once",
    ),
    environment(
        "PYTHONDONTWRITEBYTECODE",
        "if not empty, Python writes no `.pyc` files",
    ),
    environment("PIP_NO_CACHE_DIR", "if set, pip keeps no downloads"),
    environment(
        "NODE_ENV",
        "`production` makes npm leave out development dependencies and many libraries run faster",
    ),
    environment(
        "LANG",
        "language and character set of programs, such as `C.UTF-8`",
    ),
    environment("LC_ALL", "as LANG, before all other settings of the kind"),
    environment(
        "TZ",
        "the time zone, such as `Europe/Berlin`; most images need the package `tzdata` for it",
    ),
    environment("GOPATH", "where Go keeps modules and programs"),
    environment(
        "CGO_ENABLED",
        "`0` makes Go build programs that need no C library",
    ),
    environment("JAVA_HOME", "where the Java runtime lies"),
];

/// A variable by its name.
pub(crate) fn known(name: &str) -> Option<&'static Known> {
    ALL.iter().find(|known| known.name == name)
}
