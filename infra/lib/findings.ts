import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NOTICE } from "./captures";

/** What a rule says about a construct, with no reason acknowledged. */
export interface Finding {
  /** `CloudFormation Validate`, `AwsSolutions` or `Serverless`. */
  readonly pack: string;
  readonly rule: string;
  readonly severity: string;
  readonly construct: string;
  readonly description: string;
}

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly severity: string;
      readonly description: string;
      readonly violatingConstructs: readonly { readonly constructPath?: string }[];
    }[];
  }[];
}

/** Every finding about the templates in `folder`, warnings too, as the report of the synthesis lists them; but for the app's own notices. */
export function readFindings(folder: string): Finding[] {
  const file = join(folder, "validation-report.json");
  if (!existsSync(file)) return [];
  const { pluginReports } = JSON.parse(readFileSync(file, "utf8")) as Report;
  return pluginReports.flatMap(({ pluginName: pack, violations }) =>
    violations
      .filter(({ ruleName }) => !ruleName.includes(NOTICE))
      .flatMap(({ ruleName: rule, severity, description, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath: construct = "" }) => ({
          pack,
          rule,
          severity,
          construct,
          description,
        })),
      ),
  );
}

/** One line about a finding. */
export function findingText({ pack, rule, construct, description }: Finding): string {
  return `${construct}: ${rule} (${pack}): ${description}`;
}
