#!/bin/sh
# Looks for known vulnerabilities in what the programs call. Exits with 0 if
# there are none, 1 if there are, 2 if that could not be found out.
set -u
tool=golang.org/x/vuln/cmd/govulncheck@v1.8.0
database=${GOVULNDB:-https://vuln.go.dev}

dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT

unknown() {
	echo "vulncheck: NOT CHECKED: $1" >&2
	exit 2
}

GOBIN=$dir go install "$tool" || unknown "cannot build $tool"
"$dir/govulncheck" -db "$database" ./cmd/... 2>"$dir/errors"
status=$?
cat "$dir/errors" >&2
case $status in
0) echo "vulncheck: no known vulnerability" ;;
3)
	echo "vulncheck: VULNERABLE, see above" >&2
	exit 1
	;;
*)
	if grep -qE 'dial tcp|no such host|fetching|Get "' "$dir/errors"; then
		unknown "the vulnerability database $database cannot be reached from here"
	fi
	unknown "govulncheck failed, see above"
	;;
esac
