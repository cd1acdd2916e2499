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
    // S3 writes it in quotes.
    Resource: resource?.replaceAll('"', "") ?? "*",
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

/** What to do where access is denied without a word of what for, as S3 answers when it is asked whether an object is there. */
export function silentDenial(statements: DerivedStatements | undefined): { why: string; fix: string } {
  const s3 = (statements?.caller ?? []).filter(({ Action }) => Action.some((action) => action.startsWith("s3:")));
  return {
    why: "access is denied, and the service does not say which action is missing; for S3 it is s3:ListBucket or s3:GetObject, or the bucket is somebody else's",
    fix:
      s3.length === 0
        ? "let the caller's policy allow s3:ListBucket on the bucket and s3:GetObject on its objects"
        : `let the caller's policy say ${s3.map((statement) => JSON.stringify(statement)).join(" and ")}`,
  };
}

/** An assumed role's session is called by the role's name. */
function sameRole(who: string, roleArn: string): boolean {
  const name = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  return who === roleArn || who.includes(`:assumed-role/${name}/`);
}
