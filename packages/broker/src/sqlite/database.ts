import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** A row by column name. */
export type Row = Readonly<Record<string, string | number | null | Uint8Array>>;

/** node:sqlite with every statement prepared once. */
export class Database {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, options: { readonly readOnly: boolean; readonly busyMilliseconds: number }) {
    this.#database = new DatabaseSync(path, {
      readOnly: options.readOnly,
      enableForeignKeyConstraints: true,
      timeout: options.busyMilliseconds,
    });
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** Rows that changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  /** Row by row, for what is too much at once. */
  iterate(sql: string, ...values: SQLInputValue[]): IterableIterator<Row> {
    return this.#database.prepare(sql).iterate(...values) as IterableIterator<Row>;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
