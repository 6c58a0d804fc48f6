// PostGraphile over the schema `shown` of a database, as its handbook sets it up for production.
// node server.mjs DATABASE_URL
import { createServer } from "node:http";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const CONNECTIONS = 10; // as many as the service holds

const made = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({ connectionString: process.argv[2], schemas: ["shown"], poolConfig: { max: CONNECTIONS } }),
  ],
  // Lists instead of connections: less to answer.
  schema: { defaultBehavior: "-connection +list" },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
});
const server = createServer();
await made.createServ(grafserv).addTo(server);
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}`, node: process.version }));
});
process.on("SIGTERM", () => process.exit(0));
