import { refusal } from "../../src/releases/refusal";

function sdkError(name: string, message: string, metadata: object = { httpStatusCode: 400 }): Error {
  return Object.assign(new Error(message), { name, $metadata: metadata });
}

describe("a refusal by a cloud", () => {
  test("names the cloud, and the statement that would permit the missing action", () => {
    const resource = "arn:aws:sagemaker:eu-central-1:111122223333:pipeline/churn";
    const text = `User: arn:aws:iam::111122223333:user/a is not authorized to perform: sagemaker:CreatePipeline on resource: ${resource} because no identity-based policy allows it`;
    const { explanation } = refusal(sdkError("AccessDeniedException", text), "AWS (eu-central-1)") as {
      explanation: object;
    };
    expect(explanation).toMatchObject({
      code: "AccessDeniedException",
      subject: "AWS (eu-central-1)",
      exitCode: 6,
      fix: `let the caller's policy say {"Effect":"Allow","Action":"sagemaker:CreatePipeline","Resource":"${resource}"}`,
    });
  });

  test.each(["ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId"])(
    "%s is about credentials, so it is the environment's",
    (name) => {
      expect(refusal(sdkError(name, "no"), "AWS")).toMatchObject({
        explanation: { code: "credentials_refused", exitCode: 5, subject: "AWS" },
      });
    },
  );

  test("no answer is the network's; errors of our own stay as they are", () => {
    expect(refusal(sdkError("Error", "getaddrinfo ENOTFOUND", {}), "AWS")).toMatchObject({
      explanation: { code: "cloud_unreachable", exitCode: 5 },
    });
    const own = new Error("ours");
    expect(refusal(own, "AWS")).toBe(own);
  });
});
