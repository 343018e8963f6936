#!/usr/bin/env python3
"""Compares dfix's shell trees with shfmt's: the same commands, words, connectors and redirections.

    shell_oracle.py --dump TARGET/examples/shell_dump [--shfmt shfmt] [--dash dash] [--jobs 2] FILE_OR_FOLDER...

takes the shell texts of the RUN instructions of Dockerfiles; `--texts` takes them from JSON lines {"text", "dialect":
"posix"|"bash"} on standard input; `--soup N` makes N random ones.

Each text gives one of: `same`, `different` (shown), `opaque` (dfix gave up; shown with what the shells say),
`refused` (shfmt gave up); with `(the shells say: ...)` where dash -n and bash -n don't agree with dfix's verdict. Exit status
1 when a text is different or the shells disagree (of random texts: more than 1 % of them), or more than 1 % are opaque.
"""
import argparse
import collections
import concurrent.futures
import json
import random
import re
import subprocess
import sys

COMPOUND = {"IfClause": "if", "WhileClause": "while", "CaseClause": "case", "Block": "group", "Subshell": "subshell",
            "FuncDecl": "function", "TestClause": "test", "ArithmCmd": "arithmetic_command",
            "CoprocClause": "other_compound"}


class Tree:
    """Brings shfmt's JSON into the form of the shell_dump example."""

    def __init__(self, text):
        self.bytes = text.encode()
        self.function_goes_on = False

    def slice(self, node):
        return self.bytes[node["Pos"]["Offset"]:node["End"]["Offset"]].decode()

    def script(self, statements):
        return [[self.list(s), "&" if s.get("Background") else ""] for s in statements or []]

    def list(self, statement):
        """An and-or list: shfmt nests it to the left."""
        command = statement.get("Cmd") or {}
        plain = not statement.get("Negated") and not statement.get("Redirs")
        if command.get("Type") == "BinaryCmd" and command["Op"] in ("&&", "||") and plain:
            return self.list(command["X"]) + [command["Op"]] + self.list(command["Y"])
        return [self.pipeline(statement)]

    def pipeline(self, statement):
        prefix = ["!"] if statement.get("Negated") else []
        command = statement.get("Cmd") or {}
        if command.get("Type") == "TimeClause":
            inner = self.pipeline(command["Stmt"]) if command.get("Stmt") else []
            return prefix + ["time"] + (["-p"] if command.get("PosixFormat") else []) + inner
        if command.get("Type") == "BinaryCmd" and command["Op"] in ("|", "|&"):
            return prefix + self.pipeline(command["X"]) + [command["Op"]] + self.pipeline(command["Y"])
        return prefix + [self.command(statement, command)]

    def command(self, statement, command):
        kind = command.get("Type", "CallExpr")
        result = {"kind": COMPOUND.get(kind, "command")}
        add = lambda name, values: values and result.setdefault(name, []).extend(values)
        if kind == "CallExpr":
            add("assignments", [self.assignment(a) for a in command.get("Assigns") or []])
            add("words", [self.word(a) for a in command.get("Args") or []])
        elif kind == "DeclClause":
            add("words", [[command["Variant"]["Value"], []]] + [self.word(a) for a in command.get("Args") or []])
        elif kind == "LetClause":
            add("words", [["let", []]] + [self.word(a) for a in command["Exprs"]])
        elif kind == "IfClause":
            clause = command
            while clause:
                # An `else` is a clause without a condition.
                if clause.get("Cond"):
                    add("scripts", [self.script(clause["Cond"])])
                add("scripts", [self.script(clause["Then"])])
                clause = clause.get("Else")
        elif kind == "WhileClause":
            add("scripts", [self.script(command["Cond"]), self.script(command["Do"])])
        elif kind == "ForClause":
            result["kind"] = "other_compound" if command.get("Select") else "for"
            add("words", [self.word(w) for w in command["Loop"].get("Items") or []])
            add("scripts", [self.script(command["Do"])])
        elif kind == "CaseClause":
            add("words", [self.word(command["Word"])])
            add("items", [[[self.word(p) for p in item["Patterns"]], self.script(item.get("Stmts"))]
                          for item in command.get("Items") or []])
        elif kind in ("Block", "Subshell"):
            add("scripts", [self.script(command["Stmts"])])
        elif kind == "FuncDecl":
            add("words", [[command["Name"]["Value"], []]])
            result["body"] = self.command(command["Body"], command["Body"].get("Cmd") or {})
        elif kind == "BinaryCmd":
            self.function_goes_on = True
        add("redirects", [self.redirect(r) for r in statement.get("Redirs") or []])
        return result

    def redirect(self, redirect):
        operator = (redirect["N"]["Value"] if redirect.get("N") else "") + redirect["Op"]
        return [operator, self.word(redirect["Word"])]

    def word(self, word):
        scripts = []
        self.substitutions(word, scripts)
        return [self.slice(word).replace("\\\n", ""), scripts]

    def assignment(self, assignment):
        text, scripts = self.word(assignment)
        # shfmt's range of an empty `a+=` stops before the equals sign.
        return [text + "=" if assignment.get("Append") and text.endswith("+") else text, scripts]

    def substitutions(self, node, scripts):
        if isinstance(node, list):
            for child in node:
                self.substitutions(child, scripts)
        elif isinstance(node, dict):
            if node.get("Type") in ("CmdSubst", "ProcSubst"):
                scripts.append(self.script(node.get("Stmts")))
            else:
                for child in node.values():
                    self.substitutions(child, scripts)


