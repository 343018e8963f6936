//! The types of `RUN --mount` and their keys (`instructions/commands_runmount.go`).

use crate::ide::text::Text;

/// A type of mount.
#[derive(Debug)]
pub(crate) struct MountType {
    pub name: &'static str,
    pub summary: &'static str,
    /// The keys that it takes.
    pub keys: &'static [&'static str],
    pub example: &'static str,
}

/// A key of mounts.
#[derive(Debug)]
pub(crate) struct MountKey {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// Whether it stands without a value.
    pub switch: bool,
    pub summary: &'static str,
    pub values: &'static [&'static str],
}

/// The types.
pub(crate) static TYPES: &[MountType] = &[
    MountType {
        name: "bind",
        summary: "shows files of the build context, a stage or an image to the command, without copying them. Read-only unless `rw`, and what is written is dropped.",
        keys: &["target", "source", "from", "readwrite", "readonly"],
        example: "RUN --mount=type=bind,target=/src make -C /src",
    },
    MountType {
        name: "cache",
        summary: "gives the command a directory that lasts between builds and never becomes part of the image: for the downloads of package managers and compilers.",
        keys: &[
            "target", "id", "sharing", "from", "source", "mode", "uid", "gid", "readonly",
        ],
        example: "RUN --mount=type=cache,target=/var/cache/apt,sharing=locked apt-get update",
    },
    MountType {
        name: "tmpfs",
        summary: "gives the command a directory in memory that is gone afterwards.",
        keys: &["target", "size"],
        example: "RUN --mount=type=tmpfs,target=/tmp make test",
    },
    MountType {
        name: "secret",
        summary: "gives the command a secret of the build, as a file or as a variable. It leaves no trace in the image.",
        keys: &["id", "target", "env", "required", "mode", "uid", "gid"],
        example: "RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci",
    },
    MountType {
        name: "ssh",
        summary: "lets the command use the SSH agent of whoever builds.",
        keys: &["id", "target", "required", "mode", "uid", "gid"],
        example: "RUN --mount=type=ssh git clone git@git.example:team/private.git",
    },
];

/// The keys.
pub(crate) static KEYS: &[MountKey] = &[
    MountKey {
        name: "type",
        aliases: &[],
        switch: false,
        summary: "what is mounted; `bind` unless given.",
        values: &["bind", "cache", "tmpfs", "secret", "ssh"],
    },
    MountKey {
        name: "target",
        aliases: &["dst", "destination"],
        switch: false,
        summary: "where the command finds it; relative to WORKDIR.",
        values: &[],
    },
    MountKey {
        name: "source",
        aliases: &["src"],
        switch: false,
        summary: "the path inside of `from`; its root unless given.",
        values: &[],
    },
    MountKey {
        name: "from",
        aliases: &[],
        switch: false,
        summary: "the stage (by name, not by number) or image whose files are taken. Variables are not expanded here.",
        values: &[],
    },
    MountKey {
        name: "readonly",
        aliases: &["ro"],
        switch: true,
        summary: "the command can't write there.",
        values: &[],
    },
    MountKey {
        name: "readwrite",
        aliases: &["rw"],
        switch: true,
        summary: "the command can write there; of a bind mount what it writes is dropped.",
        values: &[],
    },
    MountKey {
        name: "id",
        aliases: &[],
        switch: false,
        summary: "the name of the secret, agent or cache. A cache is known by its target unless given.",
        values: &[],
    },
    MountKey {
        name: "sharing",
        aliases: &[],
        switch: false,
        summary: "what builds at the same time do: use the cache together (`shared`, the default), wait for each other (`locked`), or get their own (`private`).",
        values: &["shared", "locked", "private"],
    },
    MountKey {
        name: "required",
        aliases: &[],
        switch: true,
        summary: "the build fails when the secret or agent isn't there.",
        values: &[],
    },
    MountKey {
        name: "env",
        aliases: &[],
        switch: false,
        summary: "the variable that holds the secret, in place of a file.",
        values: &[],
    },
    MountKey {
        name: "mode",
        aliases: &[],
        switch: false,
        summary: "the permissions in octal: 0755 for a cache, 0400 for a secret, 0600 for an agent unless given.",
        values: &["0400", "0600", "0755"],
    },
    MountKey {
        name: "uid",
        aliases: &[],
        switch: false,
        summary: "the number of the user that owns it; 0 unless given.",
        values: &[],
    },
    MountKey {
        name: "gid",
        aliases: &[],
        switch: false,
        summary: "the number of the group that owns it; 0 unless given.",
        values: &[],
    },
    MountKey {
        name: "size",
        aliases: &[],
        switch: false,
        summary: "how much memory it may take.",
        values: &[],
    },
];

/// A type by its name, in any letter case.
pub(crate) fn mount_type(name: &str) -> Option<&'static MountType> {
    TYPES
        .iter()
        .find(|entry| entry.name.eq_ignore_ascii_case(name))
}

/// A key by any of its names, in any letter case.
pub(crate) fn key(name: &str) -> Option<&'static MountKey> {
    let same = |known: &str| known.eq_ignore_ascii_case(name);
    KEYS.iter()
        .find(|entry| same(entry.name) || entry.aliases.iter().any(|alias| same(alias)))
}

impl MountType {
    /// Its page.
    pub(crate) fn page(&self) -> Text {
        let mut text = Text::of(format!("**type={}** {}", self.name, self.summary));
        text.code(self.example);
        for entry in self.keys.iter().filter_map(|name| key(name)) {
            text.item(entry.line());
        }
        text
    }
}

impl MountKey {
    /// Its names and what it means, in one line.
    pub(crate) fn line(&self) -> String {
        let mut names = vec![format!("`{}`", self.name)];
        names.extend(self.aliases.iter().map(|alias| format!("`{alias}`")));
        format!("{}: {}", names.join(", "), self.summary)
    }
}
