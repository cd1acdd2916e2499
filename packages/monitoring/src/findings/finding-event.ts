/**
 * How findings stand on the event bus, where whoever wants to retrain listens: `detail` is the finding as it is, with `key`, `kind`,
 * `severity`, `model` and `what`.
 */
export const FINDING_EVENT = { source: "sagewright.monitoring", detailType: "Sagewright Finding" } as const;

/** How an observation stands there, where the alert router listens: what was found, what is over, and news, in one event. */
export const OBSERVATION_EVENT = { source: FINDING_EVENT.source, detailType: "Sagewright Observation" } as const;
