import type { ValueMap } from "@watchword/core";
import { z } from "zod";
import { type ObjectName, stripeId } from "./stripe-id.ts";

/** What a look-up tells of one object. */
export interface SeenObject {
  readonly metadata: Readonly<Record<string, string>>;
  /** Id of the object through which it is somebody's; only for kinds with {@link ObjectKind.through}. */
  readonly owner: string | undefined;
  /** Of a payment, the charge that it took. */
  readonly took: string | undefined;
  /** Facts for the decision: states and amounts, never what is personal. */
  readonly values: ValueMap;
}

/** How one kind of object is looked up. */
export interface ObjectKind {
  readonly path: string;
  /** The dashboard's name of the permission, for the operator. */
  readonly needs: string;
  /** The kind that says whose it is, for objects that carry no mark of their own. */
  readonly through: LookedUp | undefined;
  /** Whether the object behind `through` is looked up also where nobody's mark counts, because its facts are needed. */
  readonly throughAlways: boolean;
  /** `undefined` for anything that is not the object that was asked for. */
  readonly read: (body: unknown, id: string) => SeenObject | undefined;
}

const Minor = z.int().min(0);
const Currency = z.string().regex(/^[a-z]{3}$/);
const Status = z.string().max(64);
const Marks = z.record(z.string(), z.string()).nullish();
const base = { id: z.string(), metadata: Marks };

/** Every kind that can be looked up. */
export const OBJECT_KINDS: Readonly<Record<LookedUp, ObjectKind>> = Object.freeze({
  charge: kind(
    "charges",
    "Charges: read",
    z.object({
      ...base,
      object: z.literal("charge"),
      amount: Minor,
      amount_captured: Minor.optional(),
      captured: z.boolean().optional(),
      amount_refunded: Minor,
      currency: Currency,
      status: Status,
      disputed: z.boolean().optional(),
    }),
    (charge) => {
      // An authorized charge that is not captured yet is released as a whole; a captured one gives back what was captured.
      const refundable =
        charge.captured === false ? charge.amount : (charge.amount_captured ?? charge.amount);
      return {
        currency: charge.currency.toUpperCase(),
        amountMinor: charge.amount,
        refundedMinor: charge.amount_refunded,
        remainingMinor: Math.max(0, Math.min(charge.amount - charge.amount_refunded, refundable)),
        status: charge.status,
        disputed: charge.disputed ?? false,
      };
    },
  ),
  refund: kind(
    "refunds",
    "Refunds: read",
    z.object({
      ...base,
      object: z.literal("refund"),
      amount: Minor,
      currency: Currency,
      status: Status,
      charge: z.string().nullish(),
    }),
    (refund) => ({
      currency: refund.currency.toUpperCase(),
      amountMinor: refund.amount,
      status: refund.status,
      charge: refund.charge ?? "",
    }),
    { name: "charge", of: (refund) => refund.charge, always: true },
  ),
  customer: kind(
    "customers",
    "Customers: read",
    z.object({ ...base, object: z.literal("customer"), deleted: z.boolean().optional() }),
    (customer) => ({ deleted: customer.deleted ?? false }),
  ),
  payment_intent: kind(
    "payment_intents",
    "PaymentIntents: read",
    z.object({
      ...base,
      object: z.literal("payment_intent"),
      amount: Minor,
      amount_capturable: Minor,
      currency: Currency,
      latest_charge: z.string().nullish(),
      status: Status,
    }),
    (payment) => ({
      currency: payment.currency.toUpperCase(),
      amountMinor: payment.amount,
      capturableMinor: payment.status === "requires_capture" ? payment.amount_capturable : 0,
      status: payment.status,
    }),
    undefined,
    (payment) => payment.latest_charge,
  ),
  subscription: kind(
    "subscriptions",
    "Subscriptions: read",
    z.object({
      ...base,
      object: z.literal("subscription"),
      cancel_at_period_end: z.boolean(),
      customer: z.string(),
      status: Status,
    }),
    (subscription) => ({
      status: subscription.status,
      cancelAtPeriodEnd: subscription.cancel_at_period_end,
      customer: subscription.customer,
    }),
    { name: "customer", of: (subscription) => subscription.customer, always: false },
  ),
  invoice: kind(
    "invoices",
    "Invoices: read",
    z.object({
      ...base,
      object: z.literal("invoice"),
      amount_due: Minor,
      amount_paid: Minor.optional(),
      amount_remaining: Minor,
      post_payment_credit_notes_amount: Minor.optional(),
      currency: Currency,
      customer: z.string().nullish(),
      status: Status.nullish(),
    }),
    (invoice) => ({
      currency: invoice.currency.toUpperCase(),
      amountMinor: invoice.amount_due,
      remainingMinor: invoice.amount_remaining,
      creditableMinor: creditable(invoice),
      status: invoice.status ?? "",
      customer: invoice.customer ?? "",
    }),
    { name: "customer", of: (invoice) => invoice.customer, always: false },
  ),
  dispute: kind(
    "disputes",
    "Disputes: read",
    z.object({
      ...base,
      object: z.literal("dispute"),
      amount: Minor,
      charge: z.string(),
      currency: Currency,
      status: Status,
    }),
    (dispute) => ({
      currency: dispute.currency.toUpperCase(),
      amountMinor: dispute.amount,
      status: dispute.status,
      charge: dispute.charge,
    }),
    { name: "charge", of: (dispute) => dispute.charge, always: false },
  ),
  credit_note: kind(
    "credit_notes",
    "Credit notes: read",
    z.object({
      ...base,
      object: z.literal("credit_note"),
      amount: Minor,
      currency: Currency,
      customer: z.string().nullish(),
      invoice: z.string(),
      status: Status,
    }),
    (note) => ({
      currency: note.currency.toUpperCase(),
      amountMinor: note.amount,
      status: note.status,
      customer: note.customer ?? "",
      invoice: note.invoice,
    }),
    { name: "customer", of: (note) => note.customer, always: false },
  ),
  invoiceitem: kind(
    "invoiceitems",
    "Invoices: read",
    z.object({
      ...base,
      object: z.literal("invoiceitem"),
      // What somebody put there in the customer's favour is less than nothing.
      amount: z.int(),
      currency: Currency,
      customer: z.string().nullish(),
      invoice: z.string().nullish(),
    }),
    (item) => ({
      currency: item.currency.toUpperCase(),
      amountMinor: item.amount,
      customer: item.customer ?? "",
      invoice: item.invoice ?? "",
    }),
    { name: "customer", of: (item) => item.customer, always: false },
  ),
});

