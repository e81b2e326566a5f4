// Follows `changes` with graphql-ws until so many came, and prints them as JSON: URL KEY COUNT [AFTER].
const { createClient } = require("graphql-ws");
const WebSocket = require("ws");

const [url, key, count, after] = process.argv.slice(2);
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: { authorization: `Bearer ${key}` },
  retryAttempts: 0,
});
const query = "subscription($after: String) { changes(after: $after) { position number kind } }";

(async () => {
  const found = [];
  for await (const result of client.iterate({ query, variables: { after: after || null } })) {
    found.push(result);
    if (found.length === Number(count)) break;
  }
  let refused = null;
  try {
    for await (const result of client.iterate({ query: "subscription { nothing }" })) found.push(result);
  } catch (errors) {
    refused = errors[0].extensions.code;
  }
  const answers = [];
  for await (const result of client.iterate({ query: "{ viewer { kind } }" })) answers.push(result);
  await client.dispose();
  console.log(JSON.stringify({ found, refused, answers }));
})();
