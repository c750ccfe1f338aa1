// Code that documents show: what is tested is what readers copy.
import { readFileSync } from "node:fs";

// The one fenced block of a language in a document of the project's root.
export function codeBlock(root, document, language) {
  const text = readFileSync(`${root}/${document}`, "utf8");
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, found]) => found === language);
  if (blocks.length !== 1) throw new Error(`${document} has ${blocks.length} blocks of ${language} instead of one`);
  return blocks[0][2];
}

// A document's page or setup with other values; each of them must be there.
export function withValues(code, values) {
  return Object.entries(values).reduce((text, [documented, value]) => {
    if (!text.includes(documented)) throw new Error(`a documented block has no ${documented}`);
    return text.replaceAll(documented, value);
  }, code);
}
