// The schema: read from the server, searched, walked through, and turned into documents that run.

const INTROSPECTION = `query Introspection {
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types {
      kind name description specifiedByURL
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args { ...Input } type { ...Type }
      }
      inputFields { ...Input }
      interfaces { name } possibleTypes { name }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    }
  }
}
fragment Input on __InputValue { name description defaultValue type { ...Type } }
fragment Type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

// What stands in a document until somebody writes something better.
const SAMPLES = {
  Int: 1, Float: 1, Boolean: true, DateTime: "2030-01-01T09:00:00Z", Date: "2030-01-01", LocalTime: "09:00",
  TimeZone: "Europe/Lisbon", Locale: "en", CurrencyCode: "EUR", EmailAddress: "ana@example.com",
};
// What a search shows at most.
const MOST_FOUND = 60;

export class Schema {
  /// `hints` are values for arguments by their name.
  static async load(ask, hints) {
    const { data, errors } = await ask({ query: INTROSPECTION, operationName: "Introspection" });
    if (!data) throw new Error(errors?.[0]?.message ?? "no answer");
    return new Schema(data.__schema, hints);
  }

  constructor(told, hints) {
    this.hints = hints;
    this.types = new Map(told.types.map((type) => [type.name, type]));
    this.roots = [["query", told.queryType], ["mutation", told.mutationType], ["subscription", told.subscriptionType]]
      .filter(([, type]) => type)
      .map(([operation, type]) => ({ operation, type: this.types.get(type.name) }));
  }

  root(operation) {
    return this.roots.find((root) => root.operation === operation)?.type;
  }

  operationOf(type) {
    return this.roots.find((root) => root.type === type)?.operation;
  }

  /// Types and fields whose name holds every word, best first.
  find(text) {
    const words = text.toLowerCase().split(/[\s.]+/).filter(Boolean);
    const found = [];
    for (const type of this.types.values()) {
      if (type.name.startsWith("__")) continue;
      weigh(found, words, type.name, { type });
      for (const field of type.fields ?? type.inputFields ?? []) {
        weigh(found, words, `${type.name}.${field.name}`, { type, field });
      }
      for (const value of type.enumValues ?? []) weigh(found, words, `${type.name}.${value.name}`, { type, field: value });
    }
    return found.sort((a, b) => a.weight - b.weight || (a.path < b.path ? -1 : 1)).slice(0, MOST_FOUND);
  }

  /// A document that calls one root field, with the variables it needs.
  document(operation, field) {
    const variables = {};
    const declared = [];
    const given = [];
    for (const argument of field.args) {
      if (isRequired(argument)) {
        declared.push(`$${argument.name}: ${typeName(argument.type)}`);
        given.push(`${argument.name}: $${argument.name}`);
        variables[argument.name] = this.sample(argument.type, argument.name);
      } else if (argument.name === "first") {
        given.push("first: 10");
      }
    }
    const name = field.name[0].toUpperCase() + field.name.slice(1);
    const head = `${operation} ${name}${declared.length ? `(${declared.join(", ")})` : ""}`;
    const call = `${field.name}${given.length ? `(${given.join(", ")})` : ""}`;
    const query = `${head} {\n  ${call}${this.selection(field.type, 1, new Set())}\n}\n`;
    return { query, variables: declared.length ? JSON.stringify(variables, null, 2) : "" };
  }

  selection(reference, depth, above) {
    const type = this.types.get(innermost(reference).name);
    if (!["OBJECT", "INTERFACE", "UNION"].includes(type.kind)) return "";
    const pad = "  ".repeat(depth + 1);
    const lines = type.kind === "OBJECT" ? [] : ["__typename"];
    for (const field of this.worthAsking(type)) {
      const inner = innermost(field.type);
      const isLeaf = ["SCALAR", "ENUM"].includes(inner.kind);
      if (!isLeaf && (depth > 3 || above.has(inner.name))) continue;
      lines.push(field.name + (isLeaf ? "" : this.selection(field.type, depth + 1, new Set([...above, type.name]))));
    }
    const asked = lines.length ? lines : ["__typename"];
    return ` {\n${asked.map((line) => pad + line).join("\n")}\n${"  ".repeat(depth)}}`;
  }

  /// The fields that tell something without being told anything first: a connection's nodes rather than its edges,
  /// and objects only where something of them is the point.
  worthAsking(type) {
    const fields = (type.fields ?? []).filter((field) => !field.isDeprecated && !field.args.some(isRequired));
    const isConnection = fields.some((field) => field.name === "pageInfo");
    if (isConnection) return fields.filter((field) => ["nodes", "pageInfo"].includes(field.name));
    const isPayload = fields.some((field) => field.name === "userErrors");
    const roots = this.roots.map((root) => root.type.name);
    return fields.filter((field) => {
      const inner = innermost(field.type);
      if (["SCALAR", "ENUM"].includes(inner.kind)) return true;
      return isPayload && !roots.includes(inner.name);
    }).slice(0, 10);
  }

  sample(reference, name) {
    if (reference.kind === "NON_NULL") return this.sample(reference.ofType, name);
    if (reference.kind === "LIST") return [];
    const type = this.types.get(reference.name);
    if (type.kind === "ENUM") return type.enumValues[0]?.name ?? "";
    if (type.kind === "INPUT_OBJECT") {
      const asked = type.inputFields.filter(isRequired);
      return Object.fromEntries(asked.map((field) => [field.name, this.sample(field.type, field.name)]));
    }
    return this.hints[name] ?? SAMPLES[type.name] ?? "";
  }
}

function weigh(found, words, path, about) {
  const text = path.toLowerCase();
  if (!words.every((word) => text.includes(word))) return;
  const own = text.split(".").pop();
  const starts = own.startsWith(words.at(-1)) ? 0 : 50;
  found.push({ ...about, path, weight: starts + path.length + (about.field ? 10 : 0) });
}

export const isRequired = (input) => input.type.kind === "NON_NULL" && input.defaultValue == null;

export function innermost(reference) {
  return reference.ofType ? innermost(reference.ofType) : reference;
}

/// The parts of a type's name: what is written around it, and the name itself.
export function around(reference) {
  if (reference.kind === "NON_NULL") {
    const [before, name, after] = around(reference.ofType);
    return [before, name, `${after}!`];
  }
  if (reference.kind === "LIST") {
    const [before, name, after] = around(reference.ofType);
    return [`[${before}`, name, `${after}]`];
  }
  return ["", reference.name, ""];
}

export const typeName = (reference) => around(reference).join("");
