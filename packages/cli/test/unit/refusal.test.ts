import { compile, fail, localTarget, pipeline } from "@sagewright/pipeline";
import type { Explanation } from "../../src/errors";
import { neededStatements } from "../../src/releases/caller-policy";
import { refusal } from "../../src/releases/refusal";

function sdkError(name: string, message: string, metadata: object = { httpStatusCode: 400 }): Error {
  return Object.assign(new Error(message), { name, $metadata: metadata });
}

function explained(error: Error, context = {}): Explanation {
  return (refusal(error, "AWS (eu-central-1)", context) as { explanation: Explanation }).explanation;
}

const target = { ...localTarget, account: "111122223333", roleArn: "arn:aws:iam::111122223333:role/Jobs" };
const compiled = compile(
  pipeline("churn", () => fail("Refuse", "no")),
  target,
);
const arn = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn";

describe("a missing permission", () => {
  const denied = (who: string, action: string, resource: string) =>
    sdkError(
      "AccessDeniedException",
      `User: ${who} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
    );

  test("names the cloud and the action, and the statement made from the refusal where nothing better is known", () => {
    const user = "arn:aws:iam::111122223333:user/a";
    expect(explained(denied(user, "sagemaker:CreatePipeline", arn))).toMatchObject({
      code: "AccessDeniedException",
      subject: "AWS (eu-central-1)",
      exitCode: 6,
      why: `sagemaker:CreatePipeline is missing for ${user}`,
      fix: `let the caller's policy say {"Effect":"Allow","Action":"sagemaker:CreatePipeline","Resource":"${arn}"}`,
    });
  });

  test("the caller gets the statement of what the command needs", () => {
    const statements = neededStatements(compiled, target);
    const { fix = "" } = explained(denied("arn:aws:iam::111122223333:user/a", "iam:PassRole", target.roleArn), {
      statements,
    });
    expect(JSON.parse(fix.slice(fix.indexOf("{")))).toEqual({
      Sid: "PassRole",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: [target.roleArn],
      Condition: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
    });
  });

  test("the execution role gets the statement derived from the pipeline", () => {
    const role = {
      Sid: "ReadObjects",
      Effect: "Allow" as const,
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::b/data/*"],
    };
    const statements = { ...neededStatements(compiled, target), role: [role] };
    const session = "arn:aws:sts::111122223333:assumed-role/Jobs/SageMaker";
    const { fix, why } = explained(denied(session, "s3:GetObject", "arn:aws:s3:::b/data/x.csv"), { statements });
    expect(fix).toBe(`let the execution role's policy (${target.roleArn}) say ${JSON.stringify(role)}`);
    expect(why).toContain("s3:GetObject is missing");
  });

  test("S3's own form of it, with the resource in quotes, is read too", () => {
    const text =
      'User: arn:aws:iam::111122223333:user/a is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::b/code/x" because no identity-based policy allows the s3:PutObject action';
    expect(explained(sdkError("AccessDenied", text, { httpStatusCode: 403 })).fix).toBe(
      'let the caller\'s policy say {"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::b/code/x"}',
    );
  });

  test("a denial without a word, as of a HEAD request, names the statements it can be about", () => {
    const { fix, message } = explained(sdkError("403", "UnknownError", { httpStatusCode: 403 }), {
      statements: neededStatements(compiled, target),
    });
    expect(message).toBe("refused: access denied");
    expect(fix).toContain('"Action":["s3:ListBucket","s3:CreateBucket"]');
    expect(fix).toContain('"Action":["s3:GetObject","s3:PutObject"]');
  });

  test("an explicit deny is told apart", () => {
    const text = `User: arn:aws:iam::111122223333:user/a is not authorized to perform: sagemaker:UpdatePipeline on resource: ${arn} with an explicit deny in a service control policy`;
    expect(explained(sdkError("AccessDeniedException", text)).why).toContain("an explicit deny wins");
  });
});

describe("credentials", () => {
  test.each(["ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId"])(
    "%s is the environment's",
    (name) => {
      expect(explained(sdkError(name, "no"))).toMatchObject({ code: "credentials_refused", exitCode: 5 });
    },
  );

  test("none at all, and a session that ended, say what to do", () => {
    const none = Object.assign(new Error("Could not load credentials from any providers"), {
      name: "CredentialsProviderError",
    });
    expect(explained(none)).toMatchObject({ code: "credentials_missing", exitCode: 5 });
    const ended = Object.assign(new Error("The SSO session associated with this profile has expired."), {
      name: "CredentialsProviderError",
    });
    expect(explained(ended)).toMatchObject({ code: "credentials_refused", message: "the session has expired" });
    expect(explained(ended).fix).toContain("aws sso login");
  });

  test("a region that is not enabled looks like unknown credentials, and that is said", () => {
    expect(explained(sdkError("UnrecognizedClientException", "The security token is invalid.")).why).toContain(
      "a region that must be enabled",
    );
  });
});

describe("what the account or the service cannot do now", () => {
  test("a quota is named, with its use and the way to raise it", () => {
    const text =
      "The account-level service limit 'ml.m5.large for processing job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances. Please contact AWS support to request an increase for this limit.";
    const { why, fix, exitCode } = explained(sdkError("ResourceLimitExceeded", text));
    expect(exitCode).toBe(6);
    expect(why).toBe("the quota 'ml.m5.large for processing job usage' is 0, 0 of it are used, 1 more was asked for");
    expect(fix).toContain("Service Quotas console → Amazon SageMaker → 'ml.m5.large for processing job usage'");
    expect(fix).toContain("--desired-value 1)");
    expect(fix).toContain("another instance type than ml.m5.large");
  });

  test("throttling and faults say that the command goes on where it was", () => {
    for (const error of [
      sdkError("ThrottlingException", "Rate exceeded"),
      sdkError("InternalFailure", "oops", { httpStatusCode: 500, requestId: "r-1" }),
    ])
      expect(explained(error)).toMatchObject({ exitCode: 6, fix: expect.stringContaining("goes on where it was") });
  });

  test("a bucket of another region is named with its region", () => {
    const moved = Object.assign(sdkError("301", "UnknownError", { httpStatusCode: 301 }), {
      $response: { headers: { "x-amz-bucket-region": "us-west-2" } },
    });
    expect(explained(moved).why).toBe("the bucket lies in us-west-2");
    const malformed = sdkError("AuthorizationHeaderMalformed", "the region 'a' is wrong; expecting 'eu-west-1'");
    expect(explained(malformed).why).toBe("the bucket lies in eu-west-1");
  });

  test("no answer is the network's; errors of our own stay as they are", () => {
    expect(explained(sdkError("Error", "getaddrinfo ENOTFOUND", {}))).toMatchObject({
      code: "cloud_unreachable",
      exitCode: 5,
    });
    const own = new Error("ours");
    expect(refusal(own, "AWS")).toBe(own);
  });
});
