//! Package managers of distributions.

use super::super::process::Leaves;
use super::super::spec::Operands::{None, Packages, Paths, Text};
use super::super::spec::{Program, Style, program, sub};

const APT_GET: &str = "-y|--yes|--assume-yes -q|--quiet=? --no-install-recommends --install-recommends \
    --no-install-suggests --install-suggests -f|--fix-broken -m|--ignore-missing|--fix-missing -d|--download-only \
    -s|--simulate|--just-print|--dry-run|--recon|--no-act -t|--target-release|--default-release= -o|--option= \
    -c|--config-file= --allow-unauthenticated --allow-downgrades --allow-remove-essential \
    --allow-change-held-packages --allow-insecure-repositories --allow-releaseinfo-change --force-yes --no-upgrade \
    --only-upgrade --reinstall --purge --auto-remove|--autoremove --no-remove --trivial-only --print-uris \
    -V|--verbose-versions -u|--show-upgraded -b|--compile|--build --arch-only --indep-only --no-download \
    --ignore-hold --assume-no --with-new-pkgs --no-list-cleanup --list-cleanup -P|--build-profiles= \
    -a|--host-architecture= --diff-only --dsc-only --tar-only --only-source --with-source= --no-show-upgraded \
    --no-allow-insecure-repositories --no-auto-remove --color --no-color --show-progress --solver= \
    --error-on= --snapshot=";

const APT_SUBS: &[super::super::spec::Sub] = &[
    sub("update", "", None),
    sub("install", "", Packages),
    sub("reinstall", "", Packages),
    sub("remove", "", Packages),
    sub("purge", "", Packages),
    sub("autoremove|auto-remove|autopurge", "", Packages),
    sub("upgrade", "", Packages),
    sub("dist-upgrade|full-upgrade", "", Packages),
    sub("build-dep", "", Packages),
    sub("satisfy", "", Text),
    sub("source", "", Packages),
    sub("download", "", Packages),
    sub("changelog", "", Packages),
    sub("clean|distclean", "", None),
    sub("autoclean|auto-clean", "", None),
    sub("check", "", None),
    sub("dselect-upgrade", "", None),
    sub("indextargets", "--format=", Text),
    sub("markauto", "", Packages),
    sub(
        "list",
        "--installed --upgradable --manual-installed -a|--all-versions -v|--verbose",
        Packages,
    ),
    sub("search", "-n|--names-only -f|--full", Text),
    sub("show", "-a|--all-versions", Packages),
    sub("policy", "", Packages),
    sub("edit-sources", "", Text),
    sub("moo", "", Text),
];

const APK: &str = "-q|--quiet -v|--verbose -U|--update-cache|--update --no-cache -X|--repository= -p|--root= \
    --allow-untrusted -f|--force --force-overwrite --force-old-apk --force-refresh --force-non-repository \
    --force-broken-world --force-missing-repositories --no-progress --progress --no-network --no-logfile \
    --purge -t|--virtual= -u|--upgrade --repositories-file= --cache-dir= --cache-max-age= --keys-dir= --arch= --wait= --timeout= \
    --print-arch -i|--interactive --no-interactive --preserve-env --no-check-certificate";

const DNF: &str = "-y|--assumeyes -q|--quiet -v|--verbose -b|--best --nobest -C|--cacheonly --refresh \
    --nogpgcheck|--no-gpgchecks --skip-broken --allowerasing --setopt= --enablerepo|--enable-repo= \
    --disablerepo|--disable-repo= --repo|--repoid= --repofrompath= --releasever= --installroot= \
    -x|--exclude|--excludepkgs= --disableexcludes= --disableexcludepkgs= -c|--config= --nodocs|--no-docs \
    --noplugins --disableplugin= --enableplugin= -d|--debuglevel= -e|--errorlevel= --rpmverbosity= --forcearch= \
    --assumeno --downloadonly --downloaddir|--destdir= --noautoremove --color= -4 -6 --security --bugfix \
    --advisory|--advisories= --skip-unavailable --no-best --use-host-config -R|--randomwait= -t|--tolerant \
    --obsoletes --install_weak_deps= --allow-downgrade --no-allow-downgrade -t --installroot= --tsflags= \
    --showduplicates --disable-fastestmirror";

