// The page for developers: asks the API, shows what it answers and what it costs.

import { Explorer, make } from "./explorer.js";
import * as highlight from "./highlight.js";
import { Schema } from "./schema.js";

const $ = (id) => document.getElementById(id);
const [query, variables, answer, facts] = ["query", "variables", "answer", "facts"].map($);
const kept = ["query", "variables", "credential", "organization"];
let running = null;
let demo = null;

// ---- asking -------------------------------------------------------------------------------------------------

function headers(accept) {
  const told = { "Content-Type": "application/json", Accept: accept };
  const credential = $("credential").value.trim().replace(/^Bearer\s+/i, "");
  const organization = $("organization").value.trim();
  if (credential) told.Authorization = `Bearer ${credential}`;
  if (organization) told["Horarium-Organization"] = organization;
  return told;
}

function post(body, accept, signal) {
  return fetch("/graphql", { method: "POST", headers: headers(accept), body: JSON.stringify(body), signal });
}

async function ask(body) {
  return (await post(body, "application/json")).json();
}

const isSubscription = (text) => /^\s*subscription\b/m.test(text.replace(/#[^\n]*/g, ""));

async function run() {
  running?.abort();
  const body = { query: query.value };
  try {
    if (variables.value.trim()) body.variables = JSON.parse(variables.value);
  } catch (error) {
    $("variables-part").open = true;
    return say([make("strong", { className: "bad" }, "Variables"), ` ${error.message}`]);
  }
  const mine = running = new AbortController();
  keep();
  say(["asking …"]);
  $("stop").hidden = false;
  const began = performance.now();
  try {
    if (isSubscription(body.query)) await watch(body, mine.signal);
    else await once(body, mine.signal, began);
  } catch (error) {
    if (error.name !== "AbortError") say([make("strong", { className: "bad" }, "No answer"), ` ${error.message}`]);
    else if (running === mine) say(["stopped"]);
  } finally {
    if (running === mine) $("stop").hidden = true;
  }
}

async function once(body, signal, began) {
  const response = await post(body, "application/graphql-response+json, application/json;q=0.9", signal);
  const text = await response.text();
  const millis = performance.now() - began;
  const parsed = read(text);
  answer.replaceChildren(highlight.json(parsed === undefined ? text : JSON.stringify(parsed, null, 2)));
  answer.scrollTop = 0;
  const isGood = response.ok && !parsed?.errors;
  say([
    make("strong", isGood ? {} : { className: "bad" }, String(response.status)),
    ` · ${millis < 10 ? millis.toFixed(1) : Math.round(millis)} ms · ${size(text)}${cost(parsed)}`,
  ], response.headers.get("x-request-id"));
}

async function watch(body, signal) {
  const response = await post(body, "text/event-stream", signal);
  answer.replaceChildren();
  let count = 0;
  const show = (text) => {
    const parsed = read(text);
    if (parsed === undefined) return;
    answer.prepend(highlight.json(JSON.stringify(parsed, null, 2)), make("hr", {}));
    count += 1;
    say([make("strong", {}, "watching"), ` · ${count} so far`]);
  };
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return show(await response.text());
  say([make("strong", {}, "watching"), " · nothing yet"]);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = "";;) {
    const { done, value } = await reader.read();
    if (done) return say([`ended · ${count} in all`]);
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5));
      if (data.length) show(data.join("\n"));
    }
  }
}

