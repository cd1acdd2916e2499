/** What counts as drift. */
export interface DriftOptions {
  /** The chance that a whole report finds drift when there is none. @default 0.005 */
  readonly significance?: number;
  /** Rows under which nothing is tested. @default 100 */
  readonly minimumRows?: number;
  /**
   * What change matters, however certain it is: a share of customers, as the largest change of a category's share or the
   * Kolmogorov-Smirnov distance. @default 0.03
   */
  readonly minimumChange?: number;
  /** The same as PSI, without the part that chance explains; either one is enough. @default 0.02 */
  readonly minimumPsi?: number;
  /** What change of a rank correlation matters. @default 0.15 */
  readonly minimumCorrelationChange?: number;
}

/** {@link DriftOptions} with nothing left out. */
export type DriftRules = Required<DriftOptions>;

/** The rules where nothing else is said. */
export const defaultDriftRules: DriftRules = {
  significance: 0.005,
  minimumRows: 100,
  minimumChange: 0.03,
  minimumPsi: 0.02,
  minimumCorrelationChange: 0.15,
};

/** How the chance of a false alarm is divided among the kinds of test; they add up to 1. */
export const testShares = { features: 0.6, quality: 0.2, relations: 0.1, segments: 0.1 } as const;
