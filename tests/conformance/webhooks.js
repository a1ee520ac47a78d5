// Webhooks as their receivers meet them: every delivery passes the verifier of Standard Webhooks, whole and untouched, and what
// was tampered with does not. Writes what came to the file named by the first argument, for the verifier in Python.
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { check, finish } from './check.js';
import { ask, invite } from './demo.js';

const came = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    came.push({ headers: request.headers, body });
    response.end('thank you');
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/hooks`;

/** Runs a mutation, and fails where it is refused. */
async function change(field, kind, gives, input) {
  const answer = await ask(`mutation($input: ${kind}!) { it: ${field}(input: $input) { ${gives} userErrors { message } } }`, { input });
  if (answer.it.userErrors.length > 0) throw new Error(JSON.stringify(answer.it.userErrors));
  return answer.it;
}

/** Waits until so much has come. */
async function until(count) {
  for (let n = 0; n < 300 && came.length < count; n += 1) await new Promise((resolve) => setTimeout(resolve, 100));
  if (came.length < count) throw new Error(`${came.length} of ${count} came`);
}

/** Whether the verifier takes a delivery. */
function passes(secret, { headers, body }) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

const made = await change('webhookEndpointCreate', 'WebhookEndpointCreateInput', 'secret webhookEndpoint { id }', {
  url,
  types: ['invitation.*'],
});
const webhookEndpointId = made.webhookEndpoint.id;
await change('webhookEndpointTest', 'WebhookEndpointTestInput', 'webhookDelivery { id }', { webhookEndpointId });
await until(1);
await invite(`webhooks.${Date.now().toString(36)}@example.com`);
await until(2);
check('a test and an event came', came.some((it) => it.body.includes('"webhook.test"')) && came.some((it) => it.body.includes('"invitation.created"')), came);
check('each passes the verifier', came.every((it) => passes(made.secret, it)), came);
check('the id is the event’s', came.every((it) => JSON.parse(it.body).id === it.headers['webhook-id']), came);
check('a body that was changed does not pass', !passes(made.secret, { ...came[0], body: came[0].body.replace('{', '{ ') }), came[0]);

const rotated = await change('webhookEndpointRotateSecret', 'WebhookEndpointRotateSecretInput', 'secret', { webhookEndpointId });
await invite(`rotated.${Date.now().toString(36)}@example.com`);
await until(3);
const last = came[2];
check('while a secret is replaced, the old and the new one pass', passes(made.secret, last) && passes(rotated.secret, last), last);

const log = await ask(`{ webhookEndpoints { nodes { id deliveries { nodes { id state answerStatus answerBody } } } } }`);
const deliveries = log.webhookEndpoints.nodes.find((it) => it.id === webhookEndpointId).deliveries.nodes;
check('the log says what was answered', deliveries.every((it) => it.state === 'DELIVERED' && it.answerBody === 'thank you'), deliveries);
const replayed = await change('webhookReplay', 'WebhookReplayInput', 'replayedCount', { webhookDeliveryId: deliveries[0].id });
await until(4);
check('what is replayed has the id that it had', replayed.replayedCount === 1 && came[3].headers['webhook-id'] === came.find((it) => it.body === came[3].body).headers['webhook-id'], came[3]);
await change('webhookEndpointDelete', 'WebhookEndpointDeleteInput', 'deletedId', { webhookEndpointId });
if (process.argv[2]) writeFileSync(process.argv[2], JSON.stringify({ secret: made.secret, came: came.slice(0, 3) }));
server.close();
finish();
