"""What schemathesis must know of ours: a value for every scalar, and when it is the server's fault."""

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes


def texts(*values):
    return st.sampled_from(values).map(nodes.String)


IDS = texts("usr_01h455vb4pex5vsknk084sn02q", "org_01h455vb4pex5vsknk084sn02q", "not an id", "")
SCALARS = {
    "DateTime": texts("2026-03-29T01:30:00Z", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z"),
    "Date": texts("2026-02-28", "2026-02-30"),
    "EmailAddress": texts("someone@example.com", "not an address", "a" * 400 + "@example.com"),
    "PhoneNumber": texts("+5511955501234", "12"),
    "TimeZone": texts("America/Sao_Paulo", "Europe/Lisbon", "Mars/Olympus"),
    "Locale": texts("pt-BR", "en", "xx-invented-locale"),
    "CurrencyCode": texts("BRL", "EUR", "XXQ"),
    "CountryCode": texts("BR", "ZZ"),
    "ID": IDS,
}
for name, strategy in SCALARS.items():
    schemathesis.graphql.scalar(name, strategy)


# The tool's own check takes every error of GraphQL for one of the server: refusals are not.
@schemathesis.check
def nothing_breaks(ctx, response, case):
    assert response.status_code < 500, response.status_code
    codes = [it.get("extensions", {}).get("code") for it in response.json().get("errors") or []]
    assert not {"INTERNAL", "UNAVAILABLE", "TIMEOUT", None} & set(codes), codes
