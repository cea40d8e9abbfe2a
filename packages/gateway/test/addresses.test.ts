import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Refusal } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { addressKind } from "../src/address-kind.ts";
import { type Lookup, createGateway } from "../src/index.ts";
import { undiciSender } from "../src/undici-sender.ts";
import { askGateway } from "./ask-gateway.ts";
import { paymentsAdapter } from "./payments-adapter.ts";

test.for([
  ["203.0.114.1", "public"],
  ["2606:4700::1111", "public"],
  ["::ffff:8.8.8.8", "public"],
  ["127.0.0.1", "loopback"],
  ["127.255.0.1", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::7f00:1", "loopback"],
  ["64:ff9b::7f00:1", "loopback"],
  ["2002:7f00:1::", "loopback"],
  ["10.1.2.3", "private"],
  ["172.31.0.1", "private"],
  ["192.168.0.1", "private"],
  ["100.64.0.1", "private"],
  ["fd12::1", "private"],
  ["::ffff:10.0.0.1", "private"],
  ["0.0.0.0", "refused"],
  ["::", "refused"],
  ["169.254.169.254", "refused"],
  ["64:ff9b::a9fe:a9fe", "refused"],
  ["fd00:ec2::254", "refused"],
  ["100.100.100.200", "refused"],
  ["168.63.129.16", "refused"],
  ["fe80::1", "refused"],
  ["fe80::1%eth0", "refused"],
  ["224.0.0.1", "refused"],
  ["255.255.255.255", "refused"],
  ["192.0.2.1", "refused"],
  ["localhost", "refused"],
  ["0177.0.0.1", "refused"],
])("%s is %s", ([address, kind]) => {
  expect(addressKind(address ?? "")).toBe(kind);
});

/** A resolver that gives each time the next of these answers. */
function resolver(...answers: (readonly string[])[]): { readonly lookup: Lookup; readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    lookup: async (hostname) => {
      asked.push(hostname);
      const [addresses = []] = answers.length > 1 ? answers.splice(0, 1) : answers;
      return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    },
  };
}

