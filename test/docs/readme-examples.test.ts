import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";

/** Every package's README carries one complete program; it has to compile and run to its end. */
const root = join(__dirname, "../..");
const rooms = readdirSync(join(root, "packages")).map((name) => join("packages", name));
const scratch = mkdtempSync(join(root, "node_modules", ".readme-"));

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test.each(rooms)(
  "%s has a README with a program that runs",
  (room) => {
    const readme = join(root, room, "README.md");
    expect(existsSync(readme)).toBe(true);
    const programs = [...readFileSync(readme, "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
      (match) => match[1] ?? "",
    );
    expect(programs.length).toBeGreaterThan(0);
    for (const [index, program] of programs.entries()) {
      const source = join(scratch, `${room.replace("/", "-")}-${index}.ts`);
      const bundle = source.replace(/\.ts$/, ".cjs");
      writeFileSync(source, program);
      buildSync({
        entryPoints: [source],
        outfile: bundle,
        bundle: true,
        platform: "node",
        format: "cjs",
        packages: "external",
        logLevel: "silent",
      });
      expect(() =>
        execFileSync(process.execPath, [bundle], { cwd: scratch, timeout: 60_000, stdio: "pipe" }),
      ).not.toThrow();
    }
  },
  120_000,
);
