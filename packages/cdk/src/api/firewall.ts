import { CfnWebACL, CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

/** What is protected. */
export interface FirewallProps {
  /** Name of the rules in metrics. */
  readonly name: string;
  /** Stage of the API. */
  readonly stageArn: string;
}

/** Requests from one address in five minutes before it is refused. */
const MOST_REQUESTS = 20_000;

/** A web application firewall before a stage: AWS's common rules and known bad inputs, and a limit by address. */
export class FirewallRules extends Construct {
  constructor(scope: Construct, id: string, { name, stageArn }: FirewallProps) {
    super(scope, id);
    const visibilityConfig = (metricName: string) => ({
      cloudWatchMetricsEnabled: true,
      sampledRequestsEnabled: false,
      metricName,
    });
    const managed = (priority: number, rule: string, counted: readonly string[] = []) => ({
      name: rule,
      priority,
      overrideAction: { none: {} },
      statement: {
        managedRuleGroupStatement: {
          vendorName: "AWS",
          name: rule,
          ...(counted.length === 0
            ? {}
            : { ruleActionOverrides: counted.map((each) => ({ name: each, actionToUse: { count: {} } })) }),
        },
      },
      visibilityConfig: visibilityConfig(rule),
    });
    const acl = new CfnWebACL(this, "Rules", {
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      description: `Before the API ${name}`,
      visibilityConfig: visibilityConfig(name),
      rules: [
        // A batch is larger than the 8 KB that the rule allows; the function has limits of its own.
        managed(0, "AWSManagedRulesCommonRuleSet", ["SizeRestrictions_BODY"]),
        managed(1, "AWSManagedRulesKnownBadInputsRuleSet"),
        {
          name: "RateByAddress",
          priority: 2,
          action: { block: {} },
          statement: { rateBasedStatement: { limit: MOST_REQUESTS, aggregateKeyType: "IP" } },
          visibilityConfig: visibilityConfig("RateByAddress"),
        },
      ],
    });
    new CfnWebACLAssociation(this, "Association", { resourceArn: stageArn, webAclArn: acl.attrArn });
  }
}
