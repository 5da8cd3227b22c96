#!/bin/sh
# Runs the recorded behaviour suite against bin/qrelay, if the suite is present
# beside the checkout or where QRELAY_CONFORMANCE says. Arguments go to it.
set -eu
cd "$(dirname "$0")/.."
suite=${QRELAY_CONFORMANCE:-../shared/conformance}
if [ ! -e "$suite/run.py" ]; then
	echo "The recorded behaviour suite is not present; nothing to do."
	exit 0
fi
exec python3 "$suite/run.py" --daemon "$PWD/bin/qrelay --config {config}" --pg "$@"
