import { SalesforceProblem } from "./salesforce-problem.ts";

/** A row as conditions see it: values by name, whatever letters the name is written in. */
export type SoqlRow = (name: string) => unknown;

/** A query as the twin understands it. Much more of SOQL than the adapter writes, since others send more. */
export interface SoqlQuery {
  readonly fields: readonly string[];
  readonly object: string;
  readonly matches: (row: SoqlRow) => boolean;
  /** Every field that conditions and order name. */
  readonly used: readonly string[];
  readonly order: { readonly field: string; readonly descending: boolean } | undefined;
  readonly limit: number;
}

const TOKEN = /\s*('(?:[^'\\]|\\.)*'|[A-Za-z_][\w.]*|[<>!]=|[=<>(),]|-?\d[\w:.+-]*)\s*/y;
const MAX_ROWS = 2_000;

/** @throws SalesforceProblem 400 */
export function parseSoql(text: string): SoqlQuery {
  return new SoqlReader(tokensOf(text)).query();
}

type Test = (row: SoqlRow) => boolean;

class SoqlReader {
  readonly #tokens: readonly string[];
  readonly #used: string[] = [];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  query(): SoqlQuery {
    this.#expect("SELECT");
    const fields = [this.#name()];
    while (this.#take(",")) fields.push(this.#name());
    this.#expect("FROM");
    const object = this.#name();
    const matches = this.#take("WHERE") ? this.#either() : () => true;
    const order = this.#order();
    const limit = this.#take("LIMIT") ? Number(this.#next()) : MAX_ROWS;
    if (this.#at < this.#tokens.length || !Number.isSafeInteger(limit)) throw malformed();
    return { fields, object, matches, used: this.#used, order, limit: Math.min(limit, MAX_ROWS) };
  }

  #order(): SoqlQuery["order"] {
    if (!this.#take("ORDER")) return undefined;
    this.#expect("BY");
    const field = this.#name();
    this.#used.push(field);
    const descending = this.#take("DESC");
    if (!descending) this.#take("ASC");
    return { field, descending };
  }

  #either(): Test {
    const tests = [this.#both()];
    while (this.#take("OR")) tests.push(this.#both());
    return (row) => tests.some((test) => test(row));
  }

  #both(): Test {
    const tests = [this.#one()];
    while (this.#take("AND")) tests.push(this.#one());
    return (row) => tests.every((test) => test(row));
  }

  #one(): Test {
    if (this.#take("NOT")) {
      const test = this.#one();
      return (row) => !test(row);
    }
    if (this.#take("(")) {
      const test = this.#either();
      this.#expect(")");
      return test;
    }
    const name = this.#name();
    this.#used.push(name);
    const operator = this.#next().toUpperCase();
    if (operator === "IN") {
      this.#expect("(");
      const values = [this.#value()];
      while (this.#take(",")) values.push(this.#value());
      this.#expect(")");
      return (row) => values.some((value) => compare(row(name), value) === 0);
    }
    const value = this.#value();
    const holds = OPERATORS[operator];
    if (holds === undefined) throw malformed();
    return (row) => holds(compare(row(name), value));
  }

  #value(): unknown {
    const token = this.#next();
    if (token.startsWith("'")) return token.slice(1, -1).replace(/\\(.)/g, "$1");
    if (/^(?:true|false)$/i.test(token)) return token.toLowerCase() === "true";
    if (/^null$/i.test(token)) return null;
    return /^-?\d+(?:\.\d+)?$/.test(token) ? Number(token) : token;
  }

  #name(): string {
    const token = this.#next();
    if (!/^[A-Za-z_][\w.]*$/.test(token)) throw malformed();
    return token;
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw malformed();
    return token;
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#at]?.toUpperCase() !== word) return false;
    this.#at++;
    return true;
  }

  #expect(word: string): void {
    if (!this.#take(word)) throw malformed();
  }
}

const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "!=": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

/** Texts are compared without their case, as Salesforce compares most of them. */
function compare(left: unknown, right: unknown): number {
  const [one, other] = [left ?? null, right].map((side) =>
    typeof side === "string" ? side.toLowerCase() : side,
  );
  if (one === other) return 0;
  if (one === null || other === null || typeof one !== typeof other) return Number.NaN;
  return (one as string | number) < (other as string | number) ? -1 : 1;
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  const scanner = new RegExp(TOKEN.source, TOKEN.flags);
  while (scanner.lastIndex < text.length) {
    const found = scanner.exec(text);
    if (found?.[1] === undefined) throw malformed();
    tokens.push(found[1]);
  }
  return tokens;
}

const malformed = (): SalesforceProblem => SalesforceProblem.api(400, "MALFORMED_QUERY", "unexpected token");
