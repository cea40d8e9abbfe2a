import { readFile } from "node:fs/promises";
import {
  type Adapter,
  type AdapterContext,
  type Finding,
  type RevocationOutcome,
  SealedCredential,
  type ValueMap,
  findOperation,
  newAction,
  parseArguments,
  systemClock,
} from "@watchword/core";
import { BLANK, STAMP } from "./plan-live.ts";

/** An account at a real system that tests may read, as a file describes it. Secrets stand in files of their own. */
export interface LiveSandbox {
  readonly account: string;
  readonly settings?: ValueMap;
  /** Path of a file with the root secret; left out where there is none. */
  readonly secret?: string;
  /** Path of a file with a token of the trusted federation issuer, for systems that need one. */
  readonly assertion?: string;
  /** One read of an object that is the account's, and the resource where an operation needs it named. */
  readonly read: {
    readonly operation: string;
    readonly resource?: Readonly<Record<string, string>>;
    readonly arguments: ValueMap;
  };
}

/** What a real system answered. */
export interface LiveProof {
  readonly findings: readonly Finding[];
  /** Whether the mint granted no more than was asked. */
  readonly covered: boolean;
  /** Status of the read with the minted credential. */
  readonly status: number;
  readonly ended: RevocationOutcome;
  /** Status of the same read after that: systems differ in when a token that was ended is dead. */
  readonly statusAfter: number;
}

const PATIENCE_MILLISECONDS = 30_000;

/**
 * Goes the way of one read at a real system: self-check, look-up, mint, request, revocation, and the same request once more. Nothing is
 * written.
 *
 * @throws Refusal whatever the adapter does; TypeError for an operation that is no declared read
 *
 * @example
 * ```ts
 * const proof = await proveLive(github({ appId: 7 }), sandbox);
 * expect(proof).toMatchObject({ covered: true, status: 200 });
 * ```
 */
export async function proveLive(adapter: Adapter, sandbox: LiveSandbox): Promise<LiveProof> {
  const context = await contextOf(sandbox);
  const findings = await adapter.selfCheck(context);
  const entry = findOperation(adapter.catalogue, sandbox.read.operation);
  if (entry?.access !== "read") throw new TypeError("read.operation must be a declared read");
  const action = newAction({
    system: context.connection.system,
    operation: entry.name,
    resource: sandbox.read.resource ?? {},
    arguments: parseArguments(entry, sandbox.read.arguments),
  });
  const facts = await adapter.resolve(action, context);
  const authority = adapter.plan({ ...action, ...adapter.complete(action, facts, sandbox.account) });
  const minted = await adapter.mint(authority, context);
  const ask = async (): Promise<number> => {
    const { url, method, headers, body } = adapter.inject(
      adapter.enforce(authority, BLANK, STAMP),
      minted.credential,
    );
    const sent = { method, headers: { ...headers }, body: body === undefined ? null : new Uint8Array(body) };
    const response = await fetch(url, { ...sent, redirect: "manual", signal: context.signal });
    await response.body?.cancel();
    return response.status;
  };
  const status = await ask();
  const ended = await adapter.revoke(minted.credential, context);
  const covered = adapter.covers(authority, minted.granted);
  return { findings, covered, status, ended, statusAfter: await ask() };
}

async function contextOf({
  account,
  settings = {},
  secret,
  assertion,
}: LiveSandbox): Promise<AdapterContext> {
  const sealed = async (path: string): Promise<SealedCredential> =>
    new SealedCredential((await readFile(path, "utf8")).trim());
  const federation = assertion === undefined ? undefined : await sealed(assertion);
  return {
    connection: {
      tenant: "live",
      system: "live",
      account,
      settings,
      secret: secret === undefined ? new SealedCredential("there is none") : await sealed(secret),
    },
    fetch: (...given) => fetch(...given),
    clock: systemClock,
    signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    ...(federation === undefined ? {} : { federationToken: async () => federation }),
  };
}
