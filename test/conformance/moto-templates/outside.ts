import type { Deployed, Said } from "./deployment";
import { type Reference, referencesOf, There } from "./references";

/** References to what these stacks do not make, each with the reason why it need not be there. */
export const OUTSIDE: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/:iam::\d+:root$/, "the account itself"],
  [/:iam::aws:policy\//, "AWS's own policies: a role is given only those that moto knows of"],
  [/:(processing-job|training-job|hyper-parameter-tuning-job)\/\*$/, "named by SageMaker when they run"],
  [/:log-group:\/aws\/sagemaker\//, "made by SageMaker when the first job or endpoint runs"],
  [/:ecr:[^:]+:492215442770:/, "images in AWS's own account"],
  [/:schedule-group\/default$/, "there in every account"],
  [/:secret:sagewright\/[a-z]+\/(pagerduty|slack|jira)-\?+$/, "put into Secrets Manager by hand"],
  [/:parameter\/cdk-bootstrap\//, "made when the account was prepared; without it no stack here could be made"],
  [/:user-profile\/fake-domain-id\//, "moto's own idea of who made a pipeline"],
];

/** What moto does not make, so that the template's word is all there is; everything else is made through its services' own APIs. */
export const BY_NAME_ALONE = [
  "AWS::CodeDeploy::Application: its removal",
  "AWS::CodeDeploy::DeploymentConfig: all of it",
  "AWS::CodeDeploy::DeploymentGroup: its change",
  "AWS::CodeDeploy::DeploymentGroup: its removal",
  "AWS::Lambda::Alias: ProvisionedConcurrencyConfig",
];

/** What moto takes without a word, and does not tell again: by kind, as its service would call it. Their references are looked at as given. */
export const UNTOLD: readonly (readonly [kind: string, told: (about: Said) => unknown])[] = [
  ["function", (about) => about.LoggingConfig],
  ["endpoint", (about) => about.LastDeploymentConfig],
  ["deploymentGroup", (about) => about.alarmConfiguration.alarms],
];

/** Of what is listed above as what moto cannot remove, the kinds. */
export const UNREMOVED: readonly string[] = ["application", "deploymentGroup"];

/** References to what is not there. */
export function missing({ given, found }: Deployed): Reference[] {
  const there = new There(found);
  return referencesOf(given, found).filter((each) => !there.has(each));
}

/** References to what is not there, and should be. */
export function dangling(deployed: Deployed): Reference[] {
  return missing(deployed).filter(({ to }) => !OUTSIDE.some(([pattern]) => pattern.test(to)));
}
