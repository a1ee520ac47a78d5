# Runs a throw-away PostgreSQL for as long as somebody needs it, then removes every trace of it.
#
#     sh -c "$(cat cluster.sh)" cluster <binaries> <folder> [<runner's pid>]
#
# Says "ready" once it takes connections on the folder's socket; whatever it says instead is the reason why not.
# With a runner it ends when that process has ended; without one, when its own stdin closes. Either happens however the
# other side dies, kill -9 included.
set -eu
bin=$1 dir=$2 runner=${3:-}
exec 2>&1
cd "$dir"

# PostgreSQL refuses to run as root.
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    chown "$user" "$dir"
    if command -v setpriv >/dev/null; then
        as() { setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@"; }
    else
        as() { su -s /bin/sh "$user" -c "$(printf "'%s' " "$@")"; }
    fi
fi

end() {
    as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null || true
    rm -rf "$dir"
}
trap end EXIT
trap exit HUP INT TERM PIPE

# Only who may enter the folder reaches the socket in it, so nobody needs a password.
as "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir/log" || { cat "$dir/log"; exit 1; }

# Nothing here outlives the run, so nothing waits for a disk.
cat >>"$dir/data/postgresql.conf" <<CONF
unix_socket_directories = '$dir'
listen_addresses = ''
# Two nodes of eight connections for every story that a machine of many cores tells at once.
max_connections = 1000
shared_buffers = 256MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
checkpoint_timeout = 1h
autovacuum = off
jit = off
CONF
as "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -t 60 -w start >>"$dir/log" || {
    cat "$dir/log" "$dir/data/server.log"
    exit 1
}

touch "$dir/ready"
echo ready
# Whoever read this may be gone by the time there is more to say.
exec >/dev/null 2>&1
# A runner that was killed may stay a zombie where nothing reaps.
alive() { kill -0 "$runner" && ! grep -q '^State:.Z' "/proc/$runner/status"; }
if [ -n "$runner" ]; then
    while alive; do sleep 1; done
else
    cat
fi
