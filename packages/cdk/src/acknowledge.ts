import { Stack, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * Says why findings of a rule pack do not apply to a construct and what is below it. Every reason is for a security reviewer.
 *
 * @param reasons - by rule, or by finding: `AwsSolutions-IAM5[Resource::*]`
 */
export function acknowledge(scope: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasons)) Validations.of(scope).acknowledge({ id, reason });
}

/**
 * Says why statements about these resources end in a wildcard.
 *
 * @param resources - as in the statements, or as findings write them: `<AWS::Partition>` stands for the partition
 */
export function acknowledgeWildcards(scope: IConstruct, resources: readonly string[], reason: string): void {
  const stack = Stack.of(scope);
  const wild = resources.map((each) => asInFindings(stack.resolve(each))).filter((each) => each.includes("*"));
  acknowledge(scope, Object.fromEntries(wild.map((resource) => [`AwsSolutions-IAM5[Resource::${resource}]`, reason])));
}

/** A template's value in the words of findings: `{ Ref: "A" }` is `<A>`. */
function asInFindings(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const [[name, given] = ["", ""]] = Object.entries(value);
  if (name === "Fn::Join") return (given as [string, unknown[]])[1].map(asInFindings).join((given as [string])[0]);
  return `<${Array.isArray(given) ? given.join(".") : String(given)}>`;
}
