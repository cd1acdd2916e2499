import { defineEnvironment, environmentTarget } from "@sagewright/sagemaker";
import { usualPlaces } from "../../../src/monitor/places";
import type { Session } from "../../../src/session";

const environment = defineEnvironment({
  name: "prod",
  account: "111122223333",
  region: "eu-central-1",
  serving: { mode: "embedded" },
});
const target = environmentTarget(environment);
const here = { stateDir: "/project/.sagewright", target } as Session;

test("an environment on AWS keeps captures and labels in its bucket, where the stacks put them", () => {
  expect(usualPlaces({ ...here, environment }, "churn")).toEqual({
    captures: `s3://${target.bucket}/captures/churn`,
    groundTruth: `s3://${target.bucket}/ground-truth`,
  });
});

test.each([
  [
    "the embedded cloud, also as a rehearsal of an environment",
    { ...here, environment, cloud: {} as Session["cloud"] },
  ],
  ["a cloud without an environment", here],
])("with %s they are on this machine", (_name, session) => {
  expect(usualPlaces(session as Session, "churn")).toEqual({
    captures: "/project/.sagewright/serving/captures",
    groundTruth: "/project/.sagewright/serving/ground-truth",
  });
});
