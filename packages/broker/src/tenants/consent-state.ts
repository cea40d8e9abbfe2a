import { Refusal } from "@watchword/core";
import { z } from "zod";
import type { BrokerContext } from "../broker-context.ts";
import type { Begun, StatePurpose } from "../oauth/begun-state.ts";

const Consent = z.strictObject({
  tenant: z.string(),
  system: z.string(),
  /** Name of the adapter that the system had. */
  adapter: z.string(),
  /** The one account that may come out of it. */
  account: z.string(),
  /** Canonical JSON of the connection's settings. */
  settings: z.string(),
  /** Of the connection that it is to replace; 0 for none. */
  revision: z.int(),
  by: z.string(),
});

/** A consent that was begun here. */
export type BegunConsent = Begun<z.infer<typeof Consent>>;

/** What a consent is begun for; what comes back belongs to it or to nothing. */
export const CONSENT: StatePurpose<z.infer<typeof Consent>> = Object.freeze({
  name: "connection-consent",
  about: Consent,
  refused: consentRefused,
});

/** Exactly what is registered at the system. */
export function consentRedirectUri({ issuer }: BrokerContext): string {
  return `${issuer.replace(/\/$/, "")}/connections/consent`;
}

/** What a consent that did not work is refused with. */
export function consentRefused(detail: string): Refusal {
  return new Refusal("consent_refused", { detail, failedFact: "credential" });
}
