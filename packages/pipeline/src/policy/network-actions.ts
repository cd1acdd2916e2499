/**
 * What a SageMaker role may do so that its jobs and containers run in a network of the account's own
 * ([execution role permissions](https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html)).
 */
export const networkActions: readonly string[] = [
  "ec2:CreateNetworkInterface",
  "ec2:CreateNetworkInterfacePermission",
  "ec2:DeleteNetworkInterface",
  "ec2:DeleteNetworkInterfacePermission",
  "ec2:DescribeDhcpOptions",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeSubnets",
  "ec2:DescribeVpcs",
];
