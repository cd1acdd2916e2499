/** What a key may do; each role may do all that the ones before it may. */
export const ROLES = ["consumer", "analyst", "operator"] as const;

/** A role. `consumer` predicts and gives feedback, `analyst` reads the model and its counters, `operator` retrains. */
export type Role = (typeof ROLES)[number];

/** Whether a role may do what another is needed for. */
export function includesRole(held: Role, needed: Role): boolean {
  return ROLES.indexOf(held) >= ROLES.indexOf(needed);
}
