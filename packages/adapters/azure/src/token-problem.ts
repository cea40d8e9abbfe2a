import { Refusal } from "@watchword/core";
import type { AzureSettings } from "./azure-options.ts";

/**
 * What Entra's numbers mean (learn.microsoft.com/entra/identity-platform/reference-error-codes). A number is said again; Entra's words, which
 * quote the request, are not.
 */
const KNOWN: Readonly<Record<number, readonly [held: string, next: string]>> = {
  70_021: [
    "an app without a federated credential for this subject and issuer",
    "add one with the exact issuer, subject and audience of the README",
  ],
  700_211: [
    "an app without a federated credential for this issuer",
    "correct the issuer of its federated credential",
  ],
  700_213: [
    "an app without a federated credential for this subject",
    "correct the subject of its federated credential",
  ],
  700_212: [
    "an app without a federated credential for this audience",
    "correct the audience of its federated credential",
  ],
  700_024: ["an assertion outside its time", "compare this machine's clock"],
  700_027: ["an assertion whose key Entra does not find", "check that Entra reaches the federation issuer"],
  700_016: ["an app that the directory does not have", "correct the client id or the directory"],
  90_002: ["a directory that does not exist", "correct the directory"],
  500_011: [
    "a resource that the directory does not have",
    "correct resource, or consent to it in the directory",
  ],
  501_051: ["an app without a role at the resource", "give the app the role and consent to it"],
  1_002_012: ["a scope that is not the resource's default", "correct resource"],
};

/** The refusal for a definite no of Entra: nothing was given. */
export function tokenRefusal(status: number, codes: readonly unknown[], required: string): Refusal {
  const code = codes.find(
    (candidate): candidate is number => typeof candidate === "number" && candidate in KNOWN,
  );
  const [held, next] = (code === undefined ? undefined : KNOWN[code]) ?? [
    "a request that Entra refuses",
    "look into the app's sign-in logs",
  ];
  const said = code === undefined ? "" : ` AADSTS${code}`;
  return new Refusal("downstream_refused", {
    detail: `azure: Entra answered HTTP ${status}${said}; required: ${required}; held: ${held}; next: ${next}`,
    failedFact: "credential",
  });
}

/** The refusal for a look-up's token with other roles than its step declares. */
export function rolesRefusal({ entra }: AzureSettings, step: string): Refusal {
  return new Refusal("downstream_refused", {
    detail: `azure: required: a token with exactly ${entra.apps[step]?.roles.join(", ") ?? "no role"} for step ${step}; held: one with other roles; next: give the app exactly the declared roles`,
    failedFact: "credential",
  });
}

/** The refusal for an answer that is no definite no. It says what was wrong with it and nothing that it said. */
export function tokenUnusable(what: string): Refusal {
  return new Refusal("downstream_unavailable", { detail: `azure: ${what} from Entra` });
}

/** The refusal for a connection or broker that nothing can be asked with. */
export function connectionInvalid(what: string): Refusal {
  return new Refusal("configuration_invalid", {
    detail: `azure: ${what}; next: correct the connection`,
    failedFact: "credential",
  });
}
