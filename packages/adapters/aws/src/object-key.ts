import type { AwsAccount } from "./aws-account.ts";

/** A key or prefix as S3 has it: below the tenant's own first segment where an account is shared. */
export const keyOf = ({ tenant }: AwsAccount, key: string): string =>
  tenant === undefined ? key : `${tenant}/${key}`;
