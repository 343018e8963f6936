//! Package managers and build tools of languages.

use super::super::process::Leaves;
use super::super::spec::Operands::{Command, None, Packages, Paths, Text};
use super::super::spec::{Program, Style, Sub, program, sub};

const PIP: &str = "--no-cache-dir|--no-cache -q|--quiet -v|--verbose --disable-pip-version-check --no-input --isolated --proxy= \
    --retries= --timeout|--default-timeout= --exists-action= --trusted-host= --cert= --client-cert= --cache-dir= \
    --log|--log-file|--local-log= --no-color --no-python-version-warning --use-feature= --use-deprecated= --require-virtualenv \
    --python= --debug --no-colour --keyring-provider= --resume-retries=";

const PIP_INSTALL: &str = "-r|--requirement|--requirements= -c|--constraint|--constraints= -e|--editable= --no-deps|--no-dependencies --pre -t|--target= --user \
    --root= --prefix= --src|--source|--source-dir|--source-directory= -U|--upgrade --upgrade-strategy= --force-reinstall \
    -I|--ignore-installed --ignore-requires-python --no-build-isolation --use-pep517 --no-use-pep517 --install-option= \
    --global-option= --compile --no-compile --no-warn-script-location --no-warn-conflicts --no-binary= --only-binary= \
    --prefer-binary --require-hashes --progress-bar= -i|--index-url|--pypi-url= --extra-index-url= --no-index \
    -f|--find-links= --no-clean -b|--build|--build-dir|--build-directory= --platform= --python-version= --implementation= \
    --abi= --dry-run --report= --config-settings|--config-setting|-C= --break-system-packages --root-user-action= --process-dependency-links \
    --no-use-wheel --use-wheel --check-build-dependencies --egg --allow-external= --allow-all-external --allow-unverified= \
    --build-option= -d|--dest|--destination-dir|--destination-directory|--download= -w|--wheel-dir= --group= --build-constraint= --use-mirrors --mirrors=";

const NPM: &str = "-g|--global --save|-S --save-dev|-D --save-prod|-P --save-optional|-O --save-exact|-E --no-save \
    --production --only= --omit= --include= --no-optional --no-audit --no-fund --no-package-lock --legacy-peer-deps \
    --force|-f --ignore-scripts --unsafe-perm --prefix|-C= --registry= --loglevel= --verbose|-d --quiet|-q|--silent|-s \
    --no-progress --prefer-offline --offline --prefer-online --cache= --no-bin-links --dry-run --strict-peer-deps --no-shrinkwrap \
    --no-color --workspaces|--ws -w|--workspace= --include-workspace-root --if-present --foreground-scripts -y|--yes --location= \
    --fetch-timeout= --fetch-retries= --fetch-retry-mintimeout= --fetch-retry-maxtimeout= --maxsockets= --userconfig= --install-strategy= --audit= --fund= --network-timeout= \
    --install-links --allow-root -ddd -dd --no-update-notifier --package-lock-only --build-from-source --script-shell= --python= --engine-strict";

const NPM_SUBS: &[Sub] = &[
    sub(
        "install|add|i|in|ins|inst|insta|instal|isnt|isnta|isntal|isntall",
        "",
        Packages,
    ),
    sub("ci|clean-install|ic|install-clean|isntall-clean", "", None),
    sub("install-test|it", "", Packages),
    sub("uninstall|remove|rm|r|un|unlink", "", Packages),
    sub("update|up|upgrade|udpate", "", Packages),
    sub("cache|cache add|cache ls|cache verify", "", Text),
    sub("cache clean|cache clear|cache rm", "", Text),
    sub("run|run-script|rum|urn", "", Command),
    sub("test|t|tst", "", Command),
    sub("start", "", Command),
    sub("stop", "", Command),
    sub("restart", "", Command),
    sub("exec|x", "-p|--package= -c|--call=", Command),
    sub("link|ln", "", Packages),
    sub("prune", "", Packages),
    sub("dedupe|ddp", "", None),
    sub("rebuild|rb", "", Packages),
    sub(
        "config|c|config get|config set|config delete|config list|config ls",
        "",
        Text,
    ),
    sub("set", "", Text),
    sub("get", "", Text),
    sub("audit|audit fix", "--audit-level=", Text),
    sub("pack", "--pack-destination=", Paths),
    sub("publish", "--tag= --access= --otp=", Paths),
    sub("init|create|innit", "", Text),
    sub(
        "ls|list|la|ll",
        "--depth= -a|--all --json --long --parseable",
        Packages,
    ),
    sub("version|verison", "", Text),
    sub("view|info|show|v", "--json", Text),
    sub("root", "", None),
    sub("bin", "", None),
    sub("login|adduser|add-user", "--scope=", None),
    sub("pkg|pkg get|pkg set|pkg delete", "", Text),
    sub("outdated", "", Packages),
    sub("shrinkwrap", "", None),
];

