import { useLingui } from "@lingui/react/macro";
import classes from "./Status.module.css";

/** The statuses of customers and of their accounts, by the names that the API gives them without prefix. */
export function useStatusName(): (status: string | undefined) => string {
  const { t } = useLingui();
  return (status = "") => {
    switch (status.replace("STATUS_", "")) {
      case "ACTIVE":
        return t`Active`;
      case "PENDING_VERIFICATION":
        return t`Unverified`;
      case "PENDING_APPROVAL":
        return t`Awaits approval`;
      case "DISABLED":
        return t`Disabled`;
      default:
        return "";
    }
  };
}

/** A status: its colour and its name. */
export function Status({ status }: { status: string | undefined }) {
  const name = useStatusName();
  const text = name(status);
  if (!text) return null;
  return (
    <span className={classes.status} data-status={status?.replace("STATUS_", "")}>
      {text}
    </span>
  );
}
