// Subscriptions of the product, through the clients that people use, and how they end.
import { createClient as createSocketClient } from 'graphql-ws';
import { createClient as createEventClient } from 'graphql-sse';
import WebSocket from 'ws';
import { check, finish } from './check.js';
import { ask, demo, invite, signIn, socketUrl } from './demo.js';

const AUDIT = 'subscription($after: String) { auditLogged(after: $after) { id cursor action } }';
const byKey = { authorization: `Bearer ${demo.apiKey}` };
const soon = (time) => new Promise((resolve) => setTimeout(resolve, time));
const tag = Date.now().toString(36);

/** Collects `count` lines of the audit log while `act` writes them. */
async function follow(client, variables, count, act) {
  const lines = [];
  const iterator = client.iterate({ query: AUDIT, variables });
  const acting = soon(400).then(act);
  for await (const { data, errors } of iterator) {
    if (errors) throw new Error(JSON.stringify(errors));
    lines.push(data.auditLogged);
    if (lines.length === count) break;
  }
  await acting;
  return lines;
}

const write = async (who) => {
  for (const n of [1, 2, 3]) await invite(`${who}${n}.${tag}@example.com`);
};

const socket = createSocketClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: byKey });
const seen = await follow(socket, {}, 3, () => write('socket'));
check('graphql-ws hears three changes', seen.length === 3 && new Set(seen.map((it) => it.id)).size === 3, seen);
await write('between');
const missed = await follow(socket, { after: seen[2].cursor }, 3, () => {});
const known = new Set(seen.map((it) => it.id));
const fresh = missed.filter((it) => !known.has(it.id));
check('graphql-ws resumes after a cursor and gets what it missed', fresh.length > 0, missed);
await socket.dispose();

const events = createEventClient({ url: demo.graphql, retryAttempts: 0, headers: byKey });
const heard = await follow(events, {}, 3, () => write('events'));
check('graphql-sse hears three changes', heard.length === 3, heard);
events.dispose();

/** Opens a socket, talks, and resolves with the code it was closed with. */
function closed(protocol, messages, act = async () => {}) {
  return new Promise((resolve) => {
    const socket = new WebSocket(socketUrl, protocol);
    const patience = setTimeout(() => socket.terminate(), 12_000);
    socket.on('open', () => messages.forEach((it) => socket.send(JSON.stringify(it))));
    socket.on('message', (data) => {
      if (JSON.parse(data).type === 'connection_ack') act(socket);
    });
    socket.on('close', (code, reason) => {
      clearTimeout(patience);
      resolve({ code, reason: reason.toString() });
    });
    socket.on('error', () => {});
  });
}

const MODERN = 'graphql-transport-ws';
const init = (payload) => ({ type: 'connection_init', payload });
const start = (id) => ({ type: 'subscribe', id, payload: { query: AUDIT } });

const twice = await closed(MODERN, [init(byKey)], async (socket) => [start('1'), start('1')].forEach((it) => socket.send(JSON.stringify(it))));
check('an id in use closes with 4409', twice.code === 4409, twice);
const elsewhere = await closed(MODERN, [init({ ...byKey, 'horarium-organization': 'somewhere-else' })]);
check('a key that names another organization closes with 4403', elsewhere.code === 4403, elsewhere);
const unknown = await closed(MODERN, [init({ authorization: `${byKey.authorization}x` })]);
check('a key that nobody has closes with 4401', unknown.code === 4401, unknown);

const { token, id } = await signIn();
const bySession = { authorization: `Bearer ${token}`, 'horarium-organization': demo.organization };
const began = Date.now();
const revoked = await closed(MODERN, [init(bySession)], async (socket) => {
  socket.send(JSON.stringify(start('1')));
  await soon(300);
  const revoke = 'mutation($input: SessionRevokeInput!) { sessionRevoke(input: $input) { endedSessionIds userErrors { message } } }';
  await ask(revoke, { input: { sessionId: id } }, bySession);
});
const lasted = Date.now() - began;
check(`a revoked session closes with 4403 within 5 s (${lasted} ms)`, revoked.code === 4403 && lasted < 5_500, revoked);

// The older protocol, with the product's own subscription.
const older = await new Promise((resolve) => {
  const socket = new WebSocket(socketUrl, 'graphql-ws');
  const types = [];
  socket.on('open', () => socket.send(JSON.stringify(init(byKey))));
  socket.on('message', async (data) => {
    const message = JSON.parse(data);
    if (message.type !== 'ka') types.push(message.type);
    if (message.type === 'connection_ack') {
      socket.send(JSON.stringify({ type: 'start', id: '1', payload: { query: AUDIT } }));
      await soon(400);
      await invite(`older.${tag}@example.com`);
    }
    if (message.type !== 'data') return;
    // A stop is answered with silence.
    for (const last of [{ type: 'stop', id: '1' }, { type: 'connection_terminate' }]) socket.send(JSON.stringify(last));
  });
  socket.on('close', (code) => resolve({ types, code }));
  setTimeout(() => socket.terminate(), 8_000);
});
check('graphql-ws (older) hears a change and ends', older.types.slice(0, 2).join() === 'connection_ack,data' && older.code === 1000, older);
finish();
