import { randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { VersionedDocument } from "../store";

const KEPT = 3;
const NAME = /^alerts-(\d{12})\.json$/;

/**
 * A document in a folder, a file for each version. A version is made by linking its finished file, which fails where there is
 * one: of two writers one wins, and a process that is killed leaves the last version as it was.
 */
export function folderDocument(folder: string): VersionedDocument {
  const versions = async () => {
    const names = await readdir(folder).catch(absent<string[]>([]));
    return names.filter((name) => NAME.test(name)).sort();
  };
  return {
    async read() {
      for (;;) {
        const newest = (await versions()).at(-1);
        if (newest === undefined) return undefined;
        const text = await readFile(join(folder, newest), "utf8").catch(absent(undefined));
        // Newer ones came, and this one was removed.
        if (text !== undefined) return { text, version: newest };
      }
    },
    async write(text, version) {
      await mkdir(folder, { recursive: true });
      const number = version === undefined ? 1 : Number(NAME.exec(version)?.[1]) + 1;
      const path = join(folder, `alerts-${String(number).padStart(12, "0")}.json`);
      const temporary = join(folder, `${randomBytes(6).toString("hex")}.tmp`);
      try {
        const file = await open(temporary, "wx", 0o600);
        await file.writeFile(text);
        await file.sync();
        await file.close();
        await link(temporary, path);
        await syncFolder(folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
      } finally {
        await rm(temporary, { force: true });
      }
      const names = await versions();
      // Others went on, and the place of this version was free only because it is old enough to have been removed.
      if (names.at(-1) !== basename(path)) return false;
      for (const name of names.slice(0, -KEPT)) await rm(join(folder, name), { force: true });
      return true;
    },
  };
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there the link itself is durable.
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function absent<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === "ENOENT") return instead;
    throw error;
  };
}
