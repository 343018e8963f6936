#!/usr/bin/env python3
"""Judges a batch rewrite by two programs that share no code with dfix: BuildKit's parser and hadolint.

Three kinds of findings don't count: those of a file that hadolint could not read before (DL1000); those that it makes on
the new spelling only, at most one for each finding about the old one (UNMASKED); and hints to join RUNs, at most two
for each RUN that is left with one command, since it might now be joined with the one above and the one below.

usage: rewrite_oracle.py [--hadolint PROGRAM] BEFORE AFTER

BEFORE and AFTER are folders with the same file names. A file that BuildKit's parser accepted must still be accepted, and
hadolint may not report a code more often in a file than it did before. Prints the totals of each code before and after. Exit
status: 0 when both hold, 1 when a file breaks one, 2 when something is missing.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

try:
    import dockerfile
except ImportError:
    sys.exit("rewrite_oracle.py: the package `dockerfile` (BuildKit's parser) is not installed")

BATCH = 200

# Checks that hadolint makes on the new spelling only: what they find was there before, but nobody looked.
UNMASKED = {
    "DL3008": "DL3027",  # versions of packages: of apt-get, not of apt
    "DL3014": "DL3027",  # `-y`: the same
    "DL3015": "DL3027",  # recommended packages: the same
    "DL3045": "DL3020",  # a relative destination without WORKDIR: of COPY, not of ADD
}
# "Multiple consecutive RUN", which looks at RUNs of one command only.
JOIN = "DL3059"


def accepted(path):
    """Whether BuildKit's parser takes the file."""
    try:
        dockerfile.parse_string(path.read_bytes().decode())
    except (dockerfile.GoParseError, UnicodeDecodeError, ValueError):
        return False
    return True


def single_runs(path):
    """The number of RUNs without an and-list; none in a file that BuildKit's parser doesn't take."""
    try:
        commands = dockerfile.parse_string(path.read_bytes().decode())
    except (dockerfile.GoParseError, UnicodeDecodeError, ValueError):
        return 0
    return sum(command.cmd.lower() == "run" and "&&" not in command.original for command in commands)


def lint(program, folder, names):
    """The number of each hadolint code in each file."""

    def one_batch(batch):
        run = subprocess.run(
            [program, "-f", "json", "--no-fail", *batch], cwd=folder, stdout=subprocess.PIPE, check=True
        )
        return json.loads(run.stdout)

    batches = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
    codes = collections.defaultdict(collections.Counter)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for findings in pool.map(one_batch, batches):
            for finding in findings:
                codes[finding["file"]][finding["code"]] += 1
    return codes


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--hadolint", default="hadolint")
    arguments.add_argument("before", type=pathlib.Path)
    arguments.add_argument("after", type=pathlib.Path)
    options = arguments.parse_args()
    names = sorted(path.name for path in options.before.iterdir())
    changed = [n for n in names if (options.before / n).read_bytes() != (options.after / n).read_bytes()]
    print(f"{len(names)} files, {len(changed)} changed")

    failures = []
    for name in changed:
        if accepted(options.before / name) and not accepted(options.after / name):
            failures.append(f"{name}: BuildKit's parser no longer accepts it")

    before = lint(options.hadolint, options.before, names)
    after = dict(before)
    after.update({name: collections.Counter() for name in changed})
    after.update(lint(options.hadolint, options.after, changed))
    totals = [collections.Counter(), collections.Counter()]
    for name in names:
        totals[0].update(before.get(name, {}))
        totals[1].update(after.get(name, {}))
        old, new = before.get(name, collections.Counter()), after.get(name, collections.Counter())
        if "DL1000" in old:
            continue
        for code, count in new.items():
            allowed = old[code] + old[UNMASKED.get(code)]
            if code == JOIN and count > allowed:
                allowed += 2 * max(0, single_runs(options.after / name) - single_runs(options.before / name))
            if count > allowed:
                failures.append(f"{name}: {code} {old[code]} times before, now {count}")
    print(f"{'code':<8}{'before':>8}{'after':>8}{'change':>9}")
    for code in sorted(set(totals[0]) | set(totals[1])):
        old, new = totals[0][code], totals[1][code]
        if old != new:
            print(f"{code:<8}{old:>8}{new:>8}{(new - old) / max(old, 1):>9.1%}")
    for failure in failures[:50]:
        print("FAILED", failure, file=sys.stderr)
    if failures:
        sys.exit(f"{len(failures)} failures")


if __name__ == "__main__":
    main()
