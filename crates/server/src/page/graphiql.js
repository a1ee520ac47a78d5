// Starts GraphiQL if its files have come, with the demo's key in its headers.

if (globalThis.GraphiQL && globalThis.ReactDOM) {
  const socket = new URL("/graphql", location.href);
  socket.protocol = socket.protocol.replace("http", "ws");
  const show = (demo) => {
    const fetcher = GraphiQL.createFetcher({ url: "/graphql", subscriptionUrl: socket.href });
    const headers = demo ? JSON.stringify({ Authorization: `Bearer ${demo.apiKey}` }, null, 2) : undefined;
    const page = React.createElement(GraphiQL, { fetcher, defaultQuery: demo?.query, defaultHeaders: headers, defaultEditorToolsVisibility: true });
    ReactDOM.createRoot(document.getElementById("graphiql")).render(page);
  };
  fetch("/-/demo.json").then((response) => response.json()).then(show, () => show(null));
}
