import { type Clock, REASONS, type Reason, Refusal, numericDate, verifyProof } from "@watchword/core";

/** A handle that the fake broker gave out. */
export interface FakeHandle {
  /** Thumbprint of the run key that it is bound to. */
  readonly key: string;
  used: boolean;
}

/** What a fake gateway shares with its broker. */
export interface FakeGatewayOptions {
  readonly handles: ReadonlyMap<string, FakeHandle>;
  readonly clock: Clock;
  /** Gets every request that reached the system. */
  readonly requests: Request[];
  /** The system's own origin. */
  readonly origin: string;
  /** A credential that tools hold themselves: they send it to the system, past the gateway. */
  readonly released: string | undefined;
  readonly refuses: Reason | undefined;
  readonly respond: ((request: Request) => Response | Promise<Response>) | undefined;
}

/** A gateway with its system as one `fetch`: it insists on proof and single use, and compares nothing. */
export function fakeGateway(options: FakeGatewayOptions): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    if (isReleased(options, request)) {
      options.requests.push(request);
      return (await options.respond?.(request.clone())) ?? Response.json({});
    }
    try {
      await open(options, request);
    } catch (error) {
      const { reason } = Refusal.from(error, "internal");
      const { oauth, status } = REASONS[reason];
      return Response.json({ error: oauth, reason }, { status, headers: { "watchword-reason": reason } });
    }
    const seen = await readdress(request, options.origin);
    options.requests.push(seen);
    return (await options.respond?.(seen.clone())) ?? Response.json({});
  };
}

function isReleased({ released, origin }: FakeGatewayOptions, { url, headers }: Request): boolean {
  return (
    released !== undefined &&
    new URL(url).origin === origin &&
    headers.get("authorization") === `Bearer ${released}`
  );
}

async function open({ handles, clock, refuses }: FakeGatewayOptions, request: Request): Promise<void> {
  const { origin, pathname } = new URL(request.url);
  const handle = (request.headers.get("authorization") ?? "").replace(/^DPoP /, "");
  const lease = handles.get(handle);
  if (lease === undefined) throw new Refusal("lease_unknown");
  const target = { method: request.method, url: `${origin}${pathname}`, token: handle };
  const proof = await verifyProof(request.headers.get("dpop"), target, numericDate(clock));
  if (proof.thumbprint !== lease.key) throw new Refusal("proof_invalid");
  if (lease.used) throw new Refusal("lease_used");
  if (refuses !== undefined) throw new Refusal(refuses);
  lease.used = true;
}

/** The request as the tool wrote it: the system's address, and nothing of handle and proof. */
async function readdress(request: Request, origin: string): Promise<Request> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  for (const name of ["authorization", "dpop"]) headers.delete(name);
  const body = request.body === null ? {} : { body: await request.arrayBuffer() };
  return new Request(`${origin}${pathname.replace(/^\/[^/]+/, "")}${search}`, {
    method: request.method,
    headers,
    ...body,
  });
}
