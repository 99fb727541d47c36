import { useLingui } from "@lingui/react/macro";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { asProblem } from "../api/problem";
import { customerQuery, fullName } from "../customers/queries";
import classes from "./OpenRecords.module.css";
import { closeRecord, useOpenRecords } from "./openRecords";

/** The records that are open, above every screen. Nothing where there are none. */
export function OpenRecords() {
  const { t } = useLingui();
  const open = useOpenRecords();
  if (open.length === 0) return null;
  return (
    <nav className={classes.strip} aria-label={t`Open records`}>
      {open.map((id) => (
        <OpenRecord key={id} id={id} />
      ))}
    </nav>
  );
}

function OpenRecord({ id }: { id: string }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { customer: shown } = useParams({ strict: false });
  const customer = useQuery(customerQuery(id));
  const gone = customer.isError && asProblem(customer.error).status === 404;
  useEffect(() => {
    if (gone && shown !== id) closeRecord(id);
  }, [gone, shown, id]);

  const tab = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (shown === id) tab.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [shown, id]);

  function close() {
    const next = closeRecord(id);
    if (shown !== id) return;
    if (next) void navigate({ to: "/customers/$customer/{-$section}", params: { customer: next } });
    else void navigate({ to: "/customers" });
  }

  const name = customer.data ? fullName(customer.data) : "…";
  return (
    <span ref={tab} className={classes.record} data-shown={shown === id || undefined}>
      <Link
        to="/customers/$customer/{-$section}"
        params={{ customer: id, section: undefined }}
        className={`${classes.name} cut`}
        aria-current={shown === id ? "page" : undefined}
      >
        <bdi>{name}</bdi>
      </Link>
      <button type="button" className={classes.close} onClick={close} aria-label={t`Close ${name}`}>
        <IconX size={14} aria-hidden />
      </button>
    </span>
  );
}
