// Serves pages, players and videos from an origin of its own, so that every beacon crosses origins.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mp4": "video/mp4",
  ".m3u8": "application/vnd.apple.mpegurl",
  ".ts": "video/mp2t",
};

// files: by path, a text or the name of a file; folders: by first part of the path, a folder.
// held: by path, a promise: the second half of that file is sent when it is fulfilled.
export async function servePages({ files, folders, held }) {
  const notes = [];
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://host").pathname));
    if (path.startsWith("/api_v3/")) return answerPlayerCall(response);
    if (path === "/note") return takeNote(request, response, notes);
    try {
      sendFile(request, response, extname(path), read(path, files, folders), held[path]);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, notes, close };
}

function read(path, files, folders) {
  const file = files[path];
  if (file !== undefined) return file.text === undefined ? readFileSync(file) : Buffer.from(file.text);
  const [, first, ...rest] = path.split("/");
  return readFileSync(join(folders[first], ...rest));
}

// What the player asks of Kaltura's own server has nothing to do with beacons.
function answerPlayerCall(response) {
  response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
}

function takeNote(request, response, notes) {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    notes.push(JSON.parse(text));
    response.writeHead(204).end();
  });
}

function sendFile(request, response, extension, content, release) {
  const size = content.length;
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const start = range ? Number(range[1]) : 0;
  const end = range && range[2] ? Math.min(Number(range[2]) + 1, size) : size;
  if (start >= end) return response.writeHead(416, { "Content-Range": `bytes */${size}` }).end();
  response.writeHead(range ? 206 : 200, {
    "Content-Type": types[extension] ?? "application/octet-stream",
    "Content-Length": end - start,
    "Accept-Ranges": "bytes",
    "Cache-Control": "no-store",
    ...(range && { "Content-Range": `bytes ${start}-${end - 1}/${size}` }),
  });
  const half = Math.ceil(size / 2);
  if (!release || end <= half) return response.end(content.subarray(start, end));
  response.write(content.subarray(start, Math.max(start, half)));
  release.then(() => response.end(content.subarray(Math.max(start, half), end)));
}
