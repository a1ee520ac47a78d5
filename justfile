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

# The stories again and again: what depends on luck shows itself.
prove TIMES="20":
    for round in $(seq {{TIMES}}); do cargo test --workspace --quiet || exit 1; done

# What the API costs beside bare axum; --json for one line per figure.
bench-api *ARGS:
    cargo run --release -p server --example bench_api -- {{ARGS}}

# What CI runs.
ci:
    .ci/run
