/** "churn/3" of a model package's ARN; the ARN itself where it has another form. */
export function packageName(arn: string): string {
  const [, group, version] = /:model-package\/([^/]+)\/(\d+)$/.exec(arn) ?? [];
  return group === undefined ? arn : `${group}/${version}`;
}
