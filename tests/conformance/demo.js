// The demo that the checks run against: `HORARIUM_DEMO` holds the line that `horarium demo --json` prints.

export const demo = JSON.parse(process.env.HORARIUM_DEMO ?? '{}');
export const socketUrl = demo.graphql?.replace('http', 'ws');

/** Who the demo's owner is. */
export const OWNER = { email: 'ana@example.com', password: 'correct horse battery' };

/** Runs an operation as whoever the headers say. */
export async function ask(query, variables = {}, headers = { authorization: `Bearer ${demo.apiKey}` }) {
  const response = await fetch(demo.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json();
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

/** Signs the owner in and gives the access token. */
export async function signIn() {
  const mutation = 'mutation($input: SessionCreateInput!) { sessionCreate(input: $input) { tokens { accessToken } session { id } } }';
  const { sessionCreate } = await ask(mutation, { input: OWNER }, {});
  return { token: sessionCreate.tokens.accessToken, id: sessionCreate.session.id };
}

/** Invites somebody: a change that stands in the audit log and in a list. */
export async function invite(email) {
  const mutation = 'mutation($input: InvitationCreateInput!) { invitationCreate(input: $input) { userErrors { message } } }';
  const { invitationCreate } = await ask(mutation, { input: { email, role: 'STAFF' } });
  if (invitationCreate.userErrors.length > 0) throw new Error(JSON.stringify(invitationCreate.userErrors));
}

/** How many invitations there are. */
export async function invitations() {
  return (await ask('{ invitations(first: 1) { totalCount } }')).invitations.totalCount;
}
