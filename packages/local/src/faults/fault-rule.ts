import { CloudError } from "../errors";

/** What goes wrong. */
export type Fault =
  /** Rate exceeded, in the service's own code. */
  | { readonly kind: "throttling" }
  /** A 5xx of the service. @default status 500 */
  | { readonly kind: "serverError"; readonly status?: number }
  /** The missing permission is the called operation's. */
  | { readonly kind: "accessDenied" }
  | { readonly kind: "expiredToken" }
  /** Any other error, as the service would write it. */
  | { readonly kind: "error"; readonly code: string; readonly message?: string; readonly status?: number }
  /** The connection is closed; with `after: true` the operation has been done, only its answer is lost. */
  | { readonly kind: "disconnect"; readonly after?: boolean }
  /** No answer for so many real milliseconds, then the connection is closed. @default 60,000 */
  | { readonly kind: "timeout"; readonly ms?: number; readonly after?: boolean }
  /** The answer takes so many real milliseconds longer. */
  | { readonly kind: "slow"; readonly ms: number }
  /**
   * Instances cannot be had: jobs and endpoints that the operation makes fail as AWS lets them fail. With `spot: true` there
   * are none on spot only, with `spot: false` none on demand only.
   */
  | { readonly kind: "capacity"; readonly instanceType?: string; readonly spot?: boolean }
  /** Spot instances are taken back so many seconds (by the cloud's clock) after training began. */
  | { readonly kind: "spotInterruption"; readonly afterSeconds: number };

/** When something goes wrong. */
export interface FaultRule {
  /** @default every service */
  readonly service?: string;
  /** `CreateTrainingJob`, `Describe*`. @default every operation */
  readonly operation?: string;
  readonly fault: Fault;
  /** After so many faults the rule rests. @default never */
  readonly count?: number;
  /** Requests that match and are let through first. @default 0 */
  readonly skip?: number;
  /** Share of matching requests that fail, drawn from `seed`. @default 1 */
  readonly probability?: number;
  /** @default 1 */
  readonly seed?: number;
}

/** A rule as it is kept. */
export interface FaultRecord extends FaultRule {
  readonly id: string;
  /** Requests that matched. */
  readonly seen: number;
  /** Faults that were made. */
  readonly made: number;
}

const members: Record<Fault["kind"], readonly string[]> = {
  throttling: [],
  serverError: ["status"],
  accessDenied: [],
  expiredToken: [],
  error: ["code", "message", "status"],
  disconnect: ["after"],
  timeout: ["ms", "after"],
  slow: ["ms"],
  capacity: ["instanceType", "spot"],
  spotInterruption: ["afterSeconds"],
};

/**
 * Reads a rule that came from outside.
 * @throws CloudError `fault_invalid`, naming the member
 */
export function readFaultRule(value: unknown): FaultRule {
  const rule = structure(value, "rule", ["service", "operation", "fault", "count", "skip", "probability", "seed"]);
  const kind = (rule.fault as { kind?: unknown } | undefined)?.kind;
  if (typeof kind !== "string" || !Object.hasOwn(members, kind)) {
    throw invalid("fault.kind", kind, `one of ${Object.keys(members).join(", ")}`);
  }
  const fault = structure(rule.fault, "fault", ["kind", ...members[kind as Fault["kind"]]]);
  for (const name of ["service", "operation"]) text(rule, name, name);
  for (const name of ["code", "message", "instanceType"]) text(fault, name, `fault.${name}`);
  for (const name of ["after", "spot"]) flag(fault, name, `fault.${name}`);
  for (const name of ["count", "skip", "seed"]) number(rule, name, name, 0, Number.MAX_SAFE_INTEGER);
  for (const name of ["ms", "afterSeconds"]) number(fault, name, `fault.${name}`, 0, 1e12);
  number(rule, "probability", "probability", 0, 1);
  number(fault, "status", "fault.status", 400, 599);
  if (kind === "error" && fault.code === undefined) throw invalid("fault.code", undefined, "the error's code");
  if (kind === "slow" && fault.ms === undefined) throw invalid("fault.ms", undefined, "real milliseconds");
  if (kind === "spotInterruption" && fault.afterSeconds === undefined) {
    throw invalid("fault.afterSeconds", undefined, "seconds of training");
  }
  return rule as unknown as FaultRule;
}

function structure(value: unknown, where: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(where, value, "a structure");
  const stranger = Object.keys(value).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new CloudError("fault_invalid", `${where}.${stranger} is not known. Known are ${known.join(", ")}.`, {
      facts: { where, stranger },
    });
  }
  return value as Record<string, unknown>;
}

function text(holder: Record<string, unknown>, name: string, where: string): void {
  if (holder[name] !== undefined && typeof holder[name] !== "string") throw invalid(where, holder[name], "a text");
}

function flag(holder: Record<string, unknown>, name: string, where: string): void {
  if (holder[name] !== undefined && typeof holder[name] !== "boolean")
    throw invalid(where, holder[name], "true or false");
}

function number(holder: Record<string, unknown>, name: string, where: string, least: number, most: number): void {
  const value = holder[name];
  if (value === undefined) return;
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw invalid(where, value, `a number from ${least} to ${most}`);
  }
}

function invalid(where: string, value: unknown, expected: string): CloudError {
  return new CloudError("fault_invalid", `${where}: ${JSON.stringify(value) ?? "nothing"} is not ${expected}.`, {
    facts: { where, value },
  });
}
