// Follows `changes` with graphql-sse until so many came, and prints them as JSON: URL KEY COUNT [AFTER].
const { createClient } = require("graphql-sse");

const [url, key, count, after] = process.argv.slice(2);
const client = createClient({ url, headers: { authorization: `Bearer ${key}` }, retryAttempts: 0 });
const query = "subscription($after: String) { changes(after: $after) { position number kind } }";

(async () => {
  const found = [];
  for await (const result of client.iterate({ query, variables: { after: after || null } })) {
    found.push(result);
    if (found.length === Number(count)) break;
  }
  let refused = null;
  for await (const result of client.iterate({ query: "subscription { nothing }" })) {
    refused = result.errors[0].extensions.code;
  }
  const answers = [];
  for await (const result of client.iterate({ query: "{ viewer { kind } }" })) answers.push(result);
  client.dispose();
  console.log(JSON.stringify({ found, refused, answers }));
})();
