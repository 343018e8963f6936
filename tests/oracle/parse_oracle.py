#!/usr/bin/env python3
"""Compares dfix's parser with a reference parser, file by file.

References:
  dockerfile   the Python package of that name (PyPI), which carries the parser of an older BuildKit
  buildplan    a program that prints BuildKit's nodes and errors as JSON lines (`-no-lint -stdin`): --buildplan PATH

Every file is one comparison: keywords, line spans, flags, arguments, JSON form and (buildplan) heredocs have to be equal
for a file that the reference accepts; for a file that it refuses, dfix has to report an error, and only then.

  parse_oracle.py --dfix "target/release/dfix parse --format json" FOLDER_OR_FILE...
  parse_oracle.py --buildplan PATH --mutate 20 --dfix ... FOLDER
  parse_oracle.py --buildplan PATH --generate 50000 --dfix ...

--mutate N also compares N damaged copies of each file: cut, lines left out, doubled, swapped or joined with those of another
file, other line ends, single characters changed. --generate N compares N small files made of random pieces. Both do the same in
every run with the same --seed.

Exit status: 0 all equal, 1 differences, 2 something failed.
"""

import argparse
import itertools
import json
import pathlib
import random
import shlex
import subprocess
import sys
import tempfile

BATCH = 2000
FRAGMENTS = [
    "\\\n", "`\n", "\n", "\r\n", "\r", " ", "\t", "\v", "\u00a0", "#", "# c\n", "\\", "`", "'", '"', "$", "${x:-", "}", "$x", "<<E ",
    "<<-E", "<< ", "E\n", "[", "]", '["a"]', ",", "=", "--", "--x ", " --from=a ", "FROM a\n", "RUN ", "ONBUILD ", "ENV ", "é",
    "\\\\", "\\\n\n", "\\\n# c\n", "\ufeff", " as ", "[]", '\\u0041', "HEALTHCHECK ", "NONE", "CMD ", "# escape=`\n",
]


def mutate(text, other, rng):
    """One damaged copy of a text."""
    lines = text.splitlines(keepends=True)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        kind = rng.randrange(9)
        joined = "".join(lines)
        at = rng.randrange(len(joined) + 1)
        if kind == 0:
            joined = joined[:at]
        elif kind == 1:
            joined = joined[:at] + rng.choice(FRAGMENTS) + joined[at:]
        elif kind == 2:
            joined = joined[:at] + joined[at + rng.choice([1, 1, 2, 8]):]
        elif kind == 3:
            joined = joined.replace("\r\n", "\n").replace("\n", rng.choice(["\r\n", "\r\n", "\r\r\n"]))
        elif kind == 4:
            joined = "# escape=`\n" + (joined.replace("\\", "`") if rng.random() < 0.5 else joined)
        elif lines:
            n = rng.randrange(len(lines))
            if kind == 5:
                lines = lines[:n] + lines[n + 1:]
            elif kind == 6:
                lines = lines[: n + 1] + lines[n:]
            elif kind == 7:
                m = rng.randrange(len(lines))
                lines[n], lines[m] = lines[m], lines[n]
            else:
                extra = other.splitlines(keepends=True) or ["\n"]
                m = rng.randrange(len(extra))
                lines[n:n] = extra[m : m + rng.choice([1, 1, 3])]
            joined = "".join(lines)
        lines = joined.splitlines(keepends=True)
    return "".join(lines)


KEYWORDS = (
    "FROM RUN CMD LABEL MAINTAINER EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD STOPSIGNAL HEALTHCHECK SHELL "
    "run Copy FOO onbuild \u212a onbu\u0131ld WOR\u212aDIR MA\u0130NTAINER"
).split()
PIECES = (
    "a b = == x=y A=b 'c' \"d\" ' \" \\ \\\\ \\' \\\" ` `` $ $x ${x} ${x:-y} ${x- ${x} ${x#a} ${x//a/b} ${x/a} ${x^^} ${#x} ${:x} ${ } ${x:=y} "
    "${x=y} ${x?} ${x:?e} $$ $1 <<E <<-E <<'E' <<\"E\" <<\\E << <<- <<E${x} <<E${x-y} 3<<E <<<E <<< << E E <<F \u00a0 \u0085 \u2003 \u3000 é à 你 † "
    "\t \v \f \r -- --a --a=b --from=a --from=$x --link --link=true --link=TRUE --link= --link=x --chown=a:b --chmod=755 --platform=$x "
    "--mount=type=bind,from=$x --mount=type=cache,target=/x --mount=from=a$ --mount= --mount=\"a\" '--mount=\"a,b\"' --network=none "
    "--network=x --security=insecure --device=a --device=name=a,required --device=a,b --device=required=x --interval=5s --interval=5 "
    "--timeout=1m1.5s --retries=3 --retries=-1 --retries=x --start-period=1us --start-interval=0 --exclude=à --exclude=x --checksum=x "
    "--keep-git-dir --unpack=false --parents --x='a b' --x=a\\\\ --x=\"a\\\\\"b\" [ ] , [] [\"a\"] [\"a\",\"b\"] [\"a\",] [1] [1e999] [null] "
    "[\"\\u0041\"] [\"\\ud800\"] [\"\\x\"] [[\"a\"]] [{\"a\":1}] {} \"a\" : ['a'] [\"\"] [\"<<E\",\"<<E\"] NONE none CMD cmd AS as a\u017f b/c:1 1x x-y.z # #c 80/tcp /"
).split(" ")


