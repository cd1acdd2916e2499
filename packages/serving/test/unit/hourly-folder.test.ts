import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hourlyFolder } from "@sagewright/serving";

const folder = mkdtempSync(join(tmpdir(), "hourly-"));
afterAll(() => rmSync(folder, { recursive: true }));

const at = new Date("2026-01-02T03:04:05Z");
const read = (parent: string) => {
  const [name = ""] = readdirSync(join(parent, "2026/01/02/03"));
  return readFileSync(join(parent, "2026/01/02/03", name), "utf8");
};

test("many at once are each a whole line, in the order in which they came", async () => {
  const place = join(folder, "many");
  const sink = hourlyFolder(place, { durable: true });
  const lines = Array.from({ length: 50 }, (_, index) => `${JSON.stringify({ index })}\n`);
  await Promise.all(lines.map((line) => sink.append(at, line)));
  expect(read(place)).toBe(lines.join(""));
});

/** A process may be given a limit for its files: what comes beyond is written in part and refused, as on a full disk. */
(process.platform === "linux" ? test : test.skip)("a line that does not fit leaves nothing of itself behind", () => {
  const place = join(folder, "full");
  const module = join(__dirname, "../../src/capture/hourly-folder.ts");
  const script = join(folder, "full.cjs");
  const { buildSync } = require("esbuild") as typeof import("esbuild");
  buildSync({ entryPoints: [module], outfile: script, bundle: true, platform: "node", format: "cjs" });
  const program = `
    process.on("SIGXFSZ", () => {});
    const sink = require(${JSON.stringify(script)}).hourlyFolder(${JSON.stringify(place)}, { durable: true });
    const at = new Date("2026-01-02T03:04:05Z");
    (async () => {
      await sink.append(at, "first\\n");
      const refused = await sink.append(at, "x".repeat(4096) + "\\n").then(() => "kept", (error) => error.code);
      await sink.append(at, "second\\n");
      console.log(refused);
    })();`;
  const limited = 'ulimit -f 2; exec "$0" -e "$1"';
  const told = execFileSync("bash", ["-c", limited, process.execPath, program], { encoding: "utf8" });
  expect(told.trim()).toBe("EFBIG");
  expect(read(place)).toBe("first\nsecond\n");
});
