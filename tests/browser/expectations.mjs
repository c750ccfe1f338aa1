// What must be true of a played video: pure functions of the recorded beacons and the report, giving [name, wanted, got].

const countMetrics = {
  impressions: 1,
  play_requests: 2,
  plays: 3,
  resumes: 4,
  play_through_25: 11,
  play_through_50: 12,
  play_through_75: 13,
  play_through_100: 14,
  play_through_90: 15,
  pauses: 33,
  replays: 34,
  seeks: 35,
  errors: 98,
  views: 99,
};

export const metrics = [...Object.keys(countMetrics), "play_time", "buffer_time", "unique_sessions"];

export function count(beacons, eventType) {
  return beacons.filter((beacon) => Number(beacon.fields.eventType) === eventType).length;
}

// A video played once, from its start to its end, without a hand on the player: a VIEW at the start, after 11 s, then
// every 10 s, and PAUSE at the end. The published plugin knows no event 15.
export function checkPlayback({ beacons, preflights }, scenario) {
  const once = [1, 2, 3, 11, 12, 13, 14, 33].map((type) => [`event ${type} was sent once`, 1, count(beacons, type)]);
  const views = 1 + Math.floor((scenario.seconds - 1) / 10);
  return [
    ...once,
    ["VIEWs sent", views, count(beacons, 99)],
    ["nothing else was sent", once.length + views, beacons.length],
    ["every beacon used the method", true, beacons.every((beacon) => beacon.method === scenario.method)],
    ["preflights: one per URL of a POST, none of a GET", expectedPreflights(beacons), preflights.length],
  ];
}

function expectedPreflights(beacons) {
  return new Set(beacons.filter((beacon) => beacon.method === "POST").map((beacon) => beacon.url)).size;
}

export function checkAnswers({ beacons, preflights }) {
  const all = [...beacons, ...preflights];
  const allow = (header, word) => (exchange) => listed(exchange.headers[`access-control-allow-${header}`], word);
  return [
    ["no request failed", "", all.map((exchange) => exchange.failure ?? "").join("")],
    ["every status is 200", true, all.every((exchange) => exchange.status === 200)],
    ["every answer allows any origin", true, all.every(allow("origin", "*"))],
    ["every preflight allows Content-Type", true, preflights.every(allow("headers", "content-type"))],
    ["every preflight allows POST", true, preflights.every(allow("methods", "post"))],
    ["every preflight may be kept for a day", true, preflights.every((exchange) => maxAge(exchange) === 86400)],
    ["every beacon's answer has the time and goes on with VIEWs", true, beacons.every(hasPlayersAnswer)],
    ["the player read the time", true, beacons.some((beacon) => Number(beacon.fields.sessionStartTime) > 0)],
  ];
}

function listed(header, word) {
  const words = (header ?? "").toLowerCase().split(",").map((one) => one.trim());
  return words.includes(word) || words.includes("*");
}

function maxAge(exchange) {
  return Number(exchange.headers["access-control-max-age"]);
}

function hasPlayersAnswer({ answer }) {
  const { time, viewEventsEnabled } = JSON.parse(answer || "{}");
  return Math.abs(time - Date.now() / 1000) < 300 && viewEventsEnabled === true;
}

export function checkReport(rows, { beacons }, scenario) {
  const [row = {}] = rows;
  const counts = Object.entries(countMetrics).map(([name, type]) => [name, count(beacons, type), row[name]]);
  return [
    ["entries", 1, rows.length],
    ["entry", scenario.entry, row.entry],
    ...counts,
    ["unique_sessions", 1, row.unique_sessions],
    ["play_time in ms", milliseconds(maximum(beacons, "playTimeSum")), milliseconds(row.play_time)],
    ["buffer_time in ms", milliseconds(sumOfViews(beacons, "bufferTime")), milliseconds(row.buffer_time)],
  ];
}

function maximum(beacons, field) {
  return Math.max(...beacons.map((beacon) => Number(beacon.fields[field] ?? 0)));
}

function sumOfViews(beacons, field) {
  const views = beacons.filter((beacon) => Number(beacon.fields.eventType) === 99);
  return views.reduce((sum, beacon) => sum + Math.round(Number(beacon.fields[field] ?? 0) * 1000), 0) / 1000;
}

function milliseconds(seconds) {
  return Math.round(Number(seconds) * 1000);
}
