import type { IncomingMessage, ServerResponse } from "node:http";
import type { Operation } from "@watchword/core";
import { answerRefusal } from "./answer-refusal.ts";
import type { ReadArguments } from "./expected-action.ts";
import { rawHeader } from "./presented-request.ts";
import { tokenVerifier } from "./token-verifier.ts";
import type { VerifiedAction } from "./verified-action.ts";
import { VerifiedRequests } from "./verified-requests.ts";
import type { VerifyOptions } from "./verify-options.ts";

/** What of Express's request is needed. */
export type ExpressRequest = IncomingMessage & { readonly originalUrl: string };

/** A middleware as Express takes it. */
export type ExpressHandler<Request> = (
  request: Request,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** What an Express application needs of a service's tokens. */
export interface ExpressVerification {
  /**
   * Lets a request through whose token is for this operation, with the arguments that `read` finds in the request: each of
   * them. `tenant` names the tenant where the request does. What reads bodies comes before it.
   */
  readonly requireOperation: <Wanted extends string | Operation, Request extends ExpressRequest>(
    operation: Wanted,
    read: (request: Request) => ReadArguments<Wanted> | Promise<ReadArguments<Wanted>>,
    more?: { readonly tenant?: (request: Request) => string | undefined },
  ) => ExpressHandler<Request>;
  /** What the request may do. @throws Refusal `caller_unknown` on a route without `requireOperation` */
  readonly verified: (request: ExpressRequest) => VerifiedAction;
}

/**
 * Takes the broker's access tokens in an Express application.
 *
 * @throws Refusal `configuration_invalid`
 *
 * @example
 * ```ts
 * const { requireOperation, verified } = verifyToken({ issuer, audience });
 * app.get("/orders/:order", requireOperation("orders.read", (req) => req.params), (req, res) => res.json(read(verified(req))));
 * ```
 */
export function verifyToken(options: VerifyOptions): ExpressVerification {
  const verifier = tokenVerifier(options);
  const requests = new VerifiedRequests();
  return Object.freeze<ExpressVerification>({
    requireOperation:
      (operation, read, { tenant } = {}) =>
      (request, response, next) => {
        const presented = {
          method: request.method ?? "",
          target: request.originalUrl,
          authorization: rawHeader(request.rawHeaders, "authorization"),
          dpop: rawHeader(request.rawHeaders, "dpop"),
        };
        verifier
          .verify(presented, {
            operation,
            arguments: () => read(request),
            ...(tenant === undefined ? {} : { tenant: () => tenant(request) }),
          })
          .then((action) => requests.set(request, action))
          .then(
            () => next(),
            (error: unknown) => {
              const { status, headers, body } = answerRefusal(error);
              response.writeHead(status, { ...headers }).end(body);
            },
          );
      },
    verified: (request) => requests.of(request),
  });
}