/** A server that no adapter means, with a count of what connected to it. */
async function inner() {
  const connected: number[] = [];
  const server = createTlsServer(() => undefined).on("tlsClientError", () => undefined);
  server.on("connection", () => connected.push(1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    connected,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const authority = {
  system: "payments",
  operation: "charges.retrieve",
  access: "read",
  resource: { account: "acct.acme" },
  arguments: { charge: "ch.1" },
  native: {},
} as const;

describe("a name of a system that leads to this machine, into the own network, or to a cloud's credentials", () => {
  test.for([
    [["127.0.0.1"]],
    [["::1"]],
    [["10.0.0.1"]],
    [["169.254.169.254"]],
    [["::ffff:169.254.169.254"]],
    [["8.8.8.8", "127.0.0.1"]],
    [[]],
  ])("%j is not connected to", async ([addresses = []]) => {
    await using server = await inner();
    const { response, desk, told } = await askGateway({
      authority,
      target: "/payments/v1/charges/ch.1",
      adapter: {
        origins: [`https://api.payments.example:${server.port}`],
        enforce: () => ({
          method: "GET",
          url: `https://api.payments.example:${server.port}/v1/charges/ch.1`,
          headers: {},
          body: undefined,
        }),
      },
      gateway: { fetch: undefined as never, lookup: resolver(addresses).lookup },
    });
    expect([response.status, response.headers.get("watchword-reason")]).toEqual([403, "target_refused"]);
    expect(desk.log).toEqual(["open", "claim", "settle:none"]);
    expect(server.connected).toEqual([]);
    expect(told.map(([{ reason }]) => reason)).toEqual(["target_refused"]);
  });

  test("is found where it leads when it is connected to, not where it led before", async () => {
    const { lookup, asked } = resolver(["8.8.8.8"], ["127.0.0.1"]);
    const send = undiciSender({ systems: [], privateOrigins: [], lookup });
    await lookup("api.payments.example");
    const outbound = { method: "GET", url: "https://api.payments.example/", headers: {}, body: undefined };
    await expect(send(outbound, new AbortController().signal)).rejects.toMatchObject({
      reason: "target_refused",
    });
    expect(asked).toHaveLength(2);
  });
});

describe("an origin", () => {
  const reach = async (
    origin: string,
    { privateOrigins = [] as string[], addresses = ["127.0.0.1"] } = {},
  ): Promise<string> => {
    const send = undiciSender({ systems: [], privateOrigins, lookup: resolver(addresses).lookup });
    const outbound = { method: "GET", url: `${origin}/`, headers: {}, body: undefined };
    return send(outbound, new AbortController().signal).then(
      () => "answered",
      (error: unknown) => (Refusal.is(error) ? error.reason : "connected"),
    );
  };

  test("that an operator declared may be in the own network, and nothing else of the host", async () => {
    await using server = await inner();
    const origin = `https://code.internal:${server.port}`;
    expect(await reach(origin, { privateOrigins: [origin] })).toBe("connected");
    expect(server.connected).toHaveLength(1);
    expect(await reach(origin, { privateOrigins: [`https://code.internal`] })).toBe("target_refused");
    expect(await reach(origin, { privateOrigins: [origin], addresses: ["169.254.169.254"] })).toBe(
      "target_refused",
    );
    expect(server.connected).toHaveLength(1);
  });

  test("with a certificate authority of its own is declared by that", async () => {
    await using server = await inner();
    const origin = `https://code.internal:${server.port}`;
    const adapter = paymentsAdapter(origin, { certificateAuthorities: { [origin]: "" } });
    const send = undiciSender({
      systems: [adapter],
      privateOrigins: [],
      lookup: resolver(["127.0.0.1"]).lookup,
    });
    const outbound = { method: "GET", url: `${origin}/`, headers: {}, body: undefined };
    await send(outbound, new AbortController().signal).catch(() => undefined);
    expect(server.connected).toHaveLength(1);
  });

  test.for([
    "https://169.254.169.254",
    "https://10.0.0.1",
    "https://[::ffff:10.0.0.1]",
    "https://0xA9.0xFE.0xA9FE",
  ])("that is an address is looked at without a resolver: %s", async (origin) => {
    expect(await reach(origin)).toBe("target_refused");
  });

  test("that says it is this machine is nowhere else", async () => {
    expect(await reach("http://localhost:1", { addresses: ["8.8.8.8"] })).toBe("target_refused");
    expect(await reach("http://localhost:1")).toBe("connected");
  });

  test("that is none is no declaration", () => {
    for (const privateOrigins of [["code.internal"], ["https://code.internal/"], ["https://a.example/b"]])
      expect(() =>
        createGateway({ url: "https://gateway.example", leases: {} as never, systems: {}, privateOrigins }),
      ).toThrow("is not an origin");
  });
});

test("a fetch that is handed in is told to follow no redirect", async () => {
  const inits: (RequestInit | undefined)[] = [];
  await askGateway({
    gateway: { fetch: async (_input, init) => (inits.push(init), new Response("{}")) },
  });
  expect(inits.map((init) => init?.redirect)).toEqual(["manual"]);
});

test("who stops waiting while a connection is being made does not wait for it, and nothing is sent", async () => {
  const resolved = Promise.withResolvers<void>();
  const lookup: Lookup = async () => {
    await resolved.promise;
    return [{ address: "127.0.0.1", family: 4 }];
  };
  await using server = await inner();
  const origin = `https://code.internal:${server.port}`;
  const send = undiciSender({ systems: [], privateOrigins: [origin], lookup });
  const stopping = new AbortController();
  const outbound = { method: "GET", url: `${origin}/`, headers: {}, body: undefined };
  const sent = send(outbound, stopping.signal, 1_024);
  stopping.abort();
  await expect(sent).rejects.toThrow("aborted");
  resolved.resolve();
});