def same(ours, theirs):
    """Equality, where a raw substitution (null) of ours equals anything."""
    if ours is None:
        return True
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    return ours == theirs


def accepts(shell, text):
    """Whether a shell's own parser accepts a text."""
    run = subprocess.run([shell, "-n"], input=text.encode(), capture_output=True)
    # bash reports some mistakes inside of [[ ]] without failing, and warns about a heredoc without its end.
    complaints = [line for line in run.stderr.splitlines() if b"warning: here-document" not in line]
    return run.returncode == 0 and not complaints


def compare(options, answer):
    text, root, script = answer["text"], answer["root"], answer["script"]
    shells = {"posix": accepts(options.dash, text)} if answer["dialect"] == "posix" else {}
    shells["bash"] = accepts("bash", text) if root != "script" or answer["dialect"] == "bash" else None
    expected = "opaque"
    if shells.get("posix") or (answer["dialect"] == "bash" and shells["bash"]):
        expected = "script"
    elif answer["dialect"] == "posix" and shells["bash"] is not False:
        expected = "bashism"
    if root == "opaque":
        return ("opaque", "") if expected == "opaque" else (f"opaque (the shells say: {expected})", "")
    verdict = "" if root == expected else f" (the shells say: {expected})"
    language = "bash" if root == "bashism" or answer["dialect"] == "bash" else "posix"
    result, detail = against_shfmt(options.shfmt, language, text, script)
    if result != "same" and language == "posix" and against_shfmt(options.shfmt, "bash", text, script)[0] == "same":
        # shfmt's POSIX grammar is narrower than dash's in corners, such as `${a//b}`, which fails only when it runs.
        result, detail = "same as bash", ""
    return result + verdict, detail


# What dash reads in its own way: a descriptor has one digit, and none has a name.
DASH_ONLY = re.compile(r"[0-9]{2,}[<>]|\{\w+\}[<>]")
# What bash reads in its own way: `<&-` is whole whatever follows, `+=` needs a name, and `${ ` is no substitution yet.
BASH_ONLY = re.compile(r"[<>]&-\S|(^|\W)\+=|\$\{ ")


def against_shfmt(shfmt, language, text, script):
    run = subprocess.run([shfmt, "--to-json", "-ln", language], input=text, capture_output=True, text=True)
    if run.returncode != 0:
        return "refused", run.stderr.strip()
    tree = Tree(text)
    theirs = tree.script(json.loads(run.stdout).get("Stmts"))
    if same(script, theirs):
        return "same", ""
    # shfmt takes what follows a function's body for a part of the body: `f() { a; } && b` defines and runs b in a shell.
    if tree.function_goes_on or (DASH_ONLY if language == "posix" else BASH_ONLY).search(text):
        return "shfmt is known to differ", ""
    return "different", f"dfix:  {json.dumps(script)}\nshfmt: {json.dumps(theirs)}"


