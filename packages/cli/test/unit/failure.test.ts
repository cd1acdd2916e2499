import { failureExitCode, readableNumbers, readFailure } from "../../src/runs/failure";

describe("a step's reason of failure", () => {
  test("loses the service's wrapping and keeps the job's own code", () => {
    expect(readFailure("ClientError: AlgorithmError: file_empty: empty.csv is empty. Give a CSV file.")).toEqual({
      code: "file_empty",
      message: "empty.csv is empty. Give a CSV file.",
    });
  });

  test("is taken out of an internal error", () => {
    const reason =
      "ClientError: InternalServerError: We encountered an internal error. Please try again. (No Python was found.)";
    expect(readFailure(reason)).toEqual({ message: "No Python was found." });
  });

  test("says how a script ended that gave no reason", () => {
    const message = "its script ended with exit code 1";
    expect(readFailure("AlgorithmError: Exit Code: 1")).toEqual({ message });
    expect(readFailure('AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage ""')).toEqual({ message });
  });

  test.each([
    ["AlgorithmError: target_one_class: Every row is positive.", 3],
    ["ClientError: AlgorithmError: not_utf8: a.csv is not UTF-8.", 3],
    ["InternalServerError: We encountered an internal error. Please try again. (disk_full: no space is left.)", 5],
    ["AlgorithmError: Exit Code: 1", 1],
  ])("%s ends with exit code %i", (reason, code) => {
    expect(failureExitCode(readFailure(reason))).toBe(code);
  });
});

describe("long decimals in a sentence", () => {
  test("are cut to four significant digits", () => {
    expect(readableNumbers("ROC AUC 0.8296103896103895 is below the minimum of 0.9")).toBe(
      "ROC AUC 0.8296 is below the minimum of 0.9",
    );
    expect(readableNumbers("MAE 1536.123456 of 12.5")).toBe("MAE 1536 of 12.5");
  });

  test("keep the digits that tell two figures apart", () => {
    expect(readableNumbers("ROC AUC 0.8499999 is below the minimum of 0.85")).toBe(
      "ROC AUC 0.8499999 is below the minimum of 0.85",
    );
  });

  test("leave versions and words alone", () => {
    expect(readableNumbers("scikit-learn 1.9.0 of image 1.9-0, not 10 %")).toBe(
      "scikit-learn 1.9.0 of image 1.9-0, not 10 %",
    );
  });
});
