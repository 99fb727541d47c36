import type { ReactNode } from "react";
import classes from "./Empty.module.css";

interface Props {
  icon?: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  /** True where it stands alone on the page. */
  whole?: boolean;
}

/** What stands where there is nothing yet: that it is so, and what to do. */
export function Empty({ icon, title, children, whole = false }: Props) {
  const Heading = whole ? "h1" : "h2";
  return (
    <div className={whole ? classes.whole : classes.part}>
      {icon && (
        <span className={classes.icon} aria-hidden>
          {icon}
        </span>
      )}
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}
