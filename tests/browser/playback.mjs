// A browser that opens a page, does something with it, and what the page sent meanwhile.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordBeacons } from "./recorder.mjs";

const flags = [
  ...["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update"],
  "--autoplay-policy=no-user-gesture-required",
];

export async function launchBrowser(build) {
  const { chromium } = createRequire(join(build, "package.json"))("playwright-core");
  const home = mkdtempSync(join(tmpdir(), "playhead-browser-"));
  const env = { ...process.env, HOME: home };
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags, env, timeout: 30_000 });
  const close = async () => {
    await browser.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  return { browser, close };
}

// scenario: {name, url, act(page), isDone(beacons), prepare}: `prepare` runs in the page before its own scripts. Gives the
// recording as soon as everything is answered and the scenario says that it is done.
export async function playOnce(browser, scenario, service) {
  const context = await browser.newContext({ userAgent: ordinaryUserAgent(browser) });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on("pageerror", (error) => console.error(`${scenario.name}: ${error.message}`));
    if (scenario.prepare) await page.addInitScript(scenario.prepare);
    const recorder = await recordBeacons(page, service);
    await page.goto(scenario.url);
    await within(90, "the end of the scenario", scenario.act(page));
    await poll(10, async () => recorder.allAnswered() && scenario.isDone((await recorder.recording()).beacons));
    return await recorder.recording();
  } finally {
    await context.close();
  }
}

// A headless browser says that it is one, and could be counted as a program instead of a viewer.
function ordinaryUserAgent(browser) {
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36`;
}

async function within(limit, what, promise) {
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${limit} s`)), limit * 1000);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}

// Until it is done, or the limit in seconds has passed.
export async function poll(limit, isDone) {
  const deadline = Date.now() + limit * 1000;
  while (!(await isDone()) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 200));
}
