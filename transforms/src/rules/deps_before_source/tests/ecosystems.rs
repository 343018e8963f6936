//! Layouts of single package managers; the traps are in the table.

use super::{check, says, silent};

#[test]
fn manifests_of_members_lie_in_their_folders() {
    let workspaces = [
        ("package.json", r#"{"workspaces": ["packages/*", "tools"]}"#),
        ("package-lock.json", ""),
        ("packages/a/package.json", "{}"),
        ("packages/b/package.json", "{}"),
        ("packages/c/x.js", ""),
        ("tools/package.json", "{}"),
        (".npmrc", ""),
    ];
    check(
        &workspaces,
        "COPY . .\nRUN npm ci\n",
        "COPY package.json package-lock.json .npmrc ./\nCOPY packages/a/package.json packages/a/\nCOPY packages/b/package.json packages/b/\nCOPY tools/package.json tools/\nRUN npm ci\nCOPY . .\n",
        &["**/node_modules"],
    );
    let pnpm = [
        ("package.json", "{}"),
        ("pnpm-lock.yaml", ""),
        ("pnpm-workspace.yaml", "packages:\n  - 'apps/*'\n"),
        ("apps/web/package.json", "{}"),
    ];
    check(
        &pnpm,
        "COPY . .\nRUN pnpm fetch && pnpm install --offline && pnpm build\n",
        "COPY pnpm-lock.yaml pnpm-workspace.yaml package.json ./\nCOPY apps/web/package.json apps/web/\nRUN pnpm fetch && pnpm install --offline\nCOPY . .\nRUN pnpm build\n",
        &["node_modules", "**/node_modules"],
    );
}

/// Packages are found through a file of their own, where nothing says that they are put into folders.
#[test]
fn yarn_without_folders() {
    check(
        &[
            ("package.json", "{}"),
            ("yarn.lock", ""),
            (".yarnrc.yml", ""),
        ],
        "COPY . .\nRUN yarn install --immutable\n",
        "COPY package.json yarn.lock .yarnrc.yml ./\nRUN yarn install --immutable\nCOPY . .\n",
        &["node_modules", ".pnp.cjs"],
    );
}

#[test]
fn files_of_requirements() {
    let files = &[
        (
            "requirements.txt",
            "-r base.txt\n-c constraints.txt\nflask==3\n",
        ),
        ("base.txt", ""),
        ("constraints.txt", ""),
        ("requirements/dev.txt", "-r ../requirements.txt\n"),
    ];
    for (before, after) in [
        (
            "COPY . .\nRUN pip install --upgrade pip && pip install -r /app/base.txt\n",
            "COPY base.txt .\nRUN pip install --upgrade pip && pip install -r /app/base.txt\nCOPY . .\n",
        ),
        (
            "COPY . .\nRUN pip install -r base.txt\nRUN pip install -r requirements/dev.txt\n",
            "COPY base.txt .\nRUN pip install -r base.txt\nCOPY requirements.txt constraints.txt ./\nCOPY requirements/dev.txt requirements/\nRUN pip install -r requirements/dev.txt\nCOPY . .\n",
        ),
        (
            "FROM python:3\nADD . /code/\nRUN pip install -r /code/base.txt\n",
            "FROM python:3\nCOPY base.txt /code/\nRUN pip install -r /code/base.txt\nADD . /code/\n",
        ),
        (
            "COPY . .\nRUN uv pip install --system -r base.txt\n",
            "COPY base.txt .\nRUN uv pip install --system -r base.txt\nCOPY . .\n",
        ),
    ] {
        check(files, before, after, &[]);
    }
}

#[test]
fn go_below_settings() {
    let files = &[("go.mod", "module a\nrequire b v1.0.0\n"), ("go.sum", "")];
    check(
        files,
        "FROM golang:1.22\nADD . /src\nWORKDIR /src\nENV CGO_ENABLED=0\nRUN go build .\n",
        "FROM golang:1.22\nWORKDIR /src\nENV CGO_ENABLED=0\nCOPY go.mod go.sum ./\nRUN go mod download\nADD . .\nRUN go build .\n",
        &[],
    );
    silent(
        files,
        "COPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN go build .\n",
    );
}

#[test]
fn sources_beside_the_manifests() {
    let files = [
        ("requirements.txt", "flask\n"),
        ("app.py", ""),
        ("config.py", ""),
        ("static/a.css", ""),
        ("nginx.conf", ""),
        ("requirements-dev.txt", "pytest\n"),
        ("web/package.json", "{}"),
        ("web/package-lock.json", ""),
        ("web/src/a.js", ""),
    ];
    for (before, after) in [
        (
            "COPY app.py ./\nCOPY config.py ./\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n",
            "COPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY app.py ./\nCOPY config.py ./\n",
        ),
        (
            "COPY --chown=1:1 app.py requirements.txt config.py ./\nRUN pip install -r requirements.txt\n",
            "COPY --chown=1:1 requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY --chown=1:1 app.py config.py ./\n",
        ),
        (
            "COPY requirements.txt /app/requirements.txt\n# the looks\nCOPY static /app/static\nCOPY nginx.conf /etc/nginx.conf\nRUN pip install -r requirements.txt && python app.py\n",
            "COPY requirements.txt /app/requirements.txt\nCOPY nginx.conf /etc/nginx.conf\nRUN pip install -r requirements.txt\n# the looks\nCOPY static /app/static\nRUN python app.py\n",
        ),
        // The folder that is entered last comes with the sources.
        (
            "COPY static ./static\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt && cd static && ls\n",
            "COPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY static ./static\nRUN cd static && ls\n",
        ),
        (
            "COPY web/src ./src\nCOPY web/package*.json ./\nRUN npm ci\n",
            "COPY web/package*.json ./\nRUN npm ci\nCOPY web/src ./src\n",
        ),
        (
            "COPY static /app/static\nCOPY requirements.txt /app/requirements.txt\nWORKDIR /app\nRUN pip install -r requirements.txt\n",
            "COPY requirements.txt /app/requirements.txt\nWORKDIR /app\nRUN pip install -r requirements.txt\nCOPY static /app/static\n",
        ),
        (
            "COPY *.py requirements.txt ./\nRUN pip install -r requirements.txt\n",
            "COPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY *.py ./\n",
        ),
    ] {
        check(&files, before, after, &[]);
    }
    for text in [
        "COPY requirements.txt ./\nRUN pip install -r requirements.txt\n",
        // What the install may need stands between, or was made elsewhere.
        "COPY app.py ./\nRUN python app.py\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n",
        "COPY app.py ./\nWORKDIR /b\nCOPY requirements.txt /app/\nRUN pip install -r /app/requirements.txt\n",
        "COPY nginx.conf /etc/\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n",
        "COPY [\"app.py\", \"requirements.txt\", \"./\"]\nRUN pip install -r requirements.txt\n",
        "COPY app.py ./\nRUN pip install flask\n",
        "COPY requirements.txt requirements-dev.txt ./\nRUN pip install -r requirements.txt\n",
        "COPY static ./static\nCOPY requirements.txt ./\nRUN cd static && pip install -r ../requirements.txt\n",
        "COPY static ./static\nCOPY requirements.txt ./\nRUN cd static && pip install flask && cd /app && pip install -r requirements.txt\n",
        "COPY app.py ./\nRUN pip install -r requirements.txt\n",
    ] {
        silent(&files, text);
    }
}

#[test]
fn go_without_modules() {
    let files = [
        ("go.mod", "module a\n\nrequire b v1.0.0\n"),
        ("main.go", ""),
    ];
    let text =
        |tag: &str| format!("FROM golang:{tag}\nWORKDIR /go/src/a\nCOPY . .\nRUN go build .\n");
    for tag in ["1.10", "1.10-alpine3.8", "1.9.2", "1.11", "1.12.5-alpine"] {
        silent(&files, &text(tag));
    }
    for tag in ["1.13", "1.22", "1", "latest"] {
        says(&files, &text(tag), "every module");
    }
    // Up to 1.12, outside of the path or where it is told to.
    for (before, run) in [
        ("WORKDIR /src\n", "go build ."),
        ("ENV GO111MODULE=on\nWORKDIR /go/src/a\n", "go build ."),
    ] {
        let text = format!("FROM golang:1.12\n{before}COPY . .\nRUN {run}\n");
        says(&files, &text, "every module");
    }
    silent(
        &files,
        "FROM golang:1.12\nWORKDIR /go/src/a\nCOPY . .\nRUN GO111MODULE=on go build .\n",
    );
    check(
        &files,
        "FROM golang:1.12\nWORKDIR /go/src/a\nCOPY . .\nRUN GO111MODULE=on go mod download\n",
        "FROM golang:1.12\nWORKDIR /go/src/a\nCOPY go.mod .\nRUN GO111MODULE=on go mod download\nCOPY . .\n",
        &[],
    );
}
