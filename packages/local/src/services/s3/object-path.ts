import { type NameCase, nameOfText, textOfName } from "../../state/safe-name";

/** Where an object's file lies, relative to its bucket's folder. */
export interface ObjectPaths {
  /** The key itself, as far as it is safe as a path. */
  preferred: string;
  /** Where it goes when the preferred place is taken by a folder, or lies under a file (keys `a` and `a/b`). */
  alternative: string;
}

/**
 * The two places of a key. Both can be read back by {@link keyOfPath}. Folders of the alternative end in "%d" and its
 * files in "%f", which no escaped name does, so no two keys can meet.
 */
export function pathsOfKey(key: string, nameCase: NameCase): ObjectPaths {
  const names = key.split("/").map((segment) => nameOfText(segment, nameCase));
  const file = names.pop() as string;
  return {
    preferred: [...names, file].join("/"),
    alternative: [...names.map((name) => `${name}%d`), `${file}%f`].join("/"),
  };
}

/** The key whose object lies at a path. */
export function keyOfPath(path: string): string {
  const names: string[] = [];
  let pending = "";
  for (const name of path.split("/")) {
    if (name.endsWith("%~")) pending += `${name}/`;
    else {
      names.push(pending + name.replace(/(?<=.)%[df]$/, ""));
      pending = "";
    }
  }
  return names.map(textOfName).join("/");
}
