import { boundary } from "@watchword/boundary";
import { parsePolicy } from "@watchword/policy";
import { payments } from "../../boundary/test/payments.ts";
import { POLICY } from "./workspace.ts";

/** Everything that a policy forbids; which policy that is, the command says. */
export default boundary(
  { policy: parsePolicy([{ name: "policy.yaml", text: POLICY }]), systems: { payments } },
  (b) => {
    b.matrix();
    b.noRoute();
  },
);
