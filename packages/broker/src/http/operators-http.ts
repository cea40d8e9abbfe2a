import { Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { Operator } from "../operators/identify-operator.ts";
import { openApiDocument } from "../operators/open-api-document.ts";
import type { OperatorOperation } from "../operators/operator-operation.ts";
import { OPERATOR_OPERATIONS } from "../operators/operator-operations.ts";
import type { Operators } from "../operators/operators.ts";
import { answerJson } from "./answer-json.ts";
import { answerOperatorRefusal } from "./answer-operator.ts";
import { paceStrangers } from "./pace-strangers.ts";
import { readOperatorInput, readOperatorToken, refusePages } from "./read-operator-request.ts";
import type { PaceTime } from "./strangers-pace.ts";

/** Options of {@link operatorsHttp}. */
export interface OperatorsHttpOptions {
  readonly operators: Operators;
  /** Is told of every refusal; for logs. It decides nothing. */
  readonly onRefusal?: (refusal: Refusal, operation: string) => void;
  /** By which time strangers are paced; for tests. */
  readonly time?: PaceTime;
}

/**
 * The operators' API, for a listener of its own that no agent reaches: one route for each operation of the table, and `GET
 * /v1/openapi.json`, which describes them. Operators come with their own token as `Authorization: Bearer`.
 *
 * @example
 * ```ts
 * listener.serve((request) => operatorsHttp({ operators }).fetch(request));
 * ```
 */
export function operatorsHttp({ operators, onRefusal = () => undefined, time }: OperatorsHttpOptions): Hono {
  const app = new Hono();
  app.use(paceStrangers(time));
  const description = openApiDocument();
  app.get("/v1/openapi.json", () => answerJson(200, description));
  const methods = new Map<string, string[]>();
  for (const [name, operation] of OPERATOR_OPERATIONS) {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ":$1");
    methods.set(path, [...(methods.get(path) ?? []), operation.method]);
    app.on(operation.method, path, ({ req }) =>
      answer(operators, [name, operation], { request: req.raw, params: req.param(), onRefusal }),
    );
  }
  for (const [path, allowed] of methods)
    app.all(path, () => {
      const response = answerJson(405, { error: "invalid_request" });
      response.headers.set("allow", allowed.join(", "));
      return response;
    });
  app.notFound(() => answerJson(404, { error: "not_found" }));
  app.onError((error) => answerOperatorRefusal(Refusal.from(error, "internal"), false));
  return app;
}

async function answer(
  operators: Operators,
  [name, operation]: readonly [string, OperatorOperation],
  asked: {
    readonly request: Request;
    readonly params: Readonly<Record<string, string>>;
    readonly onRefusal: (refusal: Refusal, operation: string) => void;
  },
): Promise<Response> {
  const { request, params } = asked;
  let operator: Operator | undefined;
  try {
    refusePages(request);
    operator = await operators.identify(readOperatorToken(request));
    const done = await operators.perform(operator, name, () => readOperatorInput(request, params, operation));
    return answerJson(200, done as object);
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    asked.onRefusal(refusal, name);
    return answerOperatorRefusal(refusal, operator !== undefined);
  }
}
