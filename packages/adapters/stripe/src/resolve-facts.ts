import {
  type Action,
  type AdapterContext,
  type Catalogue,
  type Facts,
  type Owner,
  Refusal,
  type ValueMap,
  findOperation,
  parseArguments,
} from "@watchword/core";
import { type LookedUp, OBJECT_KINDS, isLookedUp } from "./object-kind.ts";
import { readStripe } from "./read-stripe.ts";
import type { StripeSettings } from "./stripe-options.ts";

const RESOLVE_MILLISECONDS = 1_000;

/**
 * Looks up what a decision needs: who owns the object that the action names, and what of its state counts: currency, what
 * remains, status. Of an object that is not the tenant's nothing but that fact is given out.
 *
 * @throws Refusal `downstream_unavailable`, `downstream_refused`
 */
export async function resolveFacts(
  settings: StripeSettings,
  catalogue: Catalogue,
  action: Action,
  context: AdapterContext,
): Promise<Facts> {
  const entry = findOperation(catalogue, action.operation);
  if (entry === undefined)
    throw new Refusal("unknown_target", {
      detail: `stripe has no operation ${action.operation}`,
      failedFact: "action",
    });
  // Ids become part of a path below: parsed here again, whoever parsed them before.
  const values = parseArguments(entry, action.arguments);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(RESOLVE_MILLISECONDS)]);
  const owners: Record<string, Owner> = {};
  const facts: Record<string, ValueMap> = {};
  for (const name of entry.references) {
    const id = values[name];
    if (!isLookedUp(name) || typeof id !== "string") continue;
    const refunded = entry.name === "refunds.create" && name === "payment_intent";
    const look = refunded ? lookUpTaken : lookUp;
    const found = await look(settings, context, name, id, signal);
    owners[name] = found.owner;
    if (found.owner === "tenant") Object.assign(facts, found.values);
  }
  return { owners, values: facts };
}

interface Found {
  readonly owner: Owner;
  /** Of a payment, the charge that it took. */
  readonly took?: string | undefined;
  /** By kind: of the object itself, and of the one through which it is somebody's. */
  readonly values: Readonly<Record<string, ValueMap>>;
}

async function lookUp(
  settings: StripeSettings,
  context: AdapterContext,
  name: LookedUp,
  id: string,
  signal: AbortSignal,
): Promise<Found> {
  const { path, needs, read, through, throughAlways } = OBJECT_KINDS[name];
  const body = await readStripe(settings, context, { path: `${path}${id}`, needs, signal });
  if (body === undefined) return { owner: "unknown", values: {} };
  const seen = read(body, id);
  if (seen === undefined)
    throw new Refusal("downstream_unavailable", {
      detail: "stripe: an answer that is not the object that was asked for",
    });
  const values = { [name]: seen.values };
  if (through === undefined)
    return {
      owner: ownerOf(settings, seen.metadata, context.connection.tenant),
      took: seen.took,
      values,
    };
  if (settings.tenancy === "connected-account" && !throughAlways) return { owner: "tenant", values };
  // INVARIANT: an object without a mark of its own is whose the object behind it is; without that it is nobody's.
  if (seen.owner === undefined) return { owner: "unknown", values: {} };
  const behind = await lookUp(settings, context, through, seen.owner, signal);
  return { owner: behind.owner, values: { ...values, ...behind.values } };
}

/** A payment with the charge that it took: what a refund of it gives back, and what the amount is measured by. */
async function lookUpTaken(
  ...[settings, context, name, id, signal]: Parameters<typeof lookUp>
): Promise<Found> {
  const payment = await lookUp(settings, context, name, id, signal);
  if (payment.owner !== "tenant" || payment.took === undefined) return payment;
  const charge = await lookUp(settings, context, "charge", payment.took, signal);
  // INVARIANT: the money is the charge's, so a payment is the tenant's to refund only where its charge is as well.
  return { owner: charge.owner, values: { ...payment.values, ...charge.values } };
}

function ownerOf(settings: StripeSettings, marked: Readonly<Record<string, string>>, tenant: string): Owner {
  // Asked under the tenant's own account, Stripe shows this tenant's objects and no other.
  if (settings.tenancy === "connected-account") return "tenant";
  if (!Object.hasOwn(marked, settings.tenancy.metadata)) return "unknown";
  return marked[settings.tenancy.metadata] === tenant ? "tenant" : "other";
}
