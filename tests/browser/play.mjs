// Plays a video in a real browser with the real player, and compares the report with what the page sent.
// play.mjs --service URL --query HOST:PORT --playhead BINARY --build DIR --seconds N
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { checkAnswers, checkPlayback, checkReport, metrics } from "./expectations.mjs";
import { servePage } from "./page_server.mjs";
import { launchBrowser, playOnce, poll } from "./playback.mjs";
import { askReport } from "./report.mjs";

const text = { type: "string" };
const { values: options } = parseArgs({
  options: { service: text, query: text, playhead: text, build: text, seconds: text },
});

// A partner each, and new ones each time: the reports hold these sessions alone.
const firstPartner = 100_000_000 + Math.floor(Math.random() * 1_000_000_000);
const scenarios = ["GET", "POST"].map((method, index) => ({
  method,
  seconds: Number(options.seconds),
  partner: firstPartner + index,
  entry: `0_browser_${method.toLowerCase()}`,
}));

const tally = { passed: 0, failed: 0 };

function check(scenario, results) {
  for (const [name, wanted, got] of results) {
    const passed = isDeepStrictEqual(wanted, got);
    tally[passed ? "passed" : "failed"] += 1;
    const values = passed ? got : `wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`;
    console.log(`${passed ? "ok  " : "FAIL"} ${scenario.method} ${name}: ${values}`);
  }
}

// Reports follow the beacons by about a second: the last answer within the limit is the one that counts.
async function checkedReport(scenario, recording) {
  let results;
  await poll(20, async () => {
    const rows = await askReport({ ...options, partner: scenario.partner, metrics });
    results = checkReport(rows, recording, scenario);
    return results.every(([, wanted, got]) => isDeepStrictEqual(wanted, got));
  });
  return results;
}

async function runScenario(browser, origin, scenario) {
  try {
    const recording = await playOnce(browser, origin, scenario, options.service);
    check(scenario, [...checkPlayback(recording, scenario), ...checkAnswers(recording)]);
    check(scenario, await checkedReport(scenario, recording));
  } catch (error) {
    check(scenario, [["runs to its end", "done", error.message]]);
  }
}

async function main() {
  const packages = join(options.build, "node_modules");
  const files = {
    "/page.html": join(dirname(fileURLToPath(import.meta.url)), "page.html"),
    "/kava.js": join(packages, "@playkit-js/playkit-js-kava/dist/playkit-kava.js"),
    "/video.mp4": join(options.build, "video.mp4"),
  };
  const server = await servePage({ files, packages });
  const { browser, close } = await launchBrowser(options.build);
  await Promise.all(scenarios.map((scenario) => runScenario(browser, server.origin, scenario)));
  await close();
  server.close();
}

await main().catch((error) => check({ method: "the" }, [["browser test runs", "done", error.message]]));
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);
