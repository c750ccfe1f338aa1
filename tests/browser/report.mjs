// Asks the query service for a report, as rows of {column: value}.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const limits = { timeout: 10_000, maxBuffer: 1 << 20 };

export async function askReport({ query, playhead, partner, dimensions, metrics }) {
  const text = (await hasGrpcurl())
    ? await askGrpcurl(query, partner, dimensions, metrics)
    : await askPlayhead(query, playhead, partner, dimensions, metrics);
  return toRows(JSON.parse(text));
}

async function hasGrpcurl() {
  return run("grpcurl", ["-version"], limits).then(() => true, () => false);
}

async function askGrpcurl(query, partner, dimensions, metrics) {
  const request = { partner_id: partner, metrics, dimensions, time_range: { relative: "1h" } };
  const call = ["-plaintext", "-d", JSON.stringify(request), query, "playhead.v1.Reporting/RunReport"];
  return (await run("grpcurl", call, limits)).stdout;
}

async function askPlayhead(query, playhead, partner, dimensions, metrics) {
  const flags = ["--partner", partner, "--metrics", metrics.join(","), "--dimensions", dimensions.join(",")];
  const call = ["report", ...flags, "--range", "1h", "--format", "json", "--query", query];
  return (await run(playhead, call, limits)).stdout;
}

// Rows are lists of values under columns, or objects already.
function toRows(response) {
  const rows = Array.isArray(response) ? response : (response.rows ?? []);
  const names = (response.columns ?? []).map((column) => column.name ?? column);
  return rows.map((row) => {
    const values = row.values ?? row;
    if (!Array.isArray(values)) return values;
    return Object.fromEntries(values.map((value, index) => [names[index], toPlain(value)]));
  });
}

// grpcurl names fields as the server's descriptors do: int_value, or intValue where they have JSON names.
function toPlain(value) {
  if (value === null || typeof value !== "object") return value;
  const pick = (kind) => value[`${kind}_value`] ?? value[`${kind}Value`];
  const integer = pick("int");
  if (integer !== undefined) return Number(integer);
  return pick("string") ?? pick("double") ?? pick("time") ?? null;
}