const YARN: &str = "--frozen-lockfile --no-lockfile --pure-lockfile --production|--prod=? --non-interactive --ignore-scripts --ignore-engines \
    --ignore-optional --ignore-platform --network-timeout= --network-concurrency= --prefer-offline --offline --silent|-s --verbose --no-progress --force \
    --flat --har --check-files --cache-folder= --modules-folder= --registry= --cwd= --no-bin-links --immutable --immutable-cache \
    --inline-builds --mode= --json --link-duplicates --mutex= --focus --no-default-rc --use-yarnrc= --preferred-cache-folder= --update-checksums --strict-semver --no-emoji --global-folder= --prefix= --no-node-version-check --skip-integrity-check --ignore-workspace-root-check";

const YARN_SUBS: &[Sub] = &[
    sub("install", "", None),
    sub(
        "add",
        "-D|--dev -P|--peer -O|--optional -E|--exact -T|--tilde -W|--ignore-workspace-root-check -C|--caret",
        Packages,
    ),
    sub("global|global add", "-E|--exact", Packages),
    sub("global remove", "", Packages),
    sub("global bin|global dir|global list", "", None),
    sub("remove", "-W", Packages),
    sub("upgrade|up", "--latest|-L -P|--pattern=", Packages),
    sub("cache|cache list|cache dir", "--pattern=", Text),
    sub("cache clean", "--all --mirror --pattern=", Packages),
    sub("run", "", Command),
    sub("test", "", Command),
    sub("start", "", Command),
    sub("exec", "", Command),
    sub("dlx", "-p|--package= -q|--quiet", Command),
    sub("workspace", "", Command),
    sub(
        "workspaces|workspaces run|workspaces foreach|workspaces focus|workspaces info",
        "",
        Command,
    ),
    sub(
        "config|config set|config get|config list|config delete",
        "-g|--global -H|--home",
        Text,
    ),
    sub("set|set version", "", Text),
    sub("link", "", Text),
    sub("autoclean", "-I|--init -F|--force", None),
    sub("check", "--integrity --verify-tree", None),
    sub("plugin|plugin import|plugin remove", "", Text),
    sub("policies|policies set-version", "", Text),
    sub("bin", "", Text),
    sub("list", "--depth= --pattern=", Text),
    sub("rebuild", "", Packages),
    sub("init", "-y|--yes -p|--private -2", None),
];

const PNPM_SUBS: &[Sub] = &[
    sub(
        "install|i",
        "--shamefully-hoist --fix-lockfile --lockfile-only --no-lockfile --node-linker=",
        None,
    ),
    sub(
        "add",
        "-D|--save-dev -P|--save-prod -O|--save-optional -E|--save-exact --save-peer --workspace",
        Packages,
    ),
    sub("remove|rm|uninstall|un", "", Packages),
    sub(
        "update|up|upgrade",
        "-L|--latest -i|--interactive",
        Packages,
    ),
    sub("fetch", "-D|--dev", None),
    sub("deploy", "--legacy", Text),
    sub("prune", "--no-optional", None),
    sub("rebuild|rb", "", Packages),
    sub("run|run-script", "", Command),
    sub("test|t", "", Command),
    sub("start", "", Command),
    sub("exec", "", Command),
    sub("dlx", "--package= -c|--shell-mode", Command),
    sub("store|store prune|store path|store status", "", Text),
    sub(
        "config|config set|config get|config delete|config list",
        "--location=",
        Text,
    ),
    sub("setup", "", None),
    sub("env|env use", "", Text),
    sub("import", "", None),
];

const CARGO: &str = "-q|--quiet -v|--verbose -vv --release|-r --locked --frozen --offline --target= --features|-F= --all-features \
    --no-default-features --manifest-path= --target-dir= -j|--jobs= --color= --workspace|--all -p|--package|-p= --exclude= --bin= --bins --lib \
    --example= --examples --test= --tests --bench= --benches --all-targets --profile= --message-format= --config= -Z= -C= --keep-going --ignore-rust-version --no-fail-fast";

