/** One segment of a reference path: a member or key (text), or an index. */
export type PathSegment = string | number;

/**
 * Reads a path such as `.ModelArtifacts.S3ModelArtifacts`, `Outputs['train'].S3Uri`, `a.b[0].c`.
 * Returns undefined when the text is no path.
 */
export function parsePath(text: string): PathSegment[] | undefined {
  const segments: PathSegment[] = [];
  let rest = text;
  while (rest !== "") {
    const first = segments.length === 0 && rest === text;
    const match = (first ? /^\.?([^.[\]'"]+)/.exec(rest) : /^\.([^.[\]'"]+)/.exec(rest)) ?? bracket.exec(rest);
    if (!match) return undefined;
    const [whole, member, index, single, double] = match;
    if (index !== undefined) segments.push(Number(index));
    else segments.push(member ?? single ?? double ?? "");
    rest = rest.slice(whole.length);
  }
  return segments;
}

const bracket = /^\[(?:()(\d+)|'([^']*)'|"([^"]*)")\]/;

/** Writes a path; text segments at the positions in `keys` are written as map keys (`['k']`), others as members (`.m`). */
export function printPath(path: readonly PathSegment[], keys: ReadonlySet<number> = new Set()): string {
  return path
    .map((segment, at) => {
      if (typeof segment === "number") return `[${segment}]`;
      return keys.has(at) ? `['${segment}']` : `.${segment}`;
    })
    .join("");
}
