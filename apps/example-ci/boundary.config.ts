import { fileURLToPath } from "node:url";
import { boundary } from "@watchword/boundary";
import { payments } from "./systems/payments.ts";

export default boundary(
  {
    policy: fileURLToPath(new URL("policy/", import.meta.url)),
    systems: { payments },
    tools: () => import("./boundary/tools.ts"),
  },
  (b) => {
    b.tenant("refund-own-tenant");
    b.approval("refund-own-tenant");
    b.readOnly("research");
    b.noStandingSecret();
  },
);
