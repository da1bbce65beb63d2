#!/bin/sh
# What the tests need besides Python: a browser for the pages, and a PostgreSQL and a MariaDB to be sources; with `spark`, a Java runtime for the distributed engine.
# Installed with apt where it is missing and we are root; otherwise the tests that need it are skipped and say so.
set -u

need() { # command, Debian package, what it is for
    command -v "$1" >/dev/null 2>&1 && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing $2 ($3) ..."
        { [ -n "${updated:-}" ] || apt-get update -qq; } && updated=yes
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null 2>&1
    fi
    command -v "$1" >/dev/null 2>&1 || echo "Missing: $2 ($3). The tests that need it are skipped; install it with: apt install $2"
}

need chromium chromium "browser tests"
[ "${1:-}" = spark ] && need java openjdk-17-jre-headless "tests of the distributed engine"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || need postgres postgresql "tests of databases as sources"
[ -x /usr/sbin/mariadbd ] || need mariadbd mariadb-server "tests of databases as sources"
exit 0
