import { StripeProblem, missingObject } from "./stripe-problem.ts";
import type { TwinInvoice } from "./twin-objects.ts";
import type { WriteEndpoint } from "./write-endpoint.ts";

/** What can be done to invoices that are there. */
export const INVOICE_WRITES: readonly WriteEndpoint[] = [
  {
    method: "POST",
    path: /^\/v1\/invoices\/([A-Za-z0-9_]+)\/void$/,
    resource: "invoices",
    parameters: { plain: [] },
    begin:
      (_parameters, { id }) =>
      (account) => {
        const invoice = account.invoices.get(id);
        if (invoice === undefined) throw missingObject("invoice", id, "invoice");
        if (invoice.status !== "open" && invoice.status !== "uncollectible")
          throw new StripeProblem(400, {
            message: `You can only void open or uncollectible invoices. This invoice is ${invoice.status}.`,
          });
        const voided: TwinInvoice = { ...invoice, status: "void" };
        account.invoices.set(id, voided);
        return voided;
      },
  },
];
