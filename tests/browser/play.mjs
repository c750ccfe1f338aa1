// Plays videos in a real browser with real players, and compares the reports with what the pages sent.
// play.mjs --root DIR --service URL --query HOST:PORT --playhead BINARY --build DIR --seconds N
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { checkErrors, checkReport, metrics } from "./expectations.mjs";
import { kalturaScenario } from "./kaltura_scenario.mjs";
import { servePages } from "./page_server.mjs";
import { launchBrowser, playOnce, poll } from "./playback.mjs";
import { askReport } from "./report.mjs";
import { videoScenarios } from "./video_scenarios.mjs";

const text = { type: "string" };
const { values: options } = parseArgs({
  options: { root: text, service: text, query: text, playhead: text, build: text, seconds: text },
});
const scripts = ["playhead-video.js", "playhead-hls.js"];

const tally = { passed: 0, failed: 0 };

function check(name, results) {
  for (const [what, wanted, got] of results) {
    const passed = isDeepStrictEqual(wanted, got);
    tally[passed ? "passed" : "failed"] += 1;
    const values = passed ? JSON.stringify(got) : `wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`;
    console.log(`${passed ? "ok  " : "FAIL"} ${name}: ${what}: ${values}`);
  }
}

async function askAbout(scenario, recording) {
  const ask = (dimensions, wanted) => askReport({ ...options, partner: scenario.partner, dimensions, metrics: wanted });
  const results = checkReport(await ask(scenario.dimensions, metrics), recording, scenario);
  if (!scenario.error) return results;
  return [...results, ...checkErrors(await ask(["error_code"], ["errors"]), scenario)];
}

// Reports follow the beacons by about a second: the last answer within the limit is the one that counts.
async function checkedReport(scenario, recording) {
  let results;
  await poll(20, async () => {
    results = await askAbout(scenario, recording);
    return results.every(([, wanted, got]) => isDeepStrictEqual(wanted, got));
  });
  return results;
}

async function runScenario(browser, scenario) {
  try {
    const recording = await playOnce(browser, scenario, options.service);
    check(scenario.name, scenario.checks(recording));
    check(scenario.name, await checkedReport(scenario, recording));
  } catch (error) {
    check(scenario.name, [["runs to its end", "done", error.message]]);
  }
}

function checkLanguage(name, code) {
  const { parse } = createRequire(join(options.build, "package.json"))("acorn");
  let outcome = "ES2017";
  try {
    parse(code, { ecmaVersion: 2017 });
  } catch (error) {
    outcome = error.message;
  }
  check(name, [["is written in", "ES2017", outcome]]);
}

function makeFiles() {
  const packages = join(options.build, "node_modules");
  const video = join(options.build, "video.mp4");
  const files = {
    "/kaltura.html": join(options.root, "tests/browser/kaltura.html"),
    "/left.html": { text: "<!doctype html><title>Left</title>" },
    "/video.mp4": video,
    "/site/holiday.mp4": video,
    "/held/video.mp4": video,
    "/site/hls.min.js": join(packages, "hls.js/dist/hls.min.js"),
  };
  for (const script of scripts) files[`/site/${script}`] = join(options.root, "players", script);
  return { files, folders: { npm: packages, stream: join(options.build, "stream") } };
}

async function main() {
  for (const script of scripts) checkLanguage(script, readFileSync(join(options.root, "players", script), "utf8"));
  let release;
  const held = { "/held/video.mp4": new Promise((resolve) => (release = resolve)) };
  const { files, folders } = makeFiles();
  const server = await servePages({ files, folders, held });
  const world = {
    root: options.root,
    beaconDoor: new URL(options.service).origin,
    seconds: Number(options.seconds),
    origin: server.origin,
    notes: server.notes,
    files,
    release,
  };
  // A partner each, and new ones each time: the reports hold these sessions alone.
  let partner = 100_000_000 + Math.floor(Math.random() * 1_000_000_000);
  const nextPartner = () => (partner += 1);
  const scenarios = [
    ...["GET", "POST"].map((method) => kalturaScenario(world, method, nextPartner())),
    ...videoScenarios(world, nextPartner),
  ];
  const { browser, close } = await launchBrowser(options.build);
  await Promise.all(scenarios.map((scenario) => runScenario(browser, scenario)));
  await close();
  server.close();
}

await main().catch((error) => check("the browser test", [["runs", "done", error.message]]));
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);
