import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type JwtOptions, jwt } from "@watchword/adapter-jwt";
import { system } from "@watchword/core";
import { listen } from "@watchword/gateway";
import { localKeySource } from "@watchword/identity/local-key";
import { bind, createRuntime, guard, httpBroker } from "@watchword/middleware";
import { tokenVerifier } from "@watchword/verify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Server, loadConfiguration, startServer } from "../src/index.ts";
import { ISSUER, type Place, place } from "./place.ts";

const POLICY = `
watchword: 1
systems: { orders: { adapter: jwt, audience: "https://orders.internal" } }
grants:
  - { id: orders-read, agent: support, operation: orders/orders.read, resource: { tenant: "\${tenant.orders.account}" }, custody: released, lease: { action: 30s } }
`;

let here: Place;
/** As the adapter's README declares the service. */
let declared: string;
beforeEach(async () => {
  here = await place();
  await here.write("policy/orders.yaml", POLICY);
  const readme = new URL("README.md", import.meta.resolve("@watchword/adapter-jwt/package.json"));
  [, declared = ""] = /```yaml\n(systems:\n[^`]*)```/.exec(await readFile(readme, "utf8")) ?? [];
});
afterEach(() => here[Symbol.asyncDispose]());

const start = async (changes: Partial<Record<"systems" | "tenants", string>>): Promise<Server> => {
  const { systems = declared, tenants = to("{ account: acme }") } = changes;
  const path = await here.configure({
    systems: `${systems}  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }`,
    tenants,
  });
  return startServer(await loadConfiguration(path), {
    mode: "dev",
    log: (entry) => void here.log.push(entry),
  });
};
const to = (connection: string): string => `tenants:\n  acme: { connections: { orders: ${connection} } }`;

describe("a service of one's own that a configuration declares", () => {
  test("takes what a guarded tool got from the server, by what the server publishes, and the connection has no secret", async () => {
    const service = await listen({ host: "127.0.0.1", port: 0 });
    const address = `    baseUrl: ${service.url}\n`;
    await using server = await start({
      systems: declared.replace("    operations:", `${address}    operations:`),
    });
    const verifier = tokenVerifier({
      issuer: `${ISSUER}/access`,
      audience: "https://orders.internal",
      origin: service.url,
      fetch: (input, init) => fetch((input as string).replace(ISSUER, server.brokerUrl), init),
    });
    service.serve(async (request, target) => {
      const [authorization = "", dpop = ""] = ["authorization", "dpop"].map((name) =>
        request.headers.get(name),
      );
      const { tenant, actor } = await verifier.verify(
        { method: "GET", target, authorization: [authorization ?? ""], dpop: [dpop ?? ""] },
        { operation: "orders.read", arguments: () => ({ order: target.split("/")[2] }) },
      );
      return Response.json({ tenant, actor });
    });
    const options = (parse(declared) as { systems: { orders: JwtOptions & { adapter: string } } }).systems
      .orders;
    const { adapter: _, ...own } = options;
    const { ordersRead } = system("orders", jwt(own).catalogue);
    if (ordersRead === undefined) throw new TypeError("the README declares no ordersRead");
    const tool = guard(
      {
        name: "read_order",
        description: "",
        execute: async (_arguments: object, { credential }) =>
          (await credential.fetch(`${service.url}/orders/o_1`)).json(),
      },
      bind(ordersRead, () => ({ order: "o_1" })),
    );
    const source = await localKeySource({
      directory: join(here.directory, "workload"),
      subject: "support-runtime",
      audience: ISSUER,
    });
    const runtime = createRuntime({
      broker: httpBroker({ issuer: ISSUER, url: server.brokerUrl }),
      workload: () => source.token(),
      agent: "support@3",
    });
    const token = await here.login.idToken({ subject: "dana", audience: ISSUER, claims: { org_id: "acme" } });
    expect(await runtime.run({ user: { token } }, () => tool.execute({}))).toEqual({
      tenant: "acme",
      actor: "urn:watchword:agent:support@3",
    });
    expect(here.log).toContainEqual(
      expect.objectContaining({ event: "connection_put", system: "orders", outcome: "connected" }),
    );
    await service.close();
  });

  test("has no secret: a connection with one keeps the server from starting", async () => {
    await here.write("orders.key", "canary_of_no_use");
    const refused = start({ tenants: to("{ account: acme, secret: { file: orders.key } }") });
    await expect(refused).rejects.toMatchObject({ reason: "configuration_invalid" });
    await expect(refused).rejects.not.toThrow(/canary/);
  });

  test.for<[string, readonly [string, string], RegExp]>([
    [
      "another audience than the policy's",
      ["https://orders.internal", "https://billing.internal"],
      /orders is declared for the audience https:\/\/orders\.internal/,
    ],
    [
      "a path that is none",
      ['"/orders/{order}"', "orders"],
      /config\.yaml:\d+:\d+ {2}systems\.orders\.operations\.ordersRead\.path: must be like/,
    ],
    ["an option that nobody knows", ["adapter: jwt", "adapter: jwt\n    scope: all"], /systems\.orders/],
    [
      "another operation than the policy's",
      ["orders.read", "orders.get"],
      /orders\.read is not an operation of jwt/,
    ],
  ])(
    "with %s keeps the server from starting, and says where it stands",
    async ([, [find, replace], message]) => {
      await expect(start({ systems: declared.replace(find, replace) })).rejects.toThrow(message);
    },
  );
});
