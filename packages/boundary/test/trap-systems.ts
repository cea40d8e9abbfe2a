import { type Adapter, Refusal } from "@watchword/core";
import type { SystemUnderTest } from "../src/index.ts";
import { payments } from "./payments.ts";

/** The same system, whose look-ups go wrong. */
const lookingUp =
  (resolve: (adapter: Adapter) => Adapter["resolve"]): SystemUnderTest =>
  async (world) => {
    const running = await payments(world);
    const { adapter } = running;
    const changed = Object.create(adapter, {
      resolve: { value: resolve(adapter), enumerable: true },
    }) as Adapter;
    return { ...running, adapter: changed };
  };

const isForeign = (values: object): boolean => JSON.stringify(values).includes("globex");

/** Systems in which another tenant's object is refused, and in which that proves nothing. */
export const traps = {
  /** Everything is refused, the tenant's own objects, too: a vacuous baseline. */
  closed: lookingUp(() => () => Promise.reject(new Refusal("tenant_mismatch", { failedFact: "tenant" }))),
  /** Nobody ever says whose it is: a denial by timeout. */
  silent: lookingUp(
    (adapter) => (action, context) =>
      isForeign(action.arguments)
        ? new Promise((_, reject) =>
            context.signal.addEventListener("abort", () => reject(new Error("too late"))),
          )
        : adapter.resolve(action, context),
  ),
  /** It is refused for something else than whose it is: a wrong reason. */
  strict: lookingUp(
    (adapter) => (action, context) =>
      isForeign(action.arguments)
        ? Promise.reject(new Refusal("downstream_refused", { failedFact: "resource" }))
        : adapter.resolve(action, context),
  ),
};

/** A grant for each of them. */
export const TRAPS = `
watchword: 1
systems: { closed: { adapter: stripe }, silent: { adapter: stripe }, strict: { adapter: stripe } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
grants:
${Object.keys(traps)
  .map(
    (name) => `  - id: ${name}
    agent: support
    operation: ${name}/charges.retrieve
    resource: { account: "\${tenant.${name}.account}" }
    where: { args.charge: { ownedBy: tenant } }
    lease: { action: 30s }`,
  )
  .join("\n")}
`;
