import {
  type Authority,
  type Ceiling,
  Money,
  REASONS,
  Refusal,
  actionDigest,
  ceilingAllows,
  money,
  narrow,
  newAction,
  operation,
  parseAction,
  parseArguments,
  requestProblem,
} from "@watchword/core";
import { z } from "zod";

// A catalogue's entry: what a system can be asked to do, as data.
const refundsCreate = operation({
  name: "refunds.create",
  access: "write",
  title: "Refund a charge",
  resource: { account: "The account that owns the charge." },
  arguments: z.strictObject({ charge: z.string(), amount: Money }),
  references: ["charge"],
  decided: ["amount"], // the gateway writes it into the request
  example: { charge: "ch_1", amount: { minor: 4200, currency: "USD" } },
});

// A tool call became an action: one operation with its arguments. It grants nothing; its digest is its name.
const action = newAction({
  system: "payments",
  operation: refundsCreate.name,
  resource: { account: "acct_acme" },
  arguments: parseArguments(refundsCreate, { charge: "ch_1", amount: money("42.00", "USD") }),
});
const received = parseAction(JSON.parse(JSON.stringify(action)));
console.log(actionDigest(received) === actionDigest(action)); // true

// What a run may ask for at most. A child's ceiling is the same or narrower, never wider.
const upTo = (amount: string): Ceiling => [
  {
    system: "payments",
    operation: "refunds.create",
    resource: { account: ["acct_acme"] },
    limits: { amount: { max: money(amount, "USD") } },
  },
];
const child = narrow(upTo("50.00"), upTo("10.00"));
console.log(ceilingAllows(upTo("50.00"), action), ceilingAllows(child, action)); // true false
try {
  narrow(child, upTo("50.00"));
} catch (error) {
  if (Refusal.is(error)) console.log(error.reason, REASONS[error.reason].retry); // capability_exceeded never
}

// After the decision, a request goes out only when it is the action that was decided.
const authority: Authority = { ...action, access: refundsCreate.access, native: {} };
const seen = { operation: "refunds.create", resource: {}, arguments: { charge: "ch_2" } };
console.log(requestProblem(refundsCreate, authority, seen)); // arguments.charge
