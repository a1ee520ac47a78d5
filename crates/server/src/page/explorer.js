// The schema as something to walk through: types, their fields, and what each is for.

import { around, isRequired } from "./schema.js";

const KINDS = {
  OBJECT: "type", INTERFACE: "interface", UNION: "union", ENUM: "enum", INPUT_OBJECT: "input", SCALAR: "scalar",
};

export class Explorer {
  constructor({ schema, pane, trail, search, onTry }) {
    Object.assign(this, { schema, pane, trail, search, onTry });
    search.addEventListener("input", () => this.show());
    search.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { search.value = ""; this.show(); }
      if (event.key === "Enter") this.pane.querySelector("button.link")?.click();
    });
    addEventListener("hashchange", () => this.open());
    this.open();
  }

  /// Shows what the address names: the way back is the browser's own.
  open() {
    this.at = this.schema.types.get(location.hash.slice(1));
    this.search.value = "";
    this.show();
  }

  go(type) {
    location.hash = type?.name ?? "";
    this.pane.focus({ preventScroll: true });
  }

  show() {
    const text = this.search.value.trim();
    this.trail.replaceChildren(...(this.at || text ? [this.link("Schema", () => this.go())] : []));
    if (text) this.trail.append(" › search");
    else if (this.at) this.trail.append(` › ${this.at.name}`);
    this.pane.replaceChildren(...(text ? this.found(text) : this.at ? this.typePage(this.at) : this.front()));
    this.pane.scrollTop = 0;
  }

  front() {
    const parts = this.schema.roots.flatMap(({ operation, type }) => [
      make("h4", {}, operation === "query" ? "Queries" : operation === "mutation" ? "Mutations" : "Subscriptions"),
      this.fields(type),
    ]);
    const others = [...this.schema.types.values()]
      .filter((type) => !type.name.startsWith("__") && !this.schema.operationOf(type))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const items = others.map((type) => make("li", {}, this.typeLink(type.name), describe(type.description, true)));
    return [...parts, make("h4", {}, "Types"), make("ul", {}, ...items)];
  }

  typePage(type) {
    const title = make("h3", {}, make("span", { className: "t-word" }, KINDS[type.kind]), ` ${type.name}`);
    const parts = [title, describe(type.description)];
    if (type.specifiedByURL) parts.push(make("p", {}, "Specified by ", make("code", {}, type.specifiedByURL)));
    const names = (types) => types.flatMap((it, place) => [place ? ", " : "", this.typeLink(it.name)]);
    if (type.interfaces?.length) parts.push(make("p", {}, "Implements ", ...names(type.interfaces)));
    if (type.possibleTypes?.length) parts.push(make("p", {}, "One of ", ...names(type.possibleTypes)));
    if (type.fields) parts.push(make("h4", {}, "Fields"), this.fields(type));
    if (type.inputFields) parts.push(make("h4", {}, "Fields"), this.inputs(type.inputFields));
    if (type.enumValues) {
      const value = (it) => make("li", {}, make("code", { className: "t-name" }, it.name), gone(it), describe(it.description));
      parts.push(make("h4", {}, "Values"), make("ul", {}, ...type.enumValues.map(value)));
    }
    const users = this.users(type.name);
    if (users.length) parts.push(make("h4", {}, "Used by"), make("ul", {}, ...users));
    return parts;
  }

  fields(type) {
    const operation = this.schema.operationOf(type);
    return make("ul", {}, ...type.fields.map((field) => {
      const line = make("code", {}, make("span", { className: "t-name" }, field.name), ": ", ...this.reference(field.type));
      const item = make("li", {}, line, gone(field), describe(field.description));
      if (operation) {
        const button = make("button", { type: "button", className: "try", title: "Write a document that asks for it" }, "Try");
        button.addEventListener("click", () => this.onTry(operation, field));
        item.prepend(button);
      }
      if (field.args.length) item.append(this.inputs(field.args));
      return item;
    }));
  }

  inputs(inputs) {
    return make("ul", { className: "arguments" }, ...inputs.map((input) => {
      const line = make("code", {}, input.name, ": ", ...this.reference(input.type));
      if (input.defaultValue != null) line.append(` = ${input.defaultValue}`);
      if (isRequired(input)) line.title = "required";
      return make("li", {}, line, describe(input.description));
    }));
  }

  found(text) {
    const found = this.schema.find(text);
    if (!found.length) return [make("p", {}, "Nothing has that name.")];
    return [make("ul", {}, ...found.map(({ type, field, path }) => {
      const link = this.link(path, () => { this.search.value = ""; this.at === type ? this.show() : this.go(type); });
      return make("li", {}, link, describe((field ?? type).description, true));
    }))];
  }

  /// Where a type appears: in fields and in arguments.
  users(name) {
    const found = [];
    for (const type of this.schema.types.values()) {
      if (type.name.startsWith("__")) continue;
      for (const field of type.fields ?? type.inputFields ?? []) {
        const named = [field, ...(field.args ?? [])].some((it) => around(it.type)[1] === name);
        if (named) found.push(make("li", {}, this.link(`${type.name}.${field.name}`, () => this.go(type))));
      }
    }
    return found;
  }

  reference(type) {
    const [before, name, after] = around(type);
    return [before, this.typeLink(name), after];
  }

  typeLink(name) {
    return this.link(name, () => this.go(this.schema.types.get(name)));
  }

  link(text, onClick) {
    const button = make("button", { type: "button", className: "link" }, text);
    button.addEventListener("click", onClick);
    return button;
  }
}

export function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/// Descriptions are Markdown; of it only what stands between backticks is shown as such.
function describe(text, isShort = false) {
  if (!text) return "";
  const parts = (isShort ? text.split("\n\n")[0] : text).split("`");
  return make("p", {}, ...parts.map((part, place) => (place % 2 ? make("code", {}, part) : part)));
}

function gone(it) {
  return it.isDeprecated ? make("p", { className: "gone" }, `Deprecated: ${it.deprecationReason ?? ""}`) : "";
}
