import type { PolicyStatement } from "@sagewright/pipeline";

/** Statements of policies that a pipeline needs, and whose they are. */
export interface DerivedStatements {
  /** What the execution role needs: `derivePolicy` of the pipeline. */
  role: readonly PolicyStatement[];
  /** What the caller of a command needs beside it. */
  caller: readonly PolicyStatement[];
  /** ARN of the execution role. */
  roleArn: string;
}

/**
 * What "is not authorized to perform ACTION on resource ARN" wants: the action, who lacks it, and the statement that gives
 * it, out of the derived policy where that has the action.
 */
export function permission(
  message: string,
  statements: DerivedStatements | undefined,
): { why: string; fix: string } | undefined {
  const [, who, action, resource] =
    /(?:(?:User: )?(arn:\S+) )?is not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+?))?(?:[,.]? |[,.]?$)/.exec(
      message,
    ) ?? [];
  if (action === undefined) return undefined;
  const isRole = who !== undefined && statements !== undefined && sameRole(who, statements.roleArn);
  // Whoever types commands with the execution role's credentials needs what a caller needs.
  const candidates = [...(isRole ? (statements?.role ?? []) : []), ...(statements?.caller ?? [])];
  const derived = candidates.find(({ Action }) => Action.includes(action));
  const statement = derived ?? {
    Effect: "Allow",
    Action: action,
    Resource: resource ?? "*",
  };
  const whose = isRole ? `the execution role's policy (${statements?.roleArn})` : "the caller's policy";
  const denied = /explicit deny/.test(message)
    ? "; an explicit deny wins over any statement, so that has to go first"
    : "";
  return {
    why: `${action} is missing${who === undefined ? "" : ` for ${who}`}${denied}`,
    fix: `let ${whose} say ${JSON.stringify(statement)}`,
  };
}

/** An assumed role's session is called by the role's name. */
function sameRole(who: string, roleArn: string): boolean {
  const name = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  return who === roleArn || who.includes(`:assumed-role/${name}/`);
}
