import { type Issue, issueCollector } from "../issue";
import { isObject } from "../validate/context";
import { checkMembers } from "../validate/members";
import type { StepKind } from "./step-kind";

/** Runs a step on a cluster of Amazon EMR: one that exists, or one of its own. */
export const emrKind: StepKind = {
  type: "EMR",
  openProperties: true,
  cacheable: true,
  retryable: "never",
  argumentMembers: {
    StepConfig: "required",
    ClusterId: "optional",
    ClusterConfig: "optional",
    ExecutionRoleArn: "optional",
  },
  cacheKey: ["ClusterId", "ClusterConfig", "StepConfig"],
  validate: ({ Arguments }, { path }) => checkEmr(Arguments, `${path}.Arguments`),
};

const clusterRefused = ["Name", "Steps", "AutoTerminationPolicy"];
const instancesRefused = ["KeepJobFlowAliveWhenNoSteps", "TerminationProtected"];

function checkEmr(given: unknown, path: string): Issue[] {
  const { issues, add } = issueCollector();
  if (!isObject(given)) return issues;
  if (isObject(given.StepConfig)) checkStep(given.StepConfig, `${path}.StepConfig`, add);
  if ((given.ClusterId === undefined) === (given.ClusterConfig === undefined)) {
    const at = given.ClusterId === undefined ? "ClusterId" : "ClusterConfig";
    add(
      "emr_cluster",
      `${path}.${at}`,
      "Exactly one of ClusterId and ClusterConfig must be given. Name a cluster or describe one.",
    );
  }
  if (given.ExecutionRoleArn !== undefined && given.ClusterId === undefined) {
    add(
      "emr_role",
      `${path}.ExecutionRoleArn`,
      "ExecutionRoleArn belongs to an existing cluster. Remove it, or give ClusterId.",
    );
  }
  if (isObject(given.ClusterConfig)) checkCluster(given.ClusterConfig, `${path}.ClusterConfig`, add);
  return issues;
}

type Add = ReturnType<typeof issueCollector>["add"];

function checkStep(config: Record<string, unknown>, path: string, add: Add): void {
  const jar = config.HadoopJarStep;
  if (!isObject(jar)) {
    add("required", `${path}.HadoopJarStep`, "HadoopJarStep is missing. Give it.", { member: "HadoopJarStep" });
  } else {
    checkMembers(
      jar,
      `${path}.HadoopJarStep`,
      { add },
      { Jar: "required", Args: "optional", MainClass: "optional", Properties: "optional" },
    );
  }
  refuse(config, path, ["Name"], add);
}

function checkCluster(config: Record<string, unknown>, path: string, add: Add): void {
  refuse(config, path, clusterRefused, add);
  const instances = config.Instances;
  if (!isObject(instances)) {
    add("required", `${path}.Instances`, "Instances is missing. Give it.", { member: "Instances" });
    return;
  }
  refuse(instances, `${path}.Instances`, instancesRefused, add);
  const groups = instances.InstanceGroups !== undefined;
  if (groups === (instances.InstanceFleets !== undefined)) {
    const at = groups ? "InstanceFleets" : "InstanceGroups";
    add(
      "emr_instances",
      `${path}.Instances.${at}`,
      "Exactly one of InstanceGroups and InstanceFleets must be given. Keep one of them.",
    );
  }
}

function refuse(value: Record<string, unknown>, path: string, members: readonly string[], add: Add): void {
  for (const member of members) {
    if (value[member] === undefined) continue;
    add("refused_member", `${path}.${member}`, `Pipelines set ${member} themselves. Remove it.`, { member });
  }
}
