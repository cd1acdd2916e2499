import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { folderPerTest } from "../support/folder";

const folder = folderPerTest();

test("on a disk that fills up calls fail clearly and once, and what was there stays", () => {
  // A file system of its own needs a mount namespace, which not every machine allows; store.test.ts fills a disk without one.
  if (spawnSync("unshare", ["-rm", "true"]).status !== 0) {
    console.warn("No mount namespaces on this machine: the real full disk is not tested here.");
    return;
  }
  const register = join(__dirname, "../support/register-typescript.cjs");
  const child = join(__dirname, "full-disk-child.ts");
  const script = `mount -t tmpfs -o size=600k none "$1" && exec "$2" -r "$3" "$4" "$1"`;
  const args = ["-rm", "sh", "-c", script, "sh", folder.path, process.execPath, register, child];
  const { stdout, stderr } = spawnSync("unshare", args, {
    encoding: "utf8",
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
  });
  const full = (file: string) => [
    "InternalFailure",
    507,
    1,
    `${file}: no space is left on the disk. Nothing was written; the earlier state is intact. Free some space and run again.`,
  ];
  const state = join(folder.path, "state");
  expect(stdout === "" ? stderr : JSON.parse(stdout)).toEqual({
    small: "done",
    large: full(state),
    afterLarge: "old",
    whenFull: full(state),
    groupWhenFull: full(join(state, "records/model-package-groups/g.json")),
    scratch: [],
    groupAfter: "done",
    bAfter: "done",
    listed: [
      ["a", 3],
      ["b", 1],
    ],
    groups: 1,
  });
});
