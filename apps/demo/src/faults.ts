/** What `--fault` can break. */
export const FAULTS = ["payments-down", "ledger-locked"] as const;
export type Fault = (typeof FAULTS)[number];
