import { readMetadata } from "./read-metadata.ts";
import { StripeProblem, missingObject } from "./stripe-problem.ts";
import type { TwinCustomer } from "./twin-objects.ts";
import type { WriteEndpoint } from "./write-endpoint.ts";

const TEXTS = ["name", "email", "phone", "description"] as const;

/** What can be done to customers. */
export const CUSTOMER_WRITES: readonly WriteEndpoint[] = [
  {
    method: "POST",
    path: /^\/v1\/customers\/([A-Za-z0-9_]+)$/,
    resource: "customers",
    parameters: { plain: TEXTS, maps: ["metadata"] },
    begin(parameters, { id }) {
      const email = parameters.plain.get("email");
      if (email !== undefined && email !== "" && !/^[^\s@]+@[^\s@]+$/.test(email))
        throw new StripeProblem(400, {
          code: "email_invalid",
          message: `Invalid email address: ${email}`,
          param: "email",
        });
      const metadata = readMetadata(parameters);
      return (account) => {
        const customer = account.customers.get(id);
        if (customer === undefined) throw missingObject("customer", id, "id");
        // An empty text takes a value away.
        const texts = TEXTS.flatMap((name) => {
          const text = parameters.plain.get(name);
          return text === undefined ? [] : [[name, text === "" ? null : text] as const];
        });
        const changed: TwinCustomer = {
          ...customer,
          ...Object.fromEntries(texts),
          metadata: { ...customer.metadata, ...metadata },
        };
        account.customers.set(id, changed);
        return changed;
      };
    },
  },
];
