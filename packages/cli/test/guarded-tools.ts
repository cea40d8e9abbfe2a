import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { system } from "@watchword/core";
import { bind, guard } from "@watchword/middleware";

const payments = system("payments", stripeCatalogue);

/** Tools as an application exports them: one by name, others as one object, and things that are no tools. */
export const refund = guard(
  { name: "refund", execute: (_arguments: { charge: string }) => "done" },
  bind(payments.refundsCreate, ({ charge }: { charge: string }) => ({ charge })),
);

const lookup = guard(
  { name: "lookup_charge", execute: (_arguments: { charge: string }) => "done" },
  bind(payments.chargesRetrieve, ({ charge }: { charge: string }) => ({ charge })),
);

export const tools = { refund, lookup };
export const model = { name: "some-model", temperature: 0 };
export const greet = (): string => "hello";
export default tools;
