import type { Value, ValueMap } from "@watchword/core";
import type { AmountDeclaration, ArgumentDeclaration } from "./argument-declaration.ts";
import { readDecimal, readInteger, readText } from "./placed-text.ts";
import type { ArgumentPart } from "./placement.ts";
import { requestMismatch } from "./request-mismatch.ts";

/** Arguments as they are found at their places, put together again. */
export class ArgumentParts {
  readonly #declared: Readonly<Record<string, ArgumentDeclaration>>;
  readonly #found = new Map<string, Map<ArgumentPart, Value>>();

  constructor(declared: Readonly<Record<string, ArgumentDeclaration>>) {
    this.#declared = declared;
  }

  /** What stands in a path or query, which hold text alone. @throws Refusal `request_mismatch` */
  addText(name: string, part: ArgumentPart, text: string): void {
    const declared = this.#declaredOf(name);
    if (declared.type !== "money") return this.add(name, part, readText(declared, text));
    this.add(name, part, part === "minor" && declared.units === "minor" ? readInteger(text) : text);
  }

  /** What stands in a body. @throws Refusal `request_mismatch` */
  add(name: string, part: ArgumentPart, value: Value): void {
    const parts = this.#found.get(name) ?? new Map<ArgumentPart, Value>();
    if (parts.has(part)) throw requestMismatch("an argument is repeated");
    this.#found.set(name, parts.set(part, value));
  }

  /** The arguments. @throws Refusal `request_mismatch` for half an amount */
  whole(): ValueMap {
    return Object.fromEntries(
      [...this.#found].map(([name, parts]) => {
        const declared = this.#declaredOf(name);
        return [name, declared.type === "money" ? readAmount(declared, parts) : (parts.get("whole") ?? "")];
      }),
    );
  }

  #declaredOf(name: string): ArgumentDeclaration {
    const declared = Object.hasOwn(this.#declared, name) ? this.#declared[name] : undefined;
    if (declared === undefined) throw requestMismatch("an argument is not declared");
    return declared;
  }
}

function readAmount(declared: AmountDeclaration, parts: ReadonlyMap<ArgumentPart, Value>): ValueMap {
  const [written, code] = [parts.get("minor"), parts.get("currency")];
  if (written === undefined) throw requestMismatch("half an amount");
  const named = code === undefined ? undefined : readCode(declared, code);
  const minor = declared.units === "minor" ? written : readUnits(declared, written, named);
  return named === undefined ? { minor } : { minor, currency: named };
}

function readUnits(declared: AmountDeclaration, written: Value, named: string | undefined): number {
  const currency = named ?? declared.currencies[0] ?? "";
  // How many decimals a code has that is not declared, nobody has said.
  if (typeof written !== "string" || !declared.currencies.includes(currency))
    throw requestMismatch("an amount is not written as declared");
  return readDecimal(written, currency);
}

/** A code in the one case that the system writes it in. */
function readCode({ codes }: AmountDeclaration, code: Value): string {
  if (typeof code !== "string" || code !== (codes === "lower" ? code.toLowerCase() : code.toUpperCase()))
    throw requestMismatch("a currency is not written as declared");
  return code.toUpperCase();
}
