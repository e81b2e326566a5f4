// Mounts GraphiQL on the page; a file of its own, since the page's policy allows no inline script.
const address = new URL("/graphql", window.location.origin).toString();
const fetcher = async (request, options) => {
  const response = await fetch(address, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json;q=0.9",
      ...options?.headers,
    },
    body: JSON.stringify(request),
  });
  return response.json();
};
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
    defaultEditorToolsVisibility: "headers",
    defaultHeaders: JSON.stringify({ Authorization: "Bearer wb_..." }, null, 2),
    defaultQuery: "# Your API key goes into the headers below.\n{\n  __typename\n}\n",
  }),
);
