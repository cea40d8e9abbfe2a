import { Refusal, issuePaths } from "@watchword/core";
import { z } from "zod";
import type { OperatorRole } from "./operator-role.ts";
import type { OperatorScope } from "./operator-scope.ts";

/** A request as it arrived, read and not checked. */
export interface OperatorInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** What stands in the table of operations: routes, roles and description come from it alone. */
export interface OperatorOperation {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With `{name}` for each parameter. */
  readonly path: string;
  /** One sentence. */
  readonly summary: string;
  /** Any of them may. */
  readonly roles: readonly OperatorRole[];
  /** `everywhere`: not for those who see one tenant only. */
  readonly reach: "tenant" | "everywhere";
  /** `fresh`: it changes something, or opens what is personal. */
  readonly login: "any" | "fresh";
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** `undefined`: there is none. */
  readonly body: z.ZodType | undefined;
  readonly answer: z.ZodType;
  /**
   * Checks the input, does it, and lets out what the answer's schema names and nothing else.
   *
   * @throws Refusal `request_malformed`, and whatever the operation refuses
   */
  readonly perform: (scope: OperatorScope, input: OperatorInput) => Promise<unknown>;
}

type Definition<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> = Omit<OperatorOperation, "params" | "query" | "body" | "answer" | "perform"> & {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer: Answer;
  readonly run: (
    scope: OperatorScope,
    input: {
      readonly params: z.output<Params>;
      readonly query: z.output<Query>;
      readonly body: z.output<Body>;
    },
  ) => Promise<z.input<Answer>>;
};

/** Makes one entry of the table. */
export function operatorOperation<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
>(definition: Definition<Params, Query, Body, Answer>): OperatorOperation {
  const { run, answer, body, ...rest } = definition;
  const params = definition.params ?? z.strictObject({});
  const query = definition.query ?? z.strictObject({});
  return Object.freeze<OperatorOperation>({
    ...rest,
    params,
    query,
    body,
    answer,
    perform: async (scope, input) => {
      const result = await run(scope, {
        params: read(params, input.params) as z.output<Params>,
        query: read(query, input.query) as z.output<Query>,
        body: read(body ?? z.undefined(), input.body) as z.output<Body>,
      });
      // INVARIANT: what the description does not name is not in an answer, whatever a room hands over.
      return answer.parse(result);
    },
  });
}

function read(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal("request_malformed", {
    detail: `the request is not as described: ${issuePaths(parsed.error)}`,
  });
}
