import type { Operation } from "@watchword/core";
import type { Context, MiddlewareHandler } from "hono";
import { answerRefusal } from "./answer-refusal.ts";
import type { ReadArguments } from "./expected-action.ts";
import { tokenVerifier } from "./token-verifier.ts";
import type { VerifiedAction } from "./verified-action.ts";
import { VerifiedRequests } from "./verified-requests.ts";
import type { VerifyOptions } from "./verify-options.ts";

/** What a Hono application needs of a service's tokens. */
export interface HonoVerification {
  /**
   * Lets a request through whose token is for this operation, with the arguments that `read` finds in the request: each of
   * them. `tenant` names the tenant where the request does.
   */
  readonly requireOperation: <Wanted extends string | Operation, Path extends string = string>(
    operation: Wanted,
    // oxlint-disable-next-line typescript/no-explicit-any -- any environment: Hono's own handlers are written like this
    read: (context: Context<any, Path>) => ReadArguments<Wanted> | Promise<ReadArguments<Wanted>>,
    // oxlint-disable-next-line typescript/no-explicit-any -- as above
    more?: { readonly tenant?: (context: Context<any, Path>) => string | undefined },
    // oxlint-disable-next-line typescript/no-explicit-any -- as above
  ) => MiddlewareHandler<any, Path>;
  /** What the request may do. @throws Refusal `caller_unknown` on a route without `requireOperation` */
  readonly verified: (context: Context) => VerifiedAction;
}

/**
 * Takes the broker's access tokens in a Hono application.
 *
 * @throws Refusal `configuration_invalid`
 *
 * @example
 * ```ts
 * const { requireOperation, verified } = verifyToken({ issuer, audience });
 * app.get("/orders/:order", requireOperation("orders.read", (c) => c.req.param()), (c) => c.json(read(verified(c))));
 * ```
 */
export function verifyToken(options: VerifyOptions): HonoVerification {
  const verifier = tokenVerifier(options);
  const requests = new VerifiedRequests();
  return Object.freeze<HonoVerification>({
    requireOperation:
      (operation, read, { tenant } = {}) =>
      async (context, next) => {
        const { raw, method } = context.req;
        const { pathname, search } = new URL(raw.url);
        try {
          const action = await verifier.verify(
            {
              method,
              target: `${pathname}${search}`,
              authorization: headerOf(raw, "authorization"),
              dpop: headerOf(raw, "dpop"),
            },
            {
              operation,
              arguments: () => read(context),
              ...(tenant === undefined ? {} : { tenant: () => tenant(context) }),
            },
          );
          requests.set(context, action);
        } catch (error) {
          const { status, headers, body } = answerRefusal(error);
          return new Response(body, { status, headers });
        }
        await next();
      },
    verified: (context) => requests.of(context),
  });
}

/** Repeated headers are one text with a comma here, which no token and no proof has. */
function headerOf({ headers }: Request, name: string): readonly string[] {
  const value = headers.get(name);
  return value === null ? [] : [value];
}
