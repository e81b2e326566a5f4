// Runs every audit of graphql-http against the address given, and prints one JSON object: {"ID": [status, name, reason]}.
const { serverAudits } = require("graphql-http");

(async () => {
  const found = {};
  for (const audit of serverAudits({ url: process.argv[2] })) {
    const { status, reason } = await audit.fn();
    found[audit.id] = [status, audit.name, reason ?? ""];
  }
  console.log(JSON.stringify(found));
})();
