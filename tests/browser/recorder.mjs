// Listens to what a page sends to the beacon door. It only listens: intercepted requests would get their preflights
// answered by the tool instead of by the server.

export async function recordBeacons(page, serviceUrl) {
  const exchanges = new Map();
  const session = await page.context().newCDPSession(page);
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    if (!request.url.startsWith(serviceUrl)) return;
    exchanges.set(requestId, { request, preflight: request.method === "OPTIONS" });
  });
  session.on("Network.responseReceived", ({ requestId, response }) => {
    const exchange = exchanges.get(requestId);
    if (!exchange) return;
    exchange.status = response.status;
    exchange.headers = lowercaseNames(response.headers);
  });
  session.on("Network.loadingFailed", ({ requestId, errorText, corsErrorStatus }) => {
    const exchange = exchanges.get(requestId);
    if (exchange) exchange.failure = corsErrorStatus?.corsError ?? errorText;
  });
  session.on("Network.loadingFinished", ({ requestId }) => {
    const exchange = exchanges.get(requestId);
    if (exchange) exchange.done = readAnswer(session, requestId, exchange);
  });
  await session.send("Network.enable");
  return {
    allAnswered: () => [...exchanges.values()].every((exchange) => exchange.done || exchange.failure),
    recording: async () => {
      await Promise.all([...exchanges.values()].map((exchange) => exchange.done));
      const all = [...exchanges.values()].map(describe);
      return { preflights: all.filter((one) => one.preflight), beacons: all.filter((one) => !one.preflight) };
    },
  };
}

async function readAnswer(session, requestId, exchange) {
  if (exchange.preflight) return;
  const body = session.send("Network.getResponseBody", { requestId }).then(({ body }) => body);
  exchange.answer = await body.catch((error) => `no body: ${error.message}`);
}

function lowercaseNames(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

// The fields of a beacon are its URL's and its body's; the body wins.
function describe({ request, preflight, status, headers, failure, answer }) {
  const fields = Object.fromEntries(new URL(request.url).searchParams);
  if (!preflight && request.postData) Object.assign(fields, JSON.parse(request.postData));
  return { url: request.url, method: request.method, preflight, status, headers: headers ?? {}, failure, answer, fields };
}
