//! Every request that the server announces is asked here once, in each encoding: what is announced but has no case fails,
//! and so does a case that is not announced.

use std::collections::BTreeSet;

use dfix_tests::lsp_client::{Client, Setup, uri};
use dfix_tests::lsp_text::{self, Encoding};
use serde_json::{Value, json};

/// A document in which there is something to find for every request.
const TEXT: &str = "\
ARG VERSION=12
FROM debian:$VERSION AS base
RUN apt-get update && apt-get install -y curl
# é 😀 日本
# another line
FROM base AS final
ENV NAME=\"é😀\" OTHER=$VERSION
WORKDIR app
COPY --from=base /a ./😀/b
COPY file.txt /x
RUN   echo 😀 ${NAME} && \\
    echo b
RUN <<EOF
echo 😀
EOF
MAINTAINER 😀
CMD run
";

/// A session with the document open.
struct Case {
    client: Client,
    uri: String,
}

/// The cases of some methods: what is asked and expected.
type Cases = [(&'static str, fn(&mut Case))];

/// What every client is told of.
const CASES: &Cases = &[
    ("textDocument/didOpen", synchronisation),
    ("textDocument/didChange", synchronisation),
    ("textDocument/didClose", synchronisation),
    ("textDocument/didSave", synchronisation),
    ("textDocument/codeAction", code_actions),
    ("codeAction/resolve", code_actions),
    ("textDocument/hover", hover),
    ("textDocument/completion", completion),
    ("completionItem/resolve", completion_resolve),
    ("textDocument/signatureHelp", signature_help),
    ("textDocument/documentSymbol", document_symbols),
    ("workspace/symbol", workspace_symbols),
    ("textDocument/definition", definition),
    ("textDocument/references", references),
    ("textDocument/documentHighlight", highlight),
    ("textDocument/prepareRename", rename),
    ("textDocument/rename", rename),
    ("textDocument/documentLink", links),
    ("textDocument/foldingRange", folding),
    ("textDocument/selectionRange", selection),
    ("textDocument/semanticTokens/full", tokens),
    ("textDocument/semanticTokens/full/delta", tokens),
    ("textDocument/semanticTokens/range", tokens),
    ("textDocument/inlayHint", inlay_hints),
    ("textDocument/codeLens", lenses),
    ("codeLens/resolve", lenses),
    ("textDocument/formatting", formatting),
    ("textDocument/rangeFormatting", range_formatting),
    ("textDocument/onTypeFormatting", on_type_formatting),
    ("workspace/executeCommand dfix.fixAll", fix_all_command),
    ("workspace/executeCommand dfix.explain", explain_command),
    ("workspace/executeCommand dfix.verify", verify_command),
    ("workspace/didChangeWorkspaceFolders", folders),
];

/// What only a client that pulls is told of.
const PULLED: &Cases = &[
    ("textDocument/diagnostic", pulled),
    ("workspace/diagnostic", workspace_pulled),
];

#[test]
fn what_is_announced_works_and_nothing_else_is_announced() {
    for encoding in Encoding::ALL {
        check(Setup::default(), CASES, encoding);
    }
    let both: Vec<_> = CASES.iter().chain(PULLED).copied().collect();
    check(Setup::default().pulling(), &both, Encoding::Utf16);
}

fn check(setup: Setup, cases: &Cases, encoding: Encoding) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file.txt"), "x").unwrap();
    let path = folder.path().join("Dockerfile");
    std::fs::write(&path, TEXT).unwrap();
    let client = Client::start(Setup {
        encodings: vec![encoding],
        folders: vec![folder.path().to_path_buf()],
        ..setup
    });
    let announced = announced(&client.server);
    let tested: BTreeSet<String> = cases.iter().map(|case| case.0.to_owned()).collect();
    let untested: Vec<_> = announced.difference(&tested).collect();
    assert!(
        untested.is_empty(),
        "announced, but without a case here: {untested:?}"
    );
    let missing: Vec<_> = tested.difference(&announced).collect();
    assert!(missing.is_empty(), "no longer announced: {missing:?}");
    let mut case = Case {
        client,
        uri: uri(&path),
    };
    for (_, run) in cases {
        case.client.open(&case.uri, TEXT);
        run(&mut case);
        case.client.close(&case.uri);
    }
    assert_eq!(case.client.shutdown(), 0);
}

/// The methods that capabilities announce.
fn announced(server: &Value) -> BTreeSet<String> {
    let mut methods = BTreeSet::new();
    for (capability, value) in server.as_object().unwrap() {
        if value.is_null() || *value == json!(false) {
            continue;
        }
        let has = |member: &str| !matches!(value[member], Value::Null | Value::Bool(false));
        let mut add = |method: &str| methods.insert(method.to_owned());
        let simple = match capability.as_str() {
            "positionEncoding" => continue,
            "textDocumentSync" => {
                for name in ["didOpen", "didChange", "didClose"] {
                    add(&format!("textDocument/{name}"));
                }
                if has("save") {
                    add("textDocument/didSave");
                }
                continue;
            }
            "semanticTokensProvider" => {
                if has("full") {
                    add("textDocument/semanticTokens/full");
                }
                if value["full"]["delta"] == true {
                    add("textDocument/semanticTokens/full/delta");
                }
                if has("range") {
                    add("textDocument/semanticTokens/range");
                }
                continue;
            }
            "executeCommandProvider" => {
                for command in value["commands"].as_array().unwrap() {
                    add(&format!(
                        "workspace/executeCommand {}",
                        command.as_str().unwrap()
                    ));
                }
                continue;
            }
            "workspace" => {
                if has("workspaceFolders") {
                    add("workspace/didChangeWorkspaceFolders");
                }
                continue;
            }
            "diagnosticProvider" => {
                add("textDocument/diagnostic");
                if has("workspaceDiagnostics") {
                    add("workspace/diagnostic");
                }
                continue;
            }
            "workspaceSymbolProvider" => "workspace/symbol",
            "documentFormattingProvider" => "textDocument/formatting",
            "documentRangeFormattingProvider" => "textDocument/rangeFormatting",
            "documentOnTypeFormattingProvider" => "textDocument/onTypeFormatting",
            "renameProvider" => {
                if has("prepareProvider") {
                    add("textDocument/prepareRename");
                }
                "textDocument/rename"
            }
            other => &format!(
                "textDocument/{}",
                other.strip_suffix("Provider").unwrap_or(other)
            ),
        };
        add(simple);
        if has("resolveProvider") {
            add(&match capability.as_str() {
                "completionProvider" => "completionItem/resolve".to_owned(),
                other => format!(
                    "{}/resolve",
                    other.strip_suffix("Provider").unwrap_or(other)
                ),
            });
        }
    }
    methods
}

impl Case {
    /// Asks, and checks every range of the answer: it has to exist in the document.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self
            .client
            .request(method, params)
            .unwrap_or_else(|error| panic!("{method}: {error}"));
        self.check_ranges(method, &answer);
        answer
    }

    fn check_ranges(&self, method: &str, value: &Value) {
        match value {
            Value::Array(values) => values
                .iter()
                .for_each(|value| self.check_ranges(method, value)),
            Value::Object(members) => {
                if value["start"].is_object() && value["end"].is_object() {
                    let text = self.client.text(&self.uri);
                    let range = lsp_text::bytes(text, value, self.client.encoding);
                    assert!(range.is_ok(), "{method}: {range:?}");
                }
                members
                    .values()
                    .for_each(|value| self.check_ranges(method, value));
            }
            _ => {}
        }
    }

    /// The offset behind the first occurrence of a text.
    fn behind(&self, needle: &str) -> usize {
        let text = self.client.text(&self.uri);
        text.find(needle).unwrap_or_else(|| panic!("{needle}")) + needle.len()
    }

    /// Asks about a place, which is behind the first occurrence of a text.
    fn ask_behind(&mut self, method: &str, needle: &str, more: Value) -> Value {
        let mut params = self.client.at(&self.uri, self.behind(needle));
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        self.ask(method, params)
    }

    fn ask_document(&mut self, method: &str, more: Value) -> Value {
        let mut params = json!({"textDocument": {"uri": self.uri}});
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        self.ask(method, params)
    }

    fn whole(&self) -> Value {
        self.client
            .range(&self.uri, 0..self.client.text(&self.uri).len())
    }

    /// The texts at ranges of the document.
    fn texts<'a>(&self, ranges: impl IntoIterator<Item = &'a Value>) -> Vec<&str> {
        let text = self.client.text(&self.uri);
        let of = |range| &text[self.client.bytes(&self.uri, range)];
        ranges.into_iter().map(of).collect()
    }

    /// Applies edits of the document.
    fn applied(&mut self, edits: &Value) -> String {
        let text = self.client.text(&self.uri);
        let edits = edits.as_array().unwrap();
        let edits = lsp_text::text_edits(text, edits, self.client.encoding).unwrap();
        lsp_text::edited(text, &edits)
    }
}