interface Credited {
  readonly status?: string | null | undefined;
  readonly amount_remaining: number;
  readonly amount_paid?: number | undefined;
  readonly post_payment_credit_notes_amount?: number | undefined;
}

/** What a credit note can be about: what an open invoice asks for, and of a paid one what was paid and not credited yet. */
function creditable(invoice: Credited): number {
  const { amount_paid: paid, post_payment_credit_notes_amount: credited } = invoice;
  if (invoice.status === "open") return invoice.amount_remaining;
  if (invoice.status !== "paid" || paid === undefined || credited === undefined) return 0;
  return Math.max(0, paid - credited);
}

/** Kinds of objects that are somebody's. A payout is the whole account's. */
export type LookedUp = Exclude<ObjectName, "payout">;

interface Through<Body> {
  readonly name: LookedUp;
  readonly of: (body: Body) => string | null | undefined;
  readonly always: boolean;
}

function kind<Schema extends z.ZodType<{ id: string; metadata?: z.infer<typeof Marks> }>>(
  resource: string,
  needs: string,
  schema: Schema,
  values: (body: z.infer<Schema>) => ValueMap,
  through?: Through<z.infer<Schema>>,
  took?: (body: z.infer<Schema>) => string | null | undefined,
): ObjectKind {
  return Object.freeze<ObjectKind>({
    path: `/v1/${resource}/`,
    needs,
    through: through?.name,
    throughAlways: through?.always ?? false,
    read(body, id) {
      const parsed = schema.safeParse(body);
      if (!parsed.success || parsed.data.id !== id) return undefined;
      // An id from an answer becomes part of the next path: it is one of its kind, or none.
      const owner =
        through === undefined ? undefined : stripeId(through.name).safeParse(through.of(parsed.data)).data;
      return {
        metadata: parsed.data.metadata ?? {},
        owner,
        took: stripeId("charge").safeParse(took?.(parsed.data)).data,
        values: values(parsed.data),
      };
    },
  });
}

/** Whether an argument names an object whose owner can be looked up. */
export function isLookedUp(name: string): name is LookedUp {
  return Object.hasOwn(OBJECT_KINDS, name);
}
