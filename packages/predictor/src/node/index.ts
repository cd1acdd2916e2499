export type { ScoringPool, ScoringPoolProps } from "./scoring-pool";
export { createScoringPool } from "./scoring-pool";
