// Subscribes with graphql-sse: node subscribe.mjs URL KEY QUERY [HOW MANY]. Prints what arrives, one JSON document a line,
// and leaves after as many events as are named.
import { createClient } from "graphql-sse";

const [url, key, query, most] = process.argv.slice(2);
const client = createClient({ url, headers: { authorization: `Bearer ${key}` }, retryAttempts: 0 });
const say = (said) => console.log(JSON.stringify(said));
let arrived = 0;
try {
  for await (const result of client.iterate({ query })) {
    say(result);
    arrived += 1;
    if (arrived === Number(most)) break;
  }
  say({ ended: true });
} catch (error) {
  say({ failed: error.response ? error.response.status : String(error) });
} finally {
  client.dispose();
}
