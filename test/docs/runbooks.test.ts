import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { globalOptions } from "../../packages/cli/src/options/global-options";
import { commands } from "../../packages/cli/src/program";
import { root } from "../support/cli";

/**
 * Run-books are read at night: every page that a message links is there, in the same four parts, and every command in them is one
 * that the command line takes.
 */
const folder = join(root, "docs/runbooks");
const names = readdirSync(folder).filter((name) => name.endsWith(".md"));
const textOf = (name: string) => readFileSync(join(folder, name), "utf8");
const procedures = ["README.md", "rollback.md", "deployment.md"];
const pages = names.filter((name) => !procedures.includes(name));

/** Pages that findings and alarms name, by the text of the sources: `runbook: "drift"`. */
function linked(): Set<string> {
  const found = new Set<string>();
  for (const room of ["packages/monitoring/src", "packages/cdk/src", "packages/cli/src", "infra/lib"]) {
    for (const name of readdirSync(join(root, room), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts")) continue;
      const source = readFileSync(join(root, room, name), "utf8");
      for (const [, value = ""] of source.matchAll(/\brunbook: ([^\n]+)/g))
        for (const [, page = ""] of value.matchAll(/"([a-z-]+)"/g)) if (page !== "text") found.add(page);
    }
  }
  return found;
}

test("every page that the code links is there, and every page is linked", () => {
  const wanted = [...linked()].sort();
  expect(wanted.length).toBeGreaterThan(15);
  expect(pages.map((name) => name.replace(".md", "")).sort()).toEqual(wanted);
});

test.each(pages)("%s has the four parts, each with something in it", (name) => {
  const parts = textOf(name)
    .split(/^## /m)
    .slice(1)
    .map((part) => [part.split("\n")[0], part.length > 60]);
  expect(parts).toEqual(
    ["What it means", "First look", "What to do", "How to know it is over"].map((heading) => [heading, true]),
  );
});

test("links lead to pages that are there, and the list has every page", () => {
  const broken = names.flatMap((name) =>
    [...textOf(name).matchAll(/\]\(([\w./-]+\.md)\)/g)]
      .filter(([, target = ""]) => !names.includes(target))
      .map(([, target]) => `${name} → ${target}`),
  );
  expect(broken).toEqual([]);
  for (const name of pages) expect(textOf("README.md")).toContain(`](${name})`);
});

const spoken = [
  ...new Set(
    names.flatMap((name) => [...textOf(name).matchAll(/npx sagewright ([^`\n]+)/g)].map(([, text = ""]) => text)),
  ),
];

test.each(spoken)("sagewright %s", async (line) => {
  const [name = "", ...words] = [...line.trim().matchAll(/"[^"]*"|\S+/g)].map(([word]) => word.replaceAll('"', ""));
  const entry = commands.find((each) => each.name === name);
  const top = new Command(name).exitOverride().configureOutput({ writeErr: () => undefined });
  let done = 0;
  entry?.load().define(top, () => async () => {
    done += 1;
  });
  for (const each of [top, ...top.commands]) {
    each.exitOverride();
    for (const { flags, description } of globalOptions) each.option(flags, description);
  }
  if (words.length === 0 || (top.commands.length > 0 && words.length === 1)) {
    // A command that is only named, such as `models compare`.
    expect([...top.commands.map((each) => each.name()), name]).toContain(words[0] ?? name);
    return;
  }
  await top.parseAsync(words, { from: "user" });
  expect(done).toBe(1);
});
