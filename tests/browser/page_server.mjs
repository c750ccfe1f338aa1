// Serves the page, the player and the video from an origin of its own, so that every beacon crosses origins.
import { createReadStream, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";

const types = { html: "text/html; charset=utf-8", js: "text/javascript; charset=utf-8", mp4: "video/mp4" };

export async function servePage({ files, packages }) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://host").pathname));
    if (path.startsWith("/api_v3/")) return answerPlayerCall(response);
    const file = path.startsWith("/npm/") ? join(packages, path.slice("/npm/".length)) : files[path];
    try {
      sendFile(request, response, file ?? "");
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

// What the player asks of Kaltura's own server has nothing to do with beacons.
function answerPlayerCall(response) {
  response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
}

function sendFile(request, response, file) {
  const { size } = statSync(file);
  const type = types[file.split(".").pop()] ?? "application/octet-stream";
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (!range) {
    response.writeHead(200, { "Content-Type": type, "Content-Length": size, "Accept-Ranges": "bytes" });
    return response.end(readFileSync(file));
  }
  const start = Number(range[1]);
  const end = range[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
  if (start > end) return response.writeHead(416, { "Content-Range": `bytes */${size}` }).end();
  response.writeHead(206, {
    "Content-Type": type,
    "Content-Length": end - start + 1,
    "Content-Range": `bytes ${start}-${end}/${size}`,
    "Accept-Ranges": "bytes",
  });
  createReadStream(file, { start, end }).pipe(response);
}
