/** A refusal by the server, or a connection that broke: its code, never its text, which may quote a value. */
export class DatabaseFailure extends Error {
  override readonly name = "DatabaseFailure";
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }

  /** What `error` is, without its text. */
  static from(error: unknown): DatabaseFailure {
    if (error instanceof DatabaseFailure) return error;
    const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
    return new DatabaseFailure(
      typeof code === "string" && /^[A-Z0-9_]{2,40}$/.test(code) ? code : "no answer",
    );
  }
}
