import { type Action, type Adapter, type Finding, newAction } from "@watchword/core";
import { mintingSystem } from "./minting-system.ts";

/** A downstream system with root secrets that come and go, whose tokens only the secret can end that they were minted with. */
export interface RotatingSystem {
  readonly adapter: Adapter;
  /** Root secrets that it accepts now. */
  readonly accepted: Set<string>;
  /** Living tokens, by the root secret that they were minted with. */
  readonly living: Map<string, string>;
  /** With which root secret each ended one was ended. */
  readonly ended: { readonly mintedWith: string; readonly endedWith: string }[];
  /** How often it was asked about a connection. */
  checks: number;
  /** What it says to a check, when it is not about the secret. */
  check: () => Promise<readonly Finding[]>;
}

export function rotatingSystem(accepted: readonly string[]): RotatingSystem {
  const { adapter } = mintingSystem();
  const system: RotatingSystem = {
    adapter: undefined as never,
    accepted: new Set(accepted),
    living: new Map(),
    ended: [],
    checks: 0,
    check: async () => [],
  };
  const rotating: Adapter = {
    ...adapter,
    mint: async (authority, context) => {
      const mintedWith = context.connection.secret.open((key) => key);
      if (!system.accepted.has(mintedWith)) throw new Error("the root secret is not known");
      const minted = await adapter.mint(authority, context);
      system.living.set(
        minted.credential.open((token) => token),
        mintedWith,
      );
      return minted;
    },
    revoke: async (credential, context) => {
      const endedWith = context.connection.secret.open((key) => key);
      const token = credential.open((text) => text);
      const mintedWith = system.living.get(token);
      if (mintedWith === undefined) return "already_dead";
      if (mintedWith !== endedWith) throw new Error("only its own root secret ends it");
      system.living.delete(token);
      system.ended.push({ mintedWith, endedWith });
      return "revoked";
    },
    selfCheck: async ({ connection }) => {
      system.checks++;
      const known = connection.secret.open((key) => system.accepted.has(key));
      if (!known) return [{ severity: "error", text: "the root secret is not known" }];
      return system.check();
    },
  };
  return Object.assign(system, { adapter: rotating });
}

/** An action that mints at it. */
export const close = (ticket: string, txn?: string): Action =>
  newAction({
    system: "tickets",
    operation: "tickets.close",
    resource: {},
    arguments: { ticket },
    ...(txn === undefined ? {} : { txn }),
  });