def generate(rng):
    """A small file of random pieces."""
    escape = rng.random() < 0.15
    lines = ["# escape=`" if escape else "# syntax=x"] if escape or rng.random() < 0.1 else []
    if rng.random() < 0.95:
        lines.append("FROM a")
    for _ in range(rng.choice([1, 1, 2, 3])):
        line = rng.choice(["", "", "", "ONBUILD ", " "]) + rng.choice(KEYWORDS)
        for _ in range(rng.randrange(7)):
            line += rng.choice([" ", " ", " ", " ", "", "  "]) + rng.choice(PIECES)
            if rng.random() < 0.05:
                line += "`\n" if escape else "\\\n"
        lines.append(line)
        if "<<" in line and rng.random() < 0.8:
            lines += rng.choice([["x"], [], ["# c", "", "\tx"]])
            lines += rng.choice([["E"], ["E"], ["\tE"], ["E", "E"], ["E", "F"], ["E "], ["EOF", "E"]])
    return rng.choice(["\n", "\n", "\n", "\r\n"]).join(lines) + rng.choice(["\n", "\n", ""])


def lower(text):
    """Go's strings.ToLower, which keeps one character one character."""
    return text.replace("\u0130", "i").lower()


def run_dfix(command, paths):
    done = subprocess.run(shlex.split(command) + [str(p) for p in paths], stdout=subprocess.PIPE, text=True)
    if not done.stdout:
        raise RuntimeError(f"{command} printed nothing (status {done.returncode})")
    return {item["file"]: item for item in json.loads(done.stdout)}


def flatten(instruction):
    return {
        "keyword": instruction["keyword"],
        "start": instruction["start_line"],
        "end": instruction["end_line"],
        "flags": instruction["flags"],
        "json": instruction["json"],
        "args": instruction["args"],
        "heredocs": [
            (h["name"], h["expand"], h["chomp"], h["content"], h.get("descriptor")) for h in instruction["heredocs"]
        ],
    }


class Buildplan:
    """BuildKit's parser and instruction layer."""

    has_instruction_layer = True
    known = 0

    fields = ("keyword", "start", "end", "flags", "json", "args", "heredocs")

    def __init__(self, program):
        self.program = program

    @staticmethod
    def adapt(instruction):
        pass

    def run(self, paths):
        listing = "".join(json.dumps({"file": str(p)}) + "\n" for p in paths)
        done = subprocess.run(
            [self.program, "-no-lint", "-stdin"], input=listing, stdout=subprocess.PIPE, text=True, check=True
        )
        # A comment may hold a line separator of Unicode, so only \n ends a record.
        for line in done.stdout.split("\n"):
            if line:
                item = json.loads(line)
                yield item["file"], self.outcome(item)

    def outcome(self, item):
        error = item.get("error")
        if error and error["kind"] in ("read", "panic", "timeout"):
            return None
        if error and error["kind"] in ("parse", "instruction"):
            return error["message"], None
        # The parser gives an unknown instruction one empty argument, and so on: nodes are taken as they are.
        return None, [
            {
                "keyword": lower(node["cmd"]),
                "start": node["start"],
                "end": node["end"],
                "flags": node["flags"],
                "json": node["json"],
                "args": node["args"],
                "heredocs": [
                    (h["Name"], h["Expand"], h["Chomp"], h["Content"], h["FileDescriptor"])
                    for h in node.get("heredocs") or []
                ],
            }
            for node in item["nodes"]
        ]


class Dockerfile:
    """The package `dockerfile`: only the parser, so that it accepts what the instruction layer refuses."""

    has_instruction_layer = False
    known = 0  # JSON arrays with something behind them: a JSON form in that BuildKit only

    fields = ("keyword", "start", "end", "flags", "json", "args", "heredocs")

    def __init__(self):
        import dockerfile

        self.module = dockerfile

    @staticmethod
    def adapt(instruction):
        """Leaves out of dfix's answer what the package doesn't tell."""
        keyword = instruction["keyword"]
        args = instruction["args"]
        if keyword == "onbuild" and args:
            keyword = args[0].lower()
            instruction["flags"] = []  # the package has the flags of ONBUILD itself
            if keyword in ("env", "label"):
                args[1:] = without_separators(args[1:])
        elif keyword in ("env", "label"):
            instruction["args"] = without_separators(args)
        instruction["heredocs"] = [(name, None, None, content, fd) for name, _, _, content, fd in instruction["heredocs"]]

    def run(self, paths):
        for path in paths:
            try:
                nodes = self.module.parse_string(path.read_bytes().decode())
            except (self.module.GoParseError, self.module.GoIOError) as error:
                yield str(path), (str(error), None)
                continue
            yield str(path), (None, [self.node(node) for node in nodes])

    @staticmethod
    def node(node):
        args = list(node.value)
        if node.sub_cmd:
            args.insert(0, node.sub_cmd)
        return {
            "keyword": lower(node.cmd or ""),
            "start": node.start_line,
            "end": node.end_line,
            "flags": list(node.flags),
            "json": node.json,
            "args": args,
            "heredocs": [(h.name, None, None, h.content, h.file_descriptor) for h in node.heredocs],
        }


