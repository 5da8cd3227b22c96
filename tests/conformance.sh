#!/bin/sh
# Runs the recorded behaviour suite against bin/qrelay, if the suite is present
# beside the checkout or where QRELAY_CONFORMANCE says. Arguments go to it.
#
# A case listed in tests/conformance.differs must fail: there qrelay is meant to
# behave otherwise. Every other case must not.
set -eu
cd "$(dirname "$0")/.."
suite=${QRELAY_CONFORMANCE:-../shared/conformance}
if [ ! -e "$suite/run.py" ]; then
	echo "The recorded behaviour suite is not present; nothing to do."
	exit 0
fi
results=$(mktemp)
trap 'rm -f "$results"' EXIT
# The suite waits three seconds for the end of a daemon with mails in progress.
run() {
	python3 "$suite/run.py" --daemon "$PWD/bin/qrelay --grace 1s --config {config}" --pg --json "$results" "$@" || true
}
# judge prints the cases that are not as they should be, a summary after them.
judge() {
	python3 - "$results" tests/conformance.differs <<'END'
import json, sys

status = {case["id"]: case["status"] for case in json.load(open(sys.argv[1]))["results"]}
differs = {line.split()[0] for line in open(sys.argv[2]) if line.strip() and not line.startswith("#")}
for case, s in status.items():
    if case in differs and s != "fail":
        print(f"{case} {s}, though it is said to differ")
    elif case not in differs and s in ("fail", "error"):
        print(f"{case} {s}")
skipped = sum(s == "skip" for s in status.values())
print(f"{len(status)} cases, {len(differs & status.keys())} differ on purpose, {skipped} skipped", file=sys.stderr)
sys.exit(0 if status else 1)
END
}
run --jobs "$(nproc)" "$@"
bad=$(judge)
[ -n "$bad" ] || exit 0
# Some cases have programs started within tenths of a second. What is not right
# beside others on a busy machine must be right alone.
echo "Not as they should be, tried again one by one:"
echo "$bad"
set --
for id in $(echo "$bad" | cut -d ' ' -f 1); do
	set -- "$@" --only "$id"
done
run --jobs 1 "$@"
bad=$(judge)
[ -z "$bad" ] || { echo "These cases are not as they should be:"; echo "$bad"; exit 1; }
