import type { DeclaredApi } from "@watchword/adapter-http/declared-api";
import { type AdapterContext, type Finding, Refusal, canonicalJson } from "@watchword/core";
import { askToken } from "./ask-token.ts";
import type { AzureSettings } from "./azure-options.ts";
import { withReadToken } from "./with-read-token.ts";

const CHECK_MILLISECONDS = 5_000;

/** Checks a connection: each step's app gives a token with the declared roles and no other, and the declared read shows this account. */
export async function checkConnection(
  settings: AzureSettings,
  api: DeclaredApi,
  context: AdapterContext,
): Promise<readonly Finding[]> {
  const steps = await Promise.all(
    Object.keys(settings.entra.apps).map((step) => finding(() => checkStep(settings, context, step))),
  );
  const account = await finding(() =>
    withReadToken(
      settings,
      context,
      { step: settings.entra.check, milliseconds: CHECK_MILLISECONDS },
      (reading) => api.check(reading),
    ),
  );
  return [account, ...steps];
}

async function checkStep(settings: AzureSettings, context: AdapterContext, step: string): Promise<Finding> {
  const declared = settings.entra.apps[step]?.roles.toSorted() ?? [];
  const { roles } = await askToken(settings, context, {
    step,
    userAgent: "watchword-adapter-azure-resolve",
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(CHECK_MILLISECONDS)]),
  });
  if (canonicalJson(roles) === canonicalJson(declared))
    return { severity: "ok", text: `step ${step}: the app has ${declared.join(", ")}, and no other role` };
  const more = roles.filter((role) => !declared.includes(role)).length;
  const less = declared.filter((role) => !roles.includes(role));
  return {
    severity: "error",
    text: `step ${step}: the app has ${more} roles that are not declared${less.length === 0 ? "" : `, and lacks ${less.join(", ")}`}; give it exactly the declared ones`,
  };
}

/** A refusal is a finding of the check, not its failure. */
async function finding(check: () => Promise<Finding>): Promise<Finding> {
  try {
    return await check();
  } catch (error) {
    return { severity: "error", text: Refusal.from(error, "downstream_unavailable").message };
  }
}