function read(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

function size(text) {
  const bytes = new Blob([text]).size;
  return bytes < 2048 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`;
}

function cost(parsed) {
  const told = parsed?.extensions?.cost;
  if (!told) return "";
  const left = told.throttle?.remaining;
  return ` · cost ${told.actual ?? "?"} of ${told.requested}${left == null ? "" : `, ${left.toLocaleString("en")} left`}`;
}

function say(parts, requestId) {
  facts.replaceChildren(...parts);
  facts.title = requestId ? `request ${requestId}` : "";
}

// ---- writing ------------------------------------------------------------------------------------------------

function colours(area, layer, colour) {
  const draw = () => {
    layer.replaceChildren(colour(area.value), "\n");
    layer.scrollTop = area.scrollTop;
    layer.scrollLeft = area.scrollLeft;
  };
  area.addEventListener("input", draw);
  area.addEventListener("scroll", () => { layer.scrollTop = area.scrollTop; layer.scrollLeft = area.scrollLeft; });
  area.addEventListener("set", draw);
}

function write({ query: text, variables: given = "" }) {
  query.value = text;
  variables.value = given;
  $("variables-part").open = Boolean(given);
  for (const area of [query, variables]) area.dispatchEvent(new Event("set"));
}

/// A new line begins where the last one did, one step further in after a brace.
function breakLine(event) {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const area = event.target;
  const before = area.value.slice(0, area.selectionStart);
  const indent = /^[ ]*/.exec(before.split("\n").pop())[0] + (/[{([]\s*$/.test(before) ? "  " : "");
  event.preventDefault();
  document.execCommand("insertText", false, `\n${indent}`);
}

// ---- examples -----------------------------------------------------------------------------------------------

const FIRST = { title: "Hello", query: "# Ctrl+Enter asks. The schema is on the right: “Try” writes a document.\n{\n  __typename\n}\n" };
// Shown in this order where the schema has them; the rest is a click away in the schema.
const TOLD = [
  ["query", "viewer", "Who am I?"],
  ["query", "organization", "An organization"],
  ["query", "rateLimit", "What may I still spend?"],
  ["query", "members", "Who works here?"],
  ["query", "apiKeys", "Which keys are there?"],
  ["query", "auditLog", "What has happened?"],
  ["mutation", "sessionCreate", "Sign in"],
  ["mutation", "organizationCreate", "Found an organization"],
  ["subscription", "auditLogged", "Watch what happens"],
];

function offer(examples) {
  const list = $("examples");
  list.replaceChildren(...examples.map((example, place) => make("option", { value: String(place) }, example.title)));
  list.onchange = () => {
    const example = examples[Number(list.value)];
    write(example);
    // What needs to be filled in, changes something or goes on for ever waits for a decision.
    const isReady = example.isReady || !example.variables;
    if (isReady && !/^(mutation|subscription)/.test(example.query)) run();
  };
}

function fromSchema(schema) {
  return TOLD.flatMap(([operation, name, title]) => {
    const field = schema.root(operation)?.fields.find((it) => it.name === name);
    if (!field) return [];
    const example = { title, ...schema.document(operation, field) };
    return [name === "sessionCreate" ? signedIn(example) : example];
  });
}

/// In a demo, what runs as it stands.
function fromDemo() {
  return (demo?.examples ?? []).map((example) => {
    const has = Object.keys(example.variables).length > 0;
    return { ...example, variables: has ? JSON.stringify(example.variables, null, 2) : "", isReady: true };
  });
}

/// In a demo, somebody who can sign in.
function signedIn(example) {
  const [person] = demo?.organizations[0]?.signIns ?? [];
  if (!person) return example;
  const variables = JSON.parse(example.variables);
  Object.assign(variables.input, { email: person.email, password: person.password });
  return { ...example, variables: JSON.stringify(variables, null, 2) };
}

// ---- starting -----------------------------------------------------------------------------------------------

function keep() {
  for (const id of kept) sessionStorage.setItem(id, $(id).value);
  // A demo that starts anew has another key.
  if ($("credential").value === demo?.organizations[0]?.apiKey) sessionStorage.removeItem("credential");
}

function theme(turn) {
  const order = ["", "light", "dark"];
  const now = localStorage.getItem("theme") ?? "";
  const next = turn ? order[(order.indexOf(now) + 1) % order.length] : now;
  localStorage.setItem("theme", next);
  document.documentElement.dataset.theme = next;
  $("theme").textContent = { "": "Theme: auto", light: "Theme: light", dark: "Theme: dark" }[next];
}

async function start() {
  theme(false);
  $("theme").addEventListener("click", () => theme(true));
  colours(query, $("query-colours"), highlight.graphql);
  colours(variables, $("variables-colours"), highlight.json);
  query.addEventListener("keydown", breakLine);
  $("run").addEventListener("click", run);
  $("stop").addEventListener("click", () => running?.abort());
  $("who").addEventListener("submit", (event) => { event.preventDefault(); run(); });
  addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
    if (event.key === "/" && !["INPUT", "TEXTAREA", "SELECT"].includes(event.target.tagName)) {
      event.preventDefault();
      $("search").focus();
    }
  });
  answer.replaceChildren(make("span", { className: "hint" }, "What the API answers appears here, with its time and its cost."));

  demo = await fetch("/-/demo.json").then((response) => response.json()).catch(() => null);
  const home = demo?.organizations[0];
  const first = demo ? { title: "First query", query: `${demo.query.trim()}\n` } : FIRST;
  $("credential").value = sessionStorage.getItem("credential") ?? home?.apiKey ?? "";
  $("organization").value = sessionStorage.getItem("organization") ?? "";
  const before = sessionStorage.getItem("query");
  write(before ? { query: before, variables: sessionStorage.getItem("variables") ?? "" } : first);
  const told = [first, ...fromDemo()];
  offer(told);
  query.focus();

  try {
    const schema = await Schema.load(ask, home ? { slug: home.slug, organization: home.slug } : {});
    offer([...told, ...fromSchema(schema)]);
    const [pane, trail, search] = ["schema", "trail", "search"].map($);
    const onTry = (operation, field) => { write(schema.document(operation, field)); query.focus(); };
    new Explorer({ schema, pane, trail, search, onTry });
  } catch (error) {
    $("schema").replaceChildren(
      make("p", {}, `The schema cannot be read from the API (${error.message}). It is also at `),
      make("a", { href: "/schema.graphql" }, "/schema.graphql"),
    );
  }
}

start();
