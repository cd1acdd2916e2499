import { failingLines } from "../../src/runs/failing-lines";

test("the innermost place of the user's own code, its line, and the exception", () => {
  expect(
    failingLines([
      "reading",
      "Traceback (most recent call last):",
      '  File "/opt/ml/code/train.py", line 9, in <module>',
      "    main()",
      '  File "/opt/ml/code/train.py", line 5, in main',
      "    forest.fit(table)",
      "           ^^^^^^^^^^",
      '  File "/env/lib/python3.12/site-packages/sklearn/base.py", line 1336, in wrapper',
      "    return fit_method(estimator, *args)",
      "ValueError: could not convert string to float: 'twelve'",
    ]),
  ).toEqual([
    'File "/opt/ml/code/train.py", line 5, in main',
    "  forest.fit(table)",
    "         ^^^^^^^^^^",
    "ValueError: could not convert string to float: 'twelve'",
  ]);
});

test("of a log without a traceback, its end", () => {
  expect(failingLines(["one", "", "sh: no such file"])).toEqual(["one", "sh: no such file"]);
  expect(failingLines([])).toEqual([]);
});
