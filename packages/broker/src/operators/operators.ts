import { Refusal } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { recordRefusal } from "../record-refusal.ts";
import { chooseHat } from "./choose-hat.ts";
import { type Operator, type OperatorHat, identifyOperator } from "./identify-operator.ts";
import type { OperatorInput, OperatorOperation } from "./operator-operation.ts";
import { OPERATOR_OPERATIONS } from "./operator-operations.ts";
import type { OperatorSettings } from "./operator-options.ts";
import type { OperatorRooms } from "./operator-scope.ts";

/** What people and jobs do who run a broker. */
export interface Operators {
  /**
   * Who somebody is, by their token.
   *
   * @throws Refusal as the token's verifier refuses; `operator_not_allowed` for a login that is declared under no name
   */
  identify(token: string): Promise<Operator>;
  /**
   * Does one operation of the table for a verified operator, if one of their roles may. Refusals are recorded before they are
   * thrown. `read` gives the request; it is not called for whoever may not do this at all.
   *
   * @throws Refusal `operator_not_allowed`, `login_refused`, `request_malformed`, `not_found`, and as the operation refuses
   */
  perform(operator: Operator, operation: string, read: () => Promise<OperatorInput>): Promise<unknown>;
}

/** The operators of a broker; `undefined`: nobody is declared as one. */
export function operators(
  context: BrokerContext,
  settings: OperatorSettings | undefined,
  rooms: OperatorRooms,
): Operators | undefined {
  if (settings === undefined) return undefined;
  return Object.freeze<Operators>({
    identify: (token) => identifyOperator(context, settings, token),
    perform: (operator, operation, read) => perform(context, rooms, operator, operation, read),
  });
}

async function perform(
  context: BrokerContext,
  rooms: OperatorRooms,
  operator: Operator,
  name: string,
  read: () => Promise<OperatorInput>,
): Promise<unknown> {
  let hat: OperatorHat | undefined;
  try {
    const operation = OPERATOR_OPERATIONS.get(name);
    if (operation === undefined) throw unknownOperation();
    hat = chooseHat(context, operator, operation);
    return await operation.perform(scopeOf(context, rooms, operator, hat), await read());
  } catch (error) {
    throw await refused(context, { operator, hat, name }, Refusal.from(error, "internal"));
  }
}

function scopeOf(
  context: BrokerContext,
  rooms: OperatorRooms,
  operator: Operator,
  hat: OperatorHat,
): Parameters<OperatorOperation["perform"]>[0] {
  return { ...rooms, context, operator, by: byOf(operator, hat.name), tenant: hat.tenant };
}

/** Records who was refused what, and gives what to answer. */
function refused(
  context: BrokerContext,
  asked: { readonly operator: Operator; readonly hat: OperatorHat | undefined; readonly name: string },
  refusal: Refusal,
): Promise<Refusal> {
  const { operator, hat, name } = asked;
  return recordRefusal(context, refusal, {
    kind: "operator",
    at: context.clock.now(),
    tenant: hat?.tenant ?? null,
    body: {
      outcome: "refused",
      operation: OPERATOR_OPERATIONS.has(name) ? name : "unknown",
      reason: refusal.reason,
    },
    personal: {
      by: byOf(operator, hat?.name ?? operator.hats.map((one) => one.name).join(" ")),
      detail: refusal.message,
    },
  });
}

function byOf({ issuer, subject }: Operator, name: string): string {
  return `${name}: ${issuer} ${subject}`;
}

function unknownOperation(): Refusal {
  return new Refusal("operator_not_allowed", { detail: "there is no such operation", failedFact: "action" });
}
