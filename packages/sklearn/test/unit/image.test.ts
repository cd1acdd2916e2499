import { imageRegions, imageUri, SklearnError } from "@sagewright/sklearn";

describe("the image table", () => {
  it("knows 33 regions and the three images", () => {
    expect(imageRegions).toHaveLength(33);
    expect(imageUri("us-east-1")).toBe(
      "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
    );
    expect(imageUri("sa-east-1", "1.4-2-py312")).toBe(
      "737474898029.dkr.ecr.sa-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-py312-cpu-py3",
    );
    expect(imageUri("cn-north-1", "1.2-1")).toBe(
      "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-scikit-learn:1.2-1-cpu-py3",
    );
  });

  it("refuses what it does not know", () => {
    expect(() => imageUri("toString")).toThrow(SklearnError);
    expect(() => imageUri("us-east-1", "0.23-1" as never)).toThrow(
      "image: 0.23-1 is no scikit-learn image. Use one of 1.9-0, 1.4-2-py312, 1.2-1.",
    );
  });
});
