import type { AmountDeclaration } from "./argument-declaration.ts";
import type { DeclarationProblem } from "./declaration-problem.ts";
import type { HttpSettings, OperationDeclaration } from "./http-declaration.ts";
import { currencySource } from "./route.ts";

/** INVARIANT: how much an amount is, and in what, is known before it is compared with a limit; nothing here guesses. */
export function checkAmount(
  settings: HttpSettings,
  declared: OperationDeclaration,
  name: string,
  amount: AmountDeclaration,
): readonly DeclarationProblem[] {
  const problem = (message: string): DeclarationProblem[] => [{ path: ["arguments", name], message }];
  if (amount.optional === true && declared.access === "write")
    return problem("may be left out, and at many systems that means all of it");
  const source = currencySource(declared, name);
  if (source === "request")
    return amount.currency === undefined ? [] : problem("has its currency from the request and from a fact");
  if (source === "only")
    return amount.currencies.length === 1
      ? []
      : problem("has more than one currency, and neither request nor fact says which");
  if (amount.units === "decimal")
    return problem("is decimal, and how many decimals there are only the request or one currency can say");
  const [reference = "", fact = ""] = amount.currency?.fact.split(".") ?? [];
  const lookup = Object.hasOwn(settings.lookups, reference) ? settings.lookups[reference] : undefined;
  if (lookup === undefined || !Object.hasOwn(lookup.facts, fact))
    return problem(`takes its currency from ${reference}.${fact}, which no look-up gives`);
  const argument = Object.hasOwn(declared.arguments, reference) ? declared.arguments[reference] : undefined;
  return argument === undefined || argument.optional === true
    ? problem(`takes its currency from ${reference}, which this operation need not name`)
    : [];
}
