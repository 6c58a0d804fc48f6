// The key stays in the field: it is kept nowhere, and sent to this service alone.
const field = document.querySelector("#key input");
const root = ReactDOM.createRoot(document.querySelector("#playground"));

function isSubscription(document, name) {
  const operations = (document?.definitions ?? []).filter((one) => one.kind === "OperationDefinition");
  return operations.find((one) => !name || one.name?.value === name)?.operation === "subscription";
}

async function* events(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n\n");
      rest = parts.pop();
      for (const part of parts) {
        const data = part.split("\n").find((line) => line.startsWith("data: "));
        if (data) yield JSON.parse(data.slice("data: ".length));
      }
    }
  } finally {
    await reader.cancel();
  }
}

async function fetcher(asked, options) {
  const streams = isSubscription(options?.documentAST, asked.operationName);
  const answer = await fetch("/graphql", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: streams ? "text/event-stream" : "application/graphql-response+json",
      ...(field.value ? { Authorization: `Bearer ${field.value.trim()}` } : {}),
    },
    body: JSON.stringify({ query: asked.query, operationName: asked.operationName, variables: asked.variables }),
  });
  return answer.headers.get("content-type").startsWith("text/event-stream") ? events(answer) : answer.json();
}

// Made anew for another key, so that the schema is asked for again.
const show = () =>
  root.render(React.createElement(GraphiQL, { key: field.value, fetcher, isHeadersEditorEnabled: false }));
field.addEventListener("change", show);
show();
