/** One broken rule: where, which, and what was received. The sentence ends with a remedy. */
export interface Issue {
  /** Stable identifier of the rule, snake_case. */
  readonly code: string;
  /** Path in the definition, such as `Steps[2].Arguments.RoleArn`; empty for the whole. */
  readonly path: string;
  /** What is wrong and what to do, in words. */
  readonly message: string;
  /** What the sentence is made of. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Builds an issue. */
export function issue(code: string, path: string, message: string, facts: Record<string, unknown> = {}): Issue {
  return { code, path, message, facts };
}

/** Appends a member or an index to a path. Keys that would make the path ambiguous are written `['key']`. */
export function child(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[^.[\]'"\s]+$/.test(key)) return `${path}['${key}']`;
  return path === "" ? key : `${path}.${key}`;
}

/** A received value, short enough for a sentence. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? `'${value}'` : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A list of issues and a function that appends to it. */
export interface IssueCollector {
  readonly issues: Issue[];
  add(code: string, path: string, message: string, facts?: Record<string, unknown>): void;
}

/** An empty collector. */
export function issueCollector(): IssueCollector {
  const issues: Issue[] = [];
  return {
    issues,
    add: (code, path, message, facts) => {
      issues.push(issue(code, path, message, facts));
    },
  };
}
