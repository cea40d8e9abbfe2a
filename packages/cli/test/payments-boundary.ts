import { boundary } from "@watchword/boundary";
import { parsePolicy } from "@watchword/policy";
import { payments } from "../../boundary/test/payments.ts";
import { POLICY } from "./workspace.ts";

/** What `watchword verify --config` imports. */
export default boundary(
  { policy: parsePolicy([{ name: "policy.yaml", text: POLICY }]), systems: { payments } },
  (b) => {
    b.tenant("refund");
    b.noStandingSecret();
  },
);
