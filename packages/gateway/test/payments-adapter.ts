import {
  type Adapter,
  ProposedMoney,
  Refusal,
  type SeenAction,
  operation,
  parseArguments,
  readForm,
  Identifier,
} from "@watchword/core";

const Charge = ProposedMoney.pick({}).extend({ charge: Identifier });

const refundsCreate = operation({
  name: "refunds.create",
  access: "write",
  title: "Refund a charge",
  resource: { account: "account" },
  arguments: Charge.extend({ amount: ProposedMoney.optional() }),
  references: ["charge"],
  decided: ["amount"],
  example: { charge: "ch.1" },
});
const chargesRetrieve = operation({
  name: "charges.retrieve",
  access: "read",
  title: "Read a charge",
  resource: { account: "account" },
  arguments: Charge,
  references: ["charge"],
  decided: [],
  example: { charge: "ch.1" },
});

const mismatch = (): Refusal => new Refusal("request_mismatch", { detail: "not in the catalogue" });

/** A small payment system's adapter: refunds by form, charges by path. `overrides` break it on purpose. */
export function paymentsAdapter(baseUrl: string, overrides: Partial<Adapter> = {}): Adapter {
  return {
    name: "payments",
    catalogue: { adapter: "payments", operations: { refundsCreate, chargesRetrieve } },
    capabilities: {
      custody: "gateway",
      nativeLifeSeconds: null,
      revoke: "none",
      enforcedBySystem: [],
      enforcedByGateway: [],
    },
    origins: ["https://api.payments.example"],
    isLiveSecret: () => true,
    resolve: () => Promise.reject(new Error("not of the gateway")),
    complete: () => {
      throw new Error("not of the gateway");
    },
    plan: () => {
      throw new Error("not of the gateway");
    },
    covers: () => false,
    mint: () => Promise.reject(new Error("not of the gateway")),
    revoke: () => Promise.resolve("injected_only" as const),
    actionOf({ method, path, query, headers, body }): SeenAction {
      const account = headers["payments-account"];
      const resource: Record<string, string> = account === undefined ? {} : { account };
      if (query.length > 0) throw mismatch();
      const id = /^\/v1\/charges\/([a-z0-9.]+)$/.exec(path)?.[1];
      if (method === "GET" && id !== undefined)
        return {
          operation: "charges.retrieve",
          resource,
          arguments: parseArguments(chargesRetrieve, { charge: id }),
        };
      if (method !== "POST" || path !== "/v1/refunds") throw mismatch();
      const { amount, ...rest } = Object.fromEntries(readForm(Buffer.from(body).toString()));
      return {
        operation: "refunds.create",
        resource,
        arguments: parseArguments(refundsCreate, {
          ...rest,
          ...(amount === undefined ? {} : { amount: { minor: Number(amount) } }),
        }),
      };
    },
    enforce(authority, _request, stamp) {
      const { charge, amount } = authority.arguments as { charge: string; amount?: { minor: number } };
      if (authority.access === "read")
        return { method: "GET", url: `${baseUrl}/v1/charges/${charge}`, headers: {}, body: undefined };
      const form = new URLSearchParams({
        charge,
        ...(amount === undefined ? {} : { amount: String(amount.minor) }),
      });
      const headers = {
        "content-type": "application/x-www-form-urlencoded",
        "idempotency-key": stamp.idempotencyKey,
      };
      return { method: "POST", url: `${baseUrl}/v1/refunds`, headers, body: Buffer.from(form.toString()) };
    },
    inject: (request, credential) =>
      credential.open((key) => ({
        ...request,
        headers: { ...request.headers, authorization: `Bearer ${key}`, "x-api-key": key },
      })),
    outcomeOf: (authority, response) => {
      const status = response?.status ?? 0;
      if (status >= 200 && status < 300) return { effect: "done", ids: {}, status };
      return {
        effect: authority.access === "read" || (status >= 400 && status < 500) ? "none" : "unknown",
        ids: {},
        status,
      };
    },
    residual: () => ({ summary: "everything the key can do", axes: [], heldBy: "gateway" }),
    selfCheck: () => Promise.resolve([]),
    ...overrides,
  };
}
