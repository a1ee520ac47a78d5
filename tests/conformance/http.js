// The audits of GraphQL over HTTP: `node http.js http://127.0.0.1:4000/graphql`.
import { auditServer } from 'graphql-http';

const url = process.argv[2] ?? 'http://127.0.0.1:4000/graphql';
const results = await auditServer({ url, fetchFn: fetch });
const counts = { ok: 0, notice: 0, warn: 0, error: 0 };
for (const result of results) {
  counts[result.status] += 1;
  if (result.status !== 'ok') {
    console.log(`${result.status.toUpperCase()}  ${result.id}  ${result.name}: ${result.reason}`);
  }
}
console.log(`${results.length} audits:`, counts);
process.exit(counts.error + counts.warn > 0 ? 1 : 0);
