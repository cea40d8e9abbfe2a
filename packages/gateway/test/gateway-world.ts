import { type IncomingHttpHeaders, type Server, type ServerResponse, createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import {
  type Adapter,
  type Authority,
  type Clock,
  type Refusal,
  type Signer,
  generateSigner,
  signProof,
} from "@watchword/core";
import { type GatewayOptions, createGateway, listen } from "../src/index.ts";
import { LeaseDesk } from "./lease-desk.ts";
import { paymentsAdapter } from "./payments-adapter.ts";

/** One request as the downstream system saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A downstream system on loopback: it writes down what reaches it, and answers as told. */
export interface Downstream {
  readonly url: string;
  readonly seen: Seen[];
  answer: (response: ServerResponse, seen: Seen) => void;
  readonly server: Server;
}

export const REFUND: Authority = {
  system: "payments",
  operation: "refunds.create",
  access: "write",
  resource: { account: "acct.acme" },
  arguments: { charge: "ch.1", amount: { minor: 4_200, currency: "USD" } },
  native: {},
};
export const READ: Authority = {
  ...REFUND,
  operation: "charges.retrieve",
  access: "read",
  arguments: { charge: "ch.1" },
};

const NOW = 1_800_000_000;

/** A real listener in front of a gateway, a fake directory behind it, and a downstream system that must stay silent. */
export class GatewayWorld implements AsyncDisposable {
  readonly desk = new LeaseDesk();
  readonly refusals: Refusal[] = [];
  readonly clock: Clock = { now: () => NOW * 1000 };
  readonly downstream: Downstream;
  readonly url: string;
  readonly signer: Signer;
  readonly #close: () => Promise<void>;

  private constructor(parts: {
    downstream: Downstream;
    url: string;
    signer: Signer;
    close: () => Promise<void>;
  }) {
    this.downstream = parts.downstream;
    this.url = parts.url;
    this.signer = parts.signer;
    this.#close = parts.close;
  }

  static async open(
    options: { adapter?: (url: string) => Partial<Adapter>; gateway?: Partial<GatewayOptions> } = {},
  ): Promise<GatewayWorld> {
    const downstream = await startDownstream();
    const listener = await listen({ host: "127.0.0.1", port: 0 });
    const world = new GatewayWorld({
      downstream,
      url: listener.url,
      signer: await generateSigner(),
      close: () => listener.close(),
    });
    const adapter = paymentsAdapter(downstream.url, options.adapter?.(downstream.url));
    const gateway = createGateway({
      url: listener.url,
      leases: world.desk,
      systems: { payments: adapter, other: adapter },
      clock: world.clock,
      onRefusal: (refusal) => void world.refusals.push(refusal),
      ...options.gateway,
    });
    listener.serve(gateway.fetch);
    return world;
  }

  /** Headers that open a lease for exactly this target. */
  async credentials(
    handle: string,
    method: string,
    path: string,
    signer: Signer = this.signer,
  ): Promise<Record<string, string>> {
    const proof = await signProof(signer, { method, url: `${this.url}${path}`, token: handle }, NOW);
    return { authorization: `DPoP ${handle}`, dpop: proof };
  }

  /** Sends the refund of {@link REFUND}, or something else in its place. */
  async refund(
    handle: string,
    changes: { body?: string; headers?: Record<string, string>; path?: string } = {},
  ): Promise<Response> {
    const path = changes.path ?? "/payments/v1/refunds";
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      ...(await this.credentials(handle, "POST", path)),
      ...changes.headers,
    };
    return fetch(`${this.url}${path}`, {
      method: "POST",
      headers,
      body: changes.body ?? "charge=ch.1&amount=4200",
      redirect: "manual",
    });
  }

  async read(handle: string): Promise<Response> {
    const path = "/payments/v1/charges/ch.1";
    return fetch(`${this.url}${path}`, {
      headers: await this.credentials(handle, "GET", path),
      redirect: "manual",
    });
  }

  /** Writes bytes to the listener and gives everything that comes back: for requests that no client would send. */
  raw(lines: string): Promise<string> {
    const { hostname, port } = new URL(this.url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(lines));
      text(socket).then(resolve, reject);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    this.downstream.server.closeAllConnections();
    await new Promise((resolve) => this.downstream.server.close(resolve));
  }
}

/** Starts a downstream system that answers 200 with a refund. */
export async function startDownstream(): Promise<Downstream> {
  const seen: Seen[] = [];
  const server = createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      const request = {
        method: incoming.method ?? "",
        url: incoming.url ?? "",
        headers: incoming.headers,
        body,
      };
      seen.push(request);
      downstream.answer(outgoing, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const downstream: Downstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    server,
    answer: (response) =>
      response.writeHead(200, { "content-type": "application/json" }).end('{"id":"re.1"}'),
  };
  return downstream;
}

/** The reason that the gateway gives for a refusal. */
export function reasonOf(response: Response): string | null {
  return response.headers.get("watchword-reason");
}
