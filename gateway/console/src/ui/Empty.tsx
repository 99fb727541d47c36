import type { ReactNode } from "react";
import classes from "./Empty.module.css";

/** What stands where there is nothing yet: that it is so, and what to do. */
export function Empty({ icon, title, children }: { icon?: ReactNode; title: ReactNode; children?: ReactNode }) {
  return (
    <div className={classes.part}>
      {icon && (
        <span className={classes.icon} aria-hidden>
          {icon}
        </span>
      )}
      <h2>{title}</h2>
      {children}
    </div>
  );
}
