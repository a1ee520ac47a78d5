// The WebSocket protocols, as real clients speak them:
// `node ws.js ws://127.0.0.1:4000/graphql ['subscription { … }' count]`.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { check, finish } from './check.js';

const url = process.argv[2] ?? 'ws://127.0.0.1:4000/graphql';
const [subscription, count] = [process.argv[3], Number(process.argv[4] ?? 1)];
const MODERN = 'graphql-transport-ws';
const LEGACY = 'graphql-ws';
const INIT = { type: 'connection_init' };

/** Opens a socket, says each message once the one before was answered or after a moment, and collects. */
function talk(protocol, messages, options = {}) {
  return new Promise((resolve) => {
    const heard = [];
    const socket = new WebSocket(url, protocol, { headers: options.headers });
    const patience = setTimeout(() => socket.terminate(), options.patience ?? 3_000);
    const done = (outcome) => {
      clearTimeout(patience);
      resolve({ heard, ...outcome });
      socket.terminate();
    };
    socket.on('open', () => messages.forEach((it) => socket.send(typeof it === 'string' ? it : JSON.stringify(it))));
    socket.on('message', (data) => {
      heard.push(JSON.parse(data));
      if (options.until && heard.some((it) => it.type === options.until)) done({});
    });
    socket.on('close', (code, reason) => done({ code, reason: reason.toString() }));
    socket.on('unexpected-response', (_, response) => done({ status: response.statusCode }));
    socket.on('error', () => {});
  });
}

const subscribe = (id, query) => ({ type: 'subscribe', id, payload: { query } });
const types = (heard) => heard.map((it) => it.type);

/** The code a conversation is closed with. */
async function closes(name, code, messages, options) {
  const outcome = await talk(MODERN, messages, options);
  check(`${name} closes with ${code}`, outcome.code === code, outcome);
}

// The client library.
const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
const collect = async (query) => {
  const events = [];
  for await (const event of client.iterate({ query })) events.push(event);
  return events;
};
const answers = await collect('{ __typename }');
check('graphql-ws runs a query', answers.length === 1 && typeof answers[0].data.__typename === 'string', answers);
const refused = await collect('{ nothingOfTheKind }').then(() => null, (errors) => errors);
check('graphql-ws gets validation errors as errors', Array.isArray(refused) && refused[0].extensions.code === 'VALIDATION_FAILED', refused);
const broken = await collect('{').then(() => null, (errors) => errors);
check('graphql-ws gets syntax errors as errors', Array.isArray(broken) && broken[0].extensions.code === 'PARSE_FAILED', broken);
if (subscription) {
  const events = await collect(subscription);
  check(`graphql-ws receives ${count} events`, events.length === count && events.every((it) => it.data), events);
}
await client.dispose();

// The close codes.
await closes('a message that is not JSON', 4400, [INIT, '{']);
await closes('a message of no known type', 4400, [INIT, { type: 'start', id: '1' }]);
await closes('a subscribe without an id', 4400, [INIT, { type: 'subscribe', payload: { query: '{ __typename }' } }]);
await closes('a subscribe before the init', 4401, [subscribe('1', '{ __typename }')]);
await closes('a credential that is not valid', 4401, [{ ...INIT, payload: { authorization: 'Bearer nonsense' } }]);
await closes('silence', 4408, [], { patience: 8_000 });
await closes('a second init', 4429, [INIT, INIT]);
if (subscription) {
  const twice = await talk(MODERN, [INIT], { until: 'connection_ack' });
  check('the init is acknowledged', types(twice.heard).includes('connection_ack'), twice);
  await new Promise((resolve) => {
    const socket = new WebSocket(url, MODERN);
    socket.on('open', () => socket.send(JSON.stringify(INIT)));
    socket.on('message', (data) => {
      if (JSON.parse(data).type !== 'connection_ack') return;
      socket.send(JSON.stringify(subscribe('1', subscription)));
      socket.send(JSON.stringify(subscribe('1', subscription)));
    });
    socket.on('close', (code, reason) => {
      check('an id in use closes with 4409', code === 4409, { code, reason: reason.toString() });
      resolve();
    });
  });
}
const ping = await talk(MODERN, [{ type: 'ping', payload: { n: 1 } }], { until: 'pong' });
check('a ping is answered with its payload', ping.heard[0]?.payload?.n === 1, ping);

// The handshake.
const foreign = await talk(MODERN, [INIT], { headers: { origin: 'https://foreign.example.org' } });
check('a foreign Origin is refused before the upgrade', foreign.status === 403, foreign);
const unknown = await talk('mqtt', []);
check('an unknown subprotocol is refused', unknown.status === 400, unknown);

// The older protocol.
const legacy = await talk(LEGACY, [INIT], { until: 'ka' });
check('graphql-ws (older) is acknowledged and kept alive', types(legacy.heard).join() === 'connection_ack,ka', legacy);
await new Promise((resolve) => {
  const socket = new WebSocket(url, LEGACY);
  const heard = [];
  socket.on('open', () => socket.send(JSON.stringify(INIT)));
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    heard.push(message.type);
    if (message.type === 'connection_ack') {
      socket.send(JSON.stringify({ type: 'start', id: '1', payload: { query: '{ __typename }' } }));
    }
    if (message.type === 'complete') socket.send(JSON.stringify({ type: 'connection_terminate' }));
  });
  socket.on('close', (code) => {
    const words = heard.filter((it) => it !== 'ka').join();
    check('graphql-ws (older) answers and completes', words === 'connection_ack,data,complete' && code === 1000, { heard, code });
    resolve();
  });
});
finish();
