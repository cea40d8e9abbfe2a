/** The `error` member of Stripe's error bodies. */
export interface StripeErrorBody {
  readonly type: "invalid_request_error" | "idempotency_error" | "api_error";
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly doc_url?: string;
}

/** An answer that is not a success, thrown from wherever it is found. */
export class StripeProblem extends Error {
  override readonly name = "StripeProblem";
  readonly status: number;
  readonly body: { readonly error: StripeErrorBody };

  constructor(
    status: number,
    error: Omit<StripeErrorBody, "type" | "doc_url"> & { readonly type?: StripeErrorBody["type"] },
  ) {
    super(error.message);
    this.status = status;
    const link =
      error.code === undefined
        ? {}
        : { doc_url: `https://stripe.com/docs/error-codes/${error.code.replaceAll("_", "-")}` };
    this.body = { error: { ...error, type: error.type ?? "invalid_request_error", ...link } };
  }
}

/** What Stripe says of an object that is not there, and of one that belongs to another account: no difference. */
export function missingObject(
  kind: string,
  id: string,
  param: string,
  status: 400 | 404 = 404,
): StripeProblem {
  return new StripeProblem(status, { code: "resource_missing", message: `No such ${kind}: '${id}'`, param });
}
