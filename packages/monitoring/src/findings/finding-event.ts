/**
 * How findings stand on the event bus, where whoever wants to retrain listens: `detail` is the finding as it is, with `key`, `kind`,
 * `severity`, `model` and `what`.
 */
export const FINDING_EVENT = { source: "sagewright.monitoring", detailType: "Sagewright Finding" } as const;