const GO: &str = "-v -x -n -a -u -t -d -i -race -msan -asan -trimpath -modcacherw -work -json -o= -p= -mod= -ldflags= -gcflags= -asmflags= -gccgoflags= \
    -tags= -installsuffix= -buildmode= -compiler= -pkgdir= -toolexec= -overlay= -modfile= -buildvcs= -pgo= -C= -insecure -fix -cover -coverprofile= -covermode= -coverpkg= -run= \
    -timeout= -count= -short -bench= -parallel= -vet= -f= -m -e -deps -test -find -exec= -c -cpu= -failfast -benchmem -cpuprofile= -memprofile=";

const UV: &str = "-q|--quiet -v|--verbose --no-cache|--no-cache-dir|-n --cache-dir= --offline --no-progress --color= --native-tls --no-config --config-file= \
    --directory= --project= --allow-insecure-host|--trusted-host= --managed-python --no-managed-python --no-python-downloads --python-preference= --preview --system-certs";

const UV_INSTALL: &str = "-r|--requirement|--requirements= -c|--constraint|--constraints= -e|--editable= --system --no-deps -U|--upgrade -P|--upgrade-package= --reinstall \
    --refresh -i|--index-url|--default-index= --extra-index-url|--index= --no-index -f|--find-links= --index-strategy= --prefix= --target= --break-system-packages -p|--python= --compile-bytecode|--compile --no-compile-bytecode \
    --no-build-isolation --no-build --no-binary= --only-binary= --require-hashes --link-mode= --prerelease= --extra= --all-extras --strict --user --override= --resolution= --keyring-provider= --pre --no-verify-hashes --torch-backend= --group= --exact --build-constraint=";

const UV_SYNC: &str = "--frozen --locked --no-dev --dev --only-dev --no-install-project --no-install-workspace --no-install-package= --no-editable --extra= --all-extras --no-extra= --group= --no-group= --only-group= \
    --all-groups --no-default-groups --inexact --exact --active -p|--python= --package= --all-packages --compile-bytecode|--compile --no-compile-bytecode --link-mode= --reinstall -U|--upgrade -P|--upgrade-package= --refresh --no-build-isolation --no-binary-package= --no-build --no-sources --index= --default-index= --prerelease= --resolution= --script= -f|--find-links= --index-strategy=";

const POETRY: &str = "-n|--no-interaction -q|--quiet -v|--verbose -vv -vvv --no-ansi --ansi --no-plugins --no-cache -C|--directory= -P|--project=";

const CONDA: &str = "-y|--yes -q|--quiet -v|--verbose -n|--name= -p|--prefix= -c|--channel= --override-channels --no-deps --freeze-installed|--no-update-deps --update-all --update-deps -f|--file= \
    --json --strict-channel-priority --no-channel-priority --insecure|-k --offline --no-pin --copy --force --force-reinstall --only-deps --dry-run|-d --use-local --solver= --experimental-solver= --download-only --show-channel-urls -S|--satisfied-skip-solve --no-default-packages --rc-file= --no-rc -r|--root-prefix= --no-env --channel-priority= --platform= --relocate-prefix=";

