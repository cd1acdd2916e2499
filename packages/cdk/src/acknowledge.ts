import { Validations } from "aws-cdk-lib";
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
 * @param resources - as in the statements; `<AWS::Partition>` stands for the partition
 */
export function acknowledgeWildcards(scope: IConstruct, resources: readonly string[], reason: string): void {
  const wild = resources.filter((resource) => resource.includes("*"));
  acknowledge(scope, Object.fromEntries(wild.map((resource) => [`AwsSolutions-IAM5[Resource::${resource}]`, reason])));
}
