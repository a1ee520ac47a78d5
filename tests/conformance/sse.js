// Server-sent events in distinct connections mode, as graphql-sse speaks them:
// `node sse.js http://127.0.0.1:4000/graphql ['subscription { … }' count]`.
import { createClient } from 'graphql-sse';
import { check, finish } from './check.js';

const url = process.argv[2] ?? 'http://127.0.0.1:4000/graphql';
const [subscription, count] = [process.argv[3], Number(process.argv[4] ?? 1)];

const client = createClient({ url, retryAttempts: 0 });
const collect = async (query) => {
  const events = [];
  for await (const event of client.iterate({ query })) events.push(event);
  return events;
};

const answers = await collect('{ __typename }');
check('graphql-sse runs a query', answers.length === 1 && typeof answers[0].data.__typename === 'string', answers);
const refused = await collect('{ nothingOfTheKind }');
check('validation errors are one event', refused.length === 1 && refused[0].errors[0].extensions.code === 'VALIDATION_FAILED', refused);
if (subscription) {
  const events = await collect(subscription);
  check(`graphql-sse receives ${count} events and the end`, events.length === count && events.every((it) => it.data), events);
}
client.dispose();

const stranger = createClient({ url, retryAttempts: 0, headers: { authorization: 'Bearer nonsense' } });
const denied = await new Promise((resolve) => {
  stranger.subscribe({ query: '{ __typename }' }, { next: () => {}, error: resolve, complete: () => resolve(null) });
});
check('a credential that is not valid is 401', denied?.response?.status === 401, denied);

const raw = await fetch(url, {
  method: 'POST',
  headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
  body: JSON.stringify({ query: '{ __typename }' }),
});
const text = await raw.text();
check('complete has an empty field of data', raw.headers.get('content-type').startsWith('text/event-stream') && text.endsWith('event: complete\ndata:\n\n'), text);
const byGet = await fetch(`${url}?query=${encodeURIComponent('mutation { __typename }')}`, { headers: { accept: 'text/event-stream' } });
check('a GET runs no mutation', byGet.status === 405, byGet.status);
finish();
