// What a foreign page can make a browser send without asking: none of it may change anything.
import { check, finish } from './check.js';
import { ask, demo, invitations, invite } from './demo.js';

const mutation = (email) => `mutation { invitationCreate(input: { email: "${email}", role: STAFF }) { userErrors { message } } }`;
const query = mutation('foreign@example.com');
// With a credential that opens the door, so that only the form of the request can keep it shut.
const authorization = `Bearer ${demo.apiKey}`;
const post = (type, body) => ({ method: 'POST', headers: { authorization, ...(type && { 'content-type': type }) }, body });
const form = new FormData();
form.set('operations', JSON.stringify({ query }));
form.set('map', '{}');
// As one piece: the answer comes before a body in pieces is whole, and the client would tell of a broken pipe.
const packed = new Response(form);
const multipart = post(packed.headers.get('content-type'), await packed.arrayBuffer());
const bytes = new TextEncoder().encode(JSON.stringify({ query }));

const attempts = {
  GET: [`${demo.graphql}?query=${encodeURIComponent(query)}`, { headers: { authorization } }, 405],
  'GET with a JSON content type': [`${demo.graphql}?query=${encodeURIComponent(query)}`, { headers: { authorization, 'content-type': 'application/json' } }, 405],
  'GET of an event stream': [`${demo.graphql}?query=${encodeURIComponent(query)}`, { headers: { authorization, accept: 'text/event-stream' } }, 405],
  HEAD: [`${demo.graphql}?query=${encodeURIComponent(query)}`, { method: 'HEAD', headers: { authorization } }, 405],
  'text/plain': [demo.graphql, post('text/plain', JSON.stringify({ query })), 415],
  'text/plain; application/json': [demo.graphql, post('text/plain; application/json', JSON.stringify({ query })), 415],
  'application/x-www-form-urlencoded': [demo.graphql, post('application/x-www-form-urlencoded', new URLSearchParams({ query }).toString()), 415],
  'multipart/form-data': [demo.graphql, multipart, 415],
  'no content type': [demo.graphql, post(undefined, bytes), 415],
  'application/graphql': [demo.graphql, post('application/graphql', query), 415],
};

const before = await invitations();
for (const [name, [url, init, status]] of Object.entries(attempts)) {
  const response = await fetch(url, init);
  await response.text();
  check(`${name} is ${status}`, response.status === status, response.status);
}
check('none of them has changed anything', (await invitations()) === before, { before, after: await invitations() });
await invite('counted@example.com');
check('the counter counts', (await invitations()) === before + 1, await invitations());

const preflight = await fetch(demo.graphql, {
  method: 'OPTIONS',
  headers: { origin: 'https://foreign.example.org', 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
});
check('no answer lets a browser send cookies', preflight.headers.get('access-control-allow-credentials') === null, [...preflight.headers]);
check('a query by GET runs', (await (await fetch(`${demo.graphql}?query=%7B__typename%7D`)).json()).data.__typename === 'Query');
await ask('{ __typename }');
finish();
