import { type AddressInfo, type Socket, connect as connectSocket, createServer } from "node:net";
import { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SelfSigned, selfSigned } from "../../../boundary/src/cells/self-signed.ts";
import { postgres } from "../src/index.ts";
import { type PostgresDesk, READ, postgresDesk } from "./postgres-desk.ts";
import { CANARY, serverAddress } from "./postgres-place.ts";

const OURS = selfSigned(["127.0.0.1"]);

let desk: PostgresDesk;
beforeAll(async () => {
  desk = await postgresDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

interface Front extends AsyncDisposable {
  readonly port: number;
  /** What was said to it, outside of TLS and inside. */
  readonly heard: { plain: string; inside: string };
}

/** In front of the run's server: TLS with a certificate, or none. */
async function front(own: SelfSigned | undefined): Promise<Front> {
  const heard = { plain: "", inside: "" };
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    sockets.push(client.on("error", () => undefined));
    client.on("data", (chunk) => void (heard.plain += chunk.toString("latin1")));
    client.once("data", () => {
      if (own === undefined) {
        client.write("N");
        // What comes then is nothing that a server without TLS understands.
        return void client.once("data", () => client.destroy());
      }
      client.removeAllListeners("data").write("S");
      const { certificate: cert, privateKey: key } = own;
      const inside = new TLSSocket(client, { isServer: true, cert, key });
      const upstream = connectSocket(serverAddress());
      sockets.push(
        inside.on("error", () => undefined),
        upstream.on("error", () => undefined),
      );
      inside.on("data", (chunk: Buffer) => void (heard.inside += chunk.toString("latin1")));
      return void inside.pipe(upstream).pipe(inside);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const mintBy = (port: number) =>
  postgres({ ...desk.place.options, port, ca: OURS.certificate }).mint(
    desk.authorityFor("rows.select", READ),
    desk.context(),
  );

describe("with TLS", () => {
  test("a server that shows its certificate is spoken to, and tools are told to ask for one, too", async () => {
    await using server = await front(OURS);
    const { credential } = await mintBy(server.port);
    expect(server.heard.inside).toContain("CREATE ROLE");
    expect(credential.open((url) => new URL(url).search)).toBe("?sslmode=verify-full");
  });

  test.for<[string, SelfSigned | undefined]>([
    ["has no TLS", undefined],
    ["shows somebody else's certificate", selfSigned(["127.0.0.1"])],
    ["shows one for another address", selfSigned(["10.0.0.1"])],
    ["shows one for this machine's name alone", selfSigned(["localhost"])],
  ])("a server that %s hears nothing: no role, no password", async ([, own]) => {
    await using server = await front(own);
    await expect(mintBy(server.port)).rejects.toMatchObject({ reason: "downstream_unavailable" });
    expect(server.heard.inside).toBe("");
    for (const said of [CANARY, desk.place.options.admin ?? "", desk.place.options.database])
      expect(server.heard.plain).not.toContain(said);
  });

  test("the right authority does not make another host's certificate the right one", async () => {
    const other = selfSigned(["10.0.0.1", "localhost"]);
    await using server = await front(other);
    const minted = postgres({ ...desk.place.options, port: server.port, ca: other.certificate }).mint(
      desk.authorityFor("rows.select", READ),
      desk.context(),
    );
    await expect(minted).rejects.toMatchObject({ reason: "downstream_unavailable" });
    expect(server.heard.inside).toBe("");
  });
});
