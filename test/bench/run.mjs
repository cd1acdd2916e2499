import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/processes.mjs";
import { runMain, setUp } from "../../scripts/setup.mjs";
import { say } from "../../scripts/terminal.mjs";

/** `npm run bench [-- name …]`: every benchmark beside its peer in one run, as a table and as JSON in test/bench/results. */
// Advice about the SDK and future Node versions is no part of a measurement.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

const benches = [
  "start-up",
  "empty-jobs",
  "reference-job",
  "predictor",
  "batch",
  "serving",
  "cold-start",
  "endpoint-updates",
  "monitoring",
];

await runMain(async () => {
  const stranger = process.argv.slice(2).find((name) => !benches.includes(name));
  if (stranger !== undefined) {
    console.error(`There is no benchmark ${stranger}; there are ${benches.join(", ")}.`);
    return 2;
  }
  const { python } = await setUp();
  const data = process.env.SAGEWRIGHT_TEST_DATA ?? join(root, "../shared/data");
  const wanted = process.argv.slice(2);
  const rows = [];
  for (const name of benches.filter((each) => wanted.length === 0 || wanted.includes(each))) {
    say(`… ${name}`);
    const { run } = await import(`./${name}.mjs`);
    if (name === "reference-job" && !existsSync(join(data, "bank_churn.csv"))) {
      say(`  skipped: ${data} has no bank_churn.csv`);
      continue;
    }
    rows.push(...(await run({ root, rounds: 5, python, data })));
  }
  print(rows);
  save(rows);
  return 0;
});

function print(rows) {
  const figure = (value, unit) => `${value < 10 ? value.toPrecision(2) : Math.round(value)} ${unit}`;
  for (const { name, value, unit, peer, peerName, ratio, limit, of, atLeast, met } of rows) {
    const against = peer === undefined ? "" : `${ratio.toFixed(2)}x ${peerName} (${figure(peer, unit)})`;
    const bound =
      limit === undefined
        ? ""
        : `${met ? "met" : "MISSED"}: ${atLeast ? "at least" : "at most"} ${of === "ratio" ? `${limit}x` : figure(limit, unit)}`;
    console.log([name, figure(value, unit), against, bound].filter(Boolean).join("  |  "));
  }
}

function save(rows) {
  const folder = join(root, "test/bench/results");
  mkdirSync(folder, { recursive: true });
  const { version } = createRequire(import.meta.url)("../../package.json");
  const file = join(folder, "latest.json");
  writeFileSync(
    file,
    `${JSON.stringify({ version, node: process.version, cpus: cpus().length, cpu: cpus()[0]?.model, rows }, null, 2)}\n`,
  );
  say(`written to ${file}`);
}
