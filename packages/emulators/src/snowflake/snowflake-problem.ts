/** An answer that is not a success, in the SQL API's form, thrown from wherever it is found. */
export class SnowflakeProblem extends Error {
  override readonly name = "SnowflakeProblem";
  readonly status: number;
  readonly code: string;
  readonly sqlState: string | undefined;

  constructor(status: number, code: string, message: string, sqlState?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.sqlState = sqlState;
  }

  /** The body; of a statement's own error with its handle. */
  body(handle?: string): object {
    return {
      code: this.code,
      message: this.message,
      ...(this.sqlState === undefined ? {} : { sqlState: this.sqlState }),
      ...(handle === undefined ? {} : { statementHandle: handle }),
    };
  }
}

/** A statement that failed: 422 with the error's code and state. */
export const sqlError = (code: string, sqlState: string, message: string): SnowflakeProblem =>
  new SnowflakeProblem(422, code, message, sqlState);