/// The members of an answer, of which there must be some.
fn some(answer: &Value) -> &Vec<Value> {
    let values = answer
        .as_array()
        .unwrap_or_else(|| panic!("no list: {answer}"));
    assert!(!values.is_empty());
    values
}

fn synchronisation(case: &mut Case) {
    let Case { client, uri } = case;
    client.edit(uri, 0..0, "# 😀\n");
    client.save(uri);
    let end = client.text(uri).len();
    client.edit(uri, end - 1..end, "");
    let params = json!({"textDocument": {"uri": uri}});
    let tree = client.request("dfix/syntaxTree", params).unwrap();
    let tree = tree.as_str().unwrap();
    let first = tree.lines().next().unwrap();
    assert_eq!(first, format!("ROOT@0..{}", client.text(uri).len()));
    client.replace(uri, TEXT);
}

fn code_actions(case: &mut Case) {
    let place = case.behind("MAINTAINER");
    let Case { client, uri } = case;
    let range = client.range(uri, place..place);
    let params =
        json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}});
    let actions = case.ask("textDocument/codeAction", params);
    let fix = some(&actions)
        .iter()
        .find(|it| it["isPreferred"] == true)
        .unwrap();
    case.check_ranges("diagnostics", &fix["diagnostics"]);
    let resolved = case.ask("codeAction/resolve", fix.clone());
    case.client.apply(&resolved["edit"]).unwrap();
    let text = case.client.text(&case.uri);
    assert!(
        text.contains("LABEL") && !text.contains("MAINTAINER"),
        "{text}"
    );
    // Each other action has an edit too, or a command.
    case.client.replace(&case.uri, TEXT);
    let all = case.whole();
    let params =
        json!({"textDocument": {"uri": case.uri}, "range": all, "context": {"diagnostics": []}});
    let actions = case.ask("textDocument/codeAction", params);
    for action in some(&actions) {
        let resolved = case.ask("codeAction/resolve", action.clone());
        if resolved["command"].is_null() {
            case.client
                .apply(&resolved["edit"])
                .unwrap_or_else(|error| panic!("{action}: {error}"));
            assert_ne!(case.client.text(&case.uri), TEXT, "{action}");
            case.client.replace(&case.uri, TEXT);
            // The version is part of an action, so that each needs its own text.
            let params = json!({"textDocument": {"uri": case.uri}, "range": all, "context": {"diagnostics": []}});
            let again = case.ask("textDocument/codeAction", params);
            assert_eq!(some(&again).len(), some(&actions).len());
            break;
        }
    }
}