def without_separators(args):
    """name, value, separator, ... without the separators."""
    return [arg for number, arg in enumerate(args) if number % 3 != 2]


def compare(found, expected, reference):
    """What differs between dfix's answer and the reference's; None if nothing does."""
    if "unreadable" in found:
        return f"dfix can't read it: {found['unreadable']}"
    if found.get("lossless") is False:
        return "not lossless"
    message, nodes = expected
    errors = found["errors"]
    if nodes is None:
        return None if errors else f"no error, reference says: {message}"
    if errors and reference.has_instruction_layer:
        return f"false error: {errors[0]}"
    mine = [flatten(i) for i in found["instructions"]]
    for instruction in mine:
        reference.adapt(instruction)
    for number, (a, b) in enumerate(zip(mine, nodes)):
        if not reference.has_instruction_layer and b["json"] and not a["json"] and a["args"][-1:] != []:
            text = a["args"][1 if a["keyword"] in ("onbuild", "healthcheck") else 0]
            if text.startswith("["):
                reference.known += 1
                continue
        if reference.has_instruction_layer and "\ufffd" in repr(b) and "\ufffd" not in repr(a):
            reference.known += 1  # its byte-wise scanners cut a character in two
            continue
        if any(heredoc[-1] is None for heredoc in a["heredocs"]):  # `dfix parse` doesn't tell the descriptor
            a["heredocs"] = [heredoc[:-1] for heredoc in a["heredocs"]]
            b["heredocs"] = [heredoc[:-1] for heredoc in b["heredocs"]]
        for field in reference.fields:
            if a[field] != b[field]:
                return f"instruction {number}, {field}: dfix {a[field]!r}, reference {b[field]!r}"
    if len(mine) != len(nodes):
        return f"dfix has {len(mine)} instructions, reference {len(nodes)}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=pathlib.Path)
    parser.add_argument("--dfix", required=True, help="command that prints the parse of files as JSON")
    parser.add_argument("--buildplan", help="compare with this program instead of the Python package")
    parser.add_argument("--mutate", type=int, default=0, metavar="N", help="damaged copies per file")
    parser.add_argument("--generate", type=int, default=0, metavar="N", help="files of random pieces")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=10, help="differences to print")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for the files that differ")
    options = parser.parse_args()
    reference = Buildplan(options.buildplan) if options.buildplan else Dockerfile()

    files = []
    for path in options.paths:
        files += sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    rng = random.Random(options.seed)
    counts = {"accepted": 0, "refused": 0, "skipped": 0}
    differences = 0

    def texts():
        """The files to compare: a path as it is, or a name with a text."""
        for path in files:
            try:
                text = path.read_bytes().decode()
            except UnicodeDecodeError:
                text = "\0"
            if "\0" in text:  # dfix refuses what isn't UTF-8 or holds a NUL
                counts["skipped"] += 1
            elif not options.mutate:
                yield path, None
            for n in range(options.mutate if "\0" not in text else 0):
                other = rng.choice(files).read_bytes().decode(errors="replace")
                yield f"{path.stem}-{n}.Dockerfile", mutate(text, other, rng)
        for n in range(options.generate):
            yield f"generated-{n}.Dockerfile", generate(rng)

    todo = texts()
    while batch := list(itertools.islice(todo, BATCH)):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, text in batch:
                path = pathlib.Path(folder, name)
                if text is not None:
                    path.write_bytes(text.encode())
                paths.append(path)
            found = run_dfix(options.dfix, paths)
            for name, expected in reference.run(paths):
                if expected is None:
                    counts["skipped"] += 1
                    continue
                counts["refused" if expected[1] is None else "accepted"] += 1
                problem = compare(found[name], expected, reference)
                if problem:
                    differences += 1
                    if differences <= options.show:
                        print(f"{name}: {problem}")
                    if options.keep:
                        options.keep.mkdir(parents=True, exist_ok=True)
                        (options.keep / pathlib.Path(name).name).write_bytes(pathlib.Path(name).read_bytes())
    print(", ".join(f"{count} {what}" for what, count in counts.items()) + f"; {differences} differences, {reference.known} known ones")
    return 1 if differences else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"parse_oracle: {error}", file=sys.stderr)
        sys.exit(2)
