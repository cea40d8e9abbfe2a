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
import { z } from "zod";
import { readStripe } from "./read-stripe.ts";
import type { StripeSettings } from "./stripe-options.ts";

const RESOLVE_MILLISECONDS = 1_000;

const Minor = z.int().min(0);
const Currency = z.string().regex(/^[a-z]{3}$/);
const Charge = z.object({
  id: z.string(),
  object: z.literal("charge"),
  amount: Minor,
  amount_captured: Minor.optional(),
  captured: z.boolean().optional(),
  amount_refunded: Minor,
  currency: Currency,
  status: z.string().max(64),
  disputed: z.boolean().optional(),
  metadata: z.record(z.string(), z.string()).nullish(),
});
const Refund = z.object({
  id: z.string(),
  object: z.literal("refund"),
  amount: Minor,
  currency: Currency,
  status: z.string().max(64),
  charge: z.string().nullish(),
});
const ChargeReference = z.string().regex(/^(?:ch|py)_[A-Za-z0-9_]{1,120}$/);

/**
 * Looks up what a decision needs: who owns the charge (or the refund, through its charge) that the action names, its
 * currency and what remains of it. Of an object that is not the tenant's nothing but that fact is given out.
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
  const { charge, refund } = parseArguments(entry, action.arguments);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(RESOLVE_MILLISECONDS)]);
  if (entry.references.includes("refund") && typeof refund === "string")
    return refundFacts(settings, context, refund, signal);
  if (entry.references.includes("charge") && typeof charge === "string") {
    const found = await readCharge(settings, context, charge, signal);
    return {
      owners: { charge: found.owner },
      values: found.values === undefined ? {} : { charge: found.values },
    };
  }
  return { owners: {}, values: {} };
}

async function refundFacts(
  settings: StripeSettings,
  context: AdapterContext,
  id: string,
  signal: AbortSignal,
): Promise<Facts> {
  const body = await readStripe(settings, context, {
    path: `/v1/refunds/${id}`,
    needs: "Refunds: read",
    signal,
  });
  if (body === undefined) return { owners: { refund: "unknown" }, values: {} };
  const refund = parse(Refund, body, id);
  const reference = ChargeReference.safeParse(refund.charge);
  if (!reference.success) return { owners: { refund: "unknown" }, values: {} };
  const { owner, values } = await readCharge(settings, context, reference.data, signal);
  if (values === undefined) return { owners: { refund: owner }, values: {} };
  const own = {
    currency: refund.currency.toUpperCase(),
    amountMinor: refund.amount,
    status: refund.status,
    charge: reference.data,
  };
  return { owners: { refund: owner }, values: { refund: own, charge: values } };
}

/** `values` are there exactly when the charge is the tenant's. */
async function readCharge(
  settings: StripeSettings,
  context: AdapterContext,
  id: string,
  signal: AbortSignal,
): Promise<{ owner: Owner; values?: ValueMap }> {
  const body = await readStripe(settings, context, {
    path: `/v1/charges/${id}`,
    needs: "Charges: read",
    signal,
  });
  if (body === undefined) return { owner: "unknown" };
  const charge = parse(Charge, body, id);
  const owner = ownerOf(settings, charge, context.connection.tenant);
  if (owner !== "tenant") return { owner };
  // An authorized charge that is not captured yet is released as a whole; a captured one gives back what was captured.
  const refundable = charge.captured === false ? charge.amount : (charge.amount_captured ?? charge.amount);
  return {
    owner,
    values: {
      currency: charge.currency.toUpperCase(),
      amountMinor: charge.amount,
      refundedMinor: charge.amount_refunded,
      remainingMinor: Math.max(0, Math.min(charge.amount - charge.amount_refunded, refundable)),
      status: charge.status,
      disputed: charge.disputed ?? false,
    },
  };
}

function ownerOf(settings: StripeSettings, charge: z.infer<typeof Charge>, tenant: string): Owner {
  // Asked under the tenant's own account, Stripe shows this tenant's charges and no other.
  if (settings.tenancy === "connected-account") return "tenant";
  const marked = charge.metadata ?? {};
  if (!Object.hasOwn(marked, settings.tenancy.metadata)) return "unknown";
  return marked[settings.tenancy.metadata] === tenant ? "tenant" : "other";
}

function parse<Schema extends z.ZodType<{ id: string }>>(
  schema: Schema,
  body: unknown,
  id: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success && parsed.data.id === id) return parsed.data;
  throw new Refusal("downstream_unavailable", {
    detail: "stripe: an answer that is not the object that was asked for",
  });
}
