// Runs the audit of GraphQL over HTTP against a served address: node audit.mjs URL KEY. Prints one JSON document.
import { auditServer } from "graphql-http";

const [url, key] = process.argv.slice(2);
const withKey = (input, init = {}) =>
  fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${key}` } });
const results = await auditServer({ url, fetchFn: withKey });
const told = results.map(({ id, name, status, reason }) => ({ id, name, status, reason: reason ?? null }));
console.log(JSON.stringify(told));
