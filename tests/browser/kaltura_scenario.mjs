// The real Kaltura Player with the setup that the documents show.
import { codeBlock, withValues } from "./documents.mjs";
import { checkAnswers, checkKaltura, count } from "./expectations.mjs";

export function kalturaScenario({ root, beaconDoor, origin, files, seconds }, method, partner) {
  const scenario = { name: `Kaltura Player, ${method}`, method, seconds, partner, entry: `0_browser_${partner}` };
  const setup = withValues(codeBlock(root, "docs/players.md", "js"), {
    "//stats.example.com": beaconDoor.replace("http:", ""),
    4711: partner,
  });
  files[`/setup/${method}.js`] = { text: `window.documented = (KalturaPlayer) => {\nreturn ${setup}};` };
  return {
    ...scenario,
    dimensions: ["entry"],
    url: `${origin}/kaltura.html?${new URLSearchParams({ method, entry: scenario.entry, duration: seconds })}`,
    act: async (page) => {
      await page.evaluate(() => window.play());
      await page.evaluate(() => window.ended);
    },
    // PAUSE is the last beacon of a video that ended.
    isDone: (beacons) => count(beacons, 33) > 0,
    checks: (recording) => [...checkKaltura(recording, scenario), ...checkAnswers(recording)],
  };
}
