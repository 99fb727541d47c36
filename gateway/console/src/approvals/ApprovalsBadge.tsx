import { Plural } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { formatCount } from "../ui/format";
import classes from "./Approvals.module.css";
import { waitingCountQuery } from "./queries";

/** How many customers wait, beside the name of the module. Nothing where nobody does. */
export function ApprovalsBadge() {
  const { data } = useQuery(waitingCountQuery);
  if (!data?.count) return null;
  return (
    <span className={classes.count}>
      <span className="figures" aria-hidden>
        {formatCount(data.count)}
        {data.more && "+"}
      </span>
      <span className="unseen">
        {" "}
        <Plural value={data.count} one="# customer waits" other="# customers wait" />
      </span>
    </span>
  );
}