fn hover(case: &mut Case) {
    let answer = case.ask_behind("textDocument/hover", "COP", json!({}));
    assert!(
        answer["contents"]["value"]
            .as_str()
            .unwrap()
            .contains("COPY")
    );
    assert_eq!(case.texts([&answer["range"]]), ["COPY"]);
}

fn completion(case: &mut Case) {
    let items = complete(case);
    let labels: Vec<&str> = items
        .iter()
        .map(|item| item["label"].as_str().unwrap())
        .collect();
    assert!(labels.contains(&"base"), "{labels:?}");
}

/// What can stand behind `--from=`.
fn complete(case: &mut Case) -> Vec<Value> {
    let answer = case.ask_behind("textDocument/completion", "--from=", json!({}));
    let items = if answer.is_array() {
        &answer
    } else {
        &answer["items"]
    };
    some(items).clone()
}

fn completion_resolve(case: &mut Case) {
    for item in complete(case) {
        let resolved = case.ask("completionItem/resolve", item.clone());
        // Nothing that was said before changes.
        for (name, value) in item.as_object().unwrap() {
            assert_eq!(&resolved[name], value, "{name}");
        }
    }
}

fn signature_help(case: &mut Case) {
    let answer = case.ask_behind("textDocument/signatureHelp", "FROM ", json!({}));
    let signature = &some(&answer["signatures"])[0];
    assert!(
        signature["label"].as_str().unwrap().contains("FROM"),
        "{signature}"
    );
}

