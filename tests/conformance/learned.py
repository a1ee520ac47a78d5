"""How much a stranger learns of a closed schema: `learned.py learned.json schema.graphql`, in fields."""

import json
import re
import sys

learned, published = sys.argv[1:]
types = json.load(open(learned))["data"]["__schema"]["types"]
ours = [it for it in types if not it["name"].startswith("__")]
found = {f"{it['name']}.{field['name']}" for it in ours for field in it.get("fields") or []}
known = len(re.findall(r"^\t\w+(\(|:)", open(published).read(), re.M))
print(f"learned {len(found)} of some {known} fields: {', '.join(sorted(found)) or 'nothing'}")
sys.exit(len(found) > known / 10)
