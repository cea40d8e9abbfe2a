import { z } from "zod";
import { ArgumentDeclaration } from "./argument-declaration.ts";

const isStrictObject = (value: unknown): value is z.ZodObject => value instanceof z.ZodObject;

/** Methods with a JSON body; the others have a query. */
export const WITH_BODY: readonly string[] = ["POST", "PUT", "PATCH"];

/** One operation of a team's own service, as the team declares it. */
export const ServiceOperation = z.strictObject({
  /** `orders.read` */
  name: z.string().regex(/^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/, { error: "must be like orders.read" }),
  access: z.enum(["read", "write"]),
  /** One line for people, in approvals and documentation. */
  title: z.string().min(1).max(200),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
  /** `/orders/{order}`: an argument in braces stands there; the others stand in the query, or in the JSON body of POST, PUT and PATCH. */
  path: z.string().max(512),
  /** By name; or a strict object of zod, which gives bindings their types. */
  arguments: z.union([
    z.custom<z.ZodObject>(isStrictObject, { error: "must be arguments by name, or a strict object of zod" }),
    z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/), ArgumentDeclaration),
  ]),
  /** Arguments for documentation, tests and the boundary matrix. */
  example: z.record(z.string(), z.unknown()),
  /** Members of a write's answer that name what it touched, by the name that the ledger gives them. Default `{ id: "id" }`. */
  ids: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), z.string().min(1).max(64)).optional(),
});
export type ServiceOperation = z.output<typeof ServiceOperation>;

/** Operations of a service by the names that code uses: `{ ordersRead: { name: "orders.read", … } }`. */
export const ServiceOperations = z
  .record(z.string().regex(/^[a-zA-Z][A-Za-z0-9]{0,63}$/), ServiceOperation)
  .refine((operations) => Object.keys(operations).length > 0, { error: "must declare an operation" });
export type ServiceOperations = Readonly<Record<string, z.input<typeof ServiceOperation>>>;
