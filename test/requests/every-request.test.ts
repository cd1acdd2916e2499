import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, scratchFolders } from "../support/cli";
import { judged, recording } from "../support/requests";

/**
 * Runs after the others, over what they left: every request that any command sent in any test. Alone it looks at one
 * command of its own.
 */
jest.setTimeout(120_000);

const newFolder = scratchFolders();

test("every request that any command sent, in every test, is one that AWS's service model takes", async () => {
  const own = join(newFolder(), "requests.jsonl");
  const { code } = await cli(["models", "list"], { cwd: newFolder(), env: recording(own) });
  expect(code).toBe(0);
  const folder = process.env.SAGEWRIGHT_RECORD_FOLDER;
  const files = folder === undefined ? [] : readdirSync(folder).map((name) => join(folder, name));
  const all = join(newFolder(), "all.jsonl");
  writeFileSync(all, [own, ...files].map((file) => readFileSync(file, "utf8")).join(""));
  const { counts, complaints } = judged(all);
  expect(complaints).toEqual([]);
  const sent = Object.values(counts).reduce((sum, count) => sum + count, 0);
  expect(sent).toBeGreaterThan(files.length === 0 ? 0 : 1_000);
  process.stdout.write(`${sent} requests checked: ${JSON.stringify(counts)}\n`);
});
