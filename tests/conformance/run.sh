#!/usr/bin/env bash
# Holds outside clients and auditors against the running product, and says in one line what each has found.
#
#     tests/conformance/run.sh              # all of them
#     tests/conformance/run.sh http live    # some
#
# Starts `horarium demo`, and a closed production server for `clairvoyance`, each on a free port, and ends both by
# their ids. Tools are installed at pinned versions into folders that git ignores; one that cannot be installed is
# told as such. HORARIUM_BIN names a binary to test instead of building one.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
work=$(mktemp -d)
servers=()
failed=0

end() {
    for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done
    for server in "${servers[@]}"; do wait "$server" 2>/dev/null || true; done
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

# Runs one tool; its last line is its summary.
tool() {
    local name=$1 out="$work/$1.log"
    shift
    if "$@" >"$out" 2>&1; then
        printf 'ok    %-14s %s\n' "$name" "$(grep -v '^\s*$' "$out" | tail -n 1)"
    else
        failed=1
        printf 'FAIL  %-14s\n' "$name"
        tail -n 60 "$out" | sed 's/^/      /'
    fi
}

# Whether a tool was asked for; without names, every one was.
wanted() {
    [ "${#asked[@]}" = 0 ] || [[ " ${asked[*]} " == *" $1 "* ]]
}

# Waits for a line that matches, and prints it.
await() {
    local file=$1 pattern=$2
    for _ in $(seq 600); do
        if grep -m 1 -- "$pattern" "$file" 2>/dev/null; then return; fi
        sleep 0.1
    done
    echo "no $pattern in $file:" >&2
    tail -n 20 "$file" >&2
    return 1
}

field() {
    node -e 'console.log(JSON.parse(process.argv[1])[process.argv[2]])' "$1" "$2"
}

# A Python tool in an environment of its own: their requirements contradict each other.
python_tool() {
    local name=$1 venv="$here/.venv-$1"
    if [ ! -x "$venv/bin/$2" ]; then
        python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check -r "requirements-$name.txt"
    fi >"$work/pip-$name.log" 2>&1 || { echo "skip  $name: it cannot be installed here"; return 1; }
}

node_tools() {
    (cd "$1" && { [ -d node_modules ] || npm install --no-package-lock --no-audit --no-fund "${@:2}"; }) >"$work/npm.log" 2>&1 ||
        { echo "skip  $1: it cannot be installed here"; return 1; }
}

asked=("$@")
bin=${HORARIUM_BIN:-}
if [ -z "$bin" ]; then
    cargo build --quiet --manifest-path ../../Cargo.toml -p server --bin horarium
    target=$(cargo metadata --manifest-path ../../Cargo.toml --format-version 1 --no-deps | node -pe 'JSON.parse(require("fs").readFileSync(0)).target_directory')
    bin=$target/debug/horarium
fi
# What whoever runs this has set is not what is tested.
for name in $(compgen -e | grep -E '^(HORARIUM_|DATABASE_)'); do unset "$name"; done

mkdir "$work/demo" "$work/closed"
export HORARIUM_FLOOD_PER_SECOND=1000000 HORARIUM_LOG_FORMAT=json
# Letters of the demo go to a real mail server, for as long as it lives.
outside=(HORARIUM_WEBHOOK_LOOPBACK=admitted)
if { wanted mail || wanted webhooks; } && python_tool receivers aiosmtpd; then
    receivers="$here/.venv-receivers/bin"
    port=$(python3 -c 'import socket; it = socket.socket(); it.bind(("127.0.0.1", 0)); print(it.getsockname()[1])')
    "$receivers/aiosmtpd" -n -l "127.0.0.1:$port" -c aiosmtpd.handlers.Mailbox "$work/mail" >"$work/smtp.log" 2>&1 &
    servers+=($!)
    outside+=("HORARIUM_SMTP_URL=smtp://127.0.0.1:$port" HORARIUM_MAIL_FROM=horarium@example.com
        'HORARIUM_MANAGE_URL=https://book.example.com/manage#')
fi
(cd "$work/demo" && exec env "${outside[@]}" "$bin" demo --json --listen 127.0.0.1:0) >"$work/demo.line" 2>"$work/demo.log" &
servers+=($!)
HORARIUM_DEMO=$(await "$work/demo.line" apiKey) || { cat "$work/demo.log"; exit 1; }
graphql=$(field "$HORARIUM_DEMO" graphql)
key=$(field "$HORARIUM_DEMO" apiKey)
"$bin" schema >"$work/schema.graphql"
echo "demo at $graphql"

if node_tools .; then
    if wanted http; then tool http node http.js "$graphql"; fi
    if wanted ws; then tool ws node ws.js "ws${graphql#http}"; fi
    if wanted sse; then tool sse node sse.js "$graphql"; fi
    if wanted csrf; then HORARIUM_DEMO=$HORARIUM_DEMO tool csrf node csrf.js; fi
    if wanted live; then HORARIUM_DEMO=$HORARIUM_DEMO tool live node live.js; fi
    if wanted webhooks; then
        HORARIUM_DEMO=$HORARIUM_DEMO tool webhooks node webhooks.js "$work/deliveries.json"
        if [ -n "${receivers:-}" ]; then tool 'webhooks.py' "$receivers/python" webhooks.py "$work/deliveries.json"; fi
    fi
fi

if wanted mail && [ -n "${receivers:-}" ]; then HORARIUM_DEMO=$HORARIUM_DEMO tool mail "$receivers/python" mail.py "$work/mail"; fi

# Some of these resolve only as they stood on that day.
if { wanted lint || wanted diff || wanted codegen; } && node_tools sdl --before=2026-06-01; then
    mkdir -p sdl/generated && cp "$work/schema.graphql" sdl/generated/schema.graphql
    if wanted lint; then tool lint npm --prefix sdl run --silent lint; fi
    if wanted diff && [ -f ../../schema.graphql ]; then
        tool diff npm --prefix sdl run --silent diff -- ../../../schema.graphql generated/schema.graphql
    fi
    if wanted codegen; then tool codegen npm --prefix sdl run --silent codegen; fi
fi

if wanted schemathesis && python_tool schemathesis st; then
    st="$here/.venv-schemathesis/bin/st"
    session=$(HORARIUM_DEMO=$HORARIUM_DEMO node -e 'import("./demo.js").then(async (it) => console.log((await it.signIn()).token))')
    organization=$(field "$HORARIUM_DEMO" organization)
    export SCHEMATHESIS_HOOKS=scalars PYTHONPATH=$here
    common=(run "$work/schema.graphql" --url "$graphql" --max-examples 50 --seed 1 --no-color --checks nothing_breaks
        --suppress-health-check all --generation-database none)
    # Its last line says little; the line after "Test cases" says how many there were.
    guess() { "$st" "${common[@]}" "$@" >"$work/st.out" || { cat "$work/st.out"; return 1; }; grep -A 1 'Test cases:' "$work/st.out"; }
    tool 'st anonymous' guess
    tool 'st key' guess -H "Authorization: Bearer $key"
    tool 'st session' guess -H "Authorization: Bearer $session" -H "Horarium-Organization: $organization"
fi

if wanted clairvoyance && python_tool clairvoyance clairvoyance; then
    export HORARIUM_ENV=production HORARIUM_RATE_LIMITS='{"api":{"max":4000000000,"seconds":60}}'
    secret=$(node -p 'require("crypto").randomBytes(32).toString("hex")')
    (cd "$work/closed" && HORARIUM_SECRET=$secret exec "$bin" serve --listen 127.0.0.1:0) 2>"$work/closed.log" &
    servers+=($!)
    closed=$(field "$(await "$work/closed.log" '"serving"')" url)
    learn() {
        local out=$work/learned
        if timeout 300 "$here/.venv-clairvoyance/bin/clairvoyance" "$closed/graphql" -p fast -o "$out.json" >"$out.log" 2>&1; then
            python3 learned.py "$out.json" "$work/schema.graphql"
        else
            tail -n 5 "$out.log"
            grep -q 'Field Suggestion is not fully enabled' "$out.log" && echo 'learned nothing: it gives up where names are not suggested'
        fi
    }
    tool clairvoyance learn
fi

for log in demo closed; do
    if grep -q '"level":"ERROR"' "$work/$log.log" 2>/dev/null; then
        failed=1
        echo "FAIL  the log of $log has errors:"
        grep '"level":"ERROR"' "$work/$log.log" | head -n 5 | cut -c 1-600
    fi
done
exit "$failed"
