import { type AdapterContext, type Finding, Refusal } from "@watchword/core";
import { z } from "zod";
import { readStripe } from "./read-stripe.ts";
import type { StripeSettings } from "./stripe-options.ts";

const CHECK_MILLISECONDS = 5_000;
const Account = z.object({ object: z.literal("account"), id: z.string() });
const List = z.object({ object: z.literal("list"), data: z.array(z.unknown()) });

/** Checks a connection without changing anything: the right account, a restricted key, charges and refunds in reach. */
export async function checkConnection(
  settings: StripeSettings,
  context: AdapterContext,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(CHECK_MILLISECONDS)]);
  const read = (path: string, needs: string): Promise<unknown> =>
    readStripe(settings, context, { path, needs, signal });
  return [
    keyKind(context),
    await finding(async () =>
      accountFinding(await read("/v1/account", "Account: read"), context.connection.account),
    ),
    await finding(async () => listFinding(await read("/v1/charges?limit=1", "Charges: read"), "charges")),
    await finding(async () => listFinding(await read("/v1/refunds?limit=1", "Refunds: read"), "refunds")),
  ];
}

function keyKind(context: AdapterContext): Finding {
  return context.connection.secret.open((key) => {
    if (key.startsWith("rk_"))
      return {
        severity: "ok",
        text: "the key is restricted; that it is no wider than needed only the dashboard shows",
      };
    if (key.startsWith("sk_"))
      return {
        severity: "warning",
        text: "the key is unrestricted (sk_…); use a restricted key (rk_…) with Charges: read and Refunds: write",
      };
    return { severity: "error", text: "the secret is not a Stripe API key (rk_… or sk_…)" };
  });
}

function accountFinding(body: unknown, account: string): Finding {
  const parsed = Account.safeParse(body);
  if (!parsed.success) return { severity: "error", text: "Stripe did not show the account" };
  if (parsed.data.id !== account)
    return {
      severity: "error",
      text: `the connection names ${account}, and the key works on ${parsed.data.id}`,
    };
  return { severity: "ok", text: `the key works on ${account}` };
}

function listFinding(body: unknown, what: string): Finding {
  return List.safeParse(body).success
    ? { severity: "ok", text: `${what} can be read` }
    : { severity: "error", text: `Stripe did not list ${what}` };
}

/** A refusal is a finding of the check, not its failure. */
async function finding(check: () => Promise<Finding>): Promise<Finding> {
  try {
    return await check();
  } catch (error) {
    return { severity: "error", text: Refusal.from(error, "downstream_unavailable").message };
  }
}
