import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Who may import whom, as docs/architecture.md says; lint refuses imports that a package.json does not list. */
const root = join(__dirname, "../..");
const page = readFileSync(join(root, "docs/architecture.md"), "utf8");

function dependenciesOf(folder: string): string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  return Object.keys(dependencies)
    .filter((name) => name.startsWith("@sagewright/"))
    .map((name) => name.replace("@sagewright/", ""))
    .sort();
}

function allowed(room: string): string[] {
  const line = page.split("\n").find(
    (each) =>
      /→|none of the others/.test(each) &&
      each
        .split(/→|none/)[0]
        ?.split(/[ ,]+/)
        .includes(room),
  );
  if (line === undefined) throw new Error(`docs/architecture.md does not say what ${room} may import`);
  if (line.includes("none of the others")) return [];
  const names = line.split("→")[1] ?? "";
  if (names.includes("all of the above")) return rooms.filter((name) => name !== room).sort();
  return names
    .split(",")
    .map((name) => name.trim())
    .sort();
}

const rooms = readdirSync(join(root, "packages"));

test.each(rooms)("packages/%s depends on what the architecture page allows, and on nothing else", (room) => {
  expect(dependenciesOf(join("packages", room)).filter((name) => !allowed(room).includes(name))).toEqual([]);
});

test.each(readdirSync(join(root, "pipelines")))("pipelines/%s depends on what the architecture page allows", (name) => {
  expect(dependenciesOf(join("pipelines", name)).filter((each) => !allowed("pipelines/*").includes(each))).toEqual([]);
});
