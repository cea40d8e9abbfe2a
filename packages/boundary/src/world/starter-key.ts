import type { Signer } from "@watchword/core";

/** The private half of a key that the policy declares for a starter of runs. */
export type StarterKey = Signer;
