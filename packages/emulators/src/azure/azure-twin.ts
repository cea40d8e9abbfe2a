import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { systemClock } from "@watchword/core";
import { type FrontAnswer, type OrdersServer, ordersServer } from "../http/orders-server.ts";
import type { KeySeed } from "../http/twin-options.ts";
import { Entra, type EntraToken } from "./entra.ts";
import { EntraProblem } from "./entra-problem.ts";
import type { AzureMischief, AzureTwinOptions } from "./twin-options.ts";

/** A running twin: Entra ID, and an API with orders that takes its tokens. Each has its own state, gone with it. `url` is both's. */
export interface AzureTwin extends OrdersServer {
  /** Every token that was given, oldest first. */
  readonly tokens: readonly EntraToken[];
  /** A token as if the app had asked for it. @throws TypeError for an app that the directory does not have */
  give(directory: string, clientId: string): string;
  /** Whether a token still opens anything. */
  alive(token: string): boolean;
  /** Gives something else than is expected from now on, until `null`. */
  misbehave(mischief: AzureMischief | null): void;
}

/**
 * Starts a local stand-in for Microsoft Entra ID and an API with orders behind it: apps with federated credentials, whose tokens carry
 * all of their roles and cannot be ended. It refuses what Entra refuses, with its numbers.
 *
 * @example
 * ```ts
 * await using twin = await azureTwin({ accounts, resource: "api://orders", directories, issuers });
 * ```
 */
export async function azureTwin(options: AzureTwinOptions): Promise<AzureTwin> {
  const { clock = systemClock, signingKey } = options;
  const key = signingKey ?? (await newPair("rsa", { modulusLength: 2048 })).privateKey;
  const entra = new Entra(options, key);
  const nowSeconds = (): number => Math.floor(clock.now() / 1_000);
  const server = await ordersServer({ ...options, clock }, (url) => ({
    answer(incoming, request): FrontAnswer | undefined {
      const [, discovered] =
        /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/.exec(request.path) ?? [];
      if (discovered !== undefined) return discovery(url, discovered);
      const [, directory] = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(request.path) ?? [];
      if (directory === undefined) return undefined;
      const lookUp = (incoming.headers["user-agent"] ?? "").endsWith("-resolve");
      try {
        const body = entra.token(directory, new URLSearchParams(request.body), nowSeconds());
        return { status: 200, body, kind: lookUp ? "resolve" : "mint" };
      } catch (error) {
        if (error instanceof EntraProblem) return error.answer(clock.now(), lookUp);
        throw error;
      }
    },
    keyOf(_incoming, { presented }) {
      const [, value = ""] = /^Bearer (\S+)$/i.exec(presented.authorization ?? "") ?? [];
      const token = entra.opened(value, nowSeconds());
      return token === undefined ? undefined : keyFor(options, token);
    },
  }));
  return {
    ...server,
    tokens: entra.tokens,
    give: (directory, clientId) => entra.give(directory, clientId, nowSeconds()),
    alive: (token) => entra.opened(token, nowSeconds()) !== undefined,
    misbehave(mischief) {
      entra.mischief = mischief;
    },
  };
}

/** What stock clients read before they ask for a token. */
function discovery(url: string, directory: string): FrontAnswer {
  const below = `${url}/${directory}`;
  const body = {
    issuer: `${below}/v2.0`,
    authorization_endpoint: `${below}/oauth2/v2.0/authorize`,
    token_endpoint: `${below}/oauth2/v2.0/token`,
    jwks_uri: `${below}/discovery/v2.0/keys`,
  };
  return { status: 200, body, kind: "resolve" };
}

const newPair = promisify(generateKeyPair);

function keyFor(
  { directories }: AzureTwinOptions,
  { token, roles, directory, clientId }: EntraToken,
): KeySeed {
  const write = roles.includes("Orders.ReadWrite");
  const read = write || roles.includes("Orders.Read");
  const accounts = directories[directory]?.[clientId]?.accounts ?? [];
  return { secret: token, orders: write ? "write" : read ? "read" : "none", accounts };
}
