# Where stories that prove something leave what they counted, one line of JSON each.
lines := justfile_directory() / "target/prove/journal.jsonl"

# What one does here, one line each.
default:
    @just --list

# Formatting, lints, documentation, licences: no warning passes.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
    if command -v cargo-deny >/dev/null; then cargo deny --offline check bans licenses sources; fi

# Every story on both databases, and the checks of the house.
test *ARGS:
    cargo test --workspace {{ARGS}}

# Write schema.graphql anew from the code.
schema:
    UPDATE_SCHEMA=1 cargo test -p tests schema

# Bring the database of DATABASE_OWNER_URL, DATABASE_URL or HORARIUM_DATA up to date.
db:
    cargo run -- migrate

# Migrate, serve and work in one process.
serve:
    cargo run -- serve

# A fresh demo organization, and a first query to paste.
demo *ARGS:
    cargo run -- demo {{ARGS}}

# The availability engine against a minute-by-minute oracle: 100,000 calendars and more, every zone change of 2020-2037.
prove-slots CALENDARS="100000":
    HORARIUM_PROVE={{CALENDARS}} cargo test --release -p availability --test slots against_oracle

# Bookings under everything at once, on the real server, killed in between: 20,000 operations on each database.
prove-short *ARGS:
    cargo run --release -p server --example prove -- history --operations 20000 {{ARGS}}

# Everything at length: the engine's oracle, then a million operations on each database; what is done of those is written down in target/prove, and a run that was stopped goes on.
prove *ARGS: prove-slots
    cargo run --release -p server --example prove -- history --operations 1000000 --tally target/prove {{ARGS}}

# 8, 32 and 64 writers on one resource: what they hear and how long it takes, with a histogram.
prove-contention *ARGS:
    cargo run --release -p server --example prove -- contention {{ARGS}}

# Consequences: the worker dies at every point, sleeps, and is away for six hours of a year; nobody inside is asked; then the real server is killed.
prove-journal *ARGS:
    mkdir -p target/prove
    rm -f {{lines}}
    HORARIUM_PROVE=1 HORARIUM_PROVE_LINES={{lines}} cargo test -p tests --test it -- journal_crashes journal_year >&2 || (cat {{lines}}; exit 1)
    HORARIUM_PROVE_LINES={{lines}} cargo test -p adapters -- outbound >&2 || (cat {{lines}}; exit 1)
    cat {{lines}}
    cargo run --release -p server --example prove -- journal {{ARGS}}

# The stories again and again: what depends on luck shows itself.
again TIMES="20":
    for round in $(seq {{TIMES}}); do cargo test --workspace --quiet || exit 1; done

# Solve cases of our own making or of somebody else's: `just solve slots < cases.json`.
solve KIND:
    cargo run --release -q -p availability --example solve -- --kind {{KIND}}

# What the availability engine costs; --json for one line per figure.
bench-availability *ARGS:
    cargo run --release -p availability --example speed -- {{ARGS}}

# What the API costs beside bare axum; --json for one line per figure. Linking takes a quarter of an hour.
bench-api *ARGS:
    cargo run --profile dist -p server --example bench_api -- {{ARGS}}

# How soon the journal tells, what it costs beside plain inserts, and what those who watch take; --json for one line per figure.
bench-journal *ARGS:
    cargo run --release -p server --example bench_journal -- {{ARGS}}

# What CI runs.
ci:
    .ci/run