fn document_symbols(case: &mut Case) {
    let answer = case.ask_document("textDocument/documentSymbol", json!({}));
    let names: Vec<&str> = some(&answer)
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"base") && names.contains(&"final"),
        "{names:?}"
    );
}

fn workspace_symbols(case: &mut Case) {
    let answer = case.ask("workspace/symbol", json!({"query": "fin"}));
    assert!(
        some(&answer).iter().any(|it| it["name"] == "final"),
        "{answer}"
    );
}

/// The ranges that locations or links point at.
fn targets(answer: &Value) -> Vec<Value> {
    let one = [answer.clone()];
    let all = answer.as_array().map_or(&one[..], Vec::as_slice);
    let range = |it: &Value| match it.get("targetSelectionRange") {
        Some(range) => range.clone(),
        None => it["range"].clone(),
    };
    all.iter().map(range).collect()
}

fn definition(case: &mut Case) {
    let answer = case.ask_behind("textDocument/definition", "--from=ba", json!({}));
    let targets = targets(&answer);
    assert_eq!(case.texts(&targets), ["base"]);
}

fn references(case: &mut Case) {
    let context = json!({"context": {"includeDeclaration": true}});
    let answer = case.ask_behind("textDocument/references", "AS ba", context);
    let targets = targets(&answer);
    assert_eq!(case.texts(&targets), ["base"; 3]);
}

fn highlight(case: &mut Case) {
    let answer = case.ask_behind("textDocument/documentHighlight", "AS ba", json!({}));
    let targets = targets(&answer);
    assert_eq!(case.texts(&targets), ["base"; 3]);
}

fn rename(case: &mut Case) {
    let answer = case.ask_behind("textDocument/prepareRename", "AS ba", json!({}));
    let range = answer.get("range").unwrap_or(&answer);
    assert_eq!(case.texts([range]), ["base"]);
    let edit = case.ask_behind("textDocument/rename", "AS ba", json!({"newName": "other"}));
    case.client.apply(&edit).unwrap();
    assert_eq!(case.client.text(&case.uri), TEXT.replace("base", "other"));
    let params = case.client.at(&case.uri, case.behind("CM"));
    let refused = case.client.request("textDocument/prepareRename", params);
    assert!(
        refused.is_err() || refused == Ok(Value::Null),
        "{refused:?}"
    );
}

fn links(case: &mut Case) {
    let answer = case.ask_document("textDocument/documentLink", json!({}));
    let links = some(&answer).clone();
    let files: Vec<&Value> = links.iter().map(|link| &link["range"]).collect();
    assert!(case.texts(files).contains(&"file.txt"), "{answer}");
    assert!(
        links.iter().all(|link| link["target"].is_string()),
        "{links:?}"
    );
}

fn folding(case: &mut Case) {
    let answer = case.ask_document("textDocument/foldingRange", json!({}));
    let lines = TEXT.lines().count() as u64;
    for fold in some(&answer) {
        let (start, end) = (
            fold["startLine"].as_u64().unwrap(),
            fold["endLine"].as_u64().unwrap(),
        );
        assert!(start < end && end < lines, "{fold}");
    }
}

