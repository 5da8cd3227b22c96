#!/bin/sh
# Installs the Debian packages that the tests need: PostgreSQL and PgBouncer for
# the database client, Postfix for its QMQP test programs, libsodium, PyNaCl and
# PyJWT as the other side of cryptography, a C compiler for those and for the race
# detector, systemd for the units, git for a checkout to build the package in, groff
# for the man pages, tmux for the interactive programs.
set -eu
packages="postgresql pgbouncer postfix libsodium-dev gcc libc6-dev python3-nacl python3-jwt systemd python3 git tmux groff-base"

if ! command -v dpkg-query >/dev/null; then
	echo "This is not Debian. The tests need what it has in the packages $packages." >&2
	exit 0
fi
missing=""
for package in $packages; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "The tests need more Debian packages. As root:" >&2
	echo "  apt-get install$missing" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# Postfix's programs are needed, not a mail server.
echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
# shellcheck disable=SC2086
apt-get install -y --no-install-recommends $missing
