/** What an error of the API server is about. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly { readonly reason: string; readonly message: string; readonly field: string }[];
  readonly retryAfterSeconds?: number;
}

/** A kind of objects, by its group and its name in the path. */
export interface Kind {
  readonly group: string;
  readonly resource: string;
}

/** An error as the API server answers it: a `Status` object, or plain text where requests are paced. */
export class ApiStatus extends Error {
  override readonly name = "ApiStatus";
  readonly code: number;
  readonly body: object;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.body = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(reason === "" ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** `deployments.apps`, `pods`. */
export const kindText = ({ group, resource }: Kind): string =>
  group === "" ? resource : `${resource}.${group}`;

const about = (kind: Kind, name: string): StatusDetails => ({
  ...(name === "" ? {} : { name }),
  ...(kind.group === "" ? {} : { group: kind.group }),
  kind: kind.resource,
});

export const unauthorized = (): ApiStatus => new ApiStatus(401, "Unauthorized", "Unauthorized");

export const notFound = (kind: Kind, name: string): ApiStatus =>
  new ApiStatus(404, "NotFound", `${kindText(kind)} "${name}" not found`, about(kind, name));

export const noSuchResource = (): ApiStatus =>
  new ApiStatus(404, "NotFound", "the server could not find the requested resource", {});

export const alreadyExists = (kind: Kind, name: string): ApiStatus =>
  new ApiStatus(409, "AlreadyExists", `${kindText(kind)} "${name}" already exists`, about(kind, name));

export const conflict = (kind: Kind, name: string, why: string): ApiStatus =>
  new ApiStatus(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${kindText(kind)} "${name}": ${why}`,
    about(kind, name),
  );

export const badRequest = (message: string): ApiStatus => new ApiStatus(400, "BadRequest", message);

export const methodNotAllowed = (): ApiStatus =>
  new ApiStatus(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );

/** A field that holds what it must not. `typed` is the kind with its group, as the message has it. */
export function invalid(
  typed: { readonly kind: string; readonly group: string },
  name: string,
  { field, value, why }: { readonly field: string; readonly value: unknown; readonly why: string },
): ApiStatus {
  const message = `Invalid value: ${JSON.stringify(value)}: ${why}`;
  const text = typed.group === "" ? typed.kind : `${typed.kind}.${typed.group}`;
  return new ApiStatus(422, "Invalid", `${text} "${name}" is invalid: ${field}: ${message}`, {
    ...(name === "" ? {} : { name }),
    ...(typed.group === "" ? {} : { group: typed.group }),
    kind: typed.kind,
    causes: [{ reason: "FieldValueInvalid", message, field }],
  });
}