const DNF_SUBS: &[super::super::spec::Sub] = &[
    sub(
        "install|localinstall|in|install-n|install-na|install-nevra",
        "",
        Packages,
    ),
    sub("reinstall|rei", "", Packages),
    sub(
        "remove|erase|rm|remove-n|remove-na|remove-nevra",
        "--duplicates --oldinstallonly",
        Packages,
    ),
    sub("autoremove", "", Packages),
    sub(
        "update|upgrade|up|update-to|upgrade-to|localupdate",
        "",
        Packages,
    ),
    sub("upgrade-minimal|update-minimal", "", Packages),
    sub(
        "distro-sync|distrosync|dsync|distribution-synchronization",
        "",
        Packages,
    ),
    sub("downgrade|dg", "", Packages),
    sub(
        "groupinstall|group install|groups install|group-install",
        "--with-optional",
        Packages,
    ),
    sub("groupremove|group remove|groups remove", "", Packages),
    sub("groupupdate|group update|group upgrade", "", Packages),
    sub("grouplist|group list|group info|group summary", "", Text),
    sub("clean", "", Text),
    sub("makecache", "--timer", Text),
    sub(
        "check-update|check-upgrade|check-updates",
        "--changelogs",
        Packages,
    ),
    sub(
        "list",
        "--installed --available --all --upgrades --extras --recent",
        Packages,
    ),
    sub("info", "", Packages),
    sub("search|se", "--all", Text),
    sub("provides|whatprovides", "", Text),
    sub("repolist|repoinfo", "--all --enabled --disabled", Text),
    sub("repoquery|rq", "", Text),
    sub(
        "download",
        "--resolve --alldeps --source --url --arch= --archlist=",
        Packages,
    ),
    sub("builddep|build-dep", "--spec --srpm -D|--define=", Packages),
    sub(
        "config-manager",
        "--add-repo= --set-enabled|--enable --set-disabled|--disable --save --dump",
        Text,
    ),
    sub("module enable", "", Packages),
    sub("module disable", "", Packages),
    sub("module install", "", Packages),
    sub("module reset", "", Packages),
    sub("module list|module info", "", Text),
    sub("module switch-to", "", Packages),
    sub("module remove", "", Packages),
    sub("swap", "", Packages),
    sub("mark", "", Text),
    sub("copr|copr enable|copr disable", "", Text),
    sub("history", "", Text),
    sub("check", "", Text),
    sub("versionlock", "", Text),
    sub("needs-restarting", "", Text),
];

const ZYPPER: &str = "-n|--non-interactive -q|--quiet -v|--verbose --no-gpg-checks --gpg-auto-import-keys \
    --no-refresh --no-cd --no-remote -R|--root= --installroot= -C|--cache-dir= --releasever= -t|--type= -x|--xmlout \
    --non-interactive-include-reboot-patches --ignore-unknown -i|--ignore --plus-repo= --plus-content= \
    --disable-repositories --disable-system-resolvables --no-color --color --pkg-cache-dir= --raw-cache-dir= \
    -A|--no-abbrev -s|--table-style= --reposd-dir= -c|--config= -D";

const ZYPPER_INSTALL: &str = "-y|--no-confirm -l|--auto-agree-with-licenses|--agree-to-third-party-licenses \
    --no-recommends --recommends -f|--force --force-resolution --no-force-resolution --oldpackage --replacefiles \
    --capability --from= -r|--repo= -n|--name --allow-unsigned-rpm --allow-downgrade --allow-vendor-change \
    --allow-name-change --allow-arch-change -d|--download-only --download= -D|--dry-run --details --best-effort \
    --no-best-effort -u|--clean-deps -U|--no-clean-deps --solver-focus= --with-interactive --skip-interactive \
    --no-allow-vendor-change --debug-solver";

