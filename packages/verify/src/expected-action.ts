import {
  type AccessClaims,
  type Operation,
  Refusal,
  type ValueMap,
  digestOf,
  isValueMap,
  parseArguments,
} from "@watchword/core";

/** Arguments as the service read them from its request. Members that are `undefined` are not there. */
export type ReadArguments<Wanted extends string | Operation> = Wanted extends Operation
  ? Wanted["example"]
  : Readonly<Record<string, unknown>>;

/** What a request is about to do, as the service understands it. */
export interface ExpectedAction<Wanted extends string | Operation = string | Operation> {
  /** Its name; or the catalogue's entry, by whose schema arguments are read. */
  readonly operation: Wanted;
  /** Every argument, as the request has it. Asked for once the token itself is good. */
  readonly arguments: () => ReadArguments<Wanted> | Promise<ReadArguments<Wanted>>;
  /** The tenant that the request names, where it names one. */
  readonly tenant?: (() => string | undefined) | undefined;
}

/**
 * INVARIANT: a token is taken for the operation, the tenant and the arguments that it names, all of them, and for nothing else.
 *
 * @throws Refusal `request_mismatch`, `tenant_mismatch`
 */
export async function requireAction(claims: AccessClaims, expected: ExpectedAction): Promise<void> {
  const [{ actions, access, resource, arguments_digest: digest }] = claims.authorization_details;
  const { operation } = expected;
  if (actions[0] !== (typeof operation === "string" ? operation : operation.name))
    throw mismatch("the token is for another operation");
  if (typeof operation !== "string" && access !== operation.access)
    throw mismatch(`the token is for a ${access}`);
  const tenant = resource["tenant"];
  if (tenant === undefined) throw mismatch("the token names no tenant");
  if (expected.tenant !== undefined && expected.tenant() !== tenant)
    throw new Refusal("tenant_mismatch", {
      detail: "the request names another tenant",
      failedFact: "tenant",
    });
  if (digestOf(await readArguments(expected)) !== digest) throw mismatch("the token is for other arguments");
}

async function readArguments({ operation, arguments: read }: ExpectedAction): Promise<ValueMap> {
  let given: unknown;
  try {
    given = await read();
  } catch (error) {
    throw Refusal.from(error, "request_malformed", { failedFact: "action" });
  }
  if (typeof given !== "object" || given === null) throw mismatch("the request has no arguments");
  const values = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (typeof operation !== "string") return parseArguments(operation, values);
  if (!isValueMap(values)) throw mismatch("the request's arguments are not values");
  return values;
}

function mismatch(detail: string): Refusal {
  return new Refusal("request_mismatch", { detail, failedFact: "action" });
}
