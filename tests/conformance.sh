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
python3 "$suite/run.py" --daemon "$PWD/bin/qrelay --grace 1s --config {config}" --pg --json "$results" "$@" || true
python3 - "$results" tests/conformance.differs <<'END'
import json, sys

status = {case["id"]: case["status"] for case in json.load(open(sys.argv[1]))["results"]}
differs = {line.split()[0] for line in open(sys.argv[2]) if line.strip() and not line.startswith("#")}
bad = [f"{case}: {s}" for case, s in status.items() if s in ("fail", "error") and case not in differs]
bad += [f"{case}: {s}, though it is said to differ" for case, s in status.items() if case in differs and s != "fail"]
skipped = sum(s == "skip" for s in status.values())
print(f"{len(status)} cases, {len(differs & status.keys())} differ on purpose, {skipped} skipped")
sys.exit("\n".join(["These cases are not as they should be:"] + bad) if bad or not status else 0)
END
