import { type Authority, Refusal } from "@watchword/core";
import type { AzureSettings } from "./azure-options.ts";

/** Adds the step of the ladder, and what its app may do, to an authority of the declared API. */
export function planNative(settings: AzureSettings, authority: Authority): Authority {
  const step = stepOf(settings, authority.operation);
  return { ...authority, native: nativeOf(settings, step, settings.entra.apps[step]?.roles ?? []) };
}

/** What a token of a step is asked for, or says that it is good for. */
export function nativeOf(
  { entra: { resource } }: AzureSettings,
  step: string,
  roles: readonly string[],
): Authority["native"] {
  return { resource, step, roles: roles.toSorted() };
}

/** The step of an operation, by the name that policies use. @throws Refusal `unknown_target` */
export function stepOf({ entra, api }: AzureSettings, operation: string): string {
  const [key = ""] = Object.entries(api.operations).find(([, { name }]) => name === operation) ?? [];
  const step = Object.hasOwn(entra.use, key) ? entra.use[key] : undefined;
  if (step !== undefined) return step;
  throw new Refusal("unknown_target", {
    detail: `azure: no operation ${operation} is declared`,
    failedFact: "action",
  });
}
