/** An answer that is not a success, thrown from wherever it is found. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly body: { readonly error: { readonly code: string; readonly message: string } };

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.body = { error: { code, message } };
  }
}
