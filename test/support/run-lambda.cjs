// Runs a bundled Lambda function as Lambda's runtime does: the code is loaded, then events are handled one at a time.
// node run-lambda.cjs INDEX_JS EVENTS_JSON ANSWERS_JSON
const { readFileSync, writeFileSync } = require("node:fs");
const { performance } = require("node:perf_hooks");

const [, , code, events, answers] = process.argv;
const given = JSON.parse(readFileSync(events, "utf8"));

async function main() {
  const started = performance.now();
  const { handler } = require(code);
  const results = [await handler(given[0])];
  const coldMs = performance.now() - started;
  for (const event of given.slice(1)) results.push(await handler(event));
  writeFileSync(answers, JSON.stringify({ node: process.versions.node, coldMs, results }));
}

void main();
