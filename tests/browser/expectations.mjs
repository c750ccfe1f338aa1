// What must be true of what a page sent and of the report: pure functions that give lists of [what, wanted, got].

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
  buffer_starts: 45,
  buffer_ends: 46,
  errors: 98,
  views: 99,
};

export const metrics = [...Object.keys(countMetrics), "play_time", "buffer_time", "join_time", "bitrate", "unique_sessions"];

export function count(beacons, eventType) {
  return beacons.filter((beacon) => Number(beacon.fields.eventType) === eventType).length;
}

// By the Kaltura Player: a video played once, from its start to its end, without a hand on the player: a VIEW at the start, after 11 s, then
// every 10 s, and PAUSE at the end. The published plugin knows no event 15.
export function checkKaltura({ beacons, preflights }, scenario) {
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

// By playhead-video.js: these events in this order, but for VIEWs and buffering. `seconds`: of media, to its end; a VIEW
// at its start, for ten seconds each, and at its end.
export function checkSequence(recording, types, seconds) {
  const results = [["events", types, typesOf(recording).filter((type) => ![45, 46, 99].includes(type))]];
  if (seconds === undefined) return [...results, ...checkTracker(recording)];
  const ended = recording.beacons.findIndex((beacon) => beacon.fields.eventType === 14);
  const views = recording.beacons.slice(ended).filter(isView);
  return [
    ...results,
    ["VIEWs until the end", 2 + Math.floor(seconds / 10), count(recording.beacons.slice(0, ended), 99) + 1],
    ["the VIEW at the end has it all", seconds, Math.round(views[0]?.fields.playTimeSum)],
    ...checkTracker(recording),
  ];
}

// note: what the browser says was played when the page was left; a seek may cost what was played since the last `timeupdate`.
export function checkLeft(recording, note, stretches) {
  const last = recording.beacons.at(-1);
  const missing = note.seconds - watched(recording.beacons);
  return [
    ["stretches", stretches, stretchesOf(recording.beacons).length],
    ["events", [1, 2, 3, 35, 11, 12, 33, 4], typesOf(recording).filter((type) => ![45, 46, 99].includes(type))],
    ["the last is a VIEW", 99, last.fields.eventType],
    ["it says all that was played", "within 1 s", Math.abs(missing) < 1 ? "within 1 s" : `${missing} s less`],
    ...checkTracker(recording, { wasLeft: true }),
  ];
}

export function checkStalled(recording) {
  const stalls = count(recording.beacons, 45);
  return [
    ["the video stalled", true, stalls > 0],
    ["every stall ended", stalls, count(recording.beacons, 46)],
    ["VIEWs tell of it", true, sumOfViews(recording.beacons, "bufferTime") > 0],
    ...checkTracker(recording),
  ];
}

// Requests of a page that was left look aborted from inside, so the report alone tells whether they arrived.
function checkTracker({ beacons, preflights }, { wasLeft = false } = {}) {
  const indexes = stretchesOf(beacons).map((stretch) => stretch.map((beacon) => beacon.fields.eventIndex));
  const failures = wasLeft ? [] : beacons.map((beacon) => beacon.failure).filter(Boolean);
  return [
    ["no request failed", [], failures],
    ["no preflights", 0, preflights.length],
    ["events are numbered from 1", indexes.map((stretch) => stretch.map((_, index) => index + 1)), indexes],
    ["one session", 1, new Set(beacons.map((beacon) => beacon.fields.sessionId)).size],
  ];
}

function typesOf({ beacons }) {
  return beacons.map((beacon) => beacon.fields.eventType);
}

export function checkErrors(rows, { error }) {
  return [["errors by code", [{ error_code: error, errors: 1 }], rows]];
}

export function checkReport(rows, { beacons }, scenario) {
  const [row = {}] = rows;
  const counts = Object.entries(countMetrics).map(([name, type]) => [name, count(beacons, type), row[name]]);
  return [
    ["entries", 1, rows.length],
    ["entry", scenario.entry, row.entry],
    ...counts,
    ["unique_sessions", 1, row.unique_sessions],
    ["play_time in ms", milliseconds(watched(beacons)), milliseconds(row.play_time)],
    ["buffer_time in ms", milliseconds(sumOfViews(beacons, "bufferTime")), milliseconds(row.buffer_time)],
    ["join_time in ms", milliseconds(mean(beacons, 3, "joinTime")), milliseconds(row.join_time ?? NaN)],
    ["bitrate in bit/s", milliseconds(mean(beacons, 99, "actualBitrate")), milliseconds(row.bitrate ?? NaN)],
  ];
}

// Lists of beacons in their order; each but the first begins with another event 1.
function stretchesOf(beacons) {
  return beacons.reduce((stretches, beacon) => {
    if (stretches.length === 0 || Number(beacon.fields.eventIndex) === 1) stretches.push([]);
    stretches.at(-1).push(beacon);
    return stretches;
  }, []);
}

// Seconds: what the last VIEW of each stretch says.
function watched(beacons) {
  const sums = stretchesOf(beacons).map((stretch) => stretch.map((beacon) => Number(beacon.fields.playTimeSum ?? 0)));
  return sums.reduce((sum, ofStretch) => sum + Math.max(...ofStretch), 0);
}

// Of those of a type that have a positive one; NaN: there are none.
function mean(beacons, type, field) {
  const values = beacons.filter((beacon) => Number(beacon.fields.eventType) === type);
  const positive = values.map((beacon) => Number(beacon.fields[field])).filter((value) => value > 0);
  return positive.reduce((sum, value) => sum + value, 0) / positive.length;
}

function isView(beacon) {
  return Number(beacon.fields.eventType) === 99;
}

function sumOfViews(beacons, field) {
  return beacons.filter(isView).reduce((sum, beacon) => sum + Math.round(Number(beacon.fields[field] ?? 0) * 1000), 0) / 1000;
}

function milliseconds(seconds) {
  return Math.round(Number(seconds) * 1000);
}