fn selection(case: &mut Case) {
    let places = [case.behind("😀 ${NA"), case.behind("apt-get upd"), 0];
    let positions: Vec<Value> = places
        .iter()
        .map(|place| case.client.position(&case.uri, *place))
        .collect();
    let answer = case.ask_document(
        "textDocument/selectionRange",
        json!({"positions": positions}),
    );
    let ranges = some(&answer);
    assert_eq!(ranges.len(), 3);
    for (place, range) in places.into_iter().zip(ranges) {
        let mut inner = case.client.bytes(&case.uri, &range["range"]);
        assert!(inner.start <= place && place <= inner.end);
        let mut range = &range["parent"];
        while !range.is_null() {
            let outer = case.client.bytes(&case.uri, &range["range"]);
            assert!(outer.start <= inner.start && inner.end <= outer.end && outer != inner);
            inner = outer;
            range = &range["parent"];
        }
        assert_eq!(inner, 0..TEXT.len());
    }
}

fn tokens(case: &mut Case) {
    let numbers = |answer: &Value| -> Vec<u64> {
        answer["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_u64().unwrap())
            .collect()
    };
    let full = case.ask_document("textDocument/semanticTokens/full", json!({}));
    let before = numbers(&full);
    assert!(before.len() > 20 && before.len() % 5 == 0);
    // Tokens have places that exist, in order and apart.
    let (mut line, mut column, mut last) = (0, 0, 0);
    for token in before.chunks(5) {
        if token[0] > 0 {
            column = 0;
        }
        line += token[0];
        column += token[1];
        let end = column + token[2];
        let range = json!({"start": {"line": line, "character": column}, "end": {"line": line, "character": end}});
        let bytes = case.client.bytes(&case.uri, &range);
        assert!(bytes.start >= last && !bytes.is_empty(), "{token:?}");
        last = bytes.end;
    }
    let range = case.whole();
    let ranged = case.ask_document("textDocument/semanticTokens/range", json!({"range": range}));
    assert_eq!(numbers(&ranged), before);
    // The difference after a change, applied, is what the whole is.
    case.client.edit(&case.uri, 0..0, "# 😀\nFROM a AS b\n");
    let previous = json!({"previousResultId": full["resultId"]});
    let delta = case.ask_document("textDocument/semanticTokens/full/delta", previous);
    let mut after = before;
    let mut edits = some(&delta["edits"]).clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit["start"].as_u64()));
    for edit in edits {
        let number = |name: &str| usize::try_from(edit[name].as_u64().unwrap()).unwrap();
        let data = if edit["data"].is_array() {
            numbers(&edit)
        } else {
            Vec::new()
        };
        let start = number("start");
        after.splice(start..start + number("deleteCount"), data);
    }
    let whole = case.ask_document("textDocument/semanticTokens/full", json!({}));
    assert_eq!(numbers(&whole), after);
}

fn inlay_hints(case: &mut Case) {
    let range = case.whole();
    let answer = case.ask_document("textDocument/inlayHint", json!({"range": range}));
    for hint in some(&answer) {
        let text = case.client.text(&case.uri);
        assert!(
            lsp_text::offset(text, &hint["position"], case.client.encoding).is_ok(),
            "{hint}"
        );
    }
}

fn lenses(case: &mut Case) {
    let answer = case.ask_document("textDocument/codeLens", json!({}));
    for lens in some(&answer).clone() {
        let lens = match lens["command"].is_null() {
            true => case.ask("codeLens/resolve", lens),
            false => lens,
        };
        assert!(lens["command"]["title"].is_string(), "{lens}");
    }
}

const STYLE: &str = "options";

fn style() -> Value {
    json!({"tabSize": 4, "insertSpaces": true})
}

fn formatting(case: &mut Case) {
    let edits = case.ask_document("textDocument/formatting", json!({ STYLE: style() }));
    let after = case.applied(&edits);
    assert!(after.contains("\nRUN echo 😀"), "{after}");
}

fn range_formatting(case: &mut Case) {
    let start = case.behind("COPY file.txt /x");
    let range = case.client.range(&case.uri, start..TEXT.len());
    let edits = case.ask_document(
        "textDocument/rangeFormatting",
        json!({ STYLE: style(), "range": range }),
    );
    let after = case.applied(&edits);
    assert!(after.contains("\nRUN echo 😀"), "{after}");
}