# Pieces of shell that stand next to each other in every way in random texts.
SOUP = """a b x=1 y= if then elif else fi for in while until do done case esac { } ! ( ) ; ;; & && || | < > >> << <<- <&- >&2 2>
'q r' 'q "d e" " $v ${v} ${v:-w} ${v%%'} ${v#x} $( $(a) $(( 1+2 )) $((1)) `a` ` \\ \\; # #c * [ ] [[ ]] {a,b} ~ $ $' = +=
f() f() { a; } case x in a|b) ;; esac; if a; then b; fi while a; do b; done (a) {a;} for x in 1 2; do a; done x=(1 2) ${ } $[1] time
function f { a; } <(a) >(a) <<< &> |& (( )) ((1)) select coproc 10> {fd}> ;& ;;& -f == =~ -a ! time -p declare x[1]=2 é""".split("\n")


def soup(count, seed, newlines):
    """Random texts, most of them short, with and without blanks between the pieces."""
    chance = random.Random(seed)
    pieces = [piece for line in SOUP for piece in line.split(" ")]
    pieces += ["a;", "a b", "f() { a; }", "if a; then b; fi", "while a; do b; done", "for x in 1 2; do a; done", "case x in",
               "a) b;;", "; done", "; fi", "; }", "; do", "; then", "(a)", "$(a b)", "\"c d\"", "${v:-\"w\"}"]
    if newlines:
        pieces += ["\n"] * 12 + ["\\\n", "cat <<X", "cat <<'X'\n$a\nX\n", "<<X\n$(a)\nX\n", "\nX\n", "#c\n", "<<-X\n\tb\n\tX\n"] * 2
    for _ in range(count):
        blank = chance.choice(["", " ", " "])
        parts = chance.choices(pieces, k=1 + min(int(chance.expovariate(0.2)), 20))
        for dialect in ("posix", "bash"):
            yield {"text": blank.join(parts), "dialect": dialect}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", help="the shell_dump example")
    parser.add_argument("--shfmt", default="shfmt")
    parser.add_argument("--dash", default="dash")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=20, help="how many texts of each class to show")
    parser.add_argument("--texts", action="store_true", help="compare the texts on standard input")
    parser.add_argument("--soup", type=int, metavar="COUNT", help="compare random texts instead of files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--newlines", action="store_true", help="random texts with newlines and heredocs")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    lines = None
    if options.soup:
        lines = "".join(json.dumps(request) + "\n" for request in soup(options.soup, options.seed, options.newlines))
    elif options.texts:
        lines = sys.stdin.read()
    dump = subprocess.run([options.dump, *([] if lines else options.files)], input=lines, stdout=subprocess.PIPE,
                          text=True, check=True)
    answers = [json.loads(line) for line in dump.stdout.splitlines()]
    classes = collections.Counter()
    shown = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for request, (result, detail) in zip(answers, pool.map(lambda answer: compare(options, answer), answers)):
            classes[result] += request.get("count", 1)
            if result != "same" and not (options.soup and result == "opaque") and shown[result] < options.show:
                shown[result] += 1
                print(f"== {result}: {request['dialect']}: {request['text'][:2000]!r}\n{detail}\n")
    total = sum(classes.values())
    print(f"{total} texts, {len(answers)} of them distinct:")
    for result, count in classes.most_common():
        print(f"{count:8} {100 * count / total:7.3f} %  {result}")
    wrong = sum(count for result, count in classes.items() if "different" in result or "shells say" in result)
    if options.soup:
        return 1 if wrong > total / 100 else 0
    return 1 if wrong or classes["opaque"] > total / 100 else 0


if __name__ == "__main__":
    sys.exit(main())
