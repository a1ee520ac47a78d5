// Colours for GraphQL and JSON. Everything becomes text nodes: what the server says is never read as HTML.

const GRAPHQL = [
  ["comment", /#[^\n]*/y],
  ["string", /"""[^]*?"""|"(?:\\.|[^"\\\n])*"?/y],
  ["variable", /\$\w+|@\w+/y],
  ["word", /\b(?:query|mutation|subscription|fragment|on|true|false|null)\b/y],
  ["number", /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/y],
  ["name", /\w+(?=\s*:)/y],
  ["", /\w+|\s+/y],
  ["mark", /[^\w\s]/y],
];
const JSON_TEXT = [
  ["name", /"(?:\\.|[^"\\\n])*"(?=\s*:)/y],
  ["string", /"(?:\\.|[^"\\\n])*"?/y],
  ["word", /\b(?:true|false|null)\b/y],
  ["number", /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ["", /\w+|\s+/y],
  ["mark", /[^\w\s]/y],
];
// Beyond this many characters colours cost more than they tell.
const MOST = 200_000;

function colour(text, rules) {
  const parts = document.createDocumentFragment();
  if (text.length > MOST) {
    parts.append(text);
    return parts;
  }
  for (let at = 0; at < text.length;) {
    const [kind, found] = match(text, at, rules);
    if (kind) {
      const span = document.createElement("span");
      span.className = `t-${kind}`;
      span.textContent = found;
      parts.append(span);
    } else {
      parts.append(found);
    }
    at += found.length;
  }
  return parts;
}

function match(text, at, rules) {
  for (const [kind, rule] of rules) {
    rule.lastIndex = at;
    const found = rule.exec(text);
    if (found) return [kind, found[0]];
  }
  return ["", text[at]];
}

export const graphql = (text) => colour(text, GRAPHQL);
export const json = (text) => colour(text, JSON_TEXT);
