// The pages that the documents show, played, left, stalled and broken.
import { codeBlock, withValues } from "./documents.mjs";
import { checkLeft, checkSequence, checkStalled, count } from "./expectations.mjs";

const whole = [1, 2, 3, 11, 12, 13, 15, 14, 33];

// notes: what pages left behind when they were left. release: sends the rest of /held/video.mp4.
export function videoScenarios(world, nextPartner) {
  const { seconds, notes, release } = world;
  const video = (name, rest) => documented(world, name, "README.md", nextPartner(), rest);
  const hls = (name, rest) => documented(world, name, "docs/players.md", nextPartner(), rest);
  const left = (name, { prepare = "", whilePaused = async () => {}, stretches = 1 } = {}) => {
    const note = () => notes.find((one) => scenario.url.endsWith(one.path));
    const scenario = video(name, {
      prepare: `${prepare}; addEventListener("pagehide", ${leaveNote});`,
      act: (page) => leaveInTheMiddle(page, whilePaused, world.origin),
      isDone: () => note() !== undefined,
      checks: (recording) => checkLeft(recording, note(), stretches),
    });
    return scenario;
  };
  const broken = (make, name, values, error) =>
    make(name, {
      values,
      error,
      act: async () => {},
      isDone: (beacons) => count(beacons, 98) > 0,
      checks: (recording) => checkSequence(recording, [1, 98]),
    });
  return [
    video("video, watched, then again", {
      act: watchAndReplay,
      isDone: (beacons) => count(beacons, 34) > 0,
      checks: (recording) => checkSequence(recording, [...whole, 34], seconds),
    }),
    left("video, left"),
    left("video, left, without fetch's keepalive", { prepare: "delete Request.prototype.keepalive" }),
    left("video, left, after a long pause", { whilePaused: letTimePass, stretches: 2 }),
    video("video, stalled", {
      values: { "holiday.mp4": "/held/video.mp4" },
      act: (page) => stall(page, release),
      isDone: (beacons) => beacons.at(-1).fields.eventType === 99 && count(beacons, 46) > 0,
      checks: checkStalled,
    }),
    video("video, found playing, then from its end to its start", {
      values: { "const tracker = ": "const begin = () => ", "controls>": "controls loop>" },
      act: findPlayingAndLoop,
      isDone: (beacons) => beacons.at(-1).fields.eventType === 99 && count(beacons, 14) > 0,
      checks: (recording) => checkSequence(recording, [1, 2, 3, 35, 11, 12, 13, 15, 14]),
    }),
    broken(video, "video, missing", { "holiday.mp4": "/missing.mp4" }, "4"),
    video("video, both sources missing", {
      values: { 'src="holiday.mp4"': 'preload="none"', "controls>": `controls>${twoSources}` },
      error: "4",
      // Its promise waits for a source for ever.
      act: (page) => page.evaluate(() => void document.querySelector("video").play()),
      isDone: (beacons) => count(beacons, 98) > 0,
      checks: (recording) => checkSequence(recording, [1, 2, 98]),
    }),
    hls("hls.js, watched", {
      values: { "stream.m3u8": "/stream/stream.m3u8" },
      act: watchStream,
      isDone: (beacons) => count(beacons, 33) > 0,
      checks: (recording) => checkSequence(recording, whole, seconds),
    }),
    broken(hls, "hls.js, missing", { "stream.m3u8": "/missing.m3u8" }, "manifestLoadError"),
  ];
}

// A document's page under an address of its own, for a partner and an entry of its own.
function documented({ root, beaconDoor, origin, files }, name, document, partner, { values, ...rest }) {
  const page = codeBlock(root, document, "html");
  const [, shownEntry] = /entryId: "([^"]*)"/.exec(page);
  const entry = `0_browser_${partner}`;
  const path = `/site/${partner}.html`;
  files[path] = {
    text: withValues(page, { "http://127.0.0.1:7070": beaconDoor, 4711: partner, [shownEntry]: entry, ...values }),
  };
  const dimensions = ["entry", "delivery_type", "playback_type"];
  return { name, partner, entry, dimensions, url: `${origin}${path}`, ...rest };
}

const twoSources = '<source src="/missing.webm" /><source src="/missing.mp4" />';
const start = (page) => page.evaluate(() => document.querySelector("video").play());
const ended = (page) => page.waitForFunction(() => document.querySelector("video").ended);
const reached = (page, position) =>
  page.waitForFunction((wanted) => document.querySelector("video").currentTime >= wanted, position);

async function watchAndReplay(page) {
  await start(page);
  await ended(page);
  await start(page);
  await page.waitForFunction(() => !document.querySelector("video").ended);
  await reached(page, 2);
  await page.evaluate(() => tracker.stop());
  // Nobody listens any more.
  await page.evaluate(() => document.querySelector("video").pause());
}

async function findPlayingAndLoop(page) {
  await start(page);
  await reached(page, 1);
  await page.evaluate(() => {
    window.tracker = begin();
    document.querySelector("video").currentTime = 20;
  });
  await reached(page, 20.5);
  await page.waitForFunction(() => document.querySelector("video").currentTime < 10);
  await reached(page, 1);
  await page.evaluate(() => tracker.stop());
}

async function leaveInTheMiddle(page, whilePaused, origin) {
  await start(page);
  await reached(page, 3);
  await page.evaluate(() => void (document.querySelector("video").currentTime = 13));
  await reached(page, 14);
  const pausing = page.waitForRequest((request) => request.url().includes("eventType=33"));
  await page.evaluate(() => document.querySelector("video").pause());
  await whilePaused(page, await pausing);
  await start(page);
  await reached(page, 16);
  await page.goto(`${origin}/left.html`);
}

// A while, for the page; but the last event has arrived.
async function letTimePass(page, lastRequest) {
  await lastRequest.response();
  await page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 1_200_000;
  });
}

// In the page: what the browser itself says was played, in seconds of media.
function leaveNote() {
  const video = document.querySelector("video");
  if (!video) return;
  const { played } = video;
  const lengths = Array.from({ length: played.length }, (_, index) => played.end(index) - played.start(index));
  const seconds = lengths.reduce((sum, length) => sum + length, 0);
  navigator.sendBeacon("/note", JSON.stringify({ path: location.pathname, seconds }));
}

async function stall(page, release) {
  const waiting = page.evaluate(
    () => new Promise((resolve) => document.querySelector("video").addEventListener("waiting", resolve, { once: true })),
  );
  await start(page);
  await waiting;
  const at = await page.evaluate(() => document.querySelector("video").currentTime);
  release();
  await reached(page, at + 1);
  await page.evaluate(() => tracker.stop());
}

async function watchStream(page) {
  await start(page);
  await ended(page);
  await page.evaluate(() => hls.destroy());
}
