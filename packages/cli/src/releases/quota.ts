/** What a used-up quota is called, how far it is used, and how it is raised. */
export function quotaOf(message: string): { why: string; fix: string } {
  const [, quota, limit, used, wanted] =
    /service limit '([^']+)' is (\d+)[^,]*, with current utilization of (\d+)[^,]*?(?: and a request delta of (\d+)[^.]*)?\./.exec(
      message,
    ) ?? [];
  if (quota === undefined) {
    return {
      why: "a quota of the account is used up",
      fix: "see the account's quotas: aws service-quotas list-service-quotas --service-code sagemaker",
    };
  }
  const more = wanted === undefined ? "" : `, ${wanted} more ${wanted === "1" ? "was" : "were"} asked for`;
  const instance = /^(ml\.\S+) for (.+?)(?: job)? usage$/.exec(quota);
  const other = instance === null ? "" : `, use another instance type than ${instance[1]}`;
  return {
    why: `the quota '${quota}' is ${limit}, ${used} of it ${used === "1" ? "is" : "are"} used${more}`,
    fix: `ask for more (Service Quotas console → Amazon SageMaker → '${quota}', or: aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code CODE --desired-value ${Number(used) + Number(wanted ?? 1)})${other}, or wait until less runs`,
  };
}
