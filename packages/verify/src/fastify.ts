import type { IncomingMessage } from "node:http";
import type { Operation } from "@watchword/core";
import { answerRefusal } from "./answer-refusal.ts";
import type { ReadArguments } from "./expected-action.ts";
import { rawHeader } from "./presented-request.ts";
import { tokenVerifier } from "./token-verifier.ts";
import type { VerifiedAction } from "./verified-action.ts";
import { VerifiedRequests } from "./verified-requests.ts";
import type { VerifyOptions } from "./verify-options.ts";

/** What of Fastify's request is needed. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}

/** What of Fastify's reply is needed. */
export interface FastifyReplyLike {
  code(status: number): FastifyReplyLike;
  headers(values: Record<string, string>): FastifyReplyLike;
  send(body: string): FastifyReplyLike;
}

/** What a Fastify application needs of a service's tokens. */
export interface FastifyVerification {
  /**
   * A `preHandler` that lets a request through whose token is for this operation, with the arguments that `read` finds in the
   * request: each of them. `tenant` names the tenant where the request does.
   */
  readonly requireOperation: <Wanted extends string | Operation, Request extends FastifyRequestLike>(
    operation: Wanted,
    read: (request: Request) => ReadArguments<Wanted> | Promise<ReadArguments<Wanted>>,
    more?: { readonly tenant?: (request: Request) => string | undefined },
  ) => (request: Request, reply: FastifyReplyLike) => Promise<unknown>;
  /** What the request may do. @throws Refusal `caller_unknown` on a route without `requireOperation` */
  readonly verified: (request: FastifyRequestLike) => VerifiedAction;
}

/**
 * Takes the broker's access tokens in a Fastify application.
 *
 * @throws Refusal `configuration_invalid`
 *
 * @example
 * ```ts
 * const { requireOperation, verified } = verifyToken({ issuer, audience });
 * const preHandler = requireOperation("orders.read", (request: FastifyRequest<Order>) => request.params);
 * app.get<Order>("/orders/:order", { preHandler }, (request) => read(verified(request)));
 * ```
 */
export function verifyToken(options: VerifyOptions): FastifyVerification {
  const verifier = tokenVerifier(options);
  const requests = new VerifiedRequests();
  return Object.freeze<FastifyVerification>({
    requireOperation:
      (operation, read, { tenant } = {}) =>
      async (request, reply) => {
        const { raw } = request;
        const presented = {
          method: raw.method ?? "",
          target: raw.url ?? "",
          authorization: rawHeader(raw.rawHeaders, "authorization"),
          dpop: rawHeader(raw.rawHeaders, "dpop"),
        };
        try {
          const action = await verifier.verify(presented, {
            operation,
            arguments: () => read(request),
            ...(tenant === undefined ? {} : { tenant: () => tenant(request) }),
          });
          requests.set(request, action);
          return undefined;
        } catch (error) {
          const { status, headers, body } = answerRefusal(error);
          return reply
            .code(status)
            .headers({ ...headers })
            .send(body);
        }
      },
    verified: (request) => requests.of(request),
  });
}