fn on_type_formatting(case: &mut Case) {
    let more = json!({ STYLE: style(), "ch": "\n" });
    let edits = case.ask_behind("textDocument/onTypeFormatting", "&& \\\n", more);
    if !edits.is_null() {
        case.applied(&edits);
    }
}

fn fix_all_command(case: &mut Case) {
    let params = json!({"command": "dfix.fixAll", "arguments": [case.uri]});
    case.ask("workspace/executeCommand", params);
    case.client.until("the edit", |client| {
        !client.text(&case.uri).contains("MAINTAINER")
    });
    let actions = case.client.actions(&case.uri, 0..0, &["source.fixAll"]);
    let edit = case.client.resolve(&actions[0]).unwrap();
    // Nothing is left to be fixed.
    let before = case.client.text(&case.uri).to_owned();
    case.client.apply(&edit).unwrap();
    assert_eq!(case.client.text(&case.uri), before);
}

fn explain_command(case: &mut Case) {
    let params = json!({"command": "dfix.explain", "arguments": ["apt-merge"]});
    let page = case.ask("workspace/executeCommand", params);
    assert!(
        page["markdown"].as_str().unwrap().contains("apt-merge"),
        "{page}"
    );
}

/// Where there is nothing to rewrite, nothing is built.
fn verify_command(case: &mut Case) {
    case.client.replace(&case.uri, "FROM debian:12\n");
    let params = json!({"command": "dfix.verify", "arguments": [case.uri]});
    case.ask("workspace/executeCommand", params);
    case.client.until("the result", |client| {
        let mut notes = client.notes.iter();
        notes.any(|note| note.to_string().contains("nothing was built"))
    });
}

fn folders(case: &mut Case) {
    let folder = tempfile::tempdir().unwrap();
    let event = json!({"added": [{"uri": uri(folder.path()), "name": "new"}], "removed": []});
    case.client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": event}),
    );
    case.ask_document("dfix/syntaxTree", json!({}));
}

fn pulled(case: &mut Case) {
    let report = case.ask_document("textDocument/diagnostic", json!({}));
    assert_eq!(report["kind"], "full");
    let codes: Vec<&Value> = some(&report["items"])
        .iter()
        .map(|it| &it["code"])
        .collect();
    assert!(codes.contains(&&json!("maintainer-to-label")), "{codes:?}");
    let previous = json!({"previousResultId": report["resultId"]});
    let again = case.ask_document("textDocument/diagnostic", previous);
    assert_eq!(again["kind"], "unchanged");
    assert!(
        !case.client.published.contains_key(&case.uri),
        "pulled and pushed"
    );
}

fn workspace_pulled(case: &mut Case) {
    let report = case.ask("workspace/diagnostic", json!({"previousResultIds": []}));
    let own = some(&report["items"])
        .iter()
        .find(|it| it["uri"] == json!(case.uri))
        .unwrap();
    assert_eq!(own["kind"], "full");
    assert_eq!(own["version"], 1);
}

/// The requests of our own, which no capability announces.
#[test]
fn requests_of_our_own() {
    let mut client = Client::new();
    let uri = "untitled:Dockerfile";
    client.open(uri, TEXT);
    let page = client
        .request("dfix/explain", json!({"rule": "DL3009"}))
        .unwrap();
    assert!(page["markdown"].as_str().unwrap().len() > 100, "{page}");
    let place = TEXT.find("MAINTAINER").unwrap();
    let proof = client.request("dfix/proof", client.at(uri, place)).unwrap();
    assert!(
        proof["markdown"]
            .as_str()
            .unwrap()
            .contains("maintainer-to-label"),
        "{proof}"
    );
    let params = json!({"textDocument": {"uri": uri}});
    let tree = client.request("dfix/syntaxTree", params).unwrap();
    assert_eq!(tree, json!(crate::cli::tree(TEXT)));
    assert_eq!(client.shutdown(), 0);
}
