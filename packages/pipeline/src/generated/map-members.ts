export const mapMembers: ReadonlySet<string> = new Set(["HyperParameters", "TunedHyperParameters", "StaticHyperParameters", "Environment", "OutputParameters"]);
