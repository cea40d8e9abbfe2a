import { readInteger } from "./parameters.ts";
import { readMetadata } from "./read-metadata.ts";
import { seedInvoiceItem } from "./seed-objects.ts";
import { StripeProblem, missingObject } from "./stripe-problem.ts";
import type { TwinInvoiceItem } from "./twin-objects.ts";
import type { WriteEndpoint } from "./write-endpoint.ts";

/** What can be done with items of invoices. */
export const INVOICE_ITEM_WRITES: readonly WriteEndpoint[] = [
  {
    method: "POST",
    path: /^\/v1\/invoiceitems$/,
    resource: "invoiceitems",
    parameters: { plain: ["customer", "amount", "currency", "description"], maps: ["metadata"] },
    begin(parameters, { nextId, seconds }) {
      const amount = readInteger(parameters, "amount");
      const [customer, currency] = ["customer", "currency"].map((name) => parameters.plain.get(name));
      for (const [param, value] of Object.entries({ customer, amount, currency }))
        if (value === undefined)
          throw new StripeProblem(400, {
            code: "parameter_missing",
            message: `Missing required param: ${param}.`,
            param,
          });
      if (!/^[a-z]{3}$/i.test(currency ?? ""))
        throw new StripeProblem(400, { message: `Invalid currency: ${currency ?? ""}.`, param: "currency" });
      const metadata = readMetadata(parameters);
      const description = parameters.plain.get("description") ?? null;
      return (account) => {
        if (!account.customers.has(customer ?? ""))
          throw missingObject("customer", customer ?? "", "customer");
        const item: TwinInvoiceItem = {
          ...seedInvoiceItem(
            nextId("ii"),
            { customer: customer ?? "", amount: amount ?? 0, currency: (currency ?? "").toLowerCase() },
            seconds,
          ),
          description,
          metadata,
        };
        account.invoiceitems.set(item.id, item);
        return item;
      };
    },
  },
  {
    method: "DELETE",
    path: /^\/v1\/invoiceitems\/([A-Za-z0-9_]+)$/,
    resource: "invoiceitems",
    parameters: { plain: [] },
    begin:
      (_parameters, { id }) =>
      (account) => {
        const item = account.invoiceitems.get(id);
        if (item === undefined) throw missingObject("invoiceitem", id, "id");
        const on = item.invoice === null ? undefined : account.invoices.get(item.invoice);
        if (item.invoice !== null && on?.status !== "draft")
          throw new StripeProblem(400, {
            message: "You can only delete invoice items that are on no invoice, or on a draft.",
          });
        account.invoiceitems.delete(id);
        return { id, object: item.object, deleted: true };
      },
  },
];