pub(super) static PROGRAMS: &[Program] = &[
    program("pip", PIP).operands(Packages).subs(&[
        sub("install", PIP_INSTALL, Packages),
        sub("download", PIP_INSTALL, Packages),
        sub("wheel", PIP_INSTALL, Packages),
        sub("uninstall", "-y|--yes -r|--requirement= --root-user-action= --break-system-packages", Packages),
        sub("freeze", "-r|--requirement= -l|--local --user --all --exclude= --exclude-editable --path=", Text),
        sub("list", "-o|--outdated -u|--uptodate -e|--editable -l|--local --user --format= --not-required --pre --exclude= --path=", Text),
        sub("show", "-f|--files", Packages),
        sub("check", "", None),
        sub("config|config set|config get|config list|config unset|config edit|config debug", "--global --user --site --editor=", Text),
        sub("cache|cache dir|cache info|cache list|cache remove", "--format=", Text),
        sub("cache purge", "", None),
        sub("search", "-i|--index=", Text),
        sub("hash", "-a|--algorithm=", Paths),
        sub("index|index versions", "--pre -i|--index-url= --extra-index-url=", Text),
        sub("debug", "", Text),
        sub("inspect", "--local --user --path=", None),
        sub("lock", PIP_INSTALL, Packages),
        sub("help", "", Text),
    ]),
    program("pipx", "-q|--quiet -v|--verbose --global").operands(Packages).subs(&[
        sub("install", "--include-deps -f|--force --suffix= --python= --preinstall= --system-site-packages -i|--index-url= -e|--editable --pip-args= --fetch-missing-python", Packages),
        sub("inject", "--include-apps --include-deps -f|--force -r|--requirement= --pip-args= -i|--index-url= --system-site-packages", Packages),
        sub("uninstall", "", Packages),
        sub("ensurepath", "-f|--force", None),
        sub("run", "--spec= --no-cache --pip-args= --python=", Command),
        sub("upgrade", "--include-injected -f|--force", Packages),
    ]),
    program("poetry", POETRY).operands(Packages).subs(&[
        sub("install", "--no-dev --no-root --only= --with= --without= --sync|--remove-untracked --only-root --dry-run -E|--extras= --all-extras --compile --no-directory --all-groups", None),
        sub("sync", "--no-root --only= --with= --without= --only-root --dry-run -E|--extras= --all-extras --compile --no-directory --all-groups", None),
        sub("add", "-D|--dev -G|--group= -E|--extras= -e|--editable --optional --python= --source= --allow-prereleases --dry-run --lock", Packages),
        sub("remove", "-D|--dev -G|--group= --dry-run --lock", Packages),
        sub("update", "--no-dev --with= --without= --only= --lock --dry-run --sync", Packages),
        sub("lock", "--no-update --check --regenerate", None),
        sub("export", "-f|--format= -o|--output= --without-hashes --without-urls --dev --only= --with= --without= -E|--extras= --all-extras --with-credentials", None),
        sub("config", "--local --list --unset", Text),
        sub("build", "-f|--format= -o|--output= --clean", None),
        sub("run", "", Command),
        sub("self|self add|self update|self remove", "--preview", Packages),
        sub("cache|cache clear|cache list", "--all", Text),
        sub("env|env use|env info|env list|env remove", "-p|--path --all", Text),
        sub("version", "-s|--short --dry-run", Text),
        sub("check", "--lock --strict", None),
        sub("show", "--tree --latest --all -T", Text),
    ]),
    program("uv", UV).operands(Packages).subs(&[
        sub("pip|pip install", UV_INSTALL, Packages),
        sub("pip sync", UV_INSTALL, Paths),
        sub("pip uninstall", "-r|--requirement= --system -p|--python= --break-system-packages -y", Packages),
        sub("pip compile", "-o|--output-file= --extra= --all-extras --generate-hashes --no-header --no-annotate -p|--python= --python-version= -U|--upgrade -c|--constraint=", Paths),
        sub("pip list|pip freeze|pip show|pip check|pip tree", "--system -p|--python= --format= --strict", Text),
        sub("sync", UV_SYNC, None),
        sub("add", UV_SYNC, Packages),
        sub("remove", UV_SYNC, Packages),
        sub("lock", "--locked|--check --frozen -U|--upgrade -P|--upgrade-package= -p|--python=", None),
        sub("export", "--format= -o|--output-file= --no-hashes --no-dev --frozen --locked --no-emit-project --all-extras --extra= --group= --no-header --no-editable --only-group=", None),
        sub("venv", "-p|--python= --seed --system-site-packages --allow-existing --prompt= --relocatable --clear -c", Paths),
        sub("run", "", Command),
        sub("tool|tool install", "--force --with= -p|--python= -e|--editable -U|--upgrade", Packages),
        sub("tool run", "", Command),
        sub("python|python install", "-i|--install-dir= --reinstall -f|--force --default --mirror=", Text),
        sub("python pin|python find|python list", "", Text),
        sub("cache|cache clean|cache prune|cache dir", "--ci --force", Text),
        sub("build", "--wheel --sdist -o|--out-dir= --package= --all-packages", Paths),
        sub("version|self update", "--short", Text),
        sub("init", "", Text),
    ]),
    program("conda mamba micromamba", CONDA).operands(Packages).subs(&[
        sub("install", "", Packages),
        sub("create", "--clone=", Packages),
        sub("update|upgrade", "--all", Packages),
        sub("remove|uninstall", "--all --force-remove|--force", Packages),
        sub("clean", "-a|--all -t|--tarballs -p|--packages -i|--index-cache -f|--force-pkgs-dirs -l|--lock -c|--tempfiles= -s", Text),
        sub("env|env create|env update|env remove|env list|env export|env config", "--prune --no-builds", Text),
        sub("config|config set|config append|config prepend", "--add --set --append --prepend --remove --system --env --get --show --show-sources --remove-key= --file=", Text),
        sub("init", "--all --system --user --no-user --reverse", Text),
        sub("activate|deactivate", "", Text),
        sub("run", "--no-capture-output|--live-stream --cwd=", Command),
        sub("list", "-e|--export --explicit -f|--full-name", Text),
        sub("info", "-e|--envs -a|--all --base", Text),
        sub("search", "", Text),
        sub("build", "", Paths),
        sub("shell|shell hook|shell init", "-s|--shell=", Text),
    ]),
    program("npm", NPM).operands(Packages).subs(NPM_SUBS),
    program("npx", "-y|--yes --no-install -p|--package= -c|--call= -q|--quiet --no --ignore-existing -w|--workspace= --prefix= --legacy-peer-deps --userconfig= --cache=").operands(Command).leaves(Leaves::Maybe),
    program("yarn|yarnpkg", YARN).operands(Packages).subs(YARN_SUBS),
    program("pnpm", "-g|--global --frozen-lockfile --no-frozen-lockfile --prefer-frozen-lockfile --prod|-P|--production --dev --no-optional --offline --prefer-offline --ignore-scripts --force -r|--recursive -F|--filter= -C|--dir= -w|--workspace-root --store-dir= --registry= --reporter= --silent|-s --loglevel= --unsafe-perm --child-concurrency= --network-concurrency= --config.* --no-verify-store-integrity --strict-peer-dependencies --no-strict-peer-dependencies --shamefully-hoist --ignore-workspace --parallel --stream --if-present --virtual-store-dir= --modules-dir= --fetch-timeout=").operands(Packages).subs(PNPM_SUBS),
    program("corepack", "").subs(&[
        sub("enable", "--install-directory=", Text),
        sub("disable", "--install-directory=", Text),
        sub("prepare", "--activate --all -o=", Packages),
        sub("install", "-g|--global --cache-only", Packages),
        sub("use", "", Packages),
        sub("pack|hydrate", "--activate -g -o=", Text),
    ]),
    program("bower", "--allow-root --config.* -s|--silent -q|--quiet -f|--force -F|--force-latest -p|--production --offline --no-color").operands(Packages).subs(&[
        sub("install|i", "-S|--save -D|--save-dev -E|--save-exact", Packages),
        sub("update", "", Packages),
        sub("prune", "", None),
        sub("cache|cache clean", "", Text),
    ]),
    program("bun", "--frozen-lockfile --production|-p --no-save --silent --no-progress --cwd= --global|-g --ignore-scripts --no-cache --verbose --backend= --registry= --filter=").operands(Packages).subs(&[
        sub("install|i", "", Packages),
        sub("add|a", "-d|--dev --optional -E|--exact", Packages),
        sub("remove|rm", "", Packages),
        sub("update", "--latest", Packages),
        sub("run", "", Command),
        sub("test", "", Command),
        sub("build", "", Command),
        sub("x", "", Command),
        sub("pm|pm cache", "", Text),
    ]),
    program("gem", "-q|--quiet --silent -V|--verbose --config-file= --backtrace --norc --no-verbose").operands(Packages).subs(&[
        sub("install|i", "-v|--version= --no-document|-N --no-doc --no-ri --no-rdoc --document=? -i|--install-dir= -n|--bindir= --user-install --no-user-install --conservative --minimal-deps -f|--force --no-force --prerelease|--pre --no-prerelease -s|--source= --clear-sources -l|--local -r|--remote -b|--both -g|--file=? --without= --default --development --ignore-dependencies -E|--env-shebang --no-wrappers --wrappers -P|--trust-policy= --platform= -p|--http-proxy=? --explain --suggestions --no-suggestions --post-install-message --no-post-install-message --vendor -w --no-lock --lock --build-root= --target-rbconfig= --format-executable|--format-exec --no-format-executable|--no-format-exec", Packages),
        sub("uninstall", "-v|--version= -a|--all -x|--executables -I|--ignore-dependencies -i|--install-dir= -n|--bindir= --force --user-install", Packages),
        sub("update", "--system=? --no-document|-N --no-doc --no-ri --no-rdoc --document=? -f|--force --conservative -s|--source= -i|--install-dir= -n|--bindir=", Packages),
        sub("sources|source", "-a|--add= -r|--remove= -l|--list -c|--clear-all -u|--update -f|--force", Text),
        sub("list", "-i|--installed -v|--version= -a|--all -l|--local -r|--remote -d|--details --no-versions -e|--exact", Text),
        sub("cleanup", "-n|--dryrun -D", Packages),
        sub("build", "-o|--output= --force --strict -C=", Paths),
        sub("push", "--host=", Paths),
        sub("specification|spec", "", Text),
        sub("environment|env", "", Text),
        sub("pristine", "--all --extensions", Packages),
        sub("fetch", "-v|--version=", Packages),
        sub("unpack", "-v|--version= --target=", Packages),
        sub("which|contents|info|search", "", Text),
    ]),
    program("bundle|bundler", "--no-color -V|--verbose -r|--retry= --quiet").operands(Packages).subs(&[
        sub("install|i", "-j|--jobs= --without= --with= --deployment --path= --gemfile= --frozen --no-cache --no-prune --system --binstubs=? --clean --full-index --local --prefer-local --redownload|--force --retry= --shebang= --standalone=? --trust-policy= --no-deployment --target-rbconfig=", None),
        sub("update", "--all -j|--jobs= --local --bundler=? -g|--group= --conservative --patch --minor --major --strict", Packages),
        sub("exec", "--keep-file-descriptors --gemfile=", Command),
        sub("config|config set|config get|config unset|config list", "--local --global --delete --parseable", Text),
        sub("clean", "--force --dry-run", None),
        sub("package|pack|cache", "--all --all-platforms --no-install --no-prune --path= --gemfile= --cache-path=", None),
        sub("lock", "--add-platform= --update --local --normalize-platforms", Text),
        sub("check", "--dry-run --gemfile= --path=", None),
        sub("binstubs", "--all --force --path= --standalone", Packages),
        sub("add", "--version|-v= --group|-g= --source|-s= --skip-install --optimistic --strict --git= --github= --branch= --path= --require=", Packages),
        sub("show|info|list|outdated|env|platform", "", Text),
        sub("init", "", None),
    ]),
    program("composer", "-n|--no-interaction -q|--quiet -v|--verbose -vv -vvv --no-ansi --ansi --no-plugins --no-scripts -d|--working-dir= --no-cache --profile -V|--version").local().operands(Packages).subs(&[
        sub("install|i", "--no-dev --dev --prefer-dist --prefer-source --prefer-install= --no-progress --no-suggest --no-autoloader -o|--optimize-autoloader -a|--classmap-authoritative --apcu-autoloader --apcu-autoloader-prefix= --ignore-platform-reqs --ignore-platform-req= --dry-run --download-only --no-custom-installers --audit --no-security-blocking", Packages),
        sub("update|u|upgrade", "--no-dev --dev --prefer-dist --prefer-source --prefer-install= --no-progress --no-suggest --no-autoloader -o|--optimize-autoloader -a|--classmap-authoritative --ignore-platform-reqs --ignore-platform-req= -w|--with-dependencies -W|--with-all-dependencies --lock --dry-run --no-install --prefer-stable --prefer-lowest --no-audit --with= -i|--interactive -m|--minimal-changes --root-reqs", Packages),
        sub("require|r|req", "--dev --no-update --no-install --prefer-dist --prefer-source --prefer-install= --no-progress --no-suggest --update-no-dev -w|--update-with-dependencies --with-dependencies -W|--update-with-all-dependencies --with-all-dependencies --ignore-platform-reqs --ignore-platform-req= -o|--optimize-autoloader -a|--classmap-authoritative --sort-packages --prefer-stable --prefer-lowest --fixed --no-audit --dry-run --apcu-autoloader -m", Packages),
        sub("remove|rm", "--dev --no-update --no-progress --update-no-dev --ignore-platform-reqs -w -W --unused", Packages),
        sub("dump-autoload|dumpautoload", "-o|--optimize -a|--classmap-authoritative --no-dev --dev --apcu --apcu-prefix= --no-scripts --ignore-platform-reqs --ignore-platform-req= --strict-psr --dry-run", None),
        sub("create-project", "-s|--stability= --prefer-dist --prefer-source --no-dev --repository= --repository-url= --add-repository --no-install --no-progress --no-secure-http --keep-vcs --remove-vcs --ignore-platform-reqs --ignore-platform-req= --no-custom-installers --prefer-install=", Text),
        sub("config", "-g|--global -e|--editor -a|--auth --unset -l|--list -f|--file= --absolute -j|--json -m|--merge --append --source", Text),
        sub("global", "", Command),
        sub("clear-cache|clearcache|cc", "--gc", None),
        sub("run-script|run", "--timeout= --dev --no-dev -l", Command),
        sub("exec", "-l", Command),
        sub("self-update|selfupdate", "-r|--rollback --clean-backups --no-progress --update-keys --stable --preview --snapshot --1 --2 --2.2 --set-channel-only", Text),
        sub("validate", "--no-check-all --no-check-lock --no-check-publish --strict --no-check-version --with-dependencies -A", Paths),
        sub("check-platform-reqs", "--no-dev --lock -f|--format=", None),
        sub("show|info|outdated|audit|diagnose|about|status|why|depends", "", Text),
        sub("init", "", Text),
    ]),
    program("go", "").style(Style::Single).operands(Text).subs(&[
        sub("build", GO, Packages),
        sub("install", GO, Packages),
        sub("get", GO, Packages),
        sub("test", GO, Packages),
        sub("vet", GO, Packages),
        sub("list", GO, Packages),
        sub("run", GO, Command),
        sub("generate", GO, Packages),
        sub("clean", "-cache -modcache -testcache -fuzzcache -i -r -n -x", Packages),
        sub("fmt", "-n -x", Packages),
        sub("env", "-w -u -json -changed", Text),
        sub("version", "-m -v", Paths),
        sub("mod|mod download", "-x -json -modcacherw -modfile= -reuse=", Packages),
        sub("mod tidy", "-v -x -e -go= -compat= -diff", None),
        sub("mod vendor", "-v -e -o=", None),
        sub("mod verify", "", None),
        sub("mod init", "", Text),
        sub("mod edit|mod graph|mod why", "-replace= -require= -dropreplace= -go= -json -fmt -m -vendor", Text),
        sub("work|work sync|work use|work init|work edit|work vendor", "", Text),
        sub("tool", "", Command),
        sub("telemetry", "", Text),
    ]),
    program("cargo", CARGO).operands(Packages).subs(&[
        sub("build|b", "", None),
        sub("install", "--git= --branch= --tag= --rev= --path= --root= --version|--vers= -f|--force --index= --registry= --debug --no-track --list", Packages),
        sub("fetch", "", None),
        sub("test|t", "--no-run --doc", Command),
        sub("run|r", "", Command),
        sub("check|c", "", None),
        sub("clean", "--doc", None),
        sub("update", "--aggressive --precise= --recursive --dry-run -w", Packages),
        sub("new", "--bin --lib --name= --vcs= --edition=", Paths),
        sub("init", "--bin --lib --name= --vcs= --edition=", Paths),
        sub("chef|chef prepare|chef cook", "--recipe-path= --bin= --check --zigbuild --no-build", Text),
        sub("vendor", "-s|--sync= --versioned-dirs --respect-source-config --no-delete", Paths),
        sub("doc|d|rustdoc", "--no-deps --open", Command),
        sub("clippy", "", Command),
        sub("fmt", "--check", Command),
        sub("generate-lockfile", "", None),
        sub("binstall", "-y|--no-confirm --version= --force --no-symlinks --locked --root= --targets= --install-path= --disable-telemetry", Packages),
        sub("metadata|tree|search|version|login|publish|package", "", Text),
    ]),
    program("rustup", "-v|--verbose -q|--quiet").operands(Text).subs(&[
        sub("default", "", Text),
        sub("update|upgrade", "--no-self-update --force --force-non-host", Text),
        sub("install", "--profile= -c|--component= -t|--target= --no-self-update --force --allow-downgrade --force-non-host", Text),
        sub("toolchain|toolchain install|toolchain add", "--profile= -c|--component= -t|--target= --no-self-update --force --allow-downgrade --force-non-host", Text),
        sub("toolchain uninstall|toolchain remove|toolchain list|toolchain link", "", Text),
        sub("target|target add|target install", "--toolchain=", Text),
        sub("target list|target remove", "--toolchain= --installed", Text),
        sub("component|component add", "--toolchain= --target=", Text),
        sub("component list|component remove", "--toolchain= --target= --installed", Text),
        sub("override|override set|override unset|override list", "--path=", Text),
        sub("set|set profile|set default-host|set auto-self-update", "", Text),
        sub("show|which|run|self|self update|self uninstall|completions|check", "", Command),
    ]),
    program("rustup-init", "-y -q|--quiet -v|--verbose --default-toolchain= --profile= --no-modify-path --default-host= -c|--component= -t|--target= --no-update-default-toolchain").local(),
    program("mvn|mvnw|mvnDebug", "-q|--quiet -B|--batch-mode -o|--offline -e|--errors -X|--debug -U|--update-snapshots -nsu -N|--non-recursive -am|--also-make -amd|--also-make-dependents -fae|--fail-at-end -ff|--fail-fast -fn|--fail-never -ntp|--no-transfer-progress -C -c -V|--show-version -v|--version -T|--threads= -P|--activate-profiles= -pl|--projects= -f|--file= -s|--settings= -gs|--global-settings= -t|--toolchains= -rf|--resume-from= -l|--log-file= -D|--define* -P*")
        .style(Style::Single)
        .local(),
    program("gradle|gradlew", "-q|--quiet -i|--info -d|--debug -s|--stacktrace -S|--full-stacktrace --no-daemon --daemon --offline --parallel --no-parallel --build-cache --no-build-cache --refresh-dependencies --rerun-tasks --continue --no-scan --scan -m|--dry-run -a|--no-rebuild --configure-on-demand --warning-mode= --console= -x|--exclude-task= -b|--build-file= -c|--settings-file= -p|--project-dir= -g|--gradle-user-home= -I|--init-script= --max-workers= --project-cache-dir= -w|--warn --stop --status -v|--version --info --configuration-cache --no-configuration-cache --no-watch-fs -D|--system-prop* -P|--project-prop*")
        .leaves(Leaves::Yes)
        .local(),
    // Builds leave compiler and build servers behind.
    program("dotnet", "-d|--diagnostics").leaves(Leaves::Yes).operands(Text).subs(&[
        sub("restore", "-s|--source= --packages= --configfile= -r|--runtime= --no-cache --no-http-cache --no-dependencies --ignore-failed-sources -v|--verbosity= -f|--force --use-lock-file --locked-mode --lock-file-path= --disable-parallel --disable-build-servers --interactive --use-current-runtime|--ucr -a|--arch= --os= -p* /p* /*", Paths),
        sub("build", "-c|--configuration= -o|--output= -f|--framework= -r|--runtime= --no-restore --no-dependencies --no-incremental --nologo -v|--verbosity= --self-contained=? --no-self-contained --version-suffix= -a|--arch= --os= --source= --force --disable-build-servers --use-current-runtime|--ucr -p* /*", Paths),
        sub("publish", "-c|--configuration= -o|--output= -f|--framework= -r|--runtime= --no-restore --no-build --no-dependencies --nologo -v|--verbosity= --self-contained=? --no-self-contained --version-suffix= --manifest= -a|--arch= --os= --source= --force --disable-build-servers --use-current-runtime|--ucr -p* /*", Paths),
        sub("test|pack|run|clean|new|sln|add|tool|tool install|tool restore|nuget|dev-certs|workload|workload install|ef|msbuild|vstest|list|remove", "", Command),
        sub("help", "", Text),
    ]),
    program("python", "-u -B -E -I -O -OO -s -S -q -v -V|--version -b -i -x -d -W= -X= --help -m= -c=").operands(Command).leaves(Leaves::Maybe).local(),
    program("node|nodejs", "").style(Style::Front).operands(Command).leaves(Leaves::Maybe),
    program("ruby", "").style(Style::Front).operands(Command).leaves(Leaves::Maybe),
    program("php", "").style(Style::Front).operands(Command).leaves(Leaves::Maybe),
    program("perl", "").style(Style::Front).operands(Command).leaves(Leaves::Maybe),
    program("java", "").style(Style::Front).operands(Command).leaves(Leaves::Maybe),
    program("virtualenv", "-p|--python= --system-site-packages --no-site-packages --always-copy --no-pip --no-setuptools --no-wheel --clear --download -q|--quiet -v|--verbose --prompt= --pip= --symlinks --never-download --no-download --distribute --seeder=").operands(Paths),
    program("easy_install", "-U|--upgrade -q|--quiet -v|--verbose -Z|--always-unzip -z|--zip-ok -f|--find-links= -i|--index-url= -d|--install-dir= -N|--no-deps --user").operands(Packages),
    program("docker-php-ext-install", "-j*").operands(Packages),
    program("docker-php-ext-enable", "--ini-name=").operands(Packages),
    program("docker-php-ext-configure", "").style(Style::Raw).operands(Text),
    program("docker-php-source", "").operands(Text),
    program("pecl pear", "-q -f|--force -n|--nodeps -d= -D= -v -o|--onlyreqdeps -a|--alldeps -s -Z|--nocompress -B|--nobuild -R|--installroot= --ignore-errors -O|--offline").operands(Packages).subs(&[
        sub("install", "", Packages),
        sub("uninstall", "", Packages),
        sub("upgrade", "", Packages),
        sub("channel-update|update-channels|channel-discover|config-set|config-show|clear-cache|list|download|run-scripts|package|version|info|bundle", "", Text),
    ]),
    program("cpan cpanm cpm", "-n|--notest -q|--quiet -f|--force --installdeps -l|--local-lib= -L|--local-lib-contained= -S|--sudo -v|--verbose -i|-I --self-contained --mirror= --mirror-only --with-develop --skip-satisfied --no-wget --no-lwp --reinstall -T -g -w --resolver= --show-build-log-on-failure").operands(Packages),
    program("luarocks", "--local --server|--from= --tree= --lua-version= --lua-dir= --verbose --only-server=").operands(Packages).subs(&[
        sub("install|make|remove|build", "--deps-only --only-deps --keep --force --no-doc", Packages),
        sub("config|list|search|show|path|which|purge|download|upload", "", Text),
    ]),
    program("nvm sdk pyenv rbenv asdf rvm", "").style(Style::Raw).leaves(Leaves::Maybe),
];
