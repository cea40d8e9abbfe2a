import type { AccountState } from "./account-state.ts";
import { amountText } from "./amount-text.ts";
import { readInteger } from "./parameters.ts";
import { readMetadata } from "./read-metadata.ts";
import { creditNoteOf } from "./seed-objects.ts";
import { StripeProblem, missingObject } from "./stripe-problem.ts";
import type { TwinInvoice } from "./twin-objects.ts";
import type { WriteEndpoint } from "./write-endpoint.ts";

const REASONS: readonly string[] = ["duplicate", "fraudulent", "order_change", "product_unsatisfactory"];

/** What can be done with credit notes. */
export const CREDIT_NOTE_WRITES: readonly WriteEndpoint[] = [
  {
    method: "POST",
    path: /^\/v1\/credit_notes$/,
    resource: "credit_notes",
    parameters: { plain: ["invoice", "amount", "credit_amount", "reason", "memo"], maps: ["metadata"] },
    begin(parameters, { nextId, seconds }) {
      const id = parameters.plain.get("invoice");
      if (id === undefined) throw missingParameter("invoice");
      const amount = readInteger(parameters, "amount");
      if (amount === undefined) throw missingParameter("amount");
      const credited = readInteger(parameters, "credit_amount");
      const reason = parameters.plain.get("reason") ?? null;
      if (reason !== null && !REASONS.includes(reason))
        throw new StripeProblem(400, {
          message: `Invalid reason: must be one of ${REASONS.join(", ")}`,
          param: "reason",
        });
      const memo = parameters.plain.get("memo") ?? null;
      const metadata = readMetadata(parameters);
      return (account) => {
        const invoice = account.invoices.get(id);
        if (invoice === undefined) throw missingObject("invoice", id, "invoice");
        const note = creditNoteOf(nextId("cn"), invoice, {
          amount,
          created: seconds,
          memo,
          metadata,
          reason,
        });
        if (invoice.status === "open") lower(account, invoice, amount, credited);
        else if (invoice.status === "paid") payBack(account, invoice, amount, credited);
        else
          throw new StripeProblem(400, {
            message: `You can only issue credit notes for open or paid invoices. This invoice is ${invoice.status}.`,
          });
        account.credit_notes.set(note.id, note);
        return note;
      };
    },
  },
];

/** An open invoice asks for less; nobody gets anything. */
function lower(
  account: AccountState,
  invoice: TwinInvoice,
  amount: number,
  credited: number | undefined,
): void {
  if (credited !== undefined)
    throw new StripeProblem(400, {
      message: "You can only credit the customer's balance for a paid invoice.",
      param: "credit_amount",
    });
  refuseMore(amount, invoice.amount_remaining, invoice);
  const amount_remaining = invoice.amount_remaining - amount;
  account.invoices.set(invoice.id, {
    ...invoice,
    amount_due: invoice.amount_due - amount,
    amount_remaining,
    pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount + amount,
    status: amount_remaining === 0 ? "paid" : invoice.status,
  });
}

/** What was paid goes to the customer's balance, as a whole. */
function payBack(
  account: AccountState,
  invoice: TwinInvoice,
  amount: number,
  credited: number | undefined,
): void {
  if (credited !== amount)
    throw new StripeProblem(400, {
      message: `The sum of credit amount, refund amount and out of band amount (${amountText(credited ?? 0, invoice.currency)}) must equal the credit note amount (${amountText(amount, invoice.currency)}).`,
    });
  refuseMore(amount, invoice.amount_paid - invoice.post_payment_credit_notes_amount, invoice);
  account.invoices.set(invoice.id, {
    ...invoice,
    post_payment_credit_notes_amount: invoice.post_payment_credit_notes_amount + amount,
  });
  const customer = account.customers.get(invoice.customer);
  if (customer !== undefined)
    account.customers.set(customer.id, { ...customer, balance: customer.balance - amount });
}

function refuseMore(amount: number, left: number, { currency }: TwinInvoice): void {
  if (amount <= left) return;
  throw new StripeProblem(400, {
    message: `Credit note amount (${amountText(amount, currency)}) is greater than what can be credited (${amountText(left, currency)})`,
    param: "amount",
  });
}

function missingParameter(param: string): StripeProblem {
  return new StripeProblem(400, {
    code: "parameter_missing",
    message: `Missing required param: ${param}.`,
    param,
  });
}
