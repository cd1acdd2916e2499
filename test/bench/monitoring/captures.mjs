import { createReadStream, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Summarises and tests a file of captured predictions in a process of its own: `node captures.mjs ROOT FOLDER`. */
const [root, folder] = process.argv.slice(2);
const load = createRequire(import.meta.url);
const { captureLines, compareWithBaseline, mergeSummaries, readBaseline, Summariser } = load(
  join(root, "packages/monitoring/dist"),
);
const { readContract } = load(join(root, "packages/contract/dist"));

const start = performance.now();
const baseline = readBaseline(readFileSync(join(folder, "baseline.json")));
const contract = readContract(readFileSync(join(folder, "contract.json"), "utf8"));
const summariser = new Summariser({ baseline, contract });
const arrived = new Date("2026-01-05T10:30:00.000Z");
for await (const line of captureLines(createReadStream(join(folder, "captures.jsonl"), { highWaterMark: 1 << 20 })))
  summariser.addLine(line, arrived);
const hours = summariser.hours().map(({ summary }) => summary);
const summary = mergeSummaries(baseline, hours);
const report = compareWithBaseline({ baseline, contract, summary });
const milliseconds = performance.now() - start;
const peak = process.resourceUsage().maxRSS * 1024;
process.stdout.write(
  JSON.stringify({ milliseconds, peak, report, rows: summary.rows, products: [...summary.relations] }),
);