pub(super) static PROGRAMS: &[Program] = &[
    program("apt-get", APT_GET)
        .style(Style::Apt)
        .operands(Packages)
        .subs(APT_SUBS),
    program("apt", APT_GET)
        .style(Style::Apt)
        .operands(Packages)
        .subs(APT_SUBS),
    program(
        "aptitude",
        "-y|--assume-yes -q|--quiet=? -R|--without-recommends -r|--with-recommends -d|--download-only -f -s|--simulate \
         -t|--target-release|--default-release= -o= -P|--prompt -V|--show-versions -v|--verbose -D|--show-deps \
         --purge-unused --allow-untrusted -F|--display-format= -w|--width= --disable-columns --no-gui --full-resolver",
    )
    .style(Style::Apt)
    .operands(Packages)
    .subs(APT_SUBS),
    program(
        "apt-cache",
        "-q|--quiet=? -n|--names-only -f|--full -a|--all-versions -i|--important --installed --recurse --no-all-versions \
         -o= -c= -g|--generate --no-generate -p= -s= --no-recommends --no-suggests --no-conflicts --no-breaks \
         --no-replaces --no-enhances",
    )
    .style(Style::Apt)
    .subs(&[
        sub("show", "", Packages),
        sub("showpkg", "", Packages),
        sub("showsrc", "", Packages),
        sub("search", "", Text),
        sub("policy", "", Packages),
        sub("madison", "", Packages),
        sub("depends", "", Packages),
        sub("rdepends", "", Packages),
        sub("pkgnames", "", Text),
        sub("dump", "", None),
        sub("dumpavail", "", None),
        sub("stats", "", None),
        sub("unmet", "", Packages),
        sub("gencaches", "", None),
    ]),
    program("apt-file", "-y -v|--verbose -l|--package-only -F|--fixed-string -x|--regexp -a|--architecture=").subs(&[
        sub("update", "", None),
        sub("search|find", "", Text),
        sub("list|show", "", Packages),
        sub("purge", "", None),
    ]),
    program("apt-config", "-o= -c=").style(Style::Apt).subs(&[
        sub("dump", "", Text),
        sub("shell", "", Text),
    ]),
    program("apt-mark", "-q|--quiet -y|--yes -s|--simulate -o= -f|--file=").style(Style::Apt).subs(&[
        sub("hold", "", Packages),
        sub("unhold", "", Packages),
        sub("auto", "", Packages),
        sub("manual", "", Packages),
        sub("minimize-manual", "", None),
        sub("showauto", "", Packages),
        sub("showmanual", "", Packages),
        sub("showhold", "", Packages),
    ]),
    // It runs gpg, which may start its agent and dirmngr.
    program("apt-key", "--keyring= --quiet -q")
        .leaves(Leaves::Yes)
                .subs(&[
            sub("add", "", Paths),
            sub("adv", "--keyserver= --recv-keys|--recv-key|--recv --keyserver-options= --fetch-keys --refresh-keys --no-tty --batch", Text),
            sub("del", "", Text),
            sub("list|finger|fingerprint", "", Text),
            sub("export|exportall", "", Text),
            sub("update|net-update", "", None),
        ]),
    program(
        "add-apt-repository|apt-add-repository",
        "-y|--yes -n|--no-update -u|--update -r|--remove -s|--enable-source -m|--massive-debug -c|--component= -k|--keyserver= \
         -d|--debug -L|--login -l|--list -p|--pocket= -S|--sourceslist= -P|--ppa= -C|--cloud= -U|--uri= --dry-run",
    )
    .leaves(Leaves::Maybe),
    program(
        "dpkg",
        "-i|--install -r|--remove -P|--purge -l|--list -L|--listfiles -s|--status -S|--search -x|--extract -X|--vextract \
         -e|--control -c|--contents -I|--info --configure --unpack -a|--pending -R|--recursive --print-architecture \
         --print-foreign-architectures --add-architecture= --remove-architecture= --force-all --force-depends \
         --force-confnew --force-confold --force-confdef --force-confmiss --force-overwrite --force-architecture \
         --force-bad-version --force-remove-reinstreq --force-unsafe-io --force-not-root --force-* --no-force-* --refuse-* --ignore-depends= \
         --get-selections --set-selections --compare-versions --clear-selections -C|--audit -V|--verify -G -E -B \
         --root= --instdir= --admindir= --path-exclude= --path-include= --no-triggers --no-pager --version --no-act --dry-run --log=",
    )
    .operands(Packages),
    program("dpkg-query", "-W|--show -f|--showformat= -l|--list -L|--listfiles -s|--status -S|--search -c|--control-path --no-pager").operands(Packages),
    program("dpkg-reconfigure", "-f|--frontend= -p|--priority= -a|--all -u|--unseen-only --default-priority --force --terse").operands(Packages),
    program("dpkg-divert", "--add --remove --list --rename --no-rename --divert= --package= --local --quiet").operands(Paths),
    program("dpkg-architecture", "-q|--query= -a= -A= -l|--list").operands(Text),
    program("dpkg-deb", "-b|--build -x|--extract -X|--vextract -e|--control -c|--contents -I|--info -f|--field -W|--show -R|--raw-extract -Z= -z= --root-owner-group --fsys-tarfile").operands(Paths),
    program("debconf-set-selections", "-v|--verbose -u|--unseen -c|--checkonly").operands(Paths),
    program("apk", APK).operands(Packages).subs(&[
        sub("add", "-t|--virtual= -u|--upgrade -l|--latest --initdb --no-chown --no-commit-hooks --no-scripts -s|--simulate --clean-protected --overlay-from-stdin --usermode", Packages),
        sub("del", "-r|--rdepends -s|--simulate --no-commit-hooks --no-scripts --clean-protected", Packages),
        sub("update", "", None),
        sub("upgrade", "-a|--available -l|--latest --prune --ignore -s|--simulate --no-self-upgrade --self-upgrade-only --no-commit-hooks --no-scripts --clean-protected", Packages),
        sub("fix", "-d|--depends -r|--reinstall -u|--upgrade -x|--xattr --directory-permissions -s|--simulate", Packages),
        sub("fetch", "-o|--output= -R|--recursive -L|--link -s|--stdout --simulate --url", Packages),
        sub("search", "-a|--all -d|--description -e|--exact -x --has-origin -o|--origin -r|--rdepends", Text),
        sub("info", "-a|--all -d|--description -e|--installed -L|--contents -P|--provides -r|--rdepends -R|--depends -s|--size -w|--webpage -W|--who-owns --license -t|--triggers -I|--install-if --rinstall-if --replaces", Packages),
        sub("cache|cache clean|cache sync|cache download|cache purge", "-u|--upgrade -l|--latest --available --add-dependencies --ignore-conflict", Text),
        sub("policy", "", Packages),
        sub("version", "-a|--all -c|--check -I|--indexes -l|--limit= -t|--test", Text),
        sub("index", "-d|--description= -o|--output= -x|--index= --merge --prune-origin --rewrite-arch= --no-warnings", Paths),
        sub("verify", "", Paths),
        sub("audit", "", Paths),
        sub("list", "-I|--installed -u|--upgradable|--upgradeable -a|--available -o|--orphaned -P|--providers -O|--origin --depends", Packages),
        sub("stats", "", None),
        sub("dot", "", Text),
        sub("manifest", "", Packages),
    ]),
    program("dnf|dnf5|dnf-3", DNF).operands(Packages).subs(DNF_SUBS),
    program("yum", DNF).operands(Packages).subs(DNF_SUBS),
    program("microdnf", DNF).operands(Packages).subs(DNF_SUBS),
    program("tdnf", DNF).operands(Packages).subs(DNF_SUBS),
    program("yum-config-manager", "--add-repo= --enable|--set-enabled --disable|--set-disabled --save --setopt= -q|--quiet -y|--assumeyes --nogpgcheck -v|--verbose --dump").operands(Text),
    program("yum-builddep", "-y|--assumeyes -q|--quiet --nogpgcheck --enablerepo= --disablerepo=").operands(Packages),
    program("yumdownloader", "--resolve --destdir= --source --urls -q|--quiet -x= --enablerepo= --disablerepo= --archlist= -y|--assumeyes").operands(Packages),
    program("rpm", "-i|--install -U|--upgrade -F|--freshen -v|--verbose -h|--hash -e|--erase -q|--query -a|--all -l|--list -f|--file -p|--package -V|--verify --import --nodeps --force --nosignature --nodigest --nogpgcheck --noscripts --notriggers --excludedocs --rebuilddb --initdb --quiet --root= --dbpath= --prefix= --queryformat|--qf= --replacepkgs --replacefiles --oldpackage --percent --test --eval= -E= -D|--define= --whatprovides= --checksig -K --justdb --allfiles --ignorearch --ignoreos --ignoresize").operands(Packages),
    program("zypper", ZYPPER).operands(Packages).subs(&[
        sub("install|in", ZYPPER_INSTALL, Packages),
        sub("remove|rm", ZYPPER_INSTALL, Packages),
        sub("source-install|si", "-d|--build-deps-only -D|--no-build-deps -r|--repo= --download-only -y", Packages),
        sub("update|up", ZYPPER_INSTALL, Packages),
        sub("dist-upgrade|dup", ZYPPER_INSTALL, Packages),
        sub("patch", ZYPPER_INSTALL, Packages),
        sub("refresh|ref", "-f|--force -b|--force-build -d|--force-download -B|--build-only -D|--download-only -r|--repo= -s|--services", Text),
        sub("clean|cc", "-a|--all -m|--metadata -M|--raw-metadata -r|--repo=", Text),
        sub("addrepo|ar", "-f|--refresh -F|--no-refresh -C|--no-check -c|--check -G|--no-gpgcheck -g|--gpgcheck -p|--priority= -n|--name= -k|--keep-packages -K|--no-keep-packages -r|--repo= -e|--enable -d|--disable -t|--type= --gpgcheck-allow-unsigned --gpgcheck-allow-unsigned-repo --gpgcheck-allow-unsigned-package", Text),
        sub("removerepo|rr", "--loose-auth --loose-query -a|--all", Text),
        sub("modifyrepo|mr", "-e|--enable -d|--disable -r|--refresh -R|--no-refresh -p|--priority= -n|--name= -k|--keep-packages -K|--no-keep-packages -G|--no-gpgcheck -g|--gpgcheck -a|--all -l|--local -t|--remote", Text),
        sub("repos|lr", "-u|--uri -d|--details -e|--export= -P|--priority -p -E|--show-enabled-only -a -A", Text),
        sub("search|se", "-s|--details -i|--installed-only -u|--not-installed-only -t|--type= -n|--name --match-exact|-x --provides -r|--repo=", Text),
        sub("info|if", "--provides --requires --recommends -t|--type= -r|--repo=", Packages),
        sub("addlock|al", "-t|--type= -r|--repo=", Packages),
        sub("install-new-recommends|inr", ZYPPER_INSTALL, Packages),
        sub("verify|ve", ZYPPER_INSTALL, Packages),
        sub("list-updates|lu", "-t|--type= -r|--repo= -a|--all", Text),
        sub("ps", "-s -ss -sss -d", Text),
    ]),
    // Flags of pacman's operations share letters; as switches they are all that rules need.
    program("pacman", "-S|--sync -R|--remove -U|--upgrade -Q|--query -F|--files -D|--database -T -y|--refresh -u|--sysupgrade -c|--clean -s|--search -n|--nosave -i|--info -l|--list -q|--quiet -g|--groups -w|--downloadonly -d|--nodeps -k|--check -o|--owns -p|--print -t|--unrequired -e|--explicit -m -v|--verbose --noconfirm --needed --overwrite= --noprogressbar --asdeps --asexplicit -r|--root= -b|--dbpath= --cachedir= --config= --arch= --ignore= --disable-download-timeout --noscriptlet --disable-sandbox").operands(Packages),
    program("pacman-key", "--init --populate --refresh-keys -r|--recv-keys --lsign-key -a|--add -l --keyserver= --verbose").leaves(Leaves::Yes),
];
