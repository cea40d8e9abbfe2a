import { z } from "zod";
import { ArgumentDeclaration } from "./argument-declaration.ts";
import { TOKEN_SECONDS, WAITED_SECONDS } from "./token-seconds.ts";

const CodeName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_]{0,63}$/, { error: "must begin with a small letter and hold letters and digits" })
  .refine((name) => name !== "constructor" && name !== "prototype", { error: "is a forbidden name" });

/** One statement that agents may ask for, as a team declares it. */
export const StatementDeclaration = z.strictObject({
  /** `orders.by_customer`, as policies name it. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/, { error: "must be like orders.by_customer" }),
  access: z.enum(["read", "write"]),
  /** One line for people, in approvals and documentation. */
  title: z.string().min(1).max(200),
  /** The statement, with `{argument}` where a value is bound. */
  statement: z.string().min(1).max(16_384),
  arguments: z.record(CodeName, ArgumentDeclaration).default({}),
  /** Seconds after which Snowflake itself cancels it: no more than a token lives, since its lease ends with that. Default 25. */
  timeoutSeconds: z.int().min(1).max(TOKEN_SECONDS).default(WAITED_SECONDS),
  /** Answered at once with the handle alone, while it runs on. */
  async: z.literal(true).optional(),
  /** Arguments for documentation, tests and the boundary matrix. */
  example: z.record(z.string(), z.unknown()),
});
export type StatementDeclaration = z.output<typeof StatementDeclaration>;

/** Statements by the names that code uses: `{ ordersByCustomer: { name: "orders.by_customer", … } }`. */
export const StatementDeclarations = z
  .record(CodeName, StatementDeclaration)
  .refine((statements) => Object.keys(statements).length > 0, { error: "must declare a statement" });
