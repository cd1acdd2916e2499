import { finalMetrics } from "../../../src/services/sagemaker/training/metrics";

const definition = (Name: string, Regex: string) => ({ Name, Regex });
const at = (time: string, message: string) => `2026-11-21T08:00:${time}Z ${message}\n`;

test("the last number of each metric counts, with the time of its line", () => {
  const log =
    at("01.000", "epoch 1 auc=0.5 loss=0.7") + at("02.500", "epoch 2 auc=0.75") + at("03.000", "auc=not-yet loss=0.25");
  expect(finalMetrics(log, [definition("auc", "auc=(\\S+)"), definition("loss", "loss=([0-9.]+)")])).toEqual([
    { name: "auc", value: 0.75, timestamp: Date.parse("2026-11-21T08:00:02.500Z") },
    { name: "loss", value: 0.25, timestamp: Date.parse("2026-11-21T08:00:03.000Z") },
  ]);
});

test("exponents, signs and named groups are read; metrics without a number are left out", () => {
  const log = at("01.000", "a=-1e-3 b= c=inf");
  const definitions = [definition("a", "a=(?P<value>\\S+)"), definition("b", "b=(.*) c"), definition("c", "c=(\\S+)")];
  expect(finalMetrics(log, definitions)).toEqual([expect.objectContaining({ name: "a", value: -0.001 })]);
});

test("the line's time is no part of what patterns see", () => {
  expect(finalMetrics(at("01.000", "x"), [definition("year", "([0-9]{4})-")])).toEqual([]);
});

test("a pattern that is none, or has no group, finds nothing", () => {
  const log = at("01.000", "auc=0.5");
  expect(finalMetrics(log, [definition("broken", "auc=("), definition("groupless", "auc=0.5")])).toEqual([]);
});
